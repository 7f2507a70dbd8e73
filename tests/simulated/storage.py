"""A simulated disk under the journal: transactions wait for a sync, and a crash keeps or loses each that waited.

What a database promises, it keeps: all of a transaction or nothing, and what was told as committed stays. What
it does not promise happens: refusals, long syncs, a connection that breaks after the commit, a crash between
commit and answer. ``is_lying`` breaks the promise on purpose: it answers before the sync.
"""

import asyncio
import copy
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.errors import Busy, EsosError
from esos.station.records import CaseRecord, ClaimedDue, Folding, Leaf, ParcelRecord, Room, RouteWork
from simulated.chronicle import Chronicle

REFUSALS = (
    ("storage.locked", "The journal is locked by another process."),
    ("storage.full", "The disk is full."),
    ("storage.unreachable", "The database cannot be reached."),
)
READ_YIELDS = 0.25
"""How many reads let others run before they are answered."""
CLAIMS = frozenset(
    {"claim_inbox", "claim_due", "claim_parcels", "let_go", "spend_token", "use_once", "renew_token", "drop_tokens"}
)
"""Transactions that often change nothing; then they count as no event."""


class Crash(BaseException):
    """The process is gone: nothing may catch this."""


class Owner(Protocol):
    """The process that asks, as far as a disk knows it."""

    name: str
    is_dead: bool

    async def unpaused(self) -> None:
        """Return as soon as the process runs; raises ``Crash`` once it is dead."""

    def crash(self, why: str) -> None:
        """End it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFaults:
    """How bad the store is: chances of one operation, and times in seconds."""

    refusal: float = 0.0
    ambiguity: float = 0.0
    """A transaction is kept, and an error is told."""
    sync_s: float = 0.002
    slow: float = 0.0
    slow_s: float = 0.5
    is_lying: bool = False
    """Answers before the sync: a crash loses what was told as kept."""


@dataclass(slots=True)
class _Waiting:
    """One transaction on its way to the disk."""

    owner: Owner
    name: str
    change: Callable[[], Any]
    told: "asyncio.Future[Any]"
    is_kept: bool = True
    is_applied: bool = False
    then_crash: bool = False


@dataclass(slots=True)
class Touched:
    """What the last transaction touched, for whoever watches the laws."""

    cases: list[tuple[CaseRecord, dict[str, int]]] = field(default_factory=list)
    """Each save of a case, with the timers that were kept beside it and when they are due."""
    leaves: list[Leaf] = field(default_factory=list)


Watch = Callable[[str, Touched], None]
Switch = Callable[[int, str], str]
"""Number and name of a transaction to what happens to its process: nothing, ``lost`` or ``kept`` and dead."""


class Disk:
    """The one store of a world, and what goes wrong with it."""

    def __init__(self, chance: random.Random, chronicle: Chronicle, clock_ms: Callable[[], int]) -> None:
        self.store = MemoryStore(clock_ms=clock_ms)
        self.faults = DiskFaults()
        self.touched = Touched()
        self.watch: Watch = lambda name, touched: None
        self.switch: Switch = lambda number, name: ""
        self.written: list[str] = []
        self.is_down = False
        self.refuses = ""
        """The code with which every transaction is refused, empty for none."""
        self._chance = chance
        self._chronicle = chronicle
        self._waiting: list[_Waiting] = []
        self._synced: MemoryStore | None = None
        self._is_syncing = False

    # ------------------------------------------------------------------------------- what is asked of it
    def lets_others_run(self) -> bool:
        """Whether something else happens between a question and its answer."""
        return self._chance.random() < READ_YIELDS

    def refuse_now_and_then(self) -> None:
        """Raise ``Busy`` while it is down, and by chance."""
        if self.is_down:
            raise Busy("storage.unreachable", "The database cannot be reached.")
        if self.faults.refusal and self._chance.random() < self.faults.refusal:
            self._chronicle.note_aside("refused")
            raise Busy(*self._chance.choice(REFUSALS))

    def begin(self, owner: Owner, name: str, change: Callable[[], Any]) -> "asyncio.Future[Any]":
        """Write a transaction; the answer comes after the sync that covers it."""
        if self.refuses:
            raise Busy(self.refuses, "The store was told to refuse.")
        told = asyncio.get_running_loop().create_future()
        one = _Waiting(owner, name, change, told)
        self.written.append(name)
        fate = self.switch(len(self.written), name)
        if fate == "lost":
            owner.crash(f"power lost before {name}")
            raise Crash
        one.then_crash = fate == "kept"
        self._waiting.append(one)
        if self.faults.is_lying:
            self._lie(one)
        if not self._is_syncing:
            self._is_syncing = True
            asyncio.get_running_loop().call_later(self._sync_s(), self._sync)
        return told

    def _sync_s(self) -> float:
        if self.faults.slow and self._chance.random() < self.faults.slow:
            return self._chance.uniform(0, self.faults.slow_s)
        return self._chance.uniform(0.1, 1.0) * self.faults.sync_s

    # ------------------------------------------------------------------------------------- what it does
    def _sync(self) -> None:
        """All that waits is on the disk now, one after another, and is told."""
        self._is_syncing = False
        batch, self._waiting = self._waiting, []
        for one in batch:
            self._commit(one)
        if self.faults.is_lying:
            self._synced = _copy_of(self.store)

    def _commit(self, one: _Waiting) -> None:
        if one.is_applied:  # it was told already: the lie
            return
        if not one.is_kept:
            _tell_lost(one)
            return
        try:
            result = self._change(one)
        except EsosError as refusal:
            _tell(one, refusal)
            return
        if one.then_crash:
            one.owner.crash(f"power lost after {one.name}")
        elif self.faults.ambiguity and self._chance.random() < self.faults.ambiguity:
            self._chronicle.note("ambiguous commit", one.name)
            _tell_lost(one)
        else:
            _tell(one, result)

    def _change(self, one: _Waiting) -> Any:
        self.touched, one.is_applied, self.store.wakes_ms = Touched(), True, None
        result = one.change()
        if result or one.name not in CLAIMS:
            self._chronicle.note("transaction", one.name, "by", one.owner.name)
        for changed in self.store.waiting:
            changed.set()
        self.watch(one.name, self.touched)
        return result

    def _lie(self, one: _Waiting) -> None:
        if self._synced is None:
            self._synced = _copy_of(self.store)
        self._commit(one)

    def crash(self) -> None:
        """The store loses its power: each transaction that waited is kept or lost, and nobody is told which."""
        self._chronicle.note("store crashed", len(self._waiting), "transactions were under way")
        self.is_down = True
        batch, self._waiting = self._waiting, []
        if self.faults.is_lying and self._synced is not None and batch:
            _restore(self.store, self._synced)
        for one in batch:
            if self._chance.random() < 0.5:
                with suppress(EsosError):
                    self._change(one)
            _tell_lost(one)

    def forget(self, owner: Owner) -> None:
        """A process died: what it had under way arrives at the store, or does not."""
        for one in self._waiting:
            if one.owner is owner:
                one.is_kept = self._chance.random() < 0.5


def _tell(one: _Waiting, said: Any) -> None:
    if one.told.done() or one.owner.is_dead:
        return
    if isinstance(said, EsosError):
        one.told.set_exception(said)
    else:
        one.told.set_result(said)


def _tell_lost(one: _Waiting) -> None:
    _tell(one, Busy("storage.unreachable", "The connection broke; perhaps it was kept."))


_PARTS: tuple[str, ...] = tuple(
    name for name in MemoryStore.__slots__ if name not in {"before", "after", "waiting", "clock_ms"}
)


def _copy_of(store: MemoryStore) -> MemoryStore:
    kept = MemoryStore()
    _restore(kept, store)
    return kept


def _restore(store: MemoryStore, kept: MemoryStore) -> None:
    """The state of another store: values are shared, whatever changes is copied."""
    for name in _PARTS:
        setattr(store, name, copy.copy(getattr(kept, name)))
    store.due = {key: copy.copy(timer) for key, timer in kept.due.items()}
    store.parcels = {key: copy.copy(posted) for key, posted in kept.parcels.items()}
    store.waits = {key: store.parcels[key] for key in kept.waits}
    for name in ("cases_of", "of_case", "of_route"):
        setattr(store, name, {key: list(ids) for key, ids in getattr(kept, name).items()})


class SimJournal(MemoryJournal):
    """One process's connection to the disk: the port ``Journal``, as slow and as faulty as the disk is."""

    def __init__(self, disk: Disk, owner: Owner) -> None:
        super().__init__(disk.store)
        self._disk = disk
        self._owner = owner

    async def _reading(self) -> None:
        if self._disk.lets_others_run():
            await asyncio.sleep(0)
        await self._allowed()

    async def _allowed(self) -> None:
        await self._owner.unpaused()
        if self._is_closed:
            raise Busy("storage.closed", "The journal is closed.")
        self._disk.refuse_now_and_then()

    # ---------------------------------------------------- a claim that finds nothing writes nothing
    async def claim_inbox(self, *, holder: str, lease_ms: int, limit: int) -> list[RouteWork]:
        if not self._store.inbox:
            await self._reading()
            return []
        return await super().claim_inbox(holder=holder, lease_ms=lease_ms, limit=limit)

    async def claim_due(self, *, holder: str, now_ms: int, lease_ms: int, limit: int) -> list[ClaimedDue]:
        first_ms = self._store.earliest_due_ms()
        if first_ms is None or first_ms > now_ms:
            await self._reading()
            return []
        return await super().claim_due(holder=holder, now_ms=now_ms, lease_ms=lease_ms, limit=limit)

    async def claim_parcels(self, *, holder: str, now_ms: int, lease_ms: int, room: Room) -> list[ParcelRecord]:
        if not self._ready(room, now_ms, lease_ms):
            await self._reading()
            return []
        return await super().claim_parcels(holder=holder, now_ms=now_ms, lease_ms=lease_ms, room=room)

    async def _write(self, name: str, change: Callable[[], Any]) -> Any:
        await self._allowed()
        done = await self._disk.begin(self._owner, name, change)
        if self._owner.is_dead:
            raise Crash
        return done

    # ------------------------------------------------------------------------------ what is watched
    def _keep_case(self, case: CaseRecord, folding: Folding) -> None:
        super()._keep_case(case, folding)
        timers = {key: self._store.due[case.id, key].due_ms for key in self._store.timers_of[case.id]}
        self._disk.touched.cases.append((self._store.cases[case.id], timers))

    def _put_leaves(self, leaves: Any, checkpoint: bytes, size: int, now_ms: int) -> None:
        super()._put_leaves(leaves, checkpoint, size, now_ms)
        self._disk.touched.leaves += leaves
