"""One step of a case: event in, new case and effects out. No I/O, no clock, no dice.

Whatever comes, in whatever order, a step never raises for what was said: what does not fit changes
nothing and is answered with ``Refused`` (law 2: nothing is dropped silently). After every step law 5
holds: an open case has a holder or a ladder that finds one.
"""

from typing import Any

import msgspec

from esos.case import asking, charge, guards
from esos.case.draft import Draft
from esos.case.event import Effect, Event, Refused
from esos.case.knowing import act_on_knowledge, hear_from_caller
from esos.case.leaving import notice_loss
from esos.case.model import Case, CaseRole, Request
from esos.case.parts import Proposal
from esos.case.rows import LifeRow, RequestRow
from esos.case.table import AFTER_END, LATE_YES, LIFE_ROWS, REQUEST_ROWS
from esos.case.urgency import ask_assessment
from esos.case.watching import keep_time, renew_lease
from esos.message.kinds import KINDS
from esos.words.kept import DOES_NOT_FOLLOW, HAS_ENDED, NOT_OF_SUCH_A_CASE, NOT_THEIRS
from esos.words.life import Life
from esos.words.request_state import RequestState

_REQUEST_EVENTS = frozenset(row.event for row in REQUEST_ROWS)


def step(case: Case, event: Event, now_ms: int) -> tuple[Case, tuple[Effect, ...]]:
    """The case after this event, and what the station must do. ``now_ms`` is when the station had the statement."""
    if event.realm is not case.realm:
        return case, (Refused(code="case.realm", reason="This was not said in the realm of this case."),)
    draft = Draft(case, event, now_ms)
    refusal = (_request_step if event.kind in _REQUEST_EVENTS else _life_step)(draft) or _carry_out(draft)
    if refusal is not None:
        return case, (refusal,)
    _keep_held(draft)
    act_on_knowledge(draft, case)
    ask_assessment(draft, case)
    return draft.case, tuple(draft.effects)


# --- table A ----------------------------------------------------------------------------------


def _life_row(case: Case, kind: str) -> LifeRow | None:
    return next((row for row in LIFE_ROWS if row.event == kind and case.life in row.frm), None)


def _life_step(d: Draft) -> Refused | None:
    row = _life_row(d.case, d.event.kind)
    if row is None:
        return Refused(code="case.state", reason=NOT_OF_SUCH_A_CASE.write(state=d.case.life.value))
    return _obey(d, row, d)


# --- table B ----------------------------------------------------------------------------------


def _request_row(request: Request, kind: str) -> RequestRow | None:
    return next((row for row in REQUEST_ROWS if row.event == kind and request.state in row.frm), None)


def _request_step(d: Draft) -> Refused | None:
    request = d.case.requests.get(d.body.request)
    if request is None:
        return Refused(code="request.unknown", reason="There is no such request on this case.")
    if not (d.case.is_open or (d.case.life.is_ended and d.event.kind in AFTER_END)):
        return Refused(code="case.ended", reason="The case has ended; thank you, your duty is discharged.")
    row = _request_row(request, d.event.kind)
    return _out_of_place(d, request) if row is None else _obey(d, row, d, request)


def _obey(d: Draft, row: Any, *subject: Draft | Request) -> Refused | None:
    """A row that fits is obeyed: right person, guard, and where it takes two, a proposal instead of the act."""
    if not row.who & d.roles:
        names = " or ".join(sorted(role.value for role in row.who))
        return Refused(code="case.role", reason=NOT_THEIRS.write(roles=names))
    refusal: Refused | None = row.guard(*subject)
    if refusal is None and row.two(d):
        return _propose(d)
    if refusal is None:
        row.do(*subject)
    return refusal


def _out_of_place(d: Draft, request: Request) -> Refused | None:
    """A late yes enters by the volunteers' door; anything else out of place changes nothing."""
    if not request.is_ended:
        return Refused(code="request.state", reason=DOES_NOT_FOLLOW.write(state=request.state.value))
    is_late_yes = d.event.kind in LATE_YES and request.responder == d.event.speaker.party
    if not is_late_yes or d.case.life is Life.SUSPENDED or request.state is RequestState.SETTLED:
        return Refused(code="request.ended", reason=HAS_ENDED.write(state=request.state.value))
    refusal = guards.may_offer_unasked(d)
    if refusal is None:
        asking.enter_late(d, request)
    return refusal


# --- two people -------------------------------------------------------------------------------


def _propose(d: Draft) -> Refused | None:
    """Nothing happens yet; a second officer is asked."""
    if d.event.id in d.case.proposals:
        return Refused(code="second.waits", reason="This waits for a second officer already.")
    if len(d.case.proposals) >= charge.PROPOSALS_MAX_COUNT:
        return Refused(code="second.too_many", reason="Too many acts wait for a second officer; settle those first.")
    charge.propose(d)
    return None


def _carry_out(d: Draft) -> Refused | None:
    """The act two people agreed to, by its own row, if it may still happen as things stand now."""
    proposal = d.agreed
    if proposal is None:
        return None
    d.event = msgspec.structs.replace(d.event, kind=proposal.kind, body=_body_of(proposal))
    about = d.case.requests.get(getattr(d.body, "request", b""))
    row: Any = _request_row(about, proposal.kind) if about else _life_row(d.case, proposal.kind)
    subject = (d, about) if about else (d,)
    if row is None or (CaseRole.COORDINATOR in row.who and not _holds(d.case, proposal)):
        return Refused(code="second.too_late", reason="The case has moved on since this was proposed: propose it anew.")
    refusal: Refused | None = row.guard(*subject)
    if refusal is None:
        row.do(*subject)
    return refusal


def _holds(case: Case, proposal: Proposal) -> bool:
    """Whether the coordinator who proposed it still is coordinator; a caller's or officer's act needs no lease."""
    return case.lease is not None and case.lease.holder == proposal.by


def _body_of(proposal: Proposal) -> msgspec.Struct:
    return msgspec.msgpack.decode(proposal.body, type=KINDS[proposal.kind].body)


# --- after every step -------------------------------------------------------------------------


def _keep_held(d: Draft) -> None:
    """Renew what an act renews, and make sure that somebody holds an open case (law 5)."""
    if not d.case.is_open:
        return
    if CaseRole.CALLER in d.roles:
        hear_from_caller(d)
    lease = d.case.lease
    if lease is not None and lease.holder == d.event.speaker.party:
        renew_lease(d)
    notice_loss(d)
    keep_time(d)
