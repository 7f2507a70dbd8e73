"""Stories of urgency, and of who may say what in which realm (table A, laws 7 and 9)."""

import pytest
from doubles.case_play import (
    CALLER,
    FIRST,
    HELPER,
    HOUR_MS,
    MINUTE_MS,
    OTHER,
    RULES,
    SECOND,
    START_MS,
    STATION,
    Play,
    need,
    request_id,
)

from esos.case.event import Assess, Audience, Reason
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import CallDetails
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
    assert (play.case.urgency, play.case.overrulings[-1].reason) == (Urgency.MAYDAY, "The ward is affected.")
    play.say(FIRST, "severity_overruled", urgency=Urgency.ADVISORY, reason="It was nothing.")
    assert play.case.urgency is Urgency.MAYDAY
    play.seconded()
    last = play.case.overrulings[-1]
    assert (play.case.urgency, last.reason) == (Urgency.ADVISORY, "It was nothing.")
    assert (last.by, last.by_name, last.second) == (FIRST.party, FIRST.name, SECOND.name)
    assert [one.urgency for one in play.case.overrulings] == [Urgency.MAYDAY, Urgency.ADVISORY]


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


# ------------------------------------------------------------------------------------------ what was observed
def assessed(play: Play, low: Urgency, high: Urgency) -> Play:
    return play.say(
        STATION,
        "severity_assessed",
        low=low,
        proposed=high,
        high=high,
        score_low_hundredths=1_000,
        score_high_hundredths=9_000,
    )


def test_new_facts_ask_the_station_to_weigh_them_and_the_same_facts_do_not():
    play = Play().called(urgency=Urgency.PAN_PAN, natures=(2,))
    assert Assess() not in play.effects
    play.say(CALLER, "updated", details=CallDetails(facts={"data_lost": True}))
    assert Assess() in play.effects
    play.say(CALLER, "updated", details=CallDetails(facts={"data_lost": True}))
    assert Assess() not in play.effects
    play.say(CALLER, "sitrep_given", facts={"data_lost": False})
    assert Assess() in play.effects


def test_the_upper_end_wakes_people_and_the_lower_end_binds():
    play = assessed(Play().called(urgency=Urgency.ADVISORY, natures=(2,)), Urgency.PAN_PAN, Urgency.MAYDAY)
    assert (play.case.urgency, play.case.binding, play.case.waking) == tuple(reversed(Urgency))
    assert play.until("ack") == RULES.mayday_ladder.steps[1].after_ms
    assert play.until("heart") == RULES.mayday.heart_ms
    assert play.case.needs == {NeedLine.FILTERING: 10, NeedLine.ADVICE: 4}


def test_between_the_ends_the_callers_word_decides_who_is_bound():
    play = assessed(Play().called(), Urgency.ADVISORY, Urgency.MAYDAY)
    assert play.case.binding is Urgency.MAYDAY
    assert assessed(play, Urgency.ADVISORY, Urgency.PAN_PAN).case.binding is Urgency.PAN_PAN
    assert play.case.waking is Urgency.MAYDAY, "facts alone never make less of a call for those who are woken"


def test_what_is_weighed_as_less_than_before_gives_more_time_again():
    play = assessed(Play().called(urgency=Urgency.PAN_PAN), Urgency.PAN_PAN, Urgency.MAYDAY)
    assert play.until("heart") == RULES.mayday.heart_ms
    assert assessed(play, Urgency.PAN_PAN, Urgency.PAN_PAN).until("heart") == RULES.pan_pan.heart_ms


def test_a_coordinator_is_told_when_what_is_seen_is_graver_than_what_was_called():
    play = assessed(Play().called(urgency=Urgency.PAN_PAN).acknowledged(), Urgency.PAN_PAN, Urgency.MAYDAY)
    assert play.paged(Audience.COORDINATOR, Reason.GRAVER)
    assert not assessed(play, Urgency.MAYDAY, Urgency.MAYDAY).paged(Audience.COORDINATOR, Reason.GRAVER)


def test_overruling_sets_the_machine_aside_until_it_sees_something_graver():
    play = assessed(Play().called(urgency=Urgency.PAN_PAN).acknowledged(), Urgency.PAN_PAN, Urgency.MAYDAY)
    play.say(FIRST, "severity_overruled", urgency=Urgency.PAN_PAN, reason="The patients are elsewhere.")
    assert play.case.waking is Urgency.MAYDAY, "making less of it takes two"
    play.seconded()
    assert (play.case.waking, play.case.overruled) == (Urgency.PAN_PAN, True)
    assert play.case.overrulings[-1].against.high is Urgency.MAYDAY
    assert assessed(play, Urgency.PAN_PAN, Urgency.MAYDAY).case.waking is Urgency.PAN_PAN
    assessed(play, Urgency.MAYDAY, Urgency.MAYDAY)
    assert (play.case.waking, play.case.overruled) == (Urgency.MAYDAY, False)
    assert len(play.case.overrulings) == 1, "the person's word stays on record"


def test_the_caller_may_always_say_that_it_is_graver_than_an_officer_thought():
    play = Play().called(urgency=Urgency.PAN_PAN).acknowledged()
    play.say(FIRST, "severity_overruled", urgency=Urgency.ADVISORY, reason="A false alarm.").seconded()
    assert play.say(CALLER, "urgency_changed", urgency=Urgency.MAYDAY).case.waking is Urgency.MAYDAY


def test_only_the_station_weighs():
    verdict = {"low": Urgency.ADVISORY, "proposed": Urgency.ADVISORY, "high": Urgency.ADVISORY}
    scores = {"score_low_hundredths": 0, "score_high_hundredths": 0}
    assert Play().called().refused(FIRST, "severity_assessed", **verdict, **scores) == "case.role"


def test_a_call_about_something_else_forgets_what_was_observed_before():
    play = assessed(Play().called(natures=(2,), facts={"data_lost": True}), Urgency.MAYDAY, Urgency.MAYDAY)
    play.say(CALLER, "cancelled").called(call=b"call-two", natures=(9,), urgency=Urgency.ADVISORY)
    assert (play.case.assessed, play.case.waking) == (None, Urgency.ADVISORY)


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
        "agreed": {"request": play.request("helper").id},
    }.get(kind, {})
    assert play.refused(OTHER, kind, **fields) == "case.role"


def test_what_is_said_of_a_case_before_any_call_is_refused():
    assert Play().refused(FIRST, "acknowledged") == "case.state"


def test_a_beacon_of_the_caller_speaks_for_it():
    beacon = Speaker(party=CALLER.party, roles=frozenset({Role.MEMBER, Role.BEACON}), known_by=KnownBy.KEY)
    play = Play().called(beacon, origin="automatic")
    assert play.case.concern is Concern.ALERT
    assert play.say(beacon, "cancelled").life is Life.CANCELLED
