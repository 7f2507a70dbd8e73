"""Which duty a responder has towards this caller for this need: computed when asked, never stored.

Each rule gives the sentence of its legal basis or nothing; the strongest rule that speaks decides.
Law 1: a rule may read where harm comes out of, never who is behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from esos.duty.picture import CallPicture, Need
from esos.duty.record import Accession, MemberRecord, folded, lasts
from esos.duty.value import Value
from esos.duty.weights import REACHED_FRESH_MS
from esos.message.card import DutySource
from esos.words.need import NeedLine
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency


class Duty(Value, frozen=True, kw_only=True):
    """A tier, and the sentence of its legal basis, said to the responder."""

    tier: DutyTier
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PactTerms:
    """What the register knows of a pact: its name, the lines it owes and the urgencies it binds at (None: all)."""

    name: str
    owed: frozenset[NeedLine] | None = None
    urgencies: frozenset[Urgency] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A responder and a caller (its record where it is a member), and the need between them."""

    responder: MemberRecord
    caller: MemberRecord | None
    picture: CallPicture
    need: Need
    now_ms: int
    pacts: Mapping[str, PactTerms]


def duty_of(pair: Pair) -> Duty:
    """The strongest duty between the two for this need, with its basis."""
    for tier, rule in _RULES:
        basis = rule(pair)
        if basis is not None:
            return Duty(tier=tier, basis=basis)
    return Duty(tier=DutyTier.VOLUNTEER, basis="You are registered as able to help; nothing binds you.")


def source_covers(source: DutySource, picture: CallPicture) -> bool:
    """Whether a duty source speaks of this caller: all kinds it names must match, and it must name one.

    A source that names nobody binds to nobody; else one line on a card would put its owner above all.
    """
    tests = (
        (source.callers, picture.caller in source.callers),
        (source.sectors, bool({folded(s) for s in source.sectors} & {folded(s) for s in picture.sectors})),
        (source.countries, picture.country in source.countries),
    )
    named = [matches for names, matches in tests if names]
    return bool(named) and all(named)


def accession_binds(accession: Accession, line: NeedLine | None, now_ms: int) -> bool:
    """Whether an accession is in force, and for this line where one is given."""
    in_force = accession.in_force_ms <= now_ms and lasts(accession.until_ms, now_ms)
    return in_force and line not in accession.reserved


def pacts_between(pair: Pair) -> tuple[str, ...]:
    """Ids of the pacts in force for both that owe the line and in which the responder did not reserve it."""
    line, now_ms = pair.need.line, pair.now_ms
    return tuple(
        pact
        for pact in pacts_of_call(pair.caller, pair.picture, now_ms)
        if pact in pair.responder.accessions
        and accession_binds(pair.responder.accessions[pact], line, now_ms)
        and owes(pair.pacts.get(pact), line, pair.picture.urgency)
    )


def pacts_of_call(caller: MemberRecord | None, picture: CallPicture, now_ms: int) -> tuple[str, ...]:
    """Ids of the pacts under which this call can bind anybody: its caller's own, unless the picture names others."""
    if picture.binds_under is not None:
        return tuple(sorted(picture.binds_under))
    held = caller.accessions if caller else {}
    return tuple(pact for pact, accession in sorted(held.items()) if accession_binds(accession, None, now_ms))


def owes(terms: PactTerms | None, line: NeedLine, urgency: Urgency) -> bool:
    """Whether a pact owes a line at an urgency; one whose terms are not known here owes all lines at all."""
    if terms is None:
        return True
    owes_line = terms.owed is None or line in terms.owed
    return owes_line and (terms.urgencies is None or urgency in terms.urgencies)


def is_reached(record: MemberRecord, now_ms: int) -> bool:
    """Whether the member was proven reachable lately."""
    return record.reached_ms is not None and now_ms - record.reached_ms < REACHED_FRESH_MS


def _by_source(tier: DutyTier) -> Callable[[Pair], str | None]:
    def rule(pair: Pair) -> str | None:
        sources = pair.responder.card.duty_sources
        return next((s.basis for s in sources if s.tier == tier and source_covers(s, pair.picture)), None)

    return rule


def _by_own_network(pair: Pair) -> str | None:
    shared = sorted(set(pair.responder.card.asns) & set(pair.picture.believed_sources))
    if not shared:
        return None
    return f"Part of what harms the caller comes out of your network AS{shared[0]}, whoever is behind it."


def _by_own_product(pair: Pair) -> str | None:
    holes = {folded(product) for product in pair.picture.hole_products}
    shared = sorted(holes.intersection(folded(product) for product in pair.responder.card.products))
    return f"The weakness was reported in your product {shared[0]}." if shared else None


def _by_pact(pair: Pair) -> str | None:
    shared = pacts_between(pair)
    if not shared:
        return None
    terms = pair.pacts.get(shared[0])
    name = terms.name if terms is not None and terms.name else shared[0]
    day = datetime.fromtimestamp(pair.responder.accessions[shared[0]].in_force_ms // 1000, UTC).date()
    both = pair.picture.binds_under is None
    who = "You and the caller both accepted" if both else "You accepted"
    helped = "" if both else ", under which this caller is helped as a member is"
    return f"{who} the pact {name}{helped}; it is in force for you since {day.isoformat()}."


def _by_reach(pair: Pair) -> str | None:
    if not is_reached(pair.responder, pair.now_ms):
        return None
    return "You are able to help and were reached: you owe an answer, which may be no."


_RULES: tuple[tuple[DutyTier, Callable[[Pair], str | None]], ...] = (
    (DutyTier.CONTRACT, _by_source(DutyTier.CONTRACT)),
    (DutyTier.CONTRACT, _by_own_network),
    (DutyTier.CONTRACT, _by_own_product),
    (DutyTier.LAW, _by_source(DutyTier.LAW)),
    (DutyTier.PACT, _by_pact),
    (DutyTier.ASKED, _by_reach),
)
