"""When each report of a law is due: from what people said of its moments, and of what they have sent already.

Months are calendar months in UTC; where the day does not exist, the last one of that month (Regulation (EEC,
Euratom) No 1182/71, article 3).
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from esos.law.model import Clock, Law, Limit

HOUR_MS = 3_600_000
_MONTHS = 12


class RunningClock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of a law in one case. ``due_ms`` 0: nothing that starts it has been said yet.

    ``is_assumed``: it counts from the last moment at which an earlier report may go out, since that has not
    been said to have gone. ``sent_ms`` is when this one went out, 0 where it has not.
    """

    law: str
    clock: Clock
    due_ms: int
    is_assumed: bool
    sent_ms: int


def running(law: Law, moments: Mapping[str, int]) -> tuple[RunningClock, ...]:
    """The clocks of a law; ``moments`` holds its moments and, under their ids, the reports that were sent."""
    known: dict[str, tuple[int, bool]] = {name: (ms, False) for name, ms in moments.items()}
    found = []
    for clock in law.clocks:
        due_ms, is_assumed = _due(clock, known)
        found.append(
            RunningClock(
                law=law.id, clock=clock, due_ms=due_ms, is_assumed=is_assumed, sent_ms=moments.get(clock.id, 0)
            )
        )
        if due_ms:
            known.setdefault(clock.id, (due_ms, True))
    return tuple(found)


def _due(clock: Clock, known: Mapping[str, tuple[int, bool]]) -> tuple[int, bool]:
    ends = [
        (_end(limit, known[limit.start][0]), known[limit.start][1], limit)
        for limit in clock.limits
        if limit.start in known
    ]
    counting = [(end, assumed) for end, assumed, limit in ends if not _is_void(limit, end, known)]
    return min(counting) if counting else (0, False)


def _is_void(limit: Limit, end_ms: int, known: Mapping[str, tuple[int, bool]]) -> bool:
    return limit.void_after in known and known[limit.void_after][0] > end_ms if limit.void_after else False


def _end(limit: Limit, start_ms: int) -> int:
    return _months_later(start_ms, limit.months) + limit.hours * HOUR_MS


def _months_later(ms: int, months: int) -> int:
    if not months:
        return ms
    start = datetime.fromtimestamp(ms / 1000, tz=UTC)
    year, month = divmod(start.year * _MONTHS + start.month - 1 + months, _MONTHS)
    day = min(start.day, monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp()) * 1000 + ms % 1000
