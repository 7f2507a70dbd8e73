"""What the reader of a page can do now: the two case tables decide, this is only how each act is asked for.

An act is shown where a row of ``case.table`` lets this person do it in this state; nothing else is offered.
"""

from esos.case.consent import touches_others
from esos.case.draft import Draft, roles_in
from esos.case.event import Event
from esos.case.model import Case, CaseRole, Request
from esos.case.parts import Proposal
from esos.case.table import LIFE_ROWS, REQUEST_ROWS
from esos.keys.speaker import Role, Speaker, is_guest
from esos.message.bodies import Noted
from esos.message.kinds import KINDS
from esos.web.console.fields import Act


def case_acts(case: Case, speaker: Speaker, acts: tuple[Act, ...], now_ms: int) -> tuple[Act, ...]:
    """Those of the acts that this person can do on this case now."""
    draft = _draft(case, speaker, now_ms)
    return tuple(act for act in acts if _applies(draft, speaker, act.kind))


def request_acts(case: Case, request: Request, speaker: Speaker, acts: tuple[Act, ...], now_ms: int) -> tuple[Act, ...]:
    """Those of the acts that this person can do on this request now."""
    roles = _draft(case, speaker, now_ms).roles
    may_answer = case.is_open or case.life.is_ended
    allowed = {row.event for row in REQUEST_ROWS if request.state in row.frm and row.who & roles}
    if request.is_bound and not _waits_for_approval(request):
        allowed -= {"selected"}
    after_end = {"returned", "settled"}
    return tuple(act for act in acts if may_answer and act.kind in allowed and (case.is_open or act.kind in after_end))


def _waits_for_approval(request: Request) -> bool:
    """Whether a team that is bound still needs two officers, since its work would affect others."""
    return touches_others(request) and not request.two_officers


def proposals_for(case: Case, speaker: Speaker) -> tuple[Proposal, ...]:
    """The acts that wait for a second officer and may be seconded by this person: never its own."""
    if not {Role.OFFICER, Role.SECOND} & speaker.roles:
        return ()
    return tuple(one for one in case.proposals.values() if one.by != speaker.party)


def needs_two(case: Case, speaker: Speaker, kind: str, now_ms: int) -> bool:
    """Whether this act would wait for a second officer, where the state alone decides that."""
    if kind in {"urgency_changed", "severity_overruled"}:
        return False
    draft = _draft(case, speaker, now_ms)
    return any(row.two(draft) for row in LIFE_ROWS if row.event == kind and case.life in row.frm)


def _applies(draft: Draft, speaker: Speaker, kind: str) -> bool:
    if not KINDS[kind].who & speaker.roles:
        return False
    rows = (row for row in LIFE_ROWS if row.event == kind and draft.case.life in row.frm)
    first = next(rows, None)
    return first is not None and bool(first.who & draft.roles) and _fits(draft, kind)


def _fits(draft: Draft, kind: str) -> bool:
    """What the tables leave to their guards, as far as it decides whether an act makes sense to show."""
    case, party = draft.case, draft.event.speaker.party
    fits = {
        "hold_set": not case.on_hold,
        "hold_released": case.on_hold,
        "erased": not case.on_hold,
        "acknowledged": case.lease is None or case.lease.is_over(draft.now_ms),
        "cancelled": CaseRole.CALLER in draft.roles or is_guest(case.caller),
        "hand_over_accepted": case.offered_to == party,
        "contact_lost": case.lost_since_ms == 0,
        "contact_returned": case.lost_since_ms != 0,
        "called_back": CaseRole.COORDINATOR in draft.roles or case.lease is None,
        "no_emergency": CaseRole.COORDINATOR in draft.roles or case.lease is None,
    }
    return fits.get(kind, True)


def _draft(case: Case, speaker: Speaker, now_ms: int) -> Draft:
    return Draft(case, Event(id=b"", realm=case.realm, kind="", speaker=speaker, body=Noted(), at_ms=now_ms), now_ms)


def is_on(case: Case, speaker: Speaker) -> bool:
    """Whether somebody is caller, relay or responder of a case."""
    event = Event(id=b"", realm=case.realm, kind="", speaker=speaker, body=Noted(), at_ms=0)
    return bool(roles_in(case, event) & {CaseRole.CALLER, CaseRole.RELAY, CaseRole.RESPONDER})
