"""The whole station in virtual time, its power cut at any write: what was acknowledged stands, nothing happens twice.

A failure names its seed and plan; ``simulate(seed, plan)`` replays it byte for byte.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from laws import breaches, breaches_at_rest, breaches_of_proof, digest
from structlog.testing import capture_logs
from traffic import play
from virtual_time import run_virtually
from world import Plan, World

SECONDS = 30.0
"""Virtual seconds that a play lasts; the pact runs sixty times as fast."""
SHORT_SECONDS = 8.0
STUMBLES = frozenset(
    {"loop_failed", "fold_set_aside", "register_set_aside", "timer_set_aside", "case_unreadable", "page_failed"}
)
_HERE = Path(__file__).parent


def simulate(seed: int, plan: Plan | None = None, *, seconds: float = SECONDS) -> World:
    """Play once, and fail at the first breach of a law."""
    world = World(seed, plan)

    async def whole() -> None:
        await world.live(lambda one: play(one, seconds=seconds), breaches_of_proof, lambda one: list(breaches(one)))

    with capture_logs() as said:
        run_virtually(whole())
    found = [f"logged: {line}" for line in said if line["event"] in STUMBLES]
    found += breaches_at_rest(world)
    assert not found, "\n".join([f"seed {seed}, {plan}:", *found])
    return world


def test_a_station_that_nothing_happens_to_keeps_every_law():
    world = simulate(1)
    assert not world.crashes
    assert len(world.acknowledged) > 50
    assert len(world.reached) > 20
    assert {case.life for case in world.store.cases.values()} > {"arrived"}


@pytest.mark.parametrize("seed", range(8))
def test_power_that_fails_again_and_again_loses_nothing_acknowledged_and_does_nothing_twice(seed):
    world = simulate(seed, Plan(one_in=30))
    assert sum(world.crashes.values()) > 2


@pytest.mark.parametrize("seed", range(100, 103))
def test_a_store_that_is_locked_now_and_then_sets_no_statement_aside(seed):
    simulate(seed, Plan(one_in=200, busy_one_in=50))


def test_at_every_kind_of_write_the_power_may_fail_before_it_and_after_it():
    written = simulate(3, seconds=SHORT_SECONDS).written
    kinds = {name: written.index(name) + 1 for name in dict.fromkeys(written)}
    assert {
        "append",
        "save",
        "claim_inbox",
        "claim_due",
        "claim_parcels",
        "settle_parcels",
        "put_leaves",
    } <= kinds.keys()
    for name, number in kinds.items():
        for lost, how in ((True, "lost"), (False, "kept")):
            world = simulate(3, Plan(at={number: lost}), seconds=SHORT_SECONDS)
            assert world.crashes == {(how, name): 1}


def test_the_same_seed_gives_the_same_bytes_also_where_another_process_hashes_otherwise():
    again = "from test_crashes import *; print(digest(simulate(7, Plan(one_in=30), seconds=SHORT_SECONDS)))"
    path = os.pathsep.join([str(_HERE), str(_HERE.parent), *sys.path])
    found = {digest(simulate(7, Plan(one_in=30), seconds=SHORT_SECONDS))}
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", again], env=environment, capture_output=True, text=True, check=True
        )
        found.add(done.stdout.strip())
    assert len(found) == 1


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1300))
def test_hundreds_of_plays_keep_every_law(seed):
    simulate(seed, Plan(one_in=10 + seed % 60, busy_one_in=0 if seed % 3 else 60), seconds=60)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("lost", [True, False], ids=["lost", "kept"])
def test_at_every_single_write_of_a_play_the_power_may_fail(lost):
    for number in range(1, len(simulate(5, seconds=SHORT_SECONDS).written) + 1):
        simulate(5, Plan(at={number: lost}), seconds=SHORT_SECONDS)
