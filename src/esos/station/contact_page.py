"""A test of one address on its way out: another kind of parcel, of no case, with a link that can do nothing else.

Law 7: nothing here can become a call or be taken for one. It has no urgency, its link answers nothing but
itself, and a page about a case is made elsewhere, of other values.
"""

import msgspec

from esos.station.contacts import Asked
from esos.station.directory import Directory
from esos.station.local_time import UTC_ZONE, timezone_of, zone_of
from esos.station.page_lanes import MEMBERS, OFFICERS, digest
from esos.station.ports import PageFrame, PageMessage
from esos.station.records import Parcel, Value
from esos.words.contact import ContactWhy, answer_words, contact_text

CONTACT_KIND = "contact"
_RANK = 9
"""Behind every page about a case that waits in the same lane."""


class ContactPage(Value, kw_only=True):
    """A test of an address: everything its text is made of. ``missed`` is the address that did not answer before."""

    party: str
    name: str
    channel: str
    address: str
    why: ContactWhy
    code: str
    asked_ms: int
    answer_by_ms: int
    until_ms: int
    timezone: str = UTC_ZONE
    missed: str = ""


def contact_parcel(ask: Asked, *, code: str, directory: Directory, missed: str = "") -> Parcel:
    """The parcel of a question to somebody of the register; it is kept together with the statement of it."""
    body, contact = ask.body, ask.body.contact
    lane = OFFICERS if body.party in directory.officers else MEMBERS
    page = ContactPage(
        party=body.party,
        name=directory.name_of(body.party),
        channel=contact.channel,
        address=contact.address,
        why=body.why,
        code=code,
        asked_ms=ask.at_ms,
        answer_by_ms=body.answer_by_ms,
        until_ms=body.until_ms,
        timezone=timezone_of(body.party, directory),
        missed=missed,
    )
    return Parcel(
        id=parcel_id(ask.id),
        case=parcels_of(body.party),
        kind=CONTACT_KIND,
        not_before_ms=ask.at_ms,
        blob=msgspec.msgpack.encode(page),
        lane=f"{contact.channel}/{lane}",
        rank=_RANK,
        recipient=digest(b"esos-page-to-1", f"{lane}\n{contact.channel}:{contact.address}"),
    )


def read_contact_page(blob: bytes) -> ContactPage:
    """The test that a parcel holds."""
    return msgspec.msgpack.decode(blob, type=ContactPage)


def contact_message(
    stable_id: str, page: ContactPage, *, station: str, base_url: str, is_exercise: bool
) -> PageMessage:
    """The page that goes to the address."""
    text = contact_text(
        page.why,
        name=page.name,
        station=station,
        code=shown_code(page.code),
        answer_by_ms=page.answer_by_ms,
        now_ms=page.asked_ms,
        zone=zone_of(page.timezone),
        missed=page.missed,
    )
    return PageMessage(
        stable_id=stable_id,
        address=page.address,
        title=text.title,
        body=text.body,
        link=f"{base_url}/t/{page.code}",
        urgency="",
        is_exercise=is_exercise,
        is_test=True,
        frame=PageFrame.spoken(),
        answer=answer_words(shown_code(page.code)) if page.channel == "sms" else "",
    )


def shown_code(code: str) -> str:
    """A code in groups of four, as people read it out."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def parcel_id(asked: bytes) -> bytes:
    """The parcel of a question, by the id of the statement that says it was asked."""
    return digest(b"esos-contact-page-1" + asked, "")


def parcels_of(party: str) -> bytes:
    """What all tests of a party's addresses are listed under, where pages have their case: no case has such an id."""
    return digest(b"esos-contact-party-1", party)
