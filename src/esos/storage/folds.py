"""Saving folds: all that one fold changed, or nothing of it, for many folds in one transaction.

Checks come before writes: versions and fences of all foldings are read at once and decided in memory,
then every table is written in a few statements, whatever the number of foldings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from esos.errors import Conflict, Malformed
from esos.station.records import FOLDING, CaseRecord, Due, Folding, Parcel, Said, Verdict
from esos.storage.append import Judged, entry_row, first_keepers, insert_entries, next_number
from esos.storage.driver import Driver, Row
from esos.storage.schema import cases, due, entries, parcels, route_leases
from esos.storage.tokens import term_of
from esos.storage.writer import WriteScope

_REPLACED: Final = ",".join(
    f"{column.name}=excluded.{column.name}" for column in cases.columns if column.name not in {"num", "id"}
)
_DUE_AGAIN: Final = " ON CONFLICT(case_id, key) DO UPDATE SET due_ms=excluded.due_ms, holder='', until_ms=0"
_JUDGED: Final = tuple(entries.c[name] for name in ("seq", "case_id", "place", "verdict", "reason"))
_ROUTE: Final = (route_leases.c.route, route_leases.c.fence)
_TIMER: Final = (due.c.case_id, due.c.key)
_JUDGE: Final = "UPDATE entries SET case_id=v.column2, place=v.column3, verdict=v.column4, reason=v.column5 FROM "


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What the accepted foldings of one save write, table by table."""

    cases: dict[bytes, CaseRecord] = field(default_factory=dict)
    due: dict[bytes, tuple[Due, ...]] = field(default_factory=dict)
    judged: list[tuple[int, Judged]] = field(default_factory=list)
    said: list[tuple[bytes | None, Said]] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    released: set[tuple[str, int]] = field(default_factory=set)

    def take(self, folding: Folding) -> None:
        """Add all of one folding."""
        case_id = None if folding.case is None else folding.case.id
        if folding.case is not None:
            self.cases[folding.case.id] = folding.case
            self.due[folding.case.id] = folding.due
        self.judged += [(verdict.seq, _judged(case_id, verdict)) for verdict in folding.verdicts]
        self.said += [(case_id, said) for said in folding.said]
        self.parcels += folding.parcels


def save(scope: WriteScope, foldings: Sequence[Folding], *, now_ms: int, term: int) -> list[bool]:
    """One answer per folding, in order; several foldings of one case count on from one another."""
    scope.driver.lock("folds")
    if term and term_of(scope, FOLDING) != term:
        return [False] * len(foldings)
    versions = _versions(scope, {folding.case.id for folding in foldings if folding.case is not None})
    held = _held(scope, {folding.route for folding in foldings if folding.fence})
    plan = _Plan()
    saved: list[bool] = []
    for folding in foldings:
        has_fence = not folding.fence or held.get(folding.route) == folding.fence
        is_current = folding.case is None or versions.get(folding.case.id, 0) == folding.expected_version
        saved.append(has_fence and is_current)
        if folding.fence and has_fence:
            plan.released.add((folding.route, folding.fence))
        if saved[-1]:
            plan.take(folding)
            if folding.case is not None:
                versions[folding.case.id] = folding.expected_version + 1
    _write(scope, plan, versions, now_ms)
    return saved


def _versions(scope: WriteScope, ids: set[bytes]) -> dict[bytes, int]:
    return dict(scope.driver.select_in("SELECT id, version FROM cases WHERE id", sorted(ids)))


def _held(scope: WriteScope, routes: set[str]) -> dict[str, int]:
    return dict(scope.driver.select_in("SELECT route, fence FROM route_leases WHERE route", sorted(routes)))


def _judged(case_id: bytes | None, judged: Verdict | Said) -> Judged:
    if not judged.code:
        raise Malformed("storage.verdict", "A judged entry needs a code: `applied`, or a refusal's.")
    return (case_id, judged.place, judged.code, judged.reason)


def _write(scope: WriteScope, plan: _Plan, versions: dict[bytes, int], now_ms: int) -> None:
    _write_said(scope, plan, now_ms)
    judged = [(seq, *judged) for seq, judged in plan.judged]
    scope.driver.run_rows(_JUDGE, " AS v WHERE entries.seq = v.column1", _JUDGED, judged)
    scope.driver.run_in("DELETE FROM inbox WHERE seq", [row[0] for row in judged])
    change = next_change(scope.driver)
    records = [_case_row(case, versions[case.id], change + turn) for turn, case in enumerate(plan.cases.values())]
    scope.driver.insert_rows(cases, records, f" ON CONFLICT(id) DO UPDATE SET {_REPLACED}")
    _write_due(scope, plan.due)
    effects = [_parcel_row(one, now_ms) for one in plan.parcels]
    scope.driver.insert_rows(parcels, effects, " ON CONFLICT(id) DO NOTHING")
    scope.driver.run_rows("DELETE FROM route_leases WHERE (route, fence) IN ", "", _ROUTE, sorted(plan.released))


def _write_said(scope: WriteScope, plan: _Plan, now_ms: int) -> None:
    """Statements made while folding enter judged. One that came in by another way is judged where it stands."""
    if not plan.said:
        return
    scope.driver.lock("entries")
    seen = first_keepers(scope.driver, scope.recall, [said.admitted.dedupe for _, said in plan.said])
    seq = next_number(scope.driver)
    rows: list[Row] = []
    for case_id, said in plan.said:
        item, judged = said.admitted, _judged(case_id, said)
        prior = seen.setdefault(item.dedupe, (seq, now_ms, item.id))
        if prior[2] != item.id:
            raise Conflict("storage.key_reused", "Two different statements were given one deduplication key.")
        if prior[0] == seq:
            rows.append(entry_row(seq, now_ms, item, judged=judged))
            seq += 1
        elif _is_waiting(scope, prior[0]):
            plan.judged.append((prior[0], judged))
    insert_entries(scope.driver, scope.recall, rows)


def _is_waiting(scope: WriteScope, seq: int) -> bool:
    found = scope.driver.execute("SELECT 1 FROM entries WHERE seq = ? AND verdict = ''", (seq,)).fetchone()
    return found is not None


def _write_due(scope: WriteScope, wanted: dict[bytes, tuple[Due, ...]]) -> None:
    """Replace the timers of each case, touching only rows that differ or are leased."""
    select_old = "SELECT case_id, key, due_ms, until_ms FROM due WHERE case_id"
    old = {(row[0], row[1]): (row[2], row[3]) for row in scope.driver.select_in(select_old, sorted(wanted))}
    new = {(case_id, timer.key): timer.due_ms for case_id, timers in wanted.items() for timer in timers}
    gone = sorted(old.keys() - new.keys())
    scope.driver.run_rows("DELETE FROM due WHERE (case_id, key) IN ", "", _TIMER, gone)
    changed = [(*key, due_ms, "", 0) for key, due_ms in new.items() if old.get(key) != (due_ms, 0)]
    scope.driver.insert_rows(due, changed, _DUE_AGAIN)


def next_change(driver: Driver) -> int:
    """The number of the save of a case that follows."""
    return int(driver.execute("SELECT coalesce(max(change), 0) + 1 FROM cases").fetchall()[0][0])


def _case_row(case: CaseRecord, version: int, change: int) -> Row:
    listed = (case.id, case.caller, version, case.life, case.is_open, case.urgency, case.concern, case.holder)
    return (*listed, case.page_code, case.opened_ms, case.updated_ms, case.blob, change)


def _parcel_row(parcel: Parcel, now_ms: int) -> Row:
    given = (parcel.id, parcel.case, parcel.kind, parcel.not_before_ms, parcel.blob)
    turn = (parcel.lane, parcel.rank, parcel.recipient, parcel.topic)
    return (*given, *turn, "waiting", 0, b"", "", now_ms, "", 0)
