"""How a case ends: everybody is released, every grant is zero, and no end judges intent (laws 6 and 8)."""

import msgspec

from esos.case.calling import count_number
from esos.case.draft import Draft
from esos.case.event import Audience, Reason, WarnOthers
from esos.case.model import CaseRole, Request
from esos.case.watching import run_call_back
from esos.words.life import Life, Verification
from esos.words.request_state import RequestState

_SENDS_HOME = {Audience.WATCH, Audience.BACKUP}


def stand_down(d: Draft) -> None:
    """The effort is over: everybody is released and every consent ends."""
    _end(d, Life.STOOD_DOWN, Reason.RELEASED)


def find_no_emergency(d: Draft) -> None:
    """Two officers found that nobody is in distress; nobody's intent is judged, and calling again undoes it."""
    _end(d, Life.NO_EMERGENCY, Reason.ENDED)


def cancel(d: Draft) -> None:
    """The call is taken back and everybody it reached is told; where other evidence disagrees, call back first."""
    if CaseRole.CALLER in d.roles:
        count_number(d)
    if _is_contradicted(d):
        d.set(cancel_asked=True)
        run_call_back(d)
        d.page(Audience.COORDINATOR, Reason.CALL_BACK_DUE)
        return
    _end(d, Life.CANCELLED, Reason.CANCELLED)


def _is_contradicted(d: Draft) -> bool:
    """Whether a cancel may be said under duress or by mistake.

    The caller's own, where two independent parties called or somebody else answered for it; a relay's, where
    anybody but itself spoke. Neither once the caller itself has denied distress.
    """
    case, party = d.case, d.event.speaker.party
    if case.denied:
        return False
    if CaseRole.CALLER in d.roles:
        return case.corroborated or case.verification is Verification.DISPUTED
    return case.called_back_ms > 0 or any(relay.party != party for relay in case.relays)


def end_if_cancel_was_waiting(d: Draft) -> None:
    """After a call-back that was answered "no distress"."""
    if d.case.cancel_asked and d.case.denied:
        _end(d, Life.CANCELLED, Reason.CANCELLED)


def _end(d: Draft, life: Life, reason: Reason) -> None:
    """Into an ended life: requests ended or releasing, grants zero, only the settling timer runs."""
    _release_everybody(d, reason)
    _tell_everybody_reached(d, reason)
    d.set(life=life, ended_ms=d.now_ms, timers={}, proposals={}, offered_to="", cancel_asked=False)
    d.run("settle")


def _tell_everybody_reached(d: Draft, reason: Reason) -> None:
    """Law 8: whoever heard the call hears of its end, the watch in any case."""
    d.page(Audience.CALLER, reason)
    reached = {Audience(name) for name in d.case.reached} | {Audience.WATCH}
    if Audience.EVERYONE in reached:
        reached -= _SENDS_HOME
    for audience in sorted(reached):
        d.page(audience, reason)
    if d.case.warned:
        d.effects.append(WarnOthers(reason=reason))


def suspend(d: Draft) -> None:
    """Work stops with the need unmet; everybody is released, and the case stays open, held and reviewed."""
    _release_everybody(d, Reason.RELEASED)
    kept = {key: timer for key, timer in d.case.timers.items() if key == "ack" or key.startswith("return:")}
    d.set(life=Life.SUSPENDED, timers=kept, proposals={}, offered_to="")


def _release_everybody(d: Draft, reason: Reason) -> None:
    """Every open request ends or is releasing, every grant is zero, and everybody asked is told."""
    if d.case.requests:
        d.page(Audience.ASKED, reason)
    for request in tuple(d.case.requests.values()):
        _let_go(d, request)
    d.set(grants={key: msgspec.structs.replace(one, live=False) for key, one in d.case.grants.items()})


def _let_go(d: Draft, request: Request) -> None:
    """Its help counts no more: whoever calls again or goes on needs it anew."""
    if request.is_bound:
        d.stop_about(request.id)
        d.put_request(request, state=RequestState.RELEASING, spent=True)
        d.run("return", request.id)
    elif request.state in {RequestState.OFFERED, RequestState.SELECTED}:
        d.end_request(request, RequestState.NOT_TAKEN)
    elif request.is_pending:
        d.end_request(request, RequestState.CANCELLED)


def close(d: Draft) -> None:
    """The last state: every request has its outcome, nothing runs."""
    for request in tuple(d.case.requests.values()):
        d.end_request(request, RequestState.SETTLED)
    d.set(life=Life.CLOSED, timers={}, lease=None)


def erase(d: Draft) -> None:
    """What was said on the case is destroyed; this statement and the leaves in the log stay."""
    d.set(life=Life.ERASED)
