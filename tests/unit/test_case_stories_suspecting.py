"""Stories of suspicion: a beacon falls silent, and what may come of that alone (table A)."""

from doubles.case_play import CALLER, FIRST, HELPER, HOUR_MS, RELAY, STATION, Play, need

from esos.case.event import Audience, Reason
from esos.message.bodies import CallDetails
from esos.words.life import Concern, Life, Verification
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

SILENCE = {"caller": CALLER.party, "instructions": b"i" * 32, "heard_ms": 1, "silent_minutes": 30}
ALARM = CallDetails(urgency=Urgency.PAN_PAN, natures=(19,), origin="automatic")


def silent(play, call=b"silence1"):
    return play.say(STATION, "suspected", call=call, details=ALARM, **SILENCE)


def test_a_silence_opens_a_case_that_only_suspects_and_calls_the_watch():
    play = silent(Play())
    assert (play.life, play.case.concern, play.case.suspected) == (Life.ARRIVED, Concern.SUSPECTED, True)
    assert play.case.verification is Verification.UNVERIFIED
    assert play.paged(Audience.WATCH, Reason.WATCH_DUE)
    assert play.runs("ack")


def test_only_the_station_suspects():
    for somebody in (CALLER, RELAY, FIRST):
        code = Play().refused(somebody, "suspected", call=b"silence1", **SILENCE)
        assert code == "case.role"


def test_the_same_silence_is_heard_once_also_after_the_case_was_taken_back():
    play = silent(Play())
    assert play.refused(STATION, "suspected", call=b"silence1", **SILENCE) == "call.repeated"
    play.say(CALLER, "cancelled")
    assert play.life is Life.CANCELLED
    assert play.refused(STATION, "suspected", call=b"silence1", **SILENCE) == "call.repeated"


def test_a_new_silence_opens_the_ended_case_as_a_suspicion_whatever_was_known_before():
    play = Play().called().say(CALLER, "cancelled")
    silent(play)
    assert (play.life, play.case.concern, play.case.suspected) == (Life.ARRIVED, Concern.SUSPECTED, True)
    assert play.case.verification is Verification.UNVERIFIED


def test_a_further_silence_makes_a_suspicion_graver_and_no_call():
    play = silent(silent(Play()), b"silence2")
    assert (play.case.suspected, play.case.concern) == (True, Concern.UNCERTAINTY)


def test_silence_in_a_case_that_somebody_called_is_lost_contact_and_speaks_for_the_call():
    play = silent(Play().called())
    assert (play.case.suspected, play.case.corroborated) == (False, True)
    assert play.case.lost_since_ms


def test_a_heartbeat_that_returns_ends_the_silence_and_not_the_case():
    play = silent(Play()).say(STATION, "contact_returned")
    assert (play.case.beacon_silent_ms, play.case.suspected, play.life) == (0, True, Life.ARRIVED)


def test_nobody_is_asked_by_hand_or_by_wave_before_it_is_confirmed():
    play = silent(Play()).acknowledged()
    asked = {"request": b"r" * 16, "responder": HELPER.party, "lines": need(1, NeedLine.TRIAGE)}
    assert play.refused(FIRST, "requested", **asked) == "case.only_suspected"
    play.to_ask = [HELPER.party]
    play.wait(24 * HOUR_MS)
    assert play.case.requests == {}


def test_a_call_back_that_finds_distress_or_a_member_who_says_so_confirms_it():
    called_back = silent(Play()).acknowledged().say(FIRST, "called_back", result="in_distress")
    relayed = silent(Play()).say(RELAY, "relayed", call=b"relayed!", caller=CALLER.party)
    assert not called_back.case.suspected
    assert not relayed.case.suspected


def test_a_call_back_that_nobody_answers_confirms_nothing():
    play = silent(Play()).acknowledged().say(FIRST, "called_back", result="no_answer")
    assert (play.case.suspected, play.case.concern) == (True, Concern.UNCERTAINTY)


def test_the_callers_own_call_is_as_grave_as_if_it_had_opened_the_case():
    play = silent(Play()).called()
    assert (play.case.suspected, play.case.urgency, play.case.concern) == (False, Urgency.MAYDAY, Concern.DISTRESS)
