"""What a beacon makes of answered and unanswered heartbeats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.beacon.pulse import (
    RTT_KEPT_MS,
    Beat,
    Pulse,
    answered,
    is_key_due,
    known_rtt_ms,
    next_beat_ms,
    smoothed,
    unanswered,
)
from esos.beacon.schedule import HEARTBEAT_MAX_MS, HEARTBEAT_MIN_MS, RTT_CEILING_MS, next_send_ms
from esos.cli.homes import warnings_of
from esos.errors import Malformed
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.words.realm import Realm

NOW_MS = 1_764_000_000_000
YEAR_MS = 365 * 86_400_000


def home(number, *, http="https://192.0.2.1", udp=("192.0.2.1:4747",)):
    public = public_of(bytes([number]) * 32)
    return HomeStation(name=f"Watch {number}", kid=kid_of(public), public=public, realm=Realm.REAL, http=http, udp=udp)


def test_the_first_round_trip_stands_as_measured_and_later_ones_move_it_by_an_eighth():
    assert smoothed(None, 200) == 200
    assert smoothed(200, 280) == 210
    assert smoothed(200, 120) == 190


@given(st.lists(st.integers(-5, 10**6), min_size=1))
def test_an_estimate_stays_within_what_was_measured_and_the_schedules_ceiling(trips):
    estimate = None
    for trip in trips:
        estimate = smoothed(estimate, trip)
    assert 1 <= estimate <= RTT_CEILING_MS


def test_an_answer_after_several_copies_tells_that_it_is_heard_and_nothing_of_the_round_trip():
    pulse = answered(Pulse(rtt_ms=80, rtt_at_ms=NOW_MS - 5), Beat(station_ms=NOW_MS), NOW_MS)
    assert (pulse.rtt_ms, pulse.rtt_at_ms, pulse.hears_us) == (80, NOW_MS - 5, True)


def test_silence_is_counted_from_the_first_heartbeat_that_nothing_answered():
    pulse = answered(Pulse(), Beat(station_ms=NOW_MS, rtt_ms=40), NOW_MS)
    once = unanswered(pulse, NOW_MS + 30_000)
    twice = unanswered(once, NOW_MS + 60_000)
    assert (once.hears_us, once.is_silent) == (False, False)
    assert (twice.is_silent, twice.silent_since_ms, twice.heard_ms) == (True, NOW_MS + 30_000, NOW_MS)
    assert answered(twice, Beat(station_ms=0), NOW_MS + 90_000).silent_since_ms == 0


def test_a_station_that_never_answered_is_silent_at_once():
    assert unanswered(Pulse(), NOW_MS).is_silent


@pytest.mark.parametrize("off_ms", [-YEAR_MS, -1, RTT_KEPT_MS, YEAR_MS])
def test_an_old_estimate_or_one_of_another_clock_counts_as_none(off_ms):
    pulse = Pulse(rtt_ms=90, rtt_at_ms=NOW_MS)
    assert known_rtt_ms(pulse, NOW_MS + off_ms) is None
    assert known_rtt_ms(pulse, NOW_MS + RTT_KEPT_MS - 1) == 90


def test_a_measured_round_trip_makes_a_calls_schedule_denser():
    assert next_send_ms(1_000, 6, 90, 0.0) < next_send_ms(1_000, 6, None, 0.0)


@given(st.integers(HEARTBEAT_MIN_MS, HEARTBEAT_MAX_MS), st.floats(-3, 3))
def test_heartbeats_keep_within_their_limits_whatever_the_dice(every_ms, jitter):
    assert HEARTBEAT_MIN_MS <= next_beat_ms(every_ms, jitter) <= HEARTBEAT_MAX_MS


@pytest.mark.parametrize("every_ms", [0, HEARTBEAT_MIN_MS - 1, HEARTBEAT_MAX_MS + 1])
def test_another_interval_is_refused(every_ms):
    with pytest.raises(Malformed) as refused:
        next_beat_ms(every_ms, 0.0)
    assert refused.value.code == "beacon.interval"


def test_a_key_is_renewed_when_the_station_has_begun_an_epoch_and_by_no_other_clock():
    well = answered(Pulse(), Beat(station_ms=NOW_MS), NOW_MS)
    assert is_key_due(7, 8, well)
    assert not is_key_due(7, 7, well)
    assert not is_key_due(7, None, well)
    assert is_key_due(7, 7, unanswered(unanswered(well, NOW_MS), NOW_MS))


def test_three_stations_by_address_literals_are_nothing_to_warn_of():
    assert warnings_of([home(1), home(2, udp=("[2001:db8::1]:4747",)), home(3, http="https://[2001:db8::1]:8")]) == []


@pytest.mark.parametrize(("count", "said"), [(0, "No station is"), (1, "Only one"), (2, "Only two")])
def test_fewer_than_three_stations_are_warned_of(count, said):
    (warning,) = warnings_of([home(number) for number in range(1, count + 1)])
    assert warning.startswith(said)


def test_names_instead_of_addresses_are_warned_of_one_by_one():
    odd = home(1, http="https://watch.example", udp=("watch.example:4747", "192.0.2.1:4747"))
    none = home(2, udp=())
    said = warnings_of([odd, none, home(3)])
    assert len(said) == 3
    assert "watch.example:4747" in said[0]
    assert "HTTPS at the name watch.example" in said[1]
    assert "no datagram door" in said[2]
