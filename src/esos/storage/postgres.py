"""PostgreSQL by URL: how a connection is made so that a commit is on disk, and how it spells what engines spell apart.

Several processes write at once here. What must not race takes a named lock until its transaction ends, so
that journal numbers have no gap and become visible in their order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Final

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.types.string import StrDumper
from sqlalchemy import Column, Engine, Table, create_engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.pool import NullPool

from esos.storage.driver import Driver, Row, Rows
from esos.storage.limits import BUSY_TIMEOUT_MS, CONNECT_TIMEOUT_SECONDS, DEAD_PEER_MS, READ_MAX_MS
from esos.storage.postgres_arrays import Packed, PackedDumper, packed_columns, packed_values, plain
from esos.storage.postgres_url import named_in
from esos.storage.reach import BoundedConnection

LOCKS: Final = {"schema": 1, "inbox": 2, "folds": 3, "entries": 4, "log": 5}
"""What processes take turns at; by number, beside ``LOCK_CLASS``."""
LOCK_CLASS: Final = 0x65534F53
_CLOCK: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_SEES_ERASED: Final = """SELECT 1 FROM pg_stat_activity
 WHERE datname = current_database() AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
 AND xact_start <= to_timestamp(%s / 1000.0)"""
"""Whether a transaction that began before an erasure still reads."""
_BEGIN: Final = {True: "BEGIN", False: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
_DURABLE: Final = """SELECT set_config('synchronous_commit', 'on', false)
 WHERE current_setting('synchronous_commit') IN ('off', 'local')"""


class _PlainText(StrDumper):
    """Text without the one character that PostgreSQL has no room for."""

    def dump(self, obj: str) -> Any:
        """The text, with a sign in its place."""
        return super().dump(plain(obj))


def connect(
    url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, writes: bool = True, answer_max_ms: int | None = None
) -> BoundedConnection:
    """One driver connection on which a commit is durable; transactions are begun by hand.

    A server told to answer commits before they are on disk is told otherwise for this connection; one that
    waits for a standby goes on doing so. Of several hosts in the URL the one that can be written to is taken.
    With ``answer_max_ms`` a server that is silent for longer is given up; else it is waited for.
    """
    driver = BoundedConnection.connect(url, autocommit=True, **_network(url))
    driver.answer_max_ms = answer_max_ms
    try:
        _prepare(driver.adapters)
        driver.execute("SELECT set_config('lock_timeout', %s, false)", (f"{busy_timeout_ms}ms",))
        if answer_max_ms is not None and not writes:
            driver.execute("SELECT set_config('statement_timeout', %s, false)", (f"{READ_MAX_MS}ms",))
        driver.execute(_DURABLE)
    except psycopg.Error:
        driver.close()
        raise
    return driver


async def connect_to_listen(url: str) -> psycopg.AsyncConnection:
    """A connection for the event loop, outside every transaction."""
    return await psycopg.AsyncConnection.connect(url, autocommit=True, **_network(url))


def _network(url: str) -> Mapping[str, Any]:
    """What notices a dead peer, unless the URL says otherwise."""
    usual = {
        "application_name": "esos",
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "tcp_user_timeout": DEAD_PEER_MS,
        "keepalives_idle": CONNECT_TIMEOUT_SECONDS,
        "keepalives_interval": CONNECT_TIMEOUT_SECONDS,
        "target_session_attrs": "read-write",
    }
    told = named_in(url)
    return {name: value for name, value in usual.items() if name not in told}


def _prepare(adapters: AdaptersMap) -> None:
    adapters.register_dumper(str, _PlainText)
    adapters.register_dumper(Packed, PackedDumper)


def engine_of(creator: Callable[[], psycopg.Connection[Any]]) -> Engine:
    """An engine whose connections are opened by ``creator`` and never pooled: each lives in one thread."""
    return create_engine(
        "postgresql+psycopg://",
        creator=creator,
        poolclass=NullPool,
        skip_autocommit_rollback=True,
    )


class PostgresDriver(Driver):
    """The connection of psycopg. Rows travel as arrays: one prepared statement, however many there are."""

    is_alone_in_writing = False

    def __init__(self, raw: BoundedConnection) -> None:
        self.raw = raw
        self._pipeline: psycopg.Pipeline | None = None
        self._turn: psycopg.Cursor[Row] | None = None

    def execute(self, text: str, values: Sequence[Any] = ()) -> Rows:
        """Run one statement."""
        return self.raw.execute(_spelled(text), values) if values else self.raw.execute(text.encode())

    @property
    def has_ended(self) -> bool:
        """Whether the server ended the connection while it was idle."""
        return self.raw.has_ended

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, whole or failed."""
        return self.raw.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}

    def begin(self, *, write: bool) -> None:
        """Begin a transaction: one that sees what others commit, or one snapshot."""
        self.raw.execute(_BEGIN[write].encode())

    def undo(self) -> None:
        """Undo the open transaction; what a pipeline still holds after a failure is passed over first."""
        if self._pipeline is not None:
            with suppress(psycopg.Error):
                self._pipeline.sync()
        if self.in_transaction:
            self.raw.execute("ROLLBACK")
            self.settle()

    @contextmanager
    def batched(self) -> Iterator[None]:
        """In a pipeline: each wait for the server costs more than the statement, beside a busy event loop."""
        with self.raw.pipeline() as self._pipeline:
            yield
        self._pipeline = None

    def settle(self) -> None:
        """Wait for the answers of the pipeline."""
        if self._pipeline is not None:
            self._pipeline.sync()

    def lock(self, name: str) -> None:
        """Wait for the turn, no longer than the lock's time-out."""
        self._turn = self.raw.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, LOCKS[name]))

    def insert(self, table: Table) -> Any:
        """PostgreSQL's insert."""
        return insert(table)

    def insert_rows(self, table: Table, rows: Sequence[Row], tail: str = "") -> list[Row]:
        """Insert rows in one statement."""
        if not rows:
            return []
        done = self.raw.execute(_insert_text(table, tail), packed_columns(_inserted(table), rows))
        return done.fetchall() if "RETURNING" in tail else []

    def run_rows(self, head: str, tail: str, columns: Sequence[Column[Any]], rows: Sequence[Row]) -> None:
        """Run ``head (rows) tail`` in one statement."""
        if rows:
            names = ",".join(f"column{number + 1}" for number in range(len(columns)))
            text = f"{head}(SELECT * FROM {_unnested(columns)} AS t({names})){tail}"  # noqa: S608 - names from the schema
            self.raw.execute(text.encode(), packed_columns(columns, rows))

    def select_in(self, head: str, values: Sequence[Any]) -> list[Row]:
        """All rows of ``head = ANY(values)``."""
        if not values:
            return []
        asked = self.raw.execute(f"{head} = ANY(%s)".encode(), (packed_values(values),))
        if self._turn is not None:  # in a pipeline: that the turn was not had is the failure to tell
            turn, self._turn = self._turn, None
            turn.fetchall()
        return asked.fetchall()

    def run_in(self, head: str, values: Sequence[Any]) -> None:
        """Run ``head = ANY(values)``."""
        if values:
            self.raw.execute(f"{head} = ANY(%s)".encode(), (packed_values(values),))

    def force_found(self) -> None:
        """The server forces what it recovers before it serves anybody."""

    def clock_ms(self) -> int:
        """The server's clock, the same for every process on every machine."""
        found = self.raw.execute(_CLOCK).fetchone()
        return int(found[0]) if found else 0

    def forget_erased(self, *, erased_ms: int) -> bool:
        """Give the room of old rows back, so that what was erased is written over. It takes as long as it takes.

        Rows that a snapshot from before the erasure still sees would stay: that one is not waited for.
        """
        if self.raw.execute(_SEES_ERASED, (erased_ms,)).fetchone():
            return False
        usual, self.raw.answer_max_ms = self.raw.answer_max_ms, None
        try:
            self.raw.execute("VACUUM entries, cases, parcels, leaves")
        finally:
            self.raw.answer_max_ms = usual
        return True


@cache
def _spelled(text: str) -> bytes:
    return text.replace("%", "%%").replace("?", "%s").encode()


def _unnested(columns: Sequence[Column[Any]]) -> str:
    return f"unnest({','.join('%s' for _ in columns)})"


@cache
def _inserted(table: Table) -> tuple[Column[Any], ...]:
    return tuple(column for column in table.columns if column.name != "num")


@cache
def _insert_text(table: Table, tail: str) -> bytes:
    columns = _inserted(table)
    listed = ",".join(f'"{column.name}"' for column in columns)
    text = f'INSERT INTO "{table.name}"({listed}) SELECT * FROM {_unnested(columns)}{tail}'  # noqa: S608 - names from the schema
    return text.encode()
