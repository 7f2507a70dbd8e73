"""The timers a pact starts from are those of the specification, and a drill only makes them faster."""

import msgspec
import pytest

from esos.errors import Malformed
from esos.pact.durations import count, read_duration, say_duration, write_duration
from esos.pact.ladder import DEFAULT_LADDERS
from esos.pact.rules import rules_of
from esos.pact.shipped import load
from esos.pact.timers import DEFAULT_TIMERS, FASTEST_MS, Timers
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
TABLE = {  # mayday, pan-pan and advisory, in this order
    "arm_ms": (5 * SECOND, 5 * SECOND, 0),
    "ack_ms": (5 * MINUTE, 15 * MINUTE, 4 * HOUR),
    "call_back_ms": (10 * MINUTE, 30 * MINUTE, 0),
    "wave_first_ack_ms": (60 * SECOND, 10 * MINUTE, 0),
    "wave_first_unacked_ms": (6 * MINUTE, 0, 0),
    "wave_interval_ms": (3 * MINUTE, 30 * MINUTE, 0),
    "reply_ms": (15 * MINUTE, 2 * HOUR, 0),
    "reply_reminders_ms": ((5 * MINUTE, 10 * MINUTE), (), ()),
    "commit_ms": (30 * MINUTE, 4 * HOUR, 0),
    "scene_ms": (2 * HOUR, 12 * HOUR, 0),
    "sitrep_ms": (60 * MINUTE, 6 * HOUR, 0),
    "heart_ms": (30 * MINUTE, 4 * HOUR, 0),
    "lease_ms": (30 * MINUTE, 2 * HOUR, 0),
    "stable_ms": (24 * HOUR, 24 * HOUR, 0),
    "review_ms": (24 * HOUR, 72 * HOUR, 24 * HOUR),
    "settle_ms": (45 * DAY, 45 * DAY, 7 * DAY),
    "second_ms": (15 * MINUTE, 1 * HOUR, 4 * HOUR),
}


@pytest.mark.parametrize("name", Timers.__struct_fields__)
def test_every_timer_has_the_default_of_the_specification(name):
    assert tuple(getattr(DEFAULT_TIMERS[urgency], name) for urgency in Urgency) == TABLE[name]


def test_an_emergency_pages_the_backup_at_60_s_and_a_neighbour_station_at_5_min():
    steps = [(step.after_ms, step.page) for step in DEFAULT_LADDERS[Urgency.MAYDAY].steps]
    assert steps[:3] == [(0, "watch"), (60_000, "backup"), (300_000, "neighbour")]


def test_a_ladder_goes_round_again_for_ever():
    ladder = DEFAULT_LADDERS[Urgency.MAYDAY]
    pages = [(ladder.nth(number).after_ms // MINUTE, ladder.nth(number).page) for number in (3, 4, 5, 8)]
    assert pages == [(10, "everyone"), (15, "watch"), (16, "backup"), (30, "watch")]


def test_contact_is_lost_after_two_missed_reports():
    assert DEFAULT_TIMERS[Urgency.MAYDAY].lost_ms == 2 * HOUR
    assert DEFAULT_TIMERS[Urgency.ADVISORY].lost_ms == 0


@pytest.fixture(scope="module")
def rules():
    return rules_of(load("club")[1])


def test_the_rules_of_a_pact_carry_its_name_version_and_digest(rules):
    raw, pact = load("club")
    assert (rules.pact, rules.version, rules.digest) == ("club", 1, pact.digest)
    assert len(rules.digest) == 32
    assert pact.digest != load("treaty")[1].digest
    assert raw != load("treaty")[0]


def test_rules_answer_for_each_urgency(rules):
    for urgency in Urgency:
        assert rules.timers(urgency) == DEFAULT_TIMERS[urgency]
        assert rules.ladder(urgency) == DEFAULT_LADDERS[urgency]
    assert [str(rules.duty(urgency)) for urgency in Urgency] == ["help", "answer", "nothing"]


def test_rules_survive_being_kept_with_a_case(rules):
    kept = msgspec.msgpack.encode(rules.faster(1_000))
    assert msgspec.msgpack.decode(kept, type=type(rules)) == rules.faster(1_000)


def test_one_member_is_asked_for_its_share_of_a_need_rounded_up(rules):
    assert rules.share_cap_percent == 50
    assert [rules.share_of(needed) for needed in (40, 41, 1)] == [20, 21, 1]


def test_free_units_are_those_of_the_free_tier(rules):
    assert rules.free_units(NeedLine.ADVICE) == 16
    assert rules.free_units(NeedLine.LEGAL) == 0


def test_a_drill_at_60_makes_a_minute_a_second(rules):
    fast = rules.faster(60)
    assert fast.mayday.ack_ms == 5_000
    assert fast.mayday.reply_reminders_ms == (5_000, 10_000)
    assert [step.after_ms for step in fast.mayday_ladder.steps] == [0, 1_000, 5_000, 10_000]
    assert fast.mayday_ladder.round_ms == 5_000
    assert fast.agreement_days == rules.agreement_days


def test_the_fastest_drill_keeps_50_ms_and_starts_no_timer_that_does_not_run(rules):
    fast = rules.faster(100_000)
    assert fast.mayday.ack_ms == FASTEST_MS
    assert fast.pan_pan.wave_first_unacked_ms == 0
    assert fast.advisory.call_back_ms == 0
    assert fast.advisory_ladder.steps[0].after_ms == 0


def test_a_drill_at_speed_1_changes_nothing(rules):
    assert rules.faster(1) == rules


@pytest.mark.parametrize("factor", [0, -1, 100_001])
def test_a_drill_at_an_impossible_speed_is_refused(rules, factor):
    with pytest.raises(Malformed) as refusal:
        rules.faster(factor)
    assert refusal.value.code == "pact.factor"


@pytest.mark.parametrize(
    ("text", "duration_ms"),
    [("60s", 60_000), ("5min", 300_000), ("4h", 14_400_000), ("24h", DAY), ("45d", 45 * DAY), ("500ms", 500)],
)
def test_a_duration_is_a_number_and_a_unit(text, duration_ms):
    assert read_duration(text) == duration_ms


@pytest.mark.parametrize("text", ["none", "0s", "0ms"])
def test_none_and_zero_do_not_run(text):
    assert read_duration(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "min",
        "5 min",
        "-5min",
        "5.5h",
        "05min",
        "5m",
        "5MIN",
        "٥min",
        "9999999999999d",
        "5min\n",
        5,
        None,
        True,
    ],
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(Malformed) as refusal:
        read_duration(text)
    assert refusal.value.code == "pact.value"


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [
        (50, "50 milliseconds"),
        (1_000, "1 second"),
        (90_000, "90 seconds"),
        (HOUR, "1 hour"),
        (24 * HOUR, "24 hours"),
        (72 * HOUR, "3 days"),
        (45 * DAY, "45 days"),
    ],
)
def test_a_duration_is_said_in_its_largest_whole_unit(duration_ms, words):
    assert say_duration(duration_ms) == words


def test_zero_is_written_as_none_and_counts_have_plurals():
    assert write_duration(0) == "none"
    assert (count(1, "day"), count(1_000, "day")) == ("1 day", "1\u202f000 days")
