"""The two schedules, the caller's and the answers', against links that lose: the brief's formula is the oracle."""

import heapq
import random
import sys
from pathlib import Path

import pytest

from esos.beacon.schedule import ACK_TIMES_MS, ack_times_ms, chance_of_answer, next_send_ms, start_offset_ms
from esos.carriers.udp_answers import TICK_MS

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from beacon.loss import Loss, Way

MINUTE_MS = 60_000
HALF_RTT_MS = 100
TRIALS = 400


def copies_of(chance, stations):
    """When each copy of a minute leaves, and to which station."""
    for station in range(stations):
        elapsed_ms, sends = 0, 0
        while elapsed_ms < MINUTE_MS:
            yield elapsed_ms + start_offset_ms(station), station
            sends += 1
            elapsed_ms += next_send_ms(elapsed_ms, sends, 2 * HALF_RTT_MS, chance.uniform(-1, 1))


def first_answer_ms(seed, loss, stations):
    """When the first answer of any station arrives, None for never; answers close together are sent once."""
    chance = random.Random(f"{seed}/jitter")
    up, down = Way(loss, f"{seed}/up"), Way(loss, f"{seed}/down")
    events = [(at_ms, "copy", station) for at_ms, station in copies_of(chance, stations)]
    heapq.heapify(events)
    owed = {station: set() for station in range(stations)}
    while events:
        at_ms, kind, station = heapq.heappop(events)
        if kind == "copy" and up.passes(at_ms / 1_000):
            for later_ms in ack_times_ms([chance.uniform(-1, 1) for _ in ACK_TIMES_MS]):
                leaves_ms = at_ms + HALF_RTT_MS + later_ms
                if owed[station].isdisjoint(range(leaves_ms // TICK_MS - 1, leaves_ms // TICK_MS + 2)):
                    owed[station].add(leaves_ms // TICK_MS)
                    heapq.heappush(events, (leaves_ms, "answer", station))
        elif kind == "answer" and down.passes(at_ms / 1_000):
            return at_ms + HALF_RTT_MS if at_ms + HALF_RTT_MS <= MINUTE_MS else None
    return None


def answers_under(loss, stations):
    """The times of all trials in order, infinite for those that never heard anything."""
    never = float("inf")
    times = [first_answer_ms(f"{loss}/{trial}", loss, stations) for trial in range(TRIALS)]
    return sorted(never if one is None else one for one in times)


def share_heard(times):
    return sum(one <= MINUTE_MS for one in times) / TRIALS


@pytest.mark.parametrize(("share", "stations"), [(0.7, 1), (0.8, 1), (0.9, 1), (0.9, 3), (0.95, 3)])
def test_as_many_are_answered_as_the_formula_says_where_each_packet_is_lost_by_itself(share, stations):
    sends = len(list(copies_of(random.Random(1), stations))) // stations
    theory = chance_of_answer(loss=share, sends=sends, stations=stations)
    error = (theory * (1 - theory) / TRIALS) ** 0.5
    assert abs(share_heard(answers_under(Loss(share), stations)) - theory) <= 4 * error + 0.01


def test_at_70_per_cent_loss_half_are_answered_within_0_8_s_and_19_of_20_within_3_s_or_little_more():
    times = answers_under(Loss(0.7), 1)
    assert times[TRIALS // 2] <= 800
    assert times[TRIALS * 19 // 20] <= 3_300


def test_19_of_20_with_three_stations_are_answered_within_10_s_at_90_per_cent_loss_or_little_more():
    assert answers_under(Loss(0.9), 3)[TRIALS * 19 // 20] <= 11_000


def test_bad_periods_of_two_seconds_on_a_link_that_stations_share_leave_95_of_100_answered():
    assert share_heard(answers_under(Loss(0.9, "bursty"), 3)) >= 0.95
