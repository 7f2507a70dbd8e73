"""The roster as its pages show it: names of duties, days of a week with their stretches, and choices of forms.

Days are those of the roster's own zone, so that a day on which clocks change has its 23 or 25 hours.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from esos.message.roster_bodies import NEIGHBOUR_WATCH
from esos.roster.wall import day_at, instant_of, of_day, reading_at, zone_named
from esos.roster.watch import DUTIES, Stretch
from esos.station.roster_view import PersonView, RosterViews, StretchView, roster_views
from esos.web.console.visit import Visit
from esos.words.language import later, say

DUTY_WORDS: Final = {
    "watch": later("On watch"),
    "backup": later("Backup"),
    "second": later("Second officer"),
}
DAY_NAMES: Final = (
    later("Monday"), later("Tuesday"), later("Wednesday"), later("Thursday"), later("Friday"), later("Saturday"),
    later("Sunday"),
)  # fmt: skip
TARGET_WORDS: Final = {
    "watch": later("the watch"),
    "backup": later("the backup"),
    "neighbour": later("the neighbour station"),
    "everyone": later("every officer"),
}
WEEK_DAYS = 7
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Who is on one duty now."""

    words: str
    people: tuple[PersonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One duty on one day: its times by the roster's clock (``utc`` beside, where that differs), and who it is."""

    stretch: StretchView
    words: str
    begins: str
    ends: str
    utc: str
    is_now: bool
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the week at a glance."""

    day: date
    name: str
    is_today: bool
    pieces: tuple[Piece, ...]


def on_duty_now(visit: Visit) -> list[OnDuty]:
    """Each duty with its people at this moment; duties that nobody is named for are left out, but for the watch."""
    views = roster_views(visit.station.directory, visit.now_ms)
    found = views.plan.at(visit.now_ms)
    return [
        OnDuty(words=say(DUTY_WORDS[duty]), people=tuple(views.person(one) for one in found.of(duty)))
        for duty in DUTIES
        if duty == "watch" or found.of(duty)
    ]


def first_day(views: RosterViews, given: str) -> date:
    """The day a week begins with: one that was asked for, else the Monday of this week in the roster's zone."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        today = day_at(views.now_ms, zone_named(views.plan.rules.timezone))
        return today - timedelta(days=today.weekday())


def week_of(views: RosterViews, first: date, *, me: str) -> list[Day]:
    """Seven days laid out, each from its midnight to the next by the roster's clock."""
    zone = zone_named(views.plan.rules.timezone)
    edges = [instant_of(of_day(first + timedelta(days=one), 0), zone) for one in range(WEEK_DAYS + 1)]
    laid = {duty: views.plan.stretches(duty, edges[0], edges[-1]) for duty in DUTIES}
    today = day_at(views.now_ms, zone)
    days = []
    for number in range(WEEK_DAYS):
        day = first + timedelta(days=number)
        pieces = [
            _piece(views, _cut(one, edges[number], edges[number + 1]), me)
            for duty in DUTIES
            for one in laid[duty]
            if one.from_ms < edges[number + 1] and one.until_ms > edges[number] and (one.people or duty == "watch")
        ]
        days.append(Day(day=day, name=say(DAY_NAMES[day.weekday()]), is_today=day == today, pieces=tuple(pieces)))
    return days


def _cut(one: Stretch, from_ms: int, until_ms: int) -> Stretch:
    return Stretch(
        duty=one.duty, from_ms=max(one.from_ms, from_ms), until_ms=min(one.until_ms, until_ms), people=one.people
    )


def _piece(views: RosterViews, one: Stretch, me: str) -> Piece:
    zone = zone_named(views.plan.rules.timezone)
    begins, ends = reading_at(one.from_ms, zone), reading_at(one.until_ms, zone)
    utc = [reading_at(each, zone_named("UTC")) for each in (one.from_ms, one.until_ms)]
    return Piece(
        stretch=views.stretch(one),
        words=say(DUTY_WORDS[one.duty]),
        begins=f"{begins:%H:%M}",
        ends="24:00" if ends.date() > begins.date() else f"{ends:%H:%M}",
        utc="" if begins == utc[0] else f"{utc[0]:%H:%M}\u2013{utc[1]:%H:%M}",
        is_now=one.from_ms <= views.now_ms < one.until_ms,
        is_mine=me in one.people,
    )


def span_words(views: RosterViews, from_ms: int, until_ms: int) -> str:
    """A span by the roster's clock, as a choice of a form names it."""
    zone = zone_named(views.plan.rules.timezone)
    begins, ends = reading_at(from_ms, zone), reading_at(until_ms, zone)
    return say(
        "{day} {date} {begins} to {ends}",
        day=say(DAY_NAMES[begins.weekday()]),
        date=f"{begins:%d.%m.}",
        begins=f"{begins:%H:%M}",
        ends=f"{ends:%H:%M}" if ends.date() == begins.date() else f"{ends:%d.%m. %H:%M}",
    )


def officers_of(visit: Visit) -> list[tuple[str, str]]:
    """Whoever may be on watch, and neighbour stations, as choices of a form."""
    directory = visit.station.directory
    officers = [(one.officer, one.name) for one in directory.officers.values() if "officer" in one.roles]
    stations = [(NEIGHBOUR_WATCH + one.name, one.name) for one in directory.roster.rules.stations]
    return sorted(officers, key=lambda one: one[1].casefold()) + stations


def seconds_of(visit: Visit) -> list[tuple[str, str]]:
    """Whoever may be second officer, with the station that lends them."""
    rows = [one for one in visit.station.directory.officers.values() if {"officer", "second"} & set(one.roles)]
    named = [(one.officer, f"{one.name} ({one.station})" if one.station else one.name) for one in rows]
    return sorted(named, key=lambda one: one[1].casefold())
