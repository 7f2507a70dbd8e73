"""The published table of what ranking counts, versioned: change a figure, raise the version.

Law 12: terms are whole numbers, points times measure in thousandths, rounded down. All comfort
points together stay below one tier, so that no sum of them outranks a duty.
"""

from enum import StrEnum
from typing import NamedTuple

from esos.words.language import later
from esos.words.need import NeedLine

WEIGHTS_VERSION = 1
TIER_POINTS = 1000
FULL_PERMILLE = 1000

RANK_LIMIT_MAX = 1000
"""The most members one ranking lists, and so the most one wave asks for a line."""
REACHED_FRESH_MS = 14 * 86_400_000
"""A member proven reachable within this time is "reached": two of the weekly checks may fail."""
LEAD_HALF_MINUTES = 60
"""The lead time at which the measure of lead falls to one half."""
USEFUL_COVER_PERMILLE = 10
"""Help that covers less of the open need than this is not asked for."""
USEFUL_EFFECT_PERMILLE = 10
"""A network that carries less of the traffic than this is not asked to filter it."""
PATH_LINES = frozenset({NeedLine.FILTERING})
"""Lines that act only on traffic that crosses the helper's own network."""


class Term(StrEnum):
    """What is counted beside the tier, in the order in which it is shown."""

    EFFECT = "effect"
    COVER = "cover"
    PRODUCT = "product"
    SECTOR = "sector"
    COUNTRY = "country"
    LANGUAGE = "language"
    AWAKE = "awake"
    LEAD = "lead"
    ANSWER = "answer"
    REACHED = "reached"
    LOAD = "load"


class Weight(NamedTuple):
    """The most points a term gives, and the words that follow "so many points for"."""

    points: int
    words: str


WEIGHTS: dict[Term, Weight] = {
    Term.EFFECT: Weight(250, later("the share of the traffic that crosses the network")),
    Term.COVER: Weight(200, later("the part of the open need covered")),
    Term.PRODUCT: Weight(90, later("making or maintaining a product the caller runs")),
    Term.SECTOR: Weight(60, later("working in the caller's sector")),
    Term.COUNTRY: Weight(60, later("being in the caller's country")),
    Term.LANGUAGE: Weight(60, later("speaking the caller's language")),
    Term.AWAKE: Weight(90, later("having people awake now")),
    Term.LEAD: Weight(60, later("beginning soon")),
    Term.ANSWER: Weight(70, later("having answered before")),
    Term.REACHED: Weight(30, later("having been reached lately")),
    Term.LOAD: Weight(29, later("carrying little already")),
}


def points_of(term: Term, permille: int) -> int:
    """The points a measure gives, rounded down."""
    return WEIGHTS[term].points * permille // FULL_PERMILLE
