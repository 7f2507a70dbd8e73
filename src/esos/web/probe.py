"""Whether the store takes a write: asked once for all who want to know, and never waited for long.

A store that stands still is said to do so before a balancer, Prometheus or the container's own check gives up.
"""

import asyncio
from collections.abc import Awaitable, Callable

PROBE_SECONDS = 7.0
"""How long a store is waited for by those who look after the station; then it is said not to answer.

Longer than a few writes wait for another's lock one after the other, so that a locked store is told as what it is;
shorter than the ten seconds of Prometheus. Only the first who asks waits so long.
"""
SILENT = "The journal does not answer: its disk or its database stands still."


class Probe:
    """``trouble`` for everybody who asks while one question is on its way. A silent store gets no second one."""

    def __init__(self, ask: Callable[[], Awaitable[str]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[str] | None = None
        self._until = 0.0

    async def trouble(self) -> str:
        """Why nothing could be kept just now, as a sentence; empty when it could."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._said(), name="probe")
            self._until = asyncio.get_running_loop().time() + PROBE_SECONDS
        try:
            async with asyncio.timeout_at(self._until):
                return await asyncio.shield(self._asking)
        except TimeoutError:
            return SILENT

    async def _said(self) -> str:
        return await self._ask()
