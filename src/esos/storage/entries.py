"""The journal read back: statements in order, by route, by case or by their own id."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from esos.station.ports import Entry
from esos.storage.recall import Recall, key_hash
from esos.storage.schema import entries, inbox, keys

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
)


def entry_of(row: Sequence[Any]) -> Entry:
    """An ``Entry`` from a row of ``COLUMNS``."""
    seq, at_ms, statement_id, kind, route, cose, admission, case, verdict, reason = row
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
    )


def head(connection: Connection) -> int:
    """The highest journal number, 0 when empty."""
    return connection.execute(select(func.coalesce(func.max(entries.c.seq), 0))).scalar_one()


def read(connection: Connection, *, after_seq: int, limit: int, route: str | None, case: bytes | None) -> list[Entry]:
    """Entries after a number, in order, of one route or one case where given."""
    if route is None:
        of_case = () if case is None else (entries.c.case_id == case,)
        return entries_where(connection, after_seq, limit, of_case)
    of_route: tuple[ColumnElement[bool], ...] = (entries.c.route == route,)
    if case is not None:
        of_route = (*of_route, entries.c.case_id == case)
    judged = entries_where(connection, after_seq, limit, (*of_route, entries.c.verdict != "", entries.c.route != ""))
    waiting = entries_where(connection, after_seq, limit, (*of_route, entries.c.seq.in_(_waiting_on(route))))
    return sorted([*judged, *waiting], key=lambda entry: entry.seq)[:limit]


def _waiting_on(route: str) -> Any:
    return select(inbox.c.seq).where(inbox.c.route == route)


def entries_where(
    connection: Connection, after_seq: int, limit: int, where: Sequence[ColumnElement[bool]]
) -> list[Entry]:
    """Entries after a number that meet all conditions, in order."""
    rows = select(*COLUMNS).where(entries.c.seq > after_seq, *where).order_by(entries.c.seq).limit(limit)
    return [entry_of(row) for row in connection.execute(rows)]


def entry(connection: Connection, recall: Recall, statement_id: bytes) -> Entry | None:
    """The entry of a statement. The memory is asked before the snapshot begins, so that none falls between."""
    wanted = key_hash(statement_id)
    known_head, candidates = recall.head, recall.peek(wanted)
    on_disk = select(keys.c.seq).where(keys.c.hash == wanted)
    seqs = {*candidates, *connection.execute(on_disk).scalars()}
    found = entries_where(connection, 0, 1, (entries.c.id == statement_id, entries.c.seq.in_(sorted(seqs))))
    if not found:  # another process may have written it since this one last wrote
        found = entries_where(connection, known_head, 1, (entries.c.id == statement_id,))
    return found[0] if found else None


def oldest_inbox_ms(connection: Connection) -> int | None:
    """Arrival of the oldest unfolded entry."""
    oldest = select(entries.c.at_ms).join(inbox, inbox.c.seq == entries.c.seq).order_by(inbox.c.seq).limit(1)
    return connection.execute(oldest).scalar_one_or_none()

