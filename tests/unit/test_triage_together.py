"""Many small calls with one cause are rated as one situation."""

import pytest

from esos.errors import Malformed
from esos.triage.facts import Facts, PotentialImpact, Sector, read_facts, write_facts
from esos.triage.score import assess
from esos.triage.together import together
from esos.words.urgency import Urgency

SMALL = read_facts(
    {
        "functional_impact": "denial-non-critical",
        "observed_activity": "effect",
        "location": "business-network",
        "information": "none",
        "recoverability": "supplemented",
        "sector": "commercial",
        "potential_impact": "minimal",
        "threat_to_life_or_safety": False,
        "critical_service_denied": False,
    }
)


def test_the_worst_that_any_caller_knows_counts_for_all():
    one = read_facts({"functional_impact": "none", "recoverability": "extended"})
    other = read_facts({"functional_impact": "significant-critical", "location": "safety"})
    assert write_facts(together([one, other])) == {
        "functional_impact": "significant-critical",
        "recoverability": "extended",
        "location": "safety",
    }


def test_one_yes_is_a_yes_and_a_no_needs_everybody():
    yes, no, unknown = (Facts(threat_to_life_or_safety=claim) for claim in (True, False, None))
    assert together([no, yes, unknown]).threat_to_life_or_safety is True
    assert together([no, unknown]).threat_to_life_or_safety is None
    assert together([no, no]).threat_to_life_or_safety is False


def test_the_sector_stays_only_where_all_agree():
    health, water = Facts(sector=Sector.HEALTH), Facts(sector=Sector.WATER)
    assert together([health, health]).sector is Sector.HEALTH
    assert together([health, water]).sector is None


@pytest.mark.parametrize(
    ("callers", "reach"),
    [(2, "minimal"), (3, "moderate"), (9, "moderate"), (10, "high"), (99, "high"), (100, "severe")],
)
def test_the_number_of_callers_is_itself_an_observation_of_reach(callers, reach):
    assert together([SMALL] * callers).potential_impact == reach


def test_a_reach_that_a_caller_knows_to_be_worse_is_kept():
    severe = Facts(potential_impact=PotentialImpact.SEVERE)
    assert together([SMALL, SMALL, severe]).potential_impact is PotentialImpact.SEVERE


def test_a_hundred_small_calls_are_graver_together_than_alone():
    alone, all_of_them = assess(SMALL), assess(together([SMALL] * 100))
    assert alone.score_words == "39.20"
    assert all_of_them.score_words == "63.20"
    assert (alone.urgency_low, all_of_them.urgency_low) == (Urgency.ADVISORY, Urgency.PAN_PAN)


def test_no_calls_cannot_be_taken_together():
    with pytest.raises(Malformed) as refusal:
        together([])
    assert refusal.value.code == "triage.no_calls"
