"""The assessment: triggers first, then the score, as an interval with its explanation.

Law 1: it reads ``Facts`` and nothing else. Law 12: every assessment says which effect added what,
and its bytes depend on the facts, the thresholds and the profile alone.
"""

import msgspec

from esos.errors import Malformed
from esos.triage.explain import explain, urgency_sentence
from esos.triage.facts import Facts
from esos.triage.measure import SCORE_MAX_HUNDREDTHS, Contribution, contributions, interval, shown
from esos.triage.narrow import Narrowing, narrow_most
from esos.triage.profile import SHIPPED, Profile
from esos.triage.trigger import Trigger, trigger_states
from esos.words.language import say
from esos.words.urgency import Urgency

GRAVE_PAN_PAN_HUNDREDTHS = 5_500
"""From this score on a pan-pan is in the graver of its two severity classes."""


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The scores, in hundredths of a point, from which a case is a mayday or a pan-pan.

    A boundary belongs to the graver urgency. Raises ``Malformed`` with code ``triage.thresholds``.
    """

    mayday_hundredths: int = 7_000
    pan_pan_hundredths: int = 4_000

    def __post_init__(self) -> None:
        """Refuse thresholds out of order or out of range."""
        if not 0 <= self.pan_pan_hundredths <= self.mayday_hundredths <= SCORE_MAX_HUNDREDTHS:
            raise Malformed(
                "triage.thresholds",
                f"Thresholds must rise from pan-pan to mayday between 0 and {SCORE_MAX_HUNDREDTHS} hundredths.",
            )

    def urgency_of(self, score_hundredths: int) -> Urgency:
        """The urgency a score alone gives."""
        if score_hundredths >= self.mayday_hundredths:
            return Urgency.MAYDAY
        return Urgency.PAN_PAN if score_hundredths >= self.pan_pan_hundredths else Urgency.ADVISORY


DEFAULT_THRESHOLDS = Thresholds()


class Assessment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How bad it is. Scores are hundredths of a point; ``msgspec.json.encode`` gives stable bytes.

    ``urgency_low`` is what is established and decides who is bound; ``urgency_high`` is what is
    possible and decides who is woken. ``proposed`` lies between them, is offered to the officer,
    and by itself binds and wakes nobody.
    """

    profile: str
    thresholds: Thresholds
    score_low_hundredths: int
    score_high_hundredths: int
    triggers_held: tuple[Trigger, ...]
    triggers_possible: tuple[Trigger, ...]
    urgency_low: Urgency
    urgency_high: Urgency
    proposed: Urgency
    contributions: tuple[Contribution, ...]
    narrow_most: Narrowing | None
    explanation: tuple[str, ...]

    def under(self, *, low: Urgency, proposed: Urgency, high: Urgency) -> "Assessment":
        """The same effects as a pact's own rules weigh them, instead of the thresholds: one verdict, not two."""
        before = urgency_sentence((self.urgency_low, self.proposed, self.urgency_high))
        after = urgency_sentence((low, proposed, high))
        lines = tuple(after if line == before else line for line in self.explanation)
        return msgspec.structs.replace(self, urgency_low=low, proposed=proposed, urgency_high=high, explanation=lines)

    @property
    def score_words(self) -> str:
        """``44.00``, or ``44.00 to 86.00`` while facts are unknown."""
        low, high = shown(self.score_low_hundredths), shown(self.score_high_hundredths)
        return low if low == high else say("{low} to {high}", low=low, high=high)


def assess(facts: Facts, thresholds: Thresholds = DEFAULT_THRESHOLDS, profile: Profile = SHIPPED) -> Assessment:
    """Assess the facts; the same arguments always give the same assessment, byte for byte."""
    low, high = interval(facts, profile)
    states = trigger_states(facts, profile)
    held = tuple(trigger for trigger in Trigger if states[trigger] is True)
    possible = tuple(trigger for trigger in Trigger if states[trigger] is None)
    urgencies = _urgencies(thresholds, (low, high), held=bool(held), possible=bool(possible))
    terms = contributions(facts, profile)
    return Assessment(
        profile=profile.name,
        thresholds=thresholds,
        score_low_hundredths=low,
        score_high_hundredths=high,
        triggers_held=held,
        triggers_possible=possible,
        urgency_low=urgencies[0],
        proposed=urgencies[1],
        urgency_high=urgencies[2],
        contributions=terms,
        narrow_most=narrow_most(facts, profile),
        explanation=explain(facts, terms, (held, possible), (low, high), urgencies),
    )


def severity_class(urgency: Urgency, score_hundredths: int, *, threat_to_life_or_safety: bool) -> int:
    """The class from 5 (gravest) to 1 by which mass distress weighs unserved need.

    5 mayday with a threat to life or safety, 4 other mayday, 3 pan-pan scoring 55 or more, 2 other
    pan-pan, 1 advisory.
    """
    if urgency is Urgency.MAYDAY:
        return 5 if threat_to_life_or_safety else 4
    if urgency is Urgency.PAN_PAN:
        return 3 if score_hundredths >= GRAVE_PAN_PAN_HUNDREDTHS else 2
    return 1


def _urgencies(
    thresholds: Thresholds, scores: tuple[int, int], *, held: bool, possible: bool
) -> tuple[Urgency, Urgency, Urgency]:
    """Established, proposed and possible urgency: the lower end, the middle and the upper end."""
    if held:
        return Urgency.MAYDAY, Urgency.MAYDAY, Urgency.MAYDAY
    low, high = scores
    upper = Urgency.MAYDAY if possible else thresholds.urgency_of(high)
    return thresholds.urgency_of(low), thresholds.urgency_of((low + high + 1) // 2), upper
