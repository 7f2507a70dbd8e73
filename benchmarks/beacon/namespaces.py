"""Two network namespaces joined by the forwarder: callers in one, stations in the other, two addresses for each trial.

A namespace lives as long as the process that holds it, and every process here ends when its standard input does; so
nothing is left behind, however the benchmark ends.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

SETUP_SECONDS = 60
END_SECONDS = 15
NUMBER_MAX = 65_000
PROGRAMS = ("ip", "unshare", "nsenter")


class NotAllowedError(Exception):
    """Namespaces or TUN devices cannot be had here; the text says why."""


def caller_address(number: int) -> str:
    """Where the trial of this number calls from."""
    return f"10.1.{number >> 8}.{number & 255}"


def station_address(number: int) -> str:
    """Where the trial of this number finds its stations, which are told apart by their ports."""
    return f"10.2.{number >> 8}.{number & 255}"


class Pair:
    """The two namespaces while they live."""

    def __init__(self, caller_pid: int, station_pid: int, forwarder: "subprocess.Popen[bytes]", told: Path) -> None:
        self._pids = {"caller": caller_pid, "station": station_pid}
        self._forwarder = forwarder
        self._told = told

    def inside(self, side: str, command: Sequence[str]) -> list[str]:
        """The command as it has to be started to run on that side."""
        return [*_enter(self._pids[side]), *command]

    def counts(self) -> dict[str, Any]:
        """End the forwarding; what each link was offered and lost, and how late the forwarder was."""
        end(self._forwarder)
        told: dict[str, Any] = msgspec.json.decode(self._told.read_bytes())
        return told


def why_not() -> str:
    """Why namespaces cannot be had here, in a sentence; empty where they can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"These programs are missing: {', '.join(missing)}."
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "There is no /dev/net/tun that may be used."
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return f"A network namespace is refused: {tried.stderr.strip()}." if tried.returncode else ""


@contextmanager
def joined(links: Mapping[int, dict[str, Any]], seed: str, folder: Path) -> Iterator[Pair]:
    """Two namespaces with a link for each number; ``links`` gives its loss both ways and its round trip.

    Raises ``NotAllowedError``.
    """
    why = why_not()
    if why:
        raise NotAllowedError(why)
    if max(links) > NUMBER_MAX:
        raise ValueError(f"there are addresses for {NUMBER_MAX} trials")
    plan, told = folder / "links.json", folder / "forwarded.json"
    plan.write_bytes(msgspec.json.encode({"seed": seed, "links": links}))
    names = [f"esos{os.getpid() % 1_000_000}{side}" for side in "ab"]
    with ExitStack() as stack:
        pids = [_hold(stack) for _ in names]
        command = [sys.executable, "-m", "beacon.forwarder", str(plan), *names, str(told)]
        forwarder = stack.enter_context(ending(command, stdout=subprocess.PIPE))
        if forwarder.stdout is None or forwarder.stdout.readline() != b"ready\n":
            raise NotAllowedError("The forwarder could not make its TUN devices.")
        for name, pid, mine, theirs in zip(
            names, pids, (caller_address, station_address), (station_address, caller_address), strict=True
        ):
            _run(["ip", "link", "set", name, "netns", str(pid)])
            _configure(pid, name, [(mine(number), theirs(number)) for number in links])
        _tell(forwarder, b"go\n")
        yield Pair(*pids, forwarder, told)


def _hold(stack: ExitStack) -> int:
    """A fresh namespace, held by a process that ends with us; that process."""
    command = ["unshare", "--net", "sh", "-c", "echo ready; exec cat"]
    holder = stack.enter_context(ending(command, stdout=subprocess.PIPE))
    if holder.stdout is None or holder.stdout.readline() != b"ready\n":
        raise NotAllowedError("A network namespace could not be made.")
    return holder.pid


def _configure(pid: int, device: str, pairs: list[tuple[str, str]]) -> None:
    """Every trial's own address is local, and what goes to its peer leaves from it."""
    net = ".".join(pairs[0][0].split(".")[:2]) + ".0.0/16"
    lines = ["link set lo up", f"link set {device} up", f"route add local {net} dev lo"]
    lines.append(f"address add {net.split('/')[0].removesuffix('.0')}.1/32 dev {device}")  # resolvers look for one
    lines += [f"route add {theirs}/32 dev {device} src {mine}" for mine, theirs in pairs]
    _run([*_enter(pid), "ip", "-batch", "-"], "\n".join(lines) + "\n")


def _enter(pid: int) -> list[str]:
    return ["nsenter", f"--net=/proc/{pid}/ns/net", "--"]


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SETUP_SECONDS, check=False)
    if done.returncode:
        raise NotAllowedError(f"{' '.join(command)}: {done.stderr.strip()[:300]}")


def _tell(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    if process.stdin is not None:
        process.stdin.write(line)
        process.stdin.flush()


@contextmanager
def ending(command: Sequence[str], **how: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends when its standard input does, and is ended here at the latest."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **how)
    try:
        yield process
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Close its standard input and wait; kill it where that does not help."""
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if stream is not None and not stream.closed:
                stream.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
        process.wait()
