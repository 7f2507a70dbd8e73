"""Instants and spans as people read them: local time with UTC beside it, and plain spans of time.

A reader's browser names its zone once a script has run, so an instant after a change of clocks has the hour of then.
Where only an offset is known, or nothing (then the machine's own is taken), UTC stands beside each time all the same.
"""

import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from urllib.parse import unquote

from esos.errors import Malformed
from esos.roster.wall import zone_named
from esos.web.console.script_words import MONTHS
from esos.words.language import say, say_count

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
OFFSET_MAX_MINUTES = 14 * 60
ZONE_MAX_CHARS = 64
"""How long a name of a zone may be that a browser sends."""


def read_zone(name: str | None, offset: str | None, now_ms: int) -> tzinfo:
    """The zone of this name with every change of its clocks; without one a fixed offset, as far as one is known."""
    try:
        return zone_named(unquote(name or "")[:ZONE_MAX_CHARS])
    except Malformed:
        return timezone(timedelta(minutes=read_offset(offset, now_ms)))


def zone_name(zone: tzinfo) -> str:
    """What the zone is called where it has a name; empty for a fixed offset."""
    return getattr(zone, "key", "")


def read_offset(text: str | None, now_ms: int) -> int:
    """Minutes east of UTC from a cookie; the machine's own where there is none or it makes no sense."""
    try:
        minutes = int(text or "")
    except ValueError:
        return station_offset(now_ms)
    return minutes if abs(minutes) <= OFFSET_MAX_MINUTES else station_offset(now_ms)


def station_offset(now_ms: int) -> int:
    """Minutes east of UTC of the machine's own zone at this moment."""
    return time.localtime(now_ms / 1000).tm_gmtoff // 60


def moment(ms: int, zone: tzinfo = UTC) -> datetime:
    """An instant as a date and time, by the clock that the zone has then."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(zone)


def is_utc(ms: int, zone: tzinfo) -> bool:
    """Whether clocks of the zone show UTC at this instant."""
    return not moment(ms, zone).utcoffset()


def iso(ms: int) -> str:
    """For the ``datetime`` attribute of a ``time`` element."""
    return moment(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(ms: int, zone: tzinfo, now_ms: int, *, seconds: bool = False) -> str:
    """Local time of day, with its date where that is another day than now."""
    local, now = moment(ms, zone), moment(now_ms, zone)
    time_of_day = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    if local.date() == now.date():
        return time_of_day
    month = say(MONTHS[local.month - 1])
    if local.year == now.year:
        return say("{day} {month} {time}", day=local.day, month=month, time=time_of_day)
    return say("{day} {month} {year} {time}", day=local.day, month=month, year=local.year, time=time_of_day)


def full_utc(ms: int) -> str:
    """An instant whole, for paper: ``2026-03-01 00:50:06 UTC``."""
    return moment(ms).strftime("%Y-%m-%d %H:%M:%S UTC")


def utc_clock(ms: int) -> str:
    """The same instant in UTC, to the minute."""
    return moment(ms).strftime("%H:%M UTC")


def span(ms: int) -> str:
    """A length of time in at most two units: ``45 s``, ``4 min 10 s``, ``2 h 5 min``, ``3 days``."""
    seconds = max(0, ms) // 1000
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return say("{seconds} s", seconds=seconds)
    minutes, seconds = divmod(seconds, 60)
    if minutes < 10:  # noqa: PLR2004 - seconds matter in the first ten minutes
        if seconds:
            return say("{minutes} min {seconds} s", minutes=minutes, seconds=seconds)
        return say("{minutes} min", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return say("{minutes} min", minutes=minutes)
    if hours < 48:  # noqa: PLR2004 - hours are counted up to two days
        return (
            say("{hours} h {minutes} min", hours=hours, minutes=minutes) if minutes else say("{hours} h", hours=hours)
        )
    return say_count("{count} day", "{count} days", hours // 24)


def until(due_ms: int, now_ms: int) -> str:
    """``in 4 min 10 s``, or ``4 min ago``."""
    left_ms = due_ms - now_ms
    return say("in {span}", span=span(left_ms)) if left_ms >= 0 else say("{span} ago", span=span(-left_ms))
