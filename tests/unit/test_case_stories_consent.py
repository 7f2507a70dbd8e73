"""Stories of consent: no work outside what the caller allows, nothing that harms others without proof (laws 9 and 10)."""

import pytest
from doubles.case_play import (
    CALLER,
    FIRST,
    HELPER,
    HOUR_MS,
    MINUTE_MS,
    OTHER,
    RELAY,
    SECOND,
    STATION,
    STRANGER,
    Play,
    member,
    need,
    request_id,
)

from esos.case.event import Audience, Reason
from esos.case.guards import GRANT_MAX_MS
from esos.keys.speaker import KnownBy
from esos.message.bodies import LodgedGrant
from esos.words.ground import Ground
from esos.words.life import Verification
from esos.words.need import HelpClass, NeedLine
from esos.words.request_state import RequestState

ACCESS = need(2, NeedLine.FORENSICS)
CAPACITY = need(2, NeedLine.SCRUBBING)
OTHERS = need(1, NeedLine.DNS_OR_ROUTING)
PREFIX = "203.0.113.0/24"


def committed(lines, caller=CALLER):
    play = Play(caller=caller).called(caller, needs=lines).acknowledged().asked("helper", lines=lines)
    return play.answers(HELPER, "committed")


def grant(play, help_class=HelpClass.ACCESS, *, to=(), scope="the mail servers", ms=HOUR_MS, by=CALLER):
    return play.say(by, "granted", help_class=help_class, scope=scope, to=to, expires_ms=play.now_ms + ms)


def may_begin(play):
    """Whether the helper may begin now; nothing of it is kept."""
    before, effects = play.case, play.effects
    play._step(HELPER, "progressed", {"request": request_id("helper")})
    taken = play.case is not before
    play.case, play.effects = before, effects
    return taken


def called_back(play, *, confirms=False):
    return play.say(FIRST, "called_back", result="in_distress", confirms=confirms)


# ------------------------------------------------------------------------------------------ the free classes
def test_advice_and_own_edge_filtering_wait_for_nothing():
    assert may_begin(committed(need(2, NeedLine.ADVICE), STRANGER))
    assert may_begin(committed(need(2, NeedLine.FILTERING), STRANGER))


def test_capacity_waits_for_the_callers_key_or_a_relay_that_vouches():
    play = committed(CAPACITY, STRANGER)
    assert play.refused(HELPER, "progressed", request=request_id("helper")) == "consent.missing"
    play.say(RELAY, "relayed", call=b"relayed1", caller=STRANGER.party)
    assert not may_begin(play)
    play.say(RELAY, "relayed", call=b"relayed2", caller=STRANGER.party, vouched=True)
    assert may_begin(play)
    assert may_begin(committed(CAPACITY))


def test_a_disputed_caller_gets_advice_and_no_capacity():
    play = committed(CAPACITY).say(FIRST, "called_back", result="wrong_party")
    assert not may_begin(play)


# ------------------------------------------------------------------------------------------ access
def test_access_waits_for_a_call_back_and_the_callers_own_grant():
    play = committed(ACCESS)
    assert not may_begin(play)
    assert not may_begin(called_back(play))
    assert may_begin(grant(play))


def test_a_grant_without_a_call_back_opens_nothing():
    assert not may_begin(grant(committed(ACCESS)))


def test_a_consent_without_an_end_is_none():
    play = committed(ACCESS)
    fields = {"help_class": HelpClass.ACCESS, "scope": "all", "expires_ms": 0}
    assert play.refused(CALLER, "granted", **fields) == "grant.expiry"


def test_a_grant_to_another_helper_opens_nothing_for_this_one():
    assert not may_begin(grant(called_back(committed(ACCESS)), to=("other",)))


def test_a_grant_for_another_class_opens_nothing():
    assert not may_begin(grant(called_back(committed(ACCESS)), HelpClass.CAPACITY))


def test_a_grant_ends_at_its_very_millisecond():
    play = grant(called_back(committed(ACCESS)))
    play.now_ms += HOUR_MS - 1
    assert may_begin(play)
    play.now_ms += 1
    assert not may_begin(play)


def test_an_expired_grant_is_dead_and_whoever_worked_under_it_is_told_to_stop():
    play = grant(called_back(committed(ACCESS)))
    play.answers(HELPER, "progressed").wait(HOUR_MS)
    assert not next(iter(play.case.grants.values())).live
    assert play.ever_paged(Audience.RESPONDER, Reason.CONSENT_ENDED, "helper") == 1
    assert play.state("helper") is RequestState.ON_SCENE
    assert not may_begin(play)


def test_the_caller_takes_a_grant_back_at_once():
    play = grant(called_back(committed(ACCESS)))
    grant_id = play.last_id
    play.answers(HELPER, "progressed").say(CALLER, "grant_revoked", grant=grant_id)
    assert not play.case.grants[grant_id].live
    assert play.paged(Audience.RESPONDER, Reason.CONSENT_ENDED, "helper")
    assert play.paged(Audience.COORDINATOR, Reason.CONSENT_ENDED)
    assert not play.runs("grant", grant_id)
    assert not may_begin(play)


def test_taking_back_one_of_two_grants_stops_nobody():
    play = grant(grant(called_back(committed(ACCESS))))
    play.answers(HELPER, "progressed")
    first = next(iter(play.case.grants))
    assert not play.say(CALLER, "grant_revoked", grant=first).paged(Audience.RESPONDER, Reason.CONSENT_ENDED)


def test_taking_back_a_grant_that_was_never_given_is_refused():
    assert committed(ACCESS).refused(CALLER, "grant_revoked", grant=b"g" * 32) == "grant.unknown"


@pytest.mark.parametrize(
    "caller", [member("hospital", KnownBy.SESSION, attested=True), member("hospital", KnownBy.LINK)]
)
def test_consent_is_signed_by_the_callers_own_key_and_never_attested(caller):
    play = committed(ACCESS)
    fields = {"help_class": HelpClass.ACCESS, "scope": "all", "expires_ms": play.now_ms + HOUR_MS}
    assert play.refused(caller, "granted", **fields) == "grant.unsigned"


@pytest.mark.parametrize("ms", [0, -1, GRANT_MAX_MS + 1])
def test_a_grant_has_an_end_in_the_future_within_ninety_days(ms):
    play = committed(ACCESS)
    fields = {"help_class": HelpClass.ACCESS, "scope": "all", "expires_ms": play.now_ms + ms}
    assert play.refused(CALLER, "granted", **fields) == "grant.expiry"
    assert grant(play, ms=GRANT_MAX_MS).runs("grant", play.last_id)


def test_a_case_holds_a_bounded_number_of_grants(monkeypatch):
    monkeypatch.setattr("esos.case.guards.GRANTS_MAX_COUNT", 1)
    play = grant(committed(ACCESS))
    fields = {"help_class": HelpClass.ACCESS, "scope": "all", "expires_ms": play.now_ms + HOUR_MS}
    assert play.refused(CALLER, "granted", **fields) == "grant.too_many"


def test_a_relay_gives_no_consent():
    play = committed(ACCESS).say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party, vouched=True)
    fields = {"help_class": HelpClass.ACCESS, "scope": "all", "expires_ms": play.now_ms + HOUR_MS}
    assert play.refused(RELAY, "granted", **fields) == "case.role"


def test_consent_to_one_helper_dies_with_its_agreement():
    play = grant(called_back(committed(ACCESS)), to=("helper",))
    grant_id = play.last_id
    play.answers(HELPER, "withdrew", ground=Ground.UNABLE)
    assert not play.case.grants[grant_id].live


def test_consent_to_several_goes_on_for_those_who_stay():
    play = grant(called_back(committed(ACCESS)), to=("helper", "other"))
    grant_id = play.last_id
    play.answers(HELPER, "withdrew", ground=Ground.UNABLE)
    assert (play.case.grants[grant_id].live, play.case.grants[grant_id].to) == (True, ("other",))


def test_a_standing_grant_lodged_in_peace_time_comes_into_the_case_with_the_call_and_still_waits_for_a_call_back():
    play = committed(ACCESS)
    lodged = LodgedGrant(
        grant=b"l" * 32, help_class=HelpClass.ACCESS, scope="logs", to=("helper",), expires_ms=play.now_ms + HOUR_MS
    )
    play.say(STATION, "arrived", call=b"a" * 32, caller=CALLER.party, standing=(lodged,))
    assert not may_begin(play)
    assert may_begin(called_back(play))


def test_a_standing_grant_taken_back_in_the_case_does_not_come_back_with_the_next_call():
    play = committed(ACCESS)
    lodged = LodgedGrant(grant=b"l" * 32, help_class=HelpClass.ACCESS, scope="logs", expires_ms=play.now_ms + HOUR_MS)
    play.say(STATION, "arrived", call=b"a" * 32, caller=CALLER.party, standing=(lodged,))
    (grant_id,) = play.case.grants
    play.say(CALLER, "grant_revoked", grant=grant_id)
    play.say(STATION, "arrived", call=b"b" * 32, caller=CALLER.party, standing=(lodged,))
    assert not play.case.grants[grant_id].live
    play.say(CALLER, "cancelled").wait(MINUTE_MS).called(call=b"call-two")
    play.say(STATION, "arrived", call=b"d" * 32, caller=CALLER.party, standing=(lodged,))
    assert [one.live for one in play.case.grants.values()] == [False, True]


# ------------------------------------------------------------------------------------------ acts on others
def others_ready(*, without=""):
    """Everything an act on third parties needs, but for one thing."""
    play = Play().called(needs=OTHERS).acknowledged().asked("helper", lines=OTHERS).answers(HELPER, "offered")
    if without != "two officers":
        play.say(FIRST, "selected", request=request_id("helper")).seconded()
    play.answers(HELPER, "committed")
    called_back(play, confirms=without != "confirmation")
    if without != "proof":
        rung = 1 if without == "rung" else 2
        resource = "198.51.100.0/24" if without == "prefix" else PREFIX
        play.say(FIRST, "control_proven", resource=resource, rung=rung, expires_ms=play.now_ms + HOUR_MS)
    if without != "grant":
        grant(play, HelpClass.THIRD_PARTY, scope=PREFIX, ms=2 * HOUR_MS)
    return play


def test_an_act_on_others_may_begin_when_everything_is_there():
    assert may_begin(others_ready())


@pytest.mark.parametrize("missing", ["two officers", "confirmation", "proof", "rung", "prefix", "grant"])
def test_an_act_on_others_does_not_begin_while_anything_is_missing(missing):
    assert not may_begin(others_ready(without=missing))


def test_proof_of_control_ends_at_its_very_millisecond():
    play = others_ready()
    play.now_ms += HOUR_MS - 1
    assert may_begin(play)
    play.now_ms += 1
    assert not may_begin(play)


def test_a_grant_that_names_two_resources_needs_proof_of_both():
    play = others_ready(without="grant")
    grant(play, HelpClass.THIRD_PARTY, scope=f"{PREFIX}, 198.51.100.0/24")
    assert not may_begin(play)
    play.say(STATION, "control_proven", resource="198.51.100.0/24", rung=4, expires_ms=play.now_ms + HOUR_MS)
    assert may_begin(play)


def test_a_newer_proof_of_the_same_resource_replaces_the_older():
    play = others_ready().say(FIRST, "control_proven", resource=PREFIX, rung=0, expires_ms=1)
    assert len(play.case.proofs) == 1
    assert not may_begin(play)


def test_selecting_what_affects_others_takes_two_officers_whatever_line_was_first_asked_for():
    play = Play().called(needs=(*need(1), *OTHERS)).acknowledged().asked("helper", lines=need(1))
    play.answers(HELPER, "offered", lines=(*need(1), *OTHERS)).say(FIRST, "selected", request=request_id("helper"))
    assert play.state("helper") is RequestState.OFFERED
    play.seconded()
    assert play.state("helper") is RequestState.SELECTED
    assert play.request("helper").two_officers


def test_two_officers_may_agree_after_a_helper_is_bound():
    play = others_ready(without="two officers")
    play.say(FIRST, "selected", request=request_id("helper")).seconded()
    assert play.state("helper") is RequestState.COMMITTED
    assert may_begin(play)
    assert play.refused(FIRST, "selected", request=request_id("helper")) == "request.state"


def test_a_bound_helper_whose_help_affects_nobody_needs_no_such_agreement():
    assert committed(CAPACITY).refused(FIRST, "selected", request=request_id("helper")) == "request.state"


def test_an_offer_that_moved_on_is_not_selected_by_an_old_agreement():
    play = Play().called(needs=OTHERS).acknowledged().asked("helper", lines=OTHERS).answers(HELPER, "offered")
    play.say(FIRST, "selected", request=request_id("helper"))
    (proposal,) = play.case.proposals
    play.answers(HELPER, "withdrew", ground=Ground.UNABLE)
    assert play.refused(SECOND, "seconded", proposal=proposal) == "second.too_late"


def test_proof_of_control_is_an_officers_or_the_stations_to_record():
    play = committed(OTHERS)
    fields = {"resource": PREFIX, "rung": 4, "expires_ms": play.now_ms + HOUR_MS}
    assert play.refused(CALLER, "control_proven", **fields) == "case.role"
    assert play.refused(OTHER, "control_proven", **fields) == "case.role"


def test_a_caller_confirmed_stays_so_while_its_answer_is_yes():
    play = called_back(committed(ACCESS), confirms=True)
    assert called_back(play).case.verification is Verification.CONFIRMED
