"""What is open and what waits, counted by the database: the oldest is seen in a flood too, and no list is read."""

from sqlalchemy import ColumnElement, Connection, TextClause, and_, func, select

from esos.station.records import CaseCount, ParcelCount
from esos.storage.schema import GIVEN_UP, OPEN, WAITING, cases, parcels

_IS_UNHELD = cases.c.holder == ""
_HAS_FAILED = parcels.c.error != ""
_ALL = func.count()


def count_cases(connection: Connection, *, before_ms: int | None) -> CaseCount:
    """Open cases that were opened before a time, and those of which no person has charge."""
    counted = select(_ALL, _ALL.filter(_IS_UNHELD), func.min(cases.c.opened_ms).filter(_IS_UNHELD))
    is_open, unheld, since_ms = connection.execute(counted.where(_before(OPEN, cases.c.opened_ms, before_ms))).one()
    return CaseCount(open=is_open, unheld=unheld, unheld_since_ms=since_ms)


def count_parcels(connection: Connection, *, before_ms: int | None) -> ParcelCount:
    """Effects that wait and were to go before a time, those of them that failed already, and what was given up."""
    due = _before(WAITING, parcels.c.not_before_ms, before_ms)
    counted = select(_ALL, func.min(parcels.c.not_before_ms), _ALL.filter(_HAS_FAILED)).where(due)
    waiting, first_ms, failed = connection.execute(counted).one()
    lost = connection.execute(select(_ALL).select_from(parcels).where(GIVEN_UP)).scalar_one()
    return ParcelCount(waiting=waiting, first_ms=first_ms, failed=failed, given_up=lost)


def _before(condition: TextClause, column: ColumnElement[int], before_ms: int | None) -> ColumnElement[bool]:
    return and_(condition) if before_ms is None else and_(condition, column < before_ms)
