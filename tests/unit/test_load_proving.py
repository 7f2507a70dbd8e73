"""After a load each acknowledged call is proved or lost; what was never acknowledged is neither."""

import pytest

from esos.drill.load.plan import Door
from esos.drill.load.proving import prove_all
from esos.drill.load.result import Answered
from esos.drill.stage import StageRefused

pytestmark = pytest.mark.anyio
CARD = {"public": "00" * 32, "origin": "station.example/log"}


class Door404:
    """A station that has some receipts, by statement, and none of the others."""

    def __init__(self, receipts: dict[str, bytes]) -> None:
        self._receipts = receipts

    async def raw(self, path: str) -> bytes:
        statement = path.rpartition("/")[2]
        if statement not in self._receipts:
            raise StageRefused(404, {"code": "receipt.unknown", "detail": "This station has no such statement."})
        return self._receipts[statement]


async def test_an_acknowledged_call_without_a_receipt_or_with_a_false_one_is_not_proved():
    kept = [Answered(door=Door.HTTP, took_ms=1, statement=name) for name in ("gone", "false")]
    refused = Answered(door=Door.HTTP, took_ms=1, code="stranger.busy")
    assert await prove_all(Door404({"false": b"{}"}), CARD, [*kept, refused]) == (0, 0)


async def test_nothing_acknowledged_is_nothing_to_prove():
    assert await prove_all(Door404({}), CARD, [Answered(door=Door.UDP, took_ms=1)]) == (0, 0)
