"""The questions: observable, in plain words, each fact asked exactly once."""

import re
from collections import Counter

import pytest

from esos.errors import Malformed
from esos.triage.facts import Facts, write_facts
from esos.triage.measure import interval
from esos.triage.profile import CODES, SHIPPED
from esos.triage.questions import FIRST_QUESTIONS, QUESTIONS, UNKNOWN_OPTION, answer, unanswered

IDS = [question.id for question in QUESTIONS]


def test_at_most_five_questions_come_before_the_first_result():
    assert [question.id for question in FIRST_QUESTIONS] == ["safety", "service", "restore", "activity", "reach"]


def test_every_fact_is_asked_by_exactly_one_question():
    asked = Counter(name for question in QUESTIONS for name in question.facts)
    assert asked == Counter(Facts.__struct_fields__)


def test_questions_and_their_options_have_names_of_their_own():
    assert len(set(IDS)) == len(IDS)
    for question in QUESTIONS:
        ids = [option.id for option in question.options]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("question", QUESTIONS, ids=IDS)
def test_every_answer_leads_to_facts_and_not_knowing_leads_back(question):
    for option in question.options:
        facts = answer(Facts(), question.id, option.id)
        assert tuple(getattr(facts, name) for name in question.facts) == option.codes
    assert answer(facts, question.id, question.options[-1].id) == Facts()


@pytest.mark.parametrize("question", QUESTIONS, ids=IDS)
def test_a_question_offers_its_answers_mildest_first(question):
    scores = [interval(answer(Facts(), question.id, option.id), SHIPPED) for option in question.options[:-1]]
    assert scores == sorted(scores)


def test_every_code_of_every_scored_fact_can_be_answered():
    for term, codes in CODES.items():
        question = next(question for question in QUESTIONS if term in question.facts)
        column = question.facts.index(term)
        assert {option.codes[column] for option in question.options} - {None} == set(codes)


def test_no_question_asks_who_did_it():
    text = " ".join(option.words for question in QUESTIONS for option in question.options)
    text += " ".join(question.words for question in QUESTIONS)
    assert not re.search(r"attacker|actor|hacker|criminal|culprit|behind it|who did|ransom demand", text, re.IGNORECASE)


def test_the_latest_answer_to_a_question_stands():
    facts = answer(answer(Facts(), "service", "vital-down"), "service", "works")
    assert write_facts(facts) == {"functional_impact": "none", "critical_service_denied": False}


def test_what_is_not_answered_is_still_listed():
    assert unanswered(Facts()) == QUESTIONS
    assert "safety" not in [question.id for question in unanswered(answer(Facts(), "safety", "no"))]


def test_a_question_or_an_answer_that_does_not_exist_is_refused():
    with pytest.raises(Malformed) as no_question:
        answer(Facts(), "culprit", "state")
    with pytest.raises(Malformed) as no_option:
        answer(Facts(), "safety", "perhaps")
    assert no_question.value.code == "triage.unknown_question"
    assert no_option.value.code == "triage.unknown_option"
    assert "no, yes, unknown" in no_option.value.hint


def test_every_question_may_be_answered_with_i_do_not_know():
    last = {(question.options[-1].id, question.options[-1].words) for question in QUESTIONS}
    assert last == {(UNKNOWN_OPTION, "I do not know")}
