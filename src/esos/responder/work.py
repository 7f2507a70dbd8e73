"""The work of a committed helper, from the first useful act to the account; and leaving, lawfully, before its end.

Law 9: work begins only within what the caller consented to; the station refuses a report of any other.
"""

from typing import Any

from esos.message.bodies import Extended, OnRequest, Progressed, Settled, Withdrew
from esos.responder.desk import ResponderDesk, Said
from esos.words.ground import Ground


async def progress(desk: ResponderDesk, view: dict[str, Any], *, note: str = "", done_percent: int = 0) -> Said:
    """Report work; the first report is the first useful act."""
    body = Progressed(request=_id(view), note=note, done_percent=done_percent)
    return await desk.answer("progressed", body, view)


async def extend(desk: ResponderDesk, view: dict[str, Any], *, days: int, note: str = "") -> Said:
    """Ask to go on beyond the agreed time; caller or coordinator agrees."""
    return await desk.answer("extended", Extended(request=_id(view), days=days, note=note), view)


async def withdraw(
    desk: ResponderDesk, view: dict[str, Any], *, ground: Ground, notice_minutes: int = 0, sentence: str = ""
) -> Said:
    """Leave an offer or a commitment, with the ground and the notice given."""
    body = Withdrew(request=_id(view), ground=ground, notice_minutes=notice_minutes, sentence=sentence)
    return await desk.answer("withdrew", body, view)


async def come_back(desk: ResponderDesk, view: dict[str, Any], note: str = "") -> Said:
    """The work is over and what was held is handed back; only the account is open."""
    return await desk.answer("returned", OnRequest(request=_id(view), note=note), view)


async def settle(
    desk: ResponderDesk, view: dict[str, Any], *, hours: int = 0, cost_eur: int = 0, note: str = ""
) -> Said:
    """Close the account: hours and costs."""
    return await desk.answer("settled", Settled(request=_id(view), hours=hours, cost_eur=cost_eur, note=note), view)


def _id(view: dict[str, Any]) -> bytes:
    return bytes.fromhex(view["request"])
