"""Whom a page goes to, and what is handed to a channel: one parcel an address, each under a stable id.

Nobody is woken twice for one reason at one moment: the parcel's id is made of the case, the moment, the
reason and the address, so that an officer who is watch, backup and neighbour at once gets one page.
Law 4: a channel's "sent" stops no timer; only a person's act does.

Each page waits in a lane of its channel: one for officers, one for members, and one for what strangers make
officers be told, so that none of these waits for another (decision 0040).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from esos.case.event import Audience, Page, Reason
from esos.case.model import Case, Request
from esos.case.parts import Proposal
from esos.message.card import Contact
from esos.station.contacts import DIALLED, goes_out
from esos.station.directory import Directory
from esos.station.local_time import UTC_ZONE, timezone_of
from esos.station.page_lanes import LADDER, STRANGERS, digest, lane_of, place_of
from esos.station.page_reasons import NEIGHBOUR, due_ms, escalates_ms, page_reason, request_of, since_ms
from esos.station.records import Parcel
from esos.station.rostering import on_watch, station_named
from esos.station.telling import is_checked
from esos.station.waking import Circle, circle_of
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
    timezone: str = UTC_ZONE
    """In which zone its reader reads a clock."""
    tier: int = -1
    basis: str = ""
    owed: str = ""
    why: str = ""
    matter: str = ""
    report: str = ""
    law: str = ""
    team: str = ""
    sentence: str = ""
    is_confirmed: bool = True
    """Whether the reader once said that this address is theirs."""
    said: str = ""
    by: str = ""
    gathers: bool = False
    """Whether it stands for all strangers' calls that wait, and not for its own case alone."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A party and one way to reach it; ``is_confirmed``: the party once said that it is theirs."""

    party: str
    name: str
    contact: Contact | None
    is_confirmed: bool = True


def parcels_for(page: Page, case: Case, directory: Directory, *, now_ms: int) -> list[Parcel]:
    """One parcel an address; where nobody can be reached, one that says so and stays visible.

    A caller that gave the station no address reads everything on its own page: that is no failure.
    """
    recipients = _tried(recipients_of(page, case, directory, now_ms=now_ms), directory, now_ms)
    if not recipients and page.audience not in _MAY_BE_NOBODY:
        recipients = [Recipient(party="", name="", contact=None)]
    return [_parcel(page, case, one, directory, now_ms) for one in recipients]


def recipients_of(page: Page, case: Case, directory: Directory, *, now_ms: int) -> Iterator[Recipient]:
    """People and addresses for an audience, from the roster, the case and the register."""
    seen: set[tuple[str, str]] = set()
    for recipient in _AUDIENCES[page.audience](page, case, People(directory, now_ms, circle_of(page, case, directory))):
        contact = recipient.contact
        key = (recipient.party, f"{contact.channel}:{contact.address}" if contact else "")
        if key not in seen:
            seen.add(key)
            yield recipient


def _tried(found: Iterator[Recipient], directory: Directory, now_ms: int) -> list[Recipient]:
    """The ways that are tried: an address that nobody confirmed only where its owner has none that is proved.

    A neighbour station's are tried always: nobody here keeps them, and nothing comes after them.
    """
    by_party: dict[str, list[Recipient]] = {}
    for one in found:
        by_party.setdefault(one.party, []).append(one)
    return [way for party, ways in by_party.items() for way in _tried_of(party, ways, directory, now_ms)]


def _tried_of(party: str, ways: list[Recipient], directory: Directory, now_ms: int) -> list[Recipient]:
    if party == NEIGHBOUR:
        return ways
    contacts = [one.contact for one in ways if one.contact]
    kept = directory.contacts.tried(party, contacts, now_ms, lambda one: goes_out(directory, party, one))
    return [
        Recipient(party=party, name=ways[0].name, contact=contact, is_confirmed=is_confirmed)
        for contact, is_confirmed in kept
    ]


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
        **_about_law(page, case),
    }
    return PageOrder(
        reason=page.reason.value,
        says=says.value,
        audience=page.audience.value,
        party=recipient.party,
        is_confirmed=recipient.is_confirmed,
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
        timezone=timezone_of(recipient.party, directory),
        said=page.said,
        by=directory.name_of(page.by) if page.reason is Reason.UNREACHED else page.by,
        **values,
    )


def _numbers(directory: Directory) -> tuple[str, ...]:
    """The telephone numbers of the station's officers, for a neighbour that has no other way to them."""
    contacts = (contact for row in directory.officers.values() for contact in row.contacts)
    return tuple(dict.fromkeys(one.address for one in contacts if one.channel in DIALLED))[:NUMBERS_MAX]


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


def _about_law(page: Page, case: Case) -> dict[str, object]:
    if page.reason is not Reason.LAW_DUE:
        return {}
    law, _, clock = page.ref.decode().partition("/")
    said = case.laws[law].reminded[clock]
    return {"report": said.title, "law": said.under}


class People:
    """Everybody whom a page can go to, at the moment it is ordered; ``circle`` are the officers it wakes first."""

    def __init__(self, directory: Directory, now_ms: int, circle: Circle) -> None:
        self.directory = directory
        self._now_ms = now_ms
        self._circle = circle

    def officer(self, officer: str) -> Iterator[Recipient]:
        """A person of the station, by every address."""
        row = self.directory.officers.get(officer)
        for contact in row.contacts if row is not None else ():
            yield Recipient(party=officer, name=row.name if row else "", contact=contact)

    def on_duty(self, duty: str, *, but: str = "") -> list[Recipient]:
        """Who is on this duty by the roster now, of the circle; nobody where that is nobody whom a page would reach."""
        named = [one for one in on_watch(self.directory, self._now_ms).of(duty) if one != but]
        woken = self._circle.with_whole(self._circle.of(named), duty)
        found = [recipient for one in woken for recipient in self._named(one)]
        return found if any(one.contact and goes_out(self.directory, one.party, one.contact) for one in found) else []

    def _named(self, person: str) -> Iterator[Recipient]:
        station = station_named(self.directory, person)
        if station is None:
            yield from self.officer(person)
        for contact in station.contacts if station is not None else ():
            yield Recipient(party=NEIGHBOUR, name=station.name if station else "", contact=contact)

    def all_of(self, *roles: str, but: str = "") -> Iterator[Recipient]:
        """Everybody with one of these roles, everybody at all where they are nobody; the circle of them, if any."""
        officers = self.directory.officers
        found = [one for one, row in officers.items() if one != but and set(roles) & set(row.roles)]
        for officer in self._circle.reached(found) or found or [one for one in officers if one != but]:
            yield from self.officer(officer)


_Resolve = Callable[[Page, Case, People], Iterable[Recipient]]


def _watch(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    return people.on_duty("watch") or _everyone(page, case, people)


def _backup(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    return people.on_duty("backup") or _everyone(page, case, people)


def _everyone(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    del page, case
    return people.all_of("officer")


def _neighbour(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    """The neighbours that are named; with none, everybody here, who is told that this is why."""
    named = people.directory.roster.rules.neighbour
    if not named:
        return _everyone(page, case, people)
    return [Recipient(party=NEIGHBOUR, name="neighbour station", contact=contact) for contact in named]


def _coordinator(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    holder = page.to or (case.lease.holder if case.lease else "")
    return list(people.officer(holder)) or _watch(page, case, people)


def _second(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    """The second officer of the roster, who may be a neighbour's; else everybody who could be."""
    del page
    holder = case.lease.holder if case.lease else ""
    return people.on_duty("second", but=holder) or people.all_of("officer", "second", but=holder)


def _member(people: People, party: str) -> Iterator[Recipient]:
    card = people.directory.members.get(party)
    for contact in card.contacts if card else ():
        if goes_out(people.directory, party, contact):
            yield Recipient(party=party, name=card.name if card else "", contact=contact)


def _caller(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    del page
    return _member(people, case.caller)


def _responder(page: Page, case: Case, people: People) -> Iterable[Recipient]:
    del case
    return _member(people, page.to)


def _asked(page: Page, case: Case, people: People) -> Iterator[Recipient]:
    del page
    for responder in dict.fromkeys(request.responder for request in case.requests.values()):
        yield from _member(people, responder)


def _other_ways(page: Page, case: Case, people: People) -> Iterator[Recipient]:
    """The ways of one party that have not failed in this case."""
    for recipient in (*people.officer(page.to), *_member(people, page.to)):
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
