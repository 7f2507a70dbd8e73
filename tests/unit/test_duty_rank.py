"""Ranking: gates before points, tiers before comfort, proof before harm, and the reasons for each."""

import msgspec
import pytest

from esos.duty.events import AvailabilityStated, LoadCarried, MemberRegistered, PackageLodged, Promise, Reached
from esos.duty.explain import HOW_TO_DECLINE, cost_without, explain
from esos.duty.gates import Gate
from esos.duty.picture import CallPicture, Need, Verification
from esos.duty.rank import rank, why_not
from esos.duty.register import Register
from esos.duty.weights import TIER_POINTS, WEIGHTS, WEIGHTS_VERSION, Term
from esos.errors import Malformed, Unknown
from esos.message.card import Capability, DutySource, MemberCard
from esos.words.kept import NOT_BECAUSE, WHEN_RELEASED
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

NOW_MS = 1_780_000_000_000
DAY_MS = 86_400_000
FILTERING, ADVICE, SINKHOLE = NeedLine.FILTERING, NeedLine.ADVICE, NeedLine.TAKEDOWN_OR_SINKHOLE
SCRUBBING, FORENSICS = NeedLine.SCRUBBING, NeedLine.FORENSICS


def need(line=FILTERING, needed=40, open_units=None):
    return Need(line=line, needed=needed, open_units=needed if open_units is None else open_units)


def card(line=FILTERING, units=40, lead_minutes=60, **rest):
    capability = Capability(line=line, units=units, lead_minutes=lead_minutes)
    return MemberCard(**{"name": "Example", "keys": (), "capabilities": (capability,), **rest})


def register_of(*events, **cards):
    register = Register()
    for member, its_card in cards.items():
        register.apply(1, MemberRegistered(member=member, card=its_card, at_ms=0))
    for event in events:
        register.apply(2, event)
    return register


def members(ranking):
    return [candidate.member for candidate in ranking.candidates]


def contract(*callers):
    return (DutySource(tier=4, basis="A contract.", callers=callers),)


def test_a_call_picture_has_no_field_for_who_did_it_and_none_for_free_text():
    assert set(CallPicture.__struct_fields__) == {
        "caller",
        "country",
        "sectors",
        "products",
        "hole_products",
        "asn",
        "binds_under",
        "source_asns",
        "sources_trusted",
        "on_path",
        "on_path_measured",
        "languages",
        "natures",
        "urgency",
        "verification",
        "proof_level",
        "vouched",
        "granted",
        "granted_to",
        "denied",
    }
    with pytest.raises(msgspec.ValidationError, match="actor"):
        msgspec.convert({"actor": "somebody"}, CallPicture)


def test_all_comfort_together_stays_below_one_tier():
    assert sum(weight.points for weight in WEIGHTS.values()) < TIER_POINTS
    assert tuple(WEIGHTS) == tuple(Term)


def test_the_published_tables_are_the_ones_in_force(repo_root):
    text = (repo_root / "spec" / "duty.md").read_text("utf-8")
    assert f"Weights, version {WEIGHTS_VERSION}:" in text
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    terms = {row[1].strip(): row[2].strip() for row in rows}
    assert {term.value: terms[term.value] for term in Term} == {term.value: str(WEIGHTS[term].points) for term in Term}
    gates = [row[1].strip(" `") for row in rows if row[1].strip(" `") in set(Gate)]
    assert gates == [gate.value for gate in Gate]


def test_the_worst_of_a_higher_tier_stands_before_the_best_of_a_lower():
    perfect = card(
        country="EE", sectors=("health",), languages=("et",), products=("acme:box",), lead_minutes=0, asns=(64_500,)
    )
    poor = card(
        units=1, lead_minutes=500_000, hours="Mo 00:00-00:01", timezone="Nowhere/Land", duty_sources=contract("caller")
    )
    register = register_of(Reached(member="perfect", at_ms=NOW_MS), perfect=perfect, poor=poor)
    picture = CallPicture(
        caller="caller", country="EE", sectors=("health",), languages=("et",), products=("acme:box",), asn=64_500
    )
    first, second = rank(register, picture, need(), NOW_MS).candidates
    assert (first.member, second.member) == ("poor", "perfect")
    assert second.terms["effect"] == 250
    assert first.total > second.total


def test_terms_are_shown_in_the_order_of_the_table():
    ranking = rank(register_of(one=card()), CallPicture(), need(), NOW_MS)
    assert list(ranking.candidates[0].terms) == [term.value for term in Term]


def test_a_bound_body_that_can_do_nothing_does_not_outrank_the_network_that_carries_the_traffic():
    register = register_of(bound=card(duty_sources=contract("caller")), carrier=card())
    picture = CallPicture(caller="caller", on_path={"carrier": 700, "bound": 9}, on_path_measured=True)
    ranking = rank(register, picture, need(), NOW_MS)
    assert members(ranking) == ["carrier"]
    assert ranking.excluded == {"off-path": 1}
    assert ranking.candidates[0].terms["effect"] == 175


@pytest.mark.parametrize(("days_ago", "points"), [(-3, 30), (0, 30), (7, 15), (14, 0), (90, 0)])
def test_points_for_being_reached_fall_to_nothing_in_a_fortnight_and_never_rise_above_their_most(days_ago, points):
    register = register_of(Reached(member="one", at_ms=NOW_MS - days_ago * DAY_MS), one=card())
    assert rank(register, CallPicture(), need(), NOW_MS).candidates[0].terms["reached"] == points


def test_what_forged_senders_could_bend_is_not_read():
    register = register_of(far=card(), near=card())
    picture = CallPicture(on_path={"near": 900}, source_asns=(1,), sources_trusted=False)
    ranking = rank(register, picture, need(), NOW_MS)
    assert members(ranking) == ["far", "near"]
    assert {candidate.terms["effect"] for candidate in ranking.candidates} == {0}


def test_the_path_matters_only_to_help_that_acts_on_it():
    register = register_of(far=card(line=ADVICE), near=card(line=ADVICE))
    picture = CallPicture(on_path={"near": 900}, on_path_measured=True)
    assert members(rank(register, picture, need(ADVICE), NOW_MS)) == ["far", "near"]


def test_the_network_the_caller_sits_in_carries_all_of_its_traffic():
    register = register_of(uplink=card(asns=(64_500,)), other=card())
    assert rank(register, CallPicture(asn=64_500), need(), NOW_MS).candidates[0].terms["effect"] == 250


@pytest.mark.parametrize(("units", "listed"), [(3, False), (4, True)])
def test_help_below_one_hundredth_of_the_open_need_is_not_asked_for(units, listed):
    ranking = rank(register_of(one=card(units=units)), CallPicture(), need(needed=400), NOW_MS)
    assert members(ranking) == (["one"] if listed else [])
    assert ranking.excluded == ({} if listed else {"too-little": 1})
    said = why_not(register_of(one=card(units=units)), CallPicture(), need(needed=400), NOW_MS, "one")
    assert said[0].startswith("Nothing stops it") is listed


@pytest.mark.parametrize("verification", list(Verification))
@pytest.mark.parametrize("proof_level", range(5))
def test_nobody_is_asked_to_harm_a_third_party_before_the_call_is_confirmed_and_control_proven(
    verification, proof_level
):
    picture = CallPicture(verification=verification, proof_level=proof_level)
    ranking = rank(register_of(one=card(line=SINKHOLE)), picture, need(SINKHOLE), NOW_MS)
    allowed = verification is Verification.CONFIRMED and proof_level >= 2
    assert members(ranking) == (["one"] if allowed else [])
    assert ranking.excluded == ({} if allowed else {"proof": 1})


def test_an_unverified_stranger_still_gets_everybody_who_can_help():
    assert members(rank(register_of(one=card(line=FORENSICS)), CallPicture(), need(FORENSICS), NOW_MS)) == ["one"]


def test_nothing_open_asks_nobody():
    ranking = rank(register_of(one=card()), CallPicture(), need(open_units=0), NOW_MS)
    assert (ranking.candidates, ranking.runner_up, ranking.excluded) == ((), None, {"met": 1})


def test_an_empty_register_gives_an_empty_ranking():
    ranking = rank(Register(), CallPicture(caller="x", asn=1, on_path={"y": 5}, on_path_measured=True), need(), NOW_MS)
    assert (ranking.candidates, ranking.considered, ranking.excluded) == ((), 0, {})


def test_the_first_beyond_the_limit_is_the_runner_up():
    register = register_of(a=card(), b=card(), c=card(units=20))
    ranking = rank(register, CallPicture(), need(), NOW_MS, limit=2)
    assert members(ranking) == ["a", "b"]
    assert ranking.runner_up is not None
    assert ranking.runner_up.member == "c"
    assert (ranking.eligible, ranking.eligible_units) == (3, 100)
    assert rank(register, CallPicture(), need(), NOW_MS, limit=3).runner_up is None


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_range_is_refused(limit):
    with pytest.raises(Malformed) as refusal:
        rank(Register(), CallPicture(), need(), NOW_MS, limit=limit)
    assert refusal.value.code == "duty.limit"


def test_who_was_asked_already_is_not_ranked_again():
    ranking = rank(register_of(a=card(), b=card()), CallPicture(), need(), NOW_MS, asked=frozenset({"a", "unknown"}))
    assert members(ranking) == ["b"]
    assert ranking.excluded == {"asked": 1}


def test_of_several_rows_for_one_line_the_one_with_most_units_counts():
    rows = (Capability(line=FILTERING, units=5, lead_minutes=0), Capability(line=FILTERING, units=30, lead_minutes=60))
    candidate = rank(register_of(one=card(capabilities=rows)), CallPicture(), need(), NOW_MS).candidates[0]
    assert (candidate.units, candidate.terms["lead"]) == (30, 30)


@pytest.mark.parametrize(("until_ms", "listed"), [(0, True), (NOW_MS + 1, True), (NOW_MS, False)])
def test_a_card_and_a_capability_end_at_their_moment(until_ms, listed):
    by_card = card(valid_until_ms=until_ms)
    by_line = card(capabilities=(Capability(line=FILTERING, units=9, valid_until_ms=until_ms),))
    ranking = rank(register_of(by_card=by_card, by_line=by_line), CallPicture(), need(), NOW_MS)
    assert sorted(members(ranking)) == (["by_card", "by_line"] if listed else [])
    assert ranking.excluded == ({} if listed else {"expired": 1, "incapable": 1})


def test_why_not_gives_every_reason_in_order():
    register = register_of(one=card(valid_until_ms=1, line=ADVICE))
    picture = CallPicture(caller="x", denied=("one",))
    said = why_not(register, picture, need(), NOW_MS, "one", frozenset({"one"}))
    assert said == (
        "Its member card has expired.",
        "The caller or the coordinator sent it away in this case.",
        "It has been asked for this already.",
        "Its card does not offer this kind of help, or no longer.",
    )
    assert why_not(register, picture, need(), NOW_MS, "nobody") == ("It is not in the register.",)


def test_why_not_says_where_nothing_stops_a_member():
    said = why_not(register_of(one=card()), CallPicture(), need(), NOW_MS, "one")
    assert said == ("Nothing stops it: it is ranked as volunteer; whoever is asked before it has more points.",)


# --- the one-minute path ----------------------------------------------------------------------


def packaged(line, urgencies=(Urgency.MAYDAY,), valid_until_ms=0):
    package = PackageLodged(member="one", lines={line: 10}, urgencies=urgencies, valid_until_ms=valid_until_ms)
    return register_of(package, one=card(line=line), caller=card(line=ADVICE))


def automatic(register, line, **picture):
    call = CallPicture(**{"caller": "caller", **picture})
    found = {c.member: c for c in rank(register, call, need(line), NOW_MS).candidates}
    return found["one"].automatic_units


def test_filtering_in_the_helpers_own_network_commits_by_itself_for_anybody():
    assert automatic(packaged(FILTERING), FILTERING) == 10
    assert automatic(packaged(FILTERING), FILTERING, verification=Verification.DISPUTED) == 10


def test_no_more_commits_by_itself_than_is_free_or_open():
    register = packaged(FILTERING)
    register.apply(5, AvailabilityStated(member="one", line=FILTERING, units_free=7, as_of_ms=NOW_MS, ttl_ms=DAY_MS))
    assert automatic(register, FILTERING) == 7
    ranking = rank(packaged(FILTERING), CallPicture(), need(open_units=4), NOW_MS)
    assert ranking.candidates[0].automatic_units == 4


@pytest.mark.parametrize(
    ("picture", "units"),
    [
        ({}, 0),
        ({"verification": Verification.DISPUTED}, 0),
        ({"verification": Verification.KEY_OK}, 10),
        ({"verification": Verification.CONFIRMED}, 10),
        ({"vouched": True}, 10),
    ],
)
def test_capacity_commits_by_itself_for_a_known_key_or_a_vouched_caller(picture, units):
    assert automatic(packaged(SCRUBBING), SCRUBBING, **picture) == units


def test_access_commits_by_itself_only_after_a_call_back_and_with_the_callers_consent():
    register = packaged(FORENSICS)
    called_back = {"verification": Verification.CALLED_BACK}
    assert automatic(register, FORENSICS, **called_back) == 0
    assert automatic(register, FORENSICS, **called_back, granted=(FORENSICS,)) == 10
    assert automatic(register, FORENSICS, verification=Verification.KEY_OK, granted=(FORENSICS,)) == 0


def test_a_consent_for_one_member_serves_nobody_else():
    register = packaged(FORENSICS)
    called_back = {"verification": Verification.CALLED_BACK}
    assert automatic(register, FORENSICS, **called_back, granted_to={"one": (FORENSICS,)}) == 10
    assert automatic(register, FORENSICS, **called_back, granted_to={"one": (ADVICE,)}) == 0
    assert automatic(register, FORENSICS, **called_back, granted_to={"another": (FORENSICS,)}) == 0


def test_a_package_commits_no_more_by_itself_than_it_holds_however_often_it_is_asked():
    register = packaged(FILTERING)
    promises = (Promise(units=6, at_ms=1, automatic=True), Promise(units=3, at_ms=1))
    register.apply(5, LoadCarried(member="one", line=FILTERING, promises=promises))
    assert automatic(register, FILTERING) == 4


def test_nothing_that_reaches_a_third_party_ever_commits_by_itself():
    picture = {"verification": Verification.CONFIRMED, "proof_level": 4, "granted": (SINKHOLE,)}
    assert automatic(packaged(SINKHOLE), SINKHOLE, **picture) == 0


@pytest.mark.parametrize(
    ("register", "picture"),
    [
        (packaged(FILTERING), {"urgency": Urgency.PAN_PAN}),
        (packaged(FILTERING, valid_until_ms=NOW_MS), {}),
        (packaged(ADVICE), {}),
    ],
    ids=["another urgency", "run out", "another line"],
)
def test_a_package_serves_only_what_it_says(register, picture):
    if "one" not in members(rank(register, CallPicture(caller="caller", **picture), need(FILTERING), NOW_MS)):
        register.apply(9, MemberRegistered(member="one", card=card(), at_ms=0))
    assert automatic(register, FILTERING, **picture) == 0


# --- the reasons ------------------------------------------------------------------------------


COUNTED = (
    "Counted: 4000 for the duty; 150 of 200 for the part of the open need covered, 90 of 90 for having people awake now, "
    "30 of 60 for beginning soon, 35 of 70 for having answered before, 29 of 29 for carrying little already."
)


def explained():
    register = register_of(a=card(units=30, duty_sources=contract("caller")), b=card(units=5), c=card(units=5))
    picture = CallPicture(caller="caller", natures=(Nature.FLOODING,))
    return rank(register, picture, need(), NOW_MS, limit=2)


def test_every_candidate_carries_why_and_that_no_one_behind_it_was_read():
    candidate = explained().candidates[0]
    assert candidate.explanation == (
        "Bound by contract. A contract.",
        "The caller reports: we are flooded with traffic.",
        "Filtering in the helper's own network: you can bring 30 of the 40 Gbit/s still open.",
        "Your contract, your network or your product is concerned: you owe an answer and your help.",
        NOT_BECAUSE,
    )
    assert NOT_BECAUSE == "Not because of who attacked: no such field is read."


def test_a_full_explanation_says_terms_runner_up_cost_declining_and_release():
    reasons = explain(explained(), "a")
    assert reasons.sentences[-5:] == (
        COUNTED,
        "The next in line stands 4125 points behind you.",
        "Without you 30 Gbit/s more would stay unmet.",
        HOW_TO_DECLINE,
        WHEN_RELEASED,
    )
    assert (reasons.next_member, reasons.cost_without_you_units, reasons.tier_words) == ("b", 30, "bound by contract")
    assert sum(line.points for line in reasons.terms) + 4000 == reasons.total


def test_the_last_listed_is_compared_with_the_runner_up():
    reasons = explain(explained(), "b")
    assert (reasons.next_member, reasons.next_total) == ("c", reasons.total)
    assert "The next in line is your equal in points." in reasons.sentences


def test_who_can_be_replaced_costs_nothing_and_the_last_one_hears_that_nobody_follows():
    ranking = rank(register_of(a=card(), b=card()), CallPicture(), need(), NOW_MS)
    assert cost_without(ranking, ranking.candidates[1]) == 0
    reasons = explain(ranking, "b")
    assert "Nobody else can be asked after you." in reasons.sentences
    assert "Without you the others who can be asked could still cover as much of the need." in reasons.sentences


def test_no_explanation_is_made_up_for_somebody_not_listed():
    with pytest.raises(Unknown) as refusal:
        explain(explained(), "c")
    assert refusal.value.code == "duty.not_ranked"


def test_a_package_is_mentioned_where_it_serves():
    ranking = rank(packaged(FILTERING), CallPicture(caller="caller"), need(), NOW_MS)
    assert "Your standing package commits 10 Gbit/s by itself." in ranking.candidates[0].explanation


def test_the_price_of_a_member_is_what_nobody_else_can_replace():
    ranking = rank(register_of(a=card(units=30), b=card(units=20)), CallPicture(), need(), NOW_MS)
    assert [cost_without(ranking, candidate) for candidate in ranking.candidates] == [20, 10]
