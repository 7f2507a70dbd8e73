"""The journals that the contract is tried on. A new implementation is one more home in ``HOMES``."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore
from doubles.postgres_server import PostgresServer
from simulated.chronicle import Chronicle
from simulated.storage import Disk, SimJournal

from esos.errors import Busy
from esos.station.ports import Journal
from esos.storage import SqlJournal
from esos.storage.driver import Driver
from esos.storage.postgres import LOCK_CLASS, LOCKS
from esos.storage.schema import metadata


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
        return await SqlJournal.open(self.path, busy_timeout_ms=500, poll_ms=20, clock_ms=self.clock)

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


class PostgresHome:
    """A journal in a database of its own, in a real server."""

    def __init__(self, server: PostgresServer) -> None:
        self.url = server.new_journal()
        self.clock = StoreClock()

    async def open(self) -> Journal:
        return await SqlJournal.open(self.url, busy_timeout_ms=500, poll_ms=20, clock_ms=self.clock)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Other processes are in the middle of every write that takes turns."""
        with psycopg.connect(self.url) as other:
            for name in sorted(LOCKS):
                other.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, LOCKS[name]))
            other.execute("LOCK TABLE facts, leases, tokens, parcels, due IN SHARE MODE")
            yield

    async def set_full(self, journal: SqlJournal, *, is_full: bool) -> None:
        """No row can be added: the server says of every new one what it says of a full disk."""
        await journal._lanes.outside(lambda driver: _say_full(driver, is_full=is_full))


def _say_full(driver: Driver, *, is_full: bool) -> None:
    for table in metadata.tables:
        driver.execute(f"DROP TRIGGER IF EXISTS full_disk ON {table}")
        if is_full:
            driver.execute(
                "CREATE OR REPLACE FUNCTION say_full() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
            )
            driver.execute(f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION say_full()")


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


class Steady:
    """A process that neither pauses nor dies."""

    name, is_dead = "the contract", False

    async def unpaused(self) -> None:
        pass

    def crash(self, why: str) -> None:
        raise AssertionError(why)


class SimulatedHome:
    """A journal on the simulated disk of the simulated world."""

    def __init__(self, folder: Path) -> None:
        self.clock = StoreClock()
        self.disk = Disk(random.Random(1), Chronicle(), self.clock)

    async def open(self) -> Journal:
        return SimJournal(self.disk, Steady())

    @contextmanager
    def locked(self) -> Iterator[None]:
        self.disk.refuses = "storage.locked"
        yield
        self.disk.refuses = ""

    async def set_full(self, journal: SimJournal, *, is_full: bool) -> None:
        self.disk.refuses = "storage.full" if is_full else ""


def refuse(code: str) -> Callable[[str], None]:
    def before(_: str) -> None:
        if code:
            raise Busy(code, "The store was told to refuse.")

    return before


HOMES = {"sqlite": SqliteHome, "memory": MemoryHome, "simulated": SimulatedHome}


@pytest.fixture(params=[*sorted(HOMES), "postgres"])
def home(request, tmp_path):
    """A place where a journal can be opened, and opened again."""
    if request.param == "postgres":
        return PostgresHome(request.getfixturevalue("postgres_server"))
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
