"""How bad a case is, from what was observed: the machine proposes, and says what would narrow it most.

Law 1: only known names of effects are heeded; anything else in the facts changes nothing.
"""

from collections.abc import Mapping
from fractions import Fraction

import msgspec

from esos.case.model import Case
from esos.pact.classify import Classified, classify, dependency_of
from esos.pact.model import Pact
from esos.pact.threshold import Observed, Span
from esos.triage.facts import Facts, Sector, heed_facts, write_facts
from esos.triage.profile import SHIPPED, Profile, profile_with_sectors
from esos.triage.score import Assessment, assess
from esos.triage.translate import Translation, translations


class SeverityView(msgspec.Struct, frozen=True, kw_only=True):
    """The assessment, the pact's own verdict, readings on other scales, and names that were set aside.

    ``by_pact.lower`` decides who is bound, ``by_pact.upper`` who is woken; None without a pact.
    """

    assessment: Assessment
    score: str
    by_pact: Classified | None
    readings: tuple[Translation, ...]
    set_aside: tuple[str, ...]


def severity_view(case: Case, pact: Pact | None = None) -> SeverityView:
    """Assess a case's facts under its pact, or under the shipped profile and thresholds."""
    return rate(case.details.facts, case.details.sector, pact)


def rate(written: Mapping[str, object], sector: str | None = None, pact: Pact | None = None) -> SeverityView:
    """Assess facts by name; a sector given beside them counts where the facts name none."""
    named = {"sector": sector, **written} if sector else dict(written)
    heeded = heed_facts(named)
    assessment = assess(heeded.facts, profile=_profile(pact))
    return SeverityView(
        assessment=assessment,
        score=assessment.score_words,
        by_pact=classify(pact.threshold, _effects(heeded.facts, assessment)) if pact else None,
        readings=translations(heeded.facts),
        set_aside=heeded.set_aside,
    )


def _profile(pact: Pact | None) -> Profile:
    """The shipped weights, with how strongly others depend on each sector as the pact has it."""
    if pact is None:
        return SHIPPED
    return profile_with_sectors(pact.name, {sector.value: dependency_of(pact.threshold, sector) for sector in Sector})


def _effects(facts: Facts, assessment: Assessment) -> dict[str, Observed]:
    """The observed effects under the names a pact's rules use, with the score as the span it lies in."""
    effects: dict[str, Observed] = {name: value for name, value in write_facts(facts).items() if name != "sector"}
    low, high = assessment.score_low_hundredths, assessment.score_high_hundredths
    effects["score"] = Span(low=Fraction(low, 100), high=Fraction(high, 100))
    return effects
