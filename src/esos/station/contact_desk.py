"""Asking addresses and hearing from their owners: a code goes out with the statement that it was sent, or not at all.

Law 3: what is shown as asked is in the journal. Law 7: nothing that is said here concerns a case.
"""

from collections.abc import Iterable

import structlog

from esos.errors import Conflict, Forbidden, Malformed, Unknown
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.card import Contact
from esos.message.contact_bodies import ContactAdded, ContactAnswered, ContactAsked, ContactRemoved
from esos.station.contact_changes import read_address
from esos.station.contact_page import contact_parcel
from esos.station.contacts import Asked, Contacts, digest_of, goes_out, read_code
from esos.station.desk import Outcome
from esos.station.records import APPLIED, Folding, Parcel, Said
from esos.station.station import Station
from esos.words.contact import ContactWhy

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
RING_AGAIN_MS = 30_000
"""How soon somebody may be rung again at the earliest."""
ANSWER_MS = {
    ContactWhy.CONFIRM: 48 * HOUR_MS,
    ContactWhy.CHECK: HOUR_MS,
    ContactWhy.NAG: HOUR_MS,
    ContactWhy.RING: 5 * MINUTE_MS,
}
"""By when an answer is in time."""
GOOD_MS = {
    ContactWhy.CONFIRM: 7 * 24 * HOUR_MS,
    ContactWhy.CHECK: 7 * 24 * HOUR_MS,
    ContactWhy.NAG: 7 * 24 * HOUR_MS,
    ContactWhy.RING: HOUR_MS,
}
"""For how long a code is good: a late answer proves the address all the same."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LETTERS, _CODE_BYTES = 12, 8
_log = structlog.get_logger("esos.contacts")


class ContactDesk:
    """Everything that is done with addresses at one station."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def contacts_of(self, party: str) -> tuple[Contact, ...]:
        """The addresses of an officer or a member; raises ``Unknown`` (``contact.party``)."""
        directory = self._station.directory
        if party in directory.officers:
            return directory.officers[party].contacts
        if party in directory.members:
            return directory.members[party].contacts
        raise Unknown("contact.party", "Nobody here has this id.", hint="See the officers and the register.")

    async def add(
        self, party: str, way: str, written: str, *, speaker: Speaker, channel: str = "page"
    ) -> tuple[Asked, ...]:
        """Give an officer one more address, of the channel ``way``; a code goes there at once, if a page would.

        Raises what ``read_address`` and ``check_change`` raise, ``Forbidden`` (``contact.on_card``) and
        ``Unknown`` (``contact.party``).
        """
        self.need_officer(party)
        contact = read_address(way, written, self._station.channels)
        body = ContactAdded(officer=party, contact=contact)
        await self._station.desk.say_body(speaker, "contact_added", body, channel=channel)
        if contact not in self.contacts_of(party):  # another process was quicker, and its words leave no room for these
            raise Conflict(
                "contact.changed", "The addresses were changed meanwhile.", hint="Look at them, and try again."
            )
        is_sent = contact.channel in self._station.channels and goes_out(self._station.directory, party, contact)
        return await self.ask(party, [contact], ContactWhy.CONFIRM, by=speaker.party) if is_sent else ()

    async def remove(
        self, party: str, contact: Contact, *, speaker: Speaker, is_sure: bool = False, channel: str = "page"
    ) -> None:
        """Take an officer's address back: no page is ordered to it from now on.

        Raises what ``check_change`` raises, ``Forbidden`` (``contact.on_card``), ``Unknown`` (``contact.party``), and
        unless ``is_sure`` ``Conflict`` (``contact.last_way``) for the last that would wake them.
        """
        self.need_officer(party)
        if not is_sure and self._is_last_way(party, contact):
            raise Conflict(
                "contact.last_way",
                "Without this address nothing that is proved would wake them.",
                hint="Add another one first and confirm it, or say that you are sure (--sure).",
            )
        body = ContactRemoved(officer=party, contact=contact)
        await self._station.desk.say_body(speaker, "contact_removed", body, channel=channel)

    async def ring(self, party: str, *, by: str) -> tuple[Asked, ...]:
        """Try every address of a party at once, at its own wish or a registrar's.

        Raises ``Conflict`` (``contact.none``, ``contact.rung_just_now``).
        """
        now_ms, contacts = self._station.clock.now_ms(), self._sendable(party)
        rung = [ask.at_ms for ask in self.asks_of(party) if ask.body.why is ContactWhy.RING]
        if any(0 <= now_ms - at_ms < RING_AGAIN_MS for at_ms in rung):
            raise Conflict("contact.rung_just_now", "This was done a moment ago.", hint="Wait for what comes of it.")
        return await self.ask(party, contacts, ContactWhy.RING, by=by)

    async def confirm(self, party: str, *, by: str) -> tuple[Asked, ...]:
        """Send a code to each address that its owner has not confirmed; raises ``Conflict`` (``contact.none``)."""
        wanted = [one for one in self._sendable(party) if not self._contacts.standing(party, one).confirmed_ms]
        return await self.ask(party, wanted, ContactWhy.CONFIRM, by=by)

    async def ask(
        self, party: str, contacts: Iterable[Contact], why: ContactWhy, *, by: str = "", missed: str = ""
    ) -> tuple[Asked, ...]:
        """Ask these addresses; statements and pages are kept in one transaction."""
        made = [self._made(party, contact, why, by, missed) for contact in contacts]
        if not made:
            return ()
        folding = Folding(
            route="", fence=0, case=None, expected_version=0, verdicts=(), due=(),
            said=tuple(said for _, said, _ in made),
            parcels=tuple(parcel for _, _, parcel in made),
        )  # fmt: skip
        station = self._station
        await station.journal.save([folding], now_ms=station.clock.now_ms())
        await station.directory.refresh(station.journal)
        station.signal.ring()
        _log.info("contacts_asked", why=why.value, addresses=len(made))
        return tuple(ask for ask, _, _ in made)

    async def answer(self, written: str, *, speaker: Speaker | None = None, channel: str = "link") -> Outcome:
        """A code came back; without a speaker, from whoever holds it, which is whom it was sent to.

        Raises ``Malformed`` (``contact.code_form``) and what ``Contacts.check`` raises.
        """
        station = self._station
        await station.directory.refresh(station.journal)
        ask = self.find(written)
        body = ContactAnswered(code=read_code(written))
        who = speaker or self._owner(ask.body.party)
        return await station.desk.say_body(who, "contact_answered", body, channel=channel)

    def find(self, written: str) -> Asked:
        """The question that a code answers.

        Raises ``Malformed`` (``contact.code_form``) and ``Unknown`` (``contact.code``).
        """
        code = read_code(written)
        if len(code) != _CODE_LETTERS or not set(code) <= set(_ALPHABET):
            raise Malformed("contact.code_form", "A code has twelve letters and digits.", hint="As Q7KM-93TX-2BVH.")
        ask = self._contacts.find(code)
        if ask is None:
            raise Unknown("contact.code", "No address here was sent this code.", hint="Type it in as it came.")
        return ask

    def asks_of(self, party: str) -> tuple[Asked, ...]:
        """Everything that the present addresses of a party were asked of late, newest first."""
        found = [ask for one in self.contacts_of(party) for ask in self._contacts.standing(party, one).asks]
        return tuple(sorted(found, key=lambda ask: (ask.at_ms, ask.id), reverse=True))

    @property
    def _contacts(self) -> Contacts:
        return self._station.directory.contacts

    def need_officer(self, party: str) -> None:
        """Raise ``Forbidden`` (``contact.on_card``) or ``Unknown`` (``contact.party``) for whoever is no officer."""
        if party in self._station.directory.members:
            raise Forbidden(
                "contact.on_card",
                "A member's addresses stand on its card, which it signs with its own key.",
                hint="Make a new card with esos member card, and send it to the station's registrar.",
            )
        if party not in self._station.directory.officers:
            raise Unknown("contact.party", "Nobody here has this id.", hint="See the officers and the register.")

    def _is_last_way(self, party: str, contact: Contact) -> bool:
        """Whether without it no proved address is left where one was, or none at all that a page would go to."""
        goes = [one for one in self.contacts_of(party) if goes_out(self._station.directory, party, one)]
        now_ms, channels = self._station.clock.now_ms(), self._station.channels
        wakes = [one for one in goes if one.channel in channels and self._contacts.standing(party, one).wakes(now_ms)]
        return [contact] in (goes, wakes)

    def _sendable(self, party: str) -> tuple[Contact, ...]:
        found = tuple(one for one in self.contacts_of(party) if goes_out(self._station.directory, party, one))
        if not found:
            raise Conflict(
                "contact.none",
                "There is no address here that a page would go to.",
                hint="An officer adds one on the page of their addresses; a member puts it on its card.",
            )
        return found

    def _made(self, party: str, contact: Contact, why: ContactWhy, by: str, missed: str) -> tuple[Asked, Said, Parcel]:
        station, now_ms = self._station, self._station.clock.now_ms()
        code = make_code(station.dice.bytes(_CODE_BYTES))
        body = ContactAsked(
            party=party,
            contact=contact,
            why=why,
            digest=digest_of(code),
            answer_by_ms=now_ms + ANSWER_MS[why],
            until_ms=now_ms + GOOD_MS[why],
            by=by,
        )
        statement = station.identity.say("contact_asked", body, now_ms=now_ms)
        judged = station.judge.judge_own(statement, station.identity.speaker)
        ask = Asked(id=statement.id, body=body, at_ms=now_ms)
        parcel = contact_parcel(ask, code=code, directory=station.directory, missed=missed)
        return ask, Said(admitted=judged.admitted, code=APPLIED, reason=""), parcel

    def _owner(self, party: str) -> Speaker:
        """Whoever holds a code, as the owner of the address it was sent to: known by that alone, and marked so."""
        directory = self._station.directory
        officer = directory.officer_speaker(party, KnownBy.LINK)
        return officer or directory.member_speaker(party, KnownBy.LINK, attested=True)


def make_code(chance: bytes) -> str:
    """Sixty bits as twelve signs that are hard to misread."""
    number = int.from_bytes(chance)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_CODE_LETTERS)))


def may_change(speaker: Speaker, party: str) -> bool:
    """Whether they may give and take back these addresses: an officer's own, or any officer's for a registrar."""
    return may_ring(speaker, party) and Role.MEMBER not in speaker.roles


def may_ring(speaker: Speaker, party: str) -> bool:
    """Whether this is their own address, or they keep everybody's."""
    return speaker.party == party or Role.REGISTRAR in speaker.roles
