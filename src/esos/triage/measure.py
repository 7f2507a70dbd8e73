"""The arithmetic: facts and a profile to the lowest and highest score they allow.

Law 12: sums are whole numbers, and the one division is rounded half up to hundredths of a point,
so that every implementation gets the same digits.
"""

import msgspec

from esos.triage.facts import Facts
from esos.triage.profile import Profile, Term

SCORE_MAX_HUNDREDTHS = 10_000
"""A score of 100.00, in the unit scores are kept in."""


class Contribution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one term adds to the score, in hundredths of a point: both ends, and what it could add at most.

    Both ends are equal where the fact is known. Rounded one by one, contributions may miss the
    rounded score by a few hundredths.
    """

    term: Term
    known: bool
    low_hundredths: int
    high_hundredths: int
    most_hundredths: int


def interval(facts: Facts, profile: Profile) -> tuple[int, int]:
    """The lowest and the highest score, in hundredths of a point, of any completion of the facts."""
    bounds = [_bounds(facts, profile, term) for term in Term]
    low, high = (sum(ends) - profile.sum_min for ends in zip(*bounds, strict=True))
    return to_hundredths(low, profile), to_hundredths(high, profile)


def contributions(facts: Facts, profile: Profile) -> tuple[Contribution, ...]:
    """What each term adds, in the order of the terms."""
    return tuple(_contribution(facts, profile, term) for term in Term)


def width(profile: Profile, term: Term) -> int:
    """How much of the sum depends on the term: nothing where all its codes are worth the same."""
    return profile.high(term) - profile.low(term)


def value(facts: Facts, profile: Profile, term: Term) -> int | None:
    """The value of the fact a term reads, before weighing; ``None`` where it is unknown."""
    code = getattr(facts, term)
    return None if code is None else profile.values[term][code]


def to_hundredths(part: int, profile: Profile) -> int:
    """A part of the sum above its minimum as hundredths of a point, rounded half up."""
    span = profile.sum_max - profile.sum_min
    return (2 * SCORE_MAX_HUNDREDTHS * part + span) // (2 * span)


def shown(hundredths: int) -> str:
    """How a score is written: ``79.67``."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _bounds(facts: Facts, profile: Profile, term: Term) -> tuple[int, int]:
    known = value(facts, profile, term)
    if known is None:
        return profile.low(term), profile.high(term)
    return profile.weights[term] * known, profile.weights[term] * known


def _contribution(facts: Facts, profile: Profile, term: Term) -> Contribution:
    low, high = _bounds(facts, profile, term)
    base = profile.low(term)
    return Contribution(
        term=term,
        known=getattr(facts, term) is not None,
        low_hundredths=to_hundredths(low - base, profile),
        high_hundredths=to_hundredths(high - base, profile),
        most_hundredths=to_hundredths(width(profile, term), profile),
    )
