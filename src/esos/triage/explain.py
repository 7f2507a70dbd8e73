"""The explanation of an assessment, in whole sentences: triggers, terms, result.

Law 12: whatever decided is said, with its share, and so is what is not known.
"""

from collections.abc import Sequence

from esos.triage.facts import Facts
from esos.triage.measure import Contribution, shown
from esos.triage.trigger import Trigger
from esos.triage.wording import FACT_WORDS, clause
from esos.words.language import apart, later, say
from esos.words.urgency import Urgency

NOBODY = later("No cause and no culprit is read: there is no field for one.")
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
        *(say("It is a mayday whatever the score, because {reason}.", reason=one.words) for one in held),
        *(
            say("It may be a mayday whatever the score: it is not known whether {reason}.", reason=one.words)
            for one in possible
        ),
        *(_term_sentence(facts, term) for term in terms),
        _score_sentence(scores),
        urgency_sentence(urgencies),
        say(NOBODY),
    )


def _term_sentence(facts: Facts, term: Contribution) -> str:
    most = shown(term.most_hundredths)
    code = getattr(facts, term.term)
    if not term.most_hundredths:
        return say("{term} makes no difference under this profile.", term=_title(term))
    if code is None:
        return say("{term} is not known: it adds between 0.00 and {most} points.", term=_title(term), most=most)
    return say(
        "{term}: {fact}; this adds {points} of at most {most} points.",
        term=_title(term),
        fact=clause(code),
        points=shown(term.low_hundredths),
        most=most,
    )


def _title(term: Contribution) -> str:
    words = say(FACT_WORDS[term.term])
    return words[0].upper() + words[1:]


def _score_sentence(scores: tuple[int, int]) -> str:
    low, high = map(shown, scores)
    if low == high:
        return say("The score is {score} of 100.", score=low)
    return say("The score lies between {low} and {high} of 100; what is not known decides where.", low=low, high=high)


def urgency_sentence(urgencies: tuple[Urgency, Urgency, Urgency]) -> str:
    """What is established, proposed and possible, and what each decides."""
    low, proposed, high = urgencies
    if low is high:
        return say("Proposed: {urgency}.", urgency=_named(proposed))
    return say(
        "Established: {established}; this decides who is bound. Possible: {possible}; this decides who is woken. "
        "Proposed: {proposed}.",
        established=_named(low),
        possible=_named(high),
        proposed=_named(proposed),
    )


def _named(urgency: Urgency) -> str:
    return f"{urgency.words} ({apart(urgency.value)})"
