"""Addresses of officers as they change: who may change whose, what an address looks like, and what then holds.

An officer's own word, or a registrar's; a member's addresses stand on the card that it signs itself. A new address
starts with nothing: whatever was once proved of the same address was forgotten when it was taken back.
"""

import re
from collections.abc import Collection
from typing import Final

import msgspec

from esos.errors import Conflict, Forbidden, Malformed, Unknown
from esos.keys.speaker import Role, Speaker
from esos.message.bodies import ContactAdded, ContactRemoved, OfficerAdded
from esos.message.card import Contact
from esos.message.register_bodies import OFFICER_CONTACTS_MAX
from esos.station.contacts import DIALLED, Contacts
from esos.words.language import later, say

ContactChange = ContactAdded | ContactRemoved
CHANGES: Final = (ContactAdded, ContactRemoved)
CHANGING: Final = ("contact_added", "contact_removed")
"""The kinds of statement that change an officer's addresses."""
_FOR_OTHERS = frozenset({Role.REGISTRAR, Role.STATION})
_NUMBER = r"(?=(?:[^0-9]*[0-9]){5})\+?[0-9 ()./-]{5,30}"
_FORMS: Final = {
    "mail": (r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,190}", "duty@example.org"),
    "sms": (_NUMBER, "+44 1632 960 001"),
    "voice": (_NUMBER, "+44 1632 960 001"),
    "ring": (_NUMBER, "+44 1632 960 001"),
    "webhook": (r"https?://[^\s]+", "https://pages.example.org/duty"),
    "apprise": (r"[A-Za-z0-9]+://[^\s]+", "tgram://TOKEN/CHAT"),
    "file": (r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "duty"),
}
"""What an address of each channel looks like, and an example. The channel itself has the last word."""
_WORDS: Final = {
    "mail": later("Mail"),
    "sms": later("Text message"),
    "voice": later("Telephone"),
    "ring": later("Telephone, rung by a machine"),
    "webhook": later("A program, at a web address"),
    "apprise": later("A message service, by its Apprise address"),
    "file": later("A file of the station"),
}
_ADDRESS_MAX_CHARS = 280
_ANY = (r"\S.{0,279}", "duty")


def ways_out(channels: Collection[str]) -> dict[str, str]:
    """The channels by which an address may be given here, each with its words: what this station has, and dialling."""
    known = (*_FORMS, *sorted({*channels} - {*_FORMS}))
    return {one: say(_WORDS.get(one, "")) or one for one in known if one in {*channels, *DIALLED}}


def read_address(channel: str, written: str, channels: Collection[str]) -> Contact:
    """An address as somebody typed it, of a channel that this station has, or of a telephone that people dial.

    Raises ``Malformed`` (``contact.no_channel``, ``contact.address_form``).
    """
    known = ways_out(channels)
    if channel not in known:
        raise Malformed(
            "contact.no_channel",
            "This station has no way out of this name.",
            hint=say("Its ways out are: {channels}.", channels=", ".join(known)),
        )
    return _formed(channel, written.strip())


def _formed(channel: str, address: str) -> Contact:
    form, example = _FORMS.get(channel, _ANY)
    if not address.isprintable() or len(address) > _ADDRESS_MAX_CHARS or not re.fullmatch(form, address):
        raise Malformed(
            "contact.address_form",
            "This does not look like an address that a page can go to.",
            hint=say("Write it like {example}.", example=example),
        )
    return Contact(channel=channel, address=address)


def check_change(body: ContactChange, speaker: Speaker, officers: dict[str, OfficerAdded]) -> None:
    """Whether this is theirs to say, and can be so.

    Raises ``Forbidden`` (``contact.not_yours_to_change``), ``Malformed`` (``contact.address_form``) and what
    ``changed`` raises.
    """
    if body.officer != speaker.party and not _FOR_OTHERS & speaker.roles:
        raise Forbidden(
            "contact.not_yours_to_change",
            "These are somebody else's addresses.",
            hint="You change your own; a registrar changes another officer's.",
        )
    if isinstance(body, ContactAdded):
        _formed(body.contact.channel, body.contact.address)
    changed(body, officers)


def changed(body: ContactChange, officers: dict[str, OfficerAdded]) -> tuple[Contact, ...]:
    """The addresses of the officer after this.

    Raises ``Unknown`` (``officer.unknown``, ``contact.not_there``) and ``Conflict`` (``contact.there``,
    ``contact.too_many``).
    """
    row = officers.get(body.officer)
    if row is None:
        raise Unknown(
            "officer.unknown", f"This station has no officer {body.officer!r}.", hint="See esos officer list."
        )
    return _added(row, body.contact) if isinstance(body, ContactAdded) else _removed(row, body.contact)


def change_contacts(body: ContactChange, officers: dict[str, OfficerAdded], contacts: Contacts) -> None:
    """Fold one: the officer has these addresses, and of this one nothing is known any more. Raises as ``changed``."""
    now = changed(body, officers)
    officers[body.officer] = msgspec.structs.replace(officers[body.officer], contacts=now)
    contacts.forget(body.officer, body.contact)


def _added(row: OfficerAdded, contact: Contact) -> tuple[Contact, ...]:
    if contact in row.contacts:
        raise Conflict("contact.there", "This address is there already.", hint="Ring it, to see whether it works.")
    if len(row.contacts) >= OFFICER_CONTACTS_MAX:
        raise Conflict(
            "contact.too_many",
            "An officer has at most ten addresses.",
            hint="Remove one that is no longer used.",
        )
    return (*row.contacts, contact)


def _removed(row: OfficerAdded, contact: Contact) -> tuple[Contact, ...]:
    if contact not in row.contacts:
        raise Unknown("contact.not_there", "There is no such address.", hint="Somebody may just have removed it.")
    return tuple(one for one in row.contacts if one != contact)
