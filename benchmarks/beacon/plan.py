"""What is tried: the cells of the table, who calls in each, and every trial with its number, seed and moment.

A cell is a link; a program is a way to call. The table is the whole plan, so that a row can be found by its name.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from beacon.loss import Loss

PATIENCE_SECONDS = 60.0
"""How long each caller tries."""
QUICK_PATIENCE_SECONDS = 8.0
OURS = ("one station", "three stations", "one station, round trip not known")
PEERS = ("HTTPS", "QUIC", "DTLS", "CoAP", "one datagram in 3 s")
Program = Literal[
    "one station", "three stations", "one station, round trip not known",
    "HTTPS", "QUIC", "DTLS", "CoAP", "one datagram in 3 s",
]  # fmt: skip
STATIONS_OF = {"one station": 1, "three stations": 3, "one station, round trip not known": 1}


class Cell(NamedTuple):
    """A link: what is lost each way, and the round trip."""

    name: str
    up: Loss
    down: Loss
    rtt_ms: int
    ours: tuple[str, ...] = OURS[:2]

    @property
    def programs(self) -> tuple[str, ...]:
        """Everybody who calls over it."""
        return (*self.ours, *PEERS)


class Trial(NamedTuple):
    """One call: its number is its address, ``at_s`` when it begins after its batch does."""

    number: int
    cell: str
    program: str
    at_s: float


def _both(share: float, rtt_ms: int, ours: tuple[str, ...] = OURS[:2]) -> Cell:
    return Cell(f"{share:.0%} both ways, {rtt_ms} ms", Loss(share), Loss(share), rtt_ms, ours)


CELLS = (
    _both(0.0, 200),
    _both(0.5, 200),
    _both(0.7, 200),
    _both(0.8, 200, OURS),
    _both(0.9, 200, OURS),
    _both(0.95, 200),
    Cell("answers dead, 80% of calls lost, 200 ms", Loss(0.8), Loss(1.0), 200),
    Cell("answers dead, 0% of calls lost, 200 ms", Loss(0.0), Loss(1.0), 200),
    Cell("90% in bad periods of 2 s, both ways, 200 ms", Loss(0.9, "bursty"), Loss(0.9, "bursty"), 200),
    Cell("80% in bad periods of 2 s, both ways, 200 ms", Loss(0.8, "bursty"), Loss(0.8, "bursty"), 200),
    _both(0.0, 20),
    _both(0.8, 20),
    _both(0.9, 20),
)
"""Every link."""
AT_ONCE_MAX = 2_600
"""How many trials one batch has at most, unless one cell alone has more: all of a batch call at the same time."""
QUICK = tuple(
    cell._replace(ours=OURS[:1]) for cell in CELLS if cell.name in {"0% both ways, 200 ms", "80% both ways, 200 ms"}
)
"""The short version: two links, one station."""


class Plan(NamedTuple):
    """All trials, batch by batch."""

    cells: tuple[Cell, ...]
    batches: tuple[tuple[Trial, ...], ...]
    seed: str
    patience_s: float
    measured: str = ""
    """When, as a row says it."""

    def links(self) -> dict[int, dict[str, Any]]:
        """What the forwarder has to know of each trial's link."""
        links = {cell.name: {"up": cell.up, "down": cell.down, "rtt_ms": cell.rtt_ms} for cell in self.cells}
        return {trial.number: links[trial.cell] for trials in self.batches for trial in trials}

    @property
    def stations(self) -> int:
        """How many stations have to be there."""
        return max(STATIONS_OF[name] for cell in self.cells for name in cell.ours)

    @property
    def callers_at_once(self) -> int:
        """The most calls of our own in one batch: so many members are registered."""
        return max(sum(trial.program in OURS for trial in trials) for trials in self.batches)


def plan_of(
    cells: tuple[Cell, ...], *, ours: int, peers: int, spread_s: float, seed: str, patience_s: float = PATIENCE_SECONDS
) -> Plan:
    """So many trials of each program in each cell, their beginnings spread evenly over ``spread_s`` of their batch."""
    numbers = iter(range(1, 1 << 16))
    batches: list[tuple[Trial, ...]] = []
    for cell in cells:
        trials = tuple(_trials(cell, numbers, ours=ours, peers=peers, spread_s=spread_s))
        if batches and len(batches[-1]) + len(trials) <= AT_ONCE_MAX:
            batches[-1] += trials
        else:
            batches.append(trials)
    return Plan(cells, tuple(batches), seed, patience_s)


def _trials(cell: Cell, numbers: Iterator[int], *, ours: int, peers: int, spread_s: float) -> Iterator[Trial]:
    for program in cell.programs:
        count = ours if program in OURS else peers
        for place in range(count):
            yield Trial(next(numbers), cell.name, program, place * spread_s / count)
