"""Help that nobody asked for yet: an offer by its own door, or a word that one could help if needed."""

from esos.message.bodies import NeedAsk, Volunteered
from esos.responder.desk import ResponderDesk, Said


async def volunteer(
    desk: ResponderDesk, case: str, *, lines: tuple[NeedAsk, ...], note: str = "", ready_minutes: int = 0
) -> Said:
    """Offer help on a case; the coordinator decides, nobody is bound."""
    body = Volunteered(lines=lines, note=note, ready_minutes=ready_minutes)
    return await desk.say("volunteered", body, case=case)


async def stand_by(
    desk: ResponderDesk, case: str, *, lines: tuple[NeedAsk, ...] = (), note: str = "", ready_minutes: int = 0
) -> Said:
    """Say that one can help if needed."""
    body = Volunteered(lines=lines, note=note, ready_minutes=ready_minutes)
    return await desk.say("stood_by", body, case=case)
