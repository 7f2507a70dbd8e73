"""The log beside the journal: leaves in order without a gap, and the checkpoint that covers them.

One sequencer at a time gives indexes to what is committed, never skipping, never twice; the last check
of that is here, in the transaction that keeps the leaves.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from esos.errors import Conflict
from esos.logbook.checkpoint import CHECKPOINTS_MAX_HOURS, HOUR_MS
from esos.station.records import Entry, Leaf
from esos.storage.entries import entries_where, head
from esos.storage.schema import checkpoints, counters, entries, leaves
from esos.storage.writer import WriteScope

_THROUGH = "logged_through"


def put_leaves(scope: WriteScope, batch: Sequence[Leaf], *, checkpoint: bytes, size: int, now_ms: int) -> None:
    """Add leaves at the end of the tree with their checkpoint. A leaf that is of no entry has the number 0."""
    scope.driver.lock("log")
    start = tree_size(scope.connection)
    if [leaf.index for leaf in batch] != list(range(start, start + len(batch))) or size != start + len(batch):
        raise Conflict("log.gap", f"The log has {start} leaves; these would leave a gap or write over some.")
    _check_entries(scope, [leaf.seq for leaf in batch if leaf.seq])
    scope.driver.insert_rows(leaves, [(leaf.index, leaf.seq or None, leaf.leaf_hash, leaf.key) for leaf in batch])
    _keep_checkpoint(scope, checkpoint, size, hour=now_ms // HOUR_MS)
    _advance(scope)


def _keep_checkpoint(scope: WriteScope, note: bytes, size: int, *, hour: int) -> None:
    """The newest checkpoint, in the place of the one of the same hour. A clock set back writes over none before."""
    newest = scope.connection.execute(select(func.max(checkpoints.c.hour))).scalar_one()
    kept = max(hour, newest or 0)
    values = {"size": size, "note": note}
    row = scope.driver.insert(checkpoints).values(hour=kept, **values)
    scope.connection.execute(row.on_conflict_do_update(index_elements=["hour"], set_=values))
    scope.connection.execute(delete(checkpoints).where(checkpoints.c.hour <= kept - CHECKPOINTS_MAX_HOURS))


def _check_entries(scope: WriteScope, seqs: Sequence[int]) -> None:
    logged = scope.driver.select_in("SELECT seq FROM leaves WHERE seq", seqs)
    if logged or len(set(seqs)) != len(seqs):
        raise Conflict("log.twice", "One of these entries has a leaf already.")
    if len(scope.driver.select_in("SELECT seq FROM entries WHERE seq", seqs)) != len(seqs):
        raise Conflict("log.not_committed", "One of these leaves names an entry that is not in the journal.")


def _advance(scope: WriteScope) -> None:
    """Note up to which number all entries have leaves, so that nobody scans the logged part again.

    The head is read before the gap is looked for: what others commit meanwhile is then found as a gap, and not passed.
    """
    through, newest = logged_through(scope.connection), head(scope.connection)
    gap = (
        select(func.min(entries.c.seq))
        .outerjoin(leaves, leaves.c.seq == entries.c.seq)
        .where(entries.c.seq > through, leaves.c.seq.is_(None))
    )
    first_gap = scope.connection.execute(gap).scalar_one()
    reached = first_gap - 1 if first_gap else newest
    keep = scope.driver.insert(counters).values(name=_THROUGH, value=reached)
    scope.connection.execute(keep.on_conflict_do_update(index_elements=["name"], set_={"value": reached}))


def logged_through(connection: Connection) -> int:
    """A number up to which every entry has a leaf."""
    return connection.execute(select(counters.c.value).where(counters.c.name == _THROUGH)).scalar_one_or_none() or 0


def tree_size(connection: Connection) -> int:
    """How many leaves there are."""
    return int(connection.execute(select(func.coalesce(func.max(leaves.c.index) + 1, 0))).scalar_one())


def unlogged(connection: Connection, *, limit: int) -> list[Entry]:
    """Entries without a leaf, in journal order."""
    has_leaf = select(leaves.c.seq).where(leaves.c.seq == entries.c.seq).exists()
    return entries_where(connection, (~has_leaf,), logged_through(connection), limit)


def leaf_of(connection: Connection, seq: int) -> Leaf | None:
    """The leaf of an entry."""
    row = connection.execute(select(leaves).where(leaves.c.seq == seq)).first()
    return None if row is None else Leaf(index=row[0], seq=row[1], leaf_hash=row[2], key=row[3])


def leaf_hashes(connection: Connection, *, start: int, stop: int) -> list[bytes]:
    """Hashes of a range of leaves."""
    wanted = select(leaves.c.leaf_hash).where(leaves.c.index >= start, leaves.c.index < stop)
    return list(connection.execute(wanted.order_by(leaves.c.index)).scalars())


def newest_checkpoint(connection: Connection) -> tuple[int, bytes]:
    """Size and note of the newest checkpoint."""
    newest = select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.hour.desc()).limit(1)
    row = connection.execute(newest).first()
    return (0, b"") if row is None else (row[0], row[1])


def kept_checkpoints(connection: Connection) -> list[bytes]:
    """The notes of the checkpoints that are kept, oldest first."""
    return list(connection.execute(select(checkpoints.c.note).order_by(checkpoints.c.hour)).scalars())
