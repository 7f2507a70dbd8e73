"""Calls that could not be folded: they are kept, nobody tries them for ever, and people are told to call back by hand.

Laws 3 and 5: what was acknowledged is acted on, by a person where the program cannot.
"""

import msgspec

from esos.keys.speaker import decode_speaker
from esos.message.bodies import OfficerAdded
from esos.message.card import Contact
from esos.station.directory import Directory
from esos.station.local_time import timezone_of
from esos.station.page_lanes import OFFICERS, digest
from esos.station.paging import PAGE_KIND, PageOrder
from esos.station.records import Entry, Parcel
from esos.station.waking import woken_for
from esos.words.page_reasons import PageReason
from esos.words.urgency import Urgency

CALLS = frozenset({"called", "relayed", "suspected"})
SHOWN_MS = 7 * 86_400_000
"""How long the watch floor shows a call that was set aside."""
_GRAVEST = Urgency.MAYDAY
_NO_CASE = b""


class AsideView(msgspec.Struct, frozen=True, kw_only=True):
    """A call nobody could fold: its number in the journal, when it came, and who called."""

    seq: int
    at_ms: int
    caller: str


def aside_view(entry: Entry, directory: Directory) -> AsideView:
    """One line for the watch floor."""
    return AsideView(seq=entry.seq, at_ms=entry.at_ms, caller=_caller_of(entry, directory))


def alarms_for(entry: Entry, directory: Directory, *, now_ms: int) -> list[Parcel]:
    """A page to every officer who sees the caller, by every way it has, about a call that was set aside."""
    caller, speaker = _caller_of(entry, directory), decode_speaker(entry.admission)
    return [
        _alarm(entry, caller, directory.officers[one], contact, timezone_of(one, directory), now_ms)
        for one in woken_for(directory, speaker.party)
        for contact in directory.officers[one].contacts
    ]


def _alarm(entry: Entry, caller: str, row: OfficerAdded, contact: Contact, timezone: str, now_ms: int) -> Parcel:
    order = PageOrder(
        reason=PageReason.SET_ASIDE.value,
        says=PageReason.SET_ASIDE.value,
        audience="watch",
        party=row.officer,
        name=row.name,
        channel=contact.channel,
        address=contact.address,
        case=_NO_CASE,
        caller_name=caller,
        urgency=_GRAVEST.value,
        called_ms=entry.at_ms,
        ordered_ms=now_ms,
        timezone=timezone,
        matter=str(entry.seq),
    )
    address = f"{contact.channel}:{contact.address}"
    return Parcel(
        id=digest(b"esos-page-aside-1" + entry.id, f"{row.officer}\n{address}"),
        case=None,
        kind=PAGE_KIND,
        not_before_ms=now_ms,
        blob=msgspec.msgpack.encode(order),
        lane=f"{contact.channel}/{OFFICERS}",
        rank=0,
        recipient=digest(b"esos-page-to-1", f"{OFFICERS}\n{address}"),
    )


def _caller_of(entry: Entry, directory: Directory) -> str:
    speaker = decode_speaker(entry.admission)
    return directory.name_of(speaker.party) or speaker.name or speaker.party
