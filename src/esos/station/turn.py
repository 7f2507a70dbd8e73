"""One turn of the worker: what was claimed, folded case by case in memory. No I/O: reading and saving are the worker's.

What cannot be folded is set aside visibly, once; one odd statement, timer or case never stops the others.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

import structlog

from esos.case.model import Case, decode_case, encode_case
from esos.errors import Busy
from esos.station.aside import CALLS, alarms_for
from esos.station.directory import Directory
from esos.station.experience import Experience
from esos.station.fold import CaseFolder, Fold
from esos.station.records import APPLIED, SET_ASIDE, CaseRecord, ClaimedDue, Due, Entry, Folding, RouteWork, Verdict
from esos.station.shortcode import page_code
from esos.words.kept import NOT_FOLDED
from esos.words.life import Life

_NO_ROUTE = RouteWork(route="", fence=0, entries=())
_log = structlog.get_logger("esos.fold")


class Turn:
    """What one turn has in hand: every case at most once in memory; ``foldings`` are to be saved in their order."""

    def __init__(
        self,
        *,
        folder: CaseFolder,
        directory: Directory,
        experience: Experience,
        read: dict[str, CaseRecord],
        now_ms: int,
    ) -> None:
        self._folder = folder
        self._directory = directory
        self._experience = experience
        self._read = read
        self._now_ms = now_ms
        self.cases: dict[bytes, tuple[Case, int]] = {}
        self._last_of: dict[str, CaseRecord] = {}
        self.foldings: list[Folding] = []

    @property
    def said_count(self) -> int:
        """How much the station said in this turn."""
        return sum(len(folding.said) for folding in self.foldings)

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
        return fold.onward(Fold(self._folder.open_case(entry, name, last), 0))

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
            self._folder.fold_entry(target, entry, now_ms=self._now_ms)
            if entry.kind in CALLS:
                self._folder.say_arrived(target, entry, joined=not is_new, now_ms=self._now_ms)
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
        reason = NOT_FOLDED.write(cause=type(cause).__name__)
        fold.verdicts.append(Verdict(seq=entry.seq, code=SET_ASIDE, reason=reason))
        if entry.kind in CALLS:
            fold.put_parcels(alarms_for(entry, self._directory, now_ms=self._now_ms))

    def take_dues(self, dues: Sequence[ClaimedDue]) -> None:
        """What is due now runs out, in the cases that were folded and in those whose timers were claimed."""
        for case_id in dict.fromkeys([*self.cases, *(due.case for due in dues)]):
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
                self._folder.elapse(fold, timer, self._now_ms)
                is_changed = True
            except Exception as cause:  # noqa: BLE001 - one odd timer must never stop the others
                fold.back_to(mark)
                _log.error("timer_set_aside", timer=timer.key, exc_info=cause)
        return is_changed

    def _named(self, case_id: bytes) -> Fold:
        if case_id in self.cases:
            return Fold(*self.cases[case_id])
        return self._existing(self._read.get(f"case:{case_id.hex()}"))

    def _existing(self, record: CaseRecord | None) -> Fold:
        """The fold of a case as it stands after what this turn did to it already."""
        if record is not None and record.id in self.cases:
            return Fold(*self.cases[record.id])
        return Fold(decode_case(record.blob), record.version) if record and record.blob else Fold(None, 0)

    def _keep(self, fold: Fold, work: RouteWork) -> None:
        case = fold.case
        record = _record(case, fold.version + 1, self._now_ms) if case else None
        self.foldings.append(
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
            self._experience.reserve(case)
            self.cases[case.id] = (case, fold.version + 1)
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


def _no_case(entry: Entry) -> Verdict:
    return Verdict(seq=entry.seq, code="case.unknown", reason="There is no open case that this could concern.")
