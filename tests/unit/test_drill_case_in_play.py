"""An officer's acts in a drill, where the answer to the first time may have been lost with a killed process."""

from types import SimpleNamespace

import pytest

from esos.drill.case_in_play import CaseInPlay
from esos.drill.incident import CallerFacts
from esos.drill.stage import StageRefused

pytestmark = pytest.mark.anyio


def case_whose_door_says(code: str) -> CaseInPlay:
    async def refuse(path: str, body: object, *, token: str) -> None:
        raise StageRefused(409, {"code": code, "detail": f"{path} {body} {token}"})

    facts = CallerFacts(name="Somebody (drill)", words="", natures=(), sector="it", country="GB", needs=())
    return CaseInPlay(SimpleNamespace(stage=SimpleNamespace(post=refuse), officer="a-token"), facts)


async def test_a_case_that_is_taken_again_after_the_answer_was_lost_is_taken():
    await case_whose_door_says("case.already_yours").take()


async def test_any_other_no_is_a_no():
    with pytest.raises(StageRefused, match="acknowledged"):
        await case_whose_door_says("case.role").take()
