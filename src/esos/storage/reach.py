"""How long a PostgreSQL server is waited for: a silent one is given up, and one that is gone is not asked by each.

A server that hangs closes nothing, and the kernel of its machine goes on acknowledging packets: no setting of
TCP notices that. So whoever waits for an answer waits a named time, closes the connection, and is told; what was
sent may have been done, and is never acknowledged (law 3).
"""

import select
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen

from esos.storage.limits import REACH_AGAIN_MS

T = TypeVar("T")
_INTERVAL_SECONDS: Final = 0.1
_LOOKS: Final = 3


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when its server leaves it without an answer for ``answer_max_ms``; None waits on."""

    answer_max_ms: int | None = None

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL_SECONDS, timeout: float | None = None) -> T:
        """Wait for one answer; ``OperationalError`` without an SQLSTATE when it did not come, or never will."""
        if timeout is None and self.answer_max_ms is not None:
            timeout = self.answer_max_ms / 1000
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError as trouble:
            if trouble.sqlstate is None:
                self.close()  # else undoing the transaction would wait as long again
            raise

    @property
    def has_ended(self) -> bool:
        """Whether the server ended it while nothing was asked: a look at what has come, without waiting."""
        for _ in range(_LOOKS):
            if self.closed:
                return True
            poll = select.poll()
            poll.register(self.fileno(), select.POLLIN)
            if not poll.poll(0):
                return False
            try:
                self.pgconn.consume_input()
            except psycopg.OperationalError:
                return True
        return True


class Reach:
    """Remembers for a moment that no connection could be had, so that a whole queue is told so at once.

    Else each that waits would wait for a time-out of its own, one after another.
    """

    def __init__(self) -> None:
        self._closed_until = 0.0
        self._why = ""

    def __call__(self, connect: Callable[[], T]) -> T:
        """What ``connect`` gives; its ``OperationalError``, also that of a moment ago."""
        if time.monotonic() < self._closed_until:
            raise psycopg.OperationalError(self._why)
        try:
            return connect()
        except psycopg.OperationalError as trouble:
            self._why = str(trouble)
            self._closed_until = time.monotonic() + REACH_AGAIN_MS / 1000
            raise
