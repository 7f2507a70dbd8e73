"""What the register knows of one member, and the plain questions that can be asked of it.

A record is replaced, never changed, so that an index can tell what is new by comparing two of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from esos.message.card import Capability, MemberCard
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

PRIOR_PERMILLE = 500
PRIOR_ASKED = 4
"""A member never asked counts as having answered two of four requests: unknown is neither good nor bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """Availability of one line as the member stated it."""

    units_free: int
    as_of_ms: int
    ttl_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Units of one line promised in an open case at an instant; ``automatic``: by the standing package alone."""

    units: int
    at_ms: int
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A standing package: what commits by itself, at which urgencies, until when (0: without end)."""

    lines: Mapping[NeedLine, int]
    urgencies: tuple[Urgency, ...]
    valid_until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accession:
    """A pact the member accepted: in force from, until (0: without end), and the lines it reserved."""

    in_force_ms: int
    until_ms: int
    reserved: frozenset[NeedLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRecord:
    """One member of the register. ``conflicts`` holds the ids declared on its card and since."""

    member: str
    card: MemberCard
    registered_ms: int
    suspended: bool = False
    availability: Mapping[NeedLine, Stated] = field(default_factory=dict)
    carried: Mapping[NeedLine, tuple[Load, ...]] = field(default_factory=dict)
    package: Package | None = None
    declared: frozenset[str] = frozenset()
    accessions: Mapping[str, Accession] = field(default_factory=dict)
    reached_ms: int | None = None
    asked: int = 0
    answered: int = 0

    @property
    def conflicts(self) -> frozenset[str]:
        """Ids this member must not meet in a case, from its card and from later declarations."""
        return self.declared.union(self.card.conflicts)


def lasts(until_ms: int, now_ms: int) -> bool:
    """Whether something that ends at ``until_ms`` (0: never) still holds; the boundary belongs to the later state."""
    return until_ms == 0 or now_ms < until_ms


def folded(code: str) -> str:
    """The form in which sector, product and language codes are compared: no case, no outer blanks."""
    return code.strip().casefold()


def capability_of(card: MemberCard, line: NeedLine) -> Capability | None:
    """The card's row for a line; of several the one with most units, then the shortest lead, then the longest life."""
    rows = [row for row in card.capabilities if row.line is line]
    return min(rows, key=_preference, default=None)


def _preference(row: Capability) -> tuple[int, int, int]:
    return (-row.units, row.lead_minutes, -row.valid_until_ms if row.valid_until_ms else -(2**62))


def units_stated(record: MemberRecord, line: NeedLine, now_ms: int) -> int:
    """Units of a line by card and statement.

    A statement may lower the card's figure, fades once its ttl is over and is zero when twice the ttl has
    passed. A member that never stated any is taken at its card's word.
    """
    capability = capability_of(record.card, line)
    if capability is None or not lasts(capability.valid_until_ms, now_ms):
        return 0
    stated = record.availability.get(line)
    if stated is None:
        return capability.units
    units = min(capability.units, stated.units_free)
    left_ms = stated.as_of_ms + 2 * stated.ttl_ms - now_ms
    return units * max(0, min(left_ms, stated.ttl_ms)) // stated.ttl_ms


def load_of(record: MemberRecord, line: NeedLine) -> int:
    """Units promised elsewhere that the member's own statement cannot have known of: it came earlier."""
    stated = record.availability.get(line)
    known_ms = -1 if stated is None else stated.as_of_ms
    return sum(load.units for load in record.carried.get(line, ()) if load.at_ms > known_ms)


def package_left(record: MemberRecord, line: NeedLine) -> int:
    """Units of a line the standing package can still commit by itself: what it holds less what it gave."""
    held = 0 if record.package is None else record.package.lines.get(line, 0)
    return max(0, held - sum(load.units for load in record.carried.get(line, ()) if load.automatic))


def units_free(record: MemberRecord, line: NeedLine, now_ms: int) -> int:
    """Units of a line the member can still promise, never below zero."""
    return max(0, units_stated(record, line, now_ms) - load_of(record, line))


def answer_permille(record: MemberRecord, prior_permille: int = PRIOR_PERMILLE) -> int:
    """The measured answer rate with its prior, in thousandths, rounded down.

    A member never asked counts as four requests answered at the prior rate: (answered + 2) / (asked + 4)
    where nothing is expected either way, the pact's own expectation where waves are sized.
    """
    return (1000 * record.answered + PRIOR_ASKED * prior_permille) // (record.asked + PRIOR_ASKED)
