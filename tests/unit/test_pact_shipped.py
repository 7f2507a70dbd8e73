"""Four pacts come with the program; each reads, explains, is written and read again, and can be used as it is."""

import pytest

from esos.errors import Unknown
from esos.pact.accession import accede, binds
from esos.pact.classify import classify
from esos.pact.model import Duty
from esos.pact.rules import rules_of
from esos.pact.shipped import NOT_LEGAL_ADVICE, load, names, template, template_names
from esos.pact.timers import DEFAULT_TIMERS
from esos.words.need import NeedLine
from esos.words.urgency import Urgency


def test_four_pacts_are_shipped():
    assert names() == ("pledge", "club", "treaty", "federation")


@pytest.mark.parametrize("name", names())
def test_a_shipped_pact_has_the_usual_times_and_its_own_name(name):
    pact = load(name)[1]
    assert pact.name == name
    assert (pact.timers.mayday, pact.timers.pan_pan, pact.timers.advisory) == tuple(DEFAULT_TIMERS.values())


@pytest.mark.parametrize("name", names())
def test_in_a_shipped_pact_the_first_wave_reaches_a_helper_with_99_percent(name):
    helpers = load(name)[1].helpers
    nobody = (1 - helpers.expected_answer_percent / 100) ** helpers.wave_first_size
    one_fewer = (1 - helpers.expected_answer_percent / 100) ** (helpers.wave_first_size - 1)
    assert nobody <= 0.01 < one_fewer


@pytest.mark.parametrize("name", names())
def test_a_shipped_pact_weighs_every_sector_alike(name):
    threshold = load(name)[1].threshold
    assert (threshold.dependency, threshold.sectors) == (50, ())


@pytest.mark.parametrize("name", names())
def test_under_a_shipped_pact_danger_to_life_is_a_mayday_and_binds_whoever_acceded(name):
    pact = load(name)[1]
    assert classify(pact.threshold, {"threat_to_life_or_safety": True}).lower is Urgency.MAYDAY
    accession = accede(pact, member="a1b2", signed_ms=0)
    bond = binds(accession, NeedLine.ADVICE, accession.in_force_ms, rules=rules_of(pact))
    assert bond.duty is Duty.HELP


@pytest.mark.parametrize("name", names())
def test_what_is_free_is_also_owed_and_its_templates_are_shipped(name):
    pact = load(name)[1]
    assert {one.line for one in pact.assistance.free_tier} <= set(pact.assistance.owed)
    assert {pact.assistance.agreement, pact.assistance.liability, pact.disclosure.privacy} == set(template_names())


@pytest.mark.parametrize("name", template_names())
def test_every_template_says_that_it_is_no_legal_advice(name):
    text = template(name)
    assert NOT_LEGAL_ADVICE in text.split("\n\n")[1]
    assert "[" in text


def test_the_agreement_covers_scope_duration_direction_cost_data_and_exit():
    text = template("agreement")
    for heading in ("What is done", "How long", "Who directs", "Cost", "Data", "Exit"):
        assert f"**{heading}.**" in text


def test_a_club_has_5_to_200_members():
    heading = load("club")[1].pact
    assert (heading.members_min, heading.members_max) == (5, 200)


def test_a_pact_or_template_that_is_not_shipped_is_unknown():
    with pytest.raises(Unknown) as pact:
        load("../club")
    with pytest.raises(Unknown) as page:
        template("../shipped")
    assert (pact.value.code, page.value.code) == ("pact.unknown_name", "pact.unknown_template")
