"""One step of a case: event in, new case and effects out. No I/O, no clock, no dice.

Whatever comes, in whatever order, a step never raises for what was said: what does not fit changes
nothing and is answered with ``Refused`` (law 2: nothing is dropped silently). After every step law 5
holds: an open case has a holder or a ladder that finds one.
"""

from esos.case import asking, charge
from esos.case.calling import start_ladder
from esos.case.draft import Draft
from esos.case.event import Effect, Event, Refused
from esos.case.model import Case, CaseRole, Request
from esos.case.table import AFTER_END, LATE_YES, LIFE_ROWS, REQUEST_ROWS, LifeRow, RequestRow
from esos.words.life import Life
from esos.words.request_state import RequestState

_LIFE_BY_EVENT: dict[str, tuple[LifeRow, ...]] = {
    name: tuple(row for row in LIFE_ROWS if row.event == name) for name in {row.event for row in LIFE_ROWS}
}
_REQUEST_BY_EVENT: dict[str, RequestRow] = {row.event: row for row in REQUEST_ROWS}


def step(case: Case, event: Event, now_ms: int) -> tuple[Case, tuple[Effect, ...]]:
    """The case after this event, and what the station must do. ``now_ms`` is when the station had the statement."""
    draft = Draft(case, event, now_ms)
    row = _REQUEST_BY_EVENT.get(event.kind)
    refusal = _life_step(draft) if row is None else _request_step(draft, row)
    if refusal is not None:
        return case, (refusal,)
    _keep_held(draft)
    return draft.case, tuple(draft.effects)


def _life_step(d: Draft) -> Refused | None:
    rows = [row for row in _LIFE_BY_EVENT.get(d.event.kind, ()) if d.case.life in row.frm]
    if not rows:
        return Refused(code="case.state", reason=f"This cannot be said of a case that is {d.case.life.value}.")
    row = rows[0]
    if not row.who & d.roles:
        return Refused(code="case.role", reason=f"This is for {_names(row.who)} to say.")
    refusal = row.guard(d)
    if refusal is None:
        (charge.propose if row.two(d) else row.do)(d)
    return refusal


def _request_step(d: Draft, row: RequestRow) -> Refused | None:
    request = d.case.requests.get(d.body.request)
    if request is None:
        return Refused(code="request.unknown", reason="There is no such request on this case.")
    if not row.who & d.roles:
        return Refused(code="case.role", reason=f"This is for {_names(row.who)} to say.")
    if not (d.case.is_open or (d.case.life.is_ended and row.event in AFTER_END)):
        return Refused(code="case.ended", reason="The case has ended; thank you, your duty is discharged.")
    if request.state not in row.frm:
        return _out_of_place(d, request)
    refusal = row.guard(d, request)
    if refusal is not None:
        return refusal
    if row.two(d) and not request.two_officers:
        charge.propose(d)
    else:
        row.do(d, request)
    return None


def _out_of_place(d: Draft, request: Request) -> Refused | None:
    """A late yes enters by the volunteers' door; anything else out of place changes nothing."""
    late_yes = request.is_ended and d.event.kind in LATE_YES and request.responder == d.event.speaker.party
    if late_yes and d.case.life is not Life.SUSPENDED and request.state is not RequestState.SETTLED:
        asking.offer_unasked(d)
        return None
    if request.is_ended:
        return Refused(code="request.ended", reason=f"This request has ended: {request.state.value}.")
    return Refused(code="request.state", reason=f"This does not follow on {request.state.value}.")


def _keep_held(d: Draft) -> None:
    """Renew what an act renews, and make sure that somebody holds an open case (law 5)."""
    if not d.case.is_open:
        return
    if CaseRole.CALLER in d.roles:
        charge.hear_from_caller(d)
    lease = d.case.lease
    if lease is not None and lease.holder == d.event.speaker.party:
        charge.renew_lease(d)
    if lease is None and "ack" not in d.case.timers:
        start_ladder(d)
    if lease is not None and "lease" not in d.case.timers and "review" not in d.case.timers:
        _hold_without_lease_time(d)


def _hold_without_lease_time(d: Draft) -> None:
    """Where an urgency has no lease time, the next look is the timer that holds the case."""
    d.start("lease", d.timers.lease_ms, "backup")
    if "lease" not in d.case.timers:
        d.start("review", d.timers.review_ms, "coordinator")


def _names(roles: frozenset[CaseRole]) -> str:
    return " or ".join(sorted(role.value for role in roles))
