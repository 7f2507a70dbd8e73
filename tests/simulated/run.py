"""Many worlds one after another, each from its own seed, until the time is over or a law is broken."""

import argparse
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice

from simulated.chronicle import Violation
from simulated.people import play
from simulated.plan import drawn
from simulated.plants import PLANTS
from simulated.world import World

PROGRESS_SECONDS = 5.0
ENOUGH = 10**9
"""More worlds than anybody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One world to play: its seed, the bug planted in it, and when to come to an end.

    That is at ``until_s`` (monotonic seconds), or at its ``cut``-th look at whether it is over.
    """

    seed: int
    plant: str = ""
    until_s: float = float("inf")
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one world; ``cut`` is the look at which it came to an end before its time, 0 where it did not."""

    seed: int
    cut: int
    events: int
    counts: Counter[str]
    cpu_s: float
    virtual_s: float
    processes: int
    violation: str = ""
    last_words: list[str] = field(default_factory=list)


class End:
    """When a world comes to an end before its time: by the clock, and in a replay where the clock had it end."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._looks = self.cut = 0

    def is_here(self) -> bool:
        """Whether it is over; looked at by all people of a world, at the same moments for the same seed."""
        self._looks += 1
        is_late = not self._errand.cut and time.monotonic() >= self._errand.until_s
        if not self.cut and (is_late or self._looks == self._errand.cut):
            self.cut = self._looks
        return bool(self.cut)


def play_one(errand: Errand) -> Outcome:
    """Play one world to its end, or to the first breach of a law."""
    plan, began_s = drawn(errand.seed), time.process_time()
    change, planted = PLANTS.get(errand.plant, (None, nullcontext))
    world = World(errand.seed, change(plan) if change else plan)
    end = End(errand)
    world.is_over = end.is_here
    violation, last_words = "", []
    with planted():
        try:
            world.run(play)
        except Violation as broken:
            violation, last_words = str(broken), world.chronicle.last_words()
    return Outcome(
        seed=errand.seed,
        cut=end.cut,
        events=world.chronicle.events,
        counts=world.chronicle.counts,
        cpu_s=time.process_time() - began_s,
        virtual_s=world.chronicle.now_s,
        processes=world.plan.processes,
        violation=violation,
        last_words=last_words,
    )


class Tally:
    """What all worlds so far come to, and what is said of it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.counts: Counter[str] = Counter()
        self.worlds = self.cpu_s = self.virtual_s = 0.0
        self.violations = 0
        self._plant = arguments.plant
        self._began_s = self._said_s = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        self.worlds += 1
        self.counts += outcome.counts
        self.cpu_s += outcome.cpu_s
        self.virtual_s += outcome.virtual_s
        if outcome.violation:
            self.violations += 1
            self._tell(outcome)
        if time.monotonic() - self._said_s >= PROGRESS_SECONDS:
            self._said_s = time.monotonic()
            _say(f"simulate: {self._so_far()}")

    def _so_far(self) -> str:
        events, wall_s = self.counts.total(), time.monotonic() - self._began_s
        return (
            f"{events} events in {wall_s:.0f} s, {events / max(self.cpu_s, 0.001):.0f} a second of one processor; "
            f"{self.worlds:.0f} worlds, {self.virtual_s / 3600:.1f} virtual hours"
        )

    def _tell(self, outcome: Outcome) -> None:
        more = (f" PLANT={self._plant}" if self._plant else "") + (f" CUT={outcome.cut}" if outcome.cut else "")
        _say(f"simulate: VIOLATION in the world of seed {outcome.seed}, {outcome.processes} processes:")
        _say(f"  {outcome.violation}")
        _say("The last events before it:")
        for line in outcome.last_words:
            _say(line)
        _say(f"Replay it with: make simulate SEED={outcome.seed} WORLDS=1{more}")

    def close(self) -> None:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.counts.most_common())
        _say(f"simulate: {self._so_far()}")
        _say(f"simulate: {kinds}")
        _say(f"events {self.counts.total()}, violations {self.violations}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says; 0 where no law was broken."""
    asked = _parser().parse_args(arguments)
    tally = Tally(asked)
    for outcome in _outcomes(asked):
        tally.add(outcome)
        if outcome.violation:
            break
    tally.close()
    return 1 if tally.violations else 0


def _outcomes(asked: argparse.Namespace) -> Iterator[Outcome]:
    until_s = time.monotonic() + asked.seconds
    errands = _errands(asked, until_s)
    if asked.jobs == 1 or asked.worlds == 1:
        yield from map(play_one, errands)
        return
    with ProcessPoolExecutor(asked.jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        running = {pool.submit(play_one, errand) for errand in islice(errands, asked.jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(play_one, errand) for errand in islice(errands, len(done))}
            yield from (one.result() for one in done)


def _errands(asked: argparse.Namespace, until_s: float) -> Iterator[Errand]:
    for seed in range(asked.seed, asked.seed + asked.worlds):
        if time.monotonic() >= until_s:
            return
        yield Errand(seed=seed, plant=asked.plant, until_s=until_s, cut=asked.cut)


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on, in seconds")
    parser.add_argument("--seed", type=int, default=1, help="the first world's seed; the next has the next")
    parser.add_argument("--worlds", type=int, default=ENOUGH, help="how many worlds at most")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="how many at a time")
    parser.add_argument("--plant", default="", choices=("", *PLANTS), help="a bug to plant, which must be found")
    parser.add_argument("--cut", type=int, default=0, help="where a world that is replayed was cut by the time")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
