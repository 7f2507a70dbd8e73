"""Effects on their way out: claimed with a lease, performed at least once, and never out of sight.

They wait in lanes, the most urgent first, so that a way that hangs holds up no other (decision 0040).
What was performed stays performed: a late failure of another worker does not wake it again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_, update

from esos.errors import Unknown
from esos.station.records import Parcel, ParcelOutcome, ParcelRecord, Room
from esos.storage.schema import GIVEN_UP, WAITING, parcels
from esos.storage.tokens import is_free
from esos.storage.writer import WriteScope

_COLUMNS: Final = (
    parcels.c.id,
    parcels.c.case_id,
    parcels.c.kind,
    parcels.c.not_before_ms,
    parcels.c.blob,
    parcels.c.lane,
    parcels.c.rank,
    parcels.c.recipient,
    parcels.c.topic,
    parcels.c.state,
    parcels.c.attempts,
    parcels.c.result,
    parcels.c.error,
    parcels.c.updated_ms,
)
_PLACE: Final = (parcels.c.rank, parcels.c.not_before_ms, parcels.c.num)
"""By what pages of one lane stand in line."""
_GIVEN: Final = ("id", "case", "kind", "not_before_ms", "blob", "lane", "rank", "recipient", "topic")
OVERTAKEN: Final = "A newer page took its place."
_STATES: Final = {"waiting": WAITING, "given_up": GIVEN_UP}
_FATE: Final = (parcels.c.id, parcels.c.result, parcels.c.updated_ms)
_PERFORMED: Final = (
    "UPDATE parcels SET state='done', result=CASE WHEN length(parcels.blob) > 0 THEN v.column2 ELSE parcels.result END,"
    " error='', updated_ms=v.column3, holder='', until_ms=0 FROM "
)
_FREED: Final = {"holder": "", "until_ms": 0}


def claim_parcels(scope: WriteScope, *, holder: str, now_ms: int, lease_ms: int, room: Room) -> list[ParcelRecord]:
    """Lease waiting parcels whose time has come: each lane by rank and age. ``attempts`` counts this claim too."""
    sql = scope.connection
    free = is_free(parcels.c.until_ms, scope.clock_ms(), lease_ms)
    ready = and_(WAITING, parcels.c.not_before_ms <= now_ms, free)
    busy = Counter(room.recipients)
    chosen = [row for lane in _lanes(sql) for row in _in_turn(sql, lane, ready, room.of(lane), busy, room.recipient)]
    topics = {row.topic for row in chosen if row.topic is not None}
    overtaken = _settle_overtaken(scope, topics, now_ms, is_free=free) if topics else set()
    nums = [row.num for row in chosen if row.num not in overtaken]
    if not nums:
        return []
    take = (
        update(parcels)
        .where(parcels.c.num.in_(nums))
        .values(holder=holder, until_ms=scope.clock_ms() + lease_ms, attempts=parcels.c.attempts + 1, updated_ms=now_ms)
        .returning(parcels.c.num, *_COLUMNS)
    )
    taken = sorted(sql.execute(take), key=lambda row: (row.rank, row.not_before_ms, row.num))
    return [_record(row[1:]) for row in taken]


def _lanes(sql: Connection) -> list[str]:
    """The lanes in which anything waits, each found by one step in the index, however much waits in them."""
    waiting = select(parcels.c.lane).where(WAITING).order_by(parcels.c.lane).limit(1)
    found: list[str] = []
    lane = sql.execute(waiting).scalar_one_or_none()
    while lane is not None:
        found.append(lane)
        lane = sql.execute(waiting.where(parcels.c.lane > lane)).scalar_one_or_none()
    return found


def _in_turn(
    sql: Connection, lane: str, is_ready: ColumnElement[bool], most: int, busy: Counter[bytes], one_recipient: int
) -> Iterator[Any]:
    """Rows of one lane whose turn it is, counting into ``busy`` what will be under way to each recipient.

    Read on in short steps, each past whoever has enough: thousands that wait for one address are stepped over.
    """
    ready = (
        select(parcels.c.num, parcels.c.recipient, parcels.c.topic, *_PLACE)
        .where(parcels.c.lane == lane, is_ready)
        .order_by(*_PLACE)
    )
    last: Any = None
    while most > 0:
        full = [recipient for recipient, count in busy.items() if count >= one_recipient]
        onward = ready if last is None else ready.where(tuple_(*_PLACE) > last)
        rows = sql.execute(
            onward.where(parcels.c.recipient.not_in(full)).limit(most).with_for_update(skip_locked=True)
        ).all()
        if not rows:
            return
        for row in rows:
            last = tuple(row[-len(_PLACE) :])
            if row.recipient and busy[row.recipient] >= one_recipient:
                continue
            busy[row.recipient] += bool(row.recipient)
            most -= 1
            yield row


def _settle_overtaken(scope: WriteScope, topics: set[bytes], now_ms: int, *, is_free: ColumnElement[bool]) -> set[int]:
    """End what waits while a newer one of its topic is there; the numbers of those rows."""
    newer = parcels.alias()
    newest = select(func.max(newer.c.num)).where(newer.c.topic == parcels.c.topic).scalar_subquery()
    over = (
        update(parcels)
        .where(WAITING, parcels.c.topic.in_(sorted(topics)), is_free, parcels.c.num < newest)
        .values(state="not_needed", error=OVERTAKEN, updated_ms=now_ms, **_FREED)
        .returning(parcels.c.num)
    )
    return set(scope.connection.execute(over).scalars())


def settle_parcels(scope: WriteScope, outcomes: Sequence[ParcelOutcome], *, now_ms: int) -> None:
    """Several fates at once: one commit, however many pages went out together."""
    performed = [outcome for outcome in outcomes if outcome.state == "done"]
    rows = [(outcome.id, outcome.result, now_ms) for outcome in performed]
    scope.driver.run_rows(_PERFORMED, " AS v WHERE parcels.id = v.column1", _FATE, rows)
    _check_known(scope, outcomes)
    for outcome in outcomes:
        if outcome.state != "done":
            _settle(scope, outcome, now_ms)


def _check_known(scope: WriteScope, outcomes: Sequence[ParcelOutcome]) -> None:
    ids = {outcome.id for outcome in outcomes}
    if len(scope.driver.select_in("SELECT id FROM parcels WHERE id", sorted(ids))) < len(ids):
        raise Unknown("storage.parcel", "There is no such parcel.")


def newest(connection: Connection, *, case: bytes | None, state: str | None, limit: int) -> list[ParcelRecord]:
    """Effects with their fate, newest first."""
    query = select(*_COLUMNS).order_by(parcels.c.num.desc()).limit(limit)
    if case is not None:
        query = query.where(parcels.c.case_id == case)
    if state is not None:
        query = query.where(_STATES.get(state, parcels.c.state == state))
    rows = connection.execute(query)
    return [_record(row) for row in rows]


def _settle(scope: WriteScope, outcome: ParcelOutcome, now_ms: int) -> None:
    """Set a fate that is not ``done``: of no account for what was performed, or handed out again since."""
    values = {"state": outcome.state, "error": outcome.error, "updated_ms": now_ms}
    later = {"not_before_ms": outcome.not_before_ms} if outcome.state == "waiting" else {}
    of_this = (parcels.c.attempts == outcome.attempt,) if outcome.attempt else ()
    changed = update(parcels).where(parcels.c.id == outcome.id, WAITING, *of_this).values(**values, **later, **_FREED)
    scope.connection.execute(changed)


def _record(row: Any) -> ParcelRecord:
    *given, state, attempts, result, error, updated_ms = row
    parcel = Parcel(**dict(zip(_GIVEN, given, strict=True)))
    return ParcelRecord(
        parcel=parcel, state=state, attempts=attempts, result=result, error=error, updated_ms=updated_ms
    )
