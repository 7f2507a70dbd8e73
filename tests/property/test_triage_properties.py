"""Severity holds for every incident: no answer lowers it that is worse, none leaves the interval, nobody is named."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.errors import Malformed
from esos.triage.facts import Facts, heed_facts, read_facts, write_facts
from esos.triage.measure import interval
from esos.triage.profile import CODES, SHIPPED, US_SEED_FOR_TESTS, Profile, Term
from esos.triage.questions import QUESTIONS, UNKNOWN_OPTION, answer, with_codes
from esos.triage.score import Thresholds, assess
from esos.triage.together import together
from esos.triage.translate import translations
from esos.triage.truth import all_of, any_of, at_least

numbers = st.integers(min_value=0, max_value=100)


@st.composite
def made_profiles(draw):
    """Profiles a pact could bring: any weights and any values, as long as scores can differ."""
    weights = {term: draw(st.integers(min_value=0, max_value=100)) for term in Term}
    values = {term: {code.value: draw(numbers) for code in codes} for term, codes in CODES.items()}
    weights[Term.INFORMATION] = draw(st.integers(min_value=1, max_value=100))
    values[Term.INFORMATION] |= {"none": 0, "destruction-critical": 100}
    return Profile(name="made", weights=weights, values=values)


profiles = st.sampled_from([SHIPPED, US_SEED_FOR_TESTS]) | made_profiles()


@st.composite
def some_facts(draw, complete=False):
    """Facts of which any part may be unknown; with ``complete``, none is."""
    known = st.just(True) if complete else st.booleans()
    facts = Facts()
    for question in QUESTIONS:
        codes = draw(st.sampled_from(question.options[:-1])).codes
        for name, code in zip(question.facts, codes, strict=True):
            facts = with_codes(facts, {name: code if draw(known) else None})
    return facts


complete_facts = some_facts(complete=True)


@st.composite
def thresholds(draw):
    low, high = sorted(draw(st.tuples(*[st.integers(min_value=0, max_value=10_000)] * 2)))
    return Thresholds(mayday_hundredths=high, pan_pan_hundredths=low)


@given(complete_facts, profiles, st.sampled_from(list(Term)), st.data())
def test_a_worse_answer_never_lowers_the_score(facts, profile, term, data):
    table = profile.values[term]
    milder, worse = sorted(data.draw(st.tuples(*[st.sampled_from(sorted(table))] * 2)), key=table.__getitem__)
    before, after = (interval(with_codes(facts, {term.value: code}), profile) for code in (milder, worse))
    assert before <= after


@given(some_facts(), st.sampled_from(["threat_to_life_or_safety", "critical_service_denied"]))
def test_a_yes_to_a_trigger_never_lowers_an_urgency(facts, name):
    no, unknown, yes = (assess(with_codes(facts, {name: claim})) for claim in (False, None, True))
    for end in ("urgency_low", "proposed", "urgency_high"):
        assert getattr(no, end).gravity <= getattr(unknown, end).gravity <= getattr(yes, end).gravity


@given(some_facts(), complete_facts, profiles, thresholds())
def test_the_interval_contains_every_completion(facts, filling, profile, limits):
    complete = read_facts(write_facts(filling) | write_facts(facts))
    before, after = assess(facts, limits, profile), assess(complete, limits, profile)
    assert after.score_low_hundredths == after.score_high_hundredths
    assert before.score_low_hundredths <= after.score_low_hundredths <= before.score_high_hundredths
    assert before.urgency_low.gravity <= after.urgency_low.gravity <= before.urgency_high.gravity
    assert after.urgency_low is after.proposed is after.urgency_high
    assert set(before.triggers_held) <= set(after.triggers_held)
    assert set(after.triggers_held) <= set(before.triggers_held) | set(before.triggers_possible)


@given(some_facts(), profiles)
def test_both_ends_are_reached_by_some_completion(facts, profile):
    for end, choose in enumerate((min, max)):
        extreme = {
            term.value: choose(profile.values[term], key=profile.values[term].__getitem__)
            for term in Term
            if getattr(facts, term) is None
        }
        assert len(set(interval(with_codes(facts, extreme), profile))) == 1
        assert interval(with_codes(facts, extreme), profile)[end] == interval(facts, profile)[end]


@given(some_facts(), st.sampled_from(QUESTIONS), profiles, st.data())
def test_answering_an_open_question_only_narrows(facts, question, profile, data):
    option = data.draw(st.sampled_from(question.options))
    blank = answer(facts, question.id, UNKNOWN_OPTION)
    before, after = assess(blank, profile=profile), assess(answer(blank, question.id, option.id), profile=profile)
    assert before.score_low_hundredths <= after.score_low_hundredths
    assert after.score_high_hundredths <= before.score_high_hundredths
    assert before.urgency_low.gravity <= after.urgency_low.gravity
    assert after.urgency_high.gravity <= before.urgency_high.gravity


@given(some_facts(), profiles, st.data())
def test_no_other_answer_narrows_more_than_the_one_that_is_named(facts, profile, data):
    before = assess(facts, profile=profile)
    named = before.narrow_most.narrows_by_hundredths if before.narrow_most else 0
    question = data.draw(st.sampled_from(QUESTIONS))
    option = data.draw(st.sampled_from(question.options[:-1]))
    missing = {name for name in question.facts if getattr(facts, name) is None}
    codes = {name: code for name, code in zip(question.facts, option.codes, strict=True) if name in missing}
    low, high = interval(with_codes(facts, codes), profile)
    narrowed = (before.score_high_hundredths - before.score_low_hundredths) - (high - low)
    rounding = 1  # each of three roundings is off by half a hundredth at most, and all are whole
    assert narrowed <= named + rounding


@given(some_facts(), thresholds(), profiles)
def test_the_proposal_lies_between_what_is_established_and_what_is_possible(facts, limits, profile):
    result = assess(facts, limits, profile)
    assert result.urgency_low.gravity <= result.proposed.gravity <= result.urgency_high.gravity
    assert 0 <= result.score_low_hundredths <= result.score_high_hundredths <= 10_000


@given(some_facts(), st.permutations(Facts.__struct_fields__), profiles)
def test_the_same_facts_in_any_order_give_the_same_bytes(facts, order, profile):
    written = write_facts(facts)
    again = read_facts({name: written[name] for name in order if name in written})
    assert msgspec.json.encode(assess(facts, profile=profile)) == msgspec.json.encode(assess(again, profile=profile))
    assert msgspec.json.encode(translations(facts)) == msgspec.json.encode(translations(again))


@given(some_facts(), st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_whatever_else_a_call_says_changes_no_byte(facts, noise):
    noise = {name: text for name, text in noise.items() if name not in Facts.__struct_fields__}
    heeded = heed_facts({**noise, **write_facts(facts)})
    assert heeded.set_aside == tuple(sorted(noise))
    assert msgspec.json.encode(assess(heeded.facts)) == msgspec.json.encode(assess(facts))


@given(st.text().filter(lambda name: name not in Facts.__struct_fields__), st.text())
def test_a_field_nobody_declared_is_refused(name, text):
    with pytest.raises(Malformed):
        read_facts({name: text})


@given(st.sampled_from(Facts.__struct_fields__), st.text())
def test_no_field_takes_free_text(name, text):
    codes = {option.codes[q.facts.index(name)] for q in QUESTIONS if name in q.facts for option in q.options}
    if text not in codes:
        with pytest.raises(Malformed):
            read_facts({name: text})


@given(some_facts(), complete_facts)
def test_a_translation_that_is_certain_stays_whatever_is_learned(facts, filling):
    complete = read_facts(write_facts(filling) | write_facts(facts))
    for before, after in zip(translations(facts), translations(complete), strict=True):
        assert after.code != "unknown"
        assert before.code in {"unknown", after.code}
        assert (before.code == "unknown") == bool(before.missing)
        assert all(getattr(facts, name) is None for name in before.missing)


@given(st.lists(complete_facts, min_size=1, max_size=12))
def test_calls_taken_together_are_never_milder_than_the_gravest_of_them(calls):
    whole = assess(together(calls))
    for call in calls:
        alone = assess(call)
        assert whole.score_low_hundredths >= alone.score_low_hundredths
        assert whole.urgency_low.gravity >= alone.urgency_low.gravity


@given(st.lists(st.sampled_from([True, False, None]), max_size=5), st.integers(min_value=0, max_value=6))
def test_three_valued_logic_agrees_with_every_way_to_fill_the_unknowns(claims, number):
    ways = [[True, False] if claim is None else [claim] for claim in claims]
    filled = list(itertools.product(*ways))
    assert certain({sum(way) >= number for way in filled}) is at_least(number, claims)
    assert certain({any(way) for way in filled}) is any_of(claims)
    assert certain({all(way) for way in filled}) is all_of(claims)


def certain(outcomes):
    return outcomes.pop() if len(outcomes) == 1 else None
