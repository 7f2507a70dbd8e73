"""A station's side of its strangers' door: starts the process, takes what it hands over, starts it anew when it dies.

The law kept here: no registered call waits for a stranger's. One at a time is in the station's hands, and what the
process claims is judged anew like anything that comes through a door.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import structlog

from esos.carriers.stranger_words import (
    LINE_MAX_BYTES,
    Counted,
    FromDoor,
    Handed,
    Listening,
    Refused,
    Risen,
    Said,
    Task,
)
from esos.carriers.udp_book import AckInfo
from esos.errors import Conflict, EsosError

Take = Callable[[Handed], Awaitable[AckInfo]]
READY_SECONDS = 60.0
"""How long the process may take until it listens."""
HUNG_SECONDS = 30.0
"""How long it may be silent before it is killed: it counts once a second."""
AGAIN_SECONDS, AGAIN_MAX_SECONDS = 0.5, 10.0
"""The pause before it is started again: at first, and at most when it goes on dying."""
STOP_SECONDS = 2.0
"""How long it may take to end after each signal."""
PARTING_SECONDS = 0.5
"""How long a process whose pipe has ended is waited for before it is sent any."""
UNREAD_MAX_BYTES = 262_144
"""What may wait to be read by the process; news of persons beyond it is left out and counted."""
COMMAND = (sys.executable, "-P", "-m", "esos.carriers.stranger_process")
_OF_THE_STATION = "ESOS_"
_log = structlog.get_logger("esos.strangers")


class StrangersLink:
    """The strangers' door of a station while it is open. ``take`` commits a call and gives what may be said of it.

    ``udp`` is where the door listens, ``pid`` its process; ``is_open`` whether that listens just now.
    """

    def __init__(self, task: Task, take: Take) -> None:
        self.udp = ""
        self._task = task
        self._take = take
        self._child: Process | None = None
        self._past: Counter[str] = Counter()
        self._present: dict[str, int] = {}

    @property
    def pid(self) -> int:
        """The process's number, 0 while there is none."""
        return self._child.pid if self._child else 0

    @property
    def is_open(self) -> bool:
        """Whether the door is open just now."""
        return self._child is not None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["StrangersLink"]:
        """Keep the door open while the block runs; raises ``Conflict`` where it cannot even begin."""
        await self._start()
        keeping = asyncio.create_task(self._keep(), name="strangers' door")
        try:
            yield self
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await self._end()

    def figures(self) -> dict[str, int]:
        """How many datagrams went which way, over all processes of the door so far."""
        return dict(self._past + Counter(self._present))

    def tell(self, *, kid: bytes, call: bytes, info: AckInfo) -> None:
        """A person did more about the call: let the door say so."""
        if self._unread_bytes() > UNREAD_MAX_BYTES:
            self._past["stranger.news_left_out"] += 1
            return
        self._write(Risen(kid=kid, call=call, state=int(info.state), at_ms=info.at_ms))

    async def _keep(self) -> None:
        """Serve the process; whenever it ends, start another after a pause that grows."""
        pause = AGAIN_SECONDS
        while True:
            began = asyncio.get_running_loop().time()
            await self._serve()
            code = await self._end(by_itself=True)
            if asyncio.get_running_loop().time() - began > AGAIN_MAX_SECONDS:
                pause = AGAIN_SECONDS
            _log.warning("strangers_process_ended", code=code, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, AGAIN_MAX_SECONDS)
            try:
                await self._start()
            except Conflict as trouble:
                _log.error("strangers_process_not_started", code=trouble.code, why=trouble.detail)

    async def _start(self) -> None:
        """Start the process and wait until it listens; raises ``Conflict`` where it does not."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_STATION)}
        try:
            self._child = child = await asyncio.create_subprocess_exec(
                *COMMAND, stdin=PIPE, stdout=PIPE, limit=LINE_MAX_BYTES, env=environment, start_new_session=True
            )
        except OSError as cause:
            raise _not_started(None, cause.errno) from cause
        self._write(self._task)
        news = await self._hear(child, READY_SECONDS)
        if not isinstance(news, Listening):
            code = await self._end()
            raise _not_started(news, code)
        self.udp = news.udp
        self._task = msgspec.structs.replace(self._task, address=news.udp)  # the same port again, whatever happens

    async def _serve(self) -> None:
        """Take what it hands over, one at a time, until it ends or hangs."""
        child = self._child
        while child is not None and (news := await self._hear(child, HUNG_SECONDS)) is not None:
            if isinstance(news, Counted):
                self._present = news.counters
            elif isinstance(news, Handed):
                self._write(await self._said(news))

    async def _said(self, handed: Handed) -> Said:
        try:
            info = await self._take(handed)
        except EsosError as refusal:
            return Said(number=handed.number, refused=refusal.code)
        except Exception:  # noqa: BLE001 - one odd call must not close the door to all others; it is logged and counted
            _log.exception("strangers_call_failed")
            return Said(number=handed.number, refused="stranger.call_failed")
        return Said(number=handed.number, state=int(info.state), at_ms=info.at_ms)

    async def _hear(self, child: Process, seconds: float) -> FromDoor | None:
        """Its next news; None when it has ended, hangs, or says what nobody understands."""
        assert child.stdout is not None  # noqa: S101 - it was opened with a pipe
        try:
            async with asyncio.timeout(seconds):
                line = await child.stdout.readline()
            return msgspec.json.decode(line, type=FromDoor) if line else None
        except (TimeoutError, ValueError, msgspec.MsgspecError) as trouble:
            _log.error("strangers_process_unclear", why=type(trouble).__name__)
            return None

    def _write(self, news: Task | Said | Risen) -> None:
        if self._child is not None and self._child.stdin is not None and not self._child.stdin.is_closing():
            self._child.stdin.write(msgspec.json.encode(news) + b"\n")

    def _unread_bytes(self) -> int:
        pipe = self._child.stdin if self._child else None
        return pipe.transport.get_write_buffer_size() if pipe is not None else 0

    async def _end(self, *, by_itself: bool = False) -> int | None:
        """See to it that the process is gone; its exit code. ``by_itself``: it seems to have ended already."""
        child, self._child = self._child, None
        self._past, self._present = self._past + Counter(self._present), {}
        if child is None:
            return None
        for number in (0, signal.SIGTERM, signal.SIGKILL) if by_itself else (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                if number:
                    child.send_signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS if number else PARTING_SECONDS):
                    return await child.wait()
        return None


def _not_started(news: FromDoor | None, code: int | None) -> Conflict:
    if isinstance(news, Refused):
        return Conflict(news.code, news.detail, hint=news.hint)
    return Conflict(
        "station.strangers_failed",
        f"The process of the strangers' door ended before it listened (exit code {code}).",
        hint="It has said why on standard error. Without udp_strangers the station runs without this door.",
    )
