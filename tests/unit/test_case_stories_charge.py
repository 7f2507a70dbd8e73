"""Stories of charge: who holds a case, who calls back, who agrees, and who may write (table A)."""

import msgspec
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
    RELAY,
    RULES,
    SECOND,
    STATION,
    STRANGER,
    Play,
    need,
    officer,
)

from esos.case.charge import PROPOSALS_MAX_COUNT
from esos.case.event import Audience, Reason
from esos.case.timing import PROMPT_SHARE
from esos.keys.speaker import Role
from esos.message.bodies import CallDetails
from esos.words.life import Concern, Life, Verification
from esos.words.need import NeedLine
from esos.words.urgency import Urgency


# ------------------------------------------------------------------------------------------ acknowledging
def test_an_officer_takes_charge_and_the_caller_is_told():
    play = Play().called().acknowledged()
    assert play.life is Life.ACKNOWLEDGED
    assert play.case.lease.holder == FIRST.party
    assert not play.runs("ack")
    assert play.paged(Audience.CALLER, Reason.OFFICER_HAS_YOUR_CASE)


def test_the_first_in_journal_order_has_charge_and_others_are_backup():
    play = Play().called().acknowledged()
    assert play.refused(SECOND, "acknowledged") == "case.held"
    assert play.refused(FIRST, "acknowledged") == "case.already_yours"


def test_acknowledging_a_case_that_is_further_on_keeps_its_state():
    play = Play().called()
    play.to_ask = ["helper"]
    play.wait(7 * MINUTE_MS).acknowledged()
    assert play.life is Life.MOBILISING
    assert play.case.lease.holder == FIRST.party


def test_acknowledging_brings_the_first_wave_near_but_never_later_than_it_was_due():
    assert Play().called().acknowledged().until("wave") == 60_000
    late = Play().called().wait(5 * MINUTE_MS + 30_000).acknowledged()
    assert late.until("wave") == 30_000


def test_only_an_officer_acknowledges():
    play = Play().called()
    assert play.refused(OTHER, "acknowledged") == "case.role"
    assert play.refused(STATION, "acknowledged") == "case.role"


# ------------------------------------------------------------------------------------------ calling back
def test_a_call_back_moves_verification_up_and_never_down():
    play = Play().called().acknowledged().say(FIRST, "called_back", result="in_distress", confirms=True)
    assert play.case.verification is Verification.CONFIRMED
    play.say(FIRST, "called_back", result="in_distress")
    assert play.case.verification is Verification.CONFIRMED
    assert not play.runs("call_back")


def test_a_call_back_that_finds_distress_sets_concern_to_distress():
    play = Play(caller=STRANGER).called(STRANGER).acknowledged().say(FIRST, "called_back", result="in_distress")
    assert (play.case.concern, play.case.verification) == (Concern.DISTRESS, Verification.CALLED_BACK)


def test_a_call_back_without_answer_raises_concern_and_is_tried_again():
    play = Play(caller=STRANGER).called(STRANGER).acknowledged().say(FIRST, "called_back", result="no_answer")
    assert play.case.concern is Concern.ALERT
    assert play.until("call_back") == RULES.mayday.call_back_ms


def test_somebody_else_answering_makes_the_call_disputed_until_the_caller_is_reached():
    play = Play().called().acknowledged().say(FIRST, "called_back", result="wrong_party")
    assert play.case.verification is Verification.DISPUTED
    assert play.paged(Audience.COORDINATOR, Reason.CONCERN_UP)
    play.say(FIRST, "called_back", result="in_distress")
    assert play.case.verification is Verification.CALLED_BACK


def test_a_call_back_answered_no_distress_ends_nothing_by_itself():
    play = Play().called().acknowledged().say(FIRST, "called_back", result="no_distress")
    assert play.life is Life.ACKNOWLEDGED
    assert play.case.denied


def test_a_disputed_call_stays_disputed_when_its_key_calls_again():
    play = Play().called().acknowledged().say(FIRST, "called_back", result="wrong_party")
    play.say(FIRST, "no_emergency", shown_by="on-site", evidence="Nobody there knows of it.").seconded().called(
        call=b"call-two"
    )
    assert play.case.verification is Verification.DISPUTED


def test_a_hold_that_ran_out_unseen_is_dead_for_whoever_takes_charge():
    """The station was away: nothing prompted the holder, and yet nobody acted for longer than a lease and its prompt."""
    play = Play().called().acknowledged()
    play.now_ms += RULES.mayday.lease_ms + RULES.mayday.lease_ms // PROMPT_SHARE - 1
    assert play.refused(BACKUP, "acknowledged") == "case.held"
    play.now_ms += 1
    play.say(BACKUP, "acknowledged")
    assert play.case.lease.holder == BACKUP.party
    assert play.paged(Audience.COORDINATOR, Reason.LEASE_LOST, FIRST.party)


def test_a_hold_that_ran_out_unseen_is_still_its_holders_when_that_one_acts_first():
    play = Play().called().acknowledged()
    play.now_ms += 5 * HOUR_MS
    play.say(FIRST, "messaged", text="Still with them.")
    assert play.refused(BACKUP, "acknowledged") == "case.held"


def test_a_hold_is_as_long_as_the_urgency_makes_it():
    play = Play().called().acknowledged().say(CALLER, "urgency_changed", urgency=Urgency.PAN_PAN)
    play.now_ms += RULES.pan_pan.lease_ms
    assert play.refused(BACKUP, "acknowledged") == "case.held"
    play.now_ms += RULES.pan_pan.lease_ms
    assert play.say(BACKUP, "acknowledged").case.lease.holder == BACKUP.party


# ------------------------------------------------------------------------------------------ talking
def test_everybody_on_the_case_may_write_on_an_open_channel():
    play = Play().assisting()
    for speaker in (CALLER, FIRST, SECOND, HELPER):
        play.say(speaker, "messaged", text="We are here.")
    assert play.refused(OTHER, "messaged", text="Me too.") == "case.role"


def test_on_a_restricted_channel_only_caller_coordinator_and_bound_helpers_write():
    play = Play().assisting().asked("other").say(FIRST, "channel_set", channel="restricted")
    for speaker in (CALLER, FIRST, HELPER):
        play.say(speaker, "messaged", text="We are here.")
    for speaker in (SECOND, OTHER):
        assert play.refused(speaker, "messaged", text="And we.") == "case.restricted"
        assert play.refused(speaker, "sitrep_given", sections={"C": "Fire."}) == "case.restricted"


def test_whoever_may_read_a_message_is_told_once_and_its_writer_is_not():
    play = Play().assisting().say(CALLER, "messaged", text="The door is open.")
    assert play.paged(Audience.COORDINATOR, Reason.MESSAGE, FIRST.party)
    assert play.paged(Audience.RESPONDER, Reason.MESSAGE, HELPER.party)
    assert not play.paged(Audience.CALLER, Reason.MESSAGE)
    assert [one.said for one in play.effects] == ["The door is open."] * 2
    play.say(FIRST, "messaged", text="To you alone.", to=(CALLER.party,))
    assert [(one.audience, one.to) for one in play.effects] == [(Audience.CALLER, CALLER.party)]


def test_on_a_restricted_channel_a_notice_carries_no_word_and_no_name():
    play = Play().assisting().say(FIRST, "channel_set", channel="restricted").say(CALLER, "messaged", text="Secret.")
    assert {(one.said, one.by) for one in play.effects} == {("", "")}


def test_a_page_that_comes_back_is_tried_another_way_once_for_each_address():
    play = Play().assisting()
    body = {"page": bytes(16), "party": HELPER.party, "address": "team@network.example"}
    play.say(STATION, "page_returned", **body)
    assert play.paged(Audience.OTHER_WAYS, Reason.PAGE_RETURNED, HELPER.party)
    assert play.paged(Audience.COORDINATOR, Reason.UNREACHED)
    play.say(STATION, "page_returned", **body)
    assert play.effects == ()
    assert play.refused(HELPER, "page_returned", **body) == "case.role"


def test_a_mail_that_nobody_has_proven_changes_nothing_but_the_history():
    play = Play().assisting()
    before = play.case
    play.say(STATION, "mail_came", what="unproven", text="coming")
    assert play.case.requests == before.requests
    assert play.effects == ()


def test_a_relays_facts_stay_out_of_a_restricted_channel():
    play = Play().called().say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party).acknowledged()
    play.say(RELAY, "updated", number=1).say(FIRST, "channel_set", channel="restricted")
    assert play.refused(RELAY, "updated", number=2) == "case.restricted"


def test_caller_and_officer_can_talk_after_the_end_and_not_after_closing():
    play = Play().called().acknowledged().say(CALLER, "cancelled").say(CALLER, "messaged", text="Thank you.")
    play.say(FIRST, "closed")
    assert play.refused(CALLER, "messaged", text="One more thing.") == "case.state"


def test_a_report_is_kept_by_section_and_a_blank_section_deletes_nothing():
    play = Play().assisting().say(CALLER, "sitrep_given", sections={"C": "Two wards dark.", "J": "None yet."})
    play.say(HELPER, "sitrep_given", sections={"C": "", "I": "Filter is on.", "J": "All of it."})
    assert play.case.sections == {"C": "Two wards dark.", "J": "None yet.", "I": "Filter is on."}


def test_need_and_known_facts_are_their_owners_to_state():
    play = Play().assisting().say(CALLER, "sitrep_given", needs=need(60), facts={"can_restore": "no"})
    play.say(HELPER, "sitrep_given", needs=need(1), facts={"can_restore": "yes", "data_lost": True})
    assert play.case.needs == {NeedLine.FILTERING: 60}
    assert play.case.details.facts == {"can_restore": "no"}


@pytest.mark.parametrize("speaker", [HELPER, SECOND], ids=["a helper", "an officer who does not hold the case"])
def test_nobody_else_answers_beforehand_what_the_caller_has_not_answered(speaker):
    play = Play().assisting().say(speaker, "sitrep_given", facts={"threat_to_life_or_safety": False})
    assert play.case.details.facts == {}
    play.say(CALLER, "updated", number=1, details=CallDetails(facts={"threat_to_life_or_safety": True}))
    assert play.case.details.facts == {"threat_to_life_or_safety": True}


def test_a_relays_report_fills_only_what_the_caller_has_not_answered():
    play = Play().called(facts={"data_lost": True}).say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party)
    play.say(RELAY, "sitrep_given", facts={"data_lost": False, "threat_to_life_or_safety": True})
    assert play.case.details.facts == {"data_lost": True, "threat_to_life_or_safety": True}


def test_a_report_starts_the_wait_for_the_next_one():
    play = Play().assisting().wait(20 * MINUTE_MS).say(HELPER, "sitrep_given", sections={"I": "Going on."})
    assert play.until("sitrep") == RULES.mayday.sitrep_ms
    assert play.case.missed_sitreps == 0


# ------------------------------------------------------------------------------------------ contact
def test_lost_contact_raises_concern_and_any_word_of_the_caller_ends_it():
    play = Play(caller=STRANGER).called(STRANGER).acknowledged().say(FIRST, "contact_lost", by="telephone")
    assert play.case.concern is Concern.ALERT
    assert play.case.lost_since_ms == play.now_ms
    play.say(STRANGER, "messaged", text="Still here.")
    assert play.case.lost_since_ms == 0


def test_an_officer_may_say_that_contact_is_back():
    play = Play().called().acknowledged().say(FIRST, "contact_lost").say(FIRST, "contact_returned")
    assert play.case.lost_since_ms == 0
    assert play.until("heart") == RULES.mayday.heart_ms


def test_a_silent_beacon_and_a_call_corroborate_each_other():
    play = Play().called().say(FIRST, "contact_lost")
    assert not play.case.corroborated
    play.say(STATION, "contact_lost", by="beacon")
    assert play.case.corroborated


# ------------------------------------------------------------------------------------------ handing over
def test_a_hand_over_moves_the_case_only_when_it_is_accepted():
    play = Play().called().acknowledged().say(FIRST, "handed_over", to=SECOND.party)
    assert play.case.lease.holder == FIRST.party
    assert play.paged(Audience.COORDINATOR, Reason.HANDED_OVER, SECOND.party)
    assert play.refused(BACKUP, "hand_over_accepted") == "case.not_offered"
    play.say(SECOND, "hand_over_accepted")
    assert play.case.lease.holder == SECOND.party
    assert not play.runs("hand")
    assert play.refused(FIRST, "stabilised") == "case.state"
    assert play.refused(FIRST, "handed_over", to=SECOND.party) == "case.role"


def test_nobody_hands_over_to_itself():
    assert Play().called().acknowledged().refused(FIRST, "handed_over", to=FIRST.party) == "case.to_itself"


def test_a_hand_over_that_nobody_accepts_lapses_and_the_holder_is_told():
    play = Play().called().acknowledged().say(FIRST, "handed_over", to=SECOND.party)
    play.wait(play.until("hand"))
    assert play.paged(Audience.COORDINATOR, Reason.HANDED_OVER)
    assert play.refused(SECOND, "hand_over_accepted") == "case.not_offered"
    assert play.case.lease.holder == FIRST.party


# ------------------------------------------------------------------------------------------ the lease
def test_a_silent_holder_is_prompted_and_then_the_backup_takes_over():
    play = Play().assisting()
    play.wait(RULES.mayday.lease_ms)
    assert play.case.lease.prompted
    assert play.ever_paged(Audience.COORDINATOR, Reason.LEASE_LOST) == 1
    play.wait(RULES.mayday.lease_ms // 10)
    assert play.case.lease is None
    assert play.ever_paged(Audience.BACKUP, Reason.LEASE_LOST, FIRST.party) == 1
    assert play.runs("ack")
    play.acknowledged(BACKUP)
    assert play.case.lease.holder == BACKUP.party
    assert play.life is Life.ASSISTING


def test_a_hand_over_that_waits_ends_with_the_lease():
    play = Play().called(urgency=Urgency.PAN_PAN).acknowledged()
    play.wait(119 * MINUTE_MS).say(FIRST, "handed_over", to=SECOND.party)
    play.now_ms += RULES.pan_pan.lease_ms
    for timer in ("lease", "lease"):
        play.now_ms = play.case.timers[timer].due_ms
        play.say(STATION, "elapsed", timer=timer, due_ms=play.now_ms)
    assert play.case.lease is None
    assert not play.runs("hand")
    assert play.refused(SECOND, "hand_over_accepted") == "case.not_offered"


def test_any_act_of_the_holder_renews_its_lease_and_a_refused_one_does_not():
    play = Play().assisting().wait(RULES.mayday.lease_ms).say(FIRST, "messaged", text="I am here.")
    assert not play.case.lease.prompted
    assert play.until("lease") == RULES.mayday.lease_ms
    play.wait(MINUTE_MS)
    play.refused(FIRST, "hand_over_accepted")
    assert play.until("lease") == RULES.mayday.lease_ms - MINUTE_MS


def test_the_lease_of_a_suspended_case_lasts_beyond_its_review():
    play = Play().suspended()
    assert play.until("review") == RULES.mayday.review_ms
    assert play.until("lease") > RULES.mayday.review_ms


def test_a_warning_is_held_by_its_review_and_two_looks_missed_lose_it():
    play = Play().called(urgency=Urgency.ADVISORY).acknowledged()
    assert not play.runs("lease")
    play.wait(DAY_MS)
    assert play.case.lease.prompted
    play.wait(DAY_MS)
    assert play.case.lease is None
    assert play.runs("ack")


# ------------------------------------------------------------------------------------------ two people
def test_nothing_of_a_two_person_act_happens_before_the_second_has_spoken():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    assert play.life is Life.ACKNOWLEDGED
    assert play.paged(Audience.SECOND, Reason.SECOND_NEEDED)


def test_nobody_seconds_their_own_act():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    (proposal,) = play.case.proposals
    assert play.refused(FIRST, "seconded", proposal=proposal) == "second.same_person"
    assert play.refused(CALLER, "seconded", proposal=proposal) == "case.role"


def test_a_named_second_who_is_no_officer_may_second():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    assert play.seconded(officer("deputy", Role.SECOND)).life is Life.NO_EMERGENCY


def test_a_second_who_refuses_leaves_everything_as_it_is():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    (proposal,) = play.case.proposals
    play.seconded(agrees=False)
    assert play.life is Life.ACKNOWLEDGED
    assert play.case.proposals == {}
    assert not play.runs("second", proposal)
    assert play.refused(SECOND, "seconded", proposal=proposal) == "second.nothing"


def test_an_act_nobody_seconds_lapses_and_the_case_stays_open():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    play.wait(RULES.mayday.second_ms)
    assert play.case.proposals == {}
    assert play.life is Life.ACKNOWLEDGED
    assert play.ever_paged(Audience.COORDINATOR, Reason.SECOND_NEEDED) == 1


def test_an_act_proposed_by_a_coordinator_who_has_lost_the_case_is_too_late():
    play = Play().assisting().say(FIRST, "suspended", reason="Nobody is left.")
    play.say(FIRST, "handed_over", to=BACKUP.party).say(BACKUP, "hand_over_accepted")
    (proposal,) = play.case.proposals
    assert play.refused(SECOND, "seconded", proposal=proposal) == "second.too_late"


def test_an_act_that_no_longer_fits_the_case_is_too_late():
    play = Play().suspended().say(FIRST, "resumed").called(call=b"call-two")
    (proposal,) = play.case.proposals
    assert play.refused(SECOND, "seconded", proposal=proposal) == "second.too_late"


def test_what_must_hold_must_hold_when_the_second_speaks():
    play = Play().assisting().say(FIRST, "contact_lost").wait(2 * RULES.mayday.sitrep_ms)
    play.acknowledged(SECOND).say(SECOND, "stood_down")
    (proposal,) = play.case.proposals
    play.say(CALLER, "messaged", text="We are back.")
    assert play.refused(FIRST, "seconded", proposal=proposal) == "case.caller_not_heard"


def test_only_so_many_acts_wait_at_a_time():
    play = Play().called().acknowledged()
    for _ in range(PROPOSALS_MAX_COUNT):
        play.say(FIRST, "no_emergency", shown_by="on-site", evidence="Nobody is there.")
    assert play.refused(FIRST, "no_emergency", shown_by="on-site", evidence="Nobody is there.") == "second.too_many"


@pytest.mark.parametrize("kind", ["stabilised", "stood_down", "suspended", "channel_set", "handed_over"])
def test_what_is_the_coordinators_is_nobody_elses(kind):
    fields = {"channel_set": {"channel": "open"}, "handed_over": {"to": BACKUP.party}}.get(kind, {})
    play = Play().assisting()
    assert play.refused(SECOND, kind, **fields) == "case.role"
    assert play.refused(HELPER, kind, **fields) == "case.role"


# ------------------------------------------------------------------------------------------ the second officer
OUTSIDE = officer("outside", Role.SECOND)


@pytest.mark.parametrize(
    ("offices", "named", "inside_may", "outside_may"),
    [
        (("own-station",), (), True, False),
        (("neighbour-station",), (), False, True),
        (("own-station", "neighbour-station"), (), True, True),
        (("named",), (OUTSIDE.name,), False, True),
        (("named",), (SECOND.name,), True, False),
        (("named",), ("Somebody else",), False, False),
    ],
)
def test_a_second_word_comes_from_whom_the_pact_names(offices, named, inside_may, outside_may):
    rules = msgspec.structs.replace(RULES, second_officers=offices, second_named=named)
    for speaker, may in ((SECOND, inside_may), (OUTSIDE, outside_may)):
        play = Play(rules=rules).assisting().say(FIRST, "suspended", reason="Nobody is left.")
        (proposal,) = play.case.proposals
        if may:
            assert play.seconded(speaker).life is Life.SUSPENDED
        else:
            assert play.refused(speaker, "seconded", proposal=proposal) == "second.not_by_pact"
