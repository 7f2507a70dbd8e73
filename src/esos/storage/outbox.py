"""Effects on their way out: claimed with a lease, performed at least once, and never out of sight.

What was performed stays performed: a late failure of another worker does not wake it again.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, TextClause, select, text, update

from esos.errors import Unknown
from esos.station.ports import Parcel, ParcelOutcome, ParcelRecord
from esos.storage.schema import GIVEN_UP, WAITING, parcels
from esos.storage.writer import WriteScope

_COLUMNS: Final = (
    parcels.c.id,
    parcels.c.case_id,
    parcels.c.kind,
    parcels.c.not_before_ms,
    parcels.c.blob,
    parcels.c.state,
    parcels.c.attempts,
    parcels.c.result,
    parcels.c.error,
    parcels.c.updated_ms,
)
_STATES: Final = {"waiting": WAITING, "given_up": GIVEN_UP}
_FREED: Final = {"holder": "", "until_ms": 0}


def claim_parcels(scope: WriteScope, *, holder: str, now_ms: int, lease_ms: int, limit: int) -> list[ParcelRecord]:
    """Lease waiting parcels whose time has come, oldest first. ``attempts`` counts this claim too."""
    ready = select(parcels.c.num).where(WAITING, parcels.c.not_before_ms <= now_ms, parcels.c.until_ms <= now_ms)
    chosen = ready.order_by(parcels.c.not_before_ms, parcels.c.num).limit(limit)
    take = (
        update(parcels)
        .where(parcels.c.num.in_(chosen))
        .values(holder=holder, until_ms=now_ms + lease_ms, attempts=parcels.c.attempts + 1, updated_ms=now_ms)
        .returning(parcels.c.num, *_COLUMNS)
    )
    taken = sorted(scope.connection.execute(take), key=lambda row: (row.not_before_ms, row.num))
    return [_record(row[1:]) for row in taken]


def finish_parcel(scope: WriteScope, parcel_id: bytes, *, now_ms: int, result: bytes) -> None:
    """It was performed."""
    _settle(scope, parcel_id, text("true"), {"state": "done", "result": result, "error": "", "updated_ms": now_ms})


def retry_parcel(scope: WriteScope, parcel_id: bytes, *, now_ms: int, not_before_ms: int, error: str) -> None:
    """It failed, and waits for another try."""
    values = {"not_before_ms": not_before_ms, "error": error, "updated_ms": now_ms}
    _settle(scope, parcel_id, WAITING, values)


def give_up_parcel(scope: WriteScope, parcel_id: bytes, *, now_ms: int, error: str) -> None:
    """It failed for good."""
    values = {"state": "given_up", "error": error, "updated_ms": now_ms}
    _settle(scope, parcel_id, WAITING, values)


def settle_parcels(scope: WriteScope, outcomes: Sequence[ParcelOutcome], *, now_ms: int) -> None:
    """Several fates at once: one commit, however many pages went out together."""
    for outcome in outcomes:
        _SETTLERS[outcome.state](scope, outcome, now_ms)


def newest(connection: Connection, *, case: bytes | None, state: str | None, limit: int) -> list[ParcelRecord]:
    """Effects with their fate, newest first."""
    query = select(*_COLUMNS).order_by(parcels.c.num.desc()).limit(limit)
    if case is not None:
        query = query.where(parcels.c.case_id == case)
    if state is not None:
        query = query.where(_STATES.get(state, parcels.c.state == state))
    rows = connection.execute(query)
    return [_record(row) for row in rows]


def _settle(scope: WriteScope, parcel_id: bytes, allowed: TextClause, values: dict[str, Any]) -> None:
    changed = update(parcels).where(parcels.c.id == parcel_id, allowed).values(**values, **_FREED)
    if scope.connection.execute(changed).rowcount:
        return
    if scope.connection.execute(select(parcels.c.num).where(parcels.c.id == parcel_id)).first() is None:
        raise Unknown("storage.parcel", "There is no such parcel.")


def _done(scope: WriteScope, outcome: ParcelOutcome, now_ms: int) -> None:
    finish_parcel(scope, outcome.id, now_ms=now_ms, result=outcome.result)


def _again(scope: WriteScope, outcome: ParcelOutcome, now_ms: int) -> None:
    retry_parcel(scope, outcome.id, now_ms=now_ms, not_before_ms=outcome.not_before_ms, error=outcome.error)


def _over(scope: WriteScope, outcome: ParcelOutcome, now_ms: int) -> None:
    give_up_parcel(scope, outcome.id, now_ms=now_ms, error=outcome.error)


_SETTLERS: Final = {"done": _done, "waiting": _again, "given_up": _over}


def _record(row: Any) -> ParcelRecord:
    parcel_id, case, kind, not_before_ms, blob, state, attempts, result, error, updated_ms = row
    parcel = Parcel(id=parcel_id, case=case, kind=kind, not_before_ms=not_before_ms, blob=blob)
    return ParcelRecord(
        parcel=parcel, state=state, attempts=attempts, result=result, error=error, updated_ms=updated_ms
    )
