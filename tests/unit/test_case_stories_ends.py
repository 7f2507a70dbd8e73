"""Stories of ends: standing down, cancelling, no emergency, suspending, closing; and whom each reaches (laws 6 and 8)."""

import pytest
from doubles.case_play import (
    BACKUP,
    CALLER,
    DAY_MS,
    FIRST,
    HELPER,
    HOUR_MS,
    MINUTE_MS,
    OTHER,
    REGISTRAR,
    RELAY,
    RULES,
    SECOND,
    STATION,
    STRANGER,
    THIRD,
    Play,
    need,
    pages_of,
    request_id,
)

from esos.case.event import Audience, Reason, WarnOthers
from esos.keys.speaker import GUEST as GUEST_NAME
from esos.keys.speaker import Speaker
from esos.message.bodies import CallDetails
from esos.words.erasure import EraseGround
from esos.words.life import Life, Verification
from esos.words.need import HelpClass
from esos.words.no_distress import NoDistress
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency

GUEST = Speaker(party=f"{GUEST_NAME}1")
"""A caller that others call for, and that no station knows."""


def busy():
    """One at work, one offering, one only asked, and a live grant."""
    play = Play().assisting().asked("other", "third")
    play.answers(HELPER, "progressed").answers(OTHER, "offered")
    return play.say(CALLER, "granted", help_class=HelpClass.ACCESS, scope="logs", expires_ms=play.now_ms + HOUR_MS)


END = {
    "cancelled": lambda play: play.say(CALLER, "cancelled"),
    "no_emergency": lambda play: play.say(
        FIRST, "no_emergency", shown_by="on-site", evidence="The line was open."
    ).seconded(),
    "stood_down": lambda play: play.say(FIRST, "stood_down", caller_agrees=True).seconded(),
}


# ------------------------------------------------------------------------------------------ every end
@pytest.mark.parametrize("end", [*END, "suspended"])
def test_every_end_and_suspension_ends_or_releases_every_request_and_sets_grants_to_zero(end):
    play = busy()
    if end == "suspended":
        play.say(FIRST, "suspended").seconded()
    else:
        END[end](play)
    assert play.life is Life(end)
    assert play.state("helper") is RequestState.RELEASING
    assert play.state("other") is RequestState.NOT_TAKEN
    assert play.state("third") is RequestState.CANCELLED
    assert not any(grant.live for grant in play.case.grants.values())
    reasons = {"cancelled": Reason.CANCELLED, "no_emergency": Reason.ENDED}
    assert play.paged(Audience.ASKED, reasons.get(end, Reason.RELEASED))


@pytest.mark.parametrize("end", END)
def test_after_an_end_only_the_settling_timer_runs_and_closing_needs_nobody(end):
    play = END[end](busy())
    assert list(play.case.timers) == ["settle"]
    play.wait(RULES.mayday.settle_ms - 1)
    assert play.life is Life(end)
    play.wait(1)
    assert play.life is Life.CLOSED
    assert all(request.is_ended for request in play.case.requests.values())
    assert play.case.timers == {}


def test_an_ended_case_that_nobody_closes_is_closed_when_its_time_is_over():
    play = Play().called().say(CALLER, "cancelled").wait(RULES.mayday.settle_ms)
    assert play.life is Life.CLOSED


@pytest.mark.parametrize("end", END)
def test_any_officer_closes_an_ended_case_and_nobody_an_open_one(end):
    play = busy()
    assert play.refused(FIRST, "closed") == "case.state"
    END[end](play)
    assert play.refused(CALLER, "closed") == "case.role"
    play.say(BACKUP, "closed", report="All is well.", costs="None.", lessons="Label the button.")
    assert play.life is Life.CLOSED


def test_accounts_may_still_be_closed_after_the_end():
    play = END["cancelled"](busy()).answers(HELPER, "returned").answers(HELPER, "settled", hours=3)
    assert play.state("helper") is RequestState.SETTLED


def test_only_a_closed_case_is_erased():
    play = END["cancelled"](busy())
    assert play.refused(REGISTRAR, "erased", ground=EraseGround.ASKED) == "case.state"
    play.say(FIRST, "closed")
    assert play.refused(FIRST, "erased", ground=EraseGround.ASKED) == "case.role"
    play.say(REGISTRAR, "erased", ground=EraseGround.ASKED)
    assert play.life is Life.ERASED
    assert play.refused(CALLER, "messaged", text="Hello?") == "case.state"


def test_a_station_by_itself_erases_only_what_has_had_its_time():
    play = END["cancelled"](busy()).say(FIRST, "closed")
    assert play.refused(STATION, "erased", ground=EraseGround.ASKED) == "case.role"
    assert play.say(STATION, "erased", ground=EraseGround.RETENTION).life is Life.ERASED


def test_a_hold_keeps_a_case_from_erasure_until_it_is_released():
    play = busy()
    assert play.refused(FIRST, "hold_released", reason="Why not?") == "case.no_hold"
    assert play.refused(CALLER, "hold_set", reason="Keep it.") == "case.role"
    END["cancelled"](play.say(FIRST, "hold_set", reason="A court asked for it.")).say(FIRST, "closed")
    for who in (REGISTRAR, STATION):
        assert play.refused(who, "erased", ground=EraseGround.RETENTION) == "case.on_hold"
    play.say(REGISTRAR, "hold_released", reason="The court has decided.")
    assert play.say(REGISTRAR, "erased", ground=EraseGround.ASKED).life is Life.ERASED


# ------------------------------------------------------------------------------------------ cancelling
def test_cancelling_is_free_at_any_time_and_reaches_everybody_asked():
    play = Play().called().say(CALLER, "cancelled")
    assert play.life is Life.CANCELLED
    assert play.paged(Audience.CALLER, Reason.CANCELLED)
    assert play.paged(Audience.WATCH, Reason.CANCELLED)
    assert {page.audience for page in pages_of(play.effects)} == {Audience.CALLER, Audience.WATCH}
    assert busy().say(CALLER, "cancelled").paged(Audience.ASKED, Reason.CANCELLED)


def test_a_cancel_reaches_the_neighbour_and_everybody_whom_the_ladder_called():
    play = Play().called().wait(6 * MINUTE_MS).say(CALLER, "cancelled")
    for audience in (Audience.WATCH, Audience.BACKUP, Audience.NEIGHBOUR):
        assert play.paged(audience, Reason.CANCELLED)
    play = Play().called().wait(11 * MINUTE_MS).say(CALLER, "cancelled")
    assert play.paged(Audience.EVERYONE, Reason.CANCELLED)
    assert not play.paged(Audience.BACKUP, Reason.CANCELLED)


def test_a_cancel_before_the_neighbour_was_called_does_not_wake_it():
    assert not Play().called().say(CALLER, "cancelled").paged(Audience.NEIGHBOUR, Reason.CANCELLED)


def test_a_suspended_case_may_be_cancelled():
    assert Play().suspended().say(CALLER, "cancelled").life is Life.CANCELLED


def test_where_other_evidence_disagrees_a_cancel_waits_for_a_call_back():
    play = Play().called().say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party).acknowledged()
    play.say(CALLER, "cancelled")
    assert play.life is Life.ACKNOWLEDGED
    assert play.case.cancel_asked
    assert play.paged(Audience.COORDINATOR, Reason.CALL_BACK_DUE)
    assert play.until("call_back") == RULES.mayday.ack_ms
    play.say(FIRST, "called_back", result="no_distress")
    assert play.life is Life.CANCELLED


def test_a_cancel_under_duress_is_found_out_and_the_case_goes_on():
    play = Play().called().say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party).acknowledged()
    play.say(CALLER, "cancelled").say(FIRST, "called_back", result="in_distress")
    assert play.life is Life.ACKNOWLEDGED
    assert not play.case.cancel_asked
    assert play.case.verification is Verification.CALLED_BACK


def test_a_cancel_that_waits_is_chased_until_somebody_calls_back():
    play = Play().called().say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party).acknowledged()
    play.say(CALLER, "cancelled").wait(2 * RULES.mayday.ack_ms)
    assert play.ever_paged(Audience.COORDINATOR, Reason.CALL_BACK_DUE) == 3
    assert play.runs("call_back")


def test_after_a_call_back_that_denied_distress_a_cancel_takes_effect_at_once():
    play = Play().called().say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party).acknowledged()
    play.say(FIRST, "called_back", result="no_distress")
    assert play.say(CALLER, "cancelled").life is Life.CANCELLED


def test_a_cancel_that_was_overtaken_by_a_newer_call_ends_nothing():
    play = Play().called(call=b"call-one").called(call=b"call-two")
    assert play.refused(CALLER, "cancelled", call=b"call-one", sequence=4) == "call.overtaken"
    play.say(CALLER, "cancelled", call=b"call-two", sequence=1)
    assert play.life is Life.CANCELLED


def test_a_cancel_overtakes_what_it_outran():
    play = Play().called(call=b"call-one", sequence=5)
    assert play.refused(CALLER, "cancelled", call=b"call-one", sequence=3) == "call.overtaken"
    assert play.say(CALLER, "cancelled").life is Life.CANCELLED


def test_a_cancel_of_a_call_that_never_arrived_is_heeded():
    play = Play().called(call=b"call-one").say(CALLER, "cancelled", call=b"call-two", sequence=1)
    assert play.life is Life.CANCELLED


def update(play, number, **details):
    return play.say(CALLER, "updated", number=number, details=CallDetails(**details))


def relayed(play, by=RELAY, *, call=b"relayed1", caller=CALLER.party):
    return play.say(by, "relayed", call=call, caller=caller)


def test_a_cancel_waits_where_somebody_else_answered_for_the_caller():
    play = Play().called().acknowledged().say(FIRST, "called_back", result="wrong_party").say(CALLER, "cancelled")
    assert (play.life, play.case.cancel_asked) == (Life.ACKNOWLEDGED, True)
    assert play.say(FIRST, "called_back", result="no_distress").life is Life.CANCELLED


@pytest.mark.parametrize(
    "newer",
    [
        lambda play: update(play, 1, facts={"threat_to_life_or_safety": True}),
        lambda play: update(play, 1, urgency=Urgency.MAYDAY),
        lambda play: update(play, 1, natures=(4,)),
        lambda play: play.say(CALLER, "sitrep_given", needs=need(80)),
        lambda play: play.say(CALLER, "sitrep_given", facts={"data_lost": True}),
        lambda play: relayed(play, OTHER, call=b"relayed2"),
        lambda play: play.say(FIRST, "called_back", result="wrong_party"),
        lambda play: play.called(call=b"call-two"),
    ],
    ids=["a fact", "as grave", "a nature", "a need", "a report", "a relay", "somebody else answered", "a call"],
)
def test_a_no_distress_of_before_counts_no_more_once_anything_tells_of_distress(newer):
    play = relayed(Play().called()).acknowledged().say(FIRST, "called_back", result="no_distress")
    newer(play).say(CALLER, "cancelled")
    assert (play.life, play.case.cancel_asked) == (Life.ACKNOWLEDGED, True)


@pytest.mark.parametrize(
    "newer",
    [
        lambda play: update(play, 1, urgency=Urgency.PAN_PAN),
        lambda play: update(play, 1, facts={"threat_to_life_or_safety": False}),
        lambda play: play.say(CALLER, "messaged", text="It was nothing."),
        lambda play: play.called(),
    ],
    ids=["less grave", "answered with no", "talk", "the first call once more"],
)
def test_what_tells_of_no_distress_leaves_cancelling_as_easy_as_it_was(newer):
    play = relayed(Play().called(sequence=0)).called(sequence=1).acknowledged()
    play.say(FIRST, "called_back", result="no_distress")
    assert newer(play).say(CALLER, "cancelled").life is Life.CANCELLED


def test_a_cancel_that_waits_while_nobody_has_charge_still_has_a_time_by_which_somebody_calls_back():
    play = relayed(Play().called()).say(CALLER, "cancelled")
    assert play.until("call_back") == RULES.mayday.ack_ms
    play = relayed(Play().suspended()).say(CALLER, "cancelled")
    assert play.until("call_back") == RULES.mayday.ack_ms


def test_an_older_copy_of_a_call_does_not_take_a_waiting_cancel_back():
    play = relayed(Play().called(sequence=1)).say(CALLER, "cancelled", call=b"call-one", sequence=3)
    assert play.called(sequence=2).case.cancel_asked


# ------------------------------------------------------------------------------------------ a relay's mistake
def test_whoever_alone_called_for_somebody_unknown_may_take_it_back():
    play = relayed(Play(caller=GUEST), STRANGER, caller=None)
    assert play.say(STRANGER, "cancelled", call=b"relayed1", sequence=1).life is Life.CANCELLED


@pytest.mark.parametrize(
    "other",
    [
        lambda play: relayed(play, OTHER, call=b"relayed2", caller=None),
        lambda play: play.acknowledged().say(FIRST, "called_back", result="in_distress"),
    ],
    ids=["another relay", "the caller itself"],
)
def test_where_anybody_else_spoke_a_relays_cancel_waits_for_a_call_back(other):
    play = other(relayed(Play(caller=GUEST), STRANGER, caller=None)).say(STRANGER, "cancelled")
    assert (play.case.is_open, play.case.cancel_asked) == (True, True)
    assert play.say(FIRST, "called_back", result="no_distress").life is Life.CANCELLED


def test_nobody_takes_back_the_call_of_a_caller_that_can_speak_for_itself():
    play = relayed(Play())
    assert play.refused(RELAY, "cancelled") == "case.role"
    assert play.refused(OTHER, "cancelled") == "case.role"
    assert relayed(Play(caller=GUEST), caller=None).refused(OTHER, "cancelled") == "case.role"


# ------------------------------------------------------------------------------------------ no emergency
def test_no_emergency_needs_the_callers_own_no_or_a_proof():
    play = Play().called().acknowledged()
    assert play.refused(FIRST, "no_emergency", evidence="It sounds like nothing.") == "case.not_shown"
    play.say(FIRST, "called_back", result="in_distress", confirms=True)
    assert play.refused(FIRST, "no_emergency", evidence="We doubt it.") == "case.not_shown"
    play.say(FIRST, "called_back", result="no_distress")
    assert play.say(FIRST, "no_emergency", evidence="They say so.").seconded().life is Life.NO_EMERGENCY


def test_a_finding_that_waits_for_its_second_falls_when_the_caller_speaks_of_distress():
    play = Play().called().acknowledged().say(FIRST, "called_back", result="no_distress")
    play.say(FIRST, "no_emergency", evidence="They say so.")
    update(play, 1, facts={"threat_to_life_or_safety": True})
    (proposal,) = play.case.proposals
    assert play.refused(SECOND, "seconded", proposal=proposal) == "case.not_shown"
    assert play.case.is_open


@pytest.mark.parametrize("proof", [one for one in NoDistress if one is not NoDistress.CALL_BACK])
def test_a_proof_stands_for_a_call_back(proof):
    play = Play().called().acknowledged().say(FIRST, "no_emergency", shown_by=proof, evidence="We looked.")
    assert play.seconded().life is Life.NO_EMERGENCY


def test_no_emergency_needs_two_different_people_and_calling_again_undoes_it():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    assert play.life is Life.ACKNOWLEDGED
    play.seconded()
    assert play.life is Life.NO_EMERGENCY
    assert play.called(call=b"call-two").life is Life.ARRIVED


def test_without_a_second_officer_the_case_stays_open():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    play.wait(RULES.mayday.second_ms)
    assert play.case.is_open


# ------------------------------------------------------------------------------------------ standing down
def test_standing_down_needs_the_callers_word():
    assert Play().stabilised().refused(FIRST, "stood_down") == "case.caller_not_heard"


def test_a_stable_case_is_stood_down_by_the_coordinator_alone():
    assert Play().stabilised().say(FIRST, "stood_down", caller_agrees=True).life is Life.STOOD_DOWN


def test_before_it_is_stable_standing_down_takes_two():
    play = Play().assisting().say(FIRST, "stood_down", caller_agrees=True)
    assert play.life is Life.ASSISTING
    assert play.seconded().life is Life.STOOD_DOWN


def test_a_caller_lost_for_t_lost_need_not_agree_and_the_boundary_belongs_to_the_later_state():
    play = Play().stabilised().say(FIRST, "contact_lost")
    play.now_ms += RULES.mayday.lost_ms - 1
    assert play.refused(FIRST, "stood_down") == "case.caller_not_heard"
    play.now_ms += 1
    assert play.say(FIRST, "stood_down").life is Life.STOOD_DOWN


# ------------------------------------------------------------------------------------------ suspending
def test_suspending_and_resuming_take_two_and_leave_the_case_open_and_held():
    play = Play().suspended()
    assert (play.life, play.case.is_open) == (Life.SUSPENDED, True)
    assert sorted(play.case.timers) == sorted(["lease", "review", f"return:{request_id('helper').hex()}"])
    play.say(FIRST, "resumed")
    assert play.life is Life.SUSPENDED
    assert play.seconded().life is Life.MOBILISING
    assert play.runs("wave")
    assert play.runs("heart")


def test_after_a_suspension_the_whole_need_is_open_again():
    play = Play().suspended().say(FIRST, "resumed").seconded()
    assert sum(play.case.open_need().values()) == 40


def test_a_suspension_is_reviewed_again_and_again():
    play = Play().suspended().wait(RULES.mayday.review_ms)
    assert play.ever_paged(Audience.COORDINATOR, Reason.REVIEW_DUE) == 1
    play.say(FIRST, "messaged", text="It stays as it is.").wait(RULES.mayday.review_ms)
    assert play.ever_paged(Audience.COORDINATOR, Reason.REVIEW_DUE) == 2


def test_nobody_volunteers_or_gives_consent_into_a_suspended_case():
    play = Play().suspended()
    assert play.refused(THIRD, "volunteered", lines=need(1)) == "case.state"
    fields = {"help_class": HelpClass.ACCESS, "scope": "logs", "expires_ms": play.now_ms + HOUR_MS}
    assert play.refused(CALLER, "granted", **fields) == "case.state"
    assert play.refused(HELPER, "committed", request=request_id("helper")) == "request.state"


def test_a_late_yes_during_a_suspension_changes_nothing():
    play = Play().assisting().asked("other").say(FIRST, "suspended").seconded()
    assert play.refused(OTHER, "committed", request=request_id("other")) == "request.ended"


# ------------------------------------------------------------------------------------------ stable times
def test_a_stable_case_asks_nobody_and_a_relapse_goes_on_searching():
    play = Play().called()
    play.to_ask = ["helper"]
    play.acknowledged().wait(MINUTE_MS).answers(HELPER, "committed", lines=need(20)).say(FIRST, "stabilised")
    assert not play.runs("wave")
    assert not play.runs("commit")
    play.say(FIRST, "relapsed")
    assert play.life is Life.ASSISTING
    assert play.until("wave") == 1
    assert not play.runs("stable")
    assert not play.paged(Audience.COORDINATOR, Reason.RELAPSE)


def test_the_caller_may_say_that_it_is_worse_again_and_the_coordinator_is_told():
    play = Play().stabilised().say(CALLER, "relapsed")
    assert play.life is Life.ASSISTING
    assert play.paged(Audience.COORDINATOR, Reason.RELAPSE)


def test_a_relapse_without_any_helper_left_is_mobilising():
    play = Play().stabilised().answers(HELPER, "progressed").answers(HELPER, "returned").say(FIRST, "relapsed")
    assert play.life is Life.MOBILISING


# ------------------------------------------------------------------------------------------ warnings
def test_a_warning_goes_out_once_an_officer_has_taken_it():
    play = Play().called(urgency=Urgency.ADVISORY)
    assert WarnOthers() not in play.effects
    play.acknowledged()
    assert WarnOthers() in play.effects
    play.say(FIRST, "handed_over", to=SECOND.party).say(SECOND, "hand_over_accepted")
    assert WarnOthers() not in play.effects


def test_a_strangers_warning_waits_until_somebody_called_back():
    play = Play(caller=STRANGER).called(STRANGER, urgency=Urgency.ADVISORY).acknowledged()
    assert WarnOthers() not in play.effects
    play.say(FIRST, "called_back", result="in_distress")
    assert WarnOthers() in play.effects


def test_whoever_was_warned_learns_that_it_is_over():
    play = Play().called(urgency=Urgency.ADVISORY).acknowledged().say(CALLER, "cancelled")
    assert WarnOthers(reason=Reason.CANCELLED) in play.effects


def test_a_warning_asks_nobody_for_help():
    play = Play().called(urgency=Urgency.ADVISORY, natures=(2,)).acknowledged()
    assert not play.runs("wave")
    play.wait(2 * DAY_MS)
    assert play.case.requests == {}


def test_a_case_lowered_to_a_warning_warns_then():
    play = Play().called().acknowledged().say(CALLER, "urgency_changed", urgency=Urgency.ADVISORY)
    assert WarnOthers() in play.effects


def test_the_stations_own_statements_end_nothing():
    play = busy()
    for kind in ("cancelled", "stood_down", "closed"):
        assert play.refused(STATION, kind) in {"case.role", "case.state"}
