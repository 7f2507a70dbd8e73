"""The table that the product is held to (brief 3): what was measured, whether that is met, and if not, why."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from beacon.rows import Find, finder

ONE, THREE = "one station", "three stations"
CELL_70, CELL_80, CELL_90, CELL_95 = (f"{share}% both ways, 200 ms" for share in (70, 80, 90, 95))
DEAD = "answers dead, 80% of calls lost, 200 ms"
BURSTY = "90% in bad periods of 2 s, both ways, 200 ms"
Row = dict[str, Any]


class Target(NamedTuple):
    """One line: what is measured, what is wanted, where it is found, how it reads, and whether it is met."""

    measure: str
    wanted: str
    find: Callable[[Find, dict[str, Row]], Row | None]
    reads: Callable[[Row], str]
    met: Callable[[Row], bool]


def share(value: float) -> str:
    """A share in words of a table."""
    return f"{value:.1%}"


def seconds(value: float | None) -> str:
    """A time in words of a table."""
    return "never" if value is None else f"{value:.2f} s"


def within(value: float | None, most: float) -> bool:
    """Whether it was reached in time."""
    return value is not None and value <= most


def over(cell: str, program: str) -> Callable[[Find, dict[str, Row]], Row | None]:
    """The row of a program over a link."""
    return lambda find, _door: find(cell, program)


def at_door(measure: str) -> Callable[[Find, dict[str, Row]], Row | None]:
    """The row of the door."""
    return lambda _find, door: door.get(measure)


INTAKE = "durable intake of tests, one process, acknowledged after commit"
JUNK = "tests acknowledged beside 95 % junk"
FORGED, REPLAYED = (f"calls acknowledged beside a flood of {what} packets" for what in ("forged", "replayed"))


def _flood(row: Row) -> str:
    flood = f"beside {row['flooded_per_second']:,} packets/s"
    return f"{share(row['acked_in_5_s'])} within 5 s, p95 {row['p95_ms']} ms, {flood}"


def _withstands(row: Row) -> bool:
    return row["acked_in_5_s"] == 1 and within(row["p95_ms"], 3_000) and row["flooded_per_second"] >= 900_000


TARGETS = (
    Target(
        "one station, 70 % loss: acknowledged, median and p95", "≤ 0.8 s and ≤ 3 s", over(CELL_70, ONE),
        lambda row: f"{seconds(row['acked_median_s'])} and {seconds(row['acked_p95_s'])}",
        lambda row: within(row["acked_median_s"], 0.8) and within(row["acked_p95_s"], 3),
    ),
    Target(
        "one station, 80 %: acknowledged within 60 s", "≥ 99 %", over(CELL_80, ONE),
        lambda row: share(row["acked_share"]), lambda row: row["acked_share"] >= 0.99,
    ),
    Target(
        "one station, 90 %: delivered and acknowledged", "≥ 99 % and ≥ 94 %", over(CELL_90, ONE),
        lambda row: f"{share(row['delivered_share'])} and {share(row['acked_share'])}",
        lambda row: row["delivered_share"] >= 0.99 and row["acked_share"] >= 0.94,
    ),
    Target(
        "three stations, 90 %: acknowledged, p95", "≥ 99 %, ≤ 10 s", over(CELL_90, THREE),
        lambda row: f"{share(row['acked_share'])}, {seconds(row['acked_p95_s'])}",
        lambda row: row["acked_share"] >= 0.99 and within(row["acked_p95_s"], 10),
    ),
    Target(
        "three stations, 95 %: delivered and acknowledged", "≥ 99 % and ≥ 88 %", over(CELL_95, THREE),
        lambda row: f"{share(row['delivered_share'])} and {share(row['acked_share'])}",
        lambda row: row["delivered_share"] >= 0.99 and row["acked_share"] >= 0.88,
    ),
    Target(
        "answers dead, 80 % of calls lost, one station: delivered, median", "≤ 1 s", over(DEAD, ONE),
        lambda row: f"{seconds(row['delivered_median_s'])} ({share(row['delivered_share'])} delivered)",
        lambda row: within(row["delivered_median_s"], 1),
    ),
    Target(
        "one station, 90 %: acknowledged ÷ theory for the copies sent", "≥ 0.93", over(CELL_90, ONE),
        lambda row: f"{row['ratio_to_theory']:.2f}", lambda row: row["ratio_to_theory"] >= 0.93,
    ),
    Target(
        "bursty loss, 90 %, shared link, three stations: acknowledged", "≥ 95 %", over(BURSTY, THREE),
        lambda row: share(row["acked_share"]), lambda row: row["acked_share"] >= 0.95,
    ),
    Target(
        "durable intake at the datagram door, one process", "≥ 8,000/s and ≥ 0.5 x a bare verify loop", at_door(INTAKE),
        lambda row: f"{row['per_second']:,}/s, {row['ratio']:.2f} x ({row['ratios'][0]:.2f} to {row['ratios'][1]:.2f})",
        lambda row: row["per_second"] >= 8_000 and row["ratio"] >= 0.5,
    ),
    Target(
        "95 % junk (19,000 forged/s): acknowledged, p95", "100 %, ≤ 50 ms", at_door(JUNK),
        lambda row: f"{share(row['acked_share'])}, {row['p95_ms']} ms, beside {row['flooded_per_second']:,}/s",
        lambda row: row["acked_share"] == 1 and within(row["p95_ms"], 50),
    ),
    Target("a million forged packets/s", "100 % within 5 s, p95 ≤ 3 s", at_door(FORGED), _flood, _withstands),
    Target("a million replayed packets/s", "100 % within 5 s, p95 ≤ 3 s", at_door(REPLAYED), _flood, _withstands),
)  # fmt: skip

SHARED = "the flood, the station and the callers share two processors"
REASONS = {
    "one station, 90 %: delivered and acknowledged": (
        "theory gives 94.8 % for the copies that the budget allows, known of 300 calls to ± 1.3 %, and was met to "
        "0.97; with seed 2 it was 96.0 % of 300. Only more stations or carriers help further: three stations, below."
    ),
    "durable intake at the datagram door, one process": (
        "one packet costs about 0.24 ms of a processor in five threads of one Python program: 0.09 for its signature, "
        "0.09 for opening, keeping and four answers, the rest for journal and log. They wait for one another's turn "
        "with the interpreter, so that of two processors about one and a half are used."
    ),
    "a million forged packets/s": (
        f"{SHARED}. A forged packet costs the door 7 µs (0.1 million/s of a whole processor), so of a million a second "
        "the kernel drops far the most, true ones as well, and copies get through by chance."
    ),
    "a million replayed packets/s": f"{SHARED}; see the line above.",
}
"""Why a line was missed in the run whose results are kept, by its measure; shown only where it is."""


class Judged(NamedTuple):
    """A line as the page shows it."""

    measure: str
    wanted: str
    measured: str
    verdict: str


def judge(rows: Sequence[Row], door: Sequence[Row]) -> list[Judged]:
    """Every line of the table against what was measured."""
    find, at = finder(rows), {row["measure"]: row for row in door}
    return [_judged(target, target.find(find, at)) for target in TARGETS]


def _judged(target: Target, row: Row | None) -> Judged:
    if row is None:
        return Judged(target.measure, target.wanted, "-", "not measured in this run")
    verdict = "met" if target.met(row) else f"**missed**: {REASONS.get(target.measure, 'the reason is not known.')}"
    return Judged(target.measure, target.wanted, target.reads(row), verdict)
