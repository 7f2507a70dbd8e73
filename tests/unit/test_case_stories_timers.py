"""Stories of time: each timer of the design brief, when it runs out, and who holds the case then (law 5)."""

import msgspec
import pytest
from doubles.case_play import (
    CALLER,
    DAY_MS,
    FIRST,
    HELPER,
    HOUR_MS,
    MINUTE_MS,
    RULES,
    SECOND,
    START_MS,
    STATION,
    STRANGER,
    Play,
    need,
    request_id,
)

from esos.case.event import Audience, CallWave, Reason
from esos.case.timing import TIMERS
from esos.pact.timers import DEFAULT_TIMERS
from esos.words.life import Concern, Life
from esos.words.need import HelpClass
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency

HELP = request_id("helper")


def called():
    return Play().called()


def acknowledged():
    return called().acknowledged()


def asked():
    return acknowledged().asked("helper")


def offered(**fields):
    return asked().answers(HELPER, "offered", **fields)


def granted():
    play = acknowledged()
    return play.say(CALLER, "granted", help_class=HelpClass.ACCESS, scope="logs", expires_ms=play.now_ms + HOUR_MS)


def handed_over():
    return acknowledged().say(FIRST, "handed_over", to=SECOND.party)


def proposed():
    return acknowledged().say(FIRST, "no_emergency", evidence="A cleaner pressed it.")


def key_of(play, name):
    return next(key for key in play.case.timers if key.partition(":")[0] == name)


RUNNING = {
    "ack": (called, MINUTE_MS),
    "wave": (acknowledged, MINUTE_MS),
    "call_back": (acknowledged, 10 * MINUTE_MS),
    "commit": (asked, 30 * MINUTE_MS),
    "scene": (lambda: Play().assisting(), 2 * HOUR_MS),
    "sitrep": (acknowledged, HOUR_MS),
    "heart": (called, 30 * MINUTE_MS),
    "lease": (acknowledged, 30 * MINUTE_MS),
    "stable": (lambda: Play().stabilised(), DAY_MS),
    "review": (lambda: Play().suspended(), DAY_MS),
    "settle": (lambda: called().say(CALLER, "cancelled"), 45 * DAY_MS),
    "hand": (handed_over, 5 * MINUTE_MS),
    "second": (proposed, 15 * MINUTE_MS),
    "grant": (granted, HOUR_MS),
    "reply": (asked, 15 * MINUTE_MS),
    "remind0": (asked, 5 * MINUTE_MS),
    "remind1": (asked, 10 * MINUTE_MS),
    "offer": (offered, 15 * MINUTE_MS),
    "lapse": (lambda: offered(how="provisional", until_ms=START_MS + HOUR_MS), HOUR_MS),
    "agreement": (lambda: Play().assisting(), 7 * DAY_MS),
    "return": (lambda: Play().assisting().say(FIRST, "released", request=HELP), 45 * DAY_MS),
}
NOT_IN_THIS_PACT = {"remind2", "remind3", "remind4"}


def test_every_timer_of_the_table_has_its_story_here():
    assert RUNNING.keys() | NOT_IN_THIS_PACT == TIMERS.keys()


@pytest.mark.parametrize("name", RUNNING)
def test_a_timer_runs_for_its_time_and_its_boundary_belongs_to_the_later_state(name):
    begin, after_ms = RUNNING[name]
    play = begin()
    key = key_of(play, name)
    timer = play.case.timers[key]
    assert timer.due_ms - play.now_ms == after_ms
    play.now_ms = timer.due_ms - 1
    assert play.refused(STATION, "elapsed", timer=key, due_ms=timer.due_ms) == "timer.not_running"
    play.now_ms = timer.due_ms
    play.say(STATION, "elapsed", timer=key, due_ms=timer.due_ms)
    again = play.refused(STATION, "elapsed", timer=key, due_ms=timer.due_ms)
    assert again == ("case.state" if name == "settle" else "timer.not_running")


@pytest.mark.parametrize("name", RUNNING)
def test_only_the_station_says_that_a_timer_ran_out(name):
    play = RUNNING[name][0]()
    key = key_of(play, name)
    play.now_ms = play.case.timers[key].due_ms
    assert play.refused(FIRST, "elapsed", timer=key, due_ms=play.now_ms) == "case.role"


# ------------------------------------------------------------------------------------------ T_ACK
def test_at_mayday_the_backup_is_paged_at_a_minute_and_the_neighbour_at_five():
    play = called().wait(MINUTE_MS - 1)
    assert play.ever_paged(Audience.BACKUP, Reason.BACKUP_DUE) == 0
    play.wait(1)
    assert play.ever_paged(Audience.BACKUP, Reason.BACKUP_DUE) == 1
    play.wait(4 * MINUTE_MS)
    assert play.ever_paged(Audience.NEIGHBOUR, Reason.NEIGHBOUR_DUE) == 1
    play.wait(5 * MINUTE_MS)
    assert play.ever_paged(Audience.EVERYONE, Reason.WATCH_DUE) == 1


def test_after_its_end_the_ladder_goes_round_again():
    play = called().wait(15 * MINUTE_MS)
    assert play.ever_paged(Audience.WATCH, Reason.WATCH_DUE) == 2
    play.wait(MINUTE_MS)
    assert play.ever_paged(Audience.BACKUP, Reason.BACKUP_DUE) == 2


def test_after_a_long_stop_of_the_station_nobody_is_paged_twice_at_once():
    play = called()
    timer = play.case.timers["ack"]
    play.now_ms += 3 * DAY_MS
    play.say(STATION, "elapsed", timer="ack", due_ms=timer.due_ms)
    pages = [effect.audience for effect in play.effects if effect.reason is not Reason.CONCERN_UP]
    assert len(pages) == len(set(pages))
    assert play.until("ack") > 0


@pytest.mark.parametrize(("urgency", "after_ms"), [(Urgency.PAN_PAN, 15 * MINUTE_MS), (Urgency.ADVISORY, 4 * HOUR_MS)])
def test_less_urgent_calls_climb_more_slowly(urgency, after_ms):
    play = Play().called(urgency=urgency)
    assert play.until("ack") == after_ms


# ------------------------------------------------------------------------------------------ the others
def test_a_missed_call_back_raises_concern_and_mobilising_goes_on():
    play = Play(caller=STRANGER).called(STRANGER).acknowledged().asked("helper").wait(10 * MINUTE_MS)
    assert play.case.concern is Concern.ALERT
    assert play.ever_paged(Audience.COORDINATOR, Reason.CALL_BACK_DUE) == 1
    assert play.life is Life.MOBILISING
    assert play.until("call_back") == 10 * MINUTE_MS


@pytest.mark.parametrize("widen", [(), ("sector",), ("neighbour-station",)])
def test_the_search_widens_as_far_as_the_pact_says(widen):
    play = Play(rules=msgspec.structs.replace(RULES, widen=widen)).called().acknowledged().asked("helper")
    play.now_ms += 30 * MINUTE_MS
    play.say(STATION, "elapsed", timer="commit", due_ms=play.now_ms)
    assert play.paged(Audience.NEIGHBOUR, Reason.COMMITMENT_DUE) == ("neighbour-station" in widen)
    assert play.paged(Audience.COORDINATOR, Reason.COMMITMENT_DUE)
    assert any(isinstance(effect, CallWave) for effect in play.effects) == bool(widen)


def test_without_a_commitment_in_time_the_search_widens_and_the_neighbour_is_told():
    play = asked()
    play.now_ms += 30 * MINUTE_MS
    play.say(STATION, "elapsed", timer="commit", due_ms=play.now_ms)
    assert play.paged(Audience.NEIGHBOUR, Reason.COMMITMENT_DUE)
    assert CallWave(wave=1, widen=True) in play.effects
    assert play.until("commit") == 30 * MINUTE_MS


def test_before_anybody_is_asked_no_commitment_is_waited_for_and_no_review_runs():
    play = acknowledged()
    assert sorted(play.case.timers) == ["call_back", "heart", "lease", "sitrep", "wave"]


def test_with_a_commitment_the_wait_for_the_first_one_is_over():
    assert not Play().assisting().runs("commit")


def test_a_helper_that_has_not_begun_is_asked_and_the_search_widens_over_what_is_unmet():
    play = Play().assisting()
    play.now_ms += 2 * HOUR_MS
    play.say(STATION, "elapsed", timer=f"scene:{HELP.hex()}", due_ms=play.now_ms)
    assert play.paged(Audience.RESPONDER, Reason.SCENE_DUE, "helper")
    assert play.paged(Audience.COORDINATOR, Reason.SCENE_DUE)
    assert CallWave(wave=1, widen=True) in play.effects
    assert play.until("scene", HELP) == 2 * HOUR_MS


def test_one_missed_report_is_prompted_and_two_mean_lost_contact():
    play = Play(caller=STRANGER).called(STRANGER).acknowledged()
    for minutes in (20, 40, 60):
        play.now_ms = START_MS + minutes * MINUTE_MS
        play.say(FIRST, "messaged", text="I am trying to reach you.")
    play.say(STATION, "elapsed", timer="sitrep", due_ms=play.now_ms)
    assert play.paged(Audience.COORDINATOR, Reason.SITREP_DUE)
    assert play.paged(Audience.CALLER, Reason.SITREP_DUE)
    assert play.case.lost_since_ms == 0
    play.now_ms += HOUR_MS
    play.say(STATION, "elapsed", timer="sitrep", due_ms=play.now_ms)
    assert play.case.lost_since_ms == START_MS
    assert play.case.concern is Concern.ALERT


def test_a_caller_lost_by_two_missed_reports_need_not_agree_to_standing_down():
    play = Play().stabilised()
    for _ in range(8):
        play.wait(15 * MINUTE_MS).say(FIRST, "messaged", text="Are you there?")
    assert play.case.lost_since_ms == START_MS
    assert play.say(FIRST, "stood_down").life is Life.STOOD_DOWN


def test_no_word_from_the_caller_raises_concern_and_any_word_starts_the_wait_again():
    play = Play(caller=STRANGER).called(STRANGER).wait(20 * MINUTE_MS).say(STRANGER, "messaged", text="Hello?")
    assert play.until("heart") == 30 * MINUTE_MS
    play.wait(30 * MINUTE_MS)
    assert play.case.concern is Concern.ALERT


def test_at_distress_people_are_still_told_that_there_is_no_word():
    play = called().wait(30 * MINUTE_MS)
    assert play.case.concern is Concern.DISTRESS
    assert play.ever_paged(Audience.COORDINATOR, Reason.CONCERN_UP) == 1


def test_standing_down_is_proposed_after_a_stable_day_and_every_day_again():
    play = Play().stabilised()
    play.now_ms += DAY_MS
    play.say(STATION, "elapsed", timer="stable", due_ms=play.now_ms)
    assert play.paged(Audience.COORDINATOR, Reason.STANDDOWN_PROPOSED)
    assert play.paged(Audience.CALLER, Reason.STANDDOWN_PROPOSED)
    assert play.until("stable") == DAY_MS


def test_a_responder_is_reminded_twice_and_then_gives_no_reply():
    play = asked().wait(5 * MINUTE_MS)
    assert play.ever_paged(Audience.RESPONDER, Reason.REMINDED, "helper") == 1
    play.wait(5 * MINUTE_MS)
    assert play.ever_paged(Audience.RESPONDER, Reason.REMINDED, "helper") == 2
    play.wait(5 * MINUTE_MS)
    assert play.state("helper") is RequestState.NO_REPLY


def test_thinking_does_not_stop_the_clock_and_an_answer_does():
    play = asked().answers(HELPER, "considering").wait(15 * MINUTE_MS)
    assert play.state("helper") is RequestState.NO_REPLY
    play = offered().wait(15 * MINUTE_MS)
    assert play.state("helper") is RequestState.OFFERED


def test_a_helper_that_sends_no_account_is_settled_without_one():
    play = Play().assisting().answers(HELPER, "progressed").answers(HELPER, "returned")
    due_ms = play.case.timers[f"return:{HELP.hex()}"].due_ms
    play.now_ms = due_ms
    play.say(STATION, "elapsed", timer=f"return:{HELP.hex()}", due_ms=due_ms)
    assert play.state("helper") is RequestState.SETTLED


def test_a_timer_of_an_ended_request_does_nothing():
    play = asked().answers(HELPER, "committed", lines=need(20))
    assert not play.runs("reply", HELP)
    assert play.refused(STATION, "elapsed", timer=f"reply:{HELP.hex()}", due_ms=START_MS) == "timer.not_running"


def test_every_duration_of_the_table_is_the_pacts_at_every_urgency():
    """What the brief's table of timers says, read from the pact's defaults by the rows the machine obeys."""
    shown = {
        name: tuple(row.lasts(DEFAULT_TIMERS[urgency]) for urgency in Urgency)
        for name, row in TIMERS.items()
        if row.retimed
    }
    assert shown == {
        "call_back": (10 * MINUTE_MS, 30 * MINUTE_MS, 0),
        "commit": (30 * MINUTE_MS, 4 * HOUR_MS, 0),
        "scene": (2 * HOUR_MS, 12 * HOUR_MS, 2 * HOUR_MS),
        "sitrep": (HOUR_MS, 6 * HOUR_MS, 0),
        "heart": (30 * MINUTE_MS, 4 * HOUR_MS, 0),
        "lease": (30 * MINUTE_MS, 2 * HOUR_MS, 0),
        "stable": (DAY_MS, DAY_MS, 0),
        "review": (DAY_MS, 3 * DAY_MS, DAY_MS),
        "hand": (5 * MINUTE_MS, 15 * MINUTE_MS, 4 * HOUR_MS),
        "second": (15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS),
        "offer": (15 * MINUTE_MS, 2 * HOUR_MS, 2 * HOUR_MS),
    }


def test_a_drill_runs_the_same_timers_fast():
    play = Play(rules=RULES.faster(60)).called().acknowledged()
    assert play.until("wave") == 1_000
    assert play.until("lease") == 30_000
