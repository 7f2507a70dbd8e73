"""Many small calls with one cause, seen together: the facts of the whole.

Law 1: the cause is a shared product, supplier or network, never a culprit. Which calls belong
together is decided elsewhere; this only says how bad they are as one.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from esos.errors import Malformed
from esos.triage.facts import (
    Facts,
    FunctionalImpact,
    Information,
    Location,
    ObservedActivity,
    Organisation,
    Outlook,
    PotentialImpact,
    Recoverability,
    read_facts,
)
from esos.triage.truth import Truth, any_of

REACH_BY_CALLERS: tuple[tuple[int, PotentialImpact], ...] = (
    (100, PotentialImpact.SEVERE),
    (10, PotentialImpact.HIGH),
    (3, PotentialImpact.MODERATE),
)
"""So many callers at once are themselves an observation of who feels it: at least this much."""

_WORST_LAST: dict[str, type[StrEnum]] = {
    "functional_impact": FunctionalImpact,
    "observed_activity": ObservedActivity,
    "location": Location,
    "information": Information,
    "recoverability": Recoverability,
    "potential_impact": PotentialImpact,
    "organisation": Organisation,
    "outlook": Outlook,
}
"""Facts whose codes are declared mildest first."""


def together(calls: Sequence[Facts]) -> Facts:
    """The facts of several calls with one cause, as one situation.

    A coded fact takes the worst any caller knows; a yes of one caller is a yes of the whole, and a
    no needs all of them. The sector stays only where all agree; otherwise it is unknown, so that
    under a profile in which sectors differ the lower end makes no choice between them. Raises
    ``Malformed`` with code ``triage.no_calls`` for an empty sequence.
    """
    if not calls:
        raise Malformed("triage.no_calls", "There are no calls to take together.")
    whole = read_facts({name: _joined(name, calls) for name in Facts.__struct_fields__})
    reach = _reach(len(calls), whole.potential_impact)
    return msgspec.structs.replace(whole, potential_impact=reach)


def _joined(name: str, calls: Sequence[Facts]) -> StrEnum | Truth:
    said = [getattr(call, name) for call in calls]
    if name == "sector":
        return said[0] if len(set(said)) == 1 else None
    if name in _WORST_LAST:
        order = list(_WORST_LAST[name])
        return max((code for code in said if code is not None), key=order.index, default=None)
    return any_of(said)


def _reach(callers: int, known: PotentialImpact | None) -> PotentialImpact | None:
    """The worse of what callers know and what their number shows."""
    floor = next((impact for number, impact in REACH_BY_CALLERS if callers >= number), None)
    order = list(PotentialImpact)
    return max((impact for impact in (known, floor) if impact is not None), key=order.index, default=None)
