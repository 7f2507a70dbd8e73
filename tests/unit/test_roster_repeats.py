"""A calendar made to keep the station busy is read or refused in little work: calls are taken by the same process."""

import resource
import subprocess
import sys
import textwrap
from datetime import UTC
from datetime import datetime as moment

import pytest

from esos.errors import EsosError
from esos.roster import repeats
from esos.roster.repeats import Budget, Rule

CPU_SECONDS = 60
"""Far more than reading takes, far less than one of these files took: 160 KB of them took hours."""
NEVER = "BYMONTH=2;BYMONTHDAY=30"
READ = """
    import sys
    from esos.errors import EsosError
    from esos.roster.calendar import read_shifts
    try:
        read_shifts(sys.stdin.buffer.read(), people={"officer one": "a"}, duty="watch", timezone="UTC",
                    from_ms=1_790_000_000_000, until_ms=1_800_000_000_000)
    except EsosError as cause:
        print(cause.code)
"""


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def entries(begin: str, rule: str, count: int) -> bytes:
    one = f"BEGIN:VEVENT\nUID:{{}}\nDTSTART:{begin}\nDURATION:PT1H\nRRULE:{rule}\nSUMMARY:Officer One\nEND:VEVENT\n"
    return f"BEGIN:VCALENDAR\n{''.join(one.format(n) for n in range(count))}END:VCALENDAR\n".encode()


ZONE = (
    b"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Example/Zone\nBEGIN:STANDARD\nDTSTART:00010101T000000\n"
    b"TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\n"
    b"DTSTART;TZID=Example/Zone:20261001T080000\nDURATION:PT1H\nSUMMARY:Officer One\nEND:VEVENT\nEND:VCALENDAR\n"
)
HOSTILE = {
    "by the hour and never": (entries("20261001T080000Z", f"FREQ=HOURLY;{NEVER};COUNT=5", 700), "calendar.repeats"),
    "by the day and never, counted": (entries("20260601T080000Z", f"FREQ=DAILY;{NEVER};COUNT=5", 700), ""),
    "by the week and never": (entries("20061001T080000Z", f"FREQ=WEEKLY;{NEVER}", 700), "calendar.repeats_long"),
    "since the year 1": (entries("00010101T080000Z", "FREQ=DAILY", 700), "calendar.repeats_long"),
    "on one day again and again": (entries("20261001T080000Z", f"FREQ=YEARLY;INTERVAL=0;{NEVER}", 9), "calendar.repeats"),
    "every day of 20 years": (entries("20070101T080000Z", "FREQ=DAILY", 700), "calendar.repeats_many"),
    "a clock that changes every second": (ZONE, "calendar.zones"),
}  # fmt: skip


@pytest.mark.parametrize("way", list(HOSTILE))
def test_however_a_calendar_is_made_reading_it_ends_soon(way):
    raw, code = HOSTILE[way]
    read = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READ)], input=raw, capture_output=True, check=False,
        preexec_fn=limited,
    )  # fmt: skip
    assert read.returncode == 0, read.stderr.decode()
    assert read.stdout.decode().strip() == code


def day(*parts: int) -> moment:
    return moment(*parts, tzinfo=UTC).replace(tzinfo=None)


def rule(text: str, **more) -> Rule:
    return Rule(text=text, **{"first": day(2020, 1, 31), "last": day(2026, 1, 1), "counts": [], **more})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("FREQ=DAILY;INTERVAL=7", 309), ("FREQ=WEEKLY;BYDAY=FR", 309), ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", 155),
        ("FREQ=MONTHLY", 42), ("FREQ=MONTHLY;BYDAY=-1FR", 72), ("FREQ=YEARLY", 6), ("FREQ=YEARLY;INTERVAL=5", 2),
        ("FREQ=MONTHLY;INTERVAL=11;BYMONTHDAY=1", 6), (f"FREQ=YEARLY;{NEVER}", 0),
    ],
)  # fmt: skip
def test_a_rule_comes_as_often_as_it_says_up_to_its_last_moment(text, count):
    assert len(repeats.repeats(rule(text), day(2020, 1, 1), Budget())) == count


def test_a_rule_with_a_number_of_times_stops_there_and_counts_those_before_what_is_imported():
    found = repeats.repeats(rule("FREQ=YEARLY", counts=[4]), day(2022, 1, 1), Budget())
    assert found == [day(2022, 1, 31), day(2023, 1, 31)]


def test_a_rule_that_ended_before_what_is_imported_is_not_looked_at_however_old_it_is():
    old = rule("FREQ=DAILY", first=day(1, 1, 1), last=day(2000, 1, 1))
    assert repeats.repeats(old, day(2022, 1, 1), Budget()) == []


@pytest.mark.parametrize("more", ["BYSECOND=1", "BYEASTER=1", "INTERVAL=-1", "BYMONTHDAY=" + "1," * 200 + "1"])
def test_a_rule_with_what_no_shift_needs_is_refused(more):
    with pytest.raises(EsosError) as refusal:
        repeats.repeats(rule(f"FREQ=DAILY;{more}"), day(2022, 1, 1), Budget())
    assert refusal.value.code == "calendar.repeats"
