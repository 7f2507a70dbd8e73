"""Worlds in which everything goes wrong keep every law, planted bugs are found, and a seed replays byte for byte.

A failure names its seed; ``make simulate SEED=... WORLDS=1`` replays it and tells the last events in words.
"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from simulated.chronicle import Violation
from simulated.judgement import ran_out_twice
from simulated.people import play
from simulated.plan import CALM, Plan, drawn
from simulated.plants import PLANTS
from simulated.run import Errand, main, play_one
from simulated.world import World

from esos.message import bodies as b
from esos.station.records import Entry

SHORT_S, SHORTEST_S = 20.0, 4.0
"""How long people act in the small worlds of every test run, in virtual seconds."""
FOUND_WITHIN_EVENTS = 100_000
"""A planted bug is found within so many events: less than a minute at 2,000 a second."""
_HERE = Path(__file__).parent


def played(seed: int, plan: Plan | None = None, **changes: object) -> World:
    """A world played to its end; the seed stands in every failure."""
    world = World(seed, replace(plan or drawn(seed), **changes))
    try:
        return world.run(play)
    except Violation as broken:
        lines = [f"seed {seed}: {broken}", *world.chronicle.last_words()]
        raise AssertionError("\n".join(lines)) from broken


def test_a_world_in_which_nothing_goes_wrong_keeps_every_law():
    world = played(1, CALM, length_s=SHORT_S, processes=2)
    counts = world.chronicle.counts
    assert not counts["crash"]
    assert min(counts[kind] for kind in ("datagram", "request", "answer", "page", "timer", "transaction")) > 10
    assert len(world.watch.acknowledged) > 50
    assert {case.life for case in world.cases} > {"arrived"}


@pytest.mark.parametrize("seed", range(1, 4))
def test_processes_network_store_and_clocks_fail_and_every_law_is_kept(seed):
    played(seed, length_s=SHORT_S)


def test_processes_that_die_again_and_again_lose_nothing_that_was_told_as_kept():
    world = played(70, CALM, length_s=SHORT_S, processes=3, crash_every_s=1.0, store_crash_every_s=4.0)
    assert world.chronicle.counts["crash"] > 3
    assert world.chronicle.counts["store crashed"] > 2


def test_at_every_kind_of_write_the_power_may_fail_before_it_and_after_it():
    calm = replace(CALM, length_s=SHORTEST_S)
    world = played(3, calm)
    written = world.disk.written[world.written_before :]
    kinds = {name: written.index(name) + 1 for name in dict.fromkeys(written)}
    assert {"append", "save", "claim_inbox", "claim_due", "claim_parcels", "settle_parcels", "put_leaves"} <= set(kinds)
    for name, number in kinds.items():
        for how in ("lost", "kept"):
            cut = played(3, calm, cut_power_at=((number, how),))
            assert cut.chronicle.counts["crash"] == 1, (name, how)


@pytest.mark.parametrize("plant", [name for name in PLANTS if name != "no-fence"])
def test_a_planted_bug_is_found_and_its_seed_finds_it_again(plant, capsys):
    assert main(["--seed", "1", "--worlds", "9", "--jobs", "1", "--plant", plant]) == 1
    first = _said(capsys)
    events, violations = first[-1].removeprefix("events ").split(", violations ")
    assert int(events) < FOUND_WITHIN_EVENTS
    assert violations == "1"
    (seed,) = [line.split()[5].removeprefix("SEED=") for line in first if line.startswith("Replay it")]
    assert f"Replay it with: make simulate SEED={seed} WORLDS=1 PLANT={plant}" in first
    assert main(["--seed", seed, "--worlds", "1", "--plant", plant]) == 1
    assert _said(capsys)[:-1] == first[:-1]


def test_a_timer_that_runs_out_twice_at_one_time_is_a_breach_unless_an_older_word_started_it_anew():
    def said(at_ms: int, body: b.Body) -> tuple[Entry, SimpleNamespace]:
        entry = Entry(
            seq=1, at_ms=at_ms, id=b"", kind="", route="", case=b"", cose=b"", admission=b"", verdict="", reason=""
        )
        return entry, SimpleNamespace(body=body)

    ran_out, wave, late = said(1_001, b.Elapsed(timer="wave", due_ms=1_000)), b.WaveCalled(wave=1, asked=0), b.Noted()
    assert list(ran_out_twice([ran_out, ran_out]))
    assert list(ran_out_twice([ran_out, said(1_001, wave), ran_out]))
    assert not list(ran_out_twice([ran_out, said(900, late), said(1_500, wave), ran_out]))
    assert not list(ran_out_twice([ran_out, said(1_500, b.Elapsed(timer="wave", due_ms=1_400))]))


def _said(capsys) -> list[str]:
    """What a run said, without what depends on the machine and on the worlds before."""
    return [
        line
        for line in capsys.readouterr().out.splitlines()
        if "VIOLATION" in line or not line.startswith("simulate: ")
    ]


def test_the_same_seed_gives_the_same_bytes_also_where_another_process_hashes_otherwise():
    again = "from simulated.judgement import digest; from test_worlds import *; "
    again += "print(digest(played(7, length_s=SHORTEST_S)))"
    found = set()
    for hash_seed in ("1", "2"):
        path = os.pathsep.join([str(_HERE), str(_HERE.parent), *sys.path])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", again], env=environment, capture_output=True, text=True, check=True
        )
        found.add(done.stdout.strip())
    assert len(found) == 1


def test_a_world_that_was_cut_by_the_time_is_replayed_to_the_same_moment():
    cut_short = play_one(Errand(seed=9, until_s=0.0))
    again = play_one(Errand(seed=9, cut=cut_short.cut))
    assert cut_short.cut > 0
    assert (again.cut, again.events, again.counts) == (cut_short.cut, cut_short.events, cut_short.counts)


def test_a_run_ends_with_what_happened_and_that_no_law_was_broken(capsys):
    assert main(["--seed", "5", "--worlds", "1", "--seconds", "1"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("events ")
    assert last.endswith(", violations 0")


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_many_worlds_keep_every_law():
    assert main(["--seed", "1000", "--seconds", "1800"]) == 0


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", ["lost", "kept"])
def test_at_every_single_write_of_a_play_the_power_may_fail(how):
    calm = replace(CALM, length_s=SHORTEST_S)
    world = played(5, calm)
    for number in range(1, len(world.disk.written) - world.written_before + 1):
        played(5, calm, cut_power_at=((number, how),))
