"""The station's word on what was observed: one verdict, under the pact a case began with."""

import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.message.bodies import CallDetails
from esos.pact.model import Threshold
from esos.pact.shipped import load, names
from esos.station.severity import rate
from esos.triage.facts import Facts, write_facts
from esos.words.realm import Realm
from esos.words.urgency import Urgency

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

PACTS = [load(name)[1] for name in names()]
THRESHOLDS = [pact.threshold for pact in PACTS] + [Threshold(mayday=("score >= 100",), pan_pan=("score >= 99",))]
ORDER = list(Urgency)


@given(facts=st.from_type(Facts), threshold=st.sampled_from(THRESHOLDS))
def test_a_mayday_whatever_the_score_is_one_under_every_pact(facts, threshold):
    view = rate(write_facts(facts), None, threshold)
    if view.assessment.triggers_held:
        assert view.by_pact.lower is view.by_pact.upper is Urgency.MAYDAY
    if view.assessment.triggers_possible:
        assert view.by_pact.upper is Urgency.MAYDAY


@given(facts=st.from_type(Facts), threshold=st.sampled_from(THRESHOLDS))
def test_there_is_one_verdict_and_the_proposal_lies_inside_it(facts, threshold):
    view = rate(write_facts(facts), None, threshold)
    one = view.assessment
    assert (one.urgency_low, one.urgency_high) == (view.by_pact.lower, view.by_pact.upper)
    assert ORDER.index(one.urgency_high) <= ORDER.index(one.proposed) <= ORDER.index(one.urgency_low)
    said = " ".join(one.explanation)
    assert f"{one.proposed.words} ({one.proposed.value})" in said
    assert ("whatever the score, because" not in said) or one.urgency_low is Urgency.MAYDAY


@pytest.mark.parametrize("pact", PACTS, ids=lambda pact: pact.name)
def test_a_critical_service_out_of_reach_is_an_emergency_however_it_was_said(pact):
    for facts in ({"functional_impact": "denial-critical"}, {"critical_service_denied": True}):
        view = rate(facts, None, pact.threshold)
        assert view.by_pact.lower is Urgency.MAYDAY, facts


def test_a_pact_that_counts_more_than_the_score_says_so_in_the_same_verdict():
    facts = {"two_or_more_states_affected": True, "functional_impact": "significant-non-critical"}
    treaty = rate(facts, None, load("treaty")[1].threshold).assessment
    club = rate(facts, None, load("club")[1].threshold).assessment
    assert (treaty.urgency_low, club.urgency_low) == (Urgency.PAN_PAN, Urgency.ADVISORY)
    assert any(line.startswith("Established: Urgent (pan-pan)") for line in treaty.explanation)


# ------------------------------------------------------------------------------------------ in a case
@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("severity") / "home", members=4, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def called(web, live, **details) -> dict:
    client, _ = web
    answer = await client.post("/api/v1/calls", json={"details": details})
    assert answer.status_code == 201, answer.text
    return await seen(web, live, answer.json()["case"])


async def seen(web, live, case: str) -> dict:
    client, _ = web
    return (await client.get(f"/api/v1/cases/{case}", headers=bearer(live.officers[0].token))).json()


def due(view: dict, timer: str) -> int:
    return next(one["due_ms"] for one in view["timers"] if one["timer"] == timer) - view["opened_ms"]


@pytest.mark.anyio
async def test_a_warning_in_which_life_is_in_danger_wakes_people_as_an_emergency_does(web, live):
    view = await called(web, live, urgency="advisory", facts={"threat_to_life_or_safety": True})
    _, station = web
    rules = station.directory.rules
    (read_ms,) = [item["at_ms"] for item in view["timeline"] if item["kind"] == "severity_assessed"]
    assert due(view, "ack") - (read_ms - view["opened_ms"]) == rules.mayday_ladder.steps[1].after_ms
    assert (view["urgency"], view["severity"]["assessment"]["urgency_low"]) == ("advisory", "mayday")
    assert any("Emergency now" in sentence for sentence in view["counts_as"])
    kinds = [item["kind"] for item in view["timeline"]]
    assert kinds.count("severity_assessed") == 1
    pages = [one for one in view["pages"] if one["reason"] == "watch_due"]
    assert len({(one["to"], one["channel"]) for one in pages}) == len(pages), "somebody was woken twice for one reason"


@pytest.mark.anyio
async def test_nothing_observed_changes_nothing(web, live):
    view = await called(
        web, live, urgency="advisory", facts={"who_did_it": "x", "outlook": "worsening"}, sector="health"
    )
    _, station = web
    assert due(view, "ack") == station.directory.rules.advisory_ladder.steps[1].after_ms
    assert "severity_assessed" not in [item["kind"] for item in view["timeline"]]


@pytest.mark.anyio
async def test_a_case_is_weighed_by_the_threshold_it_began_under(web, live):
    _, station = web
    view = await called(web, live, urgency="pan-pan", facts={"functional_impact": "minimal-critical"})
    _, case = await station.views.record(bytes.fromhex(view["case"]))
    assert case.rules.threshold == station.directory.pact.threshold
    before = view["severity"]["by_pact"]
    harsher = msgspec.structs.replace(
        station.directory.pact, threshold=Threshold(mayday=("score >= 1",), pan_pan=("score >= 0",))
    )
    kept, station.directory.pact = station.directory.pact, harsher
    try:
        assert (await seen(web, live, view["case"]))["severity"]["by_pact"] == before
    finally:
        station.directory.pact = kept


def test_what_a_call_says_of_itself_is_no_field_for_a_verdict():
    assert not {"assessed", "low", "high"} & set(CallDetails.__struct_fields__)
