"""Every severity vector gives, in this implementation, what its first key says."""

import json

import pytest

from esos.errors import Malformed
from esos.triage.facts import Facts, Sector, heed_facts, read_facts
from esos.triage.profile import SHIPPED, Term, profile_with_sectors
from esos.triage.questions import QUESTIONS, UNKNOWN_OPTION, answer
from esos.triage.score import Thresholds, assess
from esos.triage.translate import translations

VECTOR_COUNT = 38
DECIDED = (
    "score_low_hundredths",
    "score_high_hundredths",
    "urgency_low",
    "proposed",
    "urgency_high",
)


@pytest.fixture(scope="module")
def vectors(repo_root):
    folder = repo_root / "spec" / "vectors" / "severity"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def facts_of(vector):
    if "answers" not in vector:
        return read_facts(vector["facts"])
    facts = Facts()
    for question, option in vector["answers"]:
        facts = answer(facts, question, option)
    return facts


def outcome_of(vector):
    profile = profile_with_sectors("vector", vector["sectors"]) if "sectors" in vector else SHIPPED
    facts = facts_of(vector)
    result = assess(facts, Thresholds(**vector.get("thresholds", {})), profile)
    outcome = {name: getattr(result, name) for name in DECIDED}
    outcome["triggers_held"] = list(result.triggers_held)
    outcome["triggers_possible"] = list(result.triggers_possible)
    ask = result.narrow_most
    outcome["narrow_most"] = ask and {
        "question": ask.question,
        "narrows_by_hundredths": ask.narrows_by_hundredths,
    }
    outcome["translations"] = {reading.scheme: reading.code for reading in translations(facts)}
    return outcome


def test_no_vector_is_missing_and_each_says_first_what_it_expects(vectors):
    assert len(vectors) == VECTOR_COUNT
    assert {next(iter(vector)) for vector in vectors.values()} == {"expect"}


def test_every_rated_vector_gets_the_score_urgency_and_translations_it_expects(vectors):
    rated = {name: vector for name, vector in vectors.items() if "refused" not in vector["expect"]}
    assert len(rated) == VECTOR_COUNT - 3
    for name, vector in rated.items():
        outcome = outcome_of(vector)
        assert {key: outcome[key] for key in vector["expect"]} == vector["expect"], name


def test_every_refused_vector_is_refused_strictly_and_set_aside_in_a_call(vectors):
    refused = {name: vector for name, vector in vectors.items() if "refused" in vector["expect"]}
    assert len(refused) == 3
    for name, vector in refused.items():
        with pytest.raises(Malformed) as refusal:
            read_facts(vector["facts"])
        assert refusal.value.code == vector["expect"]["refused"], name
        assert list(heed_facts(vector["facts"]).set_aside) == vector["expect"]["set_aside"], name


def rows_of(text, columns):
    lines = (line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in cells] for cells in lines if len(cells) == columns]


@pytest.fixture(scope="module")
def specification(repo_root):
    return (repo_root / "spec" / "severity.md").read_text("utf-8")


def test_the_table_in_the_specification_is_the_shipped_profile(specification):
    rows = [row for row in rows_of(specification, 5) if row[0] in set(Term)]
    written = {(term, int(weight), code, int(value)) for term, weight, code, value, _ in rows}
    assert written == {
        (term.value, SHIPPED.weights[term], code, value)
        for term in Term
        if term is not Term.SECTOR
        for code, value in SHIPPED.values[term].items()
    }
    assert len(rows) == len(written) == 39


def test_the_specification_names_every_fact_every_sector_and_every_question(specification):
    for name in (*Facts.__struct_fields__, *Sector, *(question.id for question in QUESTIONS)):
        assert name in specification


def test_the_answers_in_the_specification_are_those_of_the_question(specification):
    service = next(question for question in QUESTIONS if question.id == "service")
    given = {option.id: list(option.codes) for option in service.options if option.id != UNKNOWN_OPTION}
    rows = [row for row in rows_of(specification, 3) if row[0] in given]
    assert {row[0]: [row[1], row[2] == "true"] for row in rows} == given


def test_the_golden_scores_in_the_specification_are_those_of_the_vectors(specification, vectors):
    rows = [row for row in rows_of(specification, 3) if f"{row[0]}-shipped" in vectors]
    assert len(rows) == 6
    for incident, shipped, seed in rows:
        for kind, score in (("shipped", shipped), ("us-seed", seed)):
            assert vectors[f"{incident}-{kind}"]["expect"]["score_low_hundredths"] == round(float(score) * 100)
