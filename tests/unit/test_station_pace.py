"""Turns of folding stay short: what outlasts the lease is overtaken, and was for nothing."""

from esos.station.pace import (
    DUES_MAX,
    DUES_MIN,
    QUEUES_MAX,
    QUEUES_MIN,
    SAID_IN_A_TURN,
    TURN_SECONDS,
    Pace,
)
from esos.station.worker import FOLD_LEASE_MS

QUICK, SLOW = 0.01, TURN_SECONDS + 0.1


def paced(*turns: tuple[int, float]) -> tuple[int, int]:
    found = Pace()
    for said, seconds in turns:
        found.learn(said, seconds)
    return found.queues, found.dues


def test_a_process_begins_with_small_turns_which_grow_while_they_are_quick():
    assert paced() == (QUEUES_MIN, DUES_MIN)
    assert paced((0, QUICK)) == (2 * QUEUES_MIN, 2 * DUES_MIN)
    assert paced(*[(0, QUICK)] * 20) == (QUEUES_MAX, DUES_MAX)


def test_a_slow_turn_is_followed_by_one_of_half_its_size_and_never_by_none():
    assert paced(*[(0, QUICK)] * 20, (0, SLOW)) == (QUEUES_MAX // 2, DUES_MAX // 2)
    assert paced(*[(0, QUICK)] * 20, *[(0, SLOW)] * 20) == (QUEUES_MIN, DUES_MIN)


def test_a_turn_that_makes_the_station_say_much_is_followed_by_fewer_timers_and_as_many_queues():
    queues, dues = paced(*[(0, QUICK)] * 20, (SAID_IN_A_TURN + 1, QUICK))
    assert (queues, dues) == (QUEUES_MAX, DUES_MAX // 2)


def test_a_turn_begun_late_in_the_lease_still_ends_in_it():
    renewed_before_seconds = FOLD_LEASE_MS / 1000 / 3
    assert FOLD_LEASE_MS / 1000 - renewed_before_seconds > 2 * TURN_SECONDS
