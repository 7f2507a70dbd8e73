"""What sentences are filled in with: instants, deadlines, callers and quantities, in the language spoken now."""

from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from esos.words.language import apart, later, say
from esos.words.need import NeedLine

Needs = tuple[tuple[NeedLine, int], ...]
"""Need lines with their quantities, each in the line's own unit."""


SECONDS_COUNT_MS = 10 * 60_000
"""A deadline nearer than this is said to the second."""


def at(ms: int, zone: tzinfo, *, seen_from_ms: int | None = None) -> str:
    """An instant to the second in local time, with UTC beside it: ``02:50:06 (00:50 UTC)``; another day with its date.

    The clock is that of the instant, also where clocks change before it. Without ``seen_from_ms`` no day is said.
    """
    return _clock(ms, zone, f"{_date_pattern(ms, zone, seen_from_ms)}%H:%M:%S")


def by(ms: int, zone: tzinfo, *, seen_from_ms: int | None = None, now_ms: int | None = None) -> str:
    """A deadline to the minute, never later than it is; on another local day than ``seen_from_ms`` with its date.

    It is said to the second where it is less than ten minutes from ``now_ms``, either way.
    """
    is_near = now_ms is not None and abs(ms - now_ms) < SECONDS_COUNT_MS
    pattern = "%H:%M:%S" if is_near else "%H:%M"
    return _clock(ms, zone, f"{_date_pattern(ms, zone, seen_from_ms)}{pattern}")


def _date_pattern(ms: int, zone: tzinfo, seen_from_ms: int | None) -> str:
    is_same_day = seen_from_ms is None or _local(ms, zone).date() == _local(seen_from_ms, zone).date()
    return "" if is_same_day else "%Y-%m-%d "


def _clock(ms: int, zone: tzinfo, pattern: str) -> str:
    local = _local(ms, zone)
    written = local.strftime(pattern)
    return apart(f"{written} ({_local(ms, UTC):%H:%M} UTC)" if local.utcoffset() else f"{written} UTC")


def _local(ms: int, zone: tzinfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(zone)


UNKNOWN_CALLER = later("A caller we do not know")
"""What stands for the name of a caller that has given none."""
UNNAMED_CALLER = later("an unnamed caller")
UNCHECKED_CALLER = later("somebody who says it is {name} (not checked)")


def caller_words(name: str, *, is_checked: bool) -> str:
    """The caller as a page names it: what nobody has checked is said to be its own word, and no more."""
    if name in {"", UNKNOWN_CALLER}:
        return say(UNNAMED_CALLER)
    return apart(name) if is_checked else say(UNCHECKED_CALLER, name=apart(name))


def need_words(line: NeedLine, units: int) -> str:
    """A need as a page says it: ``Bandwidth (40 Gbit/s)``."""
    return say("{line} ({units} {unit})", line=line.words, units=units, unit=line.unit)


def listed(needs: Needs) -> str:
    """Needs in one line, parted by semicolons; empty for none."""
    return "; ".join(need_words(line, units) for line, units in needs)


def joined(*sentences: str) -> str:
    """Those that say something, one after another."""
    return " ".join(sentence for sentence in sentences if sentence)


class Coming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One committed line of help: so many units of what is needed, due at an instant (None: not yet said)."""

    team: str
    line: NeedLine
    units: int
    needed_units: int
    due_ms: int | None = None


def coming_words(coming: Coming, zone: tzinfo, *, seen_from_ms: int | None = None, now_ms: int | None = None) -> str:
    """One commitment as a sentence, like ``TEAM is coming: 20 of 40 Gbit/s, due 03:10 (01:10 UTC).``."""
    values = {
        "team": apart(coming.team),
        "units": coming.units,
        "needed": coming.needed_units,
        "unit": coming.line.unit,
    }
    if coming.due_ms is None:
        return say("{team} is coming: {units} of {needed} {unit}.", **values)
    when = by(coming.due_ms, zone, seen_from_ms=seen_from_ms, now_ms=now_ms)
    return say("{team} is coming: {units} of {needed} {unit}, due {time}.", time=when, **values)
