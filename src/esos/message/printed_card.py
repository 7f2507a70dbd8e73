"""The printed card: who the member is, how to reach a person of the watch, and one-time numbers, in rows and as a code.

Law 2: it serves when every screen is dark, so what a telephone reaches stands first. Law 7: practice says so first.
The code carries at most 300 bytes, so that a poor camera reads it.
"""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from esos.errors import TooLarge
from esos.words.language import say
from esos.words.realm import Realm

QR_MAX_BYTES = 300
QR_PREFIX = "ESOS-CARD1"
CARD_NUMBERS_MAX = 20
"""How many one-time numbers one card holds."""
CARD_NUMBERS = 4
"""How many it has where nobody says otherwise."""
CardNumbers = Annotated[int, Meta(ge=1, le=CARD_NUMBERS_MAX)]
TO_WRITE = "_" * 24
"""Where somebody writes by hand what the station does not know."""


class PrintedCard(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on one sheet. ``qr`` is the text of its code; ``language`` is that of whoever it is for.

    ``telephone`` are the numbers at which a person answers, ``text`` and ``mailbox`` where a person reads.
    ``numbers`` serve once each and are kept nowhere: this is the only time that they are shown.
    """

    name: str
    member: str
    station: str
    kid: str
    realm: Realm
    numbers: tuple[str, ...]
    qr: str
    telephone: tuple[str, ...] = ()
    text: str = ""
    mailbox: str = ""
    http: str = ""
    udp: tuple[str, ...] = ()
    dns_zone: str = ""
    mail: str = ""
    language: str = "en"


class Row(NamedTuple):
    """One thing on the sheet: what it is, and what it is for this station; large where it comes first."""

    label: str
    values: tuple[str, ...]
    is_large: bool = False


class Sheet(NamedTuple):
    """The whole card in the language spoken now, from top to bottom; ``rows`` begin with those that are large."""

    title: str
    warning: str
    name: str
    rows: tuple[Row, ...]
    says: str
    numbers: tuple[str, ...]


def qr_text(*, realm: Realm, member: str, kid: str, http: str, udp: Iterable[str], name: str) -> str:
    """The text in the code; raises ``TooLarge`` (``card.too_large``) beyond 300 bytes.

    The one-time numbers are not in it: they are struck out on paper as they are read out.
    """
    parts = (QR_PREFIX, realm.value, member, kid, http, ",".join(udp), name)
    text = "|".join(part.replace("|", " ") for part in parts)
    if len(text.encode()) > QR_MAX_BYTES:
        raise TooLarge("card.too_large", f"The code of a printed card carries {QR_MAX_BYTES} bytes.")
    return text


def watch_rows(*, telephone: tuple[str, ...], text: str, mailbox: str, http: str) -> tuple[Row, ...]:
    """How a person reaches the watch, telephone first; only what the station has."""
    rows = (
        Row(say("Ring the watch:"), telephone, is_large=True),
        Row(say("Text message to the watch:"), (text,), is_large=True),
        Row(say("Mail to the watch:"), (mailbox,), is_large=True),
        Row(say("Page for calling:"), (http,)),
    )
    return tuple(row for row in rows if any(row.values))


def sheet_of(card: PrintedCard) -> Sheet:
    """The card as it is read, said in the language spoken now."""
    practice = card.realm is Realm.EXERCISE
    return Sheet(
        title=say("E-SOS EXERCISE CARD") if practice else say("E-SOS CARD"),
        warning=say("For practice only: it reaches nobody who helps in earnest.") if practice else "",
        name=card.name,
        rows=tuple(row for row in _rows(card) if any(row.values)),
        says=say("Whoever calls for us says one of these numbers; each serves once. Strike it out."),
        numbers=tuple(f"{one[:4]} {one[4:]}" for one in card.numbers),
    )


def _rows(card: PrintedCard) -> tuple[Row, ...]:
    by_hand = () if card.telephone else (Row(say("Ring the watch (write its number here):"), (TO_WRITE,), True),)
    return (
        *by_hand,
        *watch_rows(telephone=card.telephone, text=card.text, mailbox=card.mailbox, http=card.http),
        Row(say("Our own officer on duty (write the number here):"), (TO_WRITE,)),
        Row(say("Watch station:"), (card.station,)),
        Row(say("The station's key:"), (card.kid,)),
        Row(say("Member:"), (card.member,)),
        Row(say("By datagram:"), card.udp),
        Row(say("By name service, under:"), (card.dns_zone,)),
        Row(say("By mail, signed by the program, to:"), (card.mail,)),
    )
