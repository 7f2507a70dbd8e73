"""From trials to rows: how many were answered and delivered and when, beside HTTPS, and beside what theory allows."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from beacon.plan import OURS, STATIONS_OF, Cell, Plan, Trial
from esos.beacon.schedule import chance_of_answer, next_send_ms

P95 = 0.95


class Outcome(NamedTuple):
    """What came of one trial: seconds until the first valid answer and until a station had it, None for never."""

    trial: Trial
    acked_s: float | None
    delivered_s: float | None
    sends: int
    counts: Sequence[int]


def ours(played: Iterable[dict[str, Any]], trials: dict[int, Trial], committed: dict[str, int]) -> list[dict[str, Any]]:
    """Our own trials with when a station had them committed."""
    told = []
    for one in played:
        at_ms = committed.get(one["statement"])
        delivered_s = None if at_ms is None else max(at_ms - one["began_ms"], 0) / 1_000
        told.append(
            {
                "trial": trials[one["number"]],
                "acked_s": one["acked_s"],
                "sends": one["sends"],
                "delivered_s": delivered_s,
            }
        )
    return told


def peers(
    played: Iterable[dict[str, Any]], trials: dict[int, Trial], arrived: dict[int, float]
) -> list[dict[str, Any]]:
    """The peers' trials with when their server had them."""
    told = []
    for one in played:
        at = arrived.get(one["number"])
        delivered_s = None if at is None else max(at - one["began"], 0.0)
        told.append({"trial": trials[one["number"]], "acked_s": one["acked_s"], "sends": 0, "delivered_s": delivered_s})
    return told


def sends_in(patience_s: float, rtt_ms: int | None) -> int:
    """How many copies the schedule sends one station in this time while nobody answers."""
    sends, elapsed_ms = 0, 0
    while elapsed_ms < patience_s * 1_000:
        sends += 1
        elapsed_ms += next_send_ms(elapsed_ms, sends, rtt_ms, 0.0)
    return sends


def rows_of(plan: Plan, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """A row for each program in each cell, in the plan's order."""
    found: list[dict[str, Any]] = []
    for cell in plan.cells:
        there = [one for one in outcomes if one.trial.cell == cell.name]
        in_cell = [
            _row(cell, program, [one for one in there if one.trial.program == program], plan)
            for program in cell.programs
        ]
        https = next((row["acked_share"] for row in in_cell if row["program"] == "HTTPS"), 0.0)
        for row in in_cell:
            row["ratio_to_https"] = round(row["acked_share"] / https, 2) if https else None
        found += in_cell
    return found


def _row(cell: Cell, program: str, outcomes: list[Outcome], plan: Plan) -> dict[str, Any]:
    acked = [one.acked_s for one in outcomes if one.acked_s is not None]
    late = plan.patience_s
    delivered = [one.delivered_s for one in outcomes if one.delivered_s is not None and one.delivered_s <= late]
    row = {
        "cell": cell.name,
        "program": program,
        "n": len(outcomes),
        "seed": plan.seed,
        "measured": plan.measured,
        "rtt_ms": cell.rtt_ms,
        "loss_up": cell.up.words,
        "loss_down": cell.down.words,
        "lost_up": _lost(outcomes, 0),
        "lost_down": _lost(outcomes, 2),
        "acked_share": _share(len(acked), len(outcomes)),
        "acked_median_s": _at(acked, 0.5, len(outcomes)),
        "acked_p95_s": _at(acked, P95, len(outcomes)),
        "delivered_share": _share(len(delivered), len(outcomes)),
        "delivered_median_s": _at(delivered, 0.5, len(outcomes)),
    }
    return row | (_theory(cell, program, outcomes, plan, row["acked_share"]) if program in OURS else {})


def _theory(cell: Cell, program: str, outcomes: list[Outcome], plan: Plan, acked_share: float) -> dict[str, Any]:
    """The copies sent, and the chance that independent loss leaves those who are never answered in time."""
    stations = STATIONS_OF[program]
    unheard = [one.sends / stations for one in outcomes if one.acked_s is None]
    rtt_ms = None if "not known" in program else cell.rtt_ms
    sends = statistics.median(unheard) if unheard else sends_in(plan.patience_s, rtt_ms)
    told = {"sends_median": statistics.median(one.sends for one in outcomes), "sends_unanswered": round(sends)}
    if cell.up != cell.down or cell.up.kind != "independent":
        return told
    theory = chance_of_answer(loss=cell.up.share, sends=round(sends), stations=stations)
    return told | {"theory": round(theory, 4), "ratio_to_theory": round(acked_share / theory, 3)}


def _lost(outcomes: list[Outcome], at: int) -> float | None:
    """What share was really lost one way, None where nothing went that way."""
    offered = sum(one.counts[at] for one in outcomes)
    return _share(sum(one.counts[at + 1] for one in outcomes), offered) if offered else None


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _at(values: list[float], share: float, whole: int) -> float | None:
    """The time within which this share of *all* trials was done; None where fewer ever were."""
    place = int(whole * share)
    ordered = sorted(values)
    return round(ordered[place], 3) if place < len(ordered) else None


Find = Callable[[str, str], dict[str, Any] | None]


def finder(rows: Sequence[dict[str, Any]]) -> Find:
    """Finds a row by cell and program, None where it was not measured."""
    return lambda cell, program: next((row for row in rows if (row["cell"], row["program"]) == (cell, program)), None)
