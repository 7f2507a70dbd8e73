"""One case in one fold: what is said, what the station says because of it, and what is to be saved together.

Law 5: timers that ran out are statements of the station and folded like any other. Law 12: what is said here
is enough to redo the fold.
"""

from typing import Any

import structlog

from esos.case.event import Assess, CallWave, Event, Page, Refused, WarnOthers
from esos.case.model import Case, Opening, begin
from esos.case.naming import case_id_of
from esos.case.parts import Timer
from esos.case.step import step
from esos.errors import Busy
from esos.keys.speaker import KnownBy, Role, Speaker, decode_speaker
from esos.message.bodies import Arrived, Body, Committed, Elapsed, WaveCalled
from esos.message.reading import read_any
from esos.message.request_bodies import WAVES_MAX_COUNT
from esos.message.statement import Attests, Statement
from esos.pact.rules_text import write_rules
from esos.station.admit import Judge
from esos.station.advisory import warn_others
from esos.station.directory import Directory
from esos.station.identity import StationIdentity
from esos.station.page_lanes import OFFICERS_AUDIENCES
from esos.station.paging import parcels_for, recipients_of
from esos.station.records import APPLIED, CaseRecord, Entry, Parcel, Said, Verdict
from esos.station.severity import assessed
from esos.station.shortcode import page_code
from esos.station.waking import widened
from esos.station.waves import is_said_already, plan, why_nobody
from esos.words.life import Verification
from esos.words.phrases import UNKNOWN_CALLER

SAID_MAX_PER_FOLD = 5_000
"""How many statements of the station one fold may cause."""
WAVE_FAILED = "The search for helpers failed here. Please ask by hand; it is tried again."
PLACE_BITS = 20
"""Statements one fold may hold, as a power of two."""
_log = structlog.get_logger("esos.fold")


class Fold:
    """One case in one fold: the case so far, and everything to be saved with it."""

    def __init__(self, case: Case | None, version: int) -> None:
        self.case = case
        self.version = version
        self.verdicts: list[Verdict] = []
        self.said: list[Said] = []
        self.parcels: dict[bytes, Parcel] = {}
        self._folded = 0

    def onward(self, other: "Fold") -> "Fold":
        """Go on with another case's fold: what was judged and ordered without a case so far is saved with that one."""
        other.verdicts, other.parcels = self.verdicts, self.parcels
        return other

    def next_place(self) -> int:
        """Where the next statement stands in the order in which this case was folded."""
        self._folded += 1
        return ((self.version + 1) << PLACE_BITS) + self._folded

    def mark(self) -> tuple[Case | None, int, int, dict[bytes, Parcel]]:
        """Where this fold stands, to come back to if the next statement cannot be folded."""
        return self.case, len(self.verdicts), len(self.said), dict(self.parcels)

    def put_parcels(self, parcels: list[Parcel]) -> None:
        """Order these; where one is ordered again at the same moment, its newest words are sent."""
        self.parcels.update((one.id, one) for one in parcels)

    def back_to(self, mark: tuple[Case | None, int, int, dict[bytes, Parcel]]) -> None:
        """Forget everything since a mark."""
        self.case, verdicts, said, self.parcels = mark
        del self.verdicts[verdicts:], self.said[said:]


class CaseFolder:
    """Folds what is said into a case, with everything the station itself says and orders because of it. No I/O."""

    def __init__(self, *, directory: Directory, judge: Judge) -> None:
        self._directory = directory
        self._judge = judge
        self._station: StationIdentity = directory.station

    def open_case(self, entry: Entry, caller: str, last: CaseRecord | None) -> Case:
        """A new case for this call: its id, its pact's rules, and how far the caller is known.

        Raises ``Busy`` (``station.no_pact``): a call waits until the station has rules to follow.
        """
        if self._directory.pact is None:
            raise Busy("station.no_pact", "No pact is in force here yet, so no case can begin.")
        statement, speaker = read_any(entry.cose), decode_speaker(entry.admission)
        opening = Opening(
            case=case_id_of(self._station.realm, caller=caller, opening=statement.id),
            realm=self._station.realm,
            caller=caller,
            caller_name=self._caller_name(statement, caller),
            home=self._station.party,
            rules=self._directory.rules,
            verification=self._verification_of(speaker, caller),
            linked_to=last.id if last else None,
        )
        return begin(opening)

    def _caller_name(self, statement: Statement, caller: str) -> str:
        body: Any = statement.body
        said = getattr(body, "caller_name", "") or (statement.attests.name if statement.attests else "")
        known = self._directory.members.get(caller)
        return known.name if known else said or UNKNOWN_CALLER

    def _verification_of(self, speaker: Speaker, caller: str) -> Verification:
        """A caller known by its own key, or a signed-in member, is known; a relay's caller is not yet.

        Whom the caller names on its card calls for it as it does, where the pact knows delegates.
        """
        known = {KnownBy.KEY, KnownBy.TEMPORARY_KEY, KnownBy.TOKEN, KnownBy.SESSION}
        card = self._directory.members.get(caller)
        is_delegate = self._directory.rules.callers.delegates and card is not None and speaker.party in card.delegates
        own = (speaker.party == caller or is_delegate) and Role.MEMBER in speaker.roles
        return Verification.KEY_OK if own and speaker.known_by in known else Verification.UNVERIFIED

    def fold_entry(self, fold: Fold, entry: Entry, *, now_ms: int) -> None:
        """One journal entry with its verdict, at the time the station had it: so the fold can be redone.

        What the station says because of it is said, and stands in the journal, at ``now_ms``.
        """
        statement = read_any(entry.cose)
        place = fold.next_place()
        refused = self._apply(fold, _event(entry, statement), entry.at_ms, says_ms=now_ms)
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
            rules=b"" if joined else write_rules(case.rules),
            standing=self._directory.standing_grants(case.caller, at_ms=case.arrived_ms),
        )
        self.say(fold, "arrived", body, now_ms)

    def elapse(self, fold: Fold, due: Timer, now_ms: int) -> None:
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
        refused = self._apply(fold, event, now_ms, says_ms=now_ms)
        if refused is not None:
            fold.said[position] = Said(admitted=judged.admitted, code=refused.code, reason=refused.reason, place=place)

    def _apply(self, fold: Fold, event: Event, now_ms: int, *, says_ms: int) -> Refused | None:
        before = _known(fold.case)
        fold.case, effects = step(before, event, now_ms)
        refused = next((effect for effect in effects if isinstance(effect, Refused)), None)
        for effect in effects:
            self._perform(fold, effect, says_ms)
        return refused

    def _perform(self, fold: Fold, effect: object, now_ms: int) -> None:
        case = _known(fold.case)
        match effect:
            case Page():
                self._show_to_woken(fold, effect, now_ms)
                fold.put_parcels(parcels_for(effect, _known(fold.case), self._directory, now_ms=now_ms))
            case CallWave():
                self._call_wave(fold, effect, now_ms)
            case Assess():
                self._assess(fold, now_ms)
            case WarnOthers():
                fold.put_parcels(warn_others(effect, case, self._directory, now_ms=now_ms))
            case _:
                pass

    def _show_to_woken(self, fold: Fold, page: Page, now_ms: int) -> None:
        """Whoever is woken for a case outside their view sees it from now on, and that this is so is said."""
        case = _known(fold.case)
        if page.audience in OFFICERS_AUDIENCES and self._directory.constituencies.views:
            woken = (one.party for one in recipients_of(page, case, self._directory, now_ms=now_ms))
            said = widened(page, case, woken, self._directory)
            if said is not None:
                self.say(fold, "sight_widened", said, now_ms)

    def _assess(self, fold: Fold, now_ms: int) -> None:
        """The machine's word on the facts; said only where it is a new one."""
        said = assessed(_known(fold.case))
        if said is not None:
            self.say(fold, "severity_assessed", said, now_ms)

    def _call_wave(self, fold: Fold, effect: CallWave, now_ms: int) -> None:
        """Ask the next responders. A search that fails is said and looked at; the clock goes on (law 5)."""
        mark = fold.mark()
        try:
            self._send_wave(fold, effect, now_ms)
        except Exception as cause:  # noqa: BLE001 - one odd member or rule must never stop a case's clock
            fold.back_to(mark)
            _log.error("wave_failed", case=_known(fold.case).id.hex(), wave=effect.wave, exc_info=cause)
            failed = WaveCalled(wave=min(effect.wave, WAVES_MAX_COUNT), asked=0, note=WAVE_FAILED)
            self.say(fold, "wave_called", failed, now_ms)

    def _send_wave(self, fold: Fold, effect: CallWave, now_ms: int) -> None:
        case = _known(fold.case)
        wave = plan(case, self._directory.register, wave=effect.wave, widen=effect.widen, now_ms=now_ms)
        for body in wave.requests:
            self.say(fold, "requested", body, now_ms)
            if body.automatic:
                self.say(fold, "committed", Committed(request=body.request, lines=body.lines), now_ms)
        called = WaveCalled(
            wave=wave.number,
            asked=len(wave.requests),
            register_version=wave.register_version,
            unmet=wave.unmet,
            note="" if wave.requests else why_nobody(case, is_withheld=wave.is_withheld),
        )
        if wave.requests or not is_said_already(case):
            self.say(fold, "wave_called", called, now_ms)


def _event(entry: Entry, statement: Statement) -> Event:
    return Event(
        id=entry.id,
        realm=statement.realm,
        kind=statement.kind,
        speaker=decode_speaker(entry.admission),
        body=statement.body,
        at_ms=entry.at_ms,
    )


def _known(case: Case | None) -> Case:
    if case is None:
        message = "a fold without a case"
        raise LookupError(message)
    return case
