"""The roster as an iCalendar file (RFC 5545), and shifts out of one: a writer and a reader side by side.

A shift that repeats begins and ends by the clock on the wall, so that shifts that meet go on meeting when
clocks change. Nothing is dropped silently: an entry that names nobody known is refused by name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from esos.errors import Malformed, TooLarge
from esos.message.roster_bodies import SHIFTS_MAX, Duty, Shift
from esos.roster.repeats import Budget, Rule, check_zones, repeats
from esos.roster.wall import instant_of, of_day, zone_named
from esos.roster.watch import Stretch

CALENDAR_MAX_BYTES = 160 * 1024
CLOCKS_DIFFER: Final = timedelta(days=2)
"""More than any clock on a wall differs from another, and from itself when clocks change."""
NAMED_MAX = 5
"""How many entries a refusal names."""
PRODUCT: Final = "-//e-SOS//roster//EN"
_MAILTO = "mailto:"
_FORM_HINT = "Export it again as a file that ends in .ics."


def write_calendar(
    stretches: Iterable[Stretch], *, title: str, station: str, summary: Callable[[Stretch], str], now_ms: int
) -> bytes:
    """An iCalendar file with one entry for each stretch, in UTC; ids stay the same from one writing to the next."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for one in stretches:
        event = Event()
        event.add("uid", f"{one.duty}-{one.from_ms}-{'-'.join(one.people) or 'nobody'}@{station}")
        event.add("dtstamp", _utc(now_ms))
        event.add("dtstart", _utc(one.from_ms))
        event.add("dtend", _utc(one.until_ms))
        event.add("summary", summary(one))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def read_shifts(
    raw: bytes, *, people: Mapping[str, str], duty: Duty, timezone: str, from_ms: int, until_ms: int
) -> tuple[Shift, ...]:
    """The shifts that touch a span, in order of time.

    ``people`` finds a person by name or mail address in small letters; an entry is theirs by its title or by
    whoever is invited. Times without a zone are in ``timezone``.
    However a file is made, reading it ends soon (``esos.roster.repeats``).
    Raises ``Malformed`` (``calendar.form``, ``calendar.who``, ``calendar.repeats``), ``TooLarge``
    (``calendar.size``, ``calendar.shifts``, ``calendar.repeats_many``, ``calendar.repeats_long``).
    """
    if len(raw) > CALENDAR_MAX_BYTES:
        raise TooLarge("calendar.size", f"A calendar has at most {CALENDAR_MAX_BYTES} bytes.")
    shifts: list[Shift] = []
    strangers: list[str] = []
    for event, begins_ms, ends_ms in _all_entries(raw, zone_named(timezone), from_ms, until_ms):
        officers = _whose(event, people)
        if not officers:
            strangers.append(str(event.get("SUMMARY", "")).strip()[:60])
        shifts += [Shift(duty=duty, officer=one, from_ms=begins_ms, until_ms=ends_ms) for one in officers]
        if len(shifts) > SHIFTS_MAX:
            raise TooLarge(
                "calendar.shifts", f"More than {SHIFTS_MAX} shifts in this time.", hint="Import fewer days at once."
            )
    _refuse_strangers(strangers)
    return tuple(sorted(dict.fromkeys(shifts), key=lambda one: (one.from_ms, one.until_ms, one.officer)))


def _read(raw: bytes) -> list[Event]:
    try:
        check_zones(raw)
        calendars = Calendar.from_ical(raw, multiple=True)
        events = [one for calendar in calendars for one in calendar.walk("VEVENT") if isinstance(one, Event)]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as cause:
        # the library says so in many ways: what cannot be read is no calendar
        raise Malformed("calendar.form", "This is no calendar that can be read.", hint=_FORM_HINT) from cause
    if not calendars:
        raise Malformed("calendar.form", "There is no calendar in this.", hint=_FORM_HINT)
    return events


def _refuse_strangers(strangers: list[str]) -> None:
    named = [one or "(no title)" for one in dict.fromkeys(strangers)]
    if named:
        more = f" and {len(named) - NAMED_MAX} more" if len(named) > NAMED_MAX else ""
        raise Malformed(
            "calendar.who",
            f"Nobody here goes by the title of these entries: {', '.join(named[:NAMED_MAX])}{more}.",
            hint="Name each shift after its officer, or invite the officer by a mail address known here.",
        )


def _whose(event: Event, people: Mapping[str, str]) -> list[str]:
    """Whoever is invited and known; else whose name is the title, or who alone is named in it."""
    mails = [str(one).lower().removeprefix(_MAILTO) for one in event.attendees]
    invited = [people[mail] for mail in mails if mail in people]
    if invited:
        return list(dict.fromkeys(invited))
    title = " ".join(str(event.get("SUMMARY", "")).casefold().split())
    if title in people:
        return [people[title]]
    named = {party for name, party in people.items() if name in title and "@" not in name}
    return list(named) if len(named) == 1 else []


def _all_entries(raw: bytes, zone: ZoneInfo, from_ms: int, until_ms: int) -> list[tuple[Event, int, int]]:
    """Every entry; a property that the library could not read shows only where it is looked at."""
    try:
        return list(_entries(_read(raw), zone, from_ms, until_ms))
    except (ValueError, TypeError, AttributeError, OverflowError) as cause:
        raise Malformed("calendar.form", "An entry has a time that cannot be read.", hint=_FORM_HINT) from cause


def _entries(events: list[Event], zone: ZoneInfo, from_ms: int, until_ms: int) -> Iterator[tuple[Event, int, int]]:
    """Every entry that touches the span with its begin and end: repeated ones as often as they come."""
    moved = {(str(one.get("UID", "")), _begin_ms(one.get("RECURRENCE-ID").dt, zone))
             for one in events if one.get("RECURRENCE-ID") is not None}  # fmt: skip
    budget = Budget()
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        is_moved = event.get("RECURRENCE-ID") is not None
        for begins_ms, ends_ms in _times(event, zone, from_ms, until_ms, budget):
            is_replaced = not is_moved and (str(event.get("UID", "")), begins_ms) in moved
            if begins_ms < until_ms and ends_ms > from_ms and not is_replaced:
                yield event, begins_ms, ends_ms


def _times(event: Event, zone: ZoneInfo, from_ms: int, until_ms: int, budget: Budget) -> Iterator[tuple[int, int]]:
    begin, end = event.start, event.end
    where = _zone_of(begin, zone)
    first, lasts = _reading(begin), _reading(end) - _reading(begin)
    if _zone_of(end, zone) is not where and isinstance(end, datetime):  # begins and ends in different zones
        lasts = end.astimezone(where).replace(tzinfo=None) - first
    without = {_begin_ms(one, zone) for one in event.exdates}
    added = [_reading(one[0]) if isinstance(one, tuple) else _reading(one) for one in event.rdates]
    since = _wall(from_ms, where) - lasts - CLOCKS_DIFFER
    for reading in sorted({*_repeated(event, first, where, since, until_ms, budget), *added}):
        begins_ms = _at(reading, where)
        if begins_ms not in without:
            yield begins_ms, _at(reading + lasts, where)


def _repeated(
    event: Event, first: datetime, where: tzinfo, since: datetime, until_ms: int, budget: Budget
) -> list[datetime]:
    """When an entry comes, by the clock on the wall, from one moment up to an instant."""
    found = [first]
    for rule in event.rrules:
        plain = dict(rule)
        last_ms = min([until_ms, *(_begin_ms(one, where) for one in plain.pop("UNTIL", ()))])
        counts = [int(one) for one in plain.pop("COUNT", ())]
        told = Rule(text=type(rule)(plain).to_ical().decode(), first=first, last=_wall(last_ms, where), counts=counts)
        found += repeats(told, since, budget)
    return found


def _wall(at_ms: int, where: tzinfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(where).replace(tzinfo=None)


def _begin_ms(moment: date, zone: tzinfo) -> int:
    return _at(_reading(moment), _zone_of(moment, zone))


def _zone_of(moment: date, zone: tzinfo) -> tzinfo:
    """The zone that an entry names, else that of the roster: whole days, and times without any."""
    return moment.tzinfo if isinstance(moment, datetime) and moment.tzinfo is not None else zone


def _reading(moment: date) -> datetime:
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None)
    return of_day(moment, 0)


def _at(reading: datetime, where: tzinfo) -> int:
    if isinstance(where, ZoneInfo):
        return instant_of(reading, where)
    return round(reading.replace(tzinfo=where).timestamp()) * 1000
