"""Intake: statement, deduplication key and inbox row, and nothing else in that path (law 3).

This is the hot append of the brief, the one place written for speed on the driver itself: whatever
waits together is recognised, numbered and inserted in about ten statements, whatever its length. Numbers are
given under a lock that is held to the commit: they have no gap, and whoever reads sees them in order.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from esos.station.records import Admitted, Kept
from esos.storage.driver import Driver, Row
from esos.storage.recall import Keys, key_hash
from esos.storage.schema import entries, inbox

Timed = tuple[Admitted, int]
"""A statement and when the station had it, ms."""

Judged = tuple[bytes | None, int, str, str]
"""The case an entry belongs to, its place in it, the verdict and its reason."""

UNJUDGED: Final[Judged] = (None, 0, "", "")

_First = tuple[int, int, bytes]
_FOLLOWING = "SELECT coalesce(max(seq), 0) + 1 FROM entries"
_KNOWN = "SELECT coalesce(dedupe, id), seq, at_ms, id FROM entries WHERE seq"


def append_entries(driver: Driver, recall: Keys, items: Sequence[Timed]) -> list[Kept]:
    """Number and insert what is new, inside the caller's transaction. One answer per item, in order."""
    driver.lock("entries")
    following = driver.execute(_FOLLOWING)  # asked for before the keys are waited for
    seen = first_keepers(driver, recall, [item.dedupe for item, _ in items])
    rows: list[Row] = []
    kept: list[Kept] = []
    seq = int(following.fetchall()[0][0])
    for item, at_ms in items:
        prior = seen.get(item.dedupe)
        if prior is None:
            seen[item.dedupe] = (seq, at_ms, item.id)
            rows.append(entry_row(seq, at_ms, item))
            kept.append(Kept(seq=seq, at_ms=at_ms, fresh=True, same=True))
            seq += 1
        else:
            kept.append(Kept(seq=prior[0], at_ms=prior[1], fresh=False, same=prior[2] == item.id))
    insert_entries(driver, recall, rows)
    driver.insert_rows(inbox, [(row[0], row[5]) for row in rows if row[5]])
    return kept


def first_keepers(driver: Driver, recall: Keys, dedupes: Iterable[bytes]) -> dict[bytes, _First]:
    """Number, time and statement id of the entries that already used one of these keys."""
    candidates = recall.find(driver, [key_hash(dedupe) for dedupe in dedupes])
    found = driver.select_in(_KNOWN, list(candidates))
    return {dedupe: (seq, at_ms, statement_id) for dedupe, seq, at_ms, statement_id in found}


def next_number(driver: Driver) -> int:
    """The journal number that follows. Numbers have no gaps: whoever asks holds the write lock."""
    return int(driver.execute(_FOLLOWING).fetchall()[0][0])


def entry_row(seq: int, at_ms: int, item: Admitted, *, judged: Judged = UNJUDGED) -> Row:
    """A row of ``entries`` in the schema's order."""
    dedupe = None if item.dedupe == item.id else item.dedupe
    return (seq, at_ms, item.id, dedupe, item.kind, item.route, *judged, item.admission, item.cose)


def insert_entries(driver: Driver, recall: Keys, rows: Sequence[Row]) -> None:
    """Insert new entries and let the memory know their keys."""
    driver.insert_rows(entries, rows)
    recall.note(driver, ((row[0], row[2], row[3]) for row in rows))
