"""How a journal's SQLite file is opened: every pragma that a promise rests on stands here.

WAL lets readers go on beside the writer; ``synchronous=FULL`` makes a commit an fsync (law 3);
``secure_delete`` overwrites what is erased. The file is the owner's alone.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, cast

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from esos.errors import Usage
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
        raise Usage("storage.engine", f"A journal on {url.get_backend_name()} is not served here.", hint=_HINT)
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


def force_log(driver: sqlite3.Connection) -> None:
    """Make durable what this connection found in the write-ahead log.

    A process may have been killed after it wrote a transaction and before it forced it. Whoever opens the
    journal next finds that transaction, and answers by it: so it is forced first (law 3, decision 0049).
    """
    database = Path(driver.execute("PRAGMA database_list").fetchone()[2])
    log = database.with_name(f"{database.name}-wal")
    if log.exists():
        with log.open("rb") as handle:
            os.fsync(handle.fileno())
        sync_directory(log.parent)


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
            driver.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        driver.close()
        raise
    return driver


def engine_of(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, cache_kib: int = CACHE_KIB) -> Engine:
    """An engine whose connections are opened by ``connect`` and never pooled: each lives in one thread.

    The driver begins nothing by itself, so that ``transaction`` alone begins and ends.
    """
    return create_engine(
        "sqlite+pysqlite://",
        creator=lambda: connect(path, busy_timeout_ms=busy_timeout_ms, cache_kib=cache_kib),
        poolclass=NullPool,
    )


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection beneath."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


@contextmanager
def transaction(driver: sqlite3.Connection, *, write: bool) -> Iterator[None]:
    """A transaction, kept on leaving and undone by any exception. A writing one takes its lock at once."""
    driver.execute("BEGIN IMMEDIATE" if write else "BEGIN")
    try:
        yield
        driver.execute("COMMIT")
    except BaseException:
        if driver.in_transaction:
            with suppress(sqlite3.Error):  # the first failure is the one to tell
                driver.execute("ROLLBACK")
        raise
