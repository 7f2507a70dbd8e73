"""Station processes killed in the middle of the mass, once or at a steady beat: law 3 where it hurts most."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from esos.drill.director import Director
from esos.station.drills import BeatKind
from esos.vault.chance import SystemClock

KILL_WHEN_CALLED_PERCENT = 50
DOWN_SECONDS = 1.0
POLL_SECONDS = 0.2
_clock = SystemClock()
Result = TypeVar("Result")


class Killer:
    """Kills one process at half of the calls, or every so many seconds, and sees each followed by another.

    Of several processes the beat goes on while the place of one is empty; a single one is let come back first.
    """

    def __init__(self, d: Director, every_seconds: float) -> None:
        self._d = d
        self._every_seconds = every_seconds
        self._under_way: set[asyncio.Task[Any]] = set()

    async def work(self, share_called: Callable[[], int]) -> None:
        """Kill until it is cancelled, or once; ``share_called`` is how many in a hundred have called.

        Raises what made one not come back.
        """
        if self._every_seconds:
            await self._keep_killing()
        while share_called() < KILL_WHEN_CALLED_PERCENT:  # noqa: ASYNC110 - another task counts
            await asyncio.sleep(POLL_SECONDS)
        await asyncio.shield(self._begin(self._kill()))

    async def end(self, killing: "asyncio.Task[None]") -> None:
        """No more kills; whoever was killed is waited for, so that the station is whole afterwards."""
        killing.cancel()
        await asyncio.wait({killing})
        while self._under_way:
            await asyncio.wait(self._under_way)
            self._raise_what_broke()
        if not killing.cancelled():
            killing.result()

    async def _keep_killing(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self._every_seconds, loop.time())
            await asyncio.sleep(due - loop.time())
            back = await asyncio.shield(self._begin(self._kill()))
            if self._d.host.processes == 1:
                await asyncio.wait({back})
            self._raise_what_broke()

    def _begin(self, work: "Coroutine[Any, Any, Result]") -> "asyncio.Task[Result]":
        """A kill or what follows it, which nobody breaks off: else the station would stay down."""
        task = asyncio.create_task(work, name="drill kill")
        self._under_way.add(task)
        return task

    def _raise_what_broke(self) -> None:
        for task in [task for task in self._under_way if task.done()]:
            self._under_way.discard(task)
            task.result()

    async def _kill(self) -> "asyncio.Task[None]":
        """Kill one; what sees to it that another takes its place."""
        d, before = self._d, len(self._d.stage.kept)
        pid, gone_ms = await d.host.kill(), _clock.now_ms()
        d.kills += 1
        d.killed, number = True, d.kills
        killed = f"SIGKILL to {pid}, after {before} statements."
        self._tell(number, BeatKind.KILLED, f"A station process is killed: {killed}", killed)
        return self._begin(self._replace(number, pid, gone_ms))

    async def _replace(self, number: int, pid: int, gone_ms: int) -> None:
        d = self._d
        await asyncio.sleep(DOWN_SECONDS)
        await d.host.replace(pid)
        down_ms = _clock.now_ms() - gone_ms
        d.down_ms = max(d.down_ms, down_ms)
        back = f"back after {down_ms / 1000:.1f} seconds."
        self._tell(number, BeatKind.BACK, f"It is {back} Callers have gone on calling.", f"process {pid} is {back}")

    def _tell(self, number: int, kind: BeatKind, first: str, again: str) -> None:
        """The first time it is news; after that it is progress."""
        if number == 1:
            self._d.beat(kind, first)
        else:
            self._d.tell_progress(f"{self._d.clock(self._d.minutes)}: kill {number}: {again}")
