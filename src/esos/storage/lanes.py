"""Ways to the database that never stop the event loop: a writer or two that group, a few readers.

Everything that waits for a writer goes into one transaction and is answered after the commit (law 3).
Queues are bounded and refuse loudly.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from esos.errors import Busy, TooLarge
from esos.station.records import Admitted, Kept, StoreLoad
from esos.storage import limits
from esos.storage.driver import Driver, transaction
from esos.storage.drivers import driver_of
from esos.storage.recall import Keys
from esos.storage.stores import Store
from esos.storage.trouble import closed, is_out_of_reach, is_store_trouble, translate, unopened
from esos.storage.writer import AppendJob, Failed, Job, Outcome, WriteJob, Writer, WriteScope

T = TypeVar("T")


class _Waiting(NamedTuple):
    """A job in a writer's queue: what it counts for, and who waits for it."""

    job: Job
    answer: asyncio.Future[Any]
    items: int
    size: int


class _Lane:
    """One writer with its queue, in a thread of its own."""

    def __init__(self, writer: Writer, told: Callable[[int, bool], None]) -> None:
        self.writer = writer
        self._told = told
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="esos-journal-writer")
        self._queue: deque[_Waiting] = deque()
        self.items = self.size = self.jobs = 0
        self._wake = asyncio.Event()
        self._is_closing = False
        self._pump: asyncio.Task[None] | None = None

    async def open(self) -> int:
        """Connect and start serving; the head of the journal."""
        head = await self.in_thread(self.writer.open)
        self._pump = asyncio.create_task(self._serve(), name="esos-journal-writer")
        return head

    async def close(self) -> None:
        """Write what is queued, then let go."""
        self._is_closing = True
        self._wake.set()
        if self._pump is not None:
            await self._pump
        await self.in_thread(self.writer.close)
        self._thread.shutdown(wait=False)

    def enqueue(self, job: Job, *, items: int = 0, size: int = 0) -> asyncio.Future[Any]:
        """Its answer, after the commit."""
        if self._is_closing or self._pump is None:
            raise closed()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(job=job, answer=answer, items=items, size=size))
        self._count(self._queue[-1], 1)
        self._wake.set()
        return answer

    def in_thread(self, run: Callable[[], T]) -> asyncio.Future[T]:
        """Run something in the writer's thread."""
        return asyncio.get_running_loop().run_in_executor(self._thread, translated, run)

    async def _serve(self) -> None:
        while not (self._is_closing and not self._queue):
            await self._wake.wait()
            await self._gather()
            group = self._take()
            if group:
                jobs = [one.job for one in group]
                outcomes, head = await self.in_thread(partial(self.writer.run_group, jobs))
                _answer(group, outcomes)
                is_news = any(isinstance(job, AppendJob) or job.is_news for job in jobs)
                self._told(head, is_news)
            if not self._queue and not self._is_closing:
                self._wake.clear()

    async def _gather(self) -> None:
        """Let company arrive: as long as each turn of the loop brings some, within the named limits."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limits.GROUP_MAX_WAIT_MS / 1000
        before = -1
        while before != len(self._queue) and self.items < limits.GROUP_MAX_ITEMS and loop.time() < deadline:
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
        self.items += sign * one.items
        self.size += sign * one.size
        self.jobs += sign * isinstance(one.job, WriteJob)


class Lanes:
    """The writers' queues and the readers of one store. Opened inside a running event loop.

    Where several connections can write at once, statements have a writer of their own: no fold stands in the
    way of a call. ``told`` is called in the loop after each group that went through, with the head and whether
    others wait for such.
    """

    def __init__(self, store: Store, *, told: Callable[[int, bool], None], clock_ms: Callable[[], int] | None) -> None:
        self._reader_threads = ThreadPoolExecutor(limits.READERS, thread_name_prefix="esos-journal-reader")
        engine = partial(store.engine, answer_max_ms=limits.ANSWER_MAX_MS)
        self._intake = _Lane(Writer(engine(writes=True), recall=store.keys(), clock_ms=clock_ms), told)
        self._work = self._intake
        if store.has_intake_lane:
            self._work = _Lane(Writer(engine(writes=True), recall=store.keys(), clock_ms=clock_ms), told)
        self._connect_reader = engine(writes=False).connect
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._reads = self._refused = 0
        self._is_closing = False

    @property
    def recall(self) -> Keys:
        """The memory of keys, for readers to ``peek`` into."""
        return self._intake.writer.recall

    def load(self) -> StoreLoad:
        """How full the queues are now: of several writers the fullest."""
        lanes = self._writers()
        items, size, jobs = (max(getattr(lane, name) for lane in lanes) for name in ("items", "size", "jobs"))
        shares = (
            items / limits.APPEND_QUEUE_MAX_ITEMS,
            size / limits.APPEND_QUEUE_MAX_BYTES,
            jobs / limits.WRITE_QUEUE_MAX_JOBS,
        )
        return StoreLoad(
            writer_waiting=sum(lane.items + lane.jobs for lane in lanes),
            writer_percent=int(100 * max(shares)),
            reader_waiting=self._reads,
            reader_percent=100 * self._reads // limits.READ_QUEUE_MAX_JOBS,
            refused=self._refused,
        )

    def _full(self) -> Busy:
        self._refused += 1
        return _queue_full()

    async def open(self) -> int:
        """Connect the writers and start serving; the head of the journal."""
        try:
            return max([await lane.open() for lane in self._writers()])
        except BaseException:
            await self.close()
            raise

    def _writers(self) -> list[_Lane]:
        return list(dict.fromkeys((self._intake, self._work)))

    async def append(self, batch: Sequence[Admitted], *, now_ms: int) -> list[Kept]:
        """Append a batch together with whatever else is waiting; answered when it is durable."""
        size = 0
        for item in batch:
            size += len(item.cose) + len(item.admission)
        if _is_over(len(batch), size):
            raise TooLarge(
                "storage.batch",
                "This batch is larger than the journal takes at once.",
                hint="Send it in parts.",
            )
        if _is_over(self._intake.items + len(batch), self._intake.size + size):
            raise self._full()
        job = AppendJob(batch=tuple(batch), now_ms=now_ms)
        kept: list[Kept] = await self._intake.enqueue(job, items=len(batch), size=size)
        return kept

    async def write(self, run: Callable[[WriteScope], T], *, alone: bool = False, is_news: bool = False) -> T:
        """Run a job in the next transaction; one that takes named locks ``alone``."""
        if self._work.jobs >= limits.WRITE_QUEUE_MAX_JOBS:
            raise self._full()
        result: T = await self._work.enqueue(WriteJob(run=run, alone=alone, is_news=is_news))
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

    async def outside(self, run: Callable[[Driver], T]) -> T:
        """Run something in the writer's thread that cannot stand in a transaction."""
        if self._is_closing:
            raise closed()
        return await self._work.in_thread(lambda: self._work.writer.outside(run))

    async def close(self) -> None:
        """Write what is queued, then let go. Safe to call twice."""
        if self._is_closing:
            return
        self._is_closing = True
        for lane in self._writers():
            await lane.close()
        await asyncio.get_running_loop().run_in_executor(None, self._close_readers)

    def _read(self, run: Callable[[Connection], T]) -> T:
        return translated(lambda: self._read_once(run))

    def _read_once(self, run: Callable[[Connection], T]) -> T:
        connection = self._take_reader()
        try:
            with transaction(driver_of(connection), write=False):
                result = run(connection)
        except Exception as error:
            if is_out_of_reach(error):
                with suppress(Exception):  # it may be broken; a new one is made
                    connection.close()
            else:
                self._idle.put(connection)
            raise
        self._idle.put(connection)
        return result

    def _take_reader(self) -> Connection:
        with suppress(Empty):
            while driver_of(reader := self._idle.get_nowait()).has_ended:
                with suppress(Exception):  # it is broken; the next, or a new one, is not
                    reader.close()
            return reader
        return self._connect_reader()

    def _close_readers(self) -> None:
        self._reader_threads.shutdown(wait=True)
        while not self._idle.empty():
            self._idle.get().close()


def translated(run: Callable[[], T], *, is_opening: bool = False) -> T:
    """Run it; a failure of the store comes out as the refusal it stands for, in other words where nothing is kept."""
    try:
        return run()
    except Exception as error:
        if is_store_trouble(error):
            raise (unopened() if is_opening and is_out_of_reach(error) else translate(error)) from error
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
