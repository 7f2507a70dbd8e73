"""Which single question to ask next: the one whose answer would narrow the interval most.

Law 12: the choice is a sum over published tables; equal questions keep the order of asking.
"""

import msgspec

from esos.triage.facts import Facts
from esos.triage.measure import to_hundredths, width
from esos.triage.profile import Profile, Term
from esos.triage.questions import Question, unanswered
from esos.triage.trigger import Trigger, trigger_states


class Narrowing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question worth asking: by how much it narrows the score, and which triggers hang on it."""

    question: str
    words: str
    narrows_by_hundredths: int
    triggers: tuple[Trigger, ...]


def narrow_most(facts: Facts, profile: Profile) -> Narrowing | None:
    """The unanswered question that narrows the score most; ``None`` when nothing is left to narrow.

    Where no question moves the score any more, one that decides a possible trigger is still named.
    """
    states = trigger_states(facts, profile)
    undecided = tuple(trigger for trigger in Trigger if states[trigger] is None)
    candidates = [_narrowing(question, facts, profile, undecided) for question in unanswered(facts)]
    useful = [c for c in candidates if c.narrows_by_hundredths or c.triggers]
    return max(useful, key=lambda c: (c.narrows_by_hundredths, len(c.triggers)), default=None)


def _narrowing(question: Question, facts: Facts, profile: Profile, undecided: tuple[Trigger, ...]) -> Narrowing:
    open_facts = frozenset(name for name in question.facts if getattr(facts, name) is None)
    part = sum(width(profile, term) for term in Term if term.value in open_facts)
    return Narrowing(
        question=question.id,
        words=question.words,
        narrows_by_hundredths=to_hundredths(part, profile) if part else 0,
        triggers=tuple(trigger for trigger in undecided if trigger.reads & open_facts),
    )
