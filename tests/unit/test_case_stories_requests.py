"""Stories of requests: asked, answered, bound, at work, on the way home (table B)."""

import pytest
from doubles.case_play import (
    CALLER,
    DAY_MS,
    FIRST,
    HELPER,
    HOUR_MS,
    MINUTE_MS,
    OTHER,
    RULES,
    STATION,
    THIRD,
    Play,
    need,
    request_id,
)

from esos.case.asking import OFFERS_MAX_COUNT
from esos.case.event import Audience, Reason
from esos.words.ground import Ground
from esos.words.life import Life
from esos.words.need import NeedLine
from esos.words.request_state import RequestState


def asked(*names):
    return Play().called().acknowledged().asked(*names)


# ------------------------------------------------------------------------------------------ asking
def test_a_request_makes_the_case_mobilising_and_an_answer_is_owed():
    play = asked("helper")
    assert play.life is Life.MOBILISING
    assert play.state("helper") is RequestState.SENT
    assert play.paged(Audience.RESPONDER, Reason.ASKED, "helper")
    assert play.until("reply", request_id("helper")) == RULES.mayday.reply_ms
    assert play.request("helper").reply_due_ms == play.now_ms + RULES.mayday.reply_ms


def test_a_request_id_is_used_once_and_the_caller_is_never_asked_to_help_itself():
    play = asked("helper")
    fields = {"responder": "other", "lines": need(1)}
    assert play.refused(FIRST, "requested", request=request_id("helper"), **fields) == "request.exists"
    fields["responder"] = CALLER.party
    assert play.refused(FIRST, "requested", request=request_id("x"), **fields) == "request.caller"


def test_a_case_holds_a_bounded_number_of_requests(monkeypatch):
    monkeypatch.setattr("esos.case.guards.REQUESTS_MAX_COUNT", 2)
    play = asked("helper", "other")
    fields = {"request": request_id("third"), "responder": "third", "lines": need(1)}
    assert play.refused(FIRST, "requested", **fields) == "request.too_many"


def test_delivery_is_countersigned_by_the_one_who_was_asked_and_by_nobody_for_it():
    play = asked("helper", "other")
    assert play.refused(OTHER, "delivered", request=request_id("helper")) == "request.not_yours"
    assert play.refused(STATION, "delivered", request=request_id("helper")) == "case.role"
    assert play.answers(HELPER, "delivered").state("helper") is RequestState.DELIVERED


def test_thinking_about_it_is_no_answer_yet():
    play = asked("helper").answers(HELPER, "considering")
    assert play.state("helper") is RequestState.CONSIDERING
    assert play.runs("reply", request_id("helper"))


@pytest.mark.parametrize("kind", ["considering", "offered", "declined", "committed"])
def test_only_the_one_who_was_asked_answers(kind):
    play = asked("helper", "other")
    fields = {"ground": Ground.UNABLE} if kind == "declined" else {}
    assert play.refused(OTHER, kind, request=request_id("helper"), **fields) == "request.not_yours"
    assert play.refused(THIRD, kind, request=request_id("helper"), **fields) == "case.role"


def test_an_answer_to_a_request_nobody_made_is_refused():
    assert asked("helper").refused(HELPER, "committed", request=request_id("nobody")) == "request.unknown"


# ------------------------------------------------------------------------------------------ offering
def test_an_offer_waits_for_a_decision_and_the_coordinator_is_paged():
    play = asked("helper").answers(HELPER, "offered", how="partial", lines=need(5), ready_minutes=30)
    assert play.state("helper") is RequestState.OFFERED
    assert play.request("helper").offered == need(5)
    assert play.paged(Audience.COORDINATOR, Reason.COMMITMENT_DUE)
    assert not play.runs("reply", request_id("helper"))


def test_an_offer_without_lines_is_for_what_was_asked_and_may_be_made_better():
    play = asked("helper").answers(HELPER, "offered")
    assert play.request("helper").offered == need(20)
    play.answers(HELPER, "offered", lines=need(30))
    assert play.request("helper").offered == need(30)


def test_a_plain_offer_becomes_a_commitment_without_being_selected_and_money_never_delays_it():
    play = asked("helper").answers(HELPER, "offered", cost="at-rate").answers(HELPER, "committed")
    assert play.state("helper") is RequestState.COMMITTED
    assert play.request("helper").cost == "free", "20 Gbit/s are inside the free tier of the pact"


@pytest.mark.parametrize(
    ("how", "fields"),
    [("conditional", {"condition": "Only at night."}), ("provisional", {"until_ms": 2_000_000_000_000})],
)
def test_a_conditional_or_held_offer_is_selected_first(how, fields):
    play = asked("helper").answers(HELPER, "offered", how=how, **fields)
    assert play.refused(HELPER, "committed", request=request_id("helper")) == "request.not_selected"
    play.say(FIRST, "selected", request=request_id("helper"))
    assert play.state("helper") is RequestState.SELECTED
    assert play.paged(Audience.RESPONDER, Reason.SELECTED, "helper")
    assert play.answers(HELPER, "committed").state("helper") is RequestState.COMMITTED


def test_an_offer_held_until_a_time_lapses_then_and_at_that_very_millisecond():
    play = asked("helper")
    until_ms = play.now_ms + HOUR_MS
    play.answers(HELPER, "offered", how="provisional", until_ms=until_ms)
    play.wait(HOUR_MS - 1)
    assert play.state("helper") is RequestState.OFFERED
    play.wait(1)
    assert play.state("helper") is RequestState.WITHDRAWN


def test_an_offer_that_is_not_needed_is_thanked_for():
    play = asked("helper").answers(HELPER, "offered").say(FIRST, "not_taken", request=request_id("helper"))
    assert play.state("helper") is RequestState.NOT_TAKEN
    assert play.paged(Audience.RESPONDER, Reason.NOT_TAKEN, "helper")


def test_an_offer_nobody_decides_on_pages_the_coordinator_again():
    play = asked("helper").answers(HELPER, "offered").wait(RULES.mayday.reply_ms)
    assert play.ever_paged(Audience.COORDINATOR, Reason.COMMITMENT_DUE) == 2
    assert play.until("offer", request_id("helper")) == RULES.mayday.reply_ms


# ------------------------------------------------------------------------------------------ declining
def test_declining_gives_a_ground_and_is_an_outcome():
    play = asked("helper").answers(HELPER, "declined", ground=Ground.OWN_EMERGENCY, sentence="Our own site is down.")
    assert play.state("helper") is RequestState.DECLINED
    assert (play.request("helper").ground, play.request("helper").sentence) == ("D2", "Our own site is down.")


def test_not_verified_is_a_ground_only_for_help_that_waits_for_verification():
    play = asked("helper")
    assert play.refused(HELPER, "declined", request=request_id("helper"), ground=Ground.UNVERIFIED) == "request.ground"
    play.asked("other", lines=need(2, NeedLine.FORENSICS)).answers(OTHER, "declined", ground=Ground.UNVERIFIED)
    assert play.state("other") is RequestState.DECLINED


def test_after_an_outcome_nothing_follows():
    play = asked("helper").answers(HELPER, "declined", ground=Ground.UNABLE)
    for kind in ("considering", "delivered", "returned"):
        assert play.refused(HELPER, kind, request=request_id("helper")) == "request.ended"


# ------------------------------------------------------------------------------------------ committing
def test_a_commitment_binds_and_the_caller_is_told():
    play = asked("helper").answers(HELPER, "committed", ready_minutes=20)
    assert play.life is Life.ASSISTING
    assert play.request("helper").committed == need(20)
    assert play.paged(Audience.CALLER, Reason.COMMITTED_TO_CALLER)
    assert play.until("scene", request_id("helper")) == RULES.mayday.scene_ms
    assert play.until("agreement", request_id("helper")) == 7 * DAY_MS


def test_partial_offers_add_up_and_the_surplus_is_released():
    play = asked("helper", "other", "third").answers(HELPER, "committed", lines=need(15))
    assert play.case.open_need() == {NeedLine.FILTERING: 25}
    play.answers(OTHER, "committed", lines=need(25))
    assert play.case.open_need() == {}
    assert play.state("third") is RequestState.NOT_TAKEN
    assert play.paged(Audience.RESPONDER, Reason.NOT_TAKEN, "third")
    assert not play.runs("wave")


def test_a_commitment_takes_only_what_is_still_open():
    play = asked("helper", "other").answers(HELPER, "committed", lines=need(30)).answers(OTHER, "committed")
    assert play.request("other").committed == need(10)


def test_the_same_line_twice_is_not_counted_beyond_the_need():
    play = asked("helper").answers(HELPER, "committed", lines=(*need(30), *need(30)))
    assert play.request("helper").committed == need(40)


def test_a_commitment_to_what_nobody_needs_any_more_is_thanked_for():
    play = Play().called(needs=(*need(20), *need(1, NeedLine.ADVICE))).acknowledged()
    play.asked("helper", "other", lines=(*need(20), *need(1, NeedLine.ADVICE)))
    play.answers(HELPER, "committed", lines=need(20)).answers(OTHER, "committed", lines=need(20))
    assert play.state("other") is RequestState.NOT_TAKEN


def test_nobody_commits_lines_it_was_neither_asked_for_nor_offered():
    play = Play().called(needs=(*need(20), *need(1, NeedLine.ADVICE))).acknowledged().asked("helper")
    lines = need(1, NeedLine.ADVICE)
    assert play.refused(HELPER, "committed", request=request_id("helper"), lines=lines) == "request.lines"


def test_a_standing_package_commits_at_once_and_only_what_was_promised_beforehand():
    play = Play().called().acknowledged()
    fields = {"responder": "helper", "lines": need(20), "automatic": True}
    play.say(STATION, "requested", request=request_id("helper"), **fields)
    play.say(STATION, "committed", request=request_id("helper"))
    assert play.state("helper") is RequestState.COMMITTED
    assert play.life is Life.ASSISTING
    play.asked("other")
    assert play.refused(STATION, "committed", request=request_id("other")) == "request.not_yours"


def test_a_standing_package_never_commits_what_affects_others():
    play = Play().called().acknowledged()
    lines = need(1, NeedLine.DNS_OR_ROUTING)
    fields = {"request": request_id("helper"), "responder": "helper", "lines": lines, "automatic": True}
    play.say(STATION, "requested", **fields)
    assert play.refused(STATION, "committed", request=request_id("helper")) == "request.not_yours"


def test_the_caller_accepts_an_offer_and_that_makes_the_agreement():
    play = asked("helper").answers(HELPER, "committed").say(CALLER, "agreed", request=request_id("helper"))
    assert play.request("helper").agreed


# ------------------------------------------------------------------------------------------ late and unasked
@pytest.mark.parametrize("kind", ["offered", "committed"])
def test_a_late_yes_enters_as_an_unsolicited_offer_and_the_first_outcome_stands(kind):
    play = asked("helper").wait(RULES.mayday.reply_ms)
    assert play.state("helper") is RequestState.NO_REPLY
    play.say(HELPER, kind, request=request_id("helper"), cost="at-rate")
    assert play.case.requests[request_id("helper")].state is RequestState.NO_REPLY
    late = play.request("helper")
    assert (late.state, late.unsolicited, late.lines, late.cost) == (RequestState.OFFERED, True, need(20), "at-rate")
    assert play.paged(Audience.COORDINATOR, Reason.COMMITMENT_DUE)


def test_an_offer_nobody_asked_for_binds_only_after_the_coordinator_chose_it():
    play = Play().called().acknowledged().say(HELPER, "volunteered", lines=need(10), note="We see it too.")
    assert play.state("helper") is RequestState.OFFERED
    offer = play.request("helper").id
    assert play.refused(HELPER, "committed", request=offer) == "request.not_selected"
    play.say(FIRST, "selected", request=offer).say(HELPER, "committed", request=offer)
    assert play.life is Life.ASSISTING


def test_a_stand_by_notice_enters_by_its_own_door_and_is_wanted_while_anything_is_open():
    play = Play().called().acknowledged().say(OTHER, "stood_by", note="We can help if needed.")
    assert play.request("other").how == "standby"
    play.asked("helper").answers(HELPER, "committed", lines=need(10))
    assert play.state("other") is RequestState.OFFERED
    play.asked("third").answers(THIRD, "committed", lines=need(30))
    assert play.state("other") is RequestState.NOT_TAKEN


def test_the_caller_does_not_volunteer_and_nobody_floods_the_coordinator_with_offers():
    play = Play().called().acknowledged()
    assert play.refused(CALLER, "volunteered", lines=need(1)) == "request.caller"
    for _ in range(OFFERS_MAX_COUNT):
        play.say(OTHER, "volunteered", lines=need(1))
    assert play.refused(OTHER, "volunteered", lines=need(1)) == "request.too_many"


def test_a_late_yes_to_an_ended_case_is_thanked_and_changes_nothing():
    play = asked("helper").say(CALLER, "cancelled")
    assert play.refused(HELPER, "committed", request=request_id("helper")) == "case.ended"


# ------------------------------------------------------------------------------------------ working
def test_the_first_report_is_the_first_useful_act():
    play = Play().assisting().wait(30 * MINUTE_MS).answers(HELPER, "progressed", note="Filter is on.", done_percent=40)
    assert play.state("helper") is RequestState.ON_SCENE
    assert play.case.first_act_ms == play.now_ms
    assert not play.runs("scene", request_id("helper"))


def test_work_that_takes_longer_is_extended_only_once_it_has_begun():
    play = Play().assisting()
    assert play.refused(HELPER, "extended", request=request_id("helper"), days=3) == "request.state"
    play.answers(HELPER, "progressed").answers(HELPER, "extended", days=3)
    assert play.state("helper") is RequestState.EXTENDING
    assert play.until("agreement", request_id("helper")) == 3 * DAY_MS
    assert play.answers(HELPER, "progressed").state("helper") is RequestState.EXTENDING
    assert play.refused(OTHER, "extended", request=request_id("helper"), days=3) == "case.role"
    play.asked("other")
    assert play.refused(OTHER, "extended", request=request_id("helper"), days=3) == "request.not_yours"
    play.say(FIRST, "extended", request=request_id("helper"), days=5)
    assert play.until("agreement", request_id("helper")) == 5 * DAY_MS


# ------------------------------------------------------------------------------------------ leaving
def test_a_released_helper_that_worked_has_given_what_it_gave():
    play = Play().assisting().answers(HELPER, "progressed").say(FIRST, "released", request=request_id("helper"))
    assert play.state("helper") is RequestState.RELEASING
    assert play.paged(Audience.RESPONDER, Reason.RELEASED, "helper")
    assert play.case.open_need() == {NeedLine.FILTERING: 20}


def test_a_helper_released_before_it_began_is_missed():
    play = Play().assisting().say(FIRST, "released", request=request_id("helper"))
    assert play.case.open_need() == {NeedLine.FILTERING: 40}
    assert play.life is Life.MOBILISING


def test_the_caller_may_send_a_helper_home_and_let_off_one_that_was_only_asked():
    play = Play().assisting().asked("other").say(CALLER, "released", request=request_id("other"))
    assert play.state("other") is RequestState.CANCELLED
    assert play.say(CALLER, "released", request=request_id("helper")).state("helper") is RequestState.RELEASING


def test_the_last_helper_lost_makes_the_case_mobilising_and_requests_go_out_at_once():
    play = Play().called()
    play.to_ask = ["helper"]
    play.acknowledged().wait(MINUTE_MS).answers(HELPER, "committed")
    play.answers(HELPER, "withdrew", ground=Ground.DANGER, notice_minutes=10, sentence="Our edge is under load.")
    assert play.state("helper") is RequestState.WITHDRAWN
    assert play.life is Life.MOBILISING
    assert play.paged(Audience.COORDINATOR, Reason.HELPER_LOST)
    assert play.until("wave") == 1
    assert play.runs("commit")


def test_one_helper_lost_of_two_leaves_the_case_assisting():
    play = Play().assisting().asked("other").answers(OTHER, "committed")
    play.answers(OTHER, "withdrew", ground=Ground.UNABLE)
    assert play.life is Life.ASSISTING


def test_a_helper_that_leaves_when_nothing_is_open_is_not_missed():
    play = asked("helper").answers(HELPER, "committed", lines=need(40)).answers(HELPER, "progressed")
    play.answers(HELPER, "returned")
    assert play.state("helper") is RequestState.RETURNED
    assert play.life is Life.ASSISTING


def test_an_offer_may_be_withdrawn():
    play = asked("helper").answers(HELPER, "offered").answers(HELPER, "withdrew", ground=Ground.OWN_EMERGENCY)
    assert play.state("helper") is RequestState.WITHDRAWN


def test_returning_and_settling_close_the_account():
    play = Play().assisting().answers(HELPER, "progressed").answers(HELPER, "returned")
    assert play.runs("return", request_id("helper"))
    play.answers(HELPER, "settled", hours=12, cost_eur=0)
    assert play.state("helper") is RequestState.SETTLED
    assert not play.runs("return", request_id("helper"))


def test_the_coordinator_may_settle_for_a_helper_and_take_a_question_back():
    play = Play().assisting().asked("other").say(FIRST, "request_cancelled", request=request_id("other"))
    assert play.state("other") is RequestState.CANCELLED
    assert play.paged(Audience.RESPONDER, Reason.CANCELLED, "other")
    play.answers(HELPER, "returned").say(FIRST, "settled", request=request_id("helper"))
    assert play.state("helper") is RequestState.SETTLED


def test_an_agreement_that_is_over_releases_the_helper():
    play = Play().assisting().answers(HELPER, "progressed")
    left_ms = play.until("agreement", request_id("helper"))
    play.wait(left_ms - 1)
    assert play.state("helper") is RequestState.ON_SCENE
    play.wait(1)
    assert play.state("helper") is RequestState.RELEASING
    assert play.ever_paged(Audience.RESPONDER, Reason.RELEASED, "helper") == 1
    assert play.life is Life.MOBILISING
