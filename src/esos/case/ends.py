"""How a case ends: everybody is released, every grant is zero, and no end judges intent (laws 6 and 8)."""

import msgspec

from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.model import Request
from esos.words.life import Life
from esos.words.request_state import RequestState


def end_case(d: Draft, life: Life, reason: Reason) -> None:
    """Into an ended life: requests ended or releasing, grants zero, only the settling timer runs."""
    release_everybody(d, reason)
    d.set(life=life, ended_ms=d.now_ms, timers={}, proposals={}, offered_to="", cancel_asked=False)
    d.start("settle", d.timers.settle_ms, "station")
    d.page(Audience.CALLER, reason)
    d.page(Audience.WATCH, reason)


def close_case(d: Draft) -> None:
    """The last state: every request has its outcome, nothing runs."""
    for request in tuple(d.case.requests.values()):
        d.end_request(request, RequestState.SETTLED)
    d.set(life=Life.CLOSED, timers={}, lease=None)


def suspend_case(d: Draft) -> None:
    """Work stops with the need unmet; the case stays open, held and reviewed."""
    release_everybody(d, Reason.RELEASED)
    kept = {key: timer for key, timer in d.case.timers.items() if key in {"lease", "ack"} or key.startswith("return:")}
    d.set(resume_to=d.case.life, life=Life.SUSPENDED, timers=kept, proposals={}, offered_to="")
    d.start("review", d.timers.review_ms, "coordinator")


def release_everybody(d: Draft, reason: Reason) -> None:
    """Every open request ends or is releasing, every grant is zero, and everybody asked is told."""
    if d.case.requests:
        d.page(Audience.ASKED, reason)
    for request in tuple(d.case.requests.values()):
        _let_go(d, request)
    d.set(grants={key: msgspec.structs.replace(one, live=False) for key, one in d.case.grants.items()})


def _let_go(d: Draft, request: Request) -> None:
    if request.is_bound:
        d.put_request(request, state=RequestState.RELEASING)
        d.stop_request_timers(request.id)
        d.start(f"return:{request.id.hex()}", d.timers.settle_ms, "station")
    elif request.state in {RequestState.OFFERED, RequestState.SELECTED}:
        d.end_request(request, RequestState.NOT_TAKEN)
    elif request.state not in {RequestState.RELEASING, RequestState.RETURNED}:
        d.end_request(request, RequestState.CANCELLED)


def stand_down(d: Draft) -> None:
    """The effort is over."""
    end_case(d, Life.STOOD_DOWN, Reason.RELEASED)


def cancel(d: Draft) -> None:
    """The caller takes the call back; where other evidence disagrees, somebody calls back first (duress)."""
    if d.case.corroborated and not d.case.denied:
        d.set(cancel_asked=True)
        d.start("call_back", d.timers.ack_ms, "coordinator")
        d.page(Audience.COORDINATOR, Reason.CALL_BACK_DUE)
        return
    end_case(d, Life.CANCELLED, Reason.CANCELLED)


def find_no_emergency(d: Draft) -> None:
    """Two officers found that nobody is in distress; undone by calling again."""
    end_case(d, Life.NO_EMERGENCY, Reason.ENDED)


def end_if_cancel_was_waiting(d: Draft) -> None:
    """After a call-back that was answered "no distress"."""
    if d.case.cancel_asked and d.case.denied:
        end_case(d, Life.CANCELLED, Reason.CANCELLED)
