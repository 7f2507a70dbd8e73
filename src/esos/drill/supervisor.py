"""The supervisor of one station: starts it, starts it again when it dies, and kills it on purpose in a drill.

Law 3 is shown here rather than told: ``kill`` is SIGKILL to the very process, and what was acknowledged
is there when the next one is ready.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import structlog

from esos.errors import Conflict

READY_SECONDS = 60.0
"""How long a station may take until it says that it is ready."""
STOP_SECONDS = 8.0
"""How long a station may take to stop before it is killed; it promises five."""
AGAIN_SECONDS = 0.5
"""The pause before a station that died by itself is started again; doubles up to ``AGAIN_MAX_SECONDS``."""
AGAIN_MAX_SECONDS = 10.0
READY_LINE_MAX_BYTES = 65_536
PROGRAM = (sys.executable, "-m", "esos.cli.main")
_log = structlog.get_logger("esos.drill.supervisor")


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The line a station prints when it is ready: where it listens, and its card as JSON values."""

    ready: bool
    http: str
    udp: str
    card: dict[str, Any]


class Supervisor:
    """One station as a child process, on the same addresses each time it is started.

    ``home`` is the station's home, made before; ``http`` and ``udp`` are HOST:PORT to listen on, port 0
    takes any the first time and keeps it. ``speed`` is for exercise stations. ``environment`` holds settings that
    nobody may read off a list of processes, such as a database's address with its password. Use it as
    ``async with Supervisor(home) as supervisor:``, or call ``start`` and ``stop``; all methods belong to
    one event loop. A station that dies by itself is started again; one that was killed by ``kill`` stays
    down until ``restart``.
    """

    processes = 1
    """It is one process, as a ``Host`` has it."""

    def __init__(
        self,
        home: Path,
        *,
        http: str = "127.0.0.1:0",
        udp: str = "127.0.0.1:0",
        speed: int = 1,
        program: Sequence[str] = PROGRAM,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.starts = 0
        self._http = http
        self._udp = udp
        self._speed = speed
        self._program = tuple(program)
        self._environment = dict(environment or {})
        self._child: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._said: Ready | None = None
        self._wanted = False
        self._watching: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace
        await self.stop()

    @property
    def url(self) -> str:
        """Where the station's pages and interface are, as ``http://127.0.0.1:8765``; empty before the first start."""
        return self._said.http if self._said else ""

    @property
    def udp(self) -> str:
        """HOST:PORT of its datagram door; empty before the first start."""
        return self._said.udp if self._said else ""

    @property
    def urls(self) -> tuple[str, ...]:
        """Its one address, as a ``Host`` has it."""
        return (self.url,)

    @property
    def udps(self) -> tuple[str, ...]:
        """Its one datagram door, as a ``Host`` has it."""
        return (self.udp,) if self.udp else ()

    @property
    def card(self) -> dict[str, Any]:
        """The station's card as JSON values: what callers pin."""
        return self._said.card if self._said else {}

    @property
    def pid(self) -> int | None:
        """The process id while the station runs, None while it does not."""
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    async def start(self) -> Ready:
        """Start the station and wait until it is ready.

        Raises ``Conflict`` (``supervisor.not_ready``) when it ended instead; it has said why on standard error.
        """
        self._wanted = True
        try:
            async with self._starting:
                said = await self._spawn()
        except BaseException:
            await self._end_child()
            raise
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(), name="station supervisor")
        return said

    async def wait_ready(self, seconds: float = READY_SECONDS) -> Ready:
        """Wait until the station is ready, also while it is down just now.

        Raises ``Conflict`` (``supervisor.not_ready``).
        """
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError as cause:
            raise _not_ready() from cause
        if self._said is None:
            raise _not_ready()
        return self._said

    async def kill(self) -> int:
        """SIGKILL to the child, with no chance to tidy up; the process id it had. It stays down until ``restart``.

        Raises ``Conflict`` (``supervisor.not_running``) while nothing runs.
        """
        child = self._child
        if child is None or child.returncode is not None:
            raise Conflict("supervisor.not_running", "The station is not running, so there is nothing to kill.")
        self._wanted = False
        self._ready.clear()
        child.send_signal(signal.SIGKILL)
        await child.wait()
        return child.pid

    async def restart(self) -> Ready:
        """Stop the station if it runs, start it again on the same addresses, and wait until it is ready."""
        await self._end_child()
        return await self.start()

    async def replace(self, killed: int) -> Ready:
        """Start the station again after it was killed, as a ``Host`` does."""
        del killed
        return await self.restart()

    async def stop(self) -> int | None:
        """End the station in an orderly way, by force after ``STOP_SECONDS``; its exit code, None if it did not run."""
        self._wanted = False
        code = await self._end_child()
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None
        return code

    async def _spawn(self) -> Ready:
        self._ready.clear()
        command = [*self._program, "station", "run", "--home", str(self.home), "--json"]
        command += ["--http", self._http, "--udp", self._udp, "--speed", str(self._speed), "--with-parent"]
        # A process group of its own: Ctrl-C reaches the supervisor alone, which then ends the child in order.
        child = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            limit=READY_LINE_MAX_BYTES,
            start_new_session=True,
            env={**os.environ, **self._environment},
        )
        self._child = child
        self.starts += 1
        try:
            self._said = await _read_ready(child)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            raise
        self._http, self._udp = self._said.http.removeprefix("http://"), self._said.udp
        self._ready.set()
        return self._said

    async def _watch(self) -> None:
        """Start the station again whenever it ended and nobody had asked for that."""
        pause = AGAIN_SECONDS
        while True:
            child = self._child
            if child is not None:
                await child.wait()
            if not self._wanted or self._starting.locked() or child is not self._child:
                await asyncio.sleep(AGAIN_SECONDS / 5)
                continue
            self._ready.clear()
            _log.warning("station_died", code=child.returncode if child else None, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = AGAIN_SECONDS if await self._try_again(child) else min(pause * 2, AGAIN_MAX_SECONDS)

    async def _try_again(self, dead: asyncio.subprocess.Process | None) -> bool:
        """Start it again, unless somebody else has meanwhile; whether it runs or need not."""
        try:
            async with self._starting:
                if self._wanted and self._child is dead:
                    await self._spawn()
        except Conflict as refusal:
            _log.warning("station_not_ready", code=refusal.code)
            return False
        return True

    async def _end_child(self) -> int | None:
        child = self._child
        self._ready.clear()
        if child is None or child.returncode is not None:
            return child.returncode if child else None
        self._wanted = False
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            return await child.wait()


async def _read_ready(child: asyncio.subprocess.Process) -> Ready:
    """The one line a station prints on standard output."""
    assert child.stdout is not None  # noqa: S101 - it was opened with a pipe
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await child.stdout.readline()
        return msgspec.json.decode(line, type=Ready)
    except (TimeoutError, ValueError) as cause:
        raise _not_ready() from cause


def _not_ready() -> Conflict:
    return Conflict(
        "supervisor.not_ready",
        "The station did not become ready.",
        hint="It has said why on standard error; see also: esos station doctor",
    )
