"""Work that people give a station beside its pages: how long each takes, and for how long nothing else had its turn."""

import asyncio
import time
from typing import Any, Self

import httpx

from esos.keys.speaker import Speaker
from esos.station.station import Station


class Lateness:
    """How late the loop was at most while something went on: what a caller's datagram would have waited."""

    def __init__(self) -> None:
        self.most_ms = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0.01)
        self.most_ms = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.01)
        if self._task:
            self._task.cancel()

    async def _tick(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self.most_ms = max(self.most_ms, (time.perf_counter() - began) * 1000 - 5)


async def works_of(
    station: Station, browser: httpx.AsyncClient, speaker: Speaker, case: bytes, only: str
) -> list[dict[str, Any]]:
    """The rows."""
    return []
