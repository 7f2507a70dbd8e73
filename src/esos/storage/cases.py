"""Cases looked up: by id, by caller, by time of opening. They are written by ``folds`` alone."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, TextClause, select

from esos.station.ports import CaseRecord
from esos.storage.schema import OPEN, cases

Condition = ColumnElement[bool] | TextClause

_COLUMNS: Final = tuple(column for column in cases.columns if column.name != "num")
_NEWEST_FIRST: Final = (cases.c.opened_ms.desc(), cases.c.num.desc())


def case(connection: Connection, case_id: bytes) -> CaseRecord | None:
    """The case with this id."""
    return _first(connection, cases.c.id == case_id)


def open_case_of(connection: Connection, caller: str) -> CaseRecord | None:
    """The newest open case of a caller."""
    return _first(connection, cases.c.caller == caller, OPEN)


def last_case_of(connection: Connection, caller: str) -> CaseRecord | None:
    """The newest case of a caller, open or not."""
    return _first(connection, cases.c.caller == caller)


def newest(connection: Connection, *, only_open: bool, limit: int, before_ms: int | None) -> list[CaseRecord]:
    """Cases, newest first by opening."""
    conditions = [OPEN] if only_open else []
    before = [] if before_ms is None else [cases.c.opened_ms < before_ms]
    return _select(connection, (*conditions, *before), limit)


def _first(connection: Connection, *conditions: Condition) -> CaseRecord | None:
    return next(iter(_select(connection, conditions, 1)), None)


def _select(connection: Connection, conditions: Sequence[Condition], limit: int) -> list[CaseRecord]:
    rows = connection.execute(select(*_COLUMNS).where(*conditions).order_by(*_NEWEST_FIRST).limit(limit))
    return [CaseRecord(**row) for row in rows.mappings()]
