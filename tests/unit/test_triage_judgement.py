"""A person may overrule the proposal; both stay on record."""

import msgspec
import pytest

from esos.errors import Malformed
from esos.triage.facts import Facts
from esos.triage.judgement import Judgement, Overrule
from esos.triage.score import assess
from esos.words.urgency import Urgency

PROPOSED = assess(Facts())
RAISED = Overrule(person="Officer on watch", urgency=Urgency.MAYDAY, reason="The ward is being moved.", at_ms=5)


def test_without_a_persons_word_the_machines_proposal_stands():
    assert Judgement(assessment=PROPOSED).urgency is Urgency.PAN_PAN


def test_a_person_overrules_and_both_stay_on_record():
    judgement = Judgement(assessment=PROPOSED).overruled(RAISED)
    assert judgement.urgency is Urgency.MAYDAY
    assert judgement.assessment is PROPOSED
    assert judgement.explanation[: len(PROPOSED.explanation)] == PROPOSED.explanation
    assert judgement.explanation[-1] == (
        "Officer on watch overruled the proposal: Emergency now (mayday). Reason given: The ward is being moved."
    )


def test_the_latest_word_stands_and_the_earlier_one_is_kept():
    lowered = msgspec.structs.replace(RAISED, urgency=Urgency.ADVISORY, at_ms=9)
    judgement = Judgement(assessment=PROPOSED).overruled(RAISED).overruled(lowered)
    assert judgement.urgency is Urgency.ADVISORY
    assert judgement.overrules == (RAISED, lowered)


@pytest.mark.parametrize(
    ("field", "wrong", "code"),
    [
        ("reason", "  ", "triage.overrule_reason"),
        ("reason", "a" * 281, "triage.overrule_reason"),
        ("person", "", "triage.overrule_person"),
        ("at_ms", -1, "triage.overrule_time"),
    ],
)
def test_an_overruling_without_person_reason_or_time_is_refused(field, wrong, code):
    parts = {"person": "Officer", "urgency": Urgency.MAYDAY, "reason": "Seen.", "at_ms": 0}
    with pytest.raises(Malformed) as refusal:
        Overrule(**{**parts, field: wrong})
    assert refusal.value.code == code


def test_a_judgement_reads_back_as_written():
    judgement = Judgement(assessment=PROPOSED).overruled(RAISED)
    assert msgspec.json.decode(msgspec.json.encode(judgement), type=Judgement) == judgement
