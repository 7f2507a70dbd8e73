"""What keeps a member out of a ranking before anything is counted: one table, first row first.

Gates come before points because a bound body that can do nothing must never outrank one that can.
Law 10 stands here too: without proof of control nobody is asked for an act that harms a third party.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from esos.duty.picture import PROOF_FOR_HARMFUL_ACTS, CallPicture, Need, Verification
from esos.duty.record import PRIOR_PERMILLE, MemberRecord, capability_of, lasts, units_free
from esos.duty.tier import PactTerms, Pair, duty_of, is_in_force
from esos.duty.weights import FULL_PERMILLE, PATH_LINES, USEFUL_COVER_PERMILLE, USEFUL_EFFECT_PERMILLE
from esos.words.kept import GATES
from esos.words.need import NEED_QUANTITY_MAX_UNITS, HelpClass
from esos.words.tier import DutyTier


class Gate(StrEnum):
    """Why somebody is not asked; a member is counted under the first that stops it."""

    MET = "met"
    PROOF = "proof"
    CALLER = "caller"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    DENIED = "denied"
    CONFLICT = "conflict"
    OUTSIDE = "outside"
    QUOTA = "quota"
    ASKED = "asked"
    INCAPABLE = "incapable"
    NOTHING_FREE = "nothing-free"
    TOO_LITTLE = "too-little"
    OFF_PATH = "off-path"
    TIER = "tier-not-asked"

    @property
    def words(self) -> str:
        """The sentence that says why, as it is kept in a record; whoever shows it says it."""
        return GATES[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the pact of a case says about who is asked; with nothing given it limits nobody.

    ``within`` are the pacts of which a member must have accepted one (None: anybody is asked), ``tiers``
    those that are asked, ``resting`` the members that have as many requests as one may get. ``most_units``
    is what one member may carry of the need at most, ``prior_permille`` the answer rate expected of
    somebody never asked.
    """

    within: frozenset[str] | None = None
    tiers: frozenset[DutyTier] = frozenset(DutyTier)
    resting: frozenset[str] = frozenset()
    most_units: int = NEED_QUANTITY_MAX_UNITS
    prior_permille: int = PRIOR_PERMILLE


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One ranking asked of an index: the call, the need, when, the best how many, and who was asked already.

    ``caller`` is the caller's own record where it is a member, ``pacts`` the terms by which duty is found.
    """

    picture: CallPicture
    need: Need
    now_ms: int
    count: int
    asked: frozenset[str]
    caller: MemberRecord | None
    pacts: Mapping[str, PactTerms]
    limits: Limits = NO_LIMITS

    @property
    def useful_units(self) -> int:
        """Units of the need that one member can usefully bring: what is open, as far as one may carry it."""
        return min(self.need.open_units, self.limits.most_units)

    def pair_with(self, record: MemberRecord) -> Pair:
        """The caller and one responder, as duty sees them."""
        return Pair(
            responder=record,
            caller=self.caller,
            picture=self.picture,
            need=self.need,
            now_ms=self.now_ms,
            pacts=self.pacts,
        )


def stops_everybody(picture: CallPicture, need: Need) -> Gate | None:
    """The gate that no member could pass, if there is one: nothing open, or proof missing (law 10)."""
    if need.open_units == 0:
        return Gate.MET
    return None if _is_proven(picture, need) else Gate.PROOF


def _is_proven(picture: CallPicture, need: Need) -> bool:
    if need.line.help_class is not HelpClass.THIRD_PARTY:
        return True
    return picture.verification is Verification.CONFIRMED and picture.proof_level >= PROOF_FOR_HARMFUL_ACTS


def in_conflict(caller_id: str | None, caller: MemberRecord | None, other: MemberRecord) -> bool:
    """Whether either side declared a conflict with the other."""
    named_by_caller = caller is not None and other.member in caller.conflicts
    return named_by_caller or (caller_id is not None and caller_id in other.conflicts)


def effect_permille(question: Question, record: MemberRecord) -> int:
    """Thousandths of the traffic that cross this member's network on the way to the caller.

    The network the caller itself sits in carries all of it; 0 where nothing is known.
    """
    picture = question.picture
    if question.need.line not in PATH_LINES:
        return 0
    if picture.asn is not None and picture.asn in record.card.asns:
        return FULL_PERMILLE
    return (picture.believed_path or {}).get(record.member, 0)


def _is_incapable(question: Question, record: MemberRecord) -> bool:
    capability = capability_of(record.card, question.need.line)
    return capability is None or not lasts(capability.valid_until_ms, question.now_ms)


def _has_too_little(question: Question, record: MemberRecord) -> bool:
    open_units = question.need.open_units
    useful = min(question.useful_units, units_free(record, question.need.line, question.now_ms))
    return useful * FULL_PERMILLE < open_units * USEFUL_COVER_PERMILLE


def _is_outside(question: Question, record: MemberRecord) -> bool:
    within = question.limits.within
    if within is None:
        return False
    held = record.accessions
    return not any(pact in held and is_in_force(held[pact], question.now_ms) for pact in within)


def _is_off_path(question: Question, record: MemberRecord) -> bool:
    if question.need.line not in PATH_LINES or question.picture.believed_path is None:
        return False
    return effect_permille(question, record) < USEFUL_EFFECT_PERMILLE


_FAILS: dict[Gate, Callable[[Question, MemberRecord], bool]] = {
    Gate.MET: lambda q, _: q.need.open_units == 0,
    Gate.PROOF: lambda q, _: not _is_proven(q.picture, q.need),
    Gate.CALLER: lambda q, r: r.member == q.picture.caller,
    Gate.SUSPENDED: lambda _, r: r.suspended,
    Gate.EXPIRED: lambda q, r: not lasts(r.card.valid_until_ms, q.now_ms),
    Gate.DENIED: lambda q, r: r.member in q.picture.denied,
    Gate.CONFLICT: lambda q, r: in_conflict(q.picture.caller, q.caller, r),
    Gate.OUTSIDE: _is_outside,
    Gate.QUOTA: lambda q, r: r.member in q.limits.resting,
    Gate.ASKED: lambda q, r: r.member in q.asked,
    Gate.INCAPABLE: _is_incapable,
    Gate.NOTHING_FREE: lambda q, r: units_free(r, q.need.line, q.now_ms) == 0,
    Gate.TOO_LITTLE: _has_too_little,
    Gate.OFF_PATH: _is_off_path,
    Gate.TIER: lambda q, r: duty_of(q.pair_with(r)).tier not in q.limits.tiers,
}


def gates_failed(question: Question, record: MemberRecord) -> tuple[Gate, ...]:
    """Every gate that stops this member, in the order of the table; empty where it is ranked."""
    failed = tuple(gate for gate in Gate if _FAILS[gate](question, record))
    # Without the kind of help, how much of it is free says nothing more.
    if Gate.INCAPABLE in failed:
        return tuple(gate for gate in failed if gate not in {Gate.NOTHING_FREE, Gate.TOO_LITTLE})
    if Gate.NOTHING_FREE in failed:
        return tuple(gate for gate in failed if gate is not Gate.TOO_LITTLE)
    return failed
