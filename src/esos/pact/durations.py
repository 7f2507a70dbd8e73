"""Durations as people write and say them: ``"15min"`` in a file, ``15 minutes`` in a sentence.

The reader and the writer stand side by side, each the inverse of the other. ``"none"`` is 0 ms: the
timer does not run.
"""

import re
from collections.abc import Callable

from esos.errors import Malformed
from esos.pact.timers import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from esos.words.language import say_count

NEVER = "none"
_WRITTEN = re.compile(r"(?P<count>0|[1-9][0-9]{0,11})(?P<unit>ms|s|min|h|d)", re.ASCII)
_UNITS_MS = {"d": DAY_MS, "h": HOUR_MS, "min": MINUTE_MS, "s": SECOND_MS, "ms": 1}
_SAID = ((2 * DAY_MS, DAY_MS, "day"), (0, HOUR_MS, "hour"), (0, MINUTE_MS, "minute"), (0, SECOND_MS, "second"))
_COUNTED: dict[str, Callable[[int], str]] = {
    "day": lambda count: say_count("{count} day", "{count} days", count),
    "hour": lambda count: say_count("{count} hour", "{count} hours", count),
    "minute": lambda count: say_count("{count} minute", "{count} minutes", count),
    "second": lambda count: say_count("{count} second", "{count} seconds", count),
    "millisecond": lambda count: say_count("{count} millisecond", "{count} milliseconds", count),
    "member": lambda count: say_count("{count} member", "{count} members", count),
    "request": lambda count: say_count("{count} request", "{count} requests", count),
    "other station": lambda count: say_count("{count} other station", "{count} other stations", count),
}
_HINT = 'Write a whole number and a unit, as "60s", "15min", "4h" or "45d"; "none" where it does not run.'


def read_duration(text: object) -> int:
    """The ms of ``"60s"``, ``"5min"``, ``"4h"``, ``"45d"``, ``"500ms"`` or ``"none"`` (0).

    Raises ``Malformed`` with code ``pact.value`` for anything else.
    """
    if text == NEVER:
        return 0
    match = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Malformed("pact.value", 'must be a duration such as "15min"', hint=_HINT)
    return int(match["count"]) * _UNITS_MS[match["unit"]]


def write_duration(duration_ms: int) -> str:
    """The shortest text that ``read_duration`` reads back as exactly this many ms (0 or more)."""
    if duration_ms == 0:
        return NEVER
    unit, size_ms = next((unit, size_ms) for unit, size_ms in _UNITS_MS.items() if duration_ms % size_ms == 0)
    return f"{duration_ms // size_ms}{unit}"


def say_duration(duration_ms: int) -> str:
    """How a sentence says it: ``60 minutes`` is ``1 hour``, 24 hours stay ``24 hours``, 72 are ``3 days``."""
    for least_ms, size_ms, word in _SAID:
        if duration_ms > least_ms and duration_ms % size_ms == 0:
            return count(duration_ms // size_ms, word)
    return count(duration_ms, "millisecond")


def count(number: int, word: str) -> str:
    """A number with its word: ``1 day``, ``7 days``."""
    return _COUNTED[word](number) if word in _COUNTED else _english(number, word)


def _english(number: int, word: str) -> str:
    """What stands in a refusal of a file, which programs and their people read."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
