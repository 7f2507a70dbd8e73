"""Stories of waves: when the station asks by itself, whom it asks for, and when it stops (tables A and B)."""

from doubles.case_play import CALLER, FIRST, HELPER, MINUTE_MS, OTHER, RULES, STATION, THIRD, Play, need, request_id

from esos.message.bodies import NeedAsk
from esos.words.ground import Ground
from esos.words.life import Life
from esos.words.need import NeedLine
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency


# ------------------------------------------------------------------------------------------ waves
def test_the_station_asks_by_itself_one_minute_after_acknowledgement():
    play = Play().called()
    play.to_ask = ["helper"]
    play.acknowledged().wait(MINUTE_MS - 1)
    assert play.case.requests == {}
    play.wait(1)
    assert play.state("helper") is RequestState.SENT
    assert play.case.wave == 1
    assert play.until("wave") == RULES.mayday.wave_interval_ms


def test_at_mayday_the_station_asks_at_six_minutes_although_nobody_acknowledged():
    play = Play().called()
    play.to_ask = ["helper"]
    play.wait(6 * MINUTE_MS - 1)
    assert play.life is Life.ARRIVED
    play.wait(1)
    assert (play.life, play.case.lease) == (Life.MOBILISING, None)
    assert play.runs("ack")


def test_at_pan_pan_nobody_is_asked_before_somebody_acknowledged():
    play = Play().called(urgency=Urgency.PAN_PAN, needs=need(40))
    assert not play.runs("wave")
    assert play.acknowledged().until("wave") == 10 * MINUTE_MS


def test_for_a_caller_nobody_knows_the_station_asks_nobody_by_itself():
    stranger = Play(caller=THIRD).say(OTHER, "relayed", call=b"relayed1", caller="third", vouched=True)
    stranger.to_ask = ["helper"]
    stranger.acknowledged().wait(10 * MINUTE_MS)
    assert stranger.case.requests == {}
    fields = {"responder": "helper", "lines": need(1)}
    assert stranger.refused(STATION, "requested", request=request_id("helper"), **fields) == "wave.unverified"
    assert stranger.refused(STATION, "wave_called", wave=1, asked=0) == "wave.unverified"
    stranger.asked("helper")
    assert stranger.state("helper") is RequestState.SENT


def test_once_the_caller_is_known_the_overdue_first_wave_goes_out_at_once():
    play = Play(caller=THIRD).say(OTHER, "relayed", call=b"relayed1", caller="third").acknowledged()
    play.wait(5 * MINUTE_MS).say(FIRST, "called_back", result="in_distress")
    assert play.until("wave") == 1


def test_corroborated_calls_let_the_station_ask_by_itself():
    play = Play(caller=THIRD).say(OTHER, "relayed", call=b"relayed1", caller="third")
    play.say(HELPER, "relayed", call=b"relayed2", caller="third").acknowledged()
    play.to_ask = ["helper"]
    play.wait(MINUTE_MS)
    assert play.state("helper") is RequestState.SENT


def test_waves_go_on_while_something_is_unmet_and_stop_when_nothing_is():
    play = Play().called()
    play.to_ask = ["helper"]
    play.acknowledged().wait(MINUTE_MS)
    play.to_ask = ["other"]
    play.wait(RULES.mayday.wave_interval_ms)
    assert (play.case.wave, play.state("other")) == (2, RequestState.SENT)
    play.answers(OTHER, "committed", lines=need(40))
    assert not play.runs("wave")


def test_a_no_when_nothing_else_is_expected_brings_the_next_wave_at_once():
    play = Play().called()
    play.to_ask = ["helper", "other"]
    play.acknowledged().wait(MINUTE_MS).answers(HELPER, "declined", ground=Ground.UNABLE)
    assert play.until("wave") == RULES.mayday.wave_interval_ms
    play.answers(OTHER, "declined", ground=Ground.UNABLE)
    assert play.until("wave") == 1


def test_a_need_stated_after_all_was_met_starts_the_search_again():
    play = Play().called().acknowledged().asked("helper").answers(HELPER, "committed", lines=need(40))
    assert not play.runs("wave")
    play.say(CALLER, "sitrep_given", needs=(NeedAsk(line=NeedLine.ADVICE, quantity=4),))
    assert play.runs("wave")
