"""Calendars in and out: repeated shifts by the clock on the wall, moved and cancelled ones, and what is refused."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esos.errors import EsosError
from esos.message.roster_bodies import Shift
from esos.roster.calendar import read_shifts, write_calendar
from esos.roster.watch import Stretch

PEOPLE = {"officer one": "a", "officer two": "b", "one@watch.example": "a"}


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


OCTOBER, NEW_YEAR = at(2026, 10, 1), at(2027, 1, 1)


def read(*events: str, begins=OCTOBER, ends=NEW_YEAR, zone="Europe/Tallinn") -> list[tuple[str, str, str]]:
    whole = "\n".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT" for event in events)
    raw = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//\n{whole}\nEND:VCALENDAR\n".encode()
    shifts = read_shifts(raw, people=PEOPLE, duty="watch", timezone=zone, from_ms=begins, until_ms=ends)
    return [(one.officer, shown(one.from_ms), shown(one.until_ms)) for one in shifts]


def shown(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%m-%d %H:%M}"


NIGHTS = """UID:1
DTSTART;TZID=Europe/Tallinn:20261023T220000
DTEND;TZID=Europe/Tallinn:20261024T060000
RRULE:FREQ=DAILY;UNTIL=20261026T210000Z
SUMMARY:Officer One"""
DAYS = """UID:2
DTSTART;TZID=Europe/Tallinn:20261023T060000
DTEND;TZID=Europe/Tallinn:20261023T220000
RRULE:FREQ=DAILY;COUNT=4
SUMMARY:Officer Two"""


def test_shifts_that_meet_go_on_meeting_when_the_clocks_go_back():
    found = sorted(read(NIGHTS, DAYS), key=lambda one: one[1])
    assert all(one[2] == after[1] for one, after in pairwise(found))
    assert ("a", "10-24 19:00", "10-25 04:00") in found  # nine hours: clocks went back
    assert len(found) == 8


def test_a_moved_shift_stands_in_its_new_place_only_and_a_cancelled_one_nowhere():
    moved = """UID:1
RECURRENCE-ID;TZID=Europe/Tallinn:20261024T220000
DTSTART;TZID=Europe/Tallinn:20261024T230000
DTEND;TZID=Europe/Tallinn:20261025T060000
SUMMARY:Officer Two"""
    gone = """UID:1
RECURRENCE-ID;TZID=Europe/Tallinn:20261025T220000
DTSTART;TZID=Europe/Tallinn:20261025T220000
DTEND;TZID=Europe/Tallinn:20261026T060000
STATUS:CANCELLED
SUMMARY:Officer One"""
    without = NIGHTS + "\nEXDATE;TZID=Europe/Tallinn:20261026T220000"
    assert read(without, moved, gone) == [("a", "10-23 19:00", "10-24 03:00"), ("b", "10-24 20:00", "10-25 04:00")]


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261226", ("12-23 22:00", "12-25 22:00")),
        ("DTSTART;VALUE=DATE:20261224", ("12-23 22:00", "12-24 22:00")),
        ("DTSTART:20261224T080000\nDTEND:20261224T200000", ("12-24 06:00", "12-24 18:00")),
        ("DTSTART:20261224T080000Z\nDURATION:PT12H", ("12-24 08:00", "12-24 20:00")),
    ],
    ids=["whole days", "one whole day", "no zone", "UTC and a length"],
)
def test_times_are_read_in_the_zone_they_are_in_and_else_in_the_rosters(times, found):
    assert read(f"UID:1\n{times}\nSUMMARY:Officer One") == [("a", *found)]


@pytest.mark.parametrize(
    "who",
    [
        "SUMMARY:Officer One", "SUMMARY:On watch: officer  one", "SUMMARY:Duty\nATTENDEE:mailto:One@watch.example",
        "SUMMARY:Officer One (nights)",
    ],
)  # fmt: skip
def test_a_shift_is_whose_name_or_mail_address_it_bears(who):
    [(officer, *_)] = read(f"UID:1\nDTSTART:20261224T080000Z\nDTEND:20261224T200000Z\n{who}")
    assert officer == "a"


EVERY_HOUR = ",".join(map(str, range(24)))
SPAN = "DTSTART:20261224T080000Z\nDTEND:20261224T200000Z\nUID:1\n"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (SPAN + "SUMMARY:Somebody", "calendar.who"),
        (SPAN + "SUMMARY:Officer One and Officer Two", "calendar.who"),
        ("UID:1\nSUMMARY:Officer One", "calendar.form"),
        ("UID:1\nDTSTART:soon\nSUMMARY:Officer One", "calendar.form"),
        (SPAN + "RRULE:FREQ=SECONDLY\nSUMMARY:Officer One", "calendar.repeats"),
        (SPAN + "RRULE:FREQ=WEEKLY;BYDAY=XX\nSUMMARY:Officer One", "calendar.form"),
        (
            "DTSTART:19900101T080000Z\nDTEND:19900101T080100Z\nUID:1\nRRULE:FREQ=DAILY\nSUMMARY:Officer One",
            "calendar.repeats_long",
        ),
        (SPAN + "RRULE:FREQ=HOURLY\nSUMMARY:Officer One", "calendar.repeats"),
        (SPAN + f"RRULE:FREQ=DAILY;BYHOUR={EVERY_HOUR}\nSUMMARY:Officer One", "calendar.shifts"),
    ],
)
def test_what_cannot_be_read_or_is_nobodys_is_refused_whole(event, code):
    good = "UID:9\nDTSTART:20261224T080000Z\nDTEND:20261224T200000Z\nSUMMARY:Officer One"
    with pytest.raises(EsosError) as refusal:
        read(good, event, ends=at(2027, 6, 1))
    assert refusal.value.code == code, refusal.value


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_read_or_refused(raw):
    for whole in (raw, b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + raw + b"\nEND:VEVENT\nEND:VCALENDAR"):
        try:
            read_shifts(whole, people={}, duty="watch", timezone="UTC", from_ms=0, until_ms=at(2027, 1, 1))
        except EsosError:
            continue


def test_what_is_written_is_read_again_by_name():
    begins = at(2026, 11, 1)
    laid = [
        Stretch(
            duty="watch", from_ms=begins + day * 86_400_000, until_ms=begins + (day + 1) * 86_400_000, people=(who,)
        )
        for day, who in enumerate("abab")
    ]
    names = {"a": "Officer One", "b": "Officer Two"}
    raw = write_calendar(
        laid, title="Watch", station="ab", summary=lambda one: f"On watch: {names[one.people[0]]}", now_ms=begins
    )
    assert raw == write_calendar(
        laid, title="Watch", station="ab", summary=lambda one: f"On watch: {names[one.people[0]]}", now_ms=begins
    )
    shifts = read_shifts(
        raw, people=PEOPLE, duty="watch", timezone="UTC", from_ms=begins, until_ms=begins + 10 * 86_400_000
    )
    assert shifts == tuple(Shift(officer=one.people[0], from_ms=one.from_ms, until_ms=one.until_ms) for one in laid)
    calendar = icalendar.Calendar.from_ical(raw)
    assert len({str(event["UID"]) for event in calendar.walk("VEVENT")}) == len(laid)
    assert calendar.walk("VEVENT")[0].end - calendar.walk("VEVENT")[0].start == timedelta(days=1)
