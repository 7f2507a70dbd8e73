"""What a station costs while nothing happens: processor time and memory, beside a bare event loop.

The real process as ``esos station run`` starts it, with one member registered and no case, left alone; and a
Python process whose event loop only wakes four times a second. From /proc, so on Linux only. Writes
``benchmarks/results/idle.json``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import row, write_rows

ESOS = str(Path(sys.executable).parent / "esos")
SETTLE_SECONDS = 5.0
MIB = 1024 * 1024
BARE_LOOP = "import asyncio\nasync def f():\n while True: await asyncio.sleep(0.25)\nprint(flush=True);asyncio.run(f())"


@contextmanager
def process(*command: str) -> Iterator[tuple[int, str]]:
    """A child process and its first line; ended with the block."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None  # noqa: S101 - it was opened with a pipe
            yield child.pid, child.stdout.readline()
        finally:
            child.terminate()


@contextmanager
def idle_station(folder: Path) -> Iterator[tuple[int, str]]:
    """A station of its own home, ready and left alone."""
    home = str(folder / "home")
    subprocess.run([ESOS, "station", "init", "--home", home], stdout=subprocess.DEVNULL, check=True)
    addresses = ("--http", "127.0.0.1:0", "--udp", "127.0.0.1:0")
    with process(ESOS, "station", "run", "--home", home, "--json", *addresses) as (pid, line):
        json.loads(line)
        yield pid, line


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def cost_of(pid: int, seconds: float) -> tuple[float, float]:
    """Milliseconds of one core a second, and MiB, over a while after it has settled."""
    time.sleep(SETTLE_SECONDS)
    before, began = processor_seconds(pid), time.perf_counter()
    time.sleep(seconds)
    passed = time.perf_counter() - began
    return 1000 * (processor_seconds(pid) - before) / passed, resident_mib(pid)


def main() -> None:
    """Measure and write down."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30.0)
    given = arguments.parse_args()
    with process(sys.executable, "-c", BARE_LOOP) as (pid, _):
        bare_cpu, bare_mib = cost_of(pid, given.seconds)
    with tempfile.TemporaryDirectory() as folder, idle_station(Path(folder)) as (pid, _):
        cpu, mib = cost_of(pid, given.seconds)
    floor_cpu = max(bare_cpu, 1000 / os.sysconf("SC_CLK_TCK") / given.seconds)
    rows = [
        row("an idle station's processor time", cpu, "ms of one core a second", "bare event loop", cpu / floor_cpu),
        row("an idle station's resident memory", mib, "MiB", "bare event loop", mib / bare_mib),
    ]
    write_rows("idle", rows)


if __name__ == "__main__":
    main()
