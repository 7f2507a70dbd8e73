"""The explanation of an assessment, in whole sentences: triggers, terms, result.

Law 12: whatever decided is said, with its share, and so is what is not known.
"""

from collections.abc import Sequence

from esos.triage.facts import Facts
from esos.triage.measure import Contribution, shown
from esos.triage.trigger import Trigger
from esos.triage.wording import FACT_WORDS, clause
from esos.words.urgency import Urgency

NOBODY = "No cause and no culprit is read: there is no field for one."
"""The last line of every explanation (law 1)."""


def explain(
    facts: Facts,
    terms: Sequence[Contribution],
    triggers: tuple[Sequence[Trigger], Sequence[Trigger]],
    scores: tuple[int, int],
    urgencies: tuple[Urgency, Urgency, Urgency],
) -> tuple[str, ...]:
    """The lines: triggers that hold and may hold, one per term, the score, the urgency."""
    held, possible = triggers
    return (
        *(f"It is a mayday whatever the score, because {trigger.words}." for trigger in held),
        *(f"It may be a mayday whatever the score: it is not known whether {trigger.words}." for trigger in possible),
        *(_term_sentence(facts, term) for term in terms),
        _score_sentence(scores),
        urgency_sentence(urgencies),
        NOBODY,
    )


def _term_sentence(facts: Facts, term: Contribution) -> str:
    most = shown(term.most_hundredths)
    code = getattr(facts, term.term)
    if not term.most_hundredths:
        return f"{_title(term)} makes no difference under this profile."
    if code is None:
        return f"{_title(term)} is not known: it adds between 0.00 and {most} points."
    return f"{_title(term)}: {clause(code)}; this adds {shown(term.low_hundredths)} of at most {most} points."


def _title(term: Contribution) -> str:
    words = FACT_WORDS[term.term]
    return words[0].upper() + words[1:]


def _score_sentence(scores: tuple[int, int]) -> str:
    low, high = map(shown, scores)
    if low == high:
        return f"The score is {low} of 100."
    return f"The score lies between {low} and {high} of 100; what is not known decides where."


def urgency_sentence(urgencies: tuple[Urgency, Urgency, Urgency]) -> str:
    """What is established, proposed and possible, and what each decides."""
    low, proposed, high = urgencies
    if low is high:
        return f"Proposed: {_named(proposed)}."
    return (
        f"Established: {_named(low)}; this decides who is bound. "
        f"Possible: {_named(high)}; this decides who is woken. Proposed: {_named(proposed)}."
    )


def _named(urgency: Urgency) -> str:
    return f"{urgency.words} ({urgency.value})"
