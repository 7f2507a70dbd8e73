"""Facts: what may be said of an incident, and what may not."""

import typing
from enum import Enum

import msgspec
import pytest

from esos.errors import Malformed
from esos.triage.facts import Facts, heed_facts, read_facts, write_facts
from esos.triage.wording import FACT_WORDS
from esos.words.fact import FACTS

ACTOR_LIKE = ["actor", "attribution", "attacker", "threat_actor", "culprit", "suspect", "origin_country", "motive"]


@pytest.mark.parametrize("name", ACTOR_LIKE)
def test_a_field_that_names_who_did_it_is_refused(name):
    with pytest.raises(Malformed) as refusal:
        read_facts({"functional_impact": "none", name: "state"})
    assert refusal.value.code == "triage.facts"
    assert name in refusal.value.detail


@pytest.mark.parametrize("name", ACTOR_LIKE)
def test_a_field_that_names_who_did_it_does_not_exist(name):
    assert name not in Facts.__struct_fields__


def test_the_list_of_facts_that_a_case_always_has_room_for_is_triages_own():
    assert set(Facts.__struct_fields__) == FACTS


def test_no_fact_can_hold_text():
    for hint in typing.get_type_hints(Facts).values():
        for kind in typing.get_args(hint):
            assert kind in {bool, type(None)} or issubclass(kind, Enum)


def test_every_fact_is_unknown_until_somebody_says_otherwise():
    assert all(getattr(Facts(), name) is None for name in Facts.__struct_fields__)


def test_every_fact_has_words():
    assert set(FACT_WORDS) == set(Facts.__struct_fields__)


def test_facts_are_read_as_they_were_written():
    facts = read_facts({"location": "safety", "data_lost": False, "sector": "it"})
    assert read_facts(write_facts(facts)) == facts
    assert write_facts(facts) == {"location": "safety", "sector": "it", "data_lost": False}


def test_the_facts_of_a_call_are_heeded_and_the_rest_is_set_aside_by_name():
    heeded = heed_facts({"actor": "state", "location": "safety", "information": "a story", "data_lost": "yes"})
    assert write_facts(heeded.facts) == {"location": "safety"}
    assert heeded.set_aside == ("actor", "data_lost", "information")


def test_an_update_changes_what_it_names_and_nothing_else():
    earlier = read_facts({"location": "safety", "data_lost": True})
    heeded = heed_facts({"data_lost": False, "functional_impact": "none"}, earlier)
    assert write_facts(heeded.facts) == {"functional_impact": "none", "location": "safety", "data_lost": False}


def test_facts_do_not_change():
    with pytest.raises(AttributeError):
        Facts().sector = "energy"


def test_facts_of_the_same_observations_have_the_same_bytes():
    one = read_facts({"location": "safety", "sector": "it"})
    other = read_facts({"sector": "it", "location": "safety"})
    assert msgspec.json.encode(one) == msgspec.json.encode(other)
