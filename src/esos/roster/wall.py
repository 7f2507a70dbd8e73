"""Clocks on the wall and instants: each reading of a clock is one instant, and their order is the same.

Where clocks go forward, the readings that are left out are all the instant of the jump; where they go back,
a reading that comes twice is its first time. So spans that follow one another on the clock follow one another
in time: no minute is lost and none is doubled (test_roster_times.py). Zone rules are IANA's, by ``zoneinfo``.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from esos.errors import Malformed

SECOND_MS = 1000
MINUTE_MS = 60_000
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises ``Malformed`` (``roster.timezone``)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as cause:
        # ZoneInfoNotFoundError is a KeyError; odd names end as ValueError or as a folder of the zone data
        raise Malformed(
            "roster.timezone", f"There is no time zone {name!r}.", hint="Write it as Europe/Tallinn, or UTC."
        ) from cause


@lru_cache(maxsize=8192)
def instant_of(reading: datetime, zone: ZoneInfo) -> int:
    """The instant, in ms, at which clocks of the zone show this reading, or jump over it."""
    early = reading.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) != reading:
        early = _jump(reading.replace(tzinfo=zone, fold=1).astimezone(UTC), early, zone)
    return round(early.timestamp()) * SECOND_MS


def reading_at(at_ms: int, zone: ZoneInfo) -> datetime:
    """What clocks of the zone show at an instant."""
    return datetime.fromtimestamp(at_ms // SECOND_MS, UTC).astimezone(zone).replace(tzinfo=None)


def day_at(at_ms: int, zone: ZoneInfo) -> date:
    """The day in the zone at an instant."""
    return reading_at(at_ms, zone).date()


def of_day(day: date, minutes: int) -> datetime:
    """The reading so many minutes after a day began on the clock; more than a day's goes on into the next."""
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def minutes_of(text: str) -> int:
    """Minutes since midnight of ``HH:MM``."""
    return int(text[:2]) * 60 + int(text[3:])


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between these two at which the zone's offset changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
