"""How bad a case is, from what was observed: the machine proposes, and says what would narrow it most.

Law 1: only known names of effects are heeded; anything else in the facts changes nothing. A case is weighed by
the threshold it began under, whatever has been published since; the verdict is a statement of the station.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

import msgspec

from esos.case.model import Case
from esos.case.parts import Overruling
from esos.message.bodies import SeverityAssessed
from esos.pact.classify import Classified, classify, dependency_of
from esos.pact.model import Threshold
from esos.pact.threshold import Observed, Span
from esos.triage.facts import Facts, Sector, heed_facts, is_founded, write_facts
from esos.triage.profile import SHIPPED, Profile, profile_with_sectors
from esos.triage.score import Assessment, assess
from esos.triage.translate import Translation, translations
from esos.triage.trigger import critical_service_denied, trigger_states
from esos.triage.truth import any_of
from esos.words.language import apart, later, say
from esos.words.urgency import Urgency

PROFILES_KEPT_MAX = 64
"""How many pacts' tables of sectors are kept: the same few weigh every case."""
PACT_PROFILE = "pact"
"""How an assessment calls the shipped weights with the dependency of sectors as a pact has it."""


class SeverityView(msgspec.Struct, frozen=True, kw_only=True):
    """The assessment, the pact's own verdict, readings on other scales, and names that were set aside.

    ``by_pact.lower`` decides who is bound, ``by_pact.upper`` who is woken; None without a pact.
    """

    assessment: Assessment
    score: str
    by_pact: Classified | None
    readings: tuple[Translation, ...]
    set_aside: tuple[str, ...]


class OverrulingView(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word against the machine's, with what the machine had proposed."""

    urgency: str
    urgency_words: str
    reason: str
    by: str
    by_name: str
    second: str
    at_ms: int
    proposed: str
    proposed_words: str


def severity_view(case: Case) -> SeverityView:
    """Assess a case's facts by the threshold it began under."""
    return rate(case.details.facts, case.details.sector, case.rules.threshold)


def assessed(case: Case) -> SeverityAssessed | None:
    """What the station says of a case's facts; None where nothing was observed, or nothing has changed by it."""
    written, sector = case.details.facts, case.details.sector
    if not written or not is_founded(heed_facts(_named(written, sector)).facts):
        return None
    one = rate(written, sector, case.rules.threshold).assessment
    said = SeverityAssessed(
        low=one.urgency_low,
        proposed=one.proposed,
        high=one.urgency_high,
        score_low_hundredths=one.score_low_hundredths,
        score_high_hundredths=one.score_high_hundredths,
        triggers=one.triggers_held,
    )
    return None if said == case.assessed else said


_ESTABLISHED = later(
    "It was called “{called}”. By what was observed “{observed}” is established: people are woken, and everything is "
    "timed, as for that."
)
_POSSIBLE = later(
    "It was called “{called}”. By what was observed “{observed}” is possible: people are woken, and everything is "
    "timed, as for that."
)


def counts_as(case: Case) -> Iterator[str]:
    """Where what was observed says otherwise than the caller: how it counts, for whom, and why."""
    if case.overruled:
        last = case.overrulings[-1]
        yield say(
            "{officer} overruled the machine's proposal: {reason}",
            officer=apart(last.by_name or last.by),
            reason=apart(last.reason),
        )
    if case.waking is not case.urgency:
        yield say(
            _ESTABLISHED if case.binding is case.waking else _POSSIBLE,
            called=case.urgency.words,
            observed=case.waking.words,
        )
    if case.binding is not case.urgency:
        yield say("By what was observed, others are bound as for “{urgency}”.", urgency=case.binding.words)


def overruling_view(one: Overruling) -> OverrulingView:
    """One overruling, with what it set aside."""
    proposed = one.against.proposed if one.against else None
    return OverrulingView(
        urgency=one.urgency.value,
        urgency_words=one.urgency.words,
        reason=one.reason,
        by=one.by,
        by_name=one.by_name,
        second=one.second,
        at_ms=one.at_ms,
        proposed=proposed.value if proposed else "",
        proposed_words=proposed.words if proposed else "",
    )


def rate(written: Mapping[str, object], sector: str | None = None, threshold: Threshold | None = None) -> SeverityView:
    """Assess facts by name; a sector given beside them counts where the facts name none.

    With a pact's threshold the verdict is the pact's; without one that of the shipped profile and thresholds.
    """
    heeded = heed_facts(_named(written, sector))
    profile = _profile(threshold)
    assessment, by_pact = assess(heeded.facts, profile=profile), None
    if threshold is not None:
        by_pact = _weigh(threshold, heeded.facts, profile, _span(assessment))
        middle = _weigh(threshold, heeded.facts, profile, _middle(assessment)).lower
        assessment = assessment.under(
            low=by_pact.lower, proposed=_between(by_pact.lower, middle, by_pact.upper), high=by_pact.upper
        )
    return SeverityView(
        assessment=assessment,
        score=assessment.score_words,
        by_pact=by_pact,
        readings=translations(heeded.facts),
        set_aside=heeded.set_aside,
    )


def _named(written: Mapping[str, object], sector: str | None) -> dict[str, object]:
    return {"sector": sector, **written} if sector else dict(written)


@lru_cache(maxsize=PROFILES_KEPT_MAX)
def _profile(threshold: Threshold | None) -> Profile:
    """The shipped weights, with how strongly others depend on each sector as the pact has it."""
    if threshold is None:
        return SHIPPED
    return profile_with_sectors(PACT_PROFILE, {sector.value: dependency_of(threshold, sector) for sector in Sector})


def _weigh(threshold: Threshold, facts: Facts, profile: Profile, score: Span) -> Classified:
    """The pact's verdict; what is a mayday whatever the score is one under every pact."""
    return classify(
        threshold,
        {**_effects(facts), "score": score},
        trigger=any_of(trigger_states(facts, profile).values()),
    )


def _effects(facts: Facts) -> dict[str, Observed]:
    """The observed effects under the names a pact's rules use.

    Whether a critical service is denied is one question: two facts answer it, and the graver answer counts.
    """
    effects: dict[str, Observed] = {name: value for name, value in write_facts(facts).items() if name != "sector"}
    effects["critical_service_denied"] = critical_service_denied(facts)
    return effects


def _span(assessment: Assessment) -> Span:
    low, high = assessment.score_low_hundredths, assessment.score_high_hundredths
    return Span(low=Fraction(low, 100), high=Fraction(high, 100))


def _middle(assessment: Assessment) -> Span:
    at = Fraction((assessment.score_low_hundredths + assessment.score_high_hundredths + 1) // 2, 100)
    return Span(low=at, high=at)


def _between(low: Urgency, middle: Urgency, high: Urgency) -> Urgency:
    return sorted((low, middle, high), key=lambda urgency: urgency.gravity)[1]
