"""A case with more statements than one reading of the journal brings: nothing of it escapes what is hidden."""

import asyncio
import sys
from pathlib import Path

import pytest

from esos.message import bodies as b
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio

SAID = 1_001
"""One more than ``Journal.read`` brings where nobody asks for more."""


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("long") / "home", members=3, realm=Realm.REAL)


async def folded(station, case: str, count: int) -> int:
    """How many statements the case has, once it has so many."""
    async with asyncio.timeout(120):
        while len(found := await station.journal.read(case=bytes.fromhex(case), limit=5_000)) < count:
            await asyncio.sleep(0.05)
    return len(found)


async def test_a_message_to_others_is_not_exported_to_a_helper_however_much_was_said_before(live):
    caller, helper, third = live.members
    async with inside(live) as (client, station):
        call = caller.say("called", b.Called(call=b"long---1", details=b.CallDetails(natures=(2,))))
        case = (await client.post("/api/v1/statements", content=call.raw)).json()["case"]
        path, officer = f"/api/v1/cases/{case}/statements", bearer(live.officers[0].token)
        await client.post(path, headers=officer, json={"kind": "acknowledged"})
        body = {"request": "11" * 16, "responder": helper.id, "lines": [{"line": "advice", "quantity": 1}]}
        assert (await client.post(path, headers=officer, json={"kind": "requested", "body": body})).status_code == 201
        words = [caller.say("messaged", b.Messaged(text=f"Line {number}."), case=case) for number in range(SAID)]
        await station.intake.take_verified(words)
        await folded(station, case, SAID)
        hidden = {"kind": "messaged", "body": {"text": "For another only.", "to": [third.id]}}
        assert (await client.post(path, headers=officer, json=hidden)).status_code == 201
        answer = await client.get(f"/api/v1/cases/{case}/export", headers=bearer(helper.token))
        assert answer.headers["content-type"] == "application/problem+json", "the file holds what is hidden"
        assert answer.json()["code"] == "case.partly_hidden"
        view = (await client.get(f"/api/v1/cases/{case}", headers=bearer(helper.token))).json()
        assert len(view["timeline"]) > SAID
        assert "For another only." not in {item["text"] for item in view["timeline"]}
