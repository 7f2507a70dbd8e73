"""What the rules of a roster name, as spans of time: turns of rotations, hours of the week, holidays, shifts.

Every span ends where the next begins, by the clock on the wall (``wall``): a change of clocks loses no minute
and doubles none.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from esos.duty.hours import ALWAYS, DAY_MINUTES, Windows, read_hours
from esos.errors import Malformed
from esos.message.roster_bodies import Holiday, RosterSet, Rotation, Shift
from esos.roster.wall import day_at, instant_of, minutes_of, of_day, zone_named

YEAR_MIN, YEAR_MAX = 2000, 2199
"""Between which years the days of a roster lie."""


class Span(NamedTuple):
    """From one instant until before another, the first ``picks`` of these people who can are on duty."""

    from_ms: int
    until_ms: int
    people: tuple[str, ...]
    picks: int

    def covers(self, at_ms: int) -> bool:
        """Whether an instant lies in it."""
        return self.from_ms <= at_ms < self.until_ms


def check_rules(rules: RosterSet) -> None:
    """Raise ``Malformed`` (``roster.timezone``, ``roster.day``, ``duty.hours``, ``roster.twice``) for bad rules."""
    zone_named(rules.timezone)
    _check_names("rotation", [one.name for one in rules.rotations])
    _check_names("neighbour station", [one.name for one in rules.stations])
    for rotation in rules.rotations:
        zone_named(rotation.timezone or rules.timezone)
        read_hours(rotation.hours)
        read_day(rotation.from_day)
        if rotation.until_day:
            read_day(rotation.until_day)
    for holiday in rules.holidays:
        for year in (YEAR_MIN, YEAR_MIN + 1) if _is_yearly(holiday) else (0,):
            _holiday_begins(holiday, year)


def _check_names(what: str, names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise Malformed("roster.twice", f"Two of these have the same name: {what}.", hint="Give each its own name.")


def read_day(text: str) -> date:
    """A day written ``YYYY-MM-DD``; raises ``Malformed`` (``roster.day``)."""
    try:
        day = date.fromisoformat(text)
    except ValueError as cause:
        raise Malformed("roster.day", f"{text!r} is no day.", hint="Write it as 2026-12-24.") from cause
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise Malformed("roster.day", f"The year of {text!r} is out of reach.", hint=f"{YEAR_MIN} to {YEAR_MAX}.")
    return day


def rotation_spans(rotation: Rotation, timezone: str, from_ms: int, until_ms: int) -> Iterator[Span]:
    """The turns of a rotation that touch a span of time, within its hours."""
    zone = zone_named(rotation.timezone or timezone)
    for number, begins_ms, ends_ms in _turns(rotation, zone, from_ms, until_ms):
        first = number % len(rotation.officers)
        order = rotation.officers[first:] + rotation.officers[:first]
        low_ms, high_ms = max(begins_ms, from_ms), min(ends_ms, until_ms)
        for start_ms, end_ms in _hours(rotation.hours, zone, low_ms, high_ms):
            span = Span(max(start_ms, begins_ms), min(end_ms, ends_ms), order, rotation.at_once)
            if span.from_ms < span.until_ms:
                yield span


def _turns(rotation: Rotation, zone: ZoneInfo, from_ms: int, until_ms: int) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of each turn that touches the span; none before the first day or after the last."""
    first_day, minutes = read_day(rotation.from_day), minutes_of(rotation.handover)
    last_ms = instant_of(of_day(read_day(rotation.until_day), minutes), zone) if rotation.until_day else None
    number = max(0, (day_at(from_ms, zone) - first_day).days // rotation.days - 1)
    begins_ms = _turn_ms(first_day, rotation.days * number, minutes, zone)
    while begins_ms < until_ms and (last_ms is None or begins_ms < last_ms):
        next_ms = _turn_ms(first_day, rotation.days * (number + 1), minutes, zone)
        ends_ms = next_ms if last_ms is None else min(next_ms, last_ms)
        if ends_ms > from_ms:
            yield number, begins_ms, ends_ms
        number, begins_ms = number + 1, next_ms


def _turn_ms(first_day: date, days: int, minutes: int, zone: ZoneInfo) -> int:
    return instant_of(of_day(first_day + timedelta(days=days), minutes), zone)


@lru_cache(maxsize=512)
def _windows(hours: str) -> Windows:
    return read_hours(hours)


def _hours(hours: str, zone: ZoneInfo, from_ms: int, until_ms: int) -> Iterator[tuple[int, int]]:
    """The spans of instants in which it is one of these hours of the week; those that meet are one."""
    windows = _windows(hours)
    if windows == ALWAYS:
        yield from_ms, until_ms
        return
    day, last = day_at(from_ms, zone) - timedelta(days=2), day_at(until_ms, zone)
    while day <= last:
        for start, end in windows:
            if start // DAY_MINUTES == day.weekday():
                begins_ms = instant_of(of_day(day, start % DAY_MINUTES), zone)
                ends_ms = instant_of(of_day(day, start % DAY_MINUTES + end - start), zone)
                if begins_ms < ends_ms and ends_ms > from_ms and begins_ms < until_ms:
                    yield begins_ms, ends_ms
        day += timedelta(days=1)


def holiday_spans(holidays: Iterable[Holiday], duty: str, timezone: str, from_ms: int, until_ms: int) -> Iterator[Span]:
    """Holidays that name people for a duty and touch a span of time, later ones in the list last."""
    zone = zone_named(timezone)
    for holiday in holidays:
        people: tuple[str, ...] = getattr(holiday, duty)
        for first in _holiday_days(holiday, zone, from_ms, until_ms) if people else ():
            begins_ms = instant_of(of_day(first, 0), zone)
            ends_ms = instant_of(of_day(first + timedelta(days=holiday.days), 0), zone)
            if begins_ms < until_ms and ends_ms > from_ms:
                yield Span(begins_ms, ends_ms, people, len(people))


def _holiday_days(holiday: Holiday, zone: ZoneInfo, from_ms: int, until_ms: int) -> Iterator[date]:
    if not _is_yearly(holiday):
        yield _holiday_begins(holiday, 0)
        return
    for year in range(day_at(from_ms, zone).year - 1, day_at(until_ms, zone).year + 1):
        yield _holiday_begins(holiday, year)


def _is_yearly(holiday: Holiday) -> bool:
    return len(holiday.day) == len("12-24")


def _holiday_begins(holiday: Holiday, year: int) -> date:
    """The first day; 29 February is the 28th in a year without it."""
    if not _is_yearly(holiday):
        return read_day(holiday.day)
    is_leap_day = holiday.day == "02-29" and not _is_leap(year)
    return read_day(f"{year:04}-{'02-28' if is_leap_day else holiday.day}")


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def shift_spans(shifts: Iterable[Shift], duty: str, from_ms: int, until_ms: int) -> Iterator[Span]:
    """Single shifts of a duty that touch a span of time."""
    for one in shifts:
        if one.duty == duty and one.from_ms < until_ms and one.until_ms > from_ms:
            yield Span(one.from_ms, one.until_ms, (one.officer,), 1)
