"""The worker: takes what is committed but not folded, folds it case by case, and saves each fold whole.

Law 3: nothing here stands between a call and its acknowledgement. What cannot be folded is set aside visibly,
once; trouble of the store is nobody's fault, and all of that turn is tried again. Of several processes on one
store one folds at a time (decision 0045): a ranking must know every promise made before it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import groupby

import msgspec
import structlog

from esos.case.model import Case, decode_case, encode_case
from esos.errors import Busy
from esos.station.admit import Judge
from esos.station.aside import CALLS, alarms_for
from esos.station.directory import Directory
from esos.station.experience import Experience
from esos.station.fold import CaseFolder, Fold
from esos.station.follower import Follower
from esos.station.lease import NamedLease
from esos.station.ports import Journal
from esos.station.records import (
    APPLIED,
    FOLDING,
    SET_ASIDE,
    CaseRecord,
    ClaimedDue,
    Due,
    Entry,
    Folding,
    RouteWork,
    Verdict,
)
from esos.station.shortcode import page_code
from esos.station.turns import Turns
from esos.station.verdicts import Verdicts
from esos.words.life import Life

FOLD_LEASE_MS = 3_000
"""How long a process that folds may be silent before another folds in its place; as long hold its claims."""
_NO_ROUTE = RouteWork(route="", fence=0, entries=())
_log = structlog.get_logger("esos.fold")


class Folder:
    """Folds inbox and timers of one station. One instance a process; of several the one with the lease folds."""

    def __init__(
        self,
        *,
        journal: Journal,
        directory: Directory,
        judge: Judge,
        holder: str,
        verdicts: Verdicts,
        saved: Callable[[Case], None] = lambda case: None,  # noqa: ARG005
    ) -> None:
        self._journal = journal
        self.directory = directory
        self._holder = holder
        self.cases = CaseFolder(directory=directory, judge=judge)
        self.verdicts = verdicts
        self._turns = Turns()
        self.saved = saved
        self.folded: Callable[[Case], None] = lambda case: None  # noqa: ARG005
        """Told of every case that was saved, beside the door that ``saved`` tells."""
        self.experience = Experience(directory.register)
        self.follower = Follower(journal, self.learn)
        self.noted: Callable[[CaseRecord], None] = lambda record: None  # noqa: ARG005
        """Told of each of the newest cases when this process begins to learn."""
        self.lease = NamedLease(journal, FOLDING, holder=holder, lease_ms=FOLD_LEASE_MS)
        self._term = 0
        self._learning = asyncio.Lock()
        self._has_learnt = False

    async def run_once(self, *, now_ms: int) -> int:
        """Fold what waits and what is due, where this process has the lease; how many statements and timers."""
        await self.directory.refresh(self._journal)
        await self.learn_all()
        if not await self._has_turn(now_ms):
            return 0
        try:
            return await self._take_up(now_ms)
        except Busy:
            self.lease.doubt()
            await self._free_claims()
            raise

    async def _take_up(self, now_ms: int) -> int:
        began = asyncio.get_running_loop().time()
        works = await self._journal.claim_inbox(holder=self._holder, lease_ms=FOLD_LEASE_MS, limit=self._turns.queues)
        dues = await self._journal.claim_due(
            holder=self._holder, now_ms=now_ms, lease_ms=FOLD_LEASE_MS, limit=self._turns.dues
        )
        if works or dues:
            said = await self._fold(works, dues, now_ms)
            self._turns.pace(said, asyncio.get_running_loop().time() - began)
        return sum(len(work.entries) for work in works) + len(dues)

    async def _has_turn(self, now_ms: int) -> bool:
        """Whether this process is the one to fold now. The lease is asked for only when something waits."""
        if not self.lease.is_held(now_ms=now_ms) and not await self._is_wanted(now_ms):
            return False
        term = await self.lease.take(now_ms=now_ms)
        if term and term != self._term:
            await self.directory.refresh(self._journal)
            await self.follower.catch_up()  # no other can save under this term: now all promises are known
            self._term = term
            _log.info("fold_taken", term=term)
        return bool(term)

    async def _is_wanted(self, now_ms: int) -> bool:
        if self.lease.is_refused(now_ms=now_ms):
            return False
        if await self._journal.oldest_inbox_ms() is not None:
            return True
        due_ms = await self._journal.earliest_due_ms()
        return due_ms is not None and due_ms <= now_ms

    async def _free_claims(self) -> None:
        """What this process claimed may be claimed by whoever folds next."""
        with suppress(Busy):  # else the claims lapse
            await self._journal.let_go(holder=self._holder, parcels=False)

    async def _fold(self, works: Sequence[RouteWork], dues: Sequence[ClaimedDue], now_ms: int) -> int:
        """How much the station said in it."""
        routes = {work.route for work in works} | {f"case:{due.case.hex()}" for due in dues}
        batch = _Batch(self, await self._journal.cases_of(sorted(routes)), now_ms)
        for work in batch.in_order(works):
            batch.take_work(work)
        batch.take_dues(dues)
        if not await batch.save():
            self.lease.doubt()
            await self._free_claims()
        return batch.said_count

    async def save(self, foldings: Sequence[Folding], now_ms: int) -> list[bool]:
        """Save under this process's term: nothing is kept once another folds."""
        return await self._journal.save(foldings, now_ms=now_ms, term=self._term)

    async def learn_all(self) -> None:
        """Know what the newest cases show of members, once: nobody is ranked or asked before."""
        if self._has_learnt:
            return
        async with self._learning:
            if not self._has_learnt:
                await self.follower.open(self.noted)
                self._has_learnt = True

    def learn(self, case: Case) -> None:
        """A case was saved: remember what it shows of members, and tell whoever listens."""
        self.experience.learn(case)
        self.folded(case)
        self.saved(case)

    @property
    def journal(self) -> Journal:
        """The journal this worker folds."""
        return self._journal


class _Batch:
    """What one turn of the worker has in hand: every case at most once in memory, saved in order."""

    def __init__(self, folder: Folder, read: dict[str, CaseRecord], now_ms: int) -> None:
        self._folder = folder
        self._read = read
        self._now_ms = now_ms
        self._cases: dict[bytes, tuple[Case, int]] = {}
        self._last_of: dict[str, CaseRecord] = {}
        self._foldings: list[Folding] = []

    @property
    def said_count(self) -> int:
        """How much the station said in this turn."""
        return sum(len(folding.said) for folding in self._foldings)

    def in_order(self, works: Sequence[RouteWork]) -> list[RouteWork]:
        """The works, cut up where a caller's queue and its case's meet: a case has the order of the journal."""
        by_route = {work.route: work for work in works}
        queues: dict[str, dict[str, RouteWork]] = {}
        for work in works:
            record = self._read.get(work.route) if work.route.startswith("case:") else None
            caller = f"caller:{record.caller}" if record else ""
            if caller in by_route:
                queues.setdefault(caller, {caller: by_route[caller]})[work.route] = work
        mixed = {route for queue in queues.values() for route in queue}
        alone = [work for work in works if work.route not in mixed]
        return [*alone, *(piece for queue in queues.values() for piece in _by_number(queue.values()))]

    def take_work(self, work: RouteWork) -> None:
        """Fold one route's entries; one that cannot be folded is set aside, and the others go on."""
        fold = Fold(None, 0)
        for entry in work.entries:
            if work.route == "register":
                fold.verdicts.append(Verdict(seq=entry.seq, code=APPLIED, reason=""))
                continue
            try:
                target = self._turn_to(work.route, fold, entry)
            except Busy:
                raise
            except Exception as cause:  # noqa: BLE001 - one odd statement must never stop the others
                self._set_aside(fold, entry, cause)
            else:
                fold = self._fold_entry(target, entry, work)
        self._keep(fold, work)

    def _turn_to(self, route: str, fold: Fold, entry: Entry) -> Fold:
        """The fold of the case that this entry concerns, without a case where there is none; verdicts come along."""
        target, _, name = route.partition(":")
        if target == "case":
            return fold if fold.case else fold.onward(self._named(bytes.fromhex(name)))
        last = self._last_of.get(name) or self._read.get(route)
        if fold.case is None:
            fold = fold.onward(self._existing(last))
        self._run_out(fold, entry.at_ms)
        if fold.case is not None and fold.case.life is not Life.CLOSED:
            return fold
        fold = self._leave(fold)
        if entry.kind not in CALLS:
            return fold
        return fold.onward(Fold(self._folder.cases.open_case(entry, name, last), 0))

    def _leave(self, fold: Fold) -> Fold:
        """What was done to a case is saved with it, before another one is turned to."""
        if fold.case is None:
            return fold
        if fold.verdicts or fold.said:
            self._keep(fold, _NO_ROUTE)
        return Fold(None, 0)

    def _fold_entry(self, target: Fold, entry: Entry, work: RouteWork) -> Fold:
        """The fold that goes on: the entry's own, or where it could not begin a case, one without a case."""
        if target.case is None:
            self._keep_alone(_no_case(entry), work)
            return target
        self._run_out(target, entry.at_ms)  # a boundary belongs to the later state, however late this worker is
        mark, is_new = target.mark(), target.case.life is Life.CALLING
        try:
            self._folder.cases.fold_entry(target, entry, now_ms=self._now_ms)
            if entry.kind in CALLS:
                self._folder.cases.say_arrived(target, entry, joined=not is_new, now_ms=self._now_ms)
        except Exception as cause:  # noqa: BLE001 - one odd statement must never stop the others
            target.back_to(mark)
            self._set_aside(target, entry, cause)
            return target.onward(Fold(None, 0)) if is_new else target
        return target

    def _keep_alone(self, verdict: Verdict, work: RouteWork) -> None:
        """What concerns no case is saved with none: it stands in no case file, also not in that of the next one."""
        alone = Fold(None, 0)
        alone.verdicts.append(verdict)
        self._keep(alone, work)

    def _set_aside(self, fold: Fold, entry: Entry, cause: Exception) -> None:
        """What cannot be folded is kept, marked; nobody tries it for ever, and of a call people are told."""
        _log.error("fold_set_aside", seq=entry.seq, kind=entry.kind, exc_info=cause)
        reason = f"It could not be folded: {type(cause).__name__}."
        fold.verdicts.append(Verdict(seq=entry.seq, code=SET_ASIDE, reason=reason))
        if entry.kind in CALLS:
            fold.put_parcels(alarms_for(entry, self._folder.directory, now_ms=self._now_ms))

    def take_dues(self, dues: Sequence[ClaimedDue]) -> None:
        """What is due now runs out, in the cases that were folded and in those whose timers were claimed."""
        for case_id in dict.fromkeys([*self._cases, *(due.case for due in dues)]):
            try:
                fold = self._named(case_id)
            except Exception as cause:  # noqa: BLE001 - one odd case must never stop the others; it is tried again
                _log.error("case_unreadable", case=case_id.hex(), exc_info=cause)
                continue
            if self._run_out(fold, self._now_ms):
                self._keep(fold, _NO_ROUTE)

    def _run_out(self, fold: Fold, until_ms: int) -> bool:
        """Whether any timer was due by then and has run out, in order; one that cannot is tried again later."""
        is_changed, case = False, fold.case
        due = [timer for timer in case.timers.values() if timer.due_ms <= until_ms] if case else []
        for timer in sorted(due, key=lambda one: (one.due_ms, one.key)):
            mark = fold.mark()
            try:
                self._folder.cases.elapse(fold, timer, self._now_ms)
                is_changed = True
            except Exception as cause:  # noqa: BLE001 - one odd timer must never stop the others
                fold.back_to(mark)
                _log.error("timer_set_aside", timer=timer.key, exc_info=cause)
        return is_changed

    async def save(self) -> bool:
        """Everything in one go, False where nothing of it was kept; what was overtaken is taken up again.

        Units held for what was overtaken are given back. Where the store does not say, they stay held: whatever
        it kept, the same cases are folded again.
        """
        saved = await self._save_all()
        self._folder.verdicts.tell(one for one, kept in zip(self._foldings, saved, strict=True) if kept)
        overtaken = {one.case.id for one, kept in zip(self._foldings, saved, strict=True) if one.case and not kept}
        for case_id, (case, version) in self._cases.items():
            if case_id not in overtaken:
                self._folder.follower.knows(case_id, version)
                self._folder.learn(case)
        if not all(saved):
            _log.info("fold_overtaken", count=saved.count(False))
        for case_id in sorted(overtaken):
            await self._give_back(case_id)
        return any(saved) or not saved

    async def _save_all(self) -> list[bool]:
        """What became of each; where one cannot be written at all, the others still are."""
        try:
            return await self._folder.save(self._foldings, self._now_ms)
        except Busy:
            raise
        except Exception as cause:  # noqa: BLE001 - one odd case must never stop the others
            _log.error("fold_unsaveable", count=len(self._foldings), exc_info=cause)
        return [await self._save_alone(folding) for folding in self._foldings]

    async def _save_alone(self, folding: Folding) -> bool:
        try:
            return (await self._folder.save([folding], self._now_ms))[0]
        except Busy:
            raise
        except Exception as cause:  # noqa: BLE001 - see above
            aside = tuple(_unsaved(verdict, cause) for verdict in folding.verdicts)
            bare = msgspec.structs.replace(folding, case=None, verdicts=aside, said=(), due=(), parcels=())
            await self._folder.save([bare], self._now_ms)
            return False

    async def _give_back(self, case_id: bytes) -> None:
        record = await self._folder.journal.case(case_id)
        if record and record.blob:
            self._folder.experience.reserve(decode_case(record.blob))
        else:
            self._folder.experience.forget(case_id)

    def _named(self, case_id: bytes) -> Fold:
        if case_id in self._cases:
            return Fold(*self._cases[case_id])
        return self._existing(self._read.get(f"case:{case_id.hex()}"))

    def _existing(self, record: CaseRecord | None) -> Fold:
        """The fold of a case as it stands after what this turn did to it already."""
        if record is not None and record.id in self._cases:
            return Fold(*self._cases[record.id])
        return Fold(decode_case(record.blob), record.version) if record and record.blob else Fold(None, 0)

    def _keep(self, fold: Fold, work: RouteWork) -> None:
        case = fold.case
        record = _record(case, fold.version + 1, self._now_ms) if case else None
        self._foldings.append(
            Folding(
                route=work.route,
                fence=work.fence,
                case=record,
                expected_version=fold.version,
                verdicts=tuple(fold.verdicts),
                said=tuple(fold.said),
                due=tuple(Due(key=one.key, due_ms=one.due_ms) for one in case.timers.values()) if case else (),
                parcels=tuple(fold.parcels.values()),
            )
        )
        if case is not None and record is not None:
            self._folder.experience.reserve(case)
            self._cases[case.id] = (case, fold.version + 1)
            known = self._last_of.get(case.caller) or self._read.get(f"caller:{case.caller}")
            self._last_of[case.caller] = _led_to(known, record)


def _led_to(known: CaseRecord | None, saved: CaseRecord) -> CaseRecord:
    """Where a caller's next word belongs: its newest open case, else its newest; not whichever was folded last."""
    if known is None or known.id == saved.id:
        return saved
    return max(known, saved, key=lambda one: (one.is_open, one.opened_ms))


def _record(case: Case, version: int, now_ms: int) -> CaseRecord:
    return CaseRecord(
        id=case.id,
        caller=case.caller,
        version=version,
        life=case.life.value,
        is_open=case.is_open,
        urgency=case.waking.value,
        concern=case.concern.value,
        holder=case.lease.holder if case.lease else "",
        page_code=page_code(case.id),
        opened_ms=case.opened_ms,
        updated_ms=now_ms,
        blob=encode_case(case),
    )


def _by_number(works: Iterable[RouteWork]) -> list[RouteWork]:
    """Works on one case, cut up so that their entries stand in journal order."""
    entries = sorted(((entry, work) for work in works for entry in work.entries), key=lambda pair: pair[0].seq)
    runs = groupby(entries, key=lambda pair: pair[1].route)
    pieces = [list(run) for _, run in runs]
    return [
        RouteWork(route=run[0][1].route, fence=run[0][1].fence, entries=tuple(entry for entry, _ in run))
        for run in pieces
    ]


def _unsaved(verdict: Verdict, cause: Exception) -> Verdict:
    reason = f"What came of it could not be kept: {type(cause).__name__}."
    return Verdict(seq=verdict.seq, code=SET_ASIDE, reason=reason)


def _no_case(entry: Entry) -> Verdict:
    return Verdict(seq=entry.seq, code="case.unknown", reason="There is no open case that this could concern.")
