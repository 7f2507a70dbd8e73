"""Whom a page goes to, and what is handed to a channel: one parcel an address, each under a stable id.

Nobody is woken twice for one reason at one moment: the parcel's id is made of the case, the moment, the
reason and the address, so that an officer who is watch, backup and neighbour at once gets one page.
Law 4: a channel's "sent" stops no timer; only a person's act does.

Each page waits in a lane of its channel: one for officers, one for members, and one for what strangers make
officers be told, so that none of these waits for another (decision 0040).
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from esos.case.event import Audience, Page, Reason
from esos.case.model import Case, Request
from esos.case.parts import Proposal
from esos.message.card import Contact
from esos.station.directory import Directory
from esos.station.page_lanes import LADDER, STRANGERS, digest, lane_of, place_of
from esos.station.page_reasons import NEIGHBOUR, due_ms, escalates_ms, page_reason, request_of, since_ms
from esos.station.records import Parcel
from esos.station.telling import is_checked
from esos.words.proposal import proposal_words

PAGE_KIND = "page"
NUMBERS_MAX = 10
"""How many telephone numbers of the station one page names."""
_MAY_BE_NOBODY = frozenset({Audience.CALLER, Audience.OTHER_WAYS})
"""Whoever reads everything on its own page, or has no further way: that nobody is there is no failure."""
_HELPERS = frozenset({Audience.RESPONDER, Audience.ASKED})
"""They are told by which urgency they are bound; everybody else by which urgency people are woken."""


class PageOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page to one address: everything its text is made of, frozen when it was ordered.

    ``reason`` is the case tables', ``says`` that of the words this reader gets. ``is_checked`` is false
    while nobody has checked that the caller is whom it says it is. Instants are 0 where there is none.
    """

    reason: str
    says: str
    audience: str
    party: str
    name: str
    channel: str
    address: str
    case: bytes
    caller_name: str
    urgency: str
    natures: tuple[int, ...] = ()
    needs: dict[str, int] = {}
    open_need: dict[str, int] = {}
    ref: bytes = b""
    is_checked: bool = True
    concern: str = ""
    reply: str = ""
    numbers: tuple[str, ...] = ()
    called_ms: int = 0
    since_ms: int = 0
    due_ms: int = 0
    escalates_ms: int = 0
    ordered_ms: int = 0
    tier: int = -1
    basis: str = ""
    owed: str = ""
    why: str = ""
    matter: str = ""
    team: str = ""
    sentence: str = ""
    said: str = ""
    by: str = ""
    gathers: bool = False
    """Whether it stands for all strangers' calls that wait, and not for its own case alone."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A party and one way to reach it."""

    party: str
    name: str
    contact: Contact | None


def parcels_for(page: Page, case: Case, directory: Directory, *, now_ms: int) -> list[Parcel]:
    """One parcel an address; where nobody can be reached, one that says so and stays visible.

    A caller that gave the station no address reads everything on its own page: that is no failure.
    """
    recipients = list(recipients_of(page, case, directory))
    if not recipients and page.audience not in _MAY_BE_NOBODY:
        recipients = [Recipient(party="", name="", contact=None)]
    return [_parcel(page, case, one, directory, now_ms) for one in recipients]


def recipients_of(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    """People and addresses for an audience, from the roster, the case and the register."""
    seen: set[tuple[str, str]] = set()
    for recipient in _AUDIENCES[page.audience](page, case, directory):
        key = (recipient.party, recipient.contact.address if recipient.contact else "")
        if key not in seen:
            seen.add(key)
            yield recipient


def _parcel(page: Page, case: Case, recipient: Recipient, directory: Directory, now_ms: int) -> Parcel:
    contact = recipient.contact
    address = f"{contact.channel}:{contact.address}" if contact else ""
    order = _order(page, case, recipient, directory, now_ms)
    reason = "ladder" if page.reason in LADDER else page.reason.value
    why = f"{reason}\n{page.ref.hex()}\n{recipient.party}\n{address}"
    place = place_of(page, case, order.channel, address, why)
    return Parcel(
        id=digest(b"esos-page-2" + case.id + now_ms.to_bytes(8), why),
        case=case.id,
        kind=PAGE_KIND,
        not_before_ms=now_ms,
        blob=msgspec.msgpack.encode(order),
        lane=place.lane,
        rank=place.rank,
        recipient=place.recipient,
        topic=place.topic,
    )


def _order(page: Page, case: Case, recipient: Recipient, directory: Directory, now_ms: int) -> PageOrder:
    says, request = page_reason(page, case, recipient.party), request_of(page, case, recipient.party)
    contact = recipient.contact
    values: dict[str, Any] = {
        "gathers": lane_of(page, case) == STRANGERS,
        "needs": {line.value: units for line, units in case.needs.items()},
        **_about_request(case.requests.get(page.ref), directory),
        **_about_proposal(case.proposals.get(page.ref)),
    }
    return PageOrder(
        reason=page.reason.value,
        says=says.value,
        audience=page.audience.value,
        party=recipient.party,
        name=recipient.name,
        channel=contact.channel if contact else "",
        address=contact.address if contact else "",
        case=case.id,
        caller_name=case.caller_name,
        is_checked=is_checked(case) or page.audience is Audience.CALLER,
        urgency=(case.binding if page.audience in _HELPERS else case.waking).value,
        concern=case.concern.value,
        natures=case.details.natures,
        open_need={line.value: units for line, units in case.open_need().items()},
        reply=case.details.reply or "",
        numbers=_numbers(directory) if recipient.party == NEIGHBOUR else (),
        ref=page.ref,
        called_ms=case.arrived_ms or case.opened_ms,
        since_ms=since_ms(says, case, request, now_ms),
        due_ms=due_ms(says, page, case, request),
        escalates_ms=escalates_ms(says, case),
        ordered_ms=now_ms,
        said=page.said,
        by=directory.name_of(page.by) if page.reason is Reason.UNREACHED else page.by,
        **values,
    )


def _numbers(directory: Directory) -> tuple[str, ...]:
    """The telephone numbers of the station's officers, for a neighbour that has no other way to them."""
    contacts = (contact for row in directory.officers.values() for contact in row.contacts)
    return tuple(dict.fromkeys(one.address for one in contacts if one.channel == "voice"))[:NUMBERS_MAX]


def _about_request(request: Request | None, directory: Directory) -> dict[str, object]:
    if request is None:
        return {}
    asked = {ask.line.value: ask.quantity for ask in request.committed or request.offered or request.lines}
    return {
        "needs": asked,
        "tier": request.why.tier,
        "basis": request.why.basis,
        "owed": request.why.owed,
        "why": request.why.sentence,
        "team": request.name or directory.name_of(request.responder),
        "sentence": request.sentence.rstrip("."),
    }


def _about_proposal(proposal: Proposal | None) -> dict[str, object]:
    return {"matter": proposal_words(proposal.kind)} if proposal else {}


_Resolve = Callable[[Page, Case, Directory], Iterator[Recipient]]


def _officer(directory: Directory, officer: str) -> Iterator[Recipient]:
    row = directory.officers.get(officer)
    if row is not None:
        for contact in row.contacts:
            yield Recipient(party=officer, name=row.name, contact=contact)


def _officers(directory: Directory, officers: tuple[str, ...]) -> Iterator[Recipient]:
    for officer in officers:
        yield from _officer(directory, officer)


def _watch(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    del page, case
    yield from _officers(directory, directory.roster.watch or tuple(directory.officers))


def _backup(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    if directory.roster.backup:
        yield from _officers(directory, directory.roster.backup)
    else:
        yield from _everyone(page, case, directory)


def _everyone(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    del page, case
    yield from _officers(directory, tuple(directory.officers))


def _neighbour(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    """The neighbours that are named; with none, everybody here, who is told that this is why."""
    if not directory.roster.neighbour:
        yield from _everyone(page, case, directory)
    for contact in directory.roster.neighbour:
        yield Recipient(party=NEIGHBOUR, name="neighbour station", contact=contact)


def _coordinator(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    holder = page.to or (case.lease.holder if case.lease else "")
    found = list(_officer(directory, holder))
    yield from found or _watch(page, case, directory)


def _second(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    del page
    holder = case.lease.holder if case.lease else ""
    yield from _officers(directory, tuple(one for one in directory.officers if one != holder))


def _member(directory: Directory, party: str) -> Iterator[Recipient]:
    card = directory.members.get(party)
    for contact in card.contacts if card else ():
        if contact.channel != "voice":
            yield Recipient(party=party, name=card.name if card else "", contact=contact)


def _caller(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    del page
    yield from _member(directory, case.caller)


def _responder(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    del case
    yield from _member(directory, page.to)


def _asked(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    del page
    for responder in dict.fromkeys(request.responder for request in case.requests.values()):
        yield from _member(directory, responder)


def _other_ways(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    """The ways of one party that have not failed in this case."""
    for recipient in (*_officer(directory, page.to), *_member(directory, page.to)):
        way = recipient.contact
        if way is not None and f"{page.to} {way.channel}:{way.address}" not in case.unreached:
            yield recipient


_AUDIENCES: dict[Audience, _Resolve] = {
    Audience.WATCH: _watch,
    Audience.BACKUP: _backup,
    Audience.NEIGHBOUR: _neighbour,
    Audience.EVERYONE: _everyone,
    Audience.COORDINATOR: _coordinator,
    Audience.SECOND: _second,
    Audience.CALLER: _caller,
    Audience.RESPONDER: _responder,
    Audience.ASKED: _asked,
    Audience.OTHER_WAYS: _other_ways,
}
