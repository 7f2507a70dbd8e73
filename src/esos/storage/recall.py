"""Which statements the journal already has: exact, bounded in memory, and flat however long it grows.

A random index costs one page per row, so a journal of a million entries would take calls at a third of
the speed of a new one. The hashes of the newest entries are therefore held in memory, where they can
always be rebuilt from ``entries``, and reach the table ``keys`` in sorted slices, many rows a page.
A hash only points to candidates: the full key in the entry decides (law 3: a repetition is recognised
for ever, a crash at any step loses nothing).
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Protocol

from esos.storage import limits
from esos.storage.driver import Driver
from esos.storage.schema import keys

_SLICE_FLOOR = 64
_SLICE_PER_ENTRY = 4

Hashes = dict[int, tuple[int, ...]]


class Keys(Protocol):
    """What recognises a statement that the journal has already: ``Recall`` for SQLite, ``KeyTable`` for PostgreSQL."""

    head: int
    is_whole: bool

    def catch_up(self, driver: Driver) -> int:
        """Learn what other processes committed; the head of the journal."""

    def find(self, driver: Driver, hashes: Sequence[int]) -> set[int]:
        """Numbers of the entries that may have one of these keys."""

    def peek(self, wanted: int) -> tuple[int, ...]:
        """Committed candidates that the database does not list yet."""

    def note(self, driver: Driver, rows: Iterable[tuple[int, bytes, bytes | None]]) -> None:
        """Remember entries written by the present transaction."""

    def mark(self) -> int:
        """Where to return to when a part of the transaction is undone."""

    def return_to(self, mark: int) -> None:
        """Forget what was noted since."""

    def merge_some(self, driver: Driver) -> None:
        """Write some of what is only in memory."""

    def committed(self) -> None:
        """The transaction is durable."""

    def rolled_back(self) -> None:
        """Nothing of the transaction happened."""


def key_hash(key: bytes) -> int:
    """Eight bytes of SHA-256 as a signed number: as many as a row number, and not for a sender to choose."""
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big", signed=True)


class Recall:
    """The memory of one process. Written to by the writer thread only; ``peek`` may be called from readers.

    ``head`` is the newest entry it knows; other processes' entries are learned when a write begins.
    """

    is_whole = False
    """Whether it knows all that other processes wrote."""

    def __init__(self) -> None:
        self.head = 0
        self._fresh: Hashes = {}
        self._sealed: Hashes = {}
        self._sealed_head = 0
        self._unwritten: list[tuple[int, int]] = []
        self._pending: list[tuple[int, int]] = []
        self._pending_map: Hashes = {}
        self._slice = 0

    def catch_up(self, driver: Driver) -> int:
        """Learn what other processes committed; the head of the journal. Inside a write transaction."""
        self._forget_pending()
        head, merged = driver.execute(
            "SELECT (SELECT coalesce(max(seq), 0) FROM entries),"
            " coalesce((SELECT value FROM counters WHERE name = 'keys_through'), 0)"
        ).fetchall()[0]
        if head > self.head:
            after = max(self.head, merged)
            rows = driver.execute("SELECT seq, id, dedupe FROM entries WHERE seq > ?", (after,))
            for seq, statement_id, dedupe in rows.fetchall():
                for each in hashes_of(statement_id, dedupe):
                    _add(self._fresh, each, seq)
            self.head = head
        return int(head)

    def find(self, driver: Driver, hashes: Sequence[int]) -> set[int]:
        """Numbers of the entries that may have one of these keys."""
        maps = (self._pending_map, self._fresh, self._sealed)
        seqs = set(chain.from_iterable(found for each in hashes for one in maps if (found := one.get(each))))
        seqs.update(row[0] for row in driver.select_in("SELECT seq FROM keys WHERE hash", hashes))
        return seqs

    def peek(self, wanted: int) -> tuple[int, ...]:
        """Committed candidates that are not in ``keys`` yet. Ask before the reader's snapshot begins."""
        return self._fresh.get(wanted, ()) + self._sealed.get(wanted, ())

    def note(self, driver: Driver, rows: Iterable[tuple[int, bytes, bytes | None]]) -> None:
        """Remember entries (number, id, differing key) written by the present transaction."""
        del driver
        for seq, statement_id, dedupe in rows:
            for each in hashes_of(statement_id, dedupe):
                self._pending.append((each, seq))
                _add(self._pending_map, each, seq)

    def mark(self) -> int:
        """Where to ``return_to`` when a part of the transaction is undone."""
        return len(self._pending)

    def return_to(self, mark: int) -> None:
        """Forget what was noted since ``mark``."""
        kept = self._pending[:mark]
        self._forget_pending()
        for each, seq in kept:
            self._pending.append((each, seq))
            _add(self._pending_map, each, seq)

    def merge_some(self, driver: Driver) -> None:
        """Write a slice of the sealed generation to ``keys``; inside the transaction that fed it."""
        if not self._sealed and len(self._fresh) >= limits.UNMERGED_MAX_ENTRIES:
            self._seal()
        if not self._sealed:
            return
        self._slice = _SLICE_FLOOR + _SLICE_PER_ENTRY * len(self._pending)
        driver.insert_rows(keys, self._unwritten[-self._slice :], " ON CONFLICT DO NOTHING")
        if self._slice >= len(self._unwritten):
            driver.execute(
                "INSERT INTO counters VALUES ('keys_through', ?)"
                " ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)",
                (self._sealed_head,),
            )

    def committed(self) -> None:
        """The transaction is durable: what it noted is known, what it wrote need not be held."""
        for each, seq in self._pending:
            _add(self._fresh, each, seq)
            self.head = max(self.head, seq)
        self._forget_pending()
        del self._unwritten[max(0, len(self._unwritten) - self._slice) :]
        self._slice = 0
        if self._sealed and not self._unwritten:
            self._sealed = {}

    def rolled_back(self) -> None:
        """Nothing of the transaction happened."""
        self._forget_pending()
        self._slice = 0

    def _seal(self) -> None:
        self._sealed, self._fresh = self._fresh, {}
        self._sealed_head = self.head
        self._unwritten = sorted(((each, seq) for each, seqs in self._sealed.items() for seq in seqs), reverse=True)

    def _forget_pending(self) -> None:
        self._pending = []
        self._pending_map = {}


def hashes_of(statement_id: bytes, dedupe: bytes | None) -> tuple[int, ...]:
    """The hashes under which an entry is found: of its id and, where it differs, of its deduplication key."""
    return (key_hash(statement_id),) if dedupe is None else (key_hash(statement_id), key_hash(dedupe))


def _add(known: Hashes, each: int, seq: int) -> None:
    known[each] = (*known.get(each, ()), seq)
