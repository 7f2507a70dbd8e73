"""The same facts on other people's scales, with unknown where a fact is missing."""

import pytest

from esos.triage.facts import Facts, read_facts
from esos.triage.translate import dora, eu_blueprint, nis2, translations, uk_ncsc

SERIOUS = {"functional_impact": "denial-non-critical", "information": "none", "observed_activity": "effect"}
RISK = {"functional_impact": "minimal-critical", "information": "none", "observed_activity": "engage"}
SIGNS = {"functional_impact": "none", "information": "suspected", "observed_activity": "engage"}
SIX = (
    "clients_over_limit",
    "reputation_harmed",
    "duration_over_limit",
    "two_or_more_states_affected",
    "data_lost",
    "cost_over_limit",
)


def facts(*parts, **codes):
    return read_facts({name: code for part in (*parts, codes) for name, code in part.items()})


def test_four_translations_come_in_a_fixed_order():
    assert [reading.scheme for reading in translations(Facts())] == ["uk-ncsc", "nis2", "dora", "eu-blueprint"]


def test_nothing_known_is_unknown_on_every_scale_and_names_what_is_missing():
    for reading in translations(Facts()):
        assert reading.code == "unknown"
        assert reading.missing
        assert reading.sentence.endswith(".")


@pytest.mark.parametrize(
    ("organisation", "categories"),
    [
        ("local-government", "345"),
        ("large", "345"),
        ("medium", "456"),
        ("small", "566"),
        ("individual", "666"),
    ],
)
def test_the_uk_category_follows_the_kind_of_organisation_and_the_grade(organisation, categories):
    given = [uk_ncsc(facts(grade, organisation=organisation)).code for grade in (SERIOUS, RISK, SIGNS)]
    assert "".join(given) == categories


@pytest.mark.parametrize("organisation", ["central-government", "essential-service"])
def test_lasting_disruption_with_severe_consequences_is_a_national_emergency(organisation):
    hit = facts(SERIOUS, organisation=organisation)
    lasting = facts(SERIOUS, organisation=organisation, disruption_sustained=True)
    severe = facts(SERIOUS, organisation=organisation, disruption_sustained=True, potential_impact="severe")
    deadly = facts(SERIOUS, organisation=organisation, disruption_sustained=True, threat_to_life_or_safety=True)
    short = facts(SERIOUS, organisation=organisation, disruption_sustained=False)
    assert [uk_ncsc(each).code for each in (hit, lasting, severe, deadly, short)] == [
        "unknown",
        "unknown",
        "1",
        "1",
        "2",
    ]
    assert uk_ncsc(lasting).missing == ("potential_impact", "threat_to_life_or_safety")


def test_destroyed_data_is_a_serious_impact_although_services_are_not_assessed():
    assert uk_ncsc(facts(organisation="large", information="destruction-critical")).code == "3"


def test_a_grade_that_an_unknown_fact_could_raise_is_not_given():
    assert uk_ncsc(facts(organisation="large", functional_impact="minimal-critical")).code == "unknown"
    assert uk_ncsc(facts(organisation="large", functional_impact="none", information="none")).code == "unknown"


def test_the_uk_category_names_only_what_is_still_missing():
    assert uk_ncsc(facts(SERIOUS)).missing == ("organisation",)


NIS2_NO = {
    "functional_impact": "significant-non-critical",
    "severe_financial_loss": False,
    "others_considerably_harmed": False,
    "threat_to_life_or_safety": False,
    "potential_impact": "moderate",
}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("functional_impact", "denial-non-critical"),
        ("functional_impact", "loss-of-control"),
        ("severe_financial_loss", True),
        ("others_considerably_harmed", True),
        ("threat_to_life_or_safety", True),
        ("potential_impact", "high"),
    ],
)
def test_any_one_reason_makes_an_incident_significant_under_nis2(name, code):
    assert nis2(facts(NIS2_NO)).code == "no"
    assert nis2(facts(NIS2_NO, {name: code})).code == "yes"
    assert nis2(facts({name: code})).code == "yes"


@pytest.mark.parametrize("name", NIS2_NO)
def test_nis2_is_not_denied_while_a_fact_is_missing(name):
    reading = nis2(facts({each: code for each, code in NIS2_NO.items() if each != name}))
    assert (reading.code, reading.missing) == ("unknown", (name,))


CRITICAL = {"functional_impact": "minimal-critical", "critical_service_denied": False}
NOT_CRITICAL = {"functional_impact": "denial-non-critical", "critical_service_denied": False}
NO_ACCESS = {"unauthorised_access_may_lose_data": False}
NONE_OF_SIX = dict.fromkeys(SIX, False)


def test_access_that_may_lose_data_makes_a_critical_incident_major_under_dora():
    assert dora(facts(CRITICAL, unauthorised_access_may_lose_data=True)).code == "yes"


@pytest.mark.parametrize("first", range(6))
@pytest.mark.parametrize("second", range(6))
def test_two_of_six_thresholds_make_a_critical_incident_major_under_dora_and_one_does_not(first, second):
    passed = {SIX[first]: True, SIX[second]: True}
    expected = "no" if first == second else "yes"
    assert dora(facts(CRITICAL, NO_ACCESS, NONE_OF_SIX, passed)).code == expected


def test_nothing_is_major_under_dora_without_a_critical_service():
    everything = dict.fromkeys((*SIX, "unauthorised_access_may_lose_data"), True)
    assert dora(facts(NOT_CRITICAL, everything)).code == "no"
    assert dora(facts(NOT_CRITICAL, everything, critical_service_denied=True)).code == "yes"


def test_dora_names_only_what_could_still_decide():
    reading = dora(facts(unauthorised_access_may_lose_data=True))
    assert reading.missing == ("functional_impact", "critical_service_denied")
    reading = dora(facts(CRITICAL, NO_ACCESS, NONE_OF_SIX, clients_over_limit=True, data_lost=True))
    assert reading.code == "yes"
    some = {name: False for name in SIX if name != "data_lost"}
    reading = dora(facts(CRITICAL, NO_ACCESS, some, clients_over_limit=True))
    assert (reading.code, reading.missing) == ("unknown", ("data_lost",))


CALM = {"threat_to_life_or_safety": False, "critical_service_denied": False}


@pytest.mark.parametrize(
    ("functional", "colour"),
    [
        ("none", "white"),
        ("minimal-critical", "green"),
        ("significant-critical", "yellow"),
        ("denial-critical", "red"),
        ("loss-of-control", "red"),
    ],
)
def test_the_blueprint_colour_follows_what_services_can_still_do(functional, colour):
    reading = eu_blueprint(facts(CALM, functional_impact=functional))
    assert reading.code == colour
    assert reading.tags == (f'nis:impact-severity="{colour}"',)


def test_a_threat_to_life_is_red_whatever_the_services_do():
    assert eu_blueprint(facts(threat_to_life_or_safety=True)).code == "red"
    assert eu_blueprint(facts(functional_impact="none", critical_service_denied=True)).code == "red"


def test_lost_control_is_red_although_other_facts_are_open():
    assert eu_blueprint(facts(functional_impact="loss-of-control")).code == "red"


def test_the_blueprint_tags_name_sector_severity_and_outlook_but_no_cause():
    reading = eu_blueprint(facts(CALM, functional_impact="none", sector="water", outlook="stable"))
    assert reading.tags == (
        'nis:impact-sectors-impacted="drinking-water"',
        'nis:impact-severity="white"',
        'nis:impact-outlook="stable"',
    )
    assert not any("nature" in tag or "cause" in tag for tag in reading.tags)


def test_what_is_known_is_tagged_although_the_colour_is_not():
    reading = eu_blueprint(facts(sector="health"))
    assert (reading.code, reading.tags) == ("unknown", ('nis:impact-sectors-impacted="health"',))


def test_a_sector_the_taxonomy_does_not_name_gets_no_tag():
    assert eu_blueprint(facts(CALM, functional_impact="none", sector="dams")).tags == ('nis:impact-severity="white"',)
