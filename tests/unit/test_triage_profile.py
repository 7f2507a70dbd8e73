"""Profiles: complete tables, and bounds computed from them."""

import msgspec
import pytest

from esos.errors import Malformed, Unknown
from esos.triage.facts import Sector
from esos.triage.profile import SHIPPED, US_SEED_FOR_TESTS, Profile, Term, profile_named, profile_with_sectors


def made_with(**changes):
    return Profile(**{"name": "made", "weights": SHIPPED.weights, "values": SHIPPED.values, **changes})


def test_the_bounds_of_the_shipped_profile_are_350_and_2850():
    assert (SHIPPED.sum_min, SHIPPED.sum_max) == (350, 2850)


def test_the_bounds_of_the_us_seed_profile_are_245_and_3000():
    assert (US_SEED_FOR_TESTS.sum_min, US_SEED_FOR_TESTS.sum_max) == (245, 3000)


def test_the_shipped_profile_prefers_no_sector():
    assert SHIPPED.values[Term.SECTOR] == {sector.value: 50 for sector in Sector}


def test_a_profile_is_found_by_its_name():
    assert profile_named("shipped") is SHIPPED
    with pytest.raises(Unknown) as refusal:
        profile_named("lunar")
    assert refusal.value.code == "triage.unknown_profile"


def test_a_sector_table_must_name_every_sector_and_no_other():
    table = dict(SHIPPED.values[Term.SECTOR])
    for wrong in ({**table, "lunar": 50}, {name: 50 for name in table if name != "health"}):
        with pytest.raises(Malformed) as refusal:
            profile_with_sectors("made", wrong)
        assert refusal.value.code == "triage.profile_incomplete"


def test_a_term_without_a_weight_is_refused():
    weights = {term: weight for term, weight in SHIPPED.weights.items() if term is not Term.LOCATION}
    with pytest.raises(Malformed) as refusal:
        made_with(weights=weights)
    assert refusal.value.code == "triage.profile_incomplete"


@pytest.mark.parametrize("number", [-1, 101])
def test_a_value_outside_0_to_100_is_refused(number):
    with pytest.raises(Malformed) as refusal:
        profile_with_sectors("made", {**SHIPPED.values[Term.SECTOR], "health": number})
    assert refusal.value.code == "triage.profile_value"


def test_a_profile_in_which_everything_scores_the_same_is_refused():
    with pytest.raises(Malformed) as refusal:
        made_with(weights=dict.fromkeys(Term, 0))
    assert refusal.value.code == "triage.profile_flat"


def test_a_profile_reads_back_as_written():
    assert msgspec.json.decode(msgspec.json.encode(SHIPPED), type=Profile) == SHIPPED
