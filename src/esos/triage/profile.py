"""The scoring profile: how much each effect weighs, and what each code of it is worth.

Law 1: there is a row for every effect and none for an actor. The weights and values are those of
CISA's National Cyber Incident Scoring System without its actor category; the lowest and highest
possible sums are computed from the profile in force, so that every profile spans 0 to 100.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from esos.errors import Malformed, Unknown
from esos.triage.facts import (
    FunctionalImpact,
    Information,
    Location,
    ObservedActivity,
    PotentialImpact,
    Recoverability,
    Sector,
)

VALUE_MAX = 100
"""The largest weight and the largest value of a code, so that every sum stays small."""


class Term(StrEnum):
    """One summand of the score; its value is the name of the fact it reads."""

    FUNCTIONAL_IMPACT = "functional_impact"
    OBSERVED_ACTIVITY = "observed_activity"
    LOCATION = "location"
    INFORMATION = "information"
    RECOVERABILITY = "recoverability"
    SECTOR = "sector"
    POTENTIAL_IMPACT = "potential_impact"


CODES: dict[Term, type[StrEnum]] = {
    Term.FUNCTIONAL_IMPACT: FunctionalImpact,
    Term.OBSERVED_ACTIVITY: ObservedActivity,
    Term.LOCATION: Location,
    Term.INFORMATION: Information,
    Term.RECOVERABILITY: Recoverability,
    Term.SECTOR: Sector,
    Term.POTENTIAL_IMPACT: PotentialImpact,
}
"""Which codes each term takes."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights and values, complete for every term and every code; integers from 0 to 100.

    Raises ``Malformed`` with code ``triage.profile_incomplete``, ``triage.profile_value`` or
    ``triage.profile_flat`` when it is made from anything else.
    """

    name: str
    weights: dict[Term, int]
    values: dict[Term, dict[str, int]]

    def __post_init__(self) -> None:
        """Refuse a profile in which some fact could have no value, or all the same."""
        _check_complete(self)
        _check_values(self)
        if self.sum_max <= self.sum_min:
            raise Malformed("triage.profile_flat", f"Profile {self.name!r} gives every incident the same score.")

    def low(self, term: Term) -> int:
        """The smallest weighted value the term can add to the sum."""
        return self.weights[term] * min(self.values[term].values())

    def high(self, term: Term) -> int:
        """The largest weighted value the term can add to the sum."""
        return self.weights[term] * max(self.values[term].values())

    @property
    def sum_min(self) -> int:
        """The smallest possible sum: it scores 0."""
        return sum(self.low(term) for term in Term)

    @property
    def sum_max(self) -> int:
        """The largest possible sum: it scores 100."""
        return sum(self.high(term) for term in Term)


def _check_complete(profile: Profile) -> None:
    for term in Term:
        codes = {code.value for code in CODES[term]}
        if term not in profile.weights or set(profile.values.get(term, ())) != codes:
            raise Malformed(
                "triage.profile_incomplete",
                f"Profile {profile.name!r} must give {term} a weight and a value for each of its codes, no others.",
                hint=f"The codes are: {', '.join(sorted(codes))}.",
            )


def _check_values(profile: Profile) -> None:
    numbers = [*profile.weights.values(), *(n for table in profile.values.values() for n in table.values())]
    if any(not 0 <= number <= VALUE_MAX for number in numbers):
        raise Malformed(
            "triage.profile_value", f"Weights and values of profile {profile.name!r} must be 0 to {VALUE_MAX}."
        )


_WEIGHTS = {
    Term.FUNCTIONAL_IMPACT: 6,
    Term.OBSERVED_ACTIVITY: 5,
    Term.LOCATION: 4,
    Term.INFORMATION: 2,
    Term.RECOVERABILITY: 4,
    Term.SECTOR: 3,
    Term.POTENTIAL_IMPACT: 6,
}

_VALUES: dict[Term, dict[str, int]] = {
    Term.FUNCTIONAL_IMPACT: {
        "none": 0,
        "no-service-affected": 20,
        "minimal-non-critical": 35,
        "minimal-critical": 40,
        "significant-non-critical": 50,
        "denial-non-critical": 60,
        "significant-critical": 70,
        "denial-critical": 100,
        "loss-of-control": 100,
    },
    Term.OBSERVED_ACTIVITY: {"none": 0, "prepare": 40, "engage": 70, "presence": 80, "effect": 100},
    Term.LOCATION: {
        "business-dmz": 30,
        "business-network": 40,
        "not-located": 50,
        "business-management": 60,
        "critical-dmz": 70,
        "critical-management": 80,
        "critical-systems": 90,
        "safety": 100,
    },
    Term.INFORMATION: {
        "none": 0,
        "suspected": 10,
        "privacy": 20,
        "proprietary": 50,
        "destruction-non-critical": 60,
        "critical-systems-data": 70,
        "core-credentials": 80,
        "destruction-critical": 100,
    },
    Term.RECOVERABILITY: {"regular": 20, "supplemented": 40, "extended": 60, "not-recoverable": 100},
    Term.POTENTIAL_IMPACT: {"minimal": 0, "low": 25, "moderate": 50, "high": 75, "severe": 100},
}

_SECTOR_SHIPPED = 50
_SECTORS_US_SEED = {
    "energy": 100,
    "it": 80,
    "communications": 75,
    "transport": 75,
    "water": 60,
    "manufacturing": 50,
    "government": 40,
    "defence": 35,
    "banking": 35,
    "health": 30,
    "commercial": 30,
    "dams": 25,
    "emergency": 25,
    "agriculture": 20,
    "chemical": 20,
    "nuclear": 15,
}


def profile_with_sectors(name: str, sectors: Mapping[str, int]) -> Profile:
    """The shipped weights and values with a pact's own table of cross-sector dependency.

    ``sectors`` gives every sector a value from 0 to 100; raises as ``Profile`` does.
    """
    return Profile(name=name, weights=dict(_WEIGHTS), values={**_VALUES, Term.SECTOR: dict(sectors)})


SHIPPED = profile_with_sectors("shipped", {sector.value: _SECTOR_SHIPPED for sector in Sector})
"""What a station uses unless its pact says otherwise: no sector outweighs another."""

US_SEED_FOR_TESTS = profile_with_sectors("us-seed-for-tests", _SECTORS_US_SEED)
"""Seed values published for one country, kept to check the arithmetic; no pact should use them."""

_NAMED = {profile.name: profile for profile in (SHIPPED, US_SEED_FOR_TESTS)}


def profile_named(name: str) -> Profile:
    """A profile that is part of the program; raises ``Unknown`` with code ``triage.unknown_profile``."""
    if name not in _NAMED:
        raise Unknown("triage.unknown_profile", f"There is no profile {name!r}.", hint=f"One of: {', '.join(_NAMED)}.")
    return _NAMED[name]
