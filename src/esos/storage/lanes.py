"""Two ways to the database that never stop the event loop: one writer that groups, a few readers.

Everything that waits for the writer goes into one transaction, each job in a savepoint of its own, so
that one odd job cannot fail a group of calls; answers are given after the commit (law 3). Queues are
bounded and refuse loudly. PostgreSQL will bring lanes of its own with the same three methods.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from esos.errors import Busy, TooLarge
from esos.station.ports import Kept
from esos.storage.append import Timed
from esos.storage.engine import driver_of, engine_of, transaction
from esos.storage.limits import (
    APPEND_QUEUE_MAX_BYTES,
    APPEND_QUEUE_MAX_ITEMS,
    CACHE_KIB,
    GROUP_MAX_ITEMS,
    GROUP_MAX_WAIT_MS,
    READ_QUEUE_MAX_JOBS,
    READERS,
    WRITE_QUEUE_MAX_JOBS,
)
from esos.storage.trouble import closed, is_store_trouble, translate
from esos.storage.writer import AppendJob, Failed, Outcome, Writer, WriteJob, WriteScope

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Waiting:
    job: AppendJob | WriteJob
    future: asyncio.Future[Any]
    weight: int
    size: int


class Lanes:
    """The writer's queue and the readers. Made inside a running event loop; ``close`` when done."""

    def __init__(self, path: Path, *, busy_timeout_ms: int, told: Callable[[int], None]) -> None:
        self._told = told
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="esos-journal-writer")
        self._reader_threads = ThreadPoolExecutor(READERS, thread_name_prefix="esos-journal-reader")
        self._writer = Writer(path, busy_timeout_ms=busy_timeout_ms)
        self._readers: SimpleQueue[Connection] = SimpleQueue()
        self._read_engine = engine_of(path, busy_timeout_ms=busy_timeout_ms, cache_kib=CACHE_KIB // 8)
        self._queue: deque[_Waiting] = deque()
        self._items = self._bytes = self._reads = 0
        self._wake = asyncio.Event()
        self._closing = False
        self._pump = asyncio.create_task(self._serve(), name="esos-journal-writer")

    @property
    def recall(self) -> Any:
        """Placeholder."""
        return self._writer.recall
