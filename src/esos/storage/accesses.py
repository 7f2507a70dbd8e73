"""The record of accesses: rows are added and, when their time is over, forgotten; none is ever changed."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from esos.station.records import AccessRecord
from esos.storage.schema import accesses
from esos.storage.writer import WriteScope

_GIVEN = tuple(name for name in AccessRecord.__struct_fields__ if name != "num")


def note(scope: WriteScope, rows: Sequence[AccessRecord]) -> None:
    """Add rows at the end."""
    if rows:
        values = [{name: getattr(row, name) for name in _GIVEN} for row in rows]
        scope.connection.execute(insert(accesses), values)


def newest(
    connection: Connection, *, limit: int, before_num: int, party: str, case: bytes | None, about: str
) -> list[AccessRecord]:
    """Rows, newest first, before a number where one is given, of one party, case or subject where one is given."""
    asked = select(accesses)
    if before_num:
        asked = asked.where(accesses.c.num < before_num)
    if party:
        asked = asked.where(accesses.c.party == party)
    if case is not None:
        asked = asked.where(accesses.c.case == case)
    if about:
        asked = asked.where(accesses.c.about == about)
    rows = connection.execute(asked.order_by(accesses.c.num.desc()).limit(limit)).mappings()
    return [AccessRecord(**row) for row in rows]


def forget(scope: WriteScope, *, before_ms: int, keep_max: int) -> int:
    """Remove rows older than a time, and the oldest beyond a number of them; how many."""
    old = scope.connection.execute(delete(accesses).where(accesses.c.at_ms < before_ms)).rowcount
    beyond = select(accesses.c.num).order_by(accesses.c.num.desc()).offset(keep_max).limit(1)
    last = scope.connection.execute(beyond).scalar_one_or_none()
    if last is None:
        return old
    return old + scope.connection.execute(delete(accesses).where(accesses.c.num <= last)).rowcount
