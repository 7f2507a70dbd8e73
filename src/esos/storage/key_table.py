"""Which statements the journal already has, where the database keeps the index itself.

PostgreSQL writes its pages behind the commits, so that a random index costs a call little; and several
processes write, so that no memory of one of them would be whole.
"""

from collections.abc import Iterable, Sequence

from esos.storage.driver import Driver
from esos.storage.recall import hashes_of
from esos.storage.schema import keys


class KeyTable:
    """``keys``, fed in the very transaction that appends. What ``Recall`` is for SQLite."""

    is_whole = True

    def __init__(self) -> None:
        self.head = 0
        self._pending = 0

    def catch_up(self, driver: Driver) -> int:
        """The head of the journal, asked for when it is opened; after that, what this process wrote."""
        if not self.head:
            self.head = int(driver.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchall()[0][0])
        return self.head

    def find(self, driver: Driver, hashes: Sequence[int]) -> set[int]:
        """Numbers of the entries that may have one of these keys."""
        return {row[0] for row in driver.select_in("SELECT seq FROM keys WHERE hash", hashes)}

    def peek(self, wanted: int) -> tuple[int, ...]:
        """Nothing is in memory alone."""
        del wanted
        return ()

    def note(self, driver: Driver, rows: Iterable[tuple[int, bytes, bytes | None]]) -> None:
        """Write the keys of entries (number, id, differing key) of the present transaction."""
        pairs = {(each, seq) for seq, statement_id, dedupe in rows for each in hashes_of(statement_id, dedupe)}
        driver.insert_rows(keys, sorted(pairs), " ON CONFLICT DO NOTHING")
        self._pending = max([self._pending, *(seq for _, seq in pairs)])

    def mark(self) -> int:
        """Undoing a part is the database's own work."""
        return 0

    def return_to(self, mark: int) -> None:
        """Nothing to forget."""

    def merge_some(self, driver: Driver) -> None:
        """Nothing waits to be written."""

    def committed(self) -> None:
        """The transaction is durable."""
        self.head, self._pending = max(self.head, self._pending), 0

    def rolled_back(self) -> None:
        """Nothing of the transaction happened."""
        self._pending = 0
