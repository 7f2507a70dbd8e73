"""How long ``esos --help`` and each verb's help take to show, beside a Python that does nothing at all.

Each is the median of several runs of the installed console script, with its bytecode compiled beforehand as
in any installation. At three in the morning, on a slow machine, help must be there at once: at most 150 ms.
Writes ``benchmarks/results/start.json``.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import row, write_rows

from esos.cli.verbs import VERBS

ESOS = str(Path(sys.executable).parent / "esos")
FLOOR = (sys.executable, "-c", "pass")
MEASURED = {
    "esos --help": (ESOS, "--help"),
    **{f"esos {verb} --help": (ESOS, verb, "--help") for verb in VERBS},
}


def seconds_of(command: tuple[str, ...], environment: dict[str, str]) -> float:
    """How long one run takes on the wall."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def milliseconds(command: tuple[str, ...], runs: int, environment: dict[str, str]) -> float:
    """The median of so many runs, after one that compiles."""
    seconds_of(command, environment)
    return 1000 * statistics.median(seconds_of(command, environment) for _ in range(runs))


def main() -> None:
    """Measure and write down."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=15)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        floor = milliseconds(FLOOR, given.runs, environment)
        rows = [row("python -c pass", floor, "ms", "itself", 1)]
        for name, command in MEASURED.items():
            took = milliseconds(command, given.runs, environment)
            rows.append(row(name, took, "ms", "python -c pass", took / floor))
    write_rows("start", rows)


if __name__ == "__main__":
    main()
