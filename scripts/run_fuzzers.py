"""Run every fuzzer in fuzz/ for a while, some at a time; bytes that a reader does not survive are kept.

A fuzzer is a script ``fuzz/fuzz_*.py`` that takes libFuzzer's arguments, as atheris gives them.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "build" / "fuzz"


def run_one(script: Path, seconds: int) -> int:
    """The exit code of one fuzzer; what it says is kept beside its corpus."""
    corpus = FOUND / script.stem
    corpus.mkdir(parents=True, exist_ok=True)
    limits = (f"-max_total_time={seconds}", f"-artifact_prefix={corpus}/failed-", "-print_final_stats=1")
    with (FOUND / f"{script.stem}.log").open("w") as log:
        done = subprocess.run([sys.executable, str(script), *limits, str(corpus)], check=False, stderr=log, stdout=log)
    if done.returncode:
        print(f"fuzz: {script.name} found bytes that its reader does not survive; they and the log are in {FOUND}.")
    else:
        print(f"fuzz: {script.name}, {seconds} s, {_count(FOUND / f'{script.stem}.log')} inputs, nothing found.")
    sys.stdout.flush()
    return done.returncode


def _count(log: Path) -> str:
    told = [line for line in log.read_text().splitlines() if line.startswith("stat::number_of_executed_units")]
    return told[-1].split()[-1] if told else "no"


def main() -> int:
    """0 when no fuzzer found anything, else the highest exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds-each", type=int, default=60, help="how long each one runs")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many run at a time")
    arguments.add_argument("--only", nargs="*", default=[], help="names, as fuzz_dns; all where none is given")
    asked = arguments.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("fuzz: atheris is not in this environment; `make fuzz` puts it there.", file=sys.stderr)
        return 1
    scripts = sorted(one for one in (ROOT / "fuzz").glob("fuzz_*.py") if not asked.only or one.stem in asked.only)
    print(f"fuzz: {len(scripts)} readers, {asked.seconds_each} s each, {asked.jobs} at a time.", flush=True)
    with ThreadPoolExecutor(asked.jobs) as pool:
        return max(pool.map(partial(run_one, seconds=asked.seconds_each), scripts), default=1)


if __name__ == "__main__":
    sys.exit(main())
