"""The worker: takes what is committed but not folded, folds it case by case, and saves each fold whole.

Law 3: nothing here stands between a call and its acknowledgement. What cannot be folded is set aside visibly,
once; trouble of the store is nobody's fault, and all of that turn is tried again. Of several processes on one
store one folds at a time (decision 0045): a ranking must know every promise made before it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec
import structlog

from esos.case.model import Case, decode_case
from esos.errors import Busy
from esos.station.admit import Judge
from esos.station.directory import Directory
from esos.station.experience import Experience
from esos.station.fold import CaseFolder
from esos.station.follower import Follower
from esos.station.lease import NamedLease
from esos.station.pace import Pace
from esos.station.ports import Journal
from esos.station.records import (
    FOLDING,
    SET_ASIDE,
    CaseRecord,
    ClaimedDue,
    Folding,
    RouteWork,
    Verdict,
)
from esos.station.turn import Turn
from esos.station.verdicts import Verdicts

FOLD_LEASE_MS = 3_000
"""How long a process that folds may be silent before another folds in its place; as long hold its claims."""
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
        self._pace = Pace()
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
        works = await self._journal.claim_inbox(holder=self._holder, lease_ms=FOLD_LEASE_MS, limit=self._pace.queues)
        dues = await self._journal.claim_due(
            holder=self._holder, now_ms=now_ms, lease_ms=FOLD_LEASE_MS, limit=self._pace.dues
        )
        if works or dues:
            said = await self._fold(works, dues, now_ms)
            self._pace.learn(said, asyncio.get_running_loop().time() - began)
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
        turn = Turn(
            folder=self.cases,
            directory=self.directory,
            experience=self.experience,
            read=await self._journal.cases_of(sorted(routes)),
            now_ms=now_ms,
        )
        for work in turn.in_order(works):
            turn.take_work(work)
            await asyncio.sleep(0)  # the doors have their turn: no call waits for all that others said
        turn.take_dues(dues)
        if not await self._keep(turn, now_ms):
            self.lease.doubt()
            await self._free_claims()
        return turn.said_count

    async def _save(self, foldings: Sequence[Folding], now_ms: int) -> list[bool]:
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

    async def _keep(self, turn: Turn, now_ms: int) -> bool:
        """Everything in one go, False where nothing of it was kept; what was overtaken is taken up again.

        Units held for what was overtaken are given back. Where the store does not say, they stay held: whatever
        it kept, the same cases are folded again.
        """
        saved = await self._save_all(turn.foldings, now_ms)
        self.verdicts.tell(one for one, kept in zip(turn.foldings, saved, strict=True) if kept)
        overtaken = {one.case.id for one, kept in zip(turn.foldings, saved, strict=True) if one.case and not kept}
        for case_id, (case, version) in turn.cases.items():
            if case_id not in overtaken:
                self.follower.knows(case_id, version)
                self.learn(case)
        if not all(saved):
            _log.info("fold_overtaken", count=saved.count(False))
        for case_id in sorted(overtaken):
            await self._give_back(case_id)
        return any(saved) or not saved

    async def _save_all(self, foldings: Sequence[Folding], now_ms: int) -> list[bool]:
        """What became of each; where one cannot be written at all, the others still are."""
        try:
            return await self._save(foldings, now_ms)
        except Busy:
            raise
        except Exception as cause:  # noqa: BLE001 - one odd case must never stop the others
            _log.error("fold_unsaveable", count=len(foldings), exc_info=cause)
        return [await self._save_alone(folding, now_ms) for folding in foldings]

    async def _save_alone(self, folding: Folding, now_ms: int) -> bool:
        try:
            return (await self._save([folding], now_ms))[0]
        except Busy:
            raise
        except Exception as cause:  # noqa: BLE001 - see above
            aside = tuple(_unsaved(verdict, cause) for verdict in folding.verdicts)
            bare = msgspec.structs.replace(folding, case=None, verdicts=aside, said=(), due=(), parcels=())
            await self._save([bare], now_ms)
            return False

    async def _give_back(self, case_id: bytes) -> None:
        record = await self._journal.case(case_id)
        if record and record.blob:
            self.experience.reserve(decode_case(record.blob))
        else:
            self.experience.forget(case_id)


def _unsaved(verdict: Verdict, cause: Exception) -> Verdict:
    reason = f"What came of it could not be kept: {type(cause).__name__}."
    return Verdict(seq=verdict.seq, code=SET_ASIDE, reason=reason)
