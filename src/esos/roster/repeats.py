"""When an entry of a calendar comes again, in bounded work: calls are taken by the process that reads a calendar.

The library looks for a rule that never comes up to the year 9999, and goes through all that came before. So a rule
counts its own steps and ends after its last moment, begins not too long ago, and a whole file looks at so many days.
"""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Self

import msgspec
from dateutil.rrule import rrulestr
from icalendar.parser import Contentlines

from esos.errors import Malformed, TooLarge

REPEATS_MAX = 4_000
"""How many times one entry may come in what is imported."""
REPEATS_IN_FILE_MAX = 40_000
"""How many times all entries of a file may come, before the days that are imported too."""
YEARS_BACK_MAX = 20
"""How long before the end of what is imported an entry that repeats may have begun."""
DAYS_IN_FILE_MAX = 1_000_000
"""How many days are looked at for all rules of a file: 130 entries that began 20 years ago."""
RULE_MAX_CHARACTERS = 255
ZONE_RULES_MAX = 40
"""How many rules for changing clocks a file may bring: two for each of 20 zones that have no name known here."""
_PERIOD_DAYS: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_PARTS: Final = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS",
                           "BYHOUR", "WKST"})  # fmt: skip
_HINT = "Export it again with shifts that repeat by days, weeks, months or years."


class Budget:
    """What reading one file may still cost."""

    def __init__(self) -> None:
        self._days = DAYS_IN_FILE_MAX
        self._repeats = REPEATS_IN_FILE_MAX

    def look_at(self, days: int) -> None:
        """Look at so many days; raises ``TooLarge`` (``calendar.repeats_long``)."""
        self._days -= days
        if self._days < 0:
            raise TooLarge(
                "calendar.repeats_long",
                f"The entries of this file repeat over more than {DAYS_IN_FILE_MAX} days in all.",
                hint="Begin them later, or import fewer at once.",
            )

    def comes(self) -> None:
        """An entry comes once more; raises ``TooLarge`` (``calendar.repeats_many``)."""
        self._repeats -= 1
        if self._repeats < 0:
            raise _too_many(f"The entries of this file repeat more than {REPEATS_IN_FILE_MAX} times in all.")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule without its end: how it repeats, from when, up to when, and how often at most where it says so."""

    text: str
    first: datetime
    last: datetime
    counts: list[int]


class _Ended(Exception):
    """No error: the rule is past its last moment."""


class _Interval(int):
    """The interval of a rule, which ends it after so many steps, whether it came or not."""

    left: int

    @classmethod
    def ending(cls, interval: int, steps: int) -> Self:
        found = cls(interval)
        found.left = steps
        return found

    def _step(self) -> int:
        if self.left <= 0:
            raise _Ended
        self.left -= 1
        return int(self)

    def __radd__(self, other: int) -> int:
        return other + self._step()

    def __mul__(self, other: int) -> int:
        return self._step() * other


def repeats(rule: Rule, since: datetime, budget: Budget) -> list[datetime]:
    """When a rule comes from one moment on up to its last one.

    Raises ``Malformed`` (``calendar.repeats``), ``TooLarge`` (``calendar.repeats_many``, ``calendar.repeats_long``).
    """
    freq, interval = _checked(rule)
    if rule.last < max(since, rule.first):
        return []
    if rule.first < rule.last - timedelta(days=366 * YEARS_BACK_MAX):
        raise TooLarge(
            "calendar.repeats_long", f"An entry repeats since more than {YEARS_BACK_MAX} years.", hint="Begin it later."
        )
    days = (rule.last - rule.first).days + 1
    budget.look_at(days + 366)
    steps = days // (_PERIOD_DAYS[freq] * interval) + 2
    try:
        rules: Any = rrulestr(rule.text, dtstart=rule.first)
        return _collected(rules.replace(interval=_Interval.ending(interval, steps)), rule, since, budget)
    except ValueError as cause:
        raise _unreadable() from cause


def _collected(times: Any, rule: Rule, since: datetime, budget: Budget) -> list[datetime]:
    found: list[datetime] = []
    try:
        for one in islice(times, min(rule.counts, default=None)):
            budget.comes()
            if one > rule.last:
                break
            if one >= since:
                found.append(one)
            if len(found) > REPEATS_MAX:
                raise _too_many(f"An entry repeats more than {REPEATS_MAX} times.")
    except _Ended:
        pass
    return found


def _checked(rule: Rule) -> tuple[str, int]:
    """How often a rule comes and its interval; raises ``Malformed`` (``calendar.repeats``)."""
    parts = dict(one.split("=", 1) for one in rule.text.upper().split(";") if "=" in one)
    freq, interval = parts.get("FREQ", ""), parts.get("INTERVAL", "1")
    if freq not in _PERIOD_DAYS:
        raise Malformed("calendar.repeats", "A shift repeats by days, weeks, months or years.", hint=_HINT)
    is_plain = parts.keys() <= _PARTS and len(rule.text) <= RULE_MAX_CHARACTERS
    is_counted = interval.isdigit() and 0 < int(interval) < 10_000 and all(one > 0 for one in rule.counts)  # noqa: PLR2004 - years
    if not is_plain or not is_counted:
        raise _unreadable()
    return freq, int(interval)


def check_zones(raw: bytes) -> None:
    """Raise ``Malformed`` (``calendar.zones``) unless clocks change by the year: each time of a file asks the rules."""
    depth = rules = 0
    for line in Contentlines.from_ical(raw):  # type: ignore[no-untyped-call]
        name, _, value = line.parts() if line else ("", None, "")
        is_zone = value.upper() == "VTIMEZONE"
        depth += {"BEGIN": is_zone, "END": -is_zone}.get(name.upper(), 0)
        if depth > 0 and name.upper() == "RRULE":
            rules += 1
            if "FREQ=YEARLY" not in value.upper().split(";") or "INTERVAL" in value.upper() or rules > ZONE_RULES_MAX:
                raise Malformed(
                    "calendar.zones",
                    f"Clocks change by at most {ZONE_RULES_MAX} rules, each by the year.",
                    hint="Export it again in a time zone that has a name, such as Europe/Paris.",
                )


def _too_many(sentence: str) -> TooLarge:
    return TooLarge("calendar.repeats_many", sentence, hint="Begin it later.")


def _unreadable() -> Malformed:
    return Malformed("calendar.repeats", "A rule for repeating cannot be read.", hint=_HINT)
