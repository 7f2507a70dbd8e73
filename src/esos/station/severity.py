"""How bad a case is, from what was observed: the machine proposes, and says what would narrow it most.

Law 1: only known names of effects are heeded; anything else in the facts changes nothing.
"""

import msgspec

from esos.case.model import Case
from esos.pact.model import Pact
from esos.triage.facts import Facts, heed_facts
from esos.triage.score import DEFAULT_THRESHOLDS, Assessment, Thresholds, assess
from esos.triage.translate import Translation, translations


class SeverityView(msgspec.Struct, frozen=True, kw_only=True):
    """The assessment, its readings on other scales, and which names in the facts were set aside."""

    assessment: Assessment
    score: str
    readings: tuple[Translation, ...]
    set_aside: tuple[str, ...]


def severity_view(case: Case, pact: Pact | None = None) -> SeverityView:
    """Assess a case's facts against the thresholds of its pact, or the shipped ones."""
    return rate(dict(case.details.facts), case.details.sector, thresholds_of(pact))


def rate(written: dict[str, object], sector: str | None, thresholds: Thresholds) -> SeverityView:
    """Assess facts by name; a sector given beside them counts where the facts name none."""
    named = {"sector": sector, **written} if sector else written
    heeded = heed_facts(named)
    assessment = assess(heeded.facts, thresholds)
    return SeverityView(
        assessment=assessment,
        score=assessment.score_words,
        readings=translations(heeded.facts),
        set_aside=heeded.set_aside,
    )


def facts_of(case: Case) -> Facts:
    """The facts of a case that count."""
    return heed_facts(dict(case.details.facts)).facts


def thresholds_of(pact: Pact | None) -> Thresholds:
    """The score thresholds of a pact."""
    if pact is None:
        return DEFAULT_THRESHOLDS
    return DEFAULT_THRESHOLDS
