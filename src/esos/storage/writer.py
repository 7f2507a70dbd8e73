"""A thread that writes: a group of jobs, one transaction, one forced write, then the answers.

A job that fails alone is undone alone, by savepoint; when the store itself fails the whole group is
undone and every job gets the same refusal, so that nothing is ever acknowledged and half kept (law 3).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from esos.station.records import Admitted, Kept
from esos.storage.append import append_entries
from esos.storage.driver import Driver, transaction
from esos.storage.drivers import driver_of
from esos.storage.recall import Keys
from esos.storage.trouble import is_out_of_reach, is_store_trouble, translate


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteScope:
    """What a writing job works with, inside a transaction that somebody else ends."""

    connection: Connection
    driver: Driver
    recall: Keys
    clock_ms: Callable[[], int]
    """The clock by which leases are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendJob:
    """A batch to append; neighbours in a group are merged."""

    batch: Sequence[Admitted]
    now_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteJob:
    """Any other write.

    One that is ``alone`` takes named locks: where others write beside this process it has its own transaction,
    so that no two processes wait for each other crosswise.
    """

    run: Callable[[WriteScope], Any]
    alone: bool = False
    is_news: bool = False
    """Whether other processes are waiting for such."""


Job = AppendJob | WriteJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A job's result, durable."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A job that changed nothing, and why."""

    error: Exception


Outcome = Done | Failed


class Writer:
    """Runs groups of jobs. All methods belong to one thread, except reading ``recall.peek``."""

    def __init__(self, engine: Engine, *, recall: Keys, clock_ms: Callable[[], int] | None) -> None:
        self._engine = engine
        self._clock_ms = clock_ms
        self._connection: Connection | None = None
        self.recall = recall

    def open(self) -> int:
        """Connect and learn the newest keys; the head of the journal."""
        driver = driver_of(self._sql())
        with transaction(driver, write=False):
            return self.recall.catch_up(driver)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            with suppress(Exception):  # it may be broken; a new one is made
                self._connection.close()
            self._connection = None

    def outside(self, run: Callable[[Driver], Any]) -> Any:
        """Run something that cannot stand in a transaction, such as a checkpoint."""
        return run(driver_of(self._sql()))

    def run_group(self, jobs: Sequence[Job]) -> tuple[list[Outcome], int]:
        """One outcome per job, in order, and the head after the commit."""
        outcomes: list[Outcome] = []
        for part in self._parts(jobs):
            outcomes += self._run_part(part)
        return outcomes, self.recall.head

    def _parts(self, jobs: Sequence[Job]) -> list[Sequence[Job]]:
        """What goes into one transaction: everything where this process is alone in writing."""
        parts: list[list[Job]] = [[]]
        for job in jobs:
            is_alone = isinstance(job, WriteJob) and job.alone and not self._is_alone_in_writing()
            if is_alone:
                parts += [[job], []]
            else:
                parts[-1].append(job)
        return [part for part in parts if part]

    def _is_alone_in_writing(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _run_part(self, jobs: Sequence[Job]) -> list[Outcome]:
        try:
            outcomes = self._commit(jobs)
        except Exception as error:  # noqa: BLE001 - handed, translated, to everybody who waits for this group
            self.recall.rolled_back()
            if is_out_of_reach(error):
                self.close()  # the next group connects anew
            return [Failed(error=_refusal(error)) for _ in jobs]
        self.recall.committed()
        return outcomes

    def _commit(self, jobs: Sequence[Job]) -> list[Outcome]:
        connection = self._sql()
        driver = driver_of(connection)
        is_intake = all(isinstance(job, AppendJob) for job in jobs)
        with driver.batched() if is_intake else nullcontext(), transaction(driver, write=True):
            self.recall.catch_up(driver)
            clock_ms = self._clock_ms or driver.clock_ms
            scope = WriteScope(connection=connection, driver=driver, recall=self.recall, clock_ms=clock_ms)
            appends = [(place, job) for place, job in enumerate(jobs) if isinstance(job, AppendJob)]
            outcomes = dict(_append_all(scope, appends))
            outcomes |= {place: _attempt(scope, job.run) for place, job in enumerate(jobs) if isinstance(job, WriteJob)}
            self.recall.merge_some(driver)
        return [outcomes[place] for place in range(len(jobs))]

    def _sql(self) -> Connection:
        if self._connection is not None and driver_of(self._connection).has_ended:
            self.close()  # while it was idle: nothing was in hand, and nobody needs to be told
        if self._connection is None:
            connection = self._engine.connect()
            try:
                driver_of(connection).force_found()
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection


def _refusal(error: Exception) -> Exception:
    return translate(error) if is_store_trouble(error) else error


def _append_all(scope: WriteScope, jobs: Sequence[tuple[int, AppendJob]]) -> Iterator[tuple[int, Outcome]]:
    """All appends at once; if that fails by one of them, each alone."""
    if not jobs:
        return
    merged = _attempt(scope, lambda inner: _append(inner, [job for _, job in jobs]))
    if isinstance(merged, Done):
        answers: list[Kept] = merged.value
        start = 0
        for place, job in jobs:
            yield place, Done(value=answers[start : start + len(job.batch)])
            start += len(job.batch)
        return
    for place, job in jobs:
        yield place, _attempt(scope, lambda inner, one=job: _append(inner, [one]))  # type: ignore[misc]


def _append(scope: WriteScope, jobs: Sequence[AppendJob]) -> list[Kept]:
    items = [(item, job.now_ms) for job in jobs for item in job.batch]
    return append_entries(scope.driver, scope.recall, items)


def _attempt(scope: WriteScope, run: Callable[[WriteScope], Any]) -> Outcome:
    """Run one job in a savepoint. A failure of the store itself goes on upwards."""
    mark = scope.recall.mark()
    scope.driver.execute("SAVEPOINT job")
    try:
        value = run(scope)
        scope.driver.settle()
    except Exception as error:  # handed to the one who waits for this job
        with suppress(Exception):  # the first failure is the one to tell
            scope.driver.settle()
        if is_store_trouble(error) or not scope.driver.in_transaction:
            raise
        scope.driver.execute("ROLLBACK TO job")
        scope.driver.execute("RELEASE job")
        scope.recall.return_to(mark)
        return Failed(error=error)
    scope.driver.execute("RELEASE job")
    return Done(value=value)
