"""Whom a station asks over several waves: the real planning with the real case machine, on a clock of its own."""

from collections import Counter
from types import SimpleNamespace

import msgspec
import pytest
from doubles.case_play import CALLER, FIRST, HOUR_MS, MINUTE_MS, RULES, START_MS, Play, member, need

from esos.case.event import Audience, Reason
from esos.case.model import Search
from esos.catalogues import tongues
from esos.duty.events import Acceded, AvailabilityStated, MemberRegistered, PackageLodged, PactPublished
from esos.duty.register import Register
from esos.duty.weights import WEIGHTS_VERSION
from esos.message.bodies import Requested
from esos.message.card import Capability, DutySource, MemberCard
from esos.pact.model import Tier
from esos.station.experience import Experience
from esos.station.waves import limits_of, picture_of, plan, rank_line, why_by_hand, why_nobody
from esos.words.ground import Ground
from esos.words.language import speaking
from esos.words.need import HelpClass, NeedLine
from esos.words.request_state import RequestState
from esos.words.tier import ANSWER_OWED_BY_PACT, DutyTier
from esos.words.urgency import Urgency

LINE = NeedLine.FILTERING
WELCOME = msgspec.structs.replace(RULES.callers, strangers="as-members")
ANYONE = msgspec.structs.replace(RULES, reach="anyone", share_cap_percent=100, open_requests_max=9, callers=WELCOME)
TEAMS = ("one", "two", "three")


def card(*lines, units=40, **rest):
    capabilities = tuple(Capability(line=line, units=units) for line in lines or (LINE,))
    return MemberCard(**{"name": "Example Net", "keys": (), "capabilities": capabilities, **rest})


def experience_of(*names, **cards):
    register = Register()
    for name, its_card in {**dict.fromkeys(names, card()), **cards}.items():
        register.apply(1, MemberRegistered(member=name, card=its_card, at_ms=0))
    return Experience(register)


def play_of(*names, rules=ANYONE, experience=None, case=b"c" * 16, caller=CALLER, **cards):
    found = experience or experience_of(*names, **cards)
    return Play(rules=rules, experience=found, case=case, caller=caller)


def started(play, **details):
    return play.called(caller_speaker(play), **details).acknowledged().wait(MINUTE_MS)


def caller_speaker(play):
    return member(play.case.caller)


def asked(play):
    return Counter(request.responder for request in play.case.requests.values())


@pytest.mark.parametrize(
    ("pending", "says"),
    [((), "Nobody else"), ((False, False), "Nobody else"), ((False, True), "an answer is still to come")],
)
def test_a_wave_that_asked_nobody_says_why(pending, says):
    case = SimpleNamespace(requests={number: SimpleNamespace(is_pending=one) for number, one in enumerate(pending)})
    assert says in why_nobody(case)


# --- nobody sent away is asked again -----------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "kind", "before"),
    [
        (FIRST, "request_cancelled", None),
        (FIRST, "released", None),
        (CALLER, "released", None),
        (FIRST, "not_taken", "offered"),
        (FIRST, "released", "committed"),
        (CALLER, "released", "committed"),
    ],
)
def test_whoever_was_sent_away_is_not_asked_again_however_long_the_need_lasts(who, kind, before):
    play = started(play_of("one"))
    request = play.request("one").id
    if before:
        play.say(member("one"), before, request=request)
    play.say(who, kind, request=request).wait(30 * HOUR_MS)
    assert asked(play) == {"one": 1}
    assert play.case.refused == {"one"}
    assert picture_of(play.case, play.now_ms).denied == ("one",)


def test_an_officer_may_ask_again_by_hand_whom_it_sent_away():
    play = started(play_of("one"))
    play.say(FIRST, "request_cancelled", request=play.request("one").id).asked("one")
    assert (asked(play), play.case.refused) == ({"one": 2}, frozenset())


def test_who_was_thanked_because_the_need_was_met_may_be_asked_when_it_grows():
    play = started(play_of("one", "two"), needs=need(40))
    play.answers(member("one"), "committed")
    assert play.state("two") is RequestState.NOT_TAKEN
    play.say(CALLER, "sitrep_given", needs=need(80)).wait(HOUR_MS)
    assert asked(play)["two"] == 2


# --- a search without an end --------------------------------------------------------------------


def test_a_need_that_stays_unmet_for_a_week_is_searched_for_to_the_end_without_noise():
    play = started(play_of("one"))
    play.answers(member("one"), "declined", ground=Ground.UNABLE).wait(7 * 24 * HOUR_MS)
    waves = [event for event, _ in play.history if event.kind == "wave_called"]
    assert play.runs("wave")
    assert play.case.search is Search.NOBODY
    assert play.case.wave == 1
    assert len(waves) <= 1 + 7 * 24 * 2 + 1
    assert play.ever_paged(Audience.COORDINATOR, Reason.NOBODY_LEFT) == len(waves) - 1


def test_while_an_answer_is_to_come_that_nobody_else_is_asked_is_said_once():
    play = started(play_of("one")).wait(12 * MINUTE_MS)
    assert [event.body.asked for event, _ in play.history if event.kind == "wave_called"] == [1, 0]
    assert play.until("wave") <= RULES.mayday.wave_interval_ms


def test_when_the_case_changes_a_search_that_found_nobody_is_tried_at_once():
    play = started(play_of(one=card(NeedLine.ADVICE)), needs=need(40))
    assert play.case.search is Search.NOBODY
    play.wait(MINUTE_MS).say(CALLER, "sitrep_given", needs=need(4, NeedLine.ADVICE))
    assert play.until("wave") == 1
    assert asked(play.wait(1)) == {"one": 1}


def test_a_need_that_changes_to_nothing_open_is_searched_for_no_more():
    play = started(play_of("one"), needs=need(40))
    play.answers(member("one"), "committed", lines=need(30)).wait(RULES.mayday.wave_interval_ms)
    assert play.case.search is Search.NOBODY
    play.say(CALLER, "sitrep_given", needs=need(30))
    assert not play.runs("wave")


def test_who_registers_later_is_found_by_the_slow_search():
    play = started(play_of("one"))
    play.answers(member("one"), "declined", ground=Ground.UNABLE).wait(HOUR_MS)
    play.experience.register.apply(9, MemberRegistered(member="late", card=card(), at_ms=0))
    play.wait(10 * RULES.mayday.wave_interval_ms)
    assert asked(play) == {"one": 1, "late": 1}


def test_no_pact_makes_a_wave_larger_than_a_ranking_lists():
    rules = msgspec.structs.replace(ANYONE, wave_first_size=1_000, wave_cap=10_000)
    play = play_of(*(f"team-{number:04}" for number in range(1_100)), rules=rules).called()
    wave = plan(play.case, play.experience.register, wave=10**9, widen=True, now_ms=play.now_ms)
    assert len(wave.requests) == 1_000


def test_somebody_bound_who_is_silent_is_told_of_and_others_are_not():
    source = (DutySource(tier=4, basis="A contract.", callers=(CALLER.party,)),)
    play = started(play_of("free", bound=card(duty_sources=source)), needs=need(80)).wait(15 * MINUTE_MS)
    assert play.state("free") is play.state("bound") is RequestState.NO_REPLY
    assert play.ever_paged(Audience.COORDINATOR, Reason.BOUND_AND_SILENT) == 1


# --- each line for itself -----------------------------------------------------------------------


def test_a_need_added_later_is_asked_of_those_who_were_asked_for_another():
    play = started(play_of(one=card(LINE, NeedLine.ADVICE)), needs=need(40))
    play.say(CALLER, "sitrep_given", needs=need(4, NeedLine.ADVICE)).wait(RULES.mayday.wave_interval_ms)
    assert asked(play) == {"one": 2}
    assert [ask.line for ask in play.request("one").lines] == [NeedLine.ADVICE]


def test_the_same_line_is_asked_of_nobody_twice():
    play = started(play_of(one=card(LINE, NeedLine.ADVICE)), needs=(*need(40), *need(4, NeedLine.ADVICE)))
    play.answers(member("one"), "declined", ground=Ground.UNABLE).wait(5 * HOUR_MS)
    assert asked(play) == {"one": 1}


# --- what the pact limits -----------------------------------------------------------------------


def in_pact(experience, *names, pact="aa", family="club", **terms):
    register = experience.register
    register.apply(5, PactPublished(pact=pact, name="Club", family=family, **terms))
    for name in names:
        register.apply(5, Acceded(member=name, pact=pact, in_force_ms=0))
    return experience


def test_half_of_a_need_is_asked_of_each_of_three_helpers_and_no_more():
    rules = msgspec.structs.replace(ANYONE, share_cap_percent=50)
    play = started(play_of(*TEAMS, rules=rules), needs=need(40))
    assert {request.responder: request.lines for request in play.case.requests.values()} == {
        name: need(20) for name in TEAMS
    }


def test_a_standing_package_gives_no_more_than_the_share():
    rules = msgspec.structs.replace(ANYONE, share_cap_percent=50)
    experience = packaged("one", "two", "three", package=40)
    play = started(play_of(rules=rules, experience=experience), needs=need(40))
    given = {one.responder: one.committed for one in play.case.requests.values() if one.committed}
    assert list(given.values()) == [need(20), need(20)]


def test_a_share_leaves_no_need_unmet_where_nobody_else_can_help():
    rules = msgspec.structs.replace(ANYONE, share_cap_percent=50)
    play = started(play_of("one", rules=rules), needs=need(40))
    assert [one.lines for one in play.case.requests.values()] == [need(40)]
    play = started(play_of("one", "two", rules=rules), needs=need(40))
    assert [one.lines for one in play.case.requests.values()] == [need(20), need(20)]


def test_a_pact_that_reaches_members_has_nobody_else_asked_and_any_version_makes_a_member():
    experience = in_pact(in_pact(experience_of(*TEAMS), "one", pact="aa"), "two", pact="bb")
    in_pact(experience, "three", pact="cc", family="another")
    play = started(play_of(rules=msgspec.structs.replace(ANYONE, reach="members"), experience=experience))
    assert set(asked(play)) == {"one", "two"}


def test_a_pact_that_lists_only_those_bound_has_no_volunteer_asked():
    rules = msgspec.structs.replace(ANYONE, tiers=(Tier.CONTRACT, Tier.PACT))
    experience = in_pact(experience_of(*TEAMS, **{CALLER.party: card()}), "one", CALLER.party)
    assert set(asked(started(play_of(rules=rules, experience=experience)))) == {"one"}


def test_nobody_has_more_requests_open_than_the_pact_allows_over_all_cases():
    rules, experience = msgspec.structs.replace(ANYONE, open_requests_max=1), experience_of("one")
    first = started(play_of(rules=rules, experience=experience))
    second = started(play_of(rules=rules, experience=experience, case=b"d" * 16, caller=member("other")))
    assert (asked(first), asked(second)) == ({"one": 1}, {})
    first.say(CALLER, "cancelled")
    assert asked(second.wait(10 * RULES.mayday.wave_interval_ms)) == {"one": 1}


def test_nobody_is_asked_more_often_in_a_month_than_the_pact_allows():
    rules, experience = msgspec.structs.replace(ANYONE, requests_a_month_max=2), experience_of("one")
    for number in range(3):
        play = started(
            play_of(rules=rules, experience=experience, case=bytes([number]) * 16, caller=member(f"caller-{number}"))
        )
        assert asked(play) == ({"one": 1} if number < 2 else {})
        play.say(caller_speaker(play), "cancelled")
    play.now_ms += 31 * 24 * HOUR_MS
    later = play_of(rules=rules, experience=experience, case=b"z" * 16, caller=member("later"))
    later.now_ms = play.now_ms
    assert asked(started(later)) == {"one": 1}


def test_the_rate_a_pact_expects_sizes_the_first_wave_until_one_is_measured():
    names = [f"team-{number:02}" for number in range(60)]
    hopeful = msgspec.structs.replace(ANYONE, wave_first_size=1, expected_answer_percent=90)
    doubtful = msgspec.structs.replace(hopeful, expected_answer_percent=17)
    assert sum(asked(started(play_of(*names, rules=hopeful))).values()) == 2
    assert sum(asked(started(play_of(*names, rules=doubtful))).values()) == 25


# --- what is held and given ---------------------------------------------------------------------


def packaged(*names, package=40, **cards):
    experience = experience_of(*names, **cards)
    for name in (*names, *cards):
        lodged = PackageLodged(member=name, lines={LINE: package}, urgencies=(Urgency.MAYDAY,))
        experience.register.apply(2, lodged)
    return experience


def test_one_package_serves_two_cases_only_as_far_as_it_goes():
    experience = packaged(one=card(units=1_000))
    plays = [
        started(play_of(experience=experience, case=bytes([number]) * 16, caller=member(f"caller-{number}")))
        for number in range(3)
    ]
    given = [sum(ask.quantity for one in play.case.requests.values() for ask in one.committed) for play in plays]
    assert sum(given) == given[0] == 40


def test_what_was_promised_after_a_statement_is_no_longer_free():
    experience = experience_of("one")
    first = play_of(experience=experience).called()
    stated = AvailabilityStated(member="one", line=LINE, units_free=40, as_of_ms=START_MS + 30_000, ttl_ms=24 * HOUR_MS)
    experience.register.apply(3, stated)
    first.acknowledged().wait(5 * MINUTE_MS).answers(member("one"), "committed")
    second = play_of(experience=experience, case=b"d" * 16, caller=member("other"))
    second.now_ms = first.now_ms
    assert asked(started(second)) == {}


def test_consent_for_one_helper_commits_no_other_by_itself():
    line = NeedLine.FORENSICS
    experience = experience_of(one=card(line), two=card(line))
    for name in ("one", "two"):
        package = PackageLodged(member=name, lines={line: 40}, urgencies=(Urgency.MAYDAY,))
        experience.register.apply(2, package)
    assert line.help_class is HelpClass.ACCESS
    play = play_of(experience=experience).called(needs=need(80, line)).acknowledged()
    play.say(FIRST, "called_back", result="in_distress")
    grant = {"help_class": HelpClass.ACCESS, "scope": "the mail server", "expires_ms": play.now_ms + HOUR_MS}
    play.say(CALLER, "granted", to=("one",), **grant).wait(MINUTE_MS)
    assert (play.state("one"), play.state("two")) == (RequestState.COMMITTED, RequestState.SENT)


# --- why ----------------------------------------------------------------------------------------


def test_a_request_says_who_stands_next_what_it_would_cost_and_how_to_decline():
    play = started(play_of(one=card(units=30), two=card(units=5)), needs=need(40))
    why = play.request("one").why
    assert (why.runner_up, why.cost_without_you) == ("two", 30)
    assert why.total - why.runner_up_total == why.terms["cover"] - play.request("two").why.terms["cover"]
    assert (why.register_version, why.weights_version) == (1, WEIGHTS_VERSION)
    for said in ("Without you 30 Gbit/s more would stay unmet.", "You may decline", "You are released", "Not because"):
        assert said in why.sentence
    assert play.request("two").why.runner_up == ""


def test_a_request_by_hand_says_why_as_one_of_a_wave_does():
    play = play_of("one", "two").called().acknowledged()
    body = Requested(request=b"r" * 16, responder="two", lines=need(40))
    why = why_by_hand(play.case, play.experience.register, body, play.now_ms)
    assert why == started(play_of("one", "two")).request("two").why


def test_a_request_by_hand_keeps_its_reasons_in_english_whatever_language_the_officer_reads():
    play = play_of("one", two=card(NeedLine.ADVICE)).called().acknowledged()
    for name in ("one", "two"):
        body = Requested(request=b"r" * 16, responder=name, lines=need(40))
        with speaking(tongues()["fr"]):
            why = why_by_hand(play.case, play.experience.register, body, play.now_ms)
        assert why == why_by_hand(play.case, play.experience.register, body, play.now_ms)


def test_a_request_by_hand_to_somebody_no_wave_would_ask_says_what_speaks_against_it():
    play = play_of("one", two=card(NeedLine.ADVICE)).called().acknowledged()
    body = Requested(request=b"r" * 16, responder="two", lines=need(40))
    why = why_by_hand(play.case, play.experience.register, body, play.now_ms)
    assert "By itself the station would not have asked you: Its card does not offer this kind of help" in why.sentence
    assert why.tier == DutyTier.VOLUNTEER
    unknown = msgspec.structs.replace(body, responder="nobody")
    assert why_by_hand(play.case, play.experience.register, unknown, play.now_ms).sentence == ""


def test_at_pan_pan_a_club_is_told_that_it_owes_an_answer_and_no_more():
    duties = {urgency: RULES.duty(urgency) for urgency in Urgency}
    experience = in_pact(experience_of("one", **{CALLER.party: card()}), "one", CALLER.party, duties=duties)
    play = play_of(experience=experience).called(urgency=Urgency.PAN_PAN, needs=need(40))
    ranking = rank_line(play.case, experience.register, LINE, 40, play.now_ms)
    assert [(one.member, one.tier, one.owed) for one in ranking.candidates] == [
        ("one", DutyTier.PACT, ANSWER_OWED_BY_PACT)
    ]
    assert "help if you reasonably can" not in " ".join(ranking.candidates[0].explanation)


def test_the_network_of_a_caller_that_gives_only_a_prefix_is_read_from_members_cards():
    carrier = card(asns=(64_500,), prefixes=("192.0.2.0/24",))
    play = play_of("one", carrier=carrier).called(needs=need(40), prefix="192.0.2.128/25", natures=(2,))
    ranking = rank_line(play.case, play.experience.register, LINE, 40, play.now_ms)
    assert {one.member: one.terms["effect"] for one in ranking.candidates} == {"carrier": 250, "one": 0}


def test_the_limits_of_a_case_are_those_of_its_pact():
    experience = in_pact(experience_of("one"), "one")
    need_of = SimpleNamespace(needed=40)
    rules = msgspec.structs.replace(RULES, reach="members")
    limits = limits_of(rules, experience.register, need_of, START_MS)
    assert (limits.within, limits.most_units, limits.prior_permille) == (frozenset({"aa"}), 20, 500)
    assert limits.tiers == frozenset(DutyTier)
