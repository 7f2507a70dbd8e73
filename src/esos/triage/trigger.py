"""The hard triggers: effects so grave that they are a mayday whatever the score.

Law 2: a trigger that hangs on an unknown fact is possible, not absent.
"""

from enum import StrEnum

from esos.triage.facts import Facts, FunctionalImpact, Recoverability
from esos.triage.measure import value
from esos.triage.profile import Profile, Term
from esos.triage.truth import Truth, all_of, any_of, is_among
from esos.words.language import later, say

FUNCTIONAL_FLOOR = 70
"""From this functional value on, damage one cannot repair alone is a mayday."""


class Trigger(StrEnum):
    """One reason for mayday that needs no score."""

    THREAT_TO_LIFE_OR_SAFETY = "threat-to-life-or-safety"
    CRITICAL_SERVICE_DENIED = "critical-service-denied"
    BEYOND_OWN_MEANS = "beyond-own-means"

    @property
    def words(self) -> str:
        """What it says, as a clause."""
        return say(_WORDS[self])

    @property
    def reads(self) -> frozenset[str]:
        """The names of the facts that decide it."""
        return _READS[self]


_DENIED = frozenset({FunctionalImpact.DENIAL_CRITICAL})
_WORDS = {
    Trigger.THREAT_TO_LIFE_OR_SAFETY: later("life or safety is in danger"),
    Trigger.CRITICAL_SERVICE_DENIED: later("a critical service is out of reach"),
    Trigger.BEYOND_OWN_MEANS: later("services are badly hit and recovery needs help from outside or is not possible"),
}
_READS = {
    Trigger.THREAT_TO_LIFE_OR_SAFETY: frozenset({"threat_to_life_or_safety"}),
    Trigger.CRITICAL_SERVICE_DENIED: frozenset({"critical_service_denied", "functional_impact"}),
    Trigger.BEYOND_OWN_MEANS: frozenset({"functional_impact", "recoverability"}),
}


def trigger_states(facts: Facts, profile: Profile) -> dict[Trigger, Truth]:
    """Each trigger with True (it holds), None (it may) or False (it cannot)."""
    return {
        Trigger.THREAT_TO_LIFE_OR_SAFETY: facts.threat_to_life_or_safety,
        Trigger.CRITICAL_SERVICE_DENIED: critical_service_denied(facts),
        Trigger.BEYOND_OWN_MEANS: _beyond_own_means(facts, profile),
    }


def critical_service_denied(facts: Facts) -> Truth:
    """True when either fact says so, even against the other: the graver observation counts."""
    return any_of((facts.critical_service_denied, is_among(facts.functional_impact, _DENIED)))


def _beyond_own_means(facts: Facts, profile: Profile) -> Truth:
    outside_help = profile.values[Term.RECOVERABILITY][Recoverability.EXTENDED]
    return all_of(
        (
            _reaches(value(facts, profile, Term.RECOVERABILITY), outside_help),
            _reaches(value(facts, profile, Term.FUNCTIONAL_IMPACT), FUNCTIONAL_FLOOR),
        )
    )


def _reaches(known: int | None, floor: int) -> Truth:
    return None if known is None else known >= floor
