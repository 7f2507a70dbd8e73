"""The crowd of a mass drill: as many as were asked for, in the shares of the table, in bursts, at the usual rate."""

import statistics
from collections import Counter

import pytest

from esos.drill.wannacry.crowd import crowd
from esos.drill.wannacry.facts import CALL_MINUTES, KINDS, WINDOW_MINUTES, Door, window_minutes


def test_the_shares_of_the_kinds_are_a_whole():
    assert sum(kind.permille for kind in KINDS) == 1_000
    assert {kind.door for kind in KINDS} == set(Door)


@pytest.mark.parametrize("callers", [40, 333, 2_000])
def test_there_are_as_many_as_were_asked_for_and_each_kind_in_its_share(callers):
    counts = Counter(voice.kind.name for voice in crowd(callers))
    assert sum(counts.values()) == callers
    assert all(abs(counts[kind.name] - callers * kind.permille / 1_000) <= 1 for kind in KINDS)


def test_everybody_is_plainly_fictitious_and_named_once():
    names = [voice.name for voice in crowd(200)]
    assert all(name.endswith("(as in May 2017)") for name in names)
    assert len(set(names)) == len(names)


def test_they_call_within_their_hours_the_same_way_each_time():
    times = [(voice.number, voice.at_minutes) for voice in crowd(2_000)]
    assert times == [(voice.number, voice.at_minutes) for voice in crowd(2_000)]
    assert all(CALL_MINUTES <= at < CALL_MINUTES + WINDOW_MINUTES for _, at in times)
    assert [at for _, at in times] == sorted(at for _, at in times)


def test_calls_come_in_bursts():
    counts = Counter(voice.at_minutes for voice in crowd(2_000))
    by_minute = [counts[CALL_MINUTES + minute] for minute in range(WINDOW_MINUTES)]
    assert statistics.variance(by_minute) / statistics.mean(by_minute) > 2


def test_fewer_callers_call_within_less_time_at_the_same_rate_and_more_in_no_longer():
    assert window_minutes(1_000) == WINDOW_MINUTES // 2
    assert window_minutes(10_000) == WINDOW_MINUTES
    assert window_minutes(20) == 20
