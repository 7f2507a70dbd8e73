"""The assessment: golden scores, hard triggers, both ends, and what is said about it."""

import msgspec
import pytest

from esos.errors import Malformed
from esos.triage.explain import NOBODY
from esos.triage.facts import Facts, read_facts
from esos.triage.profile import SHIPPED, US_SEED_FOR_TESTS, Term
from esos.triage.score import Assessment, Thresholds, assess, severity_class
from esos.triage.trigger import Trigger
from esos.words.urgency import Urgency

COLUMNS = (
    "functional_impact",
    "observed_activity",
    "location",
    "information",
    "recoverability",
    "sector",
    "potential_impact",
)
INCIDENTS = {
    "hospital ransomware": (100, 100, 90, 100, 60, "health", 75),
    "government DDoS": (70, 100, 30, 0, 40, "government", 50),
    "government wiper": (100, 100, 60, 60, 60, "government", 75),
    "small-firm ransomware": (60, 100, 40, 60, 40, "commercial", 0),
    "scan": (0, 40, 30, 0, 20, "commercial", 25),
    "power grid": (100, 100, 90, 100, 60, "energy", 100),
}
GOLDEN_US_SEED = ("79.67", "49.91", "73.50", "41.56", "14.34", "92.74")
GOLDEN_SHIPPED = ("86.00", "52.00", "78.00", "44.00", "14.00", "92.00")


def incident(name):
    """The facts of a published row: each value is turned back into the first code that has it."""
    codes = {}
    for column, value in zip(COLUMNS, INCIDENTS[name], strict=True):
        table = SHIPPED.values[Term(column)]
        codes[column] = value if isinstance(value, str) else next(code for code in table if table[code] == value)
    return read_facts({**codes, "threat_to_life_or_safety": False, "critical_service_denied": False})


DDOS = incident("government DDoS")


@pytest.mark.parametrize(("name", "score"), list(zip(INCIDENTS, GOLDEN_US_SEED, strict=True)))
def test_a_known_incident_has_its_golden_score_in_the_us_seed_profile(name, score):
    assert assess(incident(name), profile=US_SEED_FOR_TESTS).score_words == score


@pytest.mark.parametrize(("name", "score"), list(zip(INCIDENTS, GOLDEN_SHIPPED, strict=True)))
def test_a_known_incident_has_its_golden_score_in_the_shipped_profile(name, score):
    assert assess(incident(name)).score_words == score


def test_a_flood_that_denies_an_emergency_line_is_a_mayday_although_its_score_is_a_pan_pan():
    alone = assess(DDOS)
    line = assess(msgspec.structs.replace(DDOS, critical_service_denied=True))
    assert alone.urgency_high is alone.urgency_low is Urgency.PAN_PAN
    assert line.score_words == alone.score_words == "52.00"
    assert line.urgency_low is Urgency.MAYDAY
    assert line.triggers_held == (Trigger.CRITICAL_SERVICE_DENIED,)


def test_a_threat_to_life_is_a_mayday_when_nothing_else_is_known():
    result = assess(Facts(threat_to_life_or_safety=True))
    assert result.urgency_low is result.proposed is result.urgency_high is Urgency.MAYDAY
    assert result.score_words == "0.00 to 100.00"


@pytest.mark.parametrize(
    ("functional", "recovery", "held", "possible"),
    [
        ("significant-critical", "extended", True, False),
        ("significant-critical", "not-recoverable", True, False),
        ("significant-critical", "supplemented", False, False),
        ("denial-non-critical", "not-recoverable", False, False),
        ("significant-critical", None, False, True),
        ("denial-non-critical", None, False, False),
        (None, "extended", False, True),
        (None, "regular", False, False),
        (None, None, False, True),
    ],
)
def test_recovery_beyond_own_means_is_a_trigger_only_with_badly_hit_services(functional, recovery, held, possible):
    written = {"functional_impact": functional, "recoverability": recovery}
    result = assess(read_facts(written))
    assert (Trigger.BEYOND_OWN_MEANS in result.triggers_held) is held
    assert (Trigger.BEYOND_OWN_MEANS in result.triggers_possible) is possible


def test_the_lower_end_binds_and_the_upper_end_wakes():
    result = assess(msgspec.structs.replace(DDOS, potential_impact=None, observed_activity=None))
    assert result.score_words == "20.00 to 64.00"
    assert (result.urgency_low, result.urgency_high) == (Urgency.ADVISORY, Urgency.PAN_PAN)


def test_an_open_trigger_wakes_as_for_a_mayday_and_binds_nobody():
    result = assess(msgspec.structs.replace(incident("scan"), threat_to_life_or_safety=None))
    assert (result.urgency_low, result.proposed, result.urgency_high) == (
        Urgency.ADVISORY,
        Urgency.ADVISORY,
        Urgency.MAYDAY,
    )


def test_a_call_that_says_nothing_is_proposed_as_pan_pan():
    result = assess(Facts())
    assert (result.urgency_low, result.proposed, result.urgency_high) == tuple(reversed(Urgency))


def test_the_proposal_is_the_urgency_of_the_middle_of_the_interval_rounded_up():
    facts = msgspec.structs.replace(DDOS, recoverability=None)  # 48.80 to 61.60: the middle is 55.20
    assert assess(facts).score_words == "48.80 to 61.60"
    assert assess(facts, Thresholds(mayday_hundredths=5_520)).proposed is Urgency.MAYDAY
    assert assess(facts, Thresholds(mayday_hundredths=5_521)).proposed is Urgency.PAN_PAN


def test_a_boundary_belongs_to_the_graver_urgency():
    thresholds = Thresholds()
    assert thresholds.urgency_of(7_000) is Urgency.MAYDAY
    assert thresholds.urgency_of(6_999) is thresholds.urgency_of(4_000) is Urgency.PAN_PAN
    assert thresholds.urgency_of(3_999) is Urgency.ADVISORY


@pytest.mark.parametrize(("mayday", "pan_pan"), [(4_000, 7_000), (10_001, 0), (0, -1)])
def test_thresholds_out_of_order_or_range_are_refused(mayday, pan_pan):
    with pytest.raises(Malformed) as refusal:
        Thresholds(mayday_hundredths=mayday, pan_pan_hundredths=pan_pan)
    assert refusal.value.code == "triage.thresholds"


def test_the_page_names_the_one_answer_that_would_narrow_most():
    ask = assess(msgspec.structs.replace(DDOS, recoverability=None, location=None)).narrow_most
    assert (ask.question, ask.words, ask.narrows_by_hundredths) == ("restore", "Can you restore from backup?", 1_280)
    assert ask.triggers == (Trigger.BEYOND_OWN_MEANS,)


def test_of_two_questions_that_narrow_alike_the_one_that_decides_more_triggers_is_named():
    ask = assess(Facts()).narrow_most
    assert (ask.question, ask.narrows_by_hundredths) == ("service", 2_400)
    assert ask.triggers == (Trigger.CRITICAL_SERVICE_DENIED, Trigger.BEYOND_OWN_MEANS)


def test_when_only_a_trigger_is_open_the_question_that_decides_it_is_named():
    ask = assess(msgspec.structs.replace(DDOS, threat_to_life_or_safety=None)).narrow_most
    assert (ask.question, ask.narrows_by_hundredths) == ("safety", 0)
    assert ask.triggers == (Trigger.THREAT_TO_LIFE_OR_SAFETY,)


def test_when_nothing_is_open_no_question_is_named():
    assert assess(DDOS).narrow_most is None


def test_the_sector_is_asked_only_where_sectors_differ():
    facts = msgspec.structs.replace(DDOS, sector=None)
    assert assess(facts).narrow_most is None
    assert assess(facts, profile=US_SEED_FOR_TESTS).narrow_most.question == "sector"


def test_the_explanation_says_in_sentences_what_each_effect_added():
    lines = assess(DDOS).explanation
    assert "What is seen happening: harm is being done; this adds 20.00 of at most 20.00 points." in lines
    assert "The sector makes no difference under this profile." in lines
    assert "The score is 52.00 of 100." in lines
    assert "Proposed: Urgent (pan-pan)." in lines
    assert lines[-1] == NOBODY
    assert all(line.endswith(".") and line[0].isupper() for line in lines)


def test_the_explanation_says_what_is_not_known_and_what_hangs_on_it():
    lines = assess(Facts()).explanation
    assert lines[0] == "It may be a mayday whatever the score: it is not known whether life or safety is in danger."
    assert "What it takes to recover is not known: it adds between 0.00 and 12.80 points." in lines
    assert "The score lies between 0.00 and 100.00 of 100; what is not known decides where." in lines
    assert (
        "Established: Warning (advisory); this decides who is bound. Possible: Emergency now (mayday); "
        "this decides who is woken. Proposed: Urgent (pan-pan)."
    ) in lines


def test_the_explanation_opens_with_the_trigger_that_decided():
    lines = assess(Facts(threat_to_life_or_safety=True)).explanation
    assert lines[0] == "It is a mayday whatever the score, because life or safety is in danger."


def test_the_contributions_add_up_to_the_score():
    result = assess(incident("hospital ransomware"))
    assert sum(part.low_hundredths for part in result.contributions) == result.score_low_hundredths == 8_600
    assert [part.term for part in result.contributions] == list(Term)


def test_an_assessment_reads_back_as_written():
    result = assess(msgspec.structs.replace(DDOS, location=None))
    assert msgspec.json.decode(msgspec.json.encode(result), type=Assessment) == result


@pytest.mark.parametrize(
    ("urgency", "score", "life", "expected"),
    [
        (Urgency.MAYDAY, 0, True, 5),
        (Urgency.MAYDAY, 10_000, False, 4),
        (Urgency.PAN_PAN, 5_500, False, 3),
        (Urgency.PAN_PAN, 5_499, True, 2),
        (Urgency.ADVISORY, 3_000, False, 1),
    ],
)
def test_the_severity_class_orders_need_in_mass_distress(urgency, score, life, expected):
    assert severity_class(urgency, score, threat_to_life_or_safety=life) == expected
