"""Cases looked up: by id, by caller, by time of opening. They are written by ``folds`` alone."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select, true

from esos.station.ports import CaseRecord
from esos.storage.schema import cases

_COLUMNS: Final = tuple(column for column in cases.columns if column.name != "num")
_NEWEST_FIRST: Final = (cases.c.opened_ms.desc(), cases.c.num.desc())


def case(connection: Connection, case_id: bytes) -> CaseRecord | None:
    """The case with this id."""
    return _first(connection, cases.c.id == case_id)


def open_case_of(connection: Connection, caller: str) -> CaseRecord | None:
    """The newest open case of a caller."""
    return _first(connection, (cases.c.caller == caller) & cases.c.is_open)


def last_case_of(connection: Connection, caller: str) -> CaseRecord | None:
    """The newest case of a caller, open or not."""
    return _first(connection, cases.c.caller == caller)


def newest(connection: Connection, *, only_open: bool, limit: int, before_ms: int | None) -> list[CaseRecord]:
    """Cases, newest first by opening."""
    where: ColumnElement[bool] = cases.c.is_open if only_open else true()
    if before_ms is not None:
        where &= cases.c.opened_ms < before_ms
    return _select(connection, where, limit)


def _first(connection: Connection, where: ColumnElement[bool]) -> CaseRecord | None:
    return next(iter(_select(connection, where, 1)), None)


def _select(connection: Connection, where: ColumnElement[bool], limit: int) -> list[CaseRecord]:
    rows = connection.execute(select(*_COLUMNS).where(where).order_by(*_NEWEST_FIRST).limit(limit))
    return [CaseRecord(**row) for row in _mappings(rows)]


def _mappings(rows: Any) -> Any:
    return rows.mappings()
