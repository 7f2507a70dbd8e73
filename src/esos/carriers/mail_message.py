"""A call as a mail, and the line by which a station's mail door says what became of it.

Nothing in a mail counts but the signed call that it carries: no header, no sender, no word around it.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from itertools import islice
from textwrap import wrap
from typing import Final, TypeVar

import msgspec

from esos.carriers.mail_parts import parts_of
from esos.carriers.offline import Carried, from_file, from_print, to_file
from esos.errors import EsosError, Malformed, TooLarge
from esos.message.packet_ack import ACK_BYTES
from esos.message.packet_codes import AckState
from esos.words.realm import Realm

MAIL_MAX_BYTES = 262_144
"""The largest mail a station reads: the largest signed statement fits, twice."""
PARTS_MAX = 32
"""How many parts of a mail are looked at."""
BOUNDARIES_MAX = 8
"""How many parts within parts a mail may name: reading deeper ones takes time that grows with their square."""
CALL_TYPE = ("application", "cose")
_FILE_TYPES: Final = frozenset({"application/cose", "application/octet-stream"})
_BEGIN, _END = "-----BEGIN ESOS CALL-----", "-----END ESOS CALL-----"
_ARMOUR: Final = re.compile(rf"{_BEGIN}([A-Za-z0-9+/=\s]+){_END}", re.ASCII)
_PRINT_BEGIN, _PRINT_END = "BEGIN E-SOS ", "END E-SOS "
_LINE_LETTERS: Final = 64
_ACK_LETTERS: Final = 51
_STATE_WORDS: Final = {state.name.lower().replace("_", "-"): state for state in AckState}
_RECEIPT: Final = re.compile(
    rf"e-SOS (?P<state>{'|'.join(_STATE_WORDS)}) (?P<statement>[0-9a-f]{{64}}) "
    rf"(?P<acks>-|[A-Za-z0-9_-]{{{_ACK_LETTERS}}}(?:,[A-Za-z0-9_-]{{{_ACK_LETTERS}}})*)(?: |$)",
    re.ASCII,
)
_Content = TypeVar("_Content", bytes, str)
_TITLES: Final = {Realm.REAL: "e-SOS: call for help", Realm.EXERCISE: "e-SOS EXERCISE: call for help"}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail door says of a call that it has: the state, of which statement, and acknowledgements as proof.

    There is one acknowledgement for each sealing key of the caller that is in force; none for a stranger.
    """

    state: AckState
    statement: bytes
    acks: tuple[bytes, ...] = ()


def write_mail(carried: Carried, *, sender: str, to: str, realm: Realm, statement: bytes, at: str) -> EmailMessage:
    """The mail: the call as an attachment, and again in the text, since some relays take attachments away.

    The same call makes a mail with the same Message-ID. ``at`` is the Date of the mail.
    """
    content = to_file(carried.cose, carried.public)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr(("e-SOS", sender))
    mail["To"] = to
    mail["Subject"] = _TITLES[realm]
    mail["Date"] = at
    mail["Message-ID"] = f"<{statement.hex()}@{sender.rpartition('@')[2]}>"
    mail["Importance"] = "high"
    lines = wrap(base64.b64encode(content).decode(), _LINE_LETTERS)
    mail.set_content("\n".join([_WORDS[realm], "", _BEGIN, *lines, _END, ""]))
    maintype, subtype = CALL_TYPE
    mail.add_attachment(content, maintype=maintype, subtype=subtype, filename="call.esos")
    return mail


def read_mail(raw: bytes) -> Carried:
    """The first signed call in a mail, attached or between its lines.

    Raises ``TooLarge`` (``mail.too_large``) and ``Malformed`` (``mail.no_call``, ``mail.unreadable``).
    """
    if len(raw) > MAIL_MAX_BYTES:
        raise TooLarge("mail.too_large", f"A mail with a call has at most {MAIL_MAX_BYTES} bytes.")
    if raw.lower().count(b"boundary") > BOUNDARIES_MAX:
        raise Malformed("mail.unreadable", "This mail has parts within parts within parts.")
    try:
        found = next(_calls_in(parts_of(raw)), None)
    except (MessageError, ValueError, LookupError, RecursionError) as cause:
        raise Malformed("mail.unreadable", "This mail cannot be read.") from cause
    if found is None:
        raise Malformed(
            "mail.no_call",
            "This mail carries no signed call for help.",
            hint="Attach the file that esos call --offline call.esos writes, or paste the lines of its print.",
        )
    return found


def write_receipt(receipt: Receipt) -> str:
    """The line, in letters that mail servers pass on, and shorter than 400 of them."""
    acks = ",".join(base64.urlsafe_b64encode(ack).rstrip(b"=").decode() for ack in receipt.acks) or "-"
    state = receipt.state.name.lower().replace("_", "-")
    return f"e-SOS {state} {receipt.statement.hex()} {acks} {receipt.state.words}"


def read_receipt(line: str) -> Receipt | None:
    """The inverse of ``write_receipt``, None where a line is none. It proves nothing but by its acknowledgements."""
    found = _RECEIPT.search(" ".join(line.split()))
    if found is None:
        return None
    acks = () if found["acks"] == "-" else tuple(map(_ack, found["acks"].split(",")))
    return Receipt(
        state=_STATE_WORDS[found["state"]],
        statement=bytes.fromhex(found["statement"]),
        acks=tuple(ack for ack in acks if len(ack) == ACK_BYTES),
    )


def mail_date(at_ms: int) -> str:
    """A moment as mails write it."""
    return format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC))


def _calls_in(mail: "Message[str, str]") -> Iterator[Carried]:
    for part in islice(mail.walk(), PARTS_MAX):
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if part.get_content_type() in _FILE_TYPES:
            yield from _read(from_file, content)
        elif part.get_content_type() == "text/plain":
            yield from _in_text(content.decode("ascii", "replace"))


def _in_text(text: str) -> Iterator[Carried]:
    for armoured in _ARMOUR.finditer(text):
        yield from _read(from_file, _base64(armoured[1]))
    for printed in _prints_in(text):
        yield from _read(from_print, printed)


def _prints_in(text: str) -> Iterator[str]:
    """What stands between first and last lines of a print; each letter is looked at once."""
    upper, at = text.upper(), 0
    while (begin := upper.find(_PRINT_BEGIN, at)) >= 0 and (end := upper.find(_PRINT_END, begin)) >= 0:
        yield text[begin:end]
        at = end


def _read(reader: Callable[[_Content], Carried], content: _Content) -> Iterator[Carried]:
    """What a reader finds; a part that is no call is passed over, since another may be."""
    try:
        found = reader(content)
    except EsosError:
        return
    yield found


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _ack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_WORDS: Final = {
    Realm.REAL: "This is a call for help. It is signed; a program at the station reads it. Do not change this mail.",
    Realm.EXERCISE: "EXERCISE. This is a call in an exercise. A program at the station reads it.",
}
