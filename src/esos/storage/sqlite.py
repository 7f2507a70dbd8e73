"""SQLite, one file: every pragma that a promise rests on stands here, and how it spells what engines spell apart.

WAL lets readers go on beside the writer; ``synchronous=FULL`` makes a commit an fsync (law 3);
``secure_delete`` overwrites what is erased. The file is the owner's alone.
"""

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Engine, Table, create_engine
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from esos.errors import Usage
from esos.storage.chunks import chunks
from esos.storage.driver import Driver, Row, Rows
from esos.storage.limits import BUSY_TIMEOUT_MS, CACHE_KIB, CHECKPOINT_PAGES

_STATEMENTS: Final = 512
_OWNER_ONLY: Final = 0o600
_HINT: Final = "Give a path, or a URL such as sqlite:////var/lib/esos/journal.db."


def path_of(url_or_path: str | Path) -> Path:
    """The file behind a path or an ``sqlite:///`` URL; ``Usage`` for what this store does not serve."""
    text = str(url_or_path)
    database = _database_of(text) if "://" in text else text
    if database in {None, "", ":memory:"}:
        raise Usage("storage.memory", "A journal in memory would acknowledge what it cannot keep.", hint=_HINT)
    return Path(str(database))


def _database_of(text: str) -> str | None:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Usage("storage.url", "This is no address of a journal.", hint=_HINT) from error
    if url.get_backend_name() != "sqlite":
        raise Usage("storage.engine", f"A journal on {url.get_backend_name()} is no file.", hint=_HINT)
    return url.database


def create_file(path: Path) -> None:
    """Make the file, readable by its owner only, and its directory entry durable."""
    if path.exists():
        return
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, _OWNER_ONLY))
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def connect(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, cache_kib: int = CACHE_KIB) -> sqlite3.Connection:
    """One driver connection with every pragma set; transactions are begun by hand."""
    driver = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS)
    try:
        for pragma in (
            f"busy_timeout={busy_timeout_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "trusted_schema=OFF",
            f"cache_size=-{cache_kib}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            "journal_size_limit=67108864",
        ):
            _set(driver, pragma, busy_timeout_ms)
    except sqlite3.Error:
        driver.close()
        raise
    return driver


SWITCH_PAUSE_SECONDS = 0.02
"""How long one who waits for another to create the journal waits before it looks again."""


def _set(driver: sqlite3.Connection, pragma: str, busy_timeout_ms: int) -> None:
    """Set one pragma, waiting for others who create the same file: SQLite itself does not wait in its switch to WAL."""
    deadline = time.monotonic() + busy_timeout_ms / 1000
    while True:
        try:
            driver.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as cause:
            if cause.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(SWITCH_PAUSE_SECONDS)
        else:
            return


def engine_of(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, cache_kib: int = CACHE_KIB) -> Engine:
    """An engine whose connections are opened by ``connect`` and never pooled: each lives in one thread.

    The driver begins nothing by itself, so that ``transaction`` alone begins and ends.
    """
    return create_engine(
        "sqlite+pysqlite://",
        creator=lambda: connect(path, busy_timeout_ms=busy_timeout_ms, cache_kib=cache_kib),
        poolclass=NullPool,
    )


class SqliteDriver(Driver):
    """The connection of Python's own SQLite module.

    Every step of it lets go of the interpreter and must win it back; beside a busy event loop that costs
    up to a switch interval a row. One statement of 64 rows costs it once. Lengths are powers of two, so
    that the driver's statement cache knows every text after the first minute.
    """

    is_alone_in_writing = True

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    def execute(self, text: str, values: Sequence[Any] = ()) -> Rows:
        """Run one statement."""
        return self.raw.execute(text, values)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.raw.in_transaction

    def begin(self, *, write: bool) -> None:
        """Begin a transaction. A writing one takes its lock at once."""
        self.raw.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    def undo(self) -> None:
        """Undo the open transaction."""
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")

    def batched(self) -> AbstractContextManager[Any]:
        """Every statement is answered at once."""
        return nullcontext()

    def settle(self) -> None:
        """Nothing is on its way."""

    def lock(self, name: str) -> None:
        """The transaction holds the one write lock already."""

    def insert(self, table: Table) -> Any:
        """SQLite's insert."""
        return insert(table)

    def insert_rows(self, table: Table, rows: Sequence[Row], tail: str = "") -> list[Row]:
        """Insert rows, many in one statement."""
        returned: list[Row] = []
        for piece in chunks(rows):
            found = self.raw.execute(_insert_text(table, len(piece), tail), list(chain.from_iterable(piece)))
            returned += found.fetchall() if "RETURNING" in tail else []
        return returned

    def run_rows(self, head: str, tail: str, columns: Sequence[Column[Any]], rows: Sequence[Row]) -> None:
        """Run ``head (VALUES …) tail``, in as few statements as the limit allows."""
        for piece in chunks(rows):
            values = _value_rows(len(piece), len(columns))
            self.raw.execute(f"{head}(VALUES {values}){tail}", list(chain.from_iterable(piece)))

    def select_in(self, head: str, values: Sequence[Any]) -> list[Row]:
        """All rows of ``head IN (values)``."""
        found: list[Row] = []
        for piece in chunks(values):
            found += self.raw.execute(f"{head} IN ({','.join('?' * len(piece))})", piece).fetchall()
        return found

    def run_in(self, head: str, values: Sequence[Any]) -> None:
        """Run ``head IN (values)``."""
        for piece in chunks(values):
            self.raw.execute(f"{head} IN ({','.join('?' * len(piece))})", piece)

    def force_found(self) -> None:
        """Force the write-ahead log.

        A process may have been killed after it wrote a transaction and before it forced it. Whoever opens the
        journal next finds that transaction, and answers by it: so it is forced first (law 3, decision 0049).
        """
        database = Path(self.raw.execute("PRAGMA database_list").fetchone()[2])
        log = database.with_name(f"{database.name}-wal")
        if log.exists():
            with log.open("rb") as handle:
                os.fsync(handle.fileno())
            sync_directory(log.parent)

    def clock_ms(self) -> int:
        """The machine's: a file has no other, and all its processes are on that machine."""
        return time.time_ns() // 1_000_000

    def forget_erased(self, *, erased_ms: int) -> bool:
        """Empty the write-ahead log, where old pages with the erased words still stand.

        A reader delays it and is not waited for, since calls would wait as well.
        """
        del erased_ms
        (usual_ms,) = self.raw.execute("PRAGMA busy_timeout").fetchone()
        self.raw.execute("PRAGMA busy_timeout=0")
        try:
            is_busy, *_ = self.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self.raw.execute(f"PRAGMA busy_timeout={int(usual_ms)}")
        return not is_busy


@cache
def _value_rows(rows: int, width: int) -> str:
    """As many groups of question marks as there are rows: ``(?,?),(?,?)``."""
    return ",".join(["(" + ",".join("?" * width) + ")"] * rows)


@cache
def _insert_text(table: Table, rows: int, tail: str) -> str:
    names = [column.name for column in table.columns if column.name != "num"]
    listed = ",".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table.name}"({listed}) VALUES {_value_rows(rows, len(names))}{tail}'  # noqa: S608 - names from the schema
