"""Calls that are being written down while somebody talks: each answer a row, durable before the page says "saved".

A draft is a station's own convenience and no statement: it becomes one when an officer makes it a call.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select

from esos.errors import Busy
from esos.station.records import DRAFT_DONE, DRAFT_DONE_MS, DRAFTS_MAX, DraftLine
from esos.storage.schema import draft_lines
from esos.storage.writer import WriteScope

_IS_DONE = draft_lines.c.name == DRAFT_DONE


def keep(scope: WriteScope, *, lines: Sequence[DraftLine]) -> bool:
    """Keep answers of one draft; False where it is done. Raises ``Busy`` (``draft.too_many``)."""
    for draft in {line.draft for line in lines}:
        if _is_done(scope.connection, draft):
            return False
        _check_room(scope.connection, draft)
    for line in lines:
        _put(scope, line)
    return True


def _put(scope: WriteScope, line: DraftLine) -> None:
    values = {name: getattr(line, name) for name in DraftLine.__struct_fields__}
    put = scope.driver.insert(draft_lines).values(**values)
    later = draft_lines.c.turn <= put.excluded.turn
    scope.connection.execute(put.on_conflict_do_update(index_elements=["draft", "name"], set_=values, where=later))


def _is_done(connection: Connection, draft: bytes) -> bool:
    found = select(draft_lines.c.name).where(draft_lines.c.draft == draft, _IS_DONE)
    return connection.execute(found).first() is not None


def _check_room(connection: Connection, draft: bytes) -> None:
    is_there = select(draft_lines.c.name).where(draft_lines.c.draft == draft).limit(1)
    if connection.execute(is_there).first() is not None:
        return
    count = select(func.count(draft_lines.c.draft.distinct())).where(_is_under_way())
    if connection.execute(count).scalar_one() >= DRAFTS_MAX:
        raise Busy(
            "draft.too_many",
            f"{DRAFTS_MAX} calls are being written down already.",
            hint="Make them calls, or put them aside. This one can be made a call at once, from its page.",
        )


def _is_under_way() -> ColumnElement[bool]:
    """Whether a line is of a draft that is not done, also where another process kept an answer as it was done."""
    done = draft_lines.alias("done")
    return ~exists().where(done.c.draft == draft_lines.c.draft, done.c.name == DRAFT_DONE)


def of_one(connection: Connection, draft: bytes) -> list[DraftLine]:
    """The lines of one draft; of one that is done its last line alone."""
    wanted = select(draft_lines).where(draft_lines.c.draft == draft).order_by(draft_lines.c.name)
    lines = [DraftLine(**row) for row in connection.execute(wanted).mappings()]
    return [line for line in lines if line.name == DRAFT_DONE] or lines


def of_all(connection: Connection) -> list[DraftLine]:
    """The lines of every draft that is not done."""
    wanted = select(draft_lines).where(_is_under_way()).order_by(draft_lines.c.draft, draft_lines.c.name)
    return [DraftLine(**row) for row in connection.execute(wanted).mappings()]


def finish(scope: WriteScope, *, done: DraftLine) -> bool:
    """Leave one line of a draft, that it is done; False where it was."""
    if _is_done(scope.connection, done.draft):
        return False
    old = _IS_DONE & (draft_lines.c.at_ms < done.at_ms - DRAFT_DONE_MS)
    scope.connection.execute(delete(draft_lines).where((draft_lines.c.draft == done.draft) | old))
    _put(scope, done)
    return True
