"""What must hold before a row of the tables may act: each guard gives a refusal or nothing."""

from esos.case.asking import REQUESTS_MAX_COUNT, missing_consent
from esos.case.draft import Draft
from esos.case.event import Refused
from esos.case.model import CaseRole, Channel, Request
from esos.words.life import Life
from esos.words.need import HelpClass
from esos.words.request_state import RequestState

GRANT_MAX_MS = 90 * 86_400_000
"""The longest a grant may run."""
GRANTS_MAX_COUNT = 200
"""How many grants one case may hold."""


def free(d: Draft) -> Refused | None:
    """Nothing to check beyond the row."""
    del d
    return None


def nobody_has_charge(d: Draft) -> Refused | None:
    """First in journal order has charge; others are backup."""
    lease = d.case.lease
    if lease is None:
        return None
    if lease.holder == d.event.speaker.party:
        return Refused(code="case.already_yours", reason="You hold this case already.")
    return Refused(code="case.held", reason=f"{lease.name or lease.holder} holds this case; you are backup.")


def may_write(d: Draft) -> Refused | None:
    """On a restricted channel only caller, coordinator and bound responders write."""
    if d.case.channel is Channel.OPEN or {CaseRole.CALLER, CaseRole.COORDINATOR} & d.roles:
        return None
    party = d.event.speaker.party
    if any(request.responder == party and request.is_bound for request in d.case.requests.values()):
        return None
    return Refused(code="case.restricted", reason="Only the caller, the coordinator and bound helpers write here now.")


def caller_agrees_or_is_lost(d: Draft) -> Refused | None:
    """Nobody stands down over the caller's head while it can be reached."""
    lost_ms = d.timers.lost_ms
    lost = d.case.lost_since_ms and d.now_ms - d.case.lost_since_ms >= lost_ms
    if d.body.caller_agrees or lost:
        return None
    return Refused(code="case.caller_not_heard", reason="The caller has not agreed, and is not lost: ask it first.")


def is_for_me(d: Draft) -> Refused | None:
    """A hand-over is accepted by the officer it was offered to."""
    if d.case.offered_to == d.event.speaker.party:
        return None
    return Refused(code="case.not_offered", reason="This case was not offered to you.")


def is_not_to_itself(d: Draft) -> Refused | None:
    """A hand-over needs somebody else."""
    if d.body.to == d.event.speaker.party:
        return Refused(code="case.to_itself", reason="You hold this case already.")
    return None


def is_new_request(d: Draft) -> Refused | None:
    """One request id once, never to the caller itself, and never without bound."""
    if d.body.request in d.case.requests:
        return Refused(code="request.exists", reason="This request was made already.")
    if d.body.responder == d.case.caller:
        return Refused(code="request.caller", reason="The caller cannot be asked to help itself.")
    if len(d.case.requests) >= REQUESTS_MAX_COUNT:
        return Refused(code="request.too_many", reason=f"A case holds at most {REQUESTS_MAX_COUNT} requests.")
    return None


def may_grant(d: Draft) -> Refused | None:
    """Consent is signed by the caller's own key and has an end."""
    if not d.event.speaker.has_own_key:
        return Refused(code="grant.unsigned", reason="Consent must be signed by the caller's own key.")
    if not d.now_ms < d.body.expires_ms <= d.now_ms + GRANT_MAX_MS:
        return Refused(code="grant.expiry", reason="A grant ends between now and 90 days from now.")
    if len(d.case.grants) >= GRANTS_MAX_COUNT:
        return Refused(code="grant.too_many", reason=f"A case holds at most {GRANTS_MAX_COUNT} grants.")
    return None


def grant_exists(d: Draft) -> Refused | None:
    """Only what was granted can be taken back."""
    if d.body.grant in d.case.grants:
        return None
    return Refused(code="grant.unknown", reason="There is no such grant.")


def is_another_person(d: Draft) -> Refused | None:
    """Two people means two: nobody seconds their own act."""
    proposal = d.case.proposals.get(d.body.proposal)
    if proposal is None:
        return Refused(code="second.nothing", reason="There is nothing here to second; it may have lapsed.")
    if proposal.by == d.event.speaker.party:
        return Refused(code="second.same_person", reason="The second officer must be another person.")
    return None


def is_running(d: Draft) -> Refused | None:
    """A timer elapses once, when it is due."""
    timer = d.case.timers.get(d.body.timer)
    if timer is None or timer.due_ms != d.body.due_ms or timer.due_ms > d.now_ms:
        return Refused(code="timer.not_running", reason="This timer does not run, or is not due.")
    return None


def is_mine(d: Draft, request: Request) -> Refused | None:
    """Only the one who was asked answers."""
    if request.responder == d.event.speaker.party:
        return None
    return Refused(code="request.not_yours", reason="This request was made to somebody else.")


def is_mine_or_standing(d: Draft, request: Request) -> Refused | None:
    """The station commits only what the responder promised beforehand."""
    if CaseRole.STATION in d.roles and request.standing:
        return None
    return is_mine(d, request)


def may_commit(d: Draft, request: Request) -> Refused | None:
    """An offer with conditions or a price is selected first; a plain one may become a commitment at once."""
    plain = request.how in {"", "full", "partial", "standby"} and request.cost == "free"
    if request.state is RequestState.OFFERED and not plain:
        return Refused(code="request.not_selected", reason="The coordinator has not selected this offer yet.")
    return is_mine_or_standing(d, request)


def may_begin(d: Draft, request: Request) -> Refused | None:
    """No act outside the caller's consent and the proof its kind needs (laws 9 and 10)."""
    refusal = is_mine(d, request)
    if refusal is not None:
        return refusal
    missing = missing_consent(d, request)
    return Refused(code="consent.missing", reason=missing) if missing else None


def is_any(d: Draft, request: Request) -> Refused | None:
    """The row's roles suffice."""
    del d, request
    return None


def is_mine_or_coordinators(d: Draft, request: Request) -> Refused | None:
    """The responder for itself, or the coordinator."""
    return None if CaseRole.COORDINATOR in d.roles else is_mine(d, request)


def lowers(d: Draft) -> bool:
    """Whether the coordinator would lower the urgency: then a second officer must agree."""
    by_caller = CaseRole.CALLER in d.roles
    return not by_caller and d.body.urgency.gravity < d.case.urgency.gravity


def before_stable(d: Draft) -> bool:
    """Whether the case is not stable yet: then standing down needs two."""
    return d.case.life is not Life.STABILISED


def always(d: Draft) -> bool:
    """Always two."""
    del d
    return True


def never(d: Draft) -> bool:
    """Never two."""
    del d
    return False


def touches_third_party(d: Draft) -> bool:
    """Whether the selected offer contains an act that affects others."""
    request = d.case.requests.get(d.body.request)
    return request is not None and any(ask.line.help_class is HelpClass.THIRD_PARTY for ask in request.lines)
