"""How a process learns at once what another one wrote: LISTEN and NOTIFY, with the poll of ``news`` behind them.

Ringing is not part of any transaction and may fail: whoever waits looks for itself within a poll.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from esos.storage.stores import PostgresStore, Store

if TYPE_CHECKING:
    from psycopg import AsyncConnection

CHANNEL: Final = "esos"
AGAIN_SECONDS: Final = 1.0
"""How long a bell whose connection broke waits before it makes another."""
_log = structlog.get_logger("esos.storage")


class Bell(Protocol):
    """Tells other processes that something was written, and hears it of them."""

    def listen(self) -> None:
        """Begin, in the running event loop."""

    def ring(self, head: int) -> None:
        """Something was written; the journal goes to this number."""

    async def close(self) -> None:
        """End."""


class NoBell:
    """Where nobody else listens: a file's processes poll."""

    def listen(self) -> None:
        """Nothing to do."""

    def ring(self, head: int) -> None:
        """Nobody hears it."""

    async def close(self) -> None:
        """Nothing to end."""


class PostgresBell:
    """Two connections of its own: one that listens, one that rings. Rings that come together are one."""

    def __init__(self, store: PostgresStore, *, heard: Callable[[int], None]) -> None:
        self._store = store
        self._heard = heard
        self._name = secrets.token_hex(4)
        self._head = 0
        self._rung = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self) -> None:
        """Begin."""
        for work in (self._hear, self._send):
            self._tasks.append(asyncio.create_task(self._keep(work), name="esos-journal-bell"))

    def ring(self, head: int) -> None:
        """Others are told as soon as the connection is free."""
        self._head = max(self._head, head)
        self._rung.set()

    async def close(self) -> None:
        """End, without waiting for the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, work: Callable[["AsyncConnection[Any]"], Any]) -> None:
        from psycopg import Error  # noqa: PLC0415 - its driver is loaded only where it is used

        from esos.storage.postgres import connect_to_listen  # noqa: PLC0415 - as above

        while True:
            try:
                async with await connect_to_listen(self._store.url) as connection:
                    await work(connection)
            except (Error, OSError) as trouble:
                _log.warning("bell_broken", why=type(trouble).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self, connection: "AsyncConnection[Any]") -> None:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        async for note in connection.notifies():
            head, _, name = note.payload.partition(" ")
            if name != self._name:
                with suppress(ValueError):
                    self._heard(int(head))

    async def _send(self, connection: "AsyncConnection[Any]") -> None:
        await connection.execute(b"SET synchronous_commit TO off")  # nothing is kept by it
        while True:
            await self._rung.wait()
            self._rung.clear()
            await connection.execute(b"SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._head} {self._name}"))


def bell_of(store: Store, *, heard: Callable[[int], None]) -> Bell:
    """The bell of a store."""
    return PostgresBell(store, heard=heard) if isinstance(store, PostgresStore) else NoBell()
