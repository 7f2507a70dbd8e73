"""The journal in memory, for simulations: the same promises as on a disk, kept by a store that outlives its journal.

A ``MemoryStore`` is the disk: close the journal, or forget it as a crash would, and open another on the
same store. ``before`` and ``after`` are called around every write with its name: raising in ``before``
is a write that was lost, raising in ``after`` one that was kept although nobody was told.
"""

import asyncio
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self, TypeVar

import msgspec

from esos.errors import Busy, Conflict, Malformed, Unknown
from esos.logbook.checkpoint import CHECKPOINTS_MAX_HOURS, HOUR_MS
from esos.station.records import (
    DRAFT_DONE,
    DRAFT_DONE_MS,
    DRAFTS_MAX,
    FOLDING,
    LEASE_SLACK_MS,
    REGISTER_ROUTE,
    SET_ASIDE,
    STRANGERS_ROUTES,
    STRANGERS_SHARE,
    AccessRecord,
    Admitted,
    CaseCount,
    CaseRecord,
    ClaimedDue,
    DraftLine,
    Entry,
    FileRoom,
    FilesUsed,
    Folding,
    Glance,
    Kept,
    Leaf,
    Parcel,
    ParcelCount,
    ParcelOutcome,
    ParcelRecord,
    PasskeyRecord,
    Room,
    RouteWork,
    Said,
    Space,
    TokenRecord,
    Verdict,
)

T = TypeVar("T")


def is_free(until_ms: int, now_ms: int, longest_ms: int) -> bool:
    """Whether nothing is leased until then: it is past, or later than any lease from now could end."""
    return until_ms <= now_ms or until_ms > now_ms + longest_ms + LEASE_SLACK_MS


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds something until when, under which number."""

    holder: str
    until_ms: int
    fence: int = 0


@dataclass(slots=True)
class Timer:
    due_ms: int
    until_ms: int = 0
    holder: str = ""


@dataclass(slots=True)
class Posted:
    record: ParcelRecord
    number: int
    until_ms: int = 0
    holder: str = ""


@dataclass(slots=True)
class MemoryStore:
    """What a disk would hold, and the faults it can be given."""

    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None
    entries: list[Entry] = field(default_factory=list)
    keys: dict[bytes, int] = field(default_factory=dict)
    ids: dict[bytes, int] = field(default_factory=dict)
    unlogged: dict[int, None] = field(default_factory=dict)
    of_case: dict[bytes, list[int]] = field(default_factory=dict)
    of_route: dict[str, list[int]] = field(default_factory=dict)
    inbox: dict[int, str] = field(default_factory=dict)
    route_leases: dict[str, Lease] = field(default_factory=dict)
    fence: int = 0
    cases: dict[bytes, CaseRecord] = field(default_factory=dict)
    due: dict[tuple[bytes, str], Timer] = field(default_factory=dict)
    timers_of: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    cases_of: dict[str, list[bytes]] = field(default_factory=dict)
    parcels: dict[bytes, Posted] = field(default_factory=dict)
    waits: dict[bytes, Posted] = field(default_factory=dict)
    newest_of: dict[bytes, bytes] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    leaf_at: dict[int, int] = field(default_factory=dict)
    checkpoint: tuple[int, bytes] = (0, b"")
    checkpoints: dict[int, bytes] = field(default_factory=dict)
    tokens: dict[bytes, TokenRecord] = field(default_factory=dict)
    passkeys: dict[bytes, PasskeyRecord] = field(default_factory=dict)
    accesses: list[AccessRecord] = field(default_factory=list)
    access_num: int = 0
    draft_lines: dict[tuple[bytes, str], DraftLine] = field(default_factory=dict)
    facts: dict[str, bytes] = field(default_factory=dict)
    files: dict[tuple[bytes, bytes], bytes] = field(default_factory=dict)
    strangers_files: set[tuple[bytes, bytes]] = field(default_factory=set)
    files_by: dict[tuple[bytes, bytes], str] = field(default_factory=dict)
    waiting: dict[asyncio.Event, None] = field(default_factory=dict)
    clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    change: int = 0
    first_due_ms: int | None = None
    wakes_ms: tuple[int | None] | None = None
    """When something falls due next, until the next write."""

    def earliest_due_ms(self) -> int | None:
        """When the first timer falls due; looked up again only where timers changed."""
        if self.first_due_ms is None:
            self.first_due_ms = min((timer.due_ms for timer in self.due.values()), default=None)
        return self.first_due_ms


def _is_current(folding: Folding, held: dict[str, int], versions: dict[bytes, int]) -> bool:
    """Whether neither fence nor version was overtaken; foldings of one case count on from one another."""
    if folding.fence and held.get(folding.route) != folding.fence:
        return False
    if folding.case is None:
        return True
    if versions.get(folding.case.id, 0) != folding.expected_version:
        return False
    versions[folding.case.id] = folding.expected_version + 1
    return True


def _waiting(parcel: Parcel, now_ms: int) -> ParcelRecord:
    return ParcelRecord(parcel=parcel, state="waiting", attempts=0, result=b"", error="", updated_ms=now_ms)


def _turn(posted: Posted) -> tuple[int, int, int]:
    return posted.record.parcel.rank, posted.record.parcel.not_before_ms, posted.number


class MemoryJournal:
    """``esos.station.ports.Journal`` over a ``MemoryStore``. Every method lets others run first."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._is_closed = False

    @classmethod
    async def open(cls, store: MemoryStore) -> Self:
        return cls(store)

    async def close(self) -> None:
        self._is_closed = True

    # ------------------------------------------------------------------------------------ statements
    async def append(self, batch: Sequence[Admitted], *, now_ms: int) -> list[Kept]:
        return await self._write("append", lambda: [self._append(item, now_ms) for item in batch])

    async def head(self) -> int:
        await self._reading()
        return len(self._store.entries)

    async def read(
        self, *, after_seq: int = 0, limit: int = 1000, route: str | None = None, case: bytes | None = None
    ) -> list[Entry]:
        await self._reading()
        found = self._found(max(0, after_seq), route, case)
        if case is not None:
            found.sort(key=lambda entry: (entry.place, entry.seq))
        return found[:limit]

    def _found(self, after_seq: int, route: str | None, case: bytes | None) -> list[Entry]:
        """By the shortest list there is of what may be meant."""
        entries = self._store.entries
        if route is None and case is None:
            return entries[after_seq:]
        seqs = self._store.of_route.get(route or "", ()) if case is None else self._store.of_case.get(case, ())
        later = sorted(seqs) if case is not None else seqs[bisect_right(seqs, after_seq) :]
        found = [entries[seq - 1] for seq in later if seq > after_seq]
        return [entry for entry in found if route is None or entry.route == route]

    async def newest(
        self, case: bytes, *, kinds: Collection[str] = (), limit: int, before_place: int = 0
    ) -> list[Entry]:
        await self._reading()
        found = [entry for entry in self._found(0, None, case) if not kinds or entry.kind in kinds]
        found = [entry for entry in found if not before_place or entry.place < before_place]
        found.sort(key=lambda entry: (entry.place, entry.seq))
        return found[-limit:]

    async def glance(self, *, after_seq: int, limit: int) -> list[Glance]:
        found = await self.read(after_seq=after_seq, limit=limit)
        shown = Glance.__struct_fields__
        return [Glance(**{name: getattr(entry, name) for name in shown}) for entry in found]

    async def entry(self, statement_id: bytes) -> Entry | None:
        await self._reading()
        seq = self._store.ids.get(statement_id)
        return None if seq is None else self._store.entries[seq - 1]

    def _append(self, item: Admitted, now_ms: int) -> Kept:
        prior = self._entry_with(item.dedupe)
        if prior is not None:
            return Kept(seq=prior.seq, at_ms=prior.at_ms, fresh=False, same=prior.id == item.id)
        seq = self._keep(item, now_ms)
        if item.route:
            self._store.inbox[seq] = item.route
        return Kept(seq=seq, at_ms=now_ms, fresh=True, same=True)

    def _entry_with(self, dedupe: bytes) -> Entry | None:
        seq = self._store.keys.get(dedupe)
        return None if seq is None else self._store.entries[seq - 1]

    def _keep(self, item: Admitted, now_ms: int) -> int:
        seq = len(self._store.entries) + 1
        given = {name: getattr(item, name) for name in ("id", "kind", "route", "cose", "admission")}
        self._store.entries.append(Entry(seq=seq, at_ms=now_ms, case=None, verdict="", reason="", **given))
        self._store.keys[item.dedupe] = seq
        self._store.ids.setdefault(item.id, seq)
        self._store.unlogged[seq] = None
        self._store.of_route.setdefault(item.route, []).append(seq)
        return seq

    # --------------------------------------------------------------------------------------- folding
    async def claim_inbox(self, *, holder: str, lease_ms: int, limit: int) -> list[RouteWork]:
        return await self._write("claim_inbox", lambda: self._claim_inbox(holder, lease_ms, limit))

    async def let_go(self, *, holder: str, parcels: bool) -> None:
        def free() -> None:
            leases = self._store.route_leases
            for route in [route for route, lease in leases.items() if lease.holder == holder]:
                leases[route] = Lease(holder, 0, leases[route].fence)
            for timer in [*self._store.due.values(), *(self._store.parcels.values() if parcels else ())]:
                if timer.holder == holder:
                    timer.until_ms, timer.holder = 0, ""

        await self._write("let_go", free)

    async def oldest_inbox_ms(self) -> int | None:
        await self._reading()
        return min((self._store.entries[seq - 1].at_ms for seq in sorted(self._store.inbox)[:1]), default=None)

    async def set_aside(self, *, limit: int) -> list[Entry]:
        await self._reading()
        return [entry for entry in reversed(self._store.entries) if entry.verdict == SET_ASIDE][:limit]

    async def set_aside_count(self) -> int:
        await self._reading()
        return sum(entry.verdict == SET_ASIDE for entry in self._store.entries)

    async def earliest_due_ms(self) -> int | None:
        await self._reading()
        return self._store.earliest_due_ms()

    async def save(self, foldings: Sequence[Folding], *, now_ms: int, term: int = 0) -> list[bool]:
        return await self._write("save", lambda: self._save(foldings, now_ms, term))

    def _claim_inbox(self, holder: str, lease_ms: int, limit: int) -> list[RouteWork]:
        leases, now_ms = self._store.route_leases, self._store.clock_ms()
        free: dict[str, list[Entry]] = {}
        for seq, route in sorted(self._store.inbox.items()):
            if route not in leases or is_free(leases[route].until_ms, now_ms, lease_ms):
                free.setdefault(route, []).append(self._store.entries[seq - 1])
        strangers = [route for route in free if route.startswith(STRANGERS_ROUTES)][: max(1, limit // STRANGERS_SHARE)]
        known = [route for route in free if not route.startswith((*STRANGERS_ROUTES, REGISTER_ROUTE))]
        chosen = [*known[: limit - len(strangers)], *strangers, *(route for route in free if route == REGISTER_ROUTE)]
        found = {route: free[route] for route in chosen[:limit]}
        for route in found:
            self._store.fence += 1
            leases[route] = Lease(holder, now_ms + lease_ms, self._store.fence)
        return [
            RouteWork(route=route, fence=leases[route].fence, entries=tuple(entries))
            for route, entries in found.items()
        ]

    def _save(self, foldings: Sequence[Folding], now_ms: int, term: int) -> list[bool]:
        lease = self._store.leases.get(FOLDING)
        if term and (lease is None or lease.fence != term):
            return [False] * len(foldings)
        held = {route: lease.fence for route, lease in self._store.route_leases.items()}
        named = (folding.case.id for folding in foldings if folding.case is not None)
        versions = {one: self._store.cases[one].version for one in named if one in self._store.cases}
        accepted = [_is_current(folding, held, versions) for folding in foldings]
        saved = [folding for folding, is_accepted in zip(foldings, accepted, strict=True) if is_accepted]
        self._check(saved)
        for folding in foldings:
            if folding.fence and held.get(folding.route) == folding.fence:
                self._store.route_leases.pop(folding.route, None)
        for folding in saved:
            self._keep_folding(folding, now_ms)
        return accepted

    def _check(self, foldings: Sequence[Folding]) -> None:
        """Misuse is found before anything is written."""
        ids: dict[bytes, bytes] = {}
        for folding in foldings:
            if not all(judged.code for judged in (*folding.verdicts, *folding.said)):
                raise Malformed("storage.verdict", "A judged entry needs a code.")
            for said in folding.said:
                prior = self._entry_with(said.admitted.dedupe)
                known = prior.id if prior else ids.setdefault(said.admitted.dedupe, said.admitted.id)
                if known != said.admitted.id:
                    raise Conflict("storage.key_reused", "Two different statements were given one key.")

    def _keep_folding(self, folding: Folding, now_ms: int) -> None:
        case_id = None if folding.case is None else folding.case.id
        for verdict in folding.verdicts:
            self._judge(verdict.seq, case_id, verdict)
        for said in folding.said:
            prior = self._entry_with(said.admitted.dedupe)
            if prior is None or not prior.verdict:
                self._judge(prior.seq if prior else self._keep(said.admitted, now_ms), case_id, said)
        if folding.case is not None:
            self._keep_case(folding.case, folding)
        for parcel in folding.parcels:
            self._post(parcel, now_ms)

    def _keep_case(self, case: CaseRecord, folding: Folding) -> None:
        store = self._store
        store.change += 1
        if case.id not in store.cases:
            store.cases_of.setdefault(case.caller, []).append(case.id)
        changes = {"version": folding.expected_version + 1, "change": store.change}
        store.cases[case.id] = msgspec.structs.replace(case, **changes)
        self._stop_timers(case.id)
        store.timers_of[case.id] = tuple(due.key for due in folding.due)
        store.due |= {(case.id, due.key): Timer(due.due_ms) for due in folding.due}

    def _stop_timers(self, case_id: bytes) -> None:
        self._store.first_due_ms = None
        for key in self._store.timers_of.pop(case_id, ()):
            del self._store.due[case_id, key]

    def _post(self, parcel: Parcel, now_ms: int) -> None:
        if parcel.id not in self._store.parcels:
            posted = Posted(_waiting(parcel, now_ms), len(self._store.parcels))
            self._store.parcels[parcel.id] = self._store.waits[parcel.id] = posted
            if parcel.topic is not None:
                self._store.newest_of[parcel.topic] = parcel.id

    def _judge(self, seq: int, case_id: bytes | None, judged: Verdict | Said) -> None:
        self._store.inbox.pop(seq, None)
        if case_id is not None and self._store.entries[seq - 1].case is None:
            self._store.of_case.setdefault(case_id, []).append(seq)
        self._replace(seq, case=case_id, verdict=judged.code, reason=judged.reason, place=judged.place)

    def _replace(self, seq: int, **changes: object) -> None:
        self._store.entries[seq - 1] = msgspec.structs.replace(self._store.entries[seq - 1], **changes)

    # ----------------------------------------------------------------------------------------- cases
    async def case(self, case_id: bytes) -> CaseRecord | None:
        await self._reading()
        return self._store.cases.get(case_id)

    async def open_case_of(self, caller: str) -> CaseRecord | None:
        await self._reading()
        return next((case for case in self._newest_of(caller) if case.is_open), None)

    async def last_case_of(self, caller: str) -> CaseRecord | None:
        await self._reading()
        return next(iter(self._newest_of(caller)), None)

    async def cases_of(self, routes: Sequence[str]) -> dict[str, CaseRecord]:
        await self._reading()
        found = {route: self._case_at(route) for route in routes}
        return {route: case for route, case in found.items() if case is not None}

    def _case_at(self, route: str) -> CaseRecord | None:
        kind, _, name = route.partition(":")
        if kind == "case":
            return self._store.cases.get(bytes.fromhex(name))
        newest = self._newest_of(name) if kind == "caller" else []
        return next((case for case in newest if case.is_open), next(iter(newest), None))

    async def cases(
        self, *, only_open: bool = False, limit: int = 1000, before_ms: int | None = None
    ) -> list[CaseRecord]:
        await self._reading()
        found = [case for case in self._newest_cases() if case.is_open or not only_open]
        return [case for case in found if before_ms is None or case.opened_ms < before_ms][:limit]

    def _newest_cases(self) -> list[CaseRecord]:
        newest_first = reversed(self._store.cases.values())
        return sorted(newest_first, key=lambda case: case.opened_ms, reverse=True)

    def _newest_of(self, caller: str) -> list[CaseRecord]:
        newest_first = [self._store.cases[one] for one in reversed(self._store.cases_of.get(caller, ()))]
        return sorted(newest_first, key=lambda case: case.opened_ms, reverse=True)

    async def count_cases(self, *, before_ms: int | None = None) -> CaseCount:
        await self._reading()
        found = [case for case in self._store.cases.values() if case.is_open]
        found = [case for case in found if before_ms is None or case.opened_ms < before_ms]
        unheld_ms = [case.opened_ms for case in found if not case.holder]
        return CaseCount(open=len(found), unheld=len(unheld_ms), unheld_since_ms=min(unheld_ms, default=None))

    async def cases_since(self, change: int, *, limit: int) -> list[CaseRecord]:
        await self._reading()
        later = [case for case in self._store.cases.values() if case.change > change]
        return sorted(later, key=lambda case: case.change)[:limit]

    # ------------------------------------------------------------------------------ timers and effects
    async def claim_due(self, *, holder: str, now_ms: int, lease_ms: int, limit: int) -> list[ClaimedDue]:
        def claim() -> list[ClaimedDue]:
            ready = [
                (timer.due_ms, *key)
                for key, timer in self._store.due.items()
                if timer.due_ms <= now_ms and is_free(timer.until_ms, self._store.clock_ms(), lease_ms)
            ]
            taken = sorted(ready)[:limit]
            for _, case, key in taken:
                self._store.due[case, key].until_ms = self._store.clock_ms() + lease_ms
                self._store.due[case, key].holder = holder
            return [ClaimedDue(case=case, key=key, due_ms=due_ms) for due_ms, case, key in taken]

        return await self._write("claim_due", claim)

    async def next_due_ms(self) -> int | None:
        await self._reading()
        store = self._store
        if store.wakes_ms is None:
            timers = [timer.until_ms or timer.due_ms for timer in store.due.values()]
            waits = [one.until_ms or one.record.parcel.not_before_ms for one in store.waits.values()]
            store.wakes_ms = (min(timers + waits, default=None),)
        return store.wakes_ms[0]

    async def claim_parcels(self, *, holder: str, now_ms: int, lease_ms: int, room: Room) -> list[ParcelRecord]:
        def claim() -> list[ParcelRecord]:
            taken = self._without_overtaken(self._in_turn(room, now_ms, lease_ms), now_ms, lease_ms)
            for posted in taken:
                posted.until_ms = self._store.clock_ms() + lease_ms
                posted.holder = holder
                attempts = posted.record.attempts + 1
                posted.record = msgspec.structs.replace(posted.record, attempts=attempts, updated_ms=now_ms)
            return [posted.record for posted in taken]

        return await self._write("claim_parcels", claim)

    def _in_turn(self, room: Room, now_ms: int, lease_ms: int) -> list[Posted]:
        """Of each lane, by rank and age, as many as there is room for and none to a recipient with its share."""
        ready = sorted(self._ready(room, now_ms, lease_ms), key=_turn)
        busy, chosen = Counter(room.recipients), []
        for lane in sorted({posted.record.parcel.lane for posted in ready}):
            left = room.of(lane)
            for posted in ready:
                parcel = posted.record.parcel
                is_next = parcel.lane == lane and left > 0
                if is_next and (not parcel.recipient or busy[parcel.recipient] < room.recipient):
                    busy[parcel.recipient] += bool(parcel.recipient)
                    chosen.append(posted)
                    left -= 1
        return sorted(chosen, key=_turn)

    def _ready(self, room: Room, now_ms: int, lease_ms: int) -> list[Posted]:
        """Whatever may go now and has any room at all, in no order."""
        clock_ms, busy, most = self._store.clock_ms(), room.recipients, room.recipient
        full = {lane for lane, left in room.lanes.items() if left <= 0}
        free = [one for one in self._store.waits.values() if is_free(one.until_ms, clock_ms, lease_ms)]
        return [
            one
            for one in free
            if (parcel := one.record.parcel).not_before_ms <= now_ms
            and parcel.lane not in full
            and (not busy or not parcel.recipient or busy.get(parcel.recipient, 0) < most)
        ]

    def _without_overtaken(self, chosen: list[Posted], now_ms: int, lease_ms: int) -> list[Posted]:
        topics = {posted.record.parcel.topic for posted in chosen} - {None}
        for posted in list(self._store.waits.values()) if topics else ():
            topic, is_idle = posted.record.parcel.topic, is_free(posted.until_ms, self._store.clock_ms(), lease_ms)
            if topic in topics and self._store.newest_of[topic] != posted.record.parcel.id and is_idle:
                changes = {"state": "not_needed", "error": "A newer page took its place.", "updated_ms": now_ms}
                posted.record = msgspec.structs.replace(posted.record, **changes)
                self._let_go_of(posted)
        return [posted for posted in chosen if posted.record.state == "waiting"]

    async def settle_parcels(self, outcomes: Sequence[ParcelOutcome], *, now_ms: int) -> None:
        def settle() -> None:
            if any(one.id not in self._store.parcels for one in outcomes):
                raise Unknown("storage.parcel", "There is no such parcel.")
            for one in outcomes:
                self._settle(self._store.parcels[one.id], one, now_ms)

        if outcomes:
            await self._write("settle_parcels", settle)

    async def parcels(
        self, *, case: bytes | None = None, state: str | None = None, limit: int = 1000
    ) -> list[ParcelRecord]:
        await self._reading()
        records = [posted.record for posted in reversed(self._store.parcels.values())]
        found = [record for record in records if case is None or record.parcel.case == case]
        return [record for record in found if state is None or record.state == state][:limit]

    async def count_parcels(self, *, before_ms: int | None = None) -> ParcelCount:
        await self._reading()
        records = [posted.record for posted in self._store.parcels.values()]
        waits = [record for record in records if record.state == "waiting"]
        waits = [record for record in waits if before_ms is None or record.parcel.not_before_ms < before_ms]
        return ParcelCount(
            waiting=len(waits),
            first_ms=min((record.parcel.not_before_ms for record in waits), default=None),
            failed=sum(record.error != "" for record in waits),
            given_up=sum(record.state == "given_up" for record in records),
        )

    def _settle(self, posted: Posted, outcome: ParcelOutcome, now_ms: int) -> None:
        changes: dict[str, Any] = {"state": outcome.state, "error": outcome.error, "updated_ms": now_ms}
        if outcome.state == "done":
            changes |= {"result": outcome.result if posted.record.parcel.blob else b"", "error": ""}
        elif posted.record.state != "waiting" or outcome.attempt not in {0, posted.record.attempts}:
            return
        parcel = posted.record.parcel
        if outcome.state == "waiting":
            parcel = msgspec.structs.replace(parcel, not_before_ms=outcome.not_before_ms)
        posted.record = msgspec.structs.replace(posted.record, parcel=parcel, **changes)
        self._let_go_of(posted)

    def _let_go_of(self, posted: Posted) -> None:
        posted.until_ms, posted.holder = 0, ""
        if posted.record.state != "waiting":
            self._store.waits.pop(posted.record.parcel.id, None)

    # ------------------------------------------------------------------------------------------- log
    async def unlogged(self, *, limit: int) -> list[Entry]:
        await self._reading()
        return [self._store.entries[seq - 1] for seq in islice(self._store.unlogged, limit)]

    async def put_leaves(self, leaves: Sequence[Leaf], *, checkpoint: bytes, size: int, now_ms: int) -> None:
        await self._write("put_leaves", lambda: self._put_leaves(leaves, checkpoint, size, now_ms))

    def _put_leaves(self, leaves: Sequence[Leaf], checkpoint: bytes, size: int, now_ms: int) -> None:
        start = len(self._store.leaves)
        if [leaf.index for leaf in leaves] != list(range(start, start + len(leaves))) or size != start + len(leaves):
            raise Conflict("log.gap", "These leaves would leave a gap or write over some.")
        named = [leaf.seq for leaf in leaves if leaf.seq]
        if len(set(named)) != len(named) or self._store.leaf_at.keys() & set(named):
            raise Conflict("log.twice", "One of these entries has a leaf already.")
        if any(not 0 < seq <= len(self._store.entries) for seq in named):
            raise Conflict("log.not_committed", "One of these leaves names an entry that is not there.")
        self._store.leaves += leaves
        for leaf in leaves:
            self._store.unlogged.pop(leaf.seq, None)
        self._store.leaf_at |= {leaf.seq: leaf.index for leaf in leaves if leaf.seq}
        self._store.checkpoint = (size, checkpoint)
        hour = max([now_ms // HOUR_MS, *self._store.checkpoints])
        kept = {one: note for one, note in self._store.checkpoints.items() if one > hour - CHECKPOINTS_MAX_HOURS}
        self._store.checkpoints = {**kept, hour: checkpoint}

    async def leaf_of(self, seq: int) -> Leaf | None:
        await self._reading()
        index = self._store.leaf_at.get(seq)
        return None if index is None else self._store.leaves[index]

    async def leaf_hashes(self, *, start: int, stop: int) -> list[bytes]:
        await self._reading()
        return [leaf.leaf_hash for leaf in self._store.leaves[start:stop]]

    async def checkpoint(self) -> tuple[int, bytes]:
        await self._reading()
        return self._store.checkpoint

    async def checkpoints(self) -> list[bytes]:
        await self._reading()
        return list(self._store.checkpoints.values())

    # ---------------------------------------------------------------------- tokens, facts and leases
    async def put_token(self, token: TokenRecord) -> None:
        await self._write("put_token", lambda: self._store.tokens.update({token.digest: token}))

    async def renew_token(self, digest: bytes, *, expires_ms: int) -> bool:
        def renew() -> bool:
            found = self._store.tokens.get(digest)
            if found is None or found.expires_ms >= expires_ms:
                return False
            self._store.tokens[digest] = msgspec.structs.replace(found, expires_ms=expires_ms)
            return True

        return await self._write("renew_token", renew)

    async def token(self, digest: bytes, *, now_ms: int) -> TokenRecord | None:
        await self._reading()
        found = self._store.tokens.get(digest)
        return found if found is not None and found.expires_ms > now_ms else None

    async def spend_token(self, digest: bytes, *, now_ms: int) -> TokenRecord | None:
        def spend() -> TokenRecord | None:
            tokens = self._store.tokens
            for expired in [one.digest for one in tokens.values() if one.expires_ms <= now_ms]:
                del tokens[expired]
            return tokens.pop(digest) if digest in tokens and tokens[digest].once else None

        return await self._write("spend_token", spend)

    async def use_once(self, digest: bytes, *, expires_ms: int, now_ms: int) -> bool:
        def use() -> bool:
            tokens = self._store.tokens
            for expired in [one.digest for one in tokens.values() if one.expires_ms <= now_ms]:
                del tokens[expired]
            used = TokenRecord(digest=digest, purpose="used", party="", expires_ms=expires_ms, once=False, blob=b"")
            return tokens.setdefault(digest, used) is used

        return await self._write("use_once", use)

    async def keep_draft(self, lines: Sequence[DraftLine]) -> bool:
        def keep() -> bool:
            kept = self._store.draft_lines
            for draft in {line.draft for line in lines}:
                if (draft, DRAFT_DONE) in kept:
                    return False
                under_way = {one for one, _ in kept if (one, DRAFT_DONE) not in kept}
                if draft not in under_way and len(under_way) >= DRAFTS_MAX:
                    raise Busy("draft.too_many", "Too many calls are being written down already.")
            for line in lines:
                before = kept.get((line.draft, line.name))
                if before is None or before.turn <= line.turn:
                    kept[line.draft, line.name] = line
            return True

        return await self._write("keep_draft", keep)

    async def draft(self, draft: bytes) -> list[DraftLine]:
        await self._reading()
        return [line for (one, _), line in sorted(self._store.draft_lines.items()) if one == draft]

    async def drafts(self) -> list[DraftLine]:
        await self._reading()
        return [line for (_, name), line in sorted(self._store.draft_lines.items()) if name != DRAFT_DONE]

    async def finish_draft(self, done: DraftLine) -> bool:
        def finish() -> bool:
            kept = self._store.draft_lines
            if (done.draft, DRAFT_DONE) in kept:
                return False
            for key, line in list(kept.items()):
                is_old = key[1] == DRAFT_DONE and line.at_ms < done.at_ms - DRAFT_DONE_MS
                if key[0] == done.draft or is_old:
                    del kept[key]
            kept[done.draft, DRAFT_DONE] = done
            return True

        return await self._write("finish_draft", finish)

    async def drop_tokens(self, *, party: str, purpose: str | None = None) -> int:
        def drop() -> int:
            dropped = [
                token.digest
                for token in self._store.tokens.values()
                if token.party == party and purpose in {None, token.purpose}
            ]
            for digest in dropped:
                del self._store.tokens[digest]
            return len(dropped)

        return await self._write("drop_tokens", drop)

    async def tokens_of(self, *, party: str, purpose: str, now_ms: int) -> list[TokenRecord]:
        await self._reading()
        own = [one for one in self._store.tokens.values() if (one.party, one.purpose) == (party, purpose)]
        return sorted((one for one in own if one.expires_ms > now_ms), key=lambda one: (-one.expires_ms, one.digest))

    async def drop_token(self, digest: bytes, *, party: str) -> bool:
        def drop() -> bool:
            found = self._store.tokens.get(digest)
            return found is not None and found.party == party and bool(self._store.tokens.pop(digest))

        return await self._write("drop_token", drop)

    async def add_passkey(self, passkey: PasskeyRecord) -> bool:
        def add() -> bool:
            return self._store.passkeys.setdefault(passkey.id, passkey) is passkey

        return await self._write("add_passkey", add)

    async def passkey(self, credential: bytes) -> PasskeyRecord | None:
        await self._reading()
        return self._store.passkeys.get(credential)

    async def passkeys_of(self, party: str) -> list[PasskeyRecord]:
        await self._reading()
        own = [one for one in self._store.passkeys.values() if one.party == party]
        return sorted(own, key=lambda one: (one.added_ms, one.id))

    async def use_passkey(self, credential: bytes, *, before: int, count: int, now_ms: int) -> bool:
        def use() -> bool:
            found = self._store.passkeys.get(credential)
            if found is None or found.count != before:
                return False
            self._store.passkeys[credential] = msgspec.structs.replace(found, count=count, used_ms=now_ms)
            return True

        return await self._write("use_passkey", use)

    async def drop_passkey(self, credential: bytes, *, party: str) -> bool:
        def drop() -> bool:
            found = self._store.passkeys.get(credential)
            return found is not None and found.party == party and bool(self._store.passkeys.pop(credential))

        return await self._write("drop_passkey", drop)

    async def note_accesses(self, rows: Sequence[AccessRecord]) -> None:
        def add() -> None:
            for row in rows:
                self._store.access_num += 1
                self._store.accesses.append(msgspec.structs.replace(row, num=self._store.access_num))

        await self._write("note_accesses", add)

    async def accesses(
        self, *, limit: int, before_num: int = 0, party: str = "", case: bytes | None = None, about: str = ""
    ) -> list[AccessRecord]:
        await self._reading()
        found = [
            row
            for row in reversed(self._store.accesses)
            if (not before_num or row.num < before_num)
            and party in {"", row.party}
            and case in {None, row.case}
            and about in {"", row.about}
        ]
        return found[:limit]

    async def forget_accesses(self, *, before_ms: int, keep_max: int) -> int:
        def forget() -> int:
            rows = self._store.accesses
            kept = [row for row in rows if row.at_ms >= before_ms]
            self._store.accesses = kept[max(0, len(kept) - keep_max) :]
            return len(rows) - len(self._store.accesses)

        return await self._write("forget_accesses", forget)

    async def put_file(self, case_id: bytes, digest: bytes, content: bytes, *, now_ms: int, room: FileRoom) -> bool:
        def put() -> bool:
            case = self._store.cases.get(case_id)
            if case is None:
                raise Unknown("case.unknown", "This station has no such case.")
            if not case.blob:
                raise Conflict("case.erased", "This case was erased.")
            if room.is_known:
                self._store.strangers_files = {key for key in self._store.strangers_files if key[0] != case_id}
            if (case_id, digest) in self._store.files:
                return False
            self._need_room(case_id, len(content), room)
            self._store.files[case_id, digest] = content
            self._store.files_by[case_id, digest] = room.party
            if room.is_strangers:
                self._store.strangers_files.add((case_id, digest))
            return True

        return await self._write("put_file", put)

    def _need_room(self, case_id: bytes, size: int, room: FileRoom) -> None:
        counted = self._store.strangers_files if room.is_strangers else set(self._store.files)
        of_case = {key for key in counted if key[0] == case_id}
        own = {key for key in of_case if self._store.files_by.get(key, "") == room.party}
        case_codes = (
            ("file.stranger_room", "file.stranger_many") if room.is_strangers else ("file.case_full", "file.case_many")
        )
        looks = [(of_case, room.case, *case_codes), (own, room.own, "file.own_full", "file.own_many")]
        if room.is_strangers:
            looks.append((self._store.strangers_files, room.strangers, "file.strangers_full", "file.strangers_full"))
        looks.append((set(self._store.files), room.station, "file.station_full", "file.station_full"))
        for keys, limit, full, many in looks:
            used = self._room_of(keys)
            if used.size_bytes + size > limit.size_bytes:
                raise Conflict(full, "These files have no more room.")
            if used.number + 1 > limit.number:
                raise Conflict(many, "These files are too many.")

    def _room_of(self, keys: Iterable[tuple[bytes, bytes]]) -> Space:
        sizes = [len(self._store.files[key]) for key in keys]
        return Space(sum(sizes), len(sizes))

    def _files_used(self) -> FilesUsed:
        store = self._store
        return FilesUsed(station=self._room_of(store.files), strangers=self._room_of(store.strangers_files))

    async def files_used(self) -> FilesUsed:
        await self._reading()
        return self._files_used()

    async def file(self, case_id: bytes, digest: bytes) -> bytes | None:
        await self._reading()
        return self._store.files.get((case_id, digest))

    async def fact(self, name: str) -> bytes | None:
        await self._reading()
        return self._store.facts.get(name)

    async def set_fact(self, name: str, value: bytes) -> None:
        await self._write("set_fact", lambda: self._store.facts.update({name: value}))

    async def lease(self, name: str, *, holder: str, lease_ms: int, longest_ms: int = 0) -> int:
        def take() -> int:
            present, now_ms = self._store.leases.get(name, Lease(holder, 0, 1)), self._store.clock_ms()
            is_lapsed = present.until_ms <= now_ms
            if lease_ms:
                is_lapsed = is_free(present.until_ms, now_ms, longest_ms or lease_ms)
            if present.holder != holder and not is_lapsed:
                return 0
            term = present.fence + (present.holder != holder)
            self._store.leases[name] = Lease(holder, now_ms + lease_ms, term)
            return term

        return await self._write("lease", take)

    # -------------------------------------------------------------------------------- news and erasure
    async def wait_for_news(self, *, after_seq: int, timeout_ms: int) -> int:
        await self._reading()
        changed = asyncio.Event()
        self._store.waiting[changed] = None
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                while len(self._store.entries) <= after_seq:
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            pass
        finally:
            self._store.waiting.pop(changed, None)
        return len(self._store.entries)

    async def erase_case(self, case_id: bytes, *, now_ms: int) -> int:
        return await self._write("erase_case", lambda: self._erase(case_id, now_ms))

    async def forget_erased(self) -> bool:
        await self._reading()
        return True

    def _erase(self, case_id: bytes, now_ms: int) -> int:
        store = self._store
        case = store.cases.get(case_id)
        if case is not None and case.is_open:
            raise Conflict("storage.case_open", "An open case cannot be erased.")
        for seq in [seq for seq, route in store.inbox.items() if route == f"case:{case_id.hex()}"]:
            del store.inbox[seq]
            store.of_case.setdefault(case_id, []).append(seq)
            self._replace(seq, case=case_id, verdict="erased")
        in_case = [entry for entry in store.entries if entry.case == case_id]
        of_case = [entry for entry in in_case if (entry.kind, entry.verdict) != ("erased", "applied")]
        for entry in of_case:
            self._replace(entry.seq, cose=b"", admission=b"", reason="")
        seqs = {entry.seq for entry in of_case}
        emptied = msgspec.structs.replace
        store.leaves = [emptied(leaf, key=b"") if leaf.seq in seqs else leaf for leaf in store.leaves]
        self._stop_timers(case_id)
        store.files = {key: one for key, one in store.files.items() if key[0] != case_id}
        store.strangers_files &= store.files.keys()
        for posted in store.parcels.values():
            if posted.record.parcel.case == case_id:
                parcel = emptied(posted.record.parcel, blob=b"", recipient=b"", topic=None)
                if posted.record.state == "waiting":
                    posted.record = emptied(posted.record, state="given_up", updated_ms=now_ms)
                posted.record = emptied(posted.record, parcel=parcel, result=b"", error="")
                self._let_go_of(posted)
        numbered = sorted(store.parcels.values(), key=lambda posted: posted.number)
        topics = [posted.record.parcel for posted in numbered if posted.record.parcel.topic is not None]
        store.newest_of = {parcel.topic: parcel.id for parcel in topics if parcel.topic is not None}
        if case is not None:
            store.change += 1
            changes = {"updated_ms": now_ms, "version": case.version + 1, "change": store.change}
            store.cases[case_id] = emptied(case, blob=b"", **changes)
        return sum(1 for entry in of_case if entry.cose)

    # ------------------------------------------------------------------------------------------ faults
    async def _reading(self) -> None:
        await asyncio.sleep(0)
        if self._is_closed:
            raise Busy("storage.closed", "The journal is closed.")

    async def _write(self, name: str, change: Callable[[], T]) -> T:
        await self._reading()
        self._store.before(name)
        self._store.wakes_ms = None
        result = change()
        for changed in self._store.waiting:
            changed.set()
        self._store.after(name)
        return result
