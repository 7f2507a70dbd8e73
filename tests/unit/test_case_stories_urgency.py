"""Stories of urgency, and of who may say what in which realm (table A, laws 7 and 9)."""

import pytest
from doubles.case_play import CALLER, FIRST, HELPER, HOUR_MS, MINUTE_MS, OTHER, RULES, START_MS, Play, need, request_id

from esos.case.event import Audience, Reason
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.words.life import Concern, Life
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency


# ------------------------------------------------------------------------------------------ urgency
def test_the_coordinator_raises_the_urgency_alone_and_lowers_it_with_a_second_officer():
    play = Play().called(urgency=Urgency.PAN_PAN).acknowledged()
    play.say(FIRST, "urgency_changed", urgency=Urgency.MAYDAY)
    assert play.case.urgency is Urgency.MAYDAY
    play.say(FIRST, "urgency_changed", urgency=Urgency.PAN_PAN, reason="Contained.")
    assert play.case.urgency is Urgency.MAYDAY
    assert play.paged(Audience.SECOND, Reason.SECOND_NEEDED)
    assert play.seconded().case.urgency is Urgency.PAN_PAN


def test_the_caller_lowers_its_own_urgency_alone():
    play = Play().called().say(CALLER, "urgency_changed", urgency=Urgency.PAN_PAN)
    assert play.case.urgency is Urgency.PAN_PAN
    assert play.case.proposals == {}


def test_the_caller_raising_the_urgency_of_a_stable_case_is_a_relapse():
    play = Play().called(urgency=Urgency.PAN_PAN, needs=need(40)).acknowledged().asked("helper")
    play.answers(HELPER, "committed").say(FIRST, "stabilised").say(CALLER, "urgency_changed", urgency=Urgency.MAYDAY)
    assert play.life is Life.ASSISTING


def test_overruling_keeps_the_reason_and_needs_two_people_only_downwards():
    play = Play().called(urgency=Urgency.PAN_PAN).acknowledged()
    play.say(FIRST, "severity_overruled", urgency=Urgency.MAYDAY, reason="The ward is affected.")
    assert (play.case.urgency, play.case.overruled) == (Urgency.MAYDAY, "The ward is affected.")
    play.say(FIRST, "severity_overruled", urgency=Urgency.ADVISORY, reason="It was nothing.")
    assert play.case.urgency is Urgency.MAYDAY
    play.seconded()
    assert (play.case.urgency, play.case.overruled) == (Urgency.ADVISORY, "It was nothing.")


def test_raising_the_urgency_retimes_everything_that_runs_and_nothing_falls_due_later():
    play = Play().called(urgency=Urgency.PAN_PAN, needs=need(40)).acknowledged().asked("helper")
    play.wait(3 * MINUTE_MS)
    before = {key: timer.due_ms for key, timer in play.case.timers.items()}
    play.say(CALLER, "urgency_changed", urgency=Urgency.MAYDAY)
    after = {key: timer.due_ms for key, timer in play.case.timers.items()}
    assert {key for key, due_ms in before.items() if key not in after or after[key] > due_ms} == set()
    assert play.until("call_back") == RULES.mayday.call_back_ms
    assert play.until("heart") == RULES.mayday.heart_ms
    assert play.until("reply", play.request("helper").id) == RULES.mayday.reply_ms
    assert play.until("remind0", play.request("helper").id) == RULES.mayday.reply_reminders_ms[0]
    assert play.request("helper").reply_due_ms == play.now_ms + RULES.mayday.reply_ms
    assert play.paged(Audience.RESPONDER, Reason.REMINDED, "helper")


def test_lowering_the_urgency_gives_everybody_more_time():
    play = Play().called().acknowledged().asked("helper")
    play.wait(4 * MINUTE_MS).say(CALLER, "urgency_changed", urgency=Urgency.PAN_PAN)
    assert play.until("call_back") == RULES.pan_pan.call_back_ms - 4 * MINUTE_MS
    assert play.until("reply", play.request("helper").id) == RULES.pan_pan.reply_ms - 4 * MINUTE_MS
    assert not play.runs("remind0", play.request("helper").id)


def test_a_wave_and_a_lease_that_were_due_sooner_stay_where_they_were():
    play = Play().called(urgency=Urgency.PAN_PAN, needs=need(40)).acknowledged()
    play.wait(9 * MINUTE_MS + 30_000)
    assert play.until("wave") == 30_000
    assert play.say(CALLER, "urgency_changed", urgency=Urgency.MAYDAY).until("wave") == 30_000
    play = Play().called(urgency=Urgency.PAN_PAN).acknowledged().wait(110 * MINUTE_MS)
    assert play.say(CALLER, "urgency_changed", urgency=Urgency.MAYDAY).until("lease") == 10 * MINUTE_MS


def test_a_suspended_case_is_held_by_the_new_urgencys_times():
    play = Play().suspended().say(CALLER, "urgency_changed", urgency=Urgency.PAN_PAN)
    assert play.until("review") == RULES.pan_pan.review_ms
    assert play.until("lease") == RULES.pan_pan.review_ms + RULES.pan_pan.lease_ms


def test_a_case_lowered_to_a_warning_lets_off_whoever_was_asked():
    play = Play().called(natures=(2,)).acknowledged().asked("helper")
    play.say(CALLER, "urgency_changed", urgency=Urgency.ADVISORY)
    assert play.case.requests[request_id("helper")].state is RequestState.NOT_TAKEN


def test_neither_the_callers_lowering_nor_the_coordinators_raising_is_a_relapse():
    play = Play().stabilised().say(CALLER, "urgency_changed", urgency=Urgency.PAN_PAN)
    assert play.life is Life.STABILISED
    assert play.say(FIRST, "urgency_changed", urgency=Urgency.MAYDAY).life is Life.STABILISED


def test_a_warning_that_becomes_an_emergency_gets_the_usual_need_and_a_wave():
    play = Play().called(urgency=Urgency.ADVISORY, natures=(2,)).acknowledged()
    assert play.case.needs == {}
    play.say(CALLER, "urgency_changed", urgency=Urgency.MAYDAY)
    assert play.case.needs == {NeedLine.FILTERING: 10, NeedLine.ADVICE: 4}
    assert play.runs("wave")


def test_changing_the_urgency_of_a_suspended_case_starts_no_search():
    play = Play().suspended().say(CALLER, "urgency_changed", urgency=Urgency.PAN_PAN)
    assert not play.runs("wave")
    assert not play.runs("heart")


# ------------------------------------------------------------------------------------------ realms and roles
def test_nothing_said_in_the_other_realm_touches_a_case():
    play = Play().called()
    play.realm = Realm.EXERCISE
    assert play.refused(CALLER, "cancelled") == "case.realm"


def test_a_drill_case_is_not_touched_by_what_is_real():
    play = Play(realm=Realm.EXERCISE).called()
    play.realm = Realm.REAL
    assert play.refused(CALLER, "updated", number=1) == "case.realm"


@pytest.mark.parametrize("kind", ["called", "cancelled", "updated", "granted", "agreed"])
def test_nobody_speaks_for_the_caller(kind):
    play = Play().assisting()
    fields = {
        "called": {"call": b"call-two"},
        "granted": {"help_class": "access", "scope": "all", "expires_ms": START_MS + HOUR_MS},
        "agreed": {"request": play.request("helper").id, "offer": play.request("helper").terms},
    }.get(kind, {})
    assert play.refused(OTHER, kind, **fields) == "case.role"


def test_what_is_said_of_a_case_before_any_call_is_refused():
    assert Play().refused(FIRST, "acknowledged") == "case.state"


def test_a_beacon_of_the_caller_speaks_for_it():
    beacon = Speaker(party=CALLER.party, roles=frozenset({Role.MEMBER, Role.BEACON}), known_by=KnownBy.KEY)
    play = Play().called(beacon, origin="automatic")
    assert play.case.concern is Concern.ALERT
    assert play.say(beacon, "cancelled").life is Life.CANCELLED
