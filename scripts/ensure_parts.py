"""See to the real parts the tests run against, and say plainly what is missing and what is then not tested.

A part that is missing is installed with Debian's package manager where that is allowed (as root, or
with a sudo that asks no password). Where it is not, the tests that need it skip, and this says so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """A program the tests use: any of ``programs``, by name or path, will do; ``packages`` bring it on Debian."""

    name: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]
    without_it: str


PARTS = (
    Part(
        "Chromium",
        ("chromium", "chromium-browser", "google-chrome"),
        ("chromium", "fonts-dejavu-core"),
        "the tests that open pages in a real browser are skipped",
    ),
    Part(
        "Node.js",
        ("node",),
        ("nodejs",),
        "pyright, the second type checker, is skipped (mypy still runs)",
    ),
    Part(
        "PostgreSQL",
        ("postgres", "/usr/lib/postgresql/*/bin/postgres"),
        ("postgresql",),
        "the tests on a PostgreSQL server are skipped (those on SQLite still run)",
    ),
    Part(
        "unbound",
        ("unbound", "/usr/sbin/unbound"),
        ("unbound",),
        "the tests of calls through a real name server are skipped (those through a small one still run)",
    ),
)


def main() -> int:
    """Always 0: a missing part is said, and its tests skip themselves."""
    missing = [part for part in PARTS if not _is_here(part)]
    if missing:
        _install(missing)
    for part in missing:
        if _is_here(part):
            print(f"parts: {part.name} is now installed.")
        else:
            packages = " ".join(part.packages)
            print(f"parts: {part.name} is missing: {part.without_it}. To have it: apt-get install {packages}")
    if not missing:
        print(f"parts: all here ({', '.join(part.name for part in PARTS)}).")
    return 0


def _is_here(part: Part) -> bool:
    return any(shutil.which(program) or any(Path("/").glob(program.lstrip("/"))) for program in part.programs)


def _install(parts: list[Part]) -> None:
    """Try Debian's package manager; its failure is no failure of ours."""
    apt = _apt_get()
    if apt is None:
        print("parts: apt-get cannot be used here (no root, or no Debian); nothing is installed.")
        return
    print(f"parts: installing {', '.join(part.name for part in parts)} with apt-get.", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = [package for part in parts for package in part.packages]
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        try:
            subprocess.run([*apt, *step], env=environment, check=False, stdout=subprocess.DEVNULL, timeout=600)
        except subprocess.TimeoutExpired:
            print("parts: apt-get did not finish in ten minutes; going on without.")
            return


def _apt_get() -> list[str] | None:
    """The command to install with, or None where installing is not ours to do."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "apt-get"]
    return None


if __name__ == "__main__":
    sys.exit(main())
