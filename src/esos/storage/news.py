"""Who waits for the next entry: told at once when this process wrote it, within a poll when another did."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


class News:
    """Waiters on the head of the journal, and one poll for all of them while there are any."""

    def __init__(self, read_head: Callable[[], Awaitable[int]], *, poll_ms: int) -> None:
        self._read_head = read_head
        self._poll_seconds = poll_ms / 1000
        self._head = 0
        self._changed = asyncio.Event()
        self._checked_at = float("-inf")

    def tell(self, head: int) -> None:
        """Wake everybody who waits for less than this."""
        if head > self._head:
            self._head = head
            self._wake()

    def hear(self, head: int) -> None:
        """Another process wrote something; the journal goes to this number. Wakes everybody, also where it grew not."""
        self._head = max(self._head, head)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, *, after_seq: int, timeout_ms: int) -> int:
        """The head once it passes ``after_seq`` or another process wrote anything, or as it is after the timeout."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_ms / 1000
        await self._look()
        while self._head <= after_seq and (left := deadline - loop.time()) > 0:
            changed = self._changed
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), min(left, self._poll_seconds))
            if changed.is_set():
                break
            await self._look()
        return self._head

    async def _look(self) -> None:
        """Ask the store, at most once a poll for all who wait together."""
        now = asyncio.get_running_loop().time()
        if now - self._checked_at >= self._poll_seconds:
            self._checked_at = now
            self.tell(await self._read_head())
