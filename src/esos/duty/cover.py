"""Partial offers that add up: what is covered, what is still open, and which offers to take.

What is unmet is never hidden and never below zero.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from esos.duty.picture import Need
from esos.duty.value import Value
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine

Quantity = Annotated[int, Meta(ge=0, le=NEED_QUANTITY_MAX_UNITS)]


class Commitment(Value, frozen=True, kw_only=True):
    """Units a member is bound to bring. ``total`` is its ranking total, ``order`` grows with every commitment."""

    member: str
    units: Quantity
    total: int = 0
    order: int = 0


class Offer(Value, frozen=True, kw_only=True):
    """Units a member offers; ``is_firm`` is false where the offer is conditional or provisional."""

    member: str
    units: Quantity
    total: int = 0
    is_firm: bool = True


class Choice(Value, frozen=True, kw_only=True):
    """An offer taken, for so many of its units."""

    member: str
    units: int


class Cover(Value, frozen=True, kw_only=True):
    """How far a need is met; ``committed`` may exceed ``needed``, ``open_units`` never falls below zero."""

    line: NeedLine
    needed: int
    committed: int
    open_units: int

    @property
    def sentence(self) -> str:
        """What a page says, the unmet part always named."""
        unit = self.line.unit
        said = f"{self.line.words}: {min(self.committed, self.needed)} of {self.needed} {unit} promised"
        if self.open_units:
            return f"{said}; {self.open_units} {unit} still unmet."
        return f"{said}; nothing unmet."

    @property
    def need(self) -> Need:
        """The need as ranking takes it."""
        return Need(line=self.line, needed=self.needed, open_units=self.open_units)


def cover(line: NeedLine, needed: int, commitments: Sequence[Commitment]) -> Cover:
    """Add up what is committed to one line of a case."""
    committed = sum(commitment.units for commitment in commitments)
    return Cover(line=line, needed=needed, committed=committed, open_units=max(0, needed - committed))


def choose(offers: Sequence[Offer], open_units: int) -> tuple[Choice, ...]:
    """The offers to take for what is open: firm before conditional, higher total, more units, then member id.

    The last one taken is taken in part where less of it is needed; nothing is taken beyond the need.
    """
    chosen: list[Choice] = []
    for offer in sorted(offers, key=lambda o: (not o.is_firm, -o.total, -o.units, o.member)):
        units = min(offer.units, open_units)
        if units > 0:
            chosen.append(Choice(member=offer.member, units=units))
            open_units -= units
    return tuple(chosen)
