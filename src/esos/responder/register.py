"""What a member says of itself in peace time: what is free now, what it promises beforehand, whom it must not meet."""

from esos.message.bodies import AvailabilityStated, ConflictDeclared, NeedAsk, PackageLodged
from esos.responder.desk import ResponderDesk, Said
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

DAY_MS = 86_400_000


async def state_availability(desk: ResponderDesk, *, line: NeedLine, units: int, ttl_minutes: int) -> Said:
    """Units of a line that are free now; stale after so many minutes."""
    body = AvailabilityStated(member=desk.member, line=line, units=units, ttl_minutes=ttl_minutes)
    return await desk.say("availability_stated", body)


async def lodge_package(
    desk: ResponderDesk, *, lines: tuple[NeedAsk, ...], urgencies: tuple[Urgency, ...], valid_days: int
) -> Said:
    """Promise help beforehand: a request within it is committed at once, without asking anybody."""
    valid_until_ms = desk.clock.now_ms() + valid_days * DAY_MS if valid_days else 0
    body = PackageLodged(member=desk.member, lines=lines, urgencies=urgencies, valid_until_ms=valid_until_ms)
    return await desk.say("package_lodged", body)


async def declare_conflict(desk: ResponderDesk, *, other: str, reason: str = "") -> Said:
    """Name a member with whom one must not be brought together."""
    return await desk.say("conflict_declared", ConflictDeclared(member=desk.member, other=other, reason=reason))
