"""A person's word beside the machine's: the proposal and what overruled it, both kept.

Law 12: an overruling carries its person and its reason; it replaces nothing on record.
"""

import msgspec

from esos.errors import Malformed
from esos.triage.score import Assessment
from esos.words.urgency import Urgency

PERSON_MAX_CHARS = 200
REASON_MAX_CHARS = 280


class Overrule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who set the proposal aside, for which urgency, why, and when (ms since the epoch, UTC).

    Raises ``Malformed`` with code ``triage.overrule_person``, ``triage.overrule_reason`` or
    ``triage.overrule_time``.
    """

    person: str
    urgency: Urgency
    reason: str
    at_ms: int

    def __post_init__(self) -> None:
        """Refuse an overruling that nobody answers for or that gives no reason."""
        if not 1 <= len(self.person.strip()) <= PERSON_MAX_CHARS:
            raise Malformed("triage.overrule_person", "Say who overrules the proposal.")
        if not 1 <= len(self.reason.strip()) <= REASON_MAX_CHARS:
            raise Malformed(
                "triage.overrule_reason",
                f"Give the reason for overruling the proposal, in at most {REASON_MAX_CHARS} characters.",
                hint="Say which effect the score does not show.",
            )
        if self.at_ms < 0:
            raise Malformed("triage.overrule_time", "The time of overruling lies before the epoch.")


class Judgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An assessment and, in their order, the words of the persons who overruled it."""

    assessment: Assessment
    overrules: tuple[Overrule, ...] = ()

    @property
    def urgency(self) -> Urgency:
        """The latest person's word, or the machine's proposal where nobody spoke."""
        return self.overrules[-1].urgency if self.overrules else self.assessment.proposed

    @property
    def explanation(self) -> tuple[str, ...]:
        """The machine's lines, then one for each overruling."""
        return (*self.assessment.explanation, *(_sentence(spoken) for spoken in self.overrules))

    def overruled(self, spoken: Overrule) -> "Judgement":
        """The same assessment with one person's word more."""
        return Judgement(assessment=self.assessment, overrules=(*self.overrules, spoken))


def _sentence(spoken: Overrule) -> str:
    named = f"{spoken.urgency.words} ({spoken.urgency.value})"
    return f"{spoken.person} overruled the proposal: {named}. Reason given: {spoken.reason}"
