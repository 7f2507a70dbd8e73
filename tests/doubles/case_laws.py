"""The laws as assertions: what must hold of a case at any moment, and of any one step between two moments."""

from collections.abc import Iterable

import msgspec

from esos.case.event import Audience, CallWave, Effect, Event, Page, Refused
from esos.case.knowing import may_call_by_itself
from esos.case.model import Case, Request
from esos.case.table import AT_END, BY_CLOCK, LAST_HELPER_LOST, LATE_YES, LIFE_ROWS, REQUEST_ROWS
from esos.case.timing import TIMERS
from esos.case.watching import SEEKING
from esos.keys.speaker import Role
from esos.message.bodies import NoEmergency
from esos.words.life import Life, Verification
from esos.words.need import HelpClass
from esos.words.no_distress import NoDistress
from esos.words.request_state import RequestState

HOLDERS = {"watch", "backup", "neighbour", "everyone", "coordinator", "station"}
ON_THE_WAY_HOME = {RequestState.RELEASING, RequestState.RETURNED}
_TWO_PERSON_LIVES = {Life.NO_EMERGENCY, Life.SUSPENDED}
_REQUEST_MAKERS = {"requested", "volunteered", "stood_by", *LATE_YES}
_STATE = RequestState


# --- what holds at any moment -------------------------------------------------------------------


def assert_laws(case: Case, now_ms: int) -> None:
    """Laws 4, 5, 6 and 9, and the arithmetic of need, at one moment."""
    _assert_held(case)
    _assert_timers_belong(case)
    _assert_requests(case)
    _assert_receipt_is_not_help(case)
    assert all(units > 0 for units in case.open_need().values())
    if case.life.is_ended or case.life in {Life.CLOSED, Life.ERASED, Life.SUSPENDED}:
        assert not any(grant.live for grant in case.grants.values())
    assert case.opened_ms <= now_ms


def _assert_held(case: Case) -> None:
    """Law 5: every open state has a running timer, and every timer a next holder."""
    assert all(timer.next_holder in HOLDERS for timer in case.timers.values())
    assert all(key.partition(":")[0] in TIMERS for key in case.timers)
    if case.is_open:
        assert ("ack" in case.timers) == (case.lease is None)
        assert case.lease is None or {"lease", "review"} & case.timers.keys()
        assert case.life is not Life.ASSISTING or case.has_helper or not case.open_need()
    elif case.life.is_ended:
        assert list(case.timers) == ["settle"]
    else:
        assert case.timers == {}


def _assert_timers_belong(case: Case) -> None:
    """A timer about something ends with it, and whatever waits has its timer."""
    open_requests = {request.id for request in case.requests.values() if not request.is_ended}
    live_grants = {grant.id for grant in case.grants.values() if grant.live}
    for key in case.timers:
        _name, _, about = key.partition(":")
        if about:
            assert bytes.fromhex(about) in open_requests | live_grants | case.proposals.keys(), key
    if case.is_open:
        for request in case.requests.values():
            assert request.is_ended or any(key.endswith(f":{request.id.hex()}") for key in case.timers)
        assert all(f"second:{key.hex()}" in case.timers for key in case.proposals)


def _assert_requests(case: Case) -> None:
    """Law 6: an end of the case leaves nothing open but the way home; closing leaves nothing."""
    for request in case.requests.values():
        if case.life.is_ended or case.life is Life.SUSPENDED:
            assert request.is_ended or request.state in ON_THE_WAY_HOME
        if case.life is Life.CLOSED:
            assert request.is_ended


def _assert_receipt_is_not_help(case: Case) -> None:
    """Law 4: arrived, acknowledged and committed are three different things."""
    if case.life is Life.ARRIVED:
        assert case.lease is None
        assert case.acknowledged_ms == 0
        assert not case.has_helper
    if case.life is Life.ACKNOWLEDGED:
        assert case.acknowledged_ms > 0
        assert not case.has_helper
    if case.life is Life.MOBILISING:
        assert not case.has_helper


# --- what holds of a step -----------------------------------------------------------------------


def assert_step(before: Case, event: Event, after: Case, effects: tuple[Effect, ...], now_ms: int) -> None:
    """What one step may do to a case."""
    if any(isinstance(effect, Refused) for effect in effects):
        return
    said = _said(before, event)
    _assert_life_moves_by_the_table(before, said, after)
    _assert_outcomes_stand(before, said, after)
    _assert_charge(before, event, after, now_ms)
    _assert_no_emergency_is_shown(before, said, after)
    _assert_two_people(before, event, said, after)
    _assert_consent(before, event, after, now_ms)
    _assert_commitments(before, event, after)
    _assert_everybody_told(before, after, effects)
    _assert_waves(after, effects)


def _said(before: Case, event: Event) -> str:
    """The kind whose row acted: of what a second officer agreed to, the proposal's."""
    if event.kind == "seconded" and event.body.agrees and event.body.proposal in before.proposals:
        return before.proposals[event.body.proposal].kind
    return event.kind


def _assert_life_moves_by_the_table(before: Case, said: str, after: Case) -> None:
    if before.life is after.life:
        return
    moves = {(life, to) for row in LIFE_ROWS if row.event == said for life in row.frm for to in row.to}
    moves |= {move for row in REQUEST_ROWS if row.event == said for move in row.moves}
    allowed = (
        moves | {LAST_HELPER_LOST} | {(frm, LAST_HELPER_LOST[1]) for frm, to in moves if to is LAST_HELPER_LOST[0]}
    )
    assert (before.life, after.life) in allowed, f"{said}: {before.life} to {after.life}"


def _assert_outcomes_stand(before: Case, said: str, after: Case) -> None:
    """Law 6: no request is lost, an outcome never changes, and every move is a row's or the clock's or an end's."""
    for key, request in before.requests.items():
        now = after.requests[key]
        if request.is_ended:
            assert (now.state, now.ground, now.committed) == (request.state, request.ground, request.committed)
        elif now.state is not request.state:
            assert (request.state, now.state) in _moves(said), f"{said}: {request.state} to {now.state}"
    new = after.requests.keys() - before.requests.keys()
    assert not new or (said in _REQUEST_MAKERS and len(new) == 1)


def _moves(said: str) -> set[tuple[RequestState, RequestState]]:
    moves = {(frm, to) for row in REQUEST_ROWS if row.event == said for frm in row.frm for to in row.to}
    moves |= {(frm, to) for frms, to in AT_END for frm in frms}
    moves |= {(frm, _STATE.NOT_TAKEN) for frm in _pending()}
    if said == "elapsed":
        moves |= {(frm, to) for _, frms, to in BY_CLOCK for frm in frms}
    if said in {"elapsed", "closed"}:
        moves |= {(frm, _STATE.SETTLED) for frm in ON_THE_WAY_HOME}
    return moves


def _pending() -> Iterable[RequestState]:
    return [state for frms, _ in AT_END[:2] for state in frms]


def _assert_charge(before: Case, event: Event, after: Case, now_ms: int) -> None:
    """Law 4: only a named officer's own act gives charge."""
    holder_before = before.lease.holder if before.lease else ""
    if after.lease is not None and after.lease.holder != holder_before:
        assert event.kind in {"acknowledged", "hand_over_accepted"}
        assert (event.speaker.party, Role.OFFICER in event.speaker.roles) == (after.lease.holder, True)
        is_free = before.lease is None or before.lease.is_over(now_ms)
        assert is_free or event.kind == "hand_over_accepted"
    if after.acknowledged_ms and not before.acknowledged_ms:
        assert event.kind == "acknowledged"


def _assert_two_people(before: Case, event: Event, said: str, after: Case) -> None:
    """Law 8: what takes two was proposed by one and agreed by another."""
    entered = after.life is not before.life and after.life in _TWO_PERSON_LIVES
    resumed = before.life is Life.SUSPENDED and after.life in {Life.MOBILISING, Life.ASSISTING} and said != "called"
    stood_down = after.life is Life.STOOD_DOWN and before.life not in {Life.STABILISED, Life.STOOD_DOWN}
    lowered = after.urgency.gravity < before.urgency.gravity and event.speaker.party != before.caller
    less = after.waking.gravity < before.waking.gravity and after.overruled and not before.overruled
    if entered or resumed or stood_down or less or (lowered and before.life.is_open):
        assert event.kind == "seconded"
        assert before.proposals[event.body.proposal].by != event.speaker.party


def _assert_no_emergency_is_shown(before: Case, said: str, after: Case) -> None:
    """Nobody in distress is sent away: the caller itself said no, or somebody proved it."""
    if said == "no_emergency" and after.life is Life.NO_EMERGENCY:
        bodies = [msgspec.msgpack.decode(one.body, type=NoEmergency) for key, one in before.proposals.items()
                  if key not in after.proposals and one.kind == "no_emergency"]  # fmt: skip
        assert before.denied or any(body.shown_by is not NoDistress.CALL_BACK for body in bodies)


def _assert_consent(before: Case, event: Event, after: Case, now_ms: int) -> None:
    """Laws 9 and 10: grants come from the caller's own key, and work waits for what its class needs."""
    for key in after.grants.keys() - before.grants.keys():
        own = event.kind == "granted" and event.speaker.party == after.caller and event.speaker.has_own_key
        lodged = event.kind == "arrived" and Role.STATION in event.speaker.roles
        assert own or lodged
        assert now_ms < after.grants[key].expires_ms
    for key, grant in before.grants.items():
        assert grant.live or not after.grants[key].live
    if event.kind == "progressed":
        _assert_may_work(before, before.requests[event.body.request], now_ms)


def _assert_may_work(case: Case, request: Request, now_ms: int) -> None:
    classes = {ask.line.help_class for ask in request.committed}
    if HelpClass.ACCESS in classes:
        assert case.verification in {Verification.CALLED_BACK, Verification.CONFIRMED}
        assert case.live_grant(HelpClass.ACCESS, request.responder, now_ms) is not None
    if HelpClass.CAPACITY in classes:
        vouched = case.corroborated or any(relay.vouched for relay in case.relays)
        assert vouched or case.verification not in {Verification.UNVERIFIED, Verification.DISPUTED}
    if HelpClass.THIRD_PARTY in classes:
        assert case.verification is Verification.CONFIRMED
        assert request.two_officers
        proven = {proof.resource for proof in case.proofs if proof.rung >= 2 and now_ms < proof.expires_ms}
        grants = case.live_grants(HelpClass.THIRD_PARTY, request.responder, now_ms)
        assert any(set(grant.scope.split()) <= proven for grant in grants)


def _assert_commitments(before: Case, event: Event, after: Case) -> None:
    """Nobody is bound but by a commitment, and none takes more of a line than was open."""
    for key, request in after.requests.items():
        was_bound = key in before.requests and before.requests[key].is_bound
        if request.is_bound and not was_bound:
            assert event.kind == "committed"
            for line, units in before.open_need().items():
                assert sum(ask.quantity for ask in request.committed if ask.line is line) <= units
            assert {ask.line for ask in request.committed} <= before.open_need().keys()


def _assert_everybody_told(before: Case, after: Case, effects: tuple[Effect, ...]) -> None:
    """Law 8: an end reaches the caller, the watch, everybody asked, and everybody the ladder called."""
    if not (after.life.is_ended and before.life.is_open):
        return
    told = {effect.audience for effect in effects if isinstance(effect, Page)}
    assert {Audience.CALLER, Audience.ASKED} <= told or not before.requests
    heard = {Audience(name) for name in before.reached} | {Audience.WATCH}
    everyone = {Audience.WATCH, Audience.BACKUP} if Audience.EVERYONE in told else set()
    assert heard <= told | everyone


def _assert_waves(after: Case, effects: tuple[Effect, ...]) -> None:
    """The station asks by itself only for a caller it may ask for, and only for what is open."""
    for effect in effects:
        if isinstance(effect, CallWave):
            assert may_call_by_itself(after)
            assert after.life in SEEKING
            assert after.open_need()
