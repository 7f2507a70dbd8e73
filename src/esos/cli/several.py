"""The parent of the processes of one station: it starts them, starts again whichever dies, and ends them together.

It opens no door and no journal, and loads little, so that it has the processes going at once. The first makes the
journal ready; the others begin when it serves. The processes share the station's addresses by SO_REUSEPORT: the kernel
gives each connection, and each caller's datagrams, to one of them.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import structlog

from esos.carriers.address import address_taken, read_listening, write_address
from esos.carriers.udp_socket import bound_socket
from esos.cli import notify
from esos.cli.common import emit, run_in
from esos.cli.parting import stop_with_parent
from esos.cli.process_news import News, Ready, Refused, Task
from esos.errors import Conflict
from esos.settings import STOP_SECONDS, Settings
from esos.vault.home import Home, RunFile, RunningProcess
from esos.web.sockets import listening_socket, url_of

READY_SECONDS = 60.0
"""How long a process with a task may be silent before it serves. It tells also while it brings a journal up to date."""
HUNG_SECONDS = 30.0
"""How long a process may be silent before it is killed: it tells once a second that its loop turns."""
AGAIN_SECONDS, AGAIN_MAX_SECONDS = 0.5, 10.0
"""The pause before a process that died is started again: at first, and at most when it goes on dying."""
STEADY_SECONDS = 10.0
"""Whatever served so long and died is started again as soon as the first time: only what dies at once waits longer."""
LOOK_SECONDS = 1.0
KILL_SECONDS = STOP_SECONDS - 0.2
"""How long a process may take to stop before it is killed."""
LINE_MAX_BYTES = 65_536
RECEIVE_BYTES = 65_536
PROGRAM = (sys.executable, "-m", "esos.cli.one_of_several")
_log = structlog.get_logger("esos.processes")


def need_shared_store(settings: Settings) -> None:
    """Raise ``Conflict`` (``station.one_process``) where the store is a file, which one process serves."""
    if settings.processes > 1 and not settings.database.startswith("postgres"):
        raise Conflict(
            "station.one_process",
            "A journal in a file is served by one process.",
            hint="Leave processes at 1, or give the address of a PostgreSQL database with --database.",
        )


def serve_by_several(folder: Path, settings: Settings, *, with_parent: bool, as_json: bool) -> None:
    """Run a station by as many processes as the settings say until told to stop; one line when all of them serve."""
    run_in(asyncio.run, _run(Home(folder), settings, with_parent=with_parent, as_json=as_json))


async def _run(home: Home, settings: Settings, *, with_parent: bool, as_json: bool) -> None:
    home.identity()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def say(ready: Ready, pids: list[int]) -> None:
        said = {"ready": True, "http": ready.http, "udp": ready.udp, "card": ready.card, "processes": pids}
        words = f"Ready: {ready.http} by {len(pids)} processes (calls by datagram: {ready.udp or 'none'})."
        emit(said, as_json=as_json, words=f"{words} Ctrl-C stops them.")
        notify.tell(f"{notify.READY}\nSTATUS=Listening on {ready.http} by {len(pids)} processes")

    with home.alone() as lock, reserved(settings) as chosen:
        parent = Parent(home, chosen, lock)
        loop.add_signal_handler(signal.SIGHUP, parent.hang_up)
        watching = [asyncio.create_task(stop_with_parent(stop))] if with_parent else []
        watching.append(asyncio.create_task(notify.keep_alive()))
        try:
            await parent.run(stop, say)
        finally:
            notify.tell(notify.STOPPING)
            for task in watching:
                task.cancel()


@contextlib.contextmanager
def reserved(settings: Settings) -> Iterator[Settings]:
    """The settings with the ports that the processes will share, chosen where they said 0.

    The port for HTTP is kept throughout, so that nobody else shares it unseen; that for datagrams is looked at once,
    since a socket that kept it would be given a part of the calls.
    Raises ``Conflict`` (``station.address_taken``) and ``Malformed`` (``station.address``, ``udp.address``).
    """
    http, udp = _free_http(settings.http), _free_udp(settings.udp)
    strangers = _free_udp(settings.udp_strangers)
    with contextlib.closing(listening_socket(http, is_shared=True)):  # bound, not listening: it keeps the port
        yield msgspec.structs.replace(settings, http=http, udp=udp, udp_strangers=strangers)


def _free_http(written: str) -> str:
    try:
        with contextlib.closing(listening_socket(written)) as sock:
            return url_of(sock).removeprefix("http://")
    except OSError as cause:
        raise address_taken(f"HTTP {written}", cause) from cause


def _free_udp(written: str) -> str:
    if not written:
        return ""
    address = read_listening(written)
    try:
        with contextlib.closing(bound_socket(address, RECEIVE_BYTES, is_shared=False)) as sock:
            return write_address(address._replace(port=sock.getsockname()[1]))
    except OSError as cause:
        raise address_taken(f"UDP {written}", cause) from cause


class Child:
    """One process of the station while it lives."""

    def __init__(self, slot: int, process: asyncio.subprocess.Process) -> None:
        self.slot = slot
        self.process = process
        self.ready: Ready | None = None
        self.serves = asyncio.Event()
        self.refused: Refused | None = None
        self.heard = asyncio.get_running_loop().time()
        self.has_task = False
        self._ready_at = 0.0

    async def listen(self) -> None:
        """Take in its news until there are no more."""
        assert self.process.stdout is not None  # noqa: S101 - it was opened with a pipe
        while line := await self.process.stdout.readline():
            self.heard = asyncio.get_running_loop().time()
            try:
                news = msgspec.json.decode(line, type=News)
            except msgspec.DecodeError:
                continue  # some library's words
            if isinstance(news, Ready):
                self.ready, self._ready_at = news, self.heard
                self.serves.set()
            elif isinstance(news, Refused):
                self.refused = news

    async def begin(self, task: Task) -> None:
        """Give it its task, and wait until it serves. Its silence counts from now on, and not while it had none."""
        assert self.process.stdin is not None  # noqa: S101 - it was opened with a pipe
        self.process.stdin.write(msgspec.json.encode(task) + b"\n")
        self.heard, self.has_task = asyncio.get_running_loop().time(), True
        await self.serves.wait()

    def is_silent_for(self, seconds: float) -> bool:
        """Whether it has work to do and was not heard for longer than that."""
        return self.has_task and asyncio.get_running_loop().time() - self.heard > seconds

    @property
    def served_seconds(self) -> float:
        """How long it has served, or did; 0 where it never has."""
        return self.heard - self._ready_at if self.ready else 0.0

    def signal(self, number: int) -> None:
        """Send it a signal, where it still lives."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def end(self) -> None:
        """Ask it to stop; by force where it does not in time."""
        self.signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(KILL_SECONDS):
                await self.process.wait()
        self.signal(signal.SIGKILL)
        await self.process.wait()


class Parent:
    """The processes of one station. ``lock`` is the open file that says that the home is served; they share it."""

    def __init__(self, home: Home, settings: Settings, lock: int) -> None:
        self._home = home
        self._settings = settings
        self._lock = lock
        self._children: dict[int, Child] = {}
        self._serving = asyncio.Event()
        self._changed = asyncio.Event()

    async def run(self, stop: asyncio.Event, ready: Callable[[Ready, list[int]], None]) -> None:
        """Keep all processes going until ``stop``; ``ready`` is told when all of them serve for the first time.

        Raises ``Conflict`` where one cannot even start once.
        """
        async with asyncio.TaskGroup() as group:
            keepers = [group.create_task(self._keep(slot)) for slot in range(self._settings.processes)]
            stopping = group.create_task(stop.wait())
            said = group.create_task(self._all_ready())
            await asyncio.wait({said, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if said.done():
                ready(said.result(), [child.process.pid for child in self._children.values()])
            await stopping
            for task in (said, *keepers):
                task.cancel()
        self._home.forget_run()

    def hang_up(self) -> None:
        """Pass SIGHUP on."""
        for child in self._children.values():
            child.signal(signal.SIGHUP)

    async def _all_ready(self) -> Ready:
        while True:
            found = [child.ready for child in self._children.values() if child.ready]
            if len(found) == self._settings.processes:
                self._write_run()
                return found[0]
            self._changed.clear()
            await self._changed.wait()

    async def _keep(self, slot: int) -> None:
        """One slot is always filled: whoever dies in it is followed by another, after a pause that grows."""
        pause, is_first = AGAIN_SECONDS, True
        while True:
            child = await self._spawn(slot)
            tasks = [asyncio.create_task(work) for work in (child.listen(), self._tell_task(child))]
            try:
                await self._watch(child)
            finally:
                await child.end()
                for task in tasks:
                    task.cancel()
            if is_first and child.ready is None:
                raise _not_started(child)
            is_first = False
            pause = pause_after(child.served_seconds, pause)
            code = child.process.returncode
            _log.warning("process_died", slot=slot, pid=child.process.pid, code=code, again_in_s=pause)
            await asyncio.sleep(pause)

    async def _spawn(self, slot: int) -> Child:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_MAX_BYTES,
            pass_fds=(self._lock,),
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then ends all in order
        )
        self._children[slot] = Child(slot, process)
        return self._children[slot]

    async def _tell_task(self, child: Child) -> None:
        """Let it begin: the first at once, the others when the first serves, and so has made the journal ready."""
        if child.slot:
            await self._serving.wait()
        task = Task(home=str(self._home.folder), slot=child.slot, of=self._settings.processes, settings=self._settings)
        await child.begin(task)
        self._serving.set()
        self._changed.set()
        self._write_run()

    async def _watch(self, child: Child) -> None:
        """Until it has died; what is silent for too long is killed."""
        dying = asyncio.create_task(child.process.wait())
        while not dying.done():
            await asyncio.wait({dying}, timeout=LOOK_SECONDS)
            limit = HUNG_SECONDS if child.ready else READY_SECONDS
            if child.is_silent_for(limit):
                _log.error("process_hung", slot=child.slot, pid=child.process.pid, silent_s=limit)
                child.signal(signal.SIGKILL)

    def _write_run(self) -> None:
        """Where the station can be reached, once all processes serve, and again whenever one is another."""
        children = [self._children[slot] for slot in sorted(self._children)]
        serving = [
            RunningProcess(slot=child.slot, pid=child.process.pid, http=child.ready.own_http)
            for child in children
            if child.ready
        ]
        if len(children) == self._settings.processes and serving:
            ready = next(child.ready for child in children if child.ready)
            run = RunFile(http=ready.http, udp=self._settings.udp, pid=os.getpid(), cert=ready.cert)
            self._home.write_run(msgspec.structs.replace(run, processes=tuple(serving)))


def pause_after(served_seconds: float, last_seconds: float) -> float:
    """How long to wait before a process that died is followed by another, in seconds."""
    return AGAIN_SECONDS if served_seconds >= STEADY_SECONDS else min(2 * last_seconds, AGAIN_MAX_SECONDS)


def _not_started(child: Child) -> Conflict:
    if child.refused is not None:
        return Conflict(child.refused.code, child.refused.detail, hint=child.refused.hint)
    return Conflict(
        "station.process_failed",
        f"A process of the station ended before it served (exit code {child.process.returncode}).",
        hint="It has said why on standard error; see also: esos station doctor",
    )
