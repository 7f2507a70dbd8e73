"""The call under loss, beside HTTPS, QUIC, DTLS, CoAP and one datagram in 3 s: ``make bench-beacon``.

Two network namespaces, every IP packet between them through a forwarder that loses and delays it by seeded dice. Needs
root (or namespaces for everybody) and /dev/net/tun. The whole takes about 15 minutes; ``--quick`` 20 seconds.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from beacon import door, page, rows
from beacon.namespaces import NotAllowedError, Pair, ending, joined
from beacon.plan import CELLS, OURS, PATIENCE_SECONDS, QUICK, QUICK_PATIENCE_SECONDS, Cell, Plan, Trial, plan_of
from beacon.stations import cards, committed, make_stations, on_watch, write_json
from beacon.targets import judge

SPREAD_SECONDS = 25.0
QUICK_SPREAD_SECONDS = 2.0
BEGIN_SECONDS = 3.0
"""From the start of the callers' processes to the first call."""
SLACK_SECONDS = 45.0
"""How much longer than its patience a batch may take before it is ended."""


PARTS = ("link", "door")
NOT_ALLOWED = 3
"""The exit code where namespaces cannot be had."""


def play(plan: Plan, pair: Pair, stations: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Every batch in turn, all callers of a batch at once; what each of them told."""
    played: list[dict[str, Any]] = []
    for turn, trials in enumerate(plan.batches, start=1):
        print(f"bench: turn {turn} of {len(plan.batches)}, {len(trials)} calls.", flush=True)
        played += _play_batch(plan, trials, pair, stations, folder)
    return played


def _play_batch(
    plan: Plan, trials: tuple[Trial, ...], pair: Pair, stations: list[dict[str, Any]], folder: Path
) -> list[dict[str, Any]]:
    said = {
        "seed": plan.seed,
        "begins": time.monotonic() + BEGIN_SECONDS,
        "patience_s": plan.patience_s,
        "stations": stations,
        "rtts_ms": {cell.name: cell.rtt_ms for cell in plan.cells},
    }
    outs = []
    with ExitStack() as stack:
        running = []
        for name, chosen in (
            ("ours", [trial for trial in trials if trial.program in OURS]),
            ("peers", [trial for trial in trials if trial.program not in OURS]),
        ):
            given = write_json(folder / f"{name}.plan.json", {**said, "trials": chosen})
            outs.append(folder / f"{name}.out.json")
            words = {"ours": [], "peers": ["call", str(folder)]}[name]
            command = [sys.executable, "-m", f"beacon.{name}", *words, str(given), str(outs[-1])]
            running.append(stack.enter_context(ending(pair.inside("caller", command))))
        limit_s = BEGIN_SECONDS + plan.patience_s + max(trial.at_s for trial in trials) + SLACK_SECONDS
        deadline = time.monotonic() + limit_s
        for process in running:
            if process.wait(max(deadline - time.monotonic(), 0.1)):
                raise SystemExit("bench: a caller's process failed; its words stand above.")
    return [one for out in outs for one in json.loads(out.read_text(encoding="utf-8"))]


def measure(plan: Plan, folder: Path) -> dict[str, Any]:
    """Everything over the link: rows, and what the forwarder says of itself."""
    homes = make_stations(folder, plan.stations, plan.callers_at_once)
    arrived_file = folder / "arrived.json"
    with joined(plan.links(), plan.seed, folder) as pair, on_watch(pair, homes, folder):
        serve = [sys.executable, "-m", "beacon.peers", "serve", str(folder), str(arrived_file)]
        with ending(pair.inside("station", serve), stdout=subprocess.PIPE) as server:
            if server.stdout is None or server.stdout.readline() != b"ready\n":
                raise SystemExit("bench: the peers' servers did not start; their words stand above.")
            played = play(plan, pair, cards(homes), folder)
        told = pair.counts()
        kept = committed(homes)
    arrived = {int(number): at for number, at in json.loads(arrived_file.read_text(encoding="utf-8")).items()}
    trials = {trial.number: trial for batch in plan.batches for trial in batch}
    outcomes = [
        rows.Outcome(**one, counts=told["counts"][str(one["trial"].number)])
        for one in [
            *rows.ours((one for one in played if "statement" in one), trials, kept),
            *rows.peers((one for one in played if "statement" not in one), trials, arrived),
        ]
    ]
    return {
        "rows": rows.rows_of(plan, outcomes),
        "forwarder": {"late_p99_ms": told["late_p99_ms"], "not_taken": told["not_taken"]},
    }


def show(row: dict[str, Any]) -> str:
    """A row as a line."""

    def seconds(value: float | None) -> str:
        return "      -" if value is None else f"{value:6.2f}s"

    theory = f", {row['ratio_to_theory']:.2f} of theory" if "ratio_to_theory" in row else ""
    lost = [f"{row[name]:.1%}" if row[name] is not None else "-" for name in ("lost_up", "lost_down")]
    return (
        f"{row['cell']:<46} {row['program']:<34} n {row['n']:>3}: "
        f"acked {row['acked_share']:7.1%} median {seconds(row['acked_median_s'])} p95 {seconds(row['acked_p95_s'])}, "
        f"delivered {row['delivered_share']:7.1%} median {seconds(row['delivered_median_s'])}; "
        f"really lost {lost[0]} and {lost[1]}{theory}"
    )


def chosen(words: list[str]) -> tuple[Cell, ...]:
    """The cells whose names hold one of these words; all for none."""
    cells = tuple(cell for cell in CELLS if not words or any(word in cell.name for word in words))
    if not cells:
        raise SystemExit("bench: no cell has such a name. They are: " + "; ".join(cell.name for cell in CELLS))
    return cells


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="beacon", description=__doc__)
    parser.add_argument("--cells", nargs="*", default=[], help="only links whose names hold one of these words")
    parser.add_argument("--trials", type=int, default=300, help="calls of our own for each program and link")
    parser.add_argument("--peer-trials", type=int, default=100, help="calls of each peer for each link")
    parser.add_argument("--seed", default="1", help="the dice of all links")
    parser.add_argument("--quick", action="store_true", help="two links, a few calls, 20 seconds")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS, help="the link, the door, or both")
    parser.add_argument(
        "--out", type=Path, help="where the rows go; else benchmarks/results/beacon.json, if not --quick"
    )
    return parser.parse_args()


def main() -> None:
    """Measure, print and keep."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended from outside; everything is put away."))
    given = arguments()
    if given.quick:
        plan = plan_of(
            QUICK, ours=10, peers=4, spread_s=QUICK_SPREAD_SECONDS, seed=given.seed, patience_s=QUICK_PATIENCE_SECONDS
        )
    else:
        plan = plan_of(
            chosen(given.cells), ours=given.trials, peers=given.peer_trials, spread_s=SPREAD_SECONDS, seed=given.seed,
            patience_s=PATIENCE_SECONDS,
        )  # fmt: skip
    plan = plan._replace(measured=time.strftime("%Y-%m-%d %H:%M"))
    out = given.out or (None if given.quick else page.RESULT)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out and out.exists() else {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR"), prefix="esos-beacon-") as name:
        for part in given.parts if not given.quick else PARTS[:1]:
            found |= merged(found, measured(part, plan, Path(name)))
            if out:
                out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    tell(found)
    if out == page.RESULT:
        page.main()


def merged(before: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What was found now; rows of links that were not measured now stay as they were, with their own date."""
    if "rows" not in found:
        return found
    fresh = {row["cell"] for row in found["rows"]}
    kept = [row for row in before.get("rows", ()) if row["cell"] not in fresh]
    order = [cell.name for cell in CELLS]
    return found | {"rows": sorted([*kept, *found["rows"]], key=lambda row: order.index(row["cell"]))}


def measured(part: str, plan: Plan, folder: Path) -> dict[str, Any]:
    """One part of the whole, as it stands in the file of results, with how busy the machine was."""
    load_before = os.getloadavg()[0]
    try:
        found = measure(plan, folder) if part == "link" else {"door": door.measure(folder)}
    except NotAllowedError as why:
        print(f"bench: this machine allows no network namespaces joined by TUN devices. {why}")
        raise SystemExit(NOT_ALLOWED) from why
    load = {"processors": os.cpu_count(), "load_before": load_before, "load_after": os.getloadavg()[0]}
    return found | {f"{part}_machine": load}


def tell(found: dict[str, Any]) -> None:
    """Print what was found."""
    for row in found.get("rows", ()):
        print(show(row))
    for row in found.get("door", ()):
        print("; ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items()))
    for one in judge(found.get("rows", ()), found.get("door", ())):
        if one.measured != "-":
            print(f"{one.measure}: wanted {one.wanted}, is {one.measured}: {one.verdict}")
    if "forwarder" in found:
        print(
            f"The forwarder let a packet go {found['forwarder']['late_p99_ms']:g} ms late at most in 99 of 100 cases."
        )


if __name__ == "__main__":
    main()
