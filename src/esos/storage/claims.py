"""Claiming the inbox: a worker leases the routes of the oldest unfolded entries under fencing numbers.

A number is never given twice, so that a worker whose lease lapsed and was taken over cannot save what
the next one already did. No inbox row may age: the oldest are handed out first, known callers before strangers.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, not_, or_, select, update

from esos.station.records import LEASE_SLACK_MS, REGISTER_ROUTE, STRANGERS_ROUTES, STRANGERS_SHARE, Entry, RouteWork
from esos.storage.entries import COLUMNS, entry_of
from esos.storage.limits import CLAIM_WINDOW_ROWS
from esos.storage.schema import WAITING, counters, due, inbox, parcels, route_leases
from esos.storage.writer import WriteScope

_TAKE_OVER: Final = (
    " ON CONFLICT(route) DO UPDATE SET fence=excluded.fence, holder=excluded.holder, until_ms=excluded.until_ms"
    " WHERE route_leases.until_ms <= {now_ms:d} OR route_leases.until_ms > {far_ms:d} RETURNING route"
)
_STRANGERS: Final = or_(*(inbox.c.route.startswith(beginning) for beginning in STRANGERS_ROUTES))
_REGISTER: Final = inbox.c.route == REGISTER_ROUTE
_ENTRIES: Final = f"SELECT {','.join(column.name for column in COLUMNS)} FROM entries WHERE seq"  # noqa: S608 - names from the schema


def claim_inbox(scope: WriteScope, *, holder: str, lease_ms: int, limit: int) -> list[RouteWork]:
    """Lease up to ``limit`` routes that nobody holds, with their entries among the oldest rows looked at."""
    scope.driver.lock("inbox")
    now_ms = scope.clock_ms()
    far_ms = now_ms + lease_ms + LEASE_SLACK_MS  # nothing is leased for so long: the clock was set back since
    found = _free_routes(scope, limit, held=route_leases.c.until_ms.between(now_ms + 1, far_ms))
    if not found:
        return []
    fences = dict(zip(found, _fences(scope, len(found)), strict=True))
    leased = [(route, fence, holder, now_ms + lease_ms) for route, fence in fences.items()]
    taken = {
        row[0]
        for row in scope.driver.insert_rows(route_leases, leased, _TAKE_OVER.format(now_ms=now_ms, far_ms=far_ms))
    }
    works = _as_they_are_now(scope, found, taken)
    entries = _entries(scope, [seq for seqs in works.values() for seq in seqs])
    return [
        RouteWork(route=route, fence=fences[route], entries=tuple(entries[seq] for seq in seqs))
        for route, seqs in works.items()
    ]


def _free_routes(scope: WriteScope, limit: int, *, held: ColumnElement[bool]) -> dict[str, list[int]]:
    """Routes to take up, with the entries that wait in them."""
    live = select(route_leases.c.route).where(held)
    free = select(inbox.c.seq, inbox.c.route).where(inbox.c.route.not_in(live)).order_by(inbox.c.seq)
    strangers, register, known = (
        [(row[0], row[1]) for row in scope.connection.execute(free.where(condition).limit(CLAIM_WINDOW_ROWS))]
        for condition in (_STRANGERS, _REGISTER, not_(or_(_STRANGERS, _REGISTER)))
    )
    share = _by_route(strangers, max(1, limit // STRANGERS_SHARE))
    found = _by_route(known, limit - len(share)) | share
    return found | _by_route(register, limit - len(found))


def _as_they_are_now(scope: WriteScope, found: dict[str, list[int]], taken: set[str]) -> dict[str, list[int]]:
    """The routes that were taken, with what waits in them: another may have folded some since they were looked at."""
    if scope.driver.is_alone_in_writing:
        return found
    waiting = select(inbox.c.seq, inbox.c.route).where(inbox.c.route.in_(sorted(taken))).order_by(inbox.c.seq)
    rows = scope.connection.execute(waiting.limit(CLAIM_WINDOW_ROWS)).all()
    now = _by_route([(row[0], row[1]) for row in rows], len(taken))
    return {route: now[route] for route in found if route in now}


def let_go(scope: WriteScope, *, holder: str, with_parcels: bool) -> None:
    """Free what a holder has leased; a fold it still has in hand is then overtaken by whoever claims next."""
    sql = scope.connection
    sql.execute(update(route_leases).where(route_leases.c.holder == holder).values(until_ms=0))
    sql.execute(update(due).where(due.c.holder == holder).values(holder="", until_ms=0))
    if with_parcels:
        sql.execute(update(parcels).where(WAITING, parcels.c.holder == holder).values(holder="", until_ms=0))


def _by_route(rows: Iterable[tuple[int, str]], limit: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for seq, route in rows:
        if route in found or len(found) < limit:
            found.setdefault(route, []).append(seq)
    return found


def _fences(scope: WriteScope, count: int) -> range:
    bump = scope.driver.insert(counters).values(name="fence", value=count)
    bump = bump.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + count})
    last = scope.connection.execute(bump.returning(counters.c.value)).scalar_one()
    return range(last - count + 1, last + 1)


def _entries(scope: WriteScope, seqs: Sequence[int]) -> dict[int, Entry]:
    return {row[0]: entry_of(row) for row in scope.driver.select_in(_ENTRIES, seqs)}
