"""Whom a page goes to, and what is handed to a channel: one parcel an address, each under a stable id.

Nobody is woken twice for one reason at one moment: the parcel's id is made of the case, the moment, the
reason and the address, so that an officer who is watch, backup and neighbour at once gets one page.
Law 4: a channel's "sent" stops no timer; only a person's act does.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from esos.case.event import Audience, Page, Reason
from esos.case.model import Case
from esos.message.card import Contact
from esos.station.directory import Directory
from esos.station.ports import Parcel

PAGE_KIND = "page"
_LADDER = frozenset({Reason.WATCH_DUE, Reason.BACKUP_DUE, Reason.NEIGHBOUR_DUE})
"""Steps of the ladder wake for one reason: nobody has the case."""


class PageOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page to one address: everything its text is made of, frozen when it was ordered."""

    reason: str
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
    due_ms: int = 0
    ordered_ms: int = 0
    tier: int = -1
    basis: str = ""
    owed: str = ""
    why: str = ""
    matter: str = ""
    team: str = ""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A party and one way to reach it."""

    party: str
    name: str
    contact: Contact | None


def parcels_for(page: Page, case: Case, directory: Directory, *, now_ms: int) -> list[Parcel]:
    """One parcel an address; where nobody can be reached, one that says so and stays visible."""
    recipients = list(recipients_of(page, case, directory))
    if not recipients:
        recipients = [Recipient(party="", name="", contact=None)]
    return [_parcel(page, case, one, now_ms) for one in recipients]


def recipients_of(page: Page, case: Case, directory: Directory) -> Iterator[Recipient]:
    """People and addresses for an audience, from the roster, the case and the register."""
    seen: set[tuple[str, str]] = set()
    for recipient in _AUDIENCES[page.audience](page, case, directory):
        key = (recipient.party, recipient.contact.address if recipient.contact else "")
        if key not in seen:
            seen.add(key)
            yield recipient


def _parcel(page: Page, case: Case, recipient: Recipient, now_ms: int) -> Parcel:
    contact = recipient.contact
    address = f"{contact.channel}:{contact.address}" if contact else ""
    values: dict[str, Any] = {
        "needs": {line.value: units for line, units in case.needs.items()},
        **_about_request(page, case),
    }
    order = PageOrder(
        reason=page.reason.value,
        audience=page.audience.value,
        party=recipient.party,
        name=recipient.name,
        channel=contact.channel if contact else "",
        address=contact.address if contact else "",
        case=case.id,
        caller_name=case.caller_name,
        urgency=case.urgency.value,
        natures=case.details.natures,
        open_need={line.value: units for line, units in case.open_need().items()},
        ref=page.ref,
        due_ms=page.due_ms,
        ordered_ms=now_ms,
        **values,
    )
    reason = "ladder" if page.reason in _LADDER else page.reason.value
    why = f"{reason}\n{page.ref.hex()}\n{recipient.party}\n{address}"
    stable = hashlib.sha256(b"esos-page-2" + case.id + now_ms.to_bytes(8) + why.encode()).digest()[:16]
    return Parcel(id=stable, case=case.id, kind=PAGE_KIND, not_before_ms=now_ms, blob=msgspec.msgpack.encode(order))


def _about_request(page: Page, case: Case) -> dict[str, object]:
    request = case.requests.get(page.ref)
    if request is None:
        proposal = case.proposals.get(page.ref)
        return {"matter": proposal.kind.replace("_", " ")} if proposal else {}
    asked = {ask.line.value: ask.quantity for ask in request.committed or request.offered or request.lines}
    return {
        "needs": asked,
        "tier": request.why.tier,
        "basis": request.why.basis,
        "owed": request.why.owed,
        "why": request.why.sentence,
        "team": request.name,
    }


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
    if not directory.roster.neighbour:
        yield from _everyone(page, case, directory)
    for contact in directory.roster.neighbour:
        yield Recipient(party="neighbour", name="neighbour station", contact=contact)


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
}
