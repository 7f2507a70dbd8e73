"""Which duty a responder has towards this caller for this need: computed when asked, never stored.

Each rule gives the sentence of its legal basis or nothing; the strongest rule that speaks decides.
Law 1: a rule may read where harm comes out of, never who is behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from esos.duty.picture import CallPicture, Need
from esos.duty.record import Accession, MemberRecord, folded, lasts
from esos.duty.value import Value
from esos.duty.weights import REACHED_FRESH_MS
from esos.message.card import DutySource
from esos.pact.model import Duty as PactDuty
from esos.words.kept import (
    BOTH_ACCEPTED,
    NOTHING_BINDS,
    ONLY_AN_ANSWER,
    OWN_NETWORK,
    OWN_PRODUCT,
    REACHED,
    YOU_ACCEPTED,
)
from esos.words.need import NeedLine
from esos.words.tier import ANSWER_OWED_BY_PACT, DutyTier
from esos.words.urgency import Urgency


class Duty(Value, frozen=True, kw_only=True):
    """A tier, the sentence of its legal basis and that of what is owed, both said to the responder."""

    tier: DutyTier
    basis: str
    owed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PactTerms:
    """What the register knows of one version of a pact: see ``events.PactPublished``."""

    name: str
    family: str = ""
    owed: frozenset[NeedLine] | None = None
    duties: Mapping[Urgency, PactDuty] | None = None

    def at(self, urgency: Urgency) -> PactDuty:
        """What it asks of whoever accepted it at an urgency."""
        return PactDuty.HELP if self.duties is None else self.duties.get(urgency, PactDuty.NOTHING)

    def owes(self, line: NeedLine) -> bool:
        """Whether the line is among those it is about."""
        return self.owed is None or line in self.owed


UNKNOWN_TERMS = PactTerms(name="")
"""Of a pact whose terms are not known here: it owes help on every line at every urgency."""


class Bond(NamedTuple):
    """One pact in force for both, what it asks of the responder, and whether it is owed on this very line."""

    pact: str
    duty: PactDuty
    is_for_line: bool


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
            return Duty(tier=tier, basis=basis, owed=_owed(pair) if tier is DutyTier.PACT else tier.owed)
    return Duty(tier=DutyTier.VOLUNTEER, basis=NOTHING_BINDS, owed=DutyTier.VOLUNTEER.owed)


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


def is_in_force(accession: Accession, now_ms: int) -> bool:
    """Whether an accession is in force."""
    return accession.in_force_ms <= now_ms and lasts(accession.until_ms, now_ms)


def bonds_between(pair: Pair) -> list[Bond]:
    """The pacts in force for both that ask anything at this urgency, the strongest first, equals by their name.

    Each version of a pact is a pact of its own: it binds those who accepted that one.
    """
    ours, now_ms = pair.responder.accessions, pair.now_ms
    bonds = [
        _bond(pair, pact, ours[pact])
        for pact in pacts_of_call(pair.caller, pair.picture, now_ms)
        if pact in ours and is_in_force(ours[pact], now_ms)
    ]
    asking = [bond for bond in bonds if bond.duty is not PactDuty.NOTHING]
    return sorted(asking, key=lambda bond: (not bond.is_for_line, -bond.duty.strength, _name(pair, bond), bond.pact))


def pacts_of_call(caller: MemberRecord | None, picture: CallPicture, now_ms: int) -> tuple[str, ...]:
    """Ids of the pacts under which this call can bind anybody: its caller's own, unless the picture names others."""
    if picture.binds_under is not None:
        return tuple(sorted(picture.binds_under))
    held = caller.accessions if caller else {}
    return tuple(pact for pact, accession in sorted(held.items()) if is_in_force(accession, now_ms))


def _bond(pair: Pair, pact: str, accession: Accession) -> Bond:
    terms, line = pair.pacts.get(pact, UNKNOWN_TERMS), pair.need.line
    return Bond(pact, terms.at(pair.picture.urgency), terms.owes(line) and line not in accession.reserved)


def _name(pair: Pair, bond: Bond) -> str:
    return pair.pacts.get(bond.pact, UNKNOWN_TERMS).name or bond.pact


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
    return OWN_NETWORK.write(network=f"AS{shared[0]}") if shared else None


def _by_own_product(pair: Pair) -> str | None:
    holes = {folded(product) for product in pair.picture.hole_products}
    shared = sorted(holes.intersection(folded(product) for product in pair.responder.card.products))
    return OWN_PRODUCT.write(product=shared[0]) if shared else None


def _by_pact(pair: Pair) -> str | None:
    bond = next(iter(bonds_between(pair)), None)
    return None if bond is None or not bond.is_for_line else _accepted(pair, bond)


def _by_pact_answer(pair: Pair) -> str | None:
    """Help that a pact does not owe, or that was reserved, still leaves the duty to answer."""
    bond = next(iter(bonds_between(pair)), None)
    return None if bond is None else f"{_accepted(pair, bond)} {ONLY_AN_ANSWER}"


def _accepted(pair: Pair, bond: Bond) -> str:
    day = datetime.fromtimestamp(pair.responder.accessions[bond.pact].in_force_ms // 1000, UTC).date()
    form = BOTH_ACCEPTED if pair.picture.binds_under is None else YOU_ACCEPTED
    return form.write(pact=_name(pair, bond), day=day.isoformat())


def _owed(pair: Pair) -> str:
    """What the strongest pact asks at this urgency: help, or only an answer."""
    return DutyTier.PACT.owed if bonds_between(pair)[0].duty is PactDuty.HELP else ANSWER_OWED_BY_PACT


def _by_reach(pair: Pair) -> str | None:
    return REACHED if is_reached(pair.responder, pair.now_ms) else None


_RULES: tuple[tuple[DutyTier, Callable[[Pair], str | None]], ...] = (
    (DutyTier.CONTRACT, _by_source(DutyTier.CONTRACT)),
    (DutyTier.CONTRACT, _by_own_network),
    (DutyTier.CONTRACT, _by_own_product),
    (DutyTier.LAW, _by_source(DutyTier.LAW)),
    (DutyTier.PACT, _by_pact),
    (DutyTier.ASKED, _by_pact_answer),
    (DutyTier.ASKED, _by_reach),
)
