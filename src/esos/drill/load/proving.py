"""After a load: a receipt for every call that was acknowledged, and a sample of them verified offline."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from esos.audit.receipt import verify_receipt_file
from esos.drill.load.result import Answered
from esos.drill.stage import Stage, StageRefused

AT_ONCE = 8
SAMPLE_MAX = 200
"""So many receipts are verified step by step, evenly over all of them."""
WAIT_SECONDS, TRIES_MAX = 0.5, 60
"""A receipt is there within a second; a station under load is given longer."""


async def prove_all(stage: Stage, card: dict[str, Any], answers: Sequence[Answered]) -> tuple[int, int]:
    """How many of the acknowledged calls can be proved, and how many of their receipts were verified offline."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(answer: Answered) -> bytes:
        async with turns:
            return await _receipt(stage, answer)

    receipts = await asyncio.gather(*(one(answer) for answer in answers if answer.is_acknowledged))
    found = [receipt for receipt in receipts if receipt]
    sample = found[:: max(1, -(-len(found) // SAMPLE_MAX))]
    wrong = sum(not _holds(receipt, card) for receipt in sample)
    return len(found) - wrong, len(sample) - wrong


async def _receipt(stage: Stage, answer: Answered) -> bytes:
    """The receipt of a call; nothing where none is to be had."""
    with contextlib.suppress(StageRefused):
        statement = answer.statement or await _called_at_a_page(stage, answer.token)
        for _ in range(TRIES_MAX):
            try:
                return await stage.raw(f"/api/v1/receipts/{statement}")
            except StageRefused as refused:
                if refused.code != "receipt.not_yet":
                    raise
            await asyncio.sleep(WAIT_SECONDS)
    return b""


async def _called_at_a_page(stage: Stage, token: str) -> str:
    """The statement that a call at a page became, seen with the secret of its own page."""
    for _ in range(TRIES_MAX):
        cases = (await stage.get("/api/v1/cases", token=token))["cases"]
        if cases:
            break
        await asyncio.sleep(WAIT_SECONDS)
    path = f"/api/v1/cases/{cases[0]['case']}/statements"
    said = (await stage.get(path, token=token))["statements"]
    return str(next(one["id"] for one in said if one["kind"] == "called"))


def _holds(receipt: bytes, card: dict[str, Any]) -> bool:
    public = bytes.fromhex(card["public"])
    return verify_receipt_file(receipt, pinned_public=public, origin=str(card["origin"])).accepted
