"""The two kinds of database a journal can stand on, found by its address."""

import shutil
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Engine

from esos.errors import Unknown, Usage
from esos.storage import limits, sqlite
from esos.storage.key_table import KeyTable
from esos.storage.recall import Keys, Recall

HINT = "Give a path, or a URL such as sqlite:////var/lib/esos/journal.db or postgresql://esos@db.example/esos."

_POSTGRES: Final = frozenset({"postgresql", "postgres"})


class Store(Protocol):
    """A database that may hold a journal: how it is written to and read, and what differs between the kinds."""

    @property
    def has_intake_lane(self) -> bool:
        """Whether statements are written by a connection of their own, beside everything else."""

    @property
    def address(self) -> str:
        """Where it is, without a password: for people."""

    def engine(self, *, writes: bool, answer_max_ms: int | None = None) -> Engine:
        """Connections to it. With ``answer_max_ms`` a server that is silent for longer is given up."""

    def keys(self) -> Keys:
        """What recognises a statement that the journal has already."""

    def prepare(self, *, create: bool) -> None:
        """See that there is a place for tables; ``Unknown`` (``storage.journal_gone``) where none may be made."""


class SqliteStore:
    """One file, written by one connection at a time."""

    has_intake_lane = False

    def __init__(self, path: Path, *, busy_timeout_ms: int = limits.BUSY_TIMEOUT_MS) -> None:
        self.path = path
        self._busy_timeout_ms = busy_timeout_ms

    @property
    def address(self) -> str:
        """Its path."""
        return str(self.path)

    def engine(self, *, writes: bool, answer_max_ms: int | None = None) -> Engine:  # noqa: ARG002 - a disk has none
        """Connections to the file; those that read have a smaller cache."""
        cache_kib = limits.CACHE_KIB if writes else limits.CACHE_KIB // 8
        return sqlite.engine_of(self.path, busy_timeout_ms=self._busy_timeout_ms, cache_kib=cache_kib)

    def keys(self) -> Keys:
        """A memory that is written down in slices."""
        return Recall()

    def prepare(self, *, create: bool) -> None:
        """Make the file, where that is asked for."""
        if create:
            sqlite.create_file(self.path)
        elif not self.path.exists():
            raise Unknown(
                "storage.journal_gone",
                f"This station had a journal at {self.path}, and it is not there now; a new one would forget every "
                "case.",
                hint="Mount its disk, or put a copy in its place with: esos restore",
            )


class PostgresStore:
    """A database of a server, written by several connections and processes at once."""

    has_intake_lane = True

    def __init__(self, url: str, *, busy_timeout_ms: int = limits.BUSY_TIMEOUT_MS) -> None:
        from esos.storage.reach import Reach  # noqa: PLC0415 - its driver is loaded only where it is used

        self.url = url
        self._busy_timeout_ms = busy_timeout_ms
        self._reach = Reach()

    @property
    def address(self) -> str:
        """Its URL, the password hidden."""
        from esos.storage.postgres_url import shown_url  # noqa: PLC0415 - as above

        return shown_url(self.url)

    def engine(self, *, writes: bool, answer_max_ms: int | None = None) -> Engine:
        """Connections to the server. Bounded ones share what they know of a server that cannot be had."""
        from esos.storage import postgres  # noqa: PLC0415 - as above

        connect = partial(
            postgres.connect,
            self.url,
            busy_timeout_ms=self._busy_timeout_ms,
            writes=writes,
            answer_max_ms=answer_max_ms,
        )
        return postgres.engine_of(partial(self._reach, connect) if answer_max_ms else connect)

    def keys(self) -> Keys:
        """The table itself."""
        return KeyTable()

    def prepare(self, *, create: bool) -> None:
        """The database must be there; whether its tables may be made is seen when they are looked at."""


def store_of(url_or_path: str | Path, *, busy_timeout_ms: int = limits.BUSY_TIMEOUT_MS) -> SqliteStore | PostgresStore:
    """The store at a path or URL; ``Usage`` (``storage.url``, ``storage.engine``, ``storage.memory``) for others."""
    text = str(url_or_path)
    scheme, mark, _ = text.partition("://")
    engine = scheme.partition("+")[0] if mark else "sqlite"
    if engine in _POSTGRES:
        from esos.storage.postgres_url import read_url  # noqa: PLC0415 - as above

        return PostgresStore(read_url(text, hint=HINT), busy_timeout_ms=busy_timeout_ms)
    if not engine:
        raise Usage("storage.url", "This is no address of a journal.", hint=HINT)
    if engine != "sqlite":
        raise Usage("storage.engine", f"A journal on {engine} is not served here.", hint=HINT)
    return SqliteStore(sqlite.path_of(text), busy_timeout_ms=busy_timeout_ms)


def free_bytes_of(url_or_path: str | Path) -> int | None:
    """Free space on the disk of a journal's file; None where a server keeps it, and where the disk does not say."""
    store = store_of(url_or_path)
    if not isinstance(store, SqliteStore):
        return None
    try:
        return shutil.disk_usage(store.path.parent).free
    except OSError:
        return None
