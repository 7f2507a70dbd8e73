"""A journal copied from one database into another, of either kind, and the proof that nothing changed on the way.

Every row of every table is read in one snapshot, written, read again from where it was written, and both
readings compared; then the log's tree is built again from the copied leaves. Leases stay behind: they are of
processes, not of the record.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, func, insert, select

from esos.errors import Conflict, Malformed
from esos.logbook.checkpoint import read_checkpoint
from esos.logbook.nodes import Tree
from esos.storage.driver import transaction
from esos.storage.drivers import driver_of
from esos.storage.lanes import translated
from esos.storage.leafs import leaf_hashes, newest_checkpoint, tree_size
from esos.storage.limits import MOVE_ROWS
from esos.storage.migrate import migrate
from esos.storage.moved import MOVED_TO, close_to_writers, need_journal, open_to_writers
from esos.storage.recall import hashes_of
from esos.storage.schema import counters, due, entries, facts, keys, metadata, parcels
from esos.storage.stores import Store

_LEFT_BEHIND: Final = frozenset({"keys", "leases", "route_leases"})
_FREED: Final = {due.name: {"holder": "", "until_ms": 0}, parcels.name: {"holder": "", "until_ms": 0}}
_KEYS_THROUGH: Final = "keys_through"
_OWN: Final = {counters.name: ((counters.c.name, _KEYS_THROUGH),), facts.name: ((facts.c.name, MOVED_TO),)}
"""Rows that speak of one store and of no journal."""
_MODULUS: Final = 2**256
Told = Callable[[str, int], None]
"""Told of each table how many rows of it are there so far."""
Row = dict[str, Any]


class Moved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was copied: rows by table, the journal's head, the log's size and its root, and a digest over all rows."""

    rows: dict[str, int]
    head: int
    tree_size: int
    root: str
    digest: str


def move_journal(source: Store, target: Store, *, told: Told = lambda table, count: None) -> Moved:  # noqa: ARG005
    """Close a journal to every writer, then copy it: what it acknowledged before is in the copy, and nothing after.

    Raises what ``close_to_writers`` and ``copy_journal`` raise. Where the copy failed, the source is open again.
    """
    is_new = translated(lambda: close_to_writers(source, target))
    try:
        return copy_journal(source, target, told=told)
    except BaseException:
        if is_new:
            translated(lambda: open_to_writers(source))
        raise


def copy_journal(source: Store, target: Store, *, told: Told = lambda table, count: None) -> Moved:  # noqa: ARG005
    """Copy all of a journal into an empty store, and prove it; the source is not changed.

    Raises ``Unknown`` (``storage.no_journal``) where there is none to copy, ``Conflict`` (``storage.move_used``)
    where the target holds a journal already, ``Malformed`` (``storage.damaged``) where what was written is not
    what was read. Whatever it raises, nothing was kept at the target.
    """
    return translated(lambda: _copied(source, target, told))


def _copied(source: Store, target: Store, told: Told) -> Moved:
    source.prepare(create=False)
    with source.engine(writes=False).connect() as origin, transaction(driver_of(origin), write=False):
        need_journal(origin, source)
        migrate(target, create=True)
        with target.engine(writes=True).connect() as copy, transaction(driver_of(copy), write=True):
            if copy.execute(select(entries.c.seq).limit(1)).first() or copy.execute(select(facts.c.name)).first():
                hint = "Give it an empty database, or a file that is not there."
                raise Conflict("storage.move_used", f"There is a journal at {target.address} already.", hint=hint)
            written = {table.name: _copy_table(origin, copy, table, told) for table in _tables()}
            _make_keys(copy)
            _set_counters(copy)
            return _proven(copy, written)


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in _LEFT_BEHIND]


def _copy_table(origin: Connection, copy: Connection, table: Table, told: Told) -> tuple[int, int]:
    """Rows and digest of what was read."""
    count = digest = 0
    for rows in _read(origin, table):
        copy.execute(insert(table), rows)
        count, digest = count + len(rows), (digest + sum(map(_digest, rows))) % _MODULUS
        told(table.name, count)
    return count, digest


def _read(connection: Connection, table: Table) -> Iterator[list[Row]]:
    """All rows in pieces, without what only processes need."""
    changes: Mapping[str, Any] = _FREED.get(table.name, {})
    query = select(table).execution_options(yield_per=MOVE_ROWS)
    for column, name in _OWN.get(table.name, ()):
        query = query.where(column != name)
    for rows in connection.execute(query).mappings().partitions():
        yield [{str(name): _plain(value) for name, value in {**row, **changes}.items()} for row in rows]


def _plain(value: Any) -> Any:
    """As every engine holds it: text without the one letter that PostgreSQL has no room for."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


def _digest(row: Row) -> int:
    """Of one row, so that the sum over a table is the same in whatever order it is read."""
    return int.from_bytes(hashlib.sha256(msgspec.msgpack.encode(sorted(row.items()))).digest(), "big")


def _make_keys(copy: Connection) -> None:
    """The keys of all entries, in their own order; the memory of a process may hold some that no table has."""
    found = copy.execute(select(entries.c.seq, entries.c.id, entries.c.dedupe)).all()
    pairs = sorted({(each, seq) for seq, statement_id, dedupe in found for each in hashes_of(statement_id, dedupe)})
    driver_of(copy).insert_rows(keys, pairs)
    head = max((row[0] for row in found), default=0)
    copy.execute(insert(counters), [{"name": _KEYS_THROUGH, "value": head}])


def _set_counters(copy: Connection) -> None:
    """PostgreSQL counts row numbers beside the table: go on after the copied ones."""
    if driver_of(copy).is_alone_in_writing:
        return
    for table in _tables():
        if "num" in table.columns:
            newest = copy.execute(select(func.coalesce(func.max(table.c.num), 0))).scalar_one()
            sequence = func.pg_get_serial_sequence(table.name, "num")
            copy.execute(select(func.setval(sequence, newest + 1, False)))


def _proven(copy: Connection, written: Mapping[str, tuple[int, int]]) -> Moved:
    """What the copy holds, after it was read again and compared."""
    found: Counter[str] = Counter()
    whole = 0
    for table in _tables():
        digest = 0
        for rows in _read(copy, table):
            found[table.name] += len(rows)
            digest = (digest + sum(map(_digest, rows))) % _MODULUS
        if (found[table.name], digest) != written[table.name]:
            raise _damaged(f"table {table.name} is not what was read")
        whole = (whole + digest) % _MODULUS
    root = _root(copy)
    return Moved(
        rows={name: found[name] for name in sorted(written)},
        head=copy.execute(select(func.coalesce(func.max(entries.c.seq), 0))).scalar_one(),
        tree_size=tree_size(copy),
        root=root.hex(),
        digest=whole.to_bytes(32, "big").hex(),
    )


def _root(copy: Connection) -> bytes:
    """The root of the log built again from the copied leaves; it must be the one its checkpoint was signed for."""
    size, note = newest_checkpoint(copy)
    tree = Tree()
    tree.extend(leaf_hashes(copy, start=0, stop=size))
    root = tree.frontier().root()
    if note and read_checkpoint(note).checkpoint.root != root:
        raise _damaged("the log is not the one that its checkpoint was signed for")
    return root


def _damaged(problem: str) -> Malformed:
    return Malformed("storage.damaged", f"The copy is not whole: {problem}.", hint="Nothing was kept; try again.")
