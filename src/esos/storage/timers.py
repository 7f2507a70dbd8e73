"""Timers: claimed with a lease when they run out, replaced whole by the next save of their case.

Law 5 rests here: a claimed timer whose worker died is claimable again when the lease lapses.
"""

from sqlalchemy import Connection, func, select, tuple_, update

from esos.station.records import ClaimedDue
from esos.storage.schema import TIMER_LEASED, WAITING, WAITING_LEASED, due, parcels
from esos.storage.tokens import is_free
from esos.storage.writer import WriteScope


def claim_due(scope: WriteScope, *, holder: str, now_ms: int, lease_ms: int, limit: int) -> list[ClaimedDue]:
    """Lease timers that have run out and that nobody holds, earliest first."""
    clock_ms = scope.clock_ms()
    ready = select(due.c.case_id, due.c.key).where(due.c.due_ms <= now_ms, is_free(due.c.until_ms, clock_ms, lease_ms))
    chosen = ready.order_by(due.c.due_ms, due.c.case_id, due.c.key).limit(limit).with_for_update(skip_locked=True)
    take = (
        update(due)
        .where(tuple_(due.c.case_id, due.c.key).in_(chosen))
        .values(holder=holder, until_ms=clock_ms + lease_ms)
        .returning(due.c.case_id, due.c.key, due.c.due_ms)
    )
    taken = [ClaimedDue(case=row[0], key=row[1], due_ms=row[2]) for row in scope.connection.execute(take)]
    return sorted(taken, key=lambda one: (one.due_ms, one.case, one.key))


def next_due_ms(connection: Connection) -> int | None:
    """When a timer or a waiting parcel can next be claimed; a leased one when its lease lapses."""
    moments = connection.execute(_NEXT).one()
    return min((moment for moment in moments if moment is not None), default=None)


_NEXT = select(
    select(func.min(due.c.due_ms)).where(due.c.until_ms == 0).scalar_subquery(),
    select(func.min(due.c.until_ms)).where(TIMER_LEASED).scalar_subquery(),
    select(func.min(parcels.c.not_before_ms)).where(WAITING, parcels.c.until_ms == 0).scalar_subquery(),
    select(func.min(parcels.c.until_ms)).where(WAITING_LEASED).scalar_subquery(),
)
"""One question, since every loop of a station asks it whenever it has nothing to do."""


def earliest_due_ms(connection: Connection) -> int | None:
    """When the first of all timers falls due, leased or not."""
    first: int | None = connection.execute(select(func.min(due.c.due_ms))).scalar_one()
    return first
