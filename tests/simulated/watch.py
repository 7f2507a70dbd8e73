"""The laws, looked at after every transaction: each costs little, and whoever breaks one is stopped there.

What is looked at here needs only what the transaction touched; ``judgement`` looks at the whole, at rest.
"""

import linecache
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from doubles.case_laws import assert_laws, assert_step

import esos.station.fold as folding
from esos.case.model import Case
from esos.errors import EsosError
from esos.logbook.checkpoint import verify_checkpoint
from esos.logbook.nodes import Tree
from esos.station.paging import PageOrder
from esos.station.ports import PageMessage
from esos.station.records import CaseRecord
from simulated.reading import decode_once
from simulated.storage import Touched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulated.world import World

LEAVES_BETWEEN_LOOKS = 24
"""How often the log's head is verified: the signature and the tree of each would be half of all work."""


class Watch:
    """What must hold after every transaction, and what people were told."""

    def __init__(self, world: "World") -> None:
        self.cases: dict[bytes, Case] = {}
        self.acknowledged: dict[bytes, int] = {}
        """Statement to the journal number that was told, 0 where the carrier tells none."""
        self._world = world
        self._store = world.disk.store
        self._versions: dict[bytes, int] = {}
        self._changes = 0
        self._seen = 0
        self._tree = Tree()
        self._pages: dict[str, tuple[str, str, str]] = {}
        self._ordered: dict[tuple[Any, ...], str] = {}
        self._last_now_ms = 0

    # --------------------------------------------------------------------------------- transactions
    def committed(self, name: str, touched: Touched) -> None:
        """One transaction is kept: what it touched keeps the laws."""
        self._look_at_numbers()
        for record, due in touched.cases:
            self._look_at_case(record, due)
        if name == "put_leaves" and len(self._store.leaves) >= self._tree.size + LEAVES_BETWEEN_LOOKS:
            self.look_at_log()

    def store_crashed(self) -> None:
        """After a loss of power everything that was told as kept is there."""
        for statement, seq in self.acknowledged.items():
            self._look_for(statement, seq)
        if len(self._store.entries) < self._seen:
            self._broken("the journal became shorter")

    def _look_at_numbers(self) -> None:
        """Law 11: the journal only grows, and its numbers have no gap."""
        entries = self._store.entries
        for entry in entries[self._seen :]:
            self._seen += 1
            if entry.seq != self._seen or self._store.ids[entry.id] != entry.seq:
                self._broken(f"statement {entry.kind} stands under number {entry.seq}, not once under {self._seen}")
            if entry.kind == "elapsed":
                self._world.chronicle.note("timer", "ran out, number", entry.seq)

    def _look_at_case(self, record: CaseRecord, due: dict[str, int]) -> None:
        if record.version != self._versions.get(record.id, 0) + 1:
            self._broken(f"case {_short(record.id)} was saved as version {record.version} out of turn")
        if record.change <= self._changes:
            self._broken(f"case {_short(record.id)} was saved under a change number that is not new")
        self._versions[record.id], self._changes = record.version, record.change
        before, case = self.cases.get(record.id), decode_once(record.blob)
        self.cases[record.id] = case
        for fault in _faults(case, due, record, before):
            self._broken(f"case {_short(record.id)}: {fault}")

    def look_at_log(self) -> None:
        """Law 11: every checkpoint is signed, and is the one before it grown."""
        size, note = self._store.checkpoint
        self._tree.extend([leaf.leaf_hash for leaf in self._store.leaves[self._tree.size : size]])
        one = self._world.identity
        try:
            head = verify_checkpoint(note, origin=one.origin, public=one.public).checkpoint
        except EsosError as cause:
            self._broken(f"the checkpoint of size {size} does not hold: {cause}")
            return
        if (head.size, head.root) != (self._tree.size, self._tree.frontier().root()):
            self._broken(f"the checkpoint of size {size} is not the log grown")

    # ------------------------------------------------------------------------------------------ steps
    @contextmanager
    def over_steps(self) -> "Iterator[None]":
        """While the block runs, every step of every case is judged by the laws of a step."""
        real = folding.step

        def watched(case: Case, event: Any, now_ms: int) -> Any:
            after, effects = real(case, event, now_ms)
            self._judge_step(case, event, after, effects, now_ms)
            return after, effects

        folding.step = watched  # type: ignore[assignment]
        try:
            yield
        finally:
            folding.step = real

    def _judge_step(self, *step: Any) -> None:
        before, event, after, effects, now_ms = step
        try:
            assert_step(before, event, after, effects, now_ms)
            assert_laws(after, max(now_ms, after.opened_ms))
        except AssertionError as fault:
            self._broken(f"case {_short(before.id)}, {event.kind}: {_place(fault)}")

    def version_of(self, case_id: bytes) -> int:
        """How often a case was saved."""
        return self._versions.get(case_id, 0)

    # ----------------------------------------------------------------------------- what people were told
    def told(self, statement: bytes, seq: int) -> None:
        """Somebody was told that a statement is kept (law 3)."""
        known = self.acknowledged.setdefault(statement, seq)
        if seq and known and known != seq:
            self._broken(f"statement {_short(statement)} was acknowledged under {known} and under {seq}")
        self.acknowledged[statement] = known or seq
        self._look_for(statement, seq)

    def _look_for(self, statement: bytes, seq: int) -> None:
        kept = self._store.ids.get(statement)
        if kept is None or (seq and kept != seq) or not self._store.entries[kept - 1].cose:
            self._broken(f"acknowledged under {seq or 'no number'} and not there: {_short(statement)}")

    def reached(self, page: PageMessage) -> None:
        """A page reached a person: it was ordered, says one thing under its id, and comes under no second id."""
        words = (page.address, page.title, page.body)
        posted = self._store.parcels.get(bytes.fromhex(page.stable_id))
        if posted is None:
            self._broken(f"a page that nobody ordered reached {page.address}: {page.title}")
            return
        if page.is_exercise != (self._world.identity.realm.value == "exercise"):
            self._broken(f"a page of the other realm reached {page.address}")
        order = msgspec.msgpack.decode(posted.record.parcel.blob, type=PageOrder)
        if not order.gathers and self._pages.setdefault(page.stable_id, words) != words:
            self._broken(f"one page said two things to {page.address}")
        moment = (order.case, order.party, order.address, order.reason, order.ref, order.urgency, order.ordered_ms)
        if self._ordered.setdefault(moment, page.stable_id) != page.stable_id:
            self._broken(f"{order.party} was paged twice for {order.reason} at one moment")

    def _broken(self, words: str) -> None:
        self._world.broken(words)


def _faults(case: Case, due: dict[str, int], record: CaseRecord, before: Case | None) -> "Iterator[str]":
    """Laws 5, 6 and 8, and that the rows a station is woken by are the case's timers."""
    if due != {key: timer.due_ms for key, timer in case.timers.items()}:
        yield "the due rows are not the case's timers"
    if any(not timer.next_holder for timer in case.timers.values()):
        yield "a timer without a next holder"
    holders = {"ack"} if case.lease is None else {"lease", "review"}
    if case.is_open and not holders & case.timers.keys():
        yield f"open, {case.life.value}, and nobody holds it"
    if (record.is_open, record.holder) != (case.is_open, case.lease.holder if case.lease else ""):
        yield "its row says something else than the case"
    if case.life.is_ended and "settle" not in case.timers:
        yield "ended, and nothing will close it"
    if not case.is_open and any(grant.live for grant in case.grants.values()):
        yield f"{case.life.value}, and a grant is still live"
    if before is not None:
        yield from _undone(before, case)


def _undone(before: Case, case: Case) -> "Iterator[str]":
    """Law 6: what has an outcome keeps it."""
    for key, request in before.requests.items():
        now = case.requests.get(key)
        if now is None:
            yield f"request {_short(key)} is gone"
        elif request.is_ended and now.state is not request.state:
            yield f"request {_short(key)} went from {request.state.value} to {now.state.value}"


def _place(fault: AssertionError) -> str:
    """Which law it was: the assertion's own words, or the line that made it."""
    last = fault.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return str(fault)
    code = last.tb_frame.f_code
    line = linecache.getline(code.co_filename, last.tb_lineno).strip()
    return f"{fault or 'broken'}: {line} ({code.co_name})"


def _short(name: bytes) -> str:
    return name.hex()[:8]
