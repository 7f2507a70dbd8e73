"""Opening hours and time zones: what is read, what is refused, and who is awake at the edges."""

from datetime import UTC, datetime

import pytest

from esos.duty.hours import awake_now, is_awake, offset_minutes, read_hours
from esos.errors import Malformed


def ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_around_the_clock_is_always_awake():
    assert all(awake_now("24/7", "UTC", ms("2026-03-01T00:00") + hour * 3_600_000) for hour in range(168))


@pytest.mark.parametrize(
    ("hours", "instant", "awake"),
    [
        ("Mo-Fr 08:00-18:00", "2026-03-02T08:00", True),
        ("Mo-Fr 08:00-18:00", "2026-03-02T07:59", False),
        ("Mo-Fr 08:00-18:00", "2026-03-06T17:59", True),
        ("Mo-Fr 08:00-18:00", "2026-03-06T18:00", False),
        ("Mo-Fr 08:00-18:00", "2026-03-07T12:00", False),
        ("Sa,Su 10:00-24:00", "2026-03-08T23:59", True),
        ("Sa,Su 10:00-24:00", "2026-03-09T00:00", False),
        ("Mo-Su 22:00-06:00", "2026-03-04T05:59", True),
        ("Mo-Su 22:00-06:00", "2026-03-04T06:00", False),
        ("Su 22:00-06:00", "2026-03-09T03:00", True),
        ("Su 22:00-06:00", "2026-03-08T03:00", False),
        ("Fr-Mo 09:00-10:00", "2026-03-08T09:30", True),
        ("Fr-Mo 09:00-10:00", "2026-03-04T09:30", False),
        ("Mo 08:00-12:00; Mo 13:00-17:00", "2026-03-02T12:30", False),
        ("Mo 08:00-12:00; Mo 13:00-17:00", "2026-03-02T13:00", True),
        ("Mo 00:00-00:00", "2026-03-02T23:00", True),
    ],
)
def test_hours_are_open_from_their_first_minute_to_before_their_last(hours, instant, awake):
    assert awake_now(hours, "UTC", ms(instant)) is awake


def test_daylight_saving_moves_the_hour_at_which_people_are_awake():
    assert awake_now("Mo-Su 08:00-09:00", "Europe/Tallinn", ms("2026-03-28T06:30"))
    assert not awake_now("Mo-Su 08:00-09:00", "Europe/Tallinn", ms("2026-03-29T06:30"))
    assert awake_now("Mo-Su 08:00-09:00", "Europe/Tallinn", ms("2026-03-29T05:30"))


def test_zones_off_the_full_hour_are_read():
    assert offset_minutes("Asia/Kolkata", ms("2026-03-01T00:00")) == 330
    assert offset_minutes("America/St_Johns", ms("2026-01-01T00:00")) == -210


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "/etc/passwd", "../UTC", "Europe", "a\0b"])
def test_a_name_no_zone_has_means_nobody_is_known_to_be_awake(zone):
    assert offset_minutes(zone, 0) is None
    assert not awake_now("24/7", zone, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "always",
        "Mo 8:00-18:00",
        "Mo 08:00",
        "Xx 08:00-09:00",
        "Mo-We-Fr 08:00-09:00",
        "Mo 08:60-09:00",
        "Mo 25:00-26:00",
        "Mo 08:00-24:01",
        "mo 08:00-09:00",
    ],
)
def test_what_are_no_hours_is_refused_with_an_example(text):
    with pytest.raises(Malformed) as refusal:
        read_hours(text)
    assert refusal.value.code == "duty.hours"
    assert "Mo-Fr 08:00-18:00" in refusal.value.hint
    assert not awake_now(text, "UTC", 0)


def test_the_epoch_was_a_thursday():
    assert is_awake(read_hours("Th 00:00-00:01"), 0, 0)
