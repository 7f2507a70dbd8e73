"""When practice does not begin by itself: on holidays of the roster, and at hours for which it names nobody."""

from esos.roster.spans import holiday_spans
from esos.roster.watch import DAY_MS, DUTIES
from esos.station.rostering import Known, plan_of

SHUT_AHEAD_MS = 70 * DAY_MS
"""How far ahead it is looked: the rest of a month, and the next."""
Shut = tuple[tuple[int, int], ...]


def shut_of(directory: Known, now_ms: int) -> Shut:
    """Spans that practice keeps clear of, each from an instant until before another."""
    plan, until_ms = plan_of(directory), now_ms + SHUT_AHEAD_MS
    gaps = [(one.from_ms, one.until_ms) for one in plan.gaps(now_ms, until_ms)]
    rules = plan.rules
    holidays = [
        (one.from_ms, one.until_ms)
        for duty in DUTIES
        for one in holiday_spans(rules.holidays, duty, rules.timezone, now_ms, until_ms)
    ]
    return tuple(sorted({*gaps, *holidays}))


def is_shut(at_ms: int, shut: Shut) -> bool:
    """Whether an instant lies in one of them."""
    return any(from_ms <= at_ms < until_ms for from_ms, until_ms in shut)
