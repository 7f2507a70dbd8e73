"""Harm avoided before it happens: members with the same product, supplier or sector are warned."""

from esos.case.event import Audience, Page, WarnOthers
from esos.case.model import Case
from esos.message.card import MemberCard
from esos.station.directory import Directory
from esos.station.paging import parcels_for
from esos.station.records import Parcel

WARNED_MAX_MEMBERS = 5_000
"""How many members one advisory warns at once."""


def warn_others(effect: WarnOthers, case: Case, directory: Directory, *, now_ms: int) -> list[Parcel]:
    """One page an address of every member that the advisory may concern, the caller left out: it is out, or over."""
    concerned = [
        member
        for member, card in directory.members.items()
        if member != case.caller and member not in directory.suspended and _concerns(case, card)
    ]
    parcels: list[Parcel] = []
    for member in sorted(concerned)[:WARNED_MAX_MEMBERS]:
        page = Page(audience=Audience.RESPONDER, reason=effect.reason, to=member)
        parcels += parcels_for(page, case, directory, now_ms=now_ms)
    return parcels


def _concerns(case: Case, card: MemberCard) -> bool:
    details = case.details
    same_product = bool(set(details.products) & set(card.products))
    same_sector = details.sector is not None and details.sector in card.sectors
    return same_product or same_sector or not (details.products or details.sector)
