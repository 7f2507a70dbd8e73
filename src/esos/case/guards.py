"""What must hold before a row of the tables may act: each guard gives a refusal or nothing."""

from esos.case.asking import OFFERS_MAX_COUNT, REQUESTS_MAX_COUNT, wanted_lines
from esos.case.calling import is_overtaken
from esos.case.consent import missing_consent, touches_others
from esos.case.draft import Draft
from esos.case.event import Refused
from esos.case.knowing import may_call_by_itself
from esos.case.model import ASKED, CaseRole, Request
from esos.case.talking import is_in_talk
from esos.keys.speaker import Role, is_guest
from esos.pact.timers import DAY_MS
from esos.words.erasure import EraseGround
from esos.words.ground import Ground
from esos.words.kept import DOES_NOT_FOLLOW, HOLDS, TOO_MANY_GRANTS, TOO_MANY_OFFERS, TOO_MANY_REQUESTS
from esos.words.life import Life
from esos.words.need import HelpClass
from esos.words.no_distress import NoDistress
from esos.words.request_state import RequestState

GRANT_MAX_MS = 90 * DAY_MS
"""The longest a grant may run."""
GRANTS_MAX_COUNT = 200
"""How many grants one case may hold."""


def free(d: Draft) -> Refused | None:
    """Nothing beyond the row."""
    del d
    return None


# --- calling ----------------------------------------------------------------------------------


def is_first_hand(d: Draft) -> Refused | None:
    """Not heard from another relay: never relay a relay. A first call is taken all the same."""
    if not d.body.heard_from_relay:
        return None
    return Refused(code="relay.second_hand", reason="This call is known here already. Do not relay what a relay said.")


def is_new_relay(d: Draft) -> Refused | None:
    """A call id not heard before, and not heard from another relay: an echo wakes nobody."""
    if d.body.call in d.case.calls:
        return Refused(code="call.repeated", reason="This relayed call was heard, and has ended since.")
    return is_first_hand(d)


def may_cancel(d: Draft) -> Refused | None:
    """The caller, where nothing newer was heard from it; a relay only of a caller that has no voice here."""
    if CaseRole.CALLER in d.roles:
        return is_not_overtaken(d)
    if is_guest(d.case.caller):
        return None
    return Refused(code="case.role", reason="The caller itself takes its call back; an officer can call it back.")


def is_not_overtaken(d: Draft) -> Refused | None:
    """Nothing newer was heard from the caller before."""
    if not is_overtaken(d):
        return None
    return Refused(code="call.overtaken", reason="Something newer was heard from the caller before this arrived.")


def raises_urgency(d: Draft) -> Refused | None:
    """The caller says that it is at least as urgent as it was; and nothing newer was heard."""
    details = getattr(d.body, "details", d.body)
    if details.urgency is None or details.urgency.gravity < d.case.urgency.gravity:
        return Refused(code="case.ended", reason="The case has ended. Call again, or raise the urgency, to open it.")
    return is_not_overtaken(d)


# --- charge -----------------------------------------------------------------------------------


def nobody_has_charge(d: Draft) -> Refused | None:
    """No live lease: the first in journal order has charge, others are backup."""
    lease = d.case.lease
    if lease is None or lease.is_over(d.now_ms):
        return None
    if lease.holder == d.event.speaker.party:
        return Refused(code="case.already_yours", reason="You hold this case already.")
    return Refused(code="case.held", reason=HOLDS.write(officer=lease.name or lease.holder))


def may_write(d: Draft) -> Refused | None:
    """On a restricted channel only caller, coordinator and committed responders write."""
    if {CaseRole.CALLER, CaseRole.COORDINATOR} & d.roles or is_in_talk(d.case, d.event.speaker.party):
        return None
    return Refused(code="case.restricted", reason="Only the caller, the coordinator and bound helpers write here now.")


def caller_agrees_or_is_lost(d: Draft) -> Refused | None:
    """The caller agrees, or has been lost for T_LOST."""
    is_lost = d.case.lost_since_ms and d.now_ms - d.case.lost_since_ms >= d.timers.lost_ms
    if d.body.caller_agrees or is_lost:
        return None
    return Refused(code="case.caller_not_heard", reason="The caller has not agreed, and is not lost: ask it first.")


def is_shown(d: Draft) -> Refused | None:
    """When last called back the caller denied distress, and has not spoken of it since; or something else proves it."""
    if d.case.denied or d.body.shown_by is not NoDistress.CALL_BACK:
        return None
    return Refused(
        code="case.not_shown",
        reason="The caller has not said so, or has spoken of distress since: call it back, or say what else proves it.",
    )


def is_for_me(d: Draft) -> Refused | None:
    """The case was offered to whoever accepts it."""
    if d.case.offered_to == d.event.speaker.party:
        return None
    return Refused(code="case.not_offered", reason="This case was not offered to you.")


def is_not_to_itself(d: Draft) -> Refused | None:
    """A hand-over needs somebody else."""
    if d.body.to == d.event.speaker.party:
        return Refused(code="case.to_itself", reason="You hold this case already.")
    return None


def is_another_person(d: Draft) -> Refused | None:
    """Two people means two: nobody seconds their own act, and there must be one to second."""
    proposal = d.case.proposals.get(d.body.proposal)
    if proposal is None:
        return Refused(code="second.nothing", reason="There is nothing here to second; it may have lapsed.")
    if proposal.by == d.event.speaker.party:
        return Refused(code="second.same_person", reason="The second officer must be another person.")
    if not _may_second(d):
        return Refused(code="second.not_by_pact", reason="Under this pact a second word comes from somebody else.")
    return None


def _may_second(d: Draft) -> bool:
    """Whether the pact lets this person second: an officer of this station, one of a neighbour, or a named office.

    Whoever is registered as a second only is of no watch here: a neighbour's officer, or an office by its name.
    """
    speaker, rules = d.event.speaker, d.case.rules
    if Role.OFFICER in speaker.roles and "own-station" in rules.second_officers:
        return True
    is_neighbour = Role.OFFICER not in speaker.roles and "neighbour-station" in rules.second_officers
    return is_neighbour or ("named" in rules.second_officers and speaker.name in rules.second_named)


def is_on_hold(d: Draft) -> Refused | None:
    """There is a hold to release."""
    if d.case.on_hold:
        return None
    return Refused(code="case.no_hold", reason="No hold is on this case.")


def may_be_erased(d: Draft) -> Refused | None:
    """No hold is on it, and the station by itself erases only what has had its time."""
    if d.case.on_hold:
        return Refused(code="case.on_hold", reason="A hold is on this case: it is kept until the hold is released.")
    if CaseRole.STATION in d.roles and d.body.ground is not EraseGround.RETENTION:
        return Refused(code="case.role", reason="Only a person erases a case before its time.")
    return None


def is_running(d: Draft) -> Refused | None:
    """The timer runs, and is due: each elapses once."""
    timer = d.case.timers.get(d.body.timer)
    if timer is None or timer.due_ms != d.body.due_ms or timer.due_ms > d.now_ms:
        return Refused(code="timer.not_running", reason="This timer does not run, or is not due.")
    return None


# --- asking and consent -----------------------------------------------------------------------


def may_ask_wave(d: Draft) -> Refused | None:
    """The station asks by itself only for a caller known by its key or better, or for corroborated calls."""
    if CaseRole.STATION not in d.roles or may_call_by_itself(d.case):
        return None
    return Refused(code="wave.unverified", reason="Nobody knows this caller yet: an officer decides who is asked.")


def is_new_request(d: Draft) -> Refused | None:
    """One request id once, never to the caller itself, never without bound; the station as for a wave."""
    if d.body.request in d.case.requests:
        return Refused(code="request.exists", reason="This request was made already.")
    if d.body.responder == d.case.caller:
        return Refused(code="request.caller", reason="The caller cannot be asked to help itself.")
    return _is_only_suspected(d) or _has_room(d) or may_ask_wave(d)


def _is_only_suspected(d: Draft) -> Refused | None:
    """Nobody is asked to help with what no person has said."""
    if not d.case.suspected:
        return None
    return Refused(
        code="case.only_suspected", reason="Only a beacon fell silent: call back first, then ask others to help."
    )


def _has_room(d: Draft) -> Refused | None:
    if len(d.case.requests) < REQUESTS_MAX_COUNT:
        return None
    return Refused(code="request.too_many", reason=TOO_MANY_REQUESTS.write(count=REQUESTS_MAX_COUNT))


def may_offer_unasked(d: Draft) -> Refused | None:
    """Not the caller, not the same twice, and no more open offers than a coordinator can look at."""
    party = d.event.speaker.party
    if party == d.case.caller:
        return Refused(code="request.caller", reason="The caller cannot offer help to itself.")
    if d.event.id[:16] in d.case.requests:
        return Refused(code="request.exists", reason="This offer was made already.")
    mine = [one for one in d.case.requests.values() if one.unsolicited and one.is_pending and one.responder == party]
    if len(mine) >= OFFERS_MAX_COUNT:
        return Refused(code="request.too_many", reason=TOO_MANY_OFFERS.write(count=OFFERS_MAX_COUNT))
    return _has_room(d)


def may_grant(d: Draft) -> Refused | None:
    """Consent is signed by the caller's own key, once, and has an end within 90 days."""
    if not d.event.speaker.has_own_key:
        return Refused(code="grant.unsigned", reason="Consent must be signed by the caller's own key.")
    if not d.now_ms < d.body.expires_ms <= d.now_ms + GRANT_MAX_MS:
        return Refused(code="grant.expiry", reason="A grant ends between now and 90 days from now.")
    if d.event.id in d.case.grants:
        return Refused(code="grant.exists", reason="This grant was given already.")
    if len(d.case.grants) >= GRANTS_MAX_COUNT:
        return Refused(code="grant.too_many", reason=TOO_MANY_GRANTS.write(count=GRANTS_MAX_COUNT))
    return None


def grant_exists(d: Draft) -> Refused | None:
    """The grant was given here."""
    if d.body.grant in d.case.grants:
        return None
    return Refused(code="grant.unknown", reason="There is no such grant.")


# --- one request ------------------------------------------------------------------------------


def is_any(d: Draft, request: Request) -> Refused | None:
    """Nothing beyond the row."""
    del d, request
    return None


def is_mine(d: Draft, request: Request) -> Refused | None:
    """Only the one who was asked answers."""
    if request.responder == d.event.speaker.party:
        return None
    return Refused(code="request.not_yours", reason="This request was made to somebody else.")


def names_the_offer(d: Draft, request: Request) -> Refused | None:
    """It names the statement by which the helper says what it offers now, or that it wishes to stay longer."""
    if d.body.offer in {request.terms, request.longer} - {b""}:
        return None
    return Refused(code="agreement.other_offer", reason="This is not what is offered now: look, and agree to that.")


def is_mine_or_coordinators(d: Draft, request: Request) -> Refused | None:
    """The responder for itself, or the coordinator."""
    return None if CaseRole.COORDINATOR in d.roles else is_mine(d, request)


def may_decline(d: Draft, request: Request) -> Refused | None:
    """Its own request; "not verified" is a ground only where nothing asked could be given to an unverified caller."""
    refusal = is_mine(d, request)
    if refusal is not None or d.body.ground is not Ground.UNVERIFIED:
        return refusal
    if any(ask.line.help_class is HelpClass.ADVICE for ask in request.lines):
        return Refused(
            code="request.ground",
            reason="Part of this needs no verification: offer that part, or decline on another ground.",
        )
    return None


def may_commit(d: Draft, request: Request) -> Refused | None:
    """Its own request, for lines it is about; what was conditional, held or not asked for is selected first."""
    refusal = _is_mine_or_standing(d, request)
    if refusal is not None:
        return refusal
    is_plain = request.how in {"", "full", "partial"} and not request.unsolicited
    if request.state is RequestState.OFFERED and not is_plain:
        return Refused(code="request.not_selected", reason="The coordinator has not selected this offer yet.")
    if not d.body.lines and not request.all_lines:
        return Refused(code="request.lines", reason="Your offer named no lines: say which you commit.")
    if d.body.lines and not wanted_lines(d, request):
        return Refused(code="request.lines", reason="You were not asked for these lines: offer them first.")
    return None


def _is_mine_or_standing(d: Draft, request: Request) -> Refused | None:
    """The station commits only what the responder promised beforehand, and nothing that affects others."""
    may_be_automatic = request.standing and request.state in ASKED and not touches_others(request)
    if CaseRole.STATION in d.roles and may_be_automatic:
        return None
    return is_mine(d, request)


def may_begin(d: Draft, request: Request) -> Refused | None:
    """Its own request, and the consent and proof that its kind of help needs."""
    refusal = is_mine(d, request)
    if refusal is not None:
        return refusal
    missing = missing_consent(d, request)
    return Refused(code="consent.missing", reason=missing) if missing else None


def needs_approval(d: Draft, request: Request) -> Refused | None:
    """It is bound, would affect others, and two officers have not agreed yet."""
    del d
    if touches_others(request) and not request.two_officers:
        return None
    return Refused(code="request.state", reason=DOES_NOT_FOLLOW.write(state=request.state.value))


# --- when a second officer must agree ---------------------------------------------------------


def never(d: Draft) -> bool:
    """Never."""
    del d
    return False


def always(d: Draft) -> bool:
    """Always."""
    del d
    return True


def lowers(d: Draft) -> bool:
    """Where the coordinator would lower the urgency."""
    by_caller = CaseRole.CALLER in d.roles
    return not by_caller and d.body.urgency.gravity < d.case.urgency.gravity


def makes_less_of_it(d: Draft) -> bool:
    """Where the coordinator would make less of it than is said or possible."""
    return bool(d.body.urgency.gravity < d.case.waking.gravity)


def before_stable(d: Draft) -> bool:
    """Before the case is stable."""
    return d.case.life is not Life.STABILISED


def touches_third_party(d: Draft) -> bool:
    """Where anything of it affects third parties."""
    request = d.case.requests.get(d.body.request)
    return request is not None and touches_others(request)
