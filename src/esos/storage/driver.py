"""One database connection in the words both engines share, and what each spells differently.

Texts of SQL have a ``?`` for each value. Everything above this file is written once: the same statements
run on SQLite and on PostgreSQL, and the contract suite runs on both.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol

from sqlalchemy import Column, Table

Row = tuple[Any, ...]


class Rows(Protocol):
    """What a statement gave back."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchall(self) -> list[Row]:
        """All rows."""

    def fetchone(self) -> Row | None:
        """The first row, or None."""


class Driver(ABC):
    """The driver's connection beneath an SQLAlchemy one. Transactions are begun and ended by hand."""

    is_alone_in_writing: bool
    """Whether a writing transaction keeps all others out; else what must not race takes a ``lock``."""

    @abstractmethod
    def execute(self, text: str, values: Sequence[Any] = ()) -> Rows:
        """Run one statement."""

    @property
    def has_ended(self) -> bool:
        """Whether the other side ended it while it was idle, so that a new one should be made. A file never does."""
        return False

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @abstractmethod
    def begin(self, *, write: bool) -> None:
        """Begin a transaction: one to write in, or one snapshot to read from."""

    @abstractmethod
    def undo(self) -> None:
        """Undo the transaction that is open, if there is one."""

    @abstractmethod
    def batched(self) -> AbstractContextManager[Any]:
        """Inside, statements may be sent on without waiting for each to be answered; a fetch waits for its own."""

    @abstractmethod
    def settle(self) -> None:
        """Wait until all that was sent is answered; raises what failed."""

    @abstractmethod
    def lock(self, name: str) -> None:
        """Let no other process pass the same point until this transaction ends."""

    @abstractmethod
    def insert(self, table: Table) -> Any:
        """SQLAlchemy's insert of this engine, with its ``on_conflict_do_update``."""

    @abstractmethod
    def insert_rows(self, table: Table, rows: Sequence[Row], tail: str = "") -> list[Row]:
        """Insert rows in the schema's column order (without ``num``); ``tail`` may be ON CONFLICT and RETURNING."""

    @abstractmethod
    def run_rows(self, head: str, tail: str, columns: Sequence[Column[Any]], rows: Sequence[Row]) -> None:
        """Run ``head (rows) tail`` with rows of these columns' types, named ``column1``, ``column2`` and so on."""

    @abstractmethod
    def select_in(self, head: str, values: Sequence[Any]) -> list[Row]:
        """All rows of ``head`` in ``values``, in no particular order."""

    @abstractmethod
    def run_in(self, head: str, values: Sequence[Any]) -> None:
        """Run ``head`` in ``values``."""

    @abstractmethod
    def force_found(self) -> None:
        """Make durable what this connection found written: whoever wrote it may have died before it was forced."""

    @abstractmethod
    def clock_ms(self) -> int:
        """The store's own clock, by which leases are counted."""

    @abstractmethod
    def forget_erased(self, *, erased_ms: int) -> bool:
        """Let no old copy of what was erased stand longer than the engine needs it. Outside a transaction.

        Whether it is done; False while somebody still reads what stood there at ``erased_ms`` by the store's clock.
        """


@contextmanager
def transaction(driver: Driver, *, write: bool) -> Iterator[None]:
    """A transaction, kept on leaving and undone by any exception."""
    driver.begin(write=write)
    try:
        yield
        driver.execute("COMMIT")
    except BaseException:
        with suppress(Exception):  # the first failure is the one to tell
            driver.undo()
        raise
