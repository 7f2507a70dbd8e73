"""Stories of calling: how a case begins, is joined by more calls, and comes back to life (table A)."""

import pytest
from doubles.case_play import (
    CALLER,
    FIRST,
    HELPER,
    HOUR_MS,
    OTHER,
    RELAY,
    RULES,
    SECOND,
    STATION,
    STRANGER,
    Play,
    member,
    need,
)

from esos.case.calling import OTHER_FACTS_MAX_COUNT
from esos.case.event import Audience, Reason
from esos.keys.speaker import KnownBy
from esos.message.bodies import CallDetails
from esos.words.life import Concern, Life, Verification
from esos.words.need import NeedLine
from esos.words.urgency import Urgency


def update(play, number, *, call=None, by=CALLER, **details):
    return play.say(by, "updated", number=number, call=call, details=CallDetails(**details))


def relayed(play, by=RELAY, *, call=b"relayed1", vouched=False, **fields):
    return play.say(by, "relayed", call=call, caller=CALLER.party, vouched=vouched, **fields)


# ------------------------------------------------------------------------------------------ a first call
def test_a_first_call_arrives_and_the_watch_is_paged_at_once():
    play = Play().called()
    assert play.life is Life.ARRIVED
    assert play.case.acknowledged_ms == 0
    assert play.paged(Audience.WATCH, Reason.WATCH_DUE)
    assert play.case.timers["ack"].next_holder == "backup"


def test_a_call_with_nothing_in_it_is_a_mayday_of_unknown_nature_with_what_is_usually_needed():
    play = Play().called(words="")
    assert play.case.urgency is Urgency.MAYDAY
    assert play.case.needs == {NeedLine.TRIAGE: 8, NeedLine.ADVICE: 8}


def test_the_stations_word_that_it_has_a_call_changes_nothing_but_the_history():
    play = Play().called()
    before = play.case
    play.say(STATION, "arrived", call=b"a" * 32, caller=CALLER.party)
    assert play.case == before


@pytest.mark.parametrize(
    ("speaker", "details", "concern"),
    [
        (CALLER, {"urgency": Urgency.MAYDAY}, Concern.DISTRESS),
        (CALLER, {"words": "help"}, Concern.DISTRESS),
        (CALLER, {"urgency": Urgency.PAN_PAN}, Concern.ALERT),
        (CALLER, {"urgency": Urgency.MAYDAY, "origin": "automatic"}, Concern.ALERT),
        (CALLER, {"urgency": Urgency.ADVISORY}, Concern.UNCERTAINTY),
        (STRANGER, {"urgency": Urgency.MAYDAY}, Concern.UNCERTAINTY),
    ],
)
def test_concern_starts_with_who_calls_and_how(speaker, details, concern):
    assert Play(caller=speaker).called(speaker, **details).case.concern is concern


@pytest.mark.parametrize(
    ("known_by", "verification"),
    [
        (KnownBy.KEY, Verification.KEY_OK),
        (KnownBy.TEMPORARY_KEY, Verification.KEY_OK),
        (KnownBy.SESSION, Verification.KEY_OK),
        (KnownBy.TOKEN, Verification.KEY_OK),
        (KnownBy.LINK, Verification.UNVERIFIED),
        (KnownBy.CARD, Verification.UNVERIFIED),
        (KnownBy.VOICE, Verification.UNVERIFIED),
    ],
)
def test_verification_starts_with_how_the_caller_is_known(known_by, verification):
    caller = member("hospital", known_by)
    assert Play(caller=caller).called(caller).case.verification is verification


# ------------------------------------------------------------------------------------------ joining
def test_the_same_call_again_is_counted_once():
    play = Play().called().called()
    assert (play.case.times_called, len(play.case.calls)) == (1, 1)


def test_a_second_call_joins_the_open_case_and_may_raise_its_urgency():
    play = Play().called(urgency=Urgency.PAN_PAN).called(call=b"call-two", urgency=Urgency.MAYDAY)
    assert (play.case.urgency, play.case.times_called) == (Urgency.MAYDAY, 2)


def test_a_second_call_never_lowers_the_urgency():
    play = Play().called(urgency=Urgency.MAYDAY).called(call=b"call-two", urgency=Urgency.PAN_PAN)
    assert play.case.urgency is Urgency.MAYDAY


def test_an_older_copy_of_a_call_fills_only_what_is_still_unknown():
    play = Play().called(call=b"call-one", natures=(1,)).called(call=b"call-two", natures=(2,))
    play.called(call=b"call-one", natures=(1,), country="IE")
    assert play.case.details.natures == (2,)
    assert play.case.details.country == "IE"


def test_calling_again_takes_back_a_cancel_that_waits_for_its_call_back():
    play = relayed(Play().called()).acknowledged()
    play.say(CALLER, "cancelled")
    assert play.case.cancel_asked
    play.called(call=b"call-two")
    assert not play.case.cancel_asked


def test_the_callers_own_key_lifts_a_call_that_a_stranger_relayed():
    play = relayed(Play(), STRANGER)
    assert play.case.verification is Verification.UNVERIFIED
    play.called()
    assert play.case.verification is Verification.KEY_OK
    assert play.case.concern is Concern.DISTRESS


def test_the_callers_own_first_word_corrects_the_urgency_a_relay_gave():
    play = relayed(Play(), STRANGER, details=CallDetails(urgency=Urgency.MAYDAY))
    play.called(urgency=Urgency.PAN_PAN)
    assert play.case.urgency is Urgency.PAN_PAN


def test_a_new_call_while_the_case_is_stable_is_a_relapse_and_the_holder_must_act_soon():
    play = Play().stabilised()
    play.called(call=b"call-two")
    assert play.life is Life.ASSISTING
    assert play.paged(Audience.COORDINATOR, Reason.RELAPSE)
    assert play.until("lease") == RULES.mayday.lease_ms // 10


def test_a_call_into_a_suspended_case_resumes_it():
    play = Play().suspended()
    play.called(call=b"call-two")
    assert play.life is Life.MOBILISING
    assert play.paged(Audience.COORDINATOR, Reason.RELAPSE)


def test_a_call_into_a_suspended_case_that_is_held_starts_no_ladder():
    play = Play().suspended().called(call=b"call-two")
    assert play.case.lease is not None
    assert not play.runs("ack")


# ------------------------------------------------------------------------------------------ relays
def test_a_relay_keeps_the_callers_identity():
    play = relayed(Play())
    assert play.case.caller == CALLER.party
    assert [relay.party for relay in play.case.relays] == [RELAY.party]


@pytest.mark.parametrize(("relay", "concern"), [(RELAY, Concern.ALERT), (STRANGER, Concern.UNCERTAINTY)])
def test_a_registered_relay_alerts_and_a_stranger_makes_uncertain(relay, concern):
    assert relayed(Play(), relay).case.concern is concern


def test_the_same_relay_twice_is_one_relay():
    play = relayed(relayed(Play()), call=b"relayed2")
    assert len(play.case.relays) == 1


def test_two_independent_registered_parties_corroborate_a_call():
    assert not Play().called().case.corroborated
    assert relayed(Play().called()).case.corroborated
    assert relayed(relayed(Play()), OTHER, call=b"relayed2").case.corroborated


def test_the_officers_of_a_station_are_one_voice_whomever_of_them_a_stranger_telephones():
    play = relayed(relayed(Play(), FIRST), SECOND, call=b"relayed2")
    assert [relay.registered for relay in play.case.relays] == [True, True]
    assert not play.case.corroborated
    assert relayed(play, OTHER, call=b"relayed3").case.corroborated


def test_a_stranger_corroborates_nothing():
    assert not relayed(Play().called(), STRANGER, vouched=True).case.corroborated


def test_a_relay_heard_from_a_relay_joins_nothing_but_opens_a_case_that_nobody_knew_of():
    play = relayed(Play(), heard_from_relay=True)
    assert play.life is Life.ARRIVED
    assert not play.case.relays[0].registered
    assert (
        play.refused(OTHER, "relayed", call=b"relayed2", caller=CALLER.party, heard_from_relay=True)
        == "relay.second_hand"
    )


def test_a_relay_fills_what_the_caller_left_open_and_replaces_nothing_it_said():
    play = Play().called(natures=(2,), needs=need(40))
    relayed(play, details=CallDetails(natures=(1,), country="IE", needs=need(90)))
    assert (play.case.details.natures, play.case.details.country) == ((2,), "IE")
    assert play.case.needs == {NeedLine.FILTERING: 40}


def test_a_relay_that_vouches_may_raise_the_urgency_and_another_makes_a_person_look():
    play = Play().called(urgency=Urgency.PAN_PAN).acknowledged()
    relayed(play, STRANGER, details=CallDetails(urgency=Urgency.MAYDAY))
    assert play.case.urgency is Urgency.PAN_PAN
    assert play.paged(Audience.COORDINATOR, Reason.RELAPSE)
    relayed(play, call=b"relayed2", vouched=True, details=CallDetails(urgency=Urgency.MAYDAY))
    assert play.case.urgency is Urgency.MAYDAY


def test_a_relay_into_a_suspended_case_makes_a_person_look_and_resumes_nothing():
    play = relayed(Play().suspended())
    assert play.life is Life.SUSPENDED
    assert play.paged(Audience.COORDINATOR, Reason.RELAPSE)


def test_a_relay_calls_an_ended_case_back_to_life_but_its_echo_does_not():
    play = relayed(Play()).say(FIRST, "acknowledged")
    play.say(FIRST, "no_emergency", shown_by="on-site", evidence="The line was open.").seconded()
    assert play.refused(RELAY, "relayed", call=b"relayed1", caller=CALLER.party) == "call.repeated"
    assert (
        play.refused(OTHER, "relayed", call=b"relayed2", caller=CALLER.party, heard_from_relay=True)
        == "relay.second_hand"
    )
    relayed(play, call=b"relayed3")
    assert play.life is Life.ARRIVED


def test_a_relayed_call_into_an_ended_case_is_not_known_by_the_callers_old_key():
    play = Play().called().acknowledged().say(CALLER, "cancelled")
    relayed(play, STRANGER)
    assert play.case.verification is Verification.UNVERIFIED


# ------------------------------------------------------------------------------------------ coming back
@pytest.mark.parametrize("end", ["cancelled", "no_emergency", "stood_down"])
def test_calling_again_opens_an_ended_case_anew(end):
    play = Play().assisting()
    if end == "cancelled":
        play.say(CALLER, "cancelled")
    elif end == "no_emergency":
        play.say(FIRST, "no_emergency", shown_by="on-site", evidence="It was a test of the line.").seconded()
    else:
        play.say(FIRST, "stood_down", caller_agrees=True).seconded()
    assert play.life.is_ended
    play.wait(HOUR_MS).called(call=b"call-two")
    assert play.life is Life.ARRIVED
    assert play.paged(Audience.WATCH, Reason.WATCH_DUE)
    assert play.case.lease is None
    assert play.case.acknowledged_ms == 0


def test_help_of_the_earlier_life_does_not_count_against_the_new_need():
    play = Play().assisting().say(CALLER, "cancelled")
    assert play.case.open_need() == {NeedLine.FILTERING: 40}
    play.called(call=b"call-two").acknowledged()
    assert play.case.open_need() == {NeedLine.FILTERING: 40}
    assert play.until("wave") == RULES.mayday.wave_first_ack_ms


def test_whoever_helped_before_may_be_asked_again():
    play = Play().assisting().say(CALLER, "cancelled").called(call=b"call-two").acknowledged()
    assert play.request("helper").may_be_asked_again


def test_a_call_of_another_nature_forgets_the_facts_and_needs_of_before():
    play = Play().called(natures=(2,), needs=need(40), facts={"can_restore": True}, country="IE")
    play.say(CALLER, "cancelled").called(call=b"call-two", natures=(1,))
    assert play.case.details.facts == {}
    assert play.case.details.country == "IE"
    assert NeedLine.FILTERING not in play.case.needs
    assert (play.case.details.natures, play.case.needs[NeedLine.FORENSICS]) == ((1,), 4)
    assert (play.case.times_called, play.case.own_call) == (2, b"call-two")


def test_a_bare_call_into_an_ended_case_keeps_what_was_known():
    play = Play().called(natures=(2,), needs=need(40)).say(CALLER, "cancelled").called(call=b"call-two", words="again")
    assert play.case.needs == {NeedLine.FILTERING: 40}


def test_a_late_copy_of_a_cancelled_call_opens_nothing():
    play = Play().called(call=b"call-one", sequence=0)
    play.say(CALLER, "cancelled", call=b"call-one", sequence=3)
    assert play.refused(CALLER, "called", call=b"call-one", sequence=1) == "call.overtaken"
    assert play.life is Life.CANCELLED


def test_a_raised_urgency_calls_an_ended_case_again_and_a_lower_one_does_not():
    play = Play().called(urgency=Urgency.PAN_PAN).say(CALLER, "cancelled")
    assert play.refused(CALLER, "urgency_changed", urgency=Urgency.ADVISORY) == "case.ended"
    play.say(CALLER, "urgency_changed", urgency=Urgency.MAYDAY)
    assert (play.life, play.case.urgency) == (Life.ARRIVED, Urgency.MAYDAY)


def test_an_update_that_raises_the_urgency_calls_an_ended_case_again():
    play = Play().called(urgency=Urgency.PAN_PAN).say(CALLER, "cancelled", call=b"call-one", sequence=1)
    update(play, 2, call=b"call-one", urgency=Urgency.MAYDAY)
    assert (play.life, play.case.urgency) == (Life.ARRIVED, Urgency.MAYDAY)


def test_an_update_that_was_overtaken_by_the_cancel_does_not():
    play = Play().called(urgency=Urgency.PAN_PAN).say(CALLER, "cancelled", call=b"call-one", sequence=3)
    details = CallDetails(urgency=Urgency.MAYDAY)
    assert play.refused(CALLER, "updated", number=2, call=b"call-one", details=details) == "call.overtaken"


def test_a_closed_case_is_not_opened_again():
    play = Play().called().acknowledged().say(CALLER, "cancelled").say(FIRST, "closed", report="Over.")
    assert play.refused(CALLER, "called", call=b"call-two") == "case.state"


# ------------------------------------------------------------------------------------------ updates
def test_an_update_adds_facts_and_deletes_nothing():
    play = Play().called(natures=(2,), facts={"one": True})
    update(play, 1, facts={"two": "no"})
    assert play.case.details.facts == {"one": True, "two": "no"}
    assert play.case.details.natures == (2,)


def test_an_update_that_was_overtaken_fills_only_what_is_unknown():
    play = Play().called()
    update(play, 2, natures=(3,))
    update(play, 1, natures=(4,), country="IE")
    assert (play.case.details.natures, play.case.details.country) == ((3,), "IE")


def test_updates_without_a_number_are_taken_as_they_come():
    play = Play().called()
    update(update(play, 0, natures=(3,)), 0, natures=(4,))
    assert play.case.details.natures == (4,)


def test_a_new_call_counts_its_updates_from_the_beginning():
    play = Play().called(call=b"call-one")
    update(play, 9, call=b"call-one", natures=(3,))
    play.called(call=b"call-two")
    update(play, 1, call=b"call-two", natures=(4,))
    assert play.case.details.natures == (4,)
    update(play, 200, call=b"call-one", natures=(5,))
    assert play.case.details.natures == (4,)


def test_the_caller_may_raise_and_lower_its_urgency_by_an_update():
    play = Play().called(urgency=Urgency.PAN_PAN)
    assert update(play, 1, urgency=Urgency.MAYDAY).case.urgency is Urgency.MAYDAY
    assert update(play, 2, urgency=Urgency.PAN_PAN).case.urgency is Urgency.PAN_PAN


def test_a_raised_urgency_in_a_stable_case_is_a_relapse():
    play = Play().called(urgency=Urgency.PAN_PAN, needs=need(40)).acknowledged().asked("helper")
    play.answers(HELPER, "committed").say(FIRST, "stabilised")
    update(play, 1, urgency=Urgency.MAYDAY)
    assert play.life is Life.ASSISTING
    assert play.paged(Audience.COORDINATOR, Reason.RELAPSE)


def test_a_smaller_need_releases_whoever_was_asked_for_more_than_is_open():
    play = Play().assisting().asked("other")
    update(play, 1, needs=need(20))
    assert play.state("other").value == "not_taken"
    assert play.paged(Audience.RESPONDER, Reason.NOT_TAKEN, "other")


def test_no_crowd_of_other_names_takes_the_place_of_a_fact_that_severity_reads():
    play = Play().called()
    for start in range(0, 240, 40):
        update(play, 0, facts={f"fact{number}": True for number in range(start, start + 40)})
    assert len(play.case.details.facts) == OTHER_FACTS_MAX_COUNT
    update(play, 0, facts={"threat_to_life_or_safety": True})
    assert play.case.details.facts["threat_to_life_or_safety"] is True
    assert len(play.case.details.facts) == OTHER_FACTS_MAX_COUNT + 1
