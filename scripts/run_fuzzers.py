"""Run every fuzzer in fuzz/ for a while; a reader that fails on some bytes stops the run and keeps them.

A fuzzer is a script ``fuzz/fuzz_*.py`` that takes libFuzzer's arguments, as atheris gives them.
"""

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "build" / "fuzz"


def main() -> int:
    """0 when no fuzzer found anything, else the first failure's exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds-each", type=int, default=60, help="how long each one runs")
    seconds = arguments.parse_args().seconds_each
    if importlib.util.find_spec("atheris") is None:
        print("fuzz: atheris is not in this environment; `make fuzz` puts it there.", file=sys.stderr)
        return 1
    for script in sorted((ROOT / "fuzz").glob("fuzz_*.py")):
        print(f"fuzz: {script.name}, {seconds} s.", flush=True)
        corpus = FOUND / script.stem
        corpus.mkdir(parents=True, exist_ok=True)
        limits = (f"-max_total_time={seconds}", f"-artifact_prefix={corpus}/failed-", "-print_final_stats=1")
        done = subprocess.run([sys.executable, str(script), *limits, str(corpus)], check=False)
        if done.returncode != 0:
            print(f"fuzz: {script.name} found bytes its reader does not survive; they are kept in {corpus}.")
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
