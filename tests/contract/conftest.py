"""The journals that the contract is tried on. A new implementation is one more home in ``HOMES``."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.errors import Busy
from esos.station.ports import Journal
from esos.storage import SqlJournal


class StoreClock:
    """The clock by which a store counts leases, set by hand."""

    now_ms = 10

    def __call__(self) -> int:
        return self.now_ms


class SqliteHome:
    """A journal in a file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.db"
        self.clock = StoreClock()

    async def open(self) -> Journal:
        return await SqlJournal.open(self.path, busy_timeout_ms=50, poll_ms=20, clock_ms=self.clock)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another process holds the write lock."""
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()

    async def set_full(self, journal: SqlJournal, *, is_full: bool) -> None:
        """No page can be added: what a full disk says, said by the database itself."""

        def limit(driver: sqlite3.Connection) -> None:
            pages = driver.execute("PRAGMA page_count").fetchone()[0] if is_full else 2**30
            driver.execute(f"PRAGMA max_page_count={pages}").fetchone()

        await journal._lanes.outside(limit)


class MemoryHome:
    """A journal in memory, on a store that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.clock = StoreClock()
        self.store = MemoryStore(clock_ms=self.clock)

    async def open(self) -> Journal:
        return await MemoryJournal.open(self.store)

    @contextmanager
    def locked(self) -> Iterator[None]:
        self.store.before = refuse("storage.locked")
        yield
        self.store.before = refuse("")

    async def set_full(self, journal: MemoryJournal, *, is_full: bool) -> None:
        self.store.before = refuse("storage.full" if is_full else "")


def refuse(code: str) -> Callable[[str], None]:
    def before(_: str) -> None:
        if code:
            raise Busy(code, "The store was told to refuse.")

    return before


HOMES = {"sqlite": SqliteHome, "memory": MemoryHome}


@pytest.fixture(params=sorted(HOMES))
def home(request, tmp_path):
    """A place where a journal can be opened, and opened again."""
    return HOMES[request.param](tmp_path)


@pytest.fixture
async def journal(home):
    """An open journal, empty."""
    opened = await home.open()
    yield opened
    await opened.close()


@pytest.fixture
def clock(home):
    """The store's clock, which stands still until it is set."""
    return home.clock
