"""When the next copy leaves, and when to stop: brief figures, told as scenarios."""

from itertools import pairwise

import pytest

from esos.beacon.carrier import Failed, Heard, Sending, Waiting, is_enough
from esos.beacon.schedule import (
    ACK_TIMES_MS,
    CARRIER_START_MS,
    Pace,
    ack_times_ms,
    alternate,
    chance_of_answer,
    next_send_ms,
    start_offset_ms,
)
from esos.message.packet_codes import AckState


def sends_until(until_ms, *, rtt_ms, jitter=0.0, pace=Pace.FULL):
    """The times of all copies before a moment."""
    times, elapsed_ms = [], next_send_ms(0, 0, rtt_ms, jitter, pace=pace)
    while elapsed_ms < until_ms:
        times.append(elapsed_ms)
        elapsed_ms += next_send_ms(elapsed_ms, len(times), rtt_ms, jitter, pace=pace)
    return times


def test_the_first_five_copies_leave_100_ms_apart():
    assert sends_until(500, rtt_ms=200) == [0, 100, 200, 300, 400]


def test_copies_follow_every_250_ms_to_5_s_then_500_ms_then_1_s_then_5_s_then_30_s_for_ever():
    times = sends_until(1_000_000, rtt_ms=200)
    gaps = {start: {b - a for a, b in pairwise(times) if start <= a < end} for start, end in PHASES}
    assert gaps == {400: {250}, 5_000: {500}, 15_000: {1_000}, 60_000: {5_000}, 600_000: {30_000}}


PHASES = [(400, 5_000), (5_000, 15_000), (15_000, 60_000), (60_000, 600_000), (600_000, 900_000)]


def test_a_slow_path_is_not_sent_to_faster_than_its_round_trip():
    times = sends_until(60_000, rtt_ms=2_000)
    assert {b - a for a, b in pairwise(times[4:])} == {2_000}


def test_without_a_measured_round_trip_copies_after_the_burst_are_1_s_apart():
    times = sends_until(60_000, rtt_ms=None)
    assert times[:5] == [0, 100, 200, 300, 400]
    assert {b - a for a, b in pairwise(times[4:])} == {1_000}


def test_quiet_sends_one_copy_in_3_s_from_the_first():
    for jitter in (-1.0, 0.0, 1.0):
        times = sends_until(60_000, rtt_ms=50, jitter=jitter, pace=Pace.QUIET)
        assert min(b - a for a, b in pairwise(times)) >= 3_000
    assert len(sends_until(60_000, rtt_ms=50, pace=Pace.QUIET)) == 20


def test_after_the_first_answer_a_copy_leaves_every_5_s():
    assert next_send_ms(700, 7, 200, 0.0, pace=Pace.SLOW) == 5_000
    assert next_send_ms(700_000, 200, 200, 0.0, pace=Pace.SLOW) == 30_000


@pytest.mark.parametrize(("jitter", "gap_ms"), [(-1, 200), (-7, 200), (0, 250), (1, 300), (7, 300)])
def test_jitter_moves_a_copy_by_a_fifth_at_most(jitter, gap_ms):
    assert next_send_ms(1_000, 9, 100, jitter) == gap_ms


def test_stations_begin_30_ms_apart_and_addresses_take_turns():
    assert [start_offset_ms(index) for index in range(3)] == [0, 30, 60]
    assert [alternate(["v4", "v6"], sends) for sends in range(4)] == ["v4", "v6", "v4", "v6"]


def test_carriers_join_one_after_another_and_udp_first():
    assert min(CARRIER_START_MS, key=CARRIER_START_MS.get) == "udp"
    assert list(CARRIER_START_MS.values()) == sorted(CARRIER_START_MS.values())


def test_four_answers_leave_at_once_and_at_100_300_and_2000_ms():
    assert ack_times_ms([0, 0, 0, 0]) == ACK_TIMES_MS == (0, 100, 300, 2_000)
    assert ack_times_ms([1, 1, 1, 1]) == (0, 120, 360, 2_400)
    assert ack_times_ms([-1, -1, -1, -1]) == (0, 80, 240, 1_600)


def test_the_chance_of_an_answer_is_that_of_the_formula():
    """Three stations at 95 % loss, four answers: 91.7 % for the 88 copies of a minute (brief 3's table)."""
    sends = len(sends_until(60_000, rtt_ms=200))
    assert sends == 88
    assert chance_of_answer(loss=0.0, sends=1) == 1.0
    assert chance_of_answer(loss=1.0, sends=100) == 0.0
    assert chance_of_answer(loss=0.95, sends=sends, stations=3) == pytest.approx(0.917, abs=0.005)


# ------------------------------------------------------------------------------------------------- enough
def heard(station, state, *, proven=True):
    return Heard(carrier="udp", station=station, state=state, proven=proven)


@pytest.mark.parametrize(
    ("answers", "enough"),
    [
        ([], False),
        ([heard("North", AckState.COMMITTED)], False),
        ([heard("North", AckState.COMMITTED), heard("North", AckState.COMMITTED)], False),
        ([heard("North", AckState.COMMITTED), heard("South", AckState.COMMITTED)], True),
        ([heard("North", AckState.COMMITTED), heard("South", AckState.HEARD)], False),
        ([heard("North", AckState.PERSON_READING)], True),
        ([heard("North", AckState.ASSIGNED)], True),
        ([heard("North", AckState.ASSIGNED, proven=False)], False),
        ([heard("North", AckState.COMMITTED, proven=False), heard("South", AckState.COMMITTED)], False),
    ],
)
def test_repetition_stops_when_two_stations_have_it_or_a_person_has_seen_it(answers, enough):
    assert is_enough(answers) is enough


def test_a_test_of_the_way_needs_one_proven_answer():
    assert is_enough([heard("North", AckState.HEARD)], any_answer=True)
    assert not is_enough([heard("North", AckState.HEARD, proven=False)], any_answer=True)


def test_what_is_shown_is_a_sentence_and_never_promises_help():
    shown = [
        Waiting(carrier="udp", why="no address."),
        Sending(carrier="udp", station="North", copies=3),
        heard("North", AckState.COMMITTED),
        heard("North", AckState.COMMITTED, proven=False),
        Failed(carrier="https", station="North", why="no answer."),
    ]
    words = [event.words for event in shown]
    assert words[1] == "Sending to North, copy 3."
    assert words[2] == "North: Arrived. No person has seen it yet."
    assert words[3].endswith("not proven; we go on calling.")
    assert all(sentence.endswith(".") for sentence in words)
    assert not any("help" in sentence.lower() for sentence in words)
