"""The roster as a calendar: shifts out of an .ics file, and the watch's or a person's own days as one.

Times are arguments and names are the register's; the format itself is in ``esos.roster.calendar``.
"""

import asyncio
from functools import partial
from typing import Final

from esos.errors import Busy
from esos.message.roster_bodies import Duty, ShiftsSet
from esos.roster.calendar import read_shifts, write_calendar
from esos.roster.watch import DAY_MS, DUTIES, Stretch
from esos.station.directory import Directory
from esos.station.roster_view import RosterViews, roster_views
from esos.words.language import later, say

FEED_BACK_MS: Final = 7 * DAY_MS
"""How far back a calendar reaches."""
FEED_AHEAD_MS: Final = 90 * DAY_MS
"""How far ahead a calendar reaches: those who subscribe read it anew every hour."""
IMPORT_DAYS, IMPORT_DAYS_MAX = 120, 400
"""How many days of a calendar are imported, unless somebody asks for more, and at most."""
_DUTY_WORDS = {
    "watch": later("On watch: {people}"),
    "backup": later("Backup: {people}"),
    "second": later("Second officer: {people}"),
}
_reading = asyncio.Lock()
"""Held while a process reads a calendar."""
NOBODY = later("NOBODY ON WATCH: everybody is called")


def people_named(directory: Directory) -> dict[str, str]:
    """Whoever may be on the roster, by name and by mail address in small letters."""
    found: dict[str, str] = {}
    for officer, row in directory.officers.items():
        found[" ".join(row.name.casefold().split())] = officer
        found |= {one.address.lower(): officer for one in row.contacts if one.channel == "mail"}
    return found


async def shifts_of(
    raw: bytes, directory: Directory, *, source: str, duty: Duty, timezone: str, now_ms: int, days: int
) -> ShiftsSet:
    """What a calendar says of the days to come, as the statement that brings it.

    It is read beside the loop on which calls are taken, one at a time. Raises as ``read_shifts`` does, and ``Busy``
    (``calendar.busy``) while another is read.
    """
    if _reading.locked():
        raise Busy(
            "calendar.busy", "Another calendar is being read just now.", hint="Nothing was changed. Try again soon."
        )
    read = partial(
        read_shifts,
        raw,
        people=people_named(directory),
        duty=duty,
        timezone=timezone or directory.roster.rules.timezone,
        from_ms=now_ms - DAY_MS,
        until_ms=now_ms + days * DAY_MS,
    )
    async with _reading:
        return ShiftsSet(source=source, shifts=await asyncio.to_thread(read))


def calendar_of(directory: Directory, *, person: str, now_ms: int) -> bytes:
    """A person's own duties as a calendar; the whole roster, with its gaps, where no person is named."""
    views = roster_views(directory, now_ms)
    from_ms, until_ms = now_ms - FEED_BACK_MS, now_ms + FEED_AHEAD_MS
    laid = views.plan.of_person(person, from_ms, until_ms) if person else _whole(views, from_ms, until_ms)
    name = directory.station.name
    title = say("{person} at {station}", person=directory.name_of(person), station=name) if person else name
    return write_calendar(
        laid,
        title=title,
        station=directory.station.kid.hex(),
        summary=lambda one: _summary(one, views),
        now_ms=now_ms,
    )


def _whole(views: RosterViews, from_ms: int, until_ms: int) -> list[Stretch]:
    laid = [one for duty in DUTIES for one in views.plan.stretches(duty, from_ms, until_ms)]
    return [one for one in laid if one.people or one.duty == "watch"]


def _summary(one: Stretch, views: RosterViews) -> str:
    if not one.people:
        return say(NOBODY)
    names = ", ".join(views.person(each).name for each in one.people)
    return say(_DUTY_WORDS[one.duty], people=names)
