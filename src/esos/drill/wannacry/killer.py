"""A station process killed in the middle of the mass, once or again and again: law 3 where it hurts most."""

import asyncio
from collections.abc import Callable

from esos.drill.director import Director
from esos.station.drills import BeatKind
from esos.vault.chance import SystemClock

KILL_WHEN_CALLED_PERCENT = 50
DOWN_SECONDS = 1.0
POLL_SECONDS = 0.2
_clock = SystemClock()


class Killer:
    """Kills one process at half of the calls, or every so many seconds, and starts it again each time."""

    def __init__(self, d: Director, every_seconds: float) -> None:
        self._d = d
        self._every_seconds = every_seconds
        self._is_down = False

    async def work(self, share_called: Callable[[], int]) -> None:
        """Kill while calls come in; ``share_called`` is how many in a hundred have called."""
        if self._every_seconds:
            while True:
                await asyncio.sleep(self._every_seconds)
                await self._kill()
        while share_called() < KILL_WHEN_CALLED_PERCENT:  # noqa: ASYNC110 - another task counts
            await asyncio.sleep(POLL_SECONDS)
        await self._kill()

    async def end(self, killing: "asyncio.Task[None]") -> None:
        """No more kills; one that has begun is brought to its end, so that the station runs afterwards."""
        while self._is_down:  # noqa: ASYNC110 - another task kills
            await asyncio.sleep(POLL_SECONDS)
        killing.cancel()
        results = await asyncio.gather(killing, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]

    async def _kill(self) -> None:
        self._is_down = True
        try:
            await self._kill_and_restart()
        finally:
            self._is_down = False

    async def _kill_and_restart(self) -> None:
        d, before = self._d, len(self._d.stage.kept)
        pid, gone_ms = await d.host.kill(), _clock.now_ms()
        if not d.kills:
            d.beat(BeatKind.KILLED, f"A station process is killed: SIGKILL to {pid}, after {before} statements.")
        await asyncio.sleep(DOWN_SECONDS)
        await d.host.restart()
        d.down_ms = max(d.down_ms, _clock.now_ms() - gone_ms)
        if not d.kills:
            d.beat(BeatKind.BACK, f"It is back after {d.down_ms / 1000:.1f} seconds. Callers have gone on calling.")
        d.kills += 1
        d.killed = True
