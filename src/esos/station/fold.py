"""The worker: takes what is committed but not folded, folds it case by case, and saves each fold whole.

Law 3: nothing here stands between a call and its acknowledgement. Law 5: timers that ran out are
statements of the station and folded like any other. What cannot be folded is set aside visibly.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import structlog

from esos.case.event import CallWave, Event, Page, Refused, WarnOthers
from esos.case.model import Case, Opening, begin, decode_case, encode_case
from esos.case.step import step
from esos.errors import Busy
from esos.keys.speaker import KnownBy, Role, Speaker, decode_speaker
from esos.message.bodies import Arrived, Body, Committed, Elapsed, WaveCalled
from esos.message.reading import read_any
from esos.message.statement import Attests, Statement
from esos.station.admit import Judge
from esos.station.advisory import warn_others
from esos.station.directory import Directory
from esos.station.experience import Experience
from esos.station.identity import StationIdentity
from esos.station.paging import parcels_for
from esos.station.ports import CaseRecord, ClaimedDue, Due, Entry, Folding, Journal, Parcel, RouteWork, Said, Verdict
from esos.station.shortcode import page_code
from esos.station.waves import plan
from esos.words.life import Life, Verification
from esos.words.realm import Realm

APPLIED = "applied"
LEASE_MS = 10_000
ROUTES_MAX = 128
DUES_MAX = 256
SAID_MAX_PER_FOLD = 5_000
"""How many statements of the station one fold may cause."""
PLACE_BITS = 20
"""Statements one fold may hold, as a power of two."""
_CASE_DOMAIN = {Realm.REAL: b"esos-case-1", Realm.EXERCISE: b"esos-exercise-case-1"}
_log = structlog.get_logger("esos.fold")


class Fold:
    """One case in one fold: the case so far, and everything to be saved with it."""

    def __init__(self, case: Case | None, version: int) -> None:
        self.case = case
        self.version = version
        self.verdicts: list[Verdict] = []
        self.said: list[Said] = []
        self.parcels: list[Parcel] = []
        self._folded = 0

    def next_place(self) -> int:
        """Where the next statement stands in the order in which this case was folded."""
        self._folded += 1
        return ((self.version + 1) << PLACE_BITS) + self._folded

    def mark(self) -> tuple[Case | None, int, int, int]:
        """Where this fold stands, to come back to if the next statement cannot be folded."""
        return self.case, len(self.verdicts), len(self.said), len(self.parcels)

    def back_to(self, mark: tuple[Case | None, int, int, int]) -> None:
        """Forget everything since a mark."""
        self.case, verdicts, said, parcels = mark
        del self.verdicts[verdicts:], self.said[said:], self.parcels[parcels:]


class Folder:
    """Folds inbox and timers of one station. One instance a process; several processes may run one each."""

    def __init__(
        self,
        *,
        journal: Journal,
        directory: Directory,
        judge: Judge,
        holder: str,
        saved: Callable[[Case], None] = lambda case: None,  # noqa: ARG005
    ) -> None:
        self._journal = journal
        self._directory = directory
        self._judge = judge
        self._holder = holder
        self.saved = saved
        self.experience = Experience(directory.register)
        self._station: StationIdentity = directory.station

    async def run_once(self, *, now_ms: int) -> int:
        """Fold what waits and what is due; how many statements and timers were taken up."""
        await self._directory.refresh(self._journal)
        works = await self._journal.claim_inbox(holder=self._holder, now_ms=now_ms, lease_ms=LEASE_MS, limit=ROUTES_MAX)
        dues = await self._journal.claim_due(holder=self._holder, now_ms=now_ms, lease_ms=LEASE_MS, limit=DUES_MAX)
        if not works and not dues:
            return 0
        batch = _Batch(self, now_ms)
        for work in works:
            await batch.take_work(work)
        await batch.take_dues(dues)
        await batch.save()
        return sum(len(work.entries) for work in works) + len(dues)

    def learn(self, case: Case) -> None:
        """A case was saved: remember what it shows of members, and tell whoever listens."""
        self.experience.learn(case)
        self.saved(case)

    @property
    def journal(self) -> Journal:
        """The journal this worker folds."""
        return self._journal

    def open_case(self, entry: Entry, statement: Statement, caller: str, last: CaseRecord | None) -> Case:
        """A new case for this call: its id, its pact's rules, and how far the caller is known."""
        domain = _CASE_DOMAIN[self._station.realm]
        speaker = decode_speaker(entry.admission)
        opening = Opening(
            case=hashlib.sha256(domain + caller.encode() + statement.id).digest()[:16],
            realm=self._station.realm,
            caller=caller,
            caller_name=self._caller_name(statement, caller),
            home=self._station.party,
            rules=self._directory.rules,
            verification=_verification_of(speaker, caller),
            linked_to=last.id if last else None,
        )
        return begin(opening)

    def _caller_name(self, statement: Statement, caller: str) -> str:
        body: Any = statement.body
        said = getattr(body, "caller_name", "") or (statement.attests.name if statement.attests else "")
        known = self._directory.members.get(caller)
        return known.name if known else said or "A caller we do not know"

    def fold_entry(self, fold: Fold, entry: Entry) -> None:
        """One journal entry with its verdict, at the time the station had it: so the fold can be redone."""
        statement = read_any(entry.cose)
        place = fold.next_place()
        refused = self._apply(fold, _event(entry, statement), entry.at_ms)
        code, reason = (refused.code, refused.reason) if refused else (APPLIED, "")
        fold.verdicts.append(Verdict(seq=entry.seq, code=code, reason=reason, place=place))

    def say_arrived(self, fold: Fold, entry: Entry, *, joined: bool, now_ms: int) -> None:
        """The station's word that it has the call; with it anybody can redo the fold."""
        case = _known(fold.case)
        body = Arrived(
            call=entry.id,
            caller=case.caller,
            caller_name=case.caller_name[:80],
            page_code=page_code(case.id),
            linked_to=case.linked_to,
            joined=joined,
            verification=case.verification.value,
            corroborated=case.corroborated,
            rules=b"" if joined else msgspec.msgpack.encode(case.rules),
            standing=self._directory.standing_grants(case.caller, at_ms=case.arrived_ms),
        )
        self.say(fold, "arrived", body, now_ms)

    def elapse(self, fold: Fold, due: ClaimedDue, now_ms: int) -> None:
        """A timer ran out; if it still runs, that is a statement of the station."""
        timer = _known(fold.case).timers.get(due.key)
        if timer is not None and timer.due_ms == due.due_ms:
            self.say(fold, "elapsed", Elapsed(timer=due.key, due_ms=due.due_ms), now_ms)

    def say(self, fold: Fold, kind: str, body: Body, now_ms: int, attests: Attests | None = None) -> None:
        """The station says something on the case; it is folded at once and saved with the fold."""
        case = _known(fold.case)
        if len(fold.said) >= SAID_MAX_PER_FOLD:
            _log.error("fold_said_too_much", case=case.id.hex(), limit=SAID_MAX_PER_FOLD)
            return
        statement = self._station.say(kind, body, now_ms=now_ms, case=case.id, attests=attests)
        judged = self._judge.judge_own(statement, self._station.speaker)
        event = Event(
            id=statement.id, realm=statement.realm, kind=kind, speaker=judged.speaker, body=statement.body, at_ms=now_ms
        )
        position, place = len(fold.said), fold.next_place()
        fold.said.append(Said(admitted=judged.admitted, code=APPLIED, reason="", place=place))
        refused = self._apply(fold, event, now_ms)
        if refused is not None:
            fold.said[position] = Said(admitted=judged.admitted, code=refused.code, reason=refused.reason, place=place)

    def _apply(self, fold: Fold, event: Event, now_ms: int) -> Refused | None:
        before = _known(fold.case)
        fold.case, effects = step(before, event, now_ms)
        refused = next((effect for effect in effects if isinstance(effect, Refused)), None)
        for effect in effects:
            self._perform(fold, effect, now_ms)
        return refused

    def _perform(self, fold: Fold, effect: object, now_ms: int) -> None:
        case = _known(fold.case)
        match effect:
            case Page():
                fold.parcels += parcels_for(effect, case, self._directory, turn=fold.version + 1, now_ms=now_ms)
            case CallWave():
                self._call_wave(fold, effect, now_ms)
            case WarnOthers():
                fold.parcels += warn_others(effect, case, self._directory, turn=fold.version + 1, now_ms=now_ms)
            case _:
                pass

    def _call_wave(self, fold: Fold, effect: CallWave, now_ms: int) -> None:
        case = _known(fold.case)
        wave = plan(case, self._directory.register, wave=effect.wave, widen=effect.widen, now_ms=now_ms)
        for body in wave.requests:
            self.say(fold, "requested", body, now_ms)
            if body.automatic:
                self.say(fold, "committed", Committed(request=body.request, lines=body.lines), now_ms)
        note = "" if wave.requests else "Nobody else in the register can help with what is open."
        called = WaveCalled(
            wave=effect.wave,
            asked=len(wave.requests),
            register_version=wave.register_version,
            unmet=wave.unmet,
            note=note,
        )
        self.say(fold, "wave_called", called, now_ms)


class _Batch:
    """What one turn of the worker has in hand: every case at most once in memory, saved in order."""

    def __init__(self, folder: Folder, now_ms: int) -> None:
        self._folder = folder
        self._now_ms = now_ms
        self._cases: dict[bytes, tuple[Case, int]] = {}
        self._newest: dict[str, Case] = {}
        self._foldings: list[Folding] = []

    async def take_work(self, work: RouteWork) -> None:
        """Fold one route's entries, up to where they turn to another case."""
        if work.route == "register":
            self._keep(Fold(None, 0), work, [Verdict(seq=one.seq, code=APPLIED, reason="") for one in work.entries])
            return
        fold: Fold | None = None
        for entry in work.entries:
            mark = fold.mark() if fold else None
            try:
                fold = await self._fold_one(work.route, fold, entry)
            except Busy:  # the store's trouble is no fault of the statement: all of this turn is tried again
                raise
            except Exception as cause:  # noqa: BLE001 - one odd statement must never stop the others; it is set aside
                fold = fold or Fold(None, 0)
                fold.back_to(mark or (fold.case, 0, 0, 0))
                fold.verdicts.append(_set_aside(entry, cause))
        self._keep(fold or Fold(None, 0), work)

    async def _fold_one(self, route: str, fold: Fold | None, entry: Entry) -> Fold:
        target, _, name = route.partition(":")
        if target == "case":
            fold = fold or await self._existing(bytes.fromhex(name))
            if fold.case is None:
                fold.verdicts.append(_no_case(entry))
            else:
                self._folder.fold_entry(fold, entry)
            return fold
        return await self._fold_for_caller(name, fold, entry)

    async def _fold_for_caller(self, caller: str, fold: Fold | None, entry: Entry) -> Fold:
        statement = read_any(entry.cose)
        if fold is None or fold.case is None:
            verdicts = fold.verdicts if fold else []
            fold = await self._case_of(caller)
            fold.verdicts[:0] = verdicts
        is_call = statement.kind in {"called", "relayed"}
        if not is_call and (fold.case is None or fold.case.life is Life.CLOSED):
            fold.verdicts.append(_no_case(entry))
            return fold
        joined = fold.case is not None and fold.case.life is not Life.CLOSED
        if not joined:
            last = await self._folder.journal.last_case_of(caller)
            fold_of_new = Fold(self._folder.open_case(entry, statement, caller, last), 0)
            fold_of_new.verdicts, fold = fold.verdicts, fold_of_new
        self._folder.fold_entry(fold, entry)
        if is_call:
            self._folder.say_arrived(fold, entry, joined=joined, now_ms=self._now_ms)
        return fold

    async def take_dues(self, dues: Sequence[ClaimedDue]) -> None:
        """Say what elapsed, case by case, in the order in which it fell due."""
        by_case: dict[bytes, list[ClaimedDue]] = {}
        for due in dues:
            by_case.setdefault(due.case, []).append(due)
        for case_id, ones in by_case.items():
            try:
                fold = await self._existing(case_id)
            except Busy:
                raise
            except Exception as cause:  # noqa: BLE001 - one odd case must never stop the others; its timers are tried again
                _log.error("case_unreadable", case=case_id.hex(), exc_info=cause)
                continue
            if self._elapse_all(fold, sorted(ones, key=lambda one: one.due_ms)):
                self._keep(fold, RouteWork(route="", fence=0, entries=()))

    def _elapse_all(self, fold: Fold, dues: Sequence[ClaimedDue]) -> bool:
        """Whether any of these timers could be folded; one that could not is tried again when its lease lapses."""
        is_changed = False
        for due in dues if fold.case is not None else ():
            mark = fold.mark()
            try:
                self._folder.elapse(fold, due, self._now_ms)
                is_changed = True
            except Exception as cause:  # noqa: BLE001 - as above
                fold.back_to(mark)
                _log.error("timer_set_aside", case=due.case.hex(), timer=due.key, exc_info=cause)
        return is_changed

    async def save(self) -> None:
        """Everything in one go; what was overtaken by another worker stays in the inbox and is taken up again."""
        saved = await self._folder.journal.save(self._foldings, now_ms=self._now_ms)
        if not all(saved):
            _log.info("fold_overtaken", count=saved.count(False))
        for folding, kept in zip(self._foldings, saved, strict=True):
            if kept and folding.case is not None:
                self._folder.learn(self._cases[folding.case.id][0])

    async def _existing(self, case_id: bytes) -> Fold:
        if case_id in self._cases:
            return Fold(*self._cases[case_id])
        record = await self._folder.journal.case(case_id)
        return Fold(decode_case(record.blob), record.version) if record else Fold(None, 0)

    async def _case_of(self, caller: str) -> Fold:
        """The caller's open case, else its last one (to be called back to life), else none."""
        newest = self._newest.get(caller)
        if newest is not None:
            return await self._existing(newest.id)
        journal = self._folder.journal
        record = await journal.open_case_of(caller) or await journal.last_case_of(caller)
        return await self._existing(record.id) if record else Fold(None, 0)

    def _keep(self, fold: Fold, work: RouteWork, verdicts: Iterable[Verdict] = ()) -> None:
        case = fold.case
        record = _record(case, fold.version + 1, self._now_ms) if case else None
        self._foldings.append(
            Folding(
                route=work.route,
                fence=work.fence,
                case=record,
                expected_version=fold.version,
                verdicts=(*fold.verdicts, *verdicts),
                said=tuple(fold.said),
                due=tuple(Due(key=one.key, due_ms=one.due_ms) for one in case.timers.values()) if case else (),
                parcels=tuple(fold.parcels),
            )
        )
        if case is not None:
            self._cases[case.id] = (case, fold.version + 1)
            self._newest[case.caller] = case


def _record(case: Case, version: int, now_ms: int) -> CaseRecord:
    return CaseRecord(
        id=case.id,
        caller=case.caller,
        version=version,
        life=case.life.value,
        is_open=case.is_open,
        urgency=case.urgency.value,
        concern=case.concern.value,
        holder=case.lease.holder if case.lease else "",
        page_code=page_code(case.id),
        opened_ms=case.opened_ms,
        updated_ms=now_ms,
        blob=encode_case(case),
    )


def _event(entry: Entry, statement: Statement) -> Event:
    return Event(
        id=entry.id,
        realm=statement.realm,
        kind=statement.kind,
        speaker=decode_speaker(entry.admission),
        body=statement.body,
        at_ms=entry.at_ms,
    )


def _set_aside(entry: Entry, cause: Exception) -> Verdict:
    """What cannot be folded stays in the journal, marked; people are shown it, nobody tries it for ever."""
    _log.error("fold_set_aside", seq=entry.seq, kind=entry.kind, exc_info=cause)
    return Verdict(seq=entry.seq, code="fold.set_aside", reason=f"It could not be folded: {type(cause).__name__}.")


def _no_case(entry: Entry) -> Verdict:
    return Verdict(seq=entry.seq, code="case.unknown", reason="There is no open case that this could concern.")


def _verification_of(speaker: Speaker, caller: str) -> Verification:
    """A caller known by its own key, or a signed-in member, is known; a relay's caller is not yet."""
    known = {KnownBy.KEY, KnownBy.TEMPORARY_KEY, KnownBy.TOKEN, KnownBy.SESSION}
    own = speaker.party == caller and Role.MEMBER in speaker.roles
    return Verification.KEY_OK if own and speaker.known_by in known else Verification.UNVERIFIED


def _known(case: Case | None) -> Case:
    if case is None:
        message = "a fold without a case"
        raise LookupError(message)
    return case
