"""The journal read back: statements in order, by route, by case or by their own id."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, TextClause, func, select

from esos.station.records import Entry, Glance
from esos.storage.recall import Keys, key_hash
from esos.storage.schema import JUDGED, UNFOLDABLE, entries, inbox, keys

COLUMNS: Final = (
    entries.c.seq,
    entries.c.at_ms,
    entries.c.id,
    entries.c.kind,
    entries.c.route,
    entries.c.cose,
    entries.c.admission,
    entries.c.case_id,
    entries.c.verdict,
    entries.c.reason,
    entries.c.place,
)

_GLANCED: Final = (
    entries.c.seq,
    entries.c.at_ms,
    entries.c.id,
    entries.c.kind,
    entries.c.route,
    entries.c.case_id,
    entries.c.verdict,
)


def entry_of(row: Sequence[Any]) -> Entry:
    """An ``Entry`` from a row of ``COLUMNS``."""
    seq, at_ms, statement_id, kind, route, cose, admission, case, verdict, reason, place = row
    return Entry(
        seq=seq,
        at_ms=at_ms,
        id=statement_id,
        kind=kind,
        route=route,
        cose=cose,
        admission=admission,
        case=case,
        verdict=verdict,
        reason=reason,
        place=place,
    )


def head(connection: Connection) -> int:
    """The highest journal number, 0 when empty."""
    return int(connection.execute(select(func.coalesce(func.max(entries.c.seq), 0))).scalar_one())


def read(connection: Connection, *, after_seq: int, limit: int, route: str | None, case: bytes | None) -> list[Entry]:
    """Entries after a number, of one route or one case where given. A case's come in the order they were folded."""
    if case is not None:
        of_route = () if route is None else (entries.c.route == route,)
        in_place = (entries.c.place, entries.c.seq)
        return entries_where(connection, (entries.c.case_id == case, *of_route), after_seq, limit, in_place)
    if route is None:
        return entries_where(connection, (), after_seq, limit)
    judged = entries_where(connection, (entries.c.route == route, JUDGED), after_seq, limit)
    waiting = select(inbox.c.seq).where(inbox.c.route == route)
    unfolded = entries_where(connection, (entries.c.seq.in_(waiting),), after_seq, limit)
    return sorted([*judged, *unfolded], key=lambda entry: entry.seq)[:limit]


def newest(
    connection: Connection, *, case: bytes, kinds: Collection[str], limit: int, before_place: int = 0
) -> list[Entry]:
    """The last entries of a case in the order they were folded: of these kinds, before a place, if given."""
    of_kinds = (entries.c.kind.in_(sorted(kinds)),) if kinds else ()
    before = (entries.c.place < before_place,) if before_place else ()
    meant = (entries.c.case_id == case, *of_kinds, *before)
    from_end = (entries.c.place.desc(), entries.c.seq.desc())
    return entries_where(connection, meant, 0, limit, from_end)[::-1]


def glance(connection: Connection, *, after_seq: int, limit: int) -> list[Glance]:
    """Entries after a number, without what was said."""
    rows = select(*_GLANCED).where(entries.c.seq > after_seq).order_by(entries.c.seq).limit(limit)
    return [
        Glance(seq=seq, at_ms=at_ms, id=statement_id, kind=kind, route=route, case=case, verdict=verdict)
        for seq, at_ms, statement_id, kind, route, case, verdict in connection.execute(rows)
    ]


def entries_where(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool] | TextClause],
    after_seq: int,
    limit: int,
    order: Sequence[Column[Any] | ColumnElement[Any]] = (entries.c.seq,),
) -> list[Entry]:
    """Entries after a number that meet all conditions."""
    rows = select(*COLUMNS).where(entries.c.seq > after_seq, *conditions).order_by(*order).limit(limit)
    return [entry_of(row) for row in connection.execute(rows)]


def entry(connection: Connection, recall: Keys, statement_id: bytes) -> Entry | None:
    """The entry of a statement. The memory is asked before the snapshot begins, so that none falls between."""
    wanted = key_hash(statement_id)
    known_head, candidates = recall.head, recall.peek(wanted)
    on_disk = select(keys.c.seq).where(keys.c.hash == wanted)
    seqs = {*candidates, *connection.execute(on_disk).scalars()}
    found = entries_where(connection, (entries.c.id == statement_id, entries.c.seq.in_(sorted(seqs))), 0, 1)
    if not found and not recall.is_whole:  # another process may have written it since this one last wrote
        found = entries_where(connection, (entries.c.id == statement_id,), known_head, 1)
    return found[0] if found else None


def oldest_inbox_ms(connection: Connection) -> int | None:
    """Arrival of the oldest unfolded entry."""
    oldest = select(entries.c.at_ms).join(inbox, inbox.c.seq == entries.c.seq).order_by(inbox.c.seq).limit(1)
    return connection.execute(oldest).scalar_one_or_none()


def set_aside(connection: Connection, *, limit: int) -> list[Entry]:
    """Entries that could not be folded at all, newest first."""
    return entries_where(connection, (UNFOLDABLE,), 0, limit, (entries.c.seq.desc(),))


def set_aside_count(connection: Connection) -> int:
    """How many entries could not be folded at all."""
    return int(connection.execute(select(func.count(entries.c.seq)).where(UNFOLDABLE)).scalar_one())
