"""Two ways to the database that never stop the event loop: one writer that groups, a few readers.

Everything that waits for the writer goes into one transaction and is answered after the commit (law 3).
Queues are bounded and refuse loudly. PostgreSQL will bring lanes of its own with the same methods.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection

from esos.errors import Busy, TooLarge
from esos.station.records import Admitted, Kept, StoreLoad
from esos.storage import limits
from esos.storage.engine import driver_of, engine_of, transaction
from esos.storage.recall import Recall
from esos.storage.trouble import closed, is_out_of_reach, is_store_trouble, translate
from esos.storage.writer import AppendJob, Failed, Job, Outcome, WriteJob, Writer, WriteScope

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A job in the writer's queue: what it counts for, and who waits for it."""

    job: Job
    answer: asyncio.Future[Any]
    items: int
    size: int


class Lanes:
    """The writer's queue and the readers of one file. Opened inside a running event loop.

    ``told`` is called in the loop with the head after each group that went through.
    """

    def __init__(self, path: Path, *, busy_timeout_ms: int, told: Callable[[int], None]) -> None:
        self._told = told
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="esos-journal-writer")
        self._reader_threads = ThreadPoolExecutor(limits.READERS, thread_name_prefix="esos-journal-reader")
        self._writer = Writer(engine_of(path, busy_timeout_ms=busy_timeout_ms))
        reading = engine_of(path, busy_timeout_ms=busy_timeout_ms, cache_kib=limits.CACHE_KIB // 8)
        self._connect_reader = reading.connect
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._queue: deque[_Waiting] = deque()
        self._items = self._bytes = self._jobs = self._reads = self._refused = 0
        self._wake = asyncio.Event()
        self._is_closing = False
        self._pump: asyncio.Task[None] | None = None

    @property
    def recall(self) -> Recall:
        """The writer's memory of keys, for readers to ``peek`` into."""
        return self._writer.recall

    def load(self) -> StoreLoad:
        """How full the queues are now."""
        shares = (
            self._items / limits.APPEND_QUEUE_MAX_ITEMS,
            self._bytes / limits.APPEND_QUEUE_MAX_BYTES,
            self._jobs / limits.WRITE_QUEUE_MAX_JOBS,
        )
        return StoreLoad(
            writer_waiting=self._items + self._jobs,
            writer_percent=int(100 * max(shares)),
            reader_waiting=self._reads,
            reader_percent=100 * self._reads // limits.READ_QUEUE_MAX_JOBS,
            refused=self._refused,
        )

    def _full(self) -> Busy:
        self._refused += 1
        return _queue_full()

    async def open(self) -> int:
        """Connect the writer and start serving; the head of the journal."""
        try:
            head = await self._in_writer(self._writer.open)
        except BaseException:
            await self.close()
            raise
        self._pump = asyncio.create_task(self._serve(), name="esos-journal-writer")
        return head

    async def append(self, batch: Sequence[Admitted], *, now_ms: int) -> list[Kept]:
        """Append a batch together with whatever else is waiting; answered when it is durable."""
        size = sum(len(item.cose) + len(item.admission) for item in batch)
        if _is_over(len(batch), size):
            raise TooLarge(
                "storage.batch",
                "This batch is larger than the journal takes at once.",
                hint="Send it in parts.",
            )
        if _is_over(self._items + len(batch), self._bytes + size):
            raise self._full()
        job = AppendJob(batch=tuple(batch), now_ms=now_ms)
        kept: list[Kept] = await self._enqueue(job, items=len(batch), size=size)
        return kept

    async def write(self, run: Callable[[WriteScope], T]) -> T:
        """Run a job in the next transaction."""
        if self._jobs >= limits.WRITE_QUEUE_MAX_JOBS:
            raise self._full()
        result: T = await self._enqueue(WriteJob(run=run))
        return result

    async def read(self, run: Callable[[Connection], T]) -> T:
        """Run a job on one snapshot of what is committed."""
        if self._is_closing:
            raise closed()
        if self._reads >= limits.READ_QUEUE_MAX_JOBS:
            self._refused += 1
            raise Busy(
                "storage.readers_busy",
                "Too many readers are waiting for the journal.",
                hint="Ask again shortly.",
            )
        self._reads += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader_threads, self._read, run)
        finally:
            self._reads -= 1

    async def outside(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run something in the writer's thread that cannot stand in a transaction."""
        if self._is_closing:
            raise closed()
        return await self._in_writer(lambda: self._writer.outside(run))

    async def close(self) -> None:
        """Write what is queued, then let go. Safe to call twice."""
        if self._is_closing:
            return
        self._is_closing = True
        self._wake.set()
        if self._pump is not None:
            await self._pump
        await self._in_writer(self._writer.close)
        self._writer_thread.shutdown(wait=False)
        await asyncio.get_running_loop().run_in_executor(None, self._close_readers)

    def _enqueue(self, job: Job, *, items: int = 0, size: int = 0) -> asyncio.Future[Any]:
        if self._is_closing or self._pump is None:
            raise closed()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(job=job, answer=answer, items=items, size=size))
        self._count(self._queue[-1], 1)
        self._wake.set()
        return answer

    async def _serve(self) -> None:
        while not (self._is_closing and not self._queue):
            await self._wake.wait()
            await self._gather()
            group = self._take()
            if group:
                jobs = [one.job for one in group]
                outcomes, head = await self._in_writer(partial(self._writer.run_group, jobs))
                _answer(group, outcomes)
                self._told(head)
            if not self._queue and not self._is_closing:
                self._wake.clear()

    async def _gather(self) -> None:
        """Let company arrive: as long as each turn of the loop brings some, within the named limits."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limits.GROUP_MAX_WAIT_MS / 1000
        before = -1
        while before != len(self._queue) and self._items < limits.GROUP_MAX_ITEMS and loop.time() < deadline:
            before = len(self._queue)
            await asyncio.sleep(0)

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        items = 0
        while self._queue and (not group or items + self._queue[0].items <= limits.GROUP_MAX_ITEMS):
            one = self._queue.popleft()
            self._count(one, -1)
            if not one.answer.cancelled():
                group.append(one)
                items += one.items
        return group

    def _count(self, one: _Waiting, sign: int) -> None:
        self._items += sign * one.items
        self._bytes += sign * one.size
        self._jobs += sign * isinstance(one.job, WriteJob)

    def _in_writer(self, run: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._writer_thread, translated, run)

    def _read(self, run: Callable[[Connection], T]) -> T:
        return translated(lambda: self._read_once(run))

    def _read_once(self, run: Callable[[Connection], T]) -> T:
        connection = self._take_reader()
        try:
            with transaction(driver_of(connection), write=False):
                result = run(connection)
        except Exception as error:
            if is_out_of_reach(error):
                connection.close()
            else:
                self._idle.put(connection)
            raise
        self._idle.put(connection)
        return result

    def _take_reader(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._connect_reader()

    def _close_readers(self) -> None:
        self._reader_threads.shutdown(wait=True)
        while not self._idle.empty():
            self._idle.get().close()


def translated(run: Callable[[], T]) -> T:
    """Run it; a failure of the store comes out as the refusal it stands for."""
    try:
        return run()
    except Exception as error:
        if is_store_trouble(error):
            raise translate(error) from error
        raise


def _is_over(items: int, size: int) -> bool:
    return items > limits.APPEND_QUEUE_MAX_ITEMS or size > limits.APPEND_QUEUE_MAX_BYTES


def _queue_full() -> Busy:
    return Busy(
        "storage.queue_full",
        "Too much is waiting to be written; this was not kept.",
        hint="Send it again shortly.",
    )


def _answer(group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    for one, outcome in zip(group, outcomes, strict=True):
        if one.answer.done():
            continue
        if isinstance(outcome, Failed):
            one.answer.set_exception(outcome.error)
        else:
            one.answer.set_result(outcome.value)
