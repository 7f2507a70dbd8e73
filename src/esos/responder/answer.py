"""Answer a request: everyone asked owes an answer, and a lawful no is one.

Law 6: the first outcome stands; a yes that comes after it enters as an offer nobody asked for.
"""

from typing import Any, Literal

from esos.message.bodies import Committed, Declined, NeedAsk, Offered, OnRequest
from esos.responder.desk import ResponderDesk, Said
from esos.words.ground import Ground

Cost = Literal["free", "at-rate", "ceiling"]
How = Literal["full", "partial", "conditional", "provisional"]
MINUTE_MS = 60_000


async def consider(desk: ResponderDesk, view: dict[str, Any], note: str = "") -> Said:
    """A person has seen it and is deciding; the answer is still due."""
    return await desk.answer("considering", OnRequest(request=_id(view), note=note), view)


async def offer(
    desk: ResponderDesk,
    view: dict[str, Any],
    *,
    lines: tuple[NeedAsk, ...] = (),
    condition: str = "",
    held_minutes: int = 0,
    cost: Cost = "free",
    ceiling_eur: int = 0,
    ready_minutes: int = 0,
) -> Said:
    """Say what can be given: everything asked unless lines are named, held for a while unless ``held_minutes`` is 0."""
    body = Offered(
        request=_id(view),
        how=how_of(lines, condition, held_minutes),
        lines=lines,
        condition=condition,
        until_ms=desk.clock.now_ms() + held_minutes * MINUTE_MS if held_minutes else 0,
        cost=cost,
        ceiling_eur=ceiling_eur,
        ready_minutes=ready_minutes,
    )
    return await desk.answer("offered", body, view)


def how_of(lines: tuple[NeedAsk, ...], condition: str, held_minutes: int) -> How:
    """How an offer is meant, from what it says."""
    if held_minutes:
        return "provisional"
    if condition:
        return "conditional"
    return "partial" if lines else "full"


async def commit(
    desk: ResponderDesk,
    view: dict[str, Any],
    *,
    lines: tuple[NeedAsk, ...] = (),
    ready_minutes: int = 0,
    cost: Cost = "free",
    ceiling_eur: int = 0,
) -> Said:
    """Be bound: for these lines, or as offered or asked."""
    body = Committed(request=_id(view), lines=lines, ready_minutes=ready_minutes, cost=cost, ceiling_eur=ceiling_eur)
    return await desk.answer("committed", body, view)


async def decline(
    desk: ResponderDesk,
    view: dict[str, Any],
    *,
    ground: Ground,
    sentence: str = "",
    could_meet: tuple[NeedAsk, ...] = (),
) -> Said:
    """A lawful no, with its ground, and which lines could be met instead."""
    body = Declined(request=_id(view), ground=ground, sentence=sentence, could_meet=could_meet)
    return await desk.answer("declined", body, view)


def _id(view: dict[str, Any]) -> bytes:
    return bytes.fromhex(view["request"])
