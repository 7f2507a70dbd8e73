"""Cases looked up: by id, by caller, by time of opening. They are written by ``folds`` alone."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, TextClause, select

from esos.station.records import CaseRecord
from esos.storage.driver import Row
from esos.storage.drivers import driver_of
from esos.storage.schema import OPEN, cases

Condition = ColumnElement[bool] | TextClause

_COLUMNS: Final = tuple(column for column in cases.columns if column.name != "num")
_CASE: Final = "case:"
_CALLER: Final = "caller:"
_NAMES: Final = tuple(column.name for column in _COLUMNS)
_IS_OPEN: Final = _NAMES.index("is_open")
_OPENED_MS: Final = _NAMES.index("opened_ms")
_SELECT: Final = f"SELECT {','.join(_NAMES)}, num FROM cases WHERE"  # noqa: S608 - names from the schema
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


def of_routes(connection: Connection, routes: Sequence[str]) -> dict[str, CaseRecord]:
    """The case behind each route, in two questions, however many routes there are."""
    named = {bytes.fromhex(route.removeprefix(_CASE)): route for route in routes if route.startswith(_CASE)}
    calling = {route.removeprefix(_CALLER): route for route in routes if route.startswith(_CALLER)}
    driver = driver_of(connection)
    found = [(named[row[0]], row) for row in driver.select_in(f"{_SELECT} id", list(named))]
    found += [(calling[row[1]], row) for row in _last_first(driver.select_in(f"{_SELECT} caller", list(calling)))]
    return {route: _record(row) for route, row in found}


def _last_first(rows: list[Row]) -> list[Row]:
    """So that of one caller's cases the newest open one comes last, and before it the newest."""
    return sorted(rows, key=lambda row: (row[_IS_OPEN], row[_OPENED_MS], row[-1]))


def newest(connection: Connection, *, only_open: bool, limit: int, before_ms: int | None) -> list[CaseRecord]:
    """Cases, newest first by opening."""
    conditions = [OPEN] if only_open else []
    before = [] if before_ms is None else [cases.c.opened_ms < before_ms]
    return _select(connection, (*conditions, *before), limit)


def since(connection: Connection, change: int, *, limit: int) -> list[CaseRecord]:
    """Cases saved after that save, in the order of their saves."""
    rows = select(*_COLUMNS).where(cases.c.change > change).order_by(cases.c.change).limit(limit)
    return [CaseRecord(**row) for row in connection.execute(rows).mappings()]


def _first(connection: Connection, *conditions: Condition) -> CaseRecord | None:
    return next(iter(_select(connection, conditions, 1)), None)


def _select(connection: Connection, conditions: Sequence[Condition], limit: int) -> list[CaseRecord]:
    rows = connection.execute(select(*_COLUMNS).where(*conditions).order_by(*_NEWEST_FIRST).limit(limit))
    return [CaseRecord(**row) for row in rows.mappings()]


def _record(row: Row) -> CaseRecord:
    plain = dict(zip(_NAMES, row[:-1], strict=True))
    return CaseRecord(**{**plain, "is_open": bool(plain["is_open"])})
