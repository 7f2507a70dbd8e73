"""The link of ``make bench-beacon`` loses what it says it loses: seeded, counted, and each caller's own."""

import struct
import sys
from itertools import groupby
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from beacon.forwarder import Forwarder, Link
from beacon.loss import Loss, Way, model_of
from beacon.plan import CELLS, OURS, QUICK, plan_of
from beacon.rows import sends_in

PACKETS = 20_000
STEP_S = 0.01


def decisions(loss, seed, packets=PACKETS):
    way = Way(loss, seed)
    return way, [way.passes(number * STEP_S) for number in range(packets)]


@pytest.mark.parametrize("kind", ["independent", "bursty"])
def test_the_same_seed_loses_the_same_packets_and_another_seed_others(kind):
    loss = Loss(0.8, kind)
    assert decisions(loss, "1/7/up")[1] == decisions(loss, "1/7/up")[1]
    assert decisions(loss, "1/7/up")[1] != decisions(loss, "1/7/down")[1]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8, 0.95, 1.0])
def test_independent_loss_is_the_share_that_was_asked_for_and_is_counted(share):
    way, passed = decisions(Loss(share), "seed")
    assert way.offered == PACKETS
    assert way.lost == passed.count(False)
    assert way.lost / way.offered == pytest.approx(share, abs=0.012)


def test_bursty_loss_comes_in_bad_periods_of_two_seconds_that_lose_everything():
    way, passed = decisions(Loss(0.9, "bursty"), "seed", packets=400_000)
    assert way.lost / way.offered == pytest.approx(0.9, abs=0.03)
    bad = [sum(1 for _ in run) * STEP_S for passes, run in groupby(passed) if not passes]
    assert sum(bad) / len(bad) == pytest.approx(2.0, rel=0.15)


@pytest.mark.parametrize(("share", "loses"), [(0.0, False), (1.0, True)])
def test_a_bursty_link_that_never_or_always_loses_has_no_periods(share, loses):
    model = model_of(Loss(share, "bursty"), "seed")
    assert {model.loses(moment) for moment in (0.0, 5.0, 1e9)} == {loses}


# --------------------------------------------------------------------------------------------- the forwarder
def packet(source, target):
    return struct.pack("!B11x4s4s", 0x45, bytes(source), bytes(target))


@pytest.fixture
def forwarder():
    links = {
        number.to_bytes(2, "big"): Link(number, {"up": up, "down": down, "rtt_ms": 200}, "seed")
        for number, up, down in ((1, (0.0,), (1.0,)), (2, (1.0,), (0.0,)))
    }
    return Forwarder(links, 100, 101), links


def test_each_direction_of_each_callers_link_has_dice_of_its_own(forwarder):
    judge, links = forwarder
    for _ in range(5):
        judge._judge(packet((10, 1, 0, 1), (10, 2, 0, 1)), is_up=True)
        judge._judge(packet((10, 2, 0, 1), (10, 1, 0, 1)), is_up=False)
        judge._judge(packet((10, 1, 0, 2), (10, 2, 0, 2)), is_up=True)
        judge._judge(packet((10, 2, 0, 2), (10, 1, 0, 2)), is_up=False)
    assert links[b"\x00\x01"].counts() == [5, 0, 5, 5]
    assert links[b"\x00\x02"].counts() == [5, 5, 5, 0]
    assert sorted(out for _, _, out, _ in judge._under_way) == [100] * 5 + [101] * 5


def test_what_is_no_packet_between_a_caller_and_a_station_is_not_forwarded_and_not_counted(forwarder):
    judge, links = forwarder
    for other in (b"\x60" + bytes(39), packet((10, 1, 0, 1), (10, 9, 0, 1)), packet((10, 1, 0, 9), (10, 2, 0, 9))):
        judge._judge(other, is_up=True)
    assert judge._under_way == []
    assert links[b"\x00\x01"].counts() == [0, 0, 0, 0]


# -------------------------------------------------------------------------------------------------- the plan
def test_every_trial_has_a_number_of_its_own_and_every_program_its_trials_in_every_cell():
    plan = plan_of(CELLS, ours=5, peers=3, spread_s=10, seed="1")
    trials = [trial for batch in plan.batches for trial in batch]
    assert len({trial.number for trial in trials}) == len(trials) == len(plan.links())
    counted = {(trial.cell, trial.program): 0 for trial in trials}
    for trial in trials:
        counted[trial.cell, trial.program] += 1
        assert 0 <= trial.at_s < 10
    assert counted == {(cell.name, program): 5 if program in OURS else 3 for cell in CELLS for program in cell.programs}


def test_the_short_version_needs_one_station():
    assert plan_of(QUICK, ours=1, peers=1, spread_s=1, seed="1").stations == 1


def test_the_copies_of_a_minute_are_those_of_the_schedule():
    assert sends_in(60, 200) == 88
    assert sends_in(60, None) == 61 + 3
