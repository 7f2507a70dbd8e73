"""A threshold speaks of effects alone, and what nobody knows is neither yes nor no."""

from fractions import Fraction

import pytest

from esos.errors import Malformed
from esos.pact.classify import classify, dependency_of
from esos.pact.effects import EFFECTS, SECTORS
from esos.pact.model import SectorWeight, Threshold
from esos.pact.shipped import load
from esos.pact.threshold import (
    RULE_MAX_CHARACTERS,
    RULE_MAX_DEPTH,
    Span,
    holds,
    parse_rule,
    say_rule,
)
from esos.triage.facts import Facts, Sector
from esos.triage.profile import SHIPPED, Term
from esos.words.urgency import Urgency


def refusal_of(text):
    with pytest.raises(Malformed) as refusal:
        parse_rule(text)
    return refusal.value


@pytest.mark.parametrize(
    ("rule", "effects", "expected"),
    [
        ("data_lost", {"data_lost": True}, True),
        ("data_lost", {"data_lost": False}, False),
        ("data_lost", {"data_lost": None}, None),
        ("data_lost", {}, None),
        ("data_lost", {"data_lost": 1}, None),
        ("not data_lost", {"data_lost": False}, True),
        ("not data_lost", {}, None),
        ("not not data_lost", {"data_lost": True}, True),
        ("score >= 70", {"score": 70}, True),
        ("score >= 70", {"score": Fraction(6999, 100)}, False),
        ("score > 70", {"score": 70}, False),
        ("score <= 70", {"score": 70}, True),
        ("score < 70", {"score": 70}, False),
        ("score == 70", {"score": 70}, True),
        ("score != 70", {"score": 70}, False),
        ("score>=70", {"score": True}, None),
        ("score >= 70", {"score": Span(low=70, high=90)}, True),
        ("score >= 70", {"score": Span(low=60, high=69)}, False),
        ("score >= 70", {"score": Span(low=60, high=70)}, None),
        ("score == 70", {"score": Span(low=60, high=80)}, None),
        ("score == 70", {"score": Span(low=71, high=80)}, False),
        ("score != 70", {"score": Span(low=60, high=80)}, None),
        ("score != 70", {"score": Span(low=71, high=80)}, True),
        ("score >= 70", {"score": Span(low=90, high=60)}, None),
        ("recoverability >= extended", {"recoverability": "not-recoverable"}, True),
        ("recoverability >= extended", {"recoverability": "supplemented"}, False),
        ("recoverability >= extended", {"recoverability": "whatever"}, None),
        ("location == not-located", {"location": "not-located"}, True),
        ("data_lost and score >= 70", {"data_lost": False}, False),
        ("data_lost and score >= 70", {"data_lost": True}, None),
        ("data_lost or score >= 70", {"data_lost": True}, True),
        ("data_lost or score >= 70", {"data_lost": False}, None),
        ("data_lost or cost_over_limit and score >= 70", {"data_lost": True, "score": 0}, True),
        ("(data_lost or cost_over_limit) and score >= 70", {"data_lost": True, "score": 0}, False),
    ],
)
def test_a_rule_is_true_false_or_not_known_yet(rule, effects, expected):
    assert holds(parse_rule(rule), effects) is expected


@pytest.mark.parametrize(
    "name", ["actor", "threat_actor", "culprit", "motive", "sponsor", "country", "sector", "__class__"]
)
def test_no_rule_can_speak_of_who_did_it(name):
    refusal = refusal_of(f"{name} == 70")
    assert refusal.code in {"threshold.unknown_effect", "threshold.syntax"}
    if name != "__class__":
        assert refusal.hint.startswith("The known names are: score, functional_impact, ")


def test_no_effect_names_an_actor():
    words = {part for name in EFFECTS for part in name.split("_")}
    assert not words & {"actor", "attacker", "culprit", "motive", "intent", "sponsor", "attribution", "criminal"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "threshold.syntax"),
        ("   ", "threshold.syntax"),
        ("score", "threshold.syntax"),
        ("score 70", "threshold.syntax"),
        ("score >=", "threshold.syntax"),
        ("score >= and", "threshold.syntax"),
        ("score >= >=", "threshold.unknown_level"),
        ("score >= -1", "threshold.syntax"),
        ("score >= 7.5", "threshold.syntax"),
        ("70 <= score", "threshold.syntax"),
        ("score >= 70 score >= 70", "threshold.syntax"),
        ("data_lost >= 1", "threshold.syntax"),
        ("data_lost and", "threshold.syntax"),
        ("and data_lost", "threshold.syntax"),
        ("(data_lost", "threshold.syntax"),
        ("data_lost)", "threshold.syntax"),
        ("()", "threshold.syntax"),
        ("data_lost && data_lost", "threshold.syntax"),
        ("__import__('os')", "threshold.syntax"),
        ("DATA_LOST", "threshold.syntax"),
        ("score >= 101", "threshold.level"),
        ("score >= 99999999999999999999999", "threshold.level"),
        ("score >= ٧٠", "threshold.syntax"),
        ("score >= high", "threshold.unknown_level"),
        ("recoverability >= soon", "threshold.unknown_level"),
        ("x" * (RULE_MAX_CHARACTERS + 1), "threshold.too_long"),
        ("not " * (RULE_MAX_DEPTH + 2) + "data_lost", "threshold.too_long"),
        ("(" * (RULE_MAX_DEPTH + 2) + "data_lost", "threshold.too_long"),
        ("((" * 100, "threshold.too_long"),
    ],
)
def test_what_is_no_rule_is_refused(text, code):
    assert refusal_of(text).code == code


def test_a_rule_may_nest_as_deep_as_the_limit():
    assert holds(parse_rule("(" * RULE_MAX_DEPTH + "data_lost" + ")" * RULE_MAX_DEPTH), {"data_lost": True})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("data_lost", "data is lost"),
        ("not data_lost", "it is not so that data is lost"),
        ("score >= 70", "the severity score is at least 70"),
        ("recoverability >= extended", "the effort to recover is at least “extended” (60)"),
        ("data_lost and score < 5", "data is lost and the severity score is below 5"),
        (
            "data_lost and (score < 5 or score > 9)",
            "data is lost and (the severity score is below 5 or the severity score is above 9)",
        ),
    ],
)
def test_a_rule_is_said_in_words(rule, words):
    assert say_rule(parse_rule(rule)) == words


def test_a_rule_reads_only_the_effects_it_names():
    rule = parse_rule("score >= 70")
    assert holds(rule, {"score": 71, "actor": "state", "data_lost": "yes"}) is True


DEFAULT = load("club")[1].threshold


@pytest.mark.parametrize(
    ("effects", "lower", "upper"),
    [
        ({}, Urgency.ADVISORY, Urgency.MAYDAY),
        ({"threat_to_life_or_safety": True}, Urgency.MAYDAY, Urgency.MAYDAY),
        (
            {
                "threat_to_life_or_safety": False,
                "critical_service_denied": False,
                "score": Span(low=45, high=60),
                "functional_impact": 60,
            },
            Urgency.PAN_PAN,
            Urgency.PAN_PAN,
        ),
        (
            {
                "threat_to_life_or_safety": False,
                "critical_service_denied": False,
                "score": Span(low=30, high=75),
                "functional_impact": 60,
            },
            Urgency.ADVISORY,
            Urgency.MAYDAY,
        ),
        (
            {
                "threat_to_life_or_safety": False,
                "critical_service_denied": False,
                "score": 39,
                "recoverability": "regular",
            },
            Urgency.ADVISORY,
            Urgency.ADVISORY,
        ),
        ({"functional_impact": "significant-critical", "recoverability": "extended"}, Urgency.MAYDAY, Urgency.MAYDAY),
    ],
)
def test_the_known_effects_give_the_least_and_the_gravest_urgency(effects, lower, upper):
    result = classify(DEFAULT, effects)
    assert (result.lower, result.upper) == (lower, upper)


def test_the_rules_that_decided_are_told():
    weighed = classify(DEFAULT, {"score": 50, "critical_service_denied": False}).weighed
    told = {one.rule: one.holds for one in weighed}
    assert told["score >= 70"] is False
    assert told["score >= 40"] is True
    assert told["threat_to_life_or_safety"] is None


def test_a_sector_that_is_not_listed_gets_the_usual_dependency():
    threshold = Threshold(
        mayday=("score >= 70",), pan_pan=("score >= 40",), sectors=(SectorWeight(sector="water", dependency=80),)
    )
    assert (dependency_of(threshold, "water"), dependency_of(threshold, "health")) == (80, 50)


def test_the_effects_are_those_that_triage_measures():
    not_effects = {"sector", "organisation", "outlook"}
    assert set(EFFECTS) == {"score"} | set(Facts.__struct_fields__) - not_effects
    for term in set(Term) - {Term.SECTOR}:
        assert dict(EFFECTS[term].levels) == dict(SHIPPED.values[term])
    assert tuple(SECTORS) == tuple(sector.value for sector in Sector)
