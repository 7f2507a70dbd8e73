"""A drill played once by the program itself, for whoever looks at what came of it."""

import fcntl
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ESOS = str(Path(sys.executable).parent / "esos")
PLAYED_SECONDS = 3_500
ENDS = {"settled", "declined", "no_reply", "not_taken", "withdrawn", "cancelled"}


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def esos(*arguments: object, seconds: float = 110) -> subprocess.CompletedProcess:
    return subprocess.run(
        [ESOS, *map(str, arguments)], env=environment(), capture_output=True, text=True, timeout=seconds, check=False
    )


@dataclass
class Played:
    """A drill that was played: its home, what it said when it was ready, its report, and how long it took."""

    home: Path
    ready: dict
    report: dict
    seconds: float

    def kinds(self) -> list[str]:
        return [beat["kind"] for beat in self.report["drill"]]

    @property
    def ending(self) -> dict:
        return self.report["ending"]

    def says(self, kind: str) -> list[str]:
        return [beat["says"] for beat in self.report["drill"] if beat["kind"] == kind]


def play_once(folder: Path, name: str, *flags: str) -> Played:
    """Play it, and keep what it printed; whoever comes later, in whatever process of this test run, reads that."""
    kept = folder / "played.json"
    with (folder / "played.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            home, began = folder / "home", time.monotonic()
            done = esos("drill", "run", name, "--home", home, *flags, "--json", seconds=PLAYED_SECONDS)
            assert done.returncode == 0, done.stderr
            ready, report = (json.loads(line) for line in done.stdout.strip().splitlines())
            seconds = time.monotonic() - began
            kept.write_text(json.dumps({"home": str(home), "ready": ready, "report": report, "seconds": seconds}))
    found = json.loads(kept.read_text())
    return Played(**{**found, "home": Path(found["home"])})


def shared_folder(tmp_path_factory, name: str) -> Path:
    """One folder for all processes of a test run."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    folder = (tmp_path_factory.getbasetemp().parent if is_worker else tmp_path_factory.getbasetemp()) / name
    folder.mkdir(exist_ok=True)
    return folder


def verify_and_break(played: Played, file: str, broken: Path) -> tuple[int, int]:
    """The exit codes of the verifier for a case file, and for the same with one byte changed."""
    card = played.home / "drill-station-card.json"
    data = bytearray((played.home / file).read_bytes())
    data[len(data) // 3] ^= 1
    broken.write_bytes(data)
    verified = esos("verify", "case", played.home / file, "--station", card).returncode
    return verified, esos("verify", "case", broken, "--station", card).returncode
