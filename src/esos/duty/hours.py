"""When a member is awake: opening hours and time zones, read once and asked for any minute.

The clock is an argument. Zone rules are the system's time zone data (IANA); a zone or hours that
cannot be read count as "not known to be awake", never as an error while ranking (law 2).
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from esos.errors import Malformed

MINUTE_MS = 60_000
DAY_MINUTES = 1440
WEEK_MINUTES = 7 * DAY_MINUTES
EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""

ALWAYS = ((0, WEEK_MINUTES),)
Windows = tuple[tuple[int, int], ...]
"""Half-open spans of minutes since Monday 00:00 local time; one may run past the end of the week."""

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_RULE = re.compile(r"^(?P<days>[A-Z][a-z](?:[-,][A-Z][a-z])*) (?P<from>[0-9]{2}:[0-9]{2})-(?P<to>[0-9]{2}:[0-9]{2})$")
_HINT = "Write 24/7, or days and times as Mo-Fr 08:00-18:00, several joined by a semicolon."


def read_hours(text: str) -> Windows:
    """Read ``24/7`` or ``Mo-Fr 08:00-18:00; Sa 09:00-12:00``; an end not after its start is on the next day.

    Raises ``Malformed`` with code ``duty.hours``.
    """
    if text.strip() == "24/7":
        return ALWAYS
    windows: list[tuple[int, int]] = []
    for rule in text.split(";"):
        windows += _read_rule(rule.strip())
    return tuple(sorted(set(windows)))


def is_awake(windows: Windows, offset_minutes: int, now_ms: int) -> bool:
    """Whether an instant falls into the windows, where local time is UTC plus ``offset_minutes``."""
    local_minutes = now_ms // MINUTE_MS + offset_minutes
    minute = (local_minutes + EPOCH_WEEKDAY * DAY_MINUTES) % WEEK_MINUTES
    return any(start <= minute < end or start <= minute + WEEK_MINUTES < end for start, end in windows)


def offset_minutes(timezone: str, now_ms: int) -> int | None:
    """Minutes a zone is ahead of UTC at an instant, None for a name no zone has."""
    zone = _zone(timezone)
    if zone is None:
        return None
    offset = datetime.fromtimestamp(now_ms // 1000, UTC).astimezone(zone).utcoffset()
    return None if offset is None else int(offset.total_seconds()) // 60


def awake_now(hours: str, timezone: str, now_ms: int) -> bool:
    """Whether somebody with these hours in this zone is awake; False where either cannot be read."""
    windows, offset = _windows(hours), offset_minutes(timezone, now_ms)
    return windows is not None and offset is not None and is_awake(windows, offset, now_ms)


def _read_rule(rule: str) -> list[tuple[int, int]]:
    match = _RULE.match(rule)
    if match is None:
        raise Malformed("duty.hours", f"{rule!r} are no hours.", hint=_HINT)
    start, end = _minutes(match["from"]), _minutes(match["to"])
    end += DAY_MINUTES if end <= start else 0
    return [(day * DAY_MINUTES + start, day * DAY_MINUTES + end) for day in _read_days(match["days"])]


def _read_days(text: str) -> list[int]:
    days: list[int] = []
    for part in text.split(","):
        names = part.split("-")
        if len(names) > 2 or not set(names) <= set(_DAYS):  # noqa: PLR2004 (a span has two ends)
            raise Malformed("duty.hours", f"{part!r} are no days of the week.", hint=_HINT)
        first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return days


def _minutes(text: str) -> int:
    hour, minute = int(text[:2]), int(text[3:])
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:  # noqa: PLR2004 (minutes of an hour)
        raise Malformed("duty.hours", f"{text!r} is no time of day.", hint=_HINT)
    return hour * 60 + minute


@lru_cache(maxsize=4096)
def _windows(hours: str) -> Windows | None:
    try:
        return read_hours(hours)
    except Malformed:
        return None


@lru_cache(maxsize=1024)
def _zone(timezone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        # ZoneInfoNotFoundError is a KeyError; odd names end as ValueError or as a folder of the zone data.
        return None
