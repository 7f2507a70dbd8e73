"""All that ranking may read of a call, and the need it ranks for.

Law 1: there is no field for who did it and none for free text, so no decision below can depend on
either. Law 2: everything but the need has a default that means "unknown".
"""

from typing import Annotated

from msgspec import Meta

from esos.duty.value import Value
from esos.message.card import Asn, Country, Text80
from esos.words.life import Verification
from esos.words.nature import Nature
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine
from esos.words.urgency import Urgency

__all__ = ("PROOF_FOR_HARMFUL_ACTS", "CallPicture", "Need", "Permille", "Verification")

PROOF_FOR_HARMFUL_ACTS = 2
"""The rung of proof of control below which nothing that harms a third party is asked for (law 10)."""

Permille = Annotated[int, Meta(ge=0, le=1000)]


class CallPicture(Value, frozen=True, kw_only=True):
    """The facts of a call that ranking reads, codes and numbers only.

    ``caller`` is a member id or None for a stranger. ``products`` are what the caller runs,
    ``hole_products`` those in which the weakness was reported; ``source_asns`` the networks the harm
    comes out of. ``on_path`` gives, by member id, the thousandths of the traffic that cross that
    member's network, None where nobody knows. Forged sender addresses would let somebody choose who is
    called: ``source_asns`` is read only where ``sources_trusted``, ``on_path`` there or where it was
    measured at the caller's own ingress (``on_path_measured``). ``vouched``: a relay speaks for the
    caller. ``binds_under`` are the pacts under which this call binds whoever acceded to them, None for
    those the caller itself acceded to. ``granted`` are lines the caller has signed a grant for in this
    case, ``denied`` the members it refused.
    """

    caller: str | None = None
    country: Country | None = None
    sectors: Annotated[tuple[Text80, ...], Meta(max_length=40)] = ()
    products: Annotated[tuple[Text80, ...], Meta(max_length=100)] = ()
    hole_products: Annotated[tuple[Text80, ...], Meta(max_length=100)] = ()
    asn: Asn | None = None
    source_asns: Annotated[tuple[Asn, ...], Meta(max_length=10_000)] = ()
    sources_trusted: bool = False
    on_path: dict[str, Permille] | None = None
    on_path_measured: bool = False
    languages: Annotated[tuple[Text80, ...], Meta(max_length=20)] = ()
    natures: Annotated[tuple[Nature, ...], Meta(max_length=20)] = ()
    urgency: Urgency = Urgency.MAYDAY
    verification: Verification = Verification.UNVERIFIED
    proof_level: Annotated[int, Meta(ge=0, le=4)] = 0
    vouched: bool = False
    binds_under: Annotated[tuple[Text80, ...], Meta(max_length=20)] | None = None
    granted: tuple[NeedLine, ...] = ()
    denied: tuple[str, ...] = ()

    @property
    def believed_sources(self) -> tuple[int, ...]:
        """The source networks ranking may read: none where senders can be forged."""
        return self.source_asns if self.sources_trusted else ()

    @property
    def believed_path(self) -> dict[str, int] | None:
        """The on-path shares ranking may read, None where they are unknown or can be forged."""
        return self.on_path if self.on_path_measured or self.sources_trusted else None


class Need(Value, frozen=True, kw_only=True):
    """One need line of a case: how much in all, and how much nobody is committed to yet."""

    line: NeedLine
    needed: Annotated[int, Meta(ge=1, le=NEED_QUANTITY_MAX_UNITS)]
    open_units: Annotated[int, Meta(ge=0, le=NEED_QUANTITY_MAX_UNITS)]
