"""DNS messages as the door and its carrier use them: one question for a text, and what a station says to it.

Law 4: an answer says what is true and no more: an acknowledgement, or that the call is not kept yet, or why
it is refused. The letters of the acknowledgement prove themselves; the words beside it prove nothing.
"""

import base64
import binascii
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import msgspec

from esos.errors import Malformed
from esos.message.packet_ack import ACK_BYTES
from esos.message.packet_name import Labels

MESSAGE_MAX_BYTES = 512
"""The longest question that is read; no answer is longer either (RFC 1035, section 2.3.4)."""
WAIT_WORD = "wait"
"""The call is not kept yet: ask again, with a new label in front."""
REFUSED_WORD = "refused"
"""The call is not taken; the refusal's code follows."""
ACK_LETTERS = 51
"""38 bytes in base64 for addresses (RFC 4648, section 5), without the sign at the end."""
_RECORD_TTL_S = 0
_SOA_RETRY_S: Final = 60
_HEADER_BYTES: Final = 12


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the wire. ``labels`` are those in front of the zone, None where it lies outside."""

    message: dns.message.Message
    kind: dns.rdatatype.RdataType
    labels: Labels | None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer carries: the acknowledgement's bytes, or that the station asks to wait, or a refusal's code."""

    ack: bytes = b""
    refused: str = ""


def read_question(wire: bytes, zone: dns.name.Name) -> Question:
    """The question in a message.

    Raises ``Malformed`` (``dns.too_long``, ``dns.unreadable``, ``dns.not_a_question``).
    """
    if len(wire) > MESSAGE_MAX_BYTES:
        raise Malformed("dns.too_long", f"A question has at most {MESSAGE_MAX_BYTES} bytes.")
    message = _read(wire)
    is_question = not message.flags & dns.flags.QR and message.opcode() is dns.opcode.QUERY
    if not is_question or len(message.question) != 1 or message.question[0].rdclass != dns.rdataclass.IN:
        raise Malformed("dns.not_a_question", "This DNS message is not one question about the internet.")
    asked = message.question[0]
    name = asked.name.to_wire() or b""
    if wire[_HEADER_BYTES : _HEADER_BYTES + len(name)] != name:
        raise Malformed("dns.unreadable", "A question's name is written out, so that no answer is longer than it.")
    labels = asked.name.relativize(zone).labels if asked.name.is_subdomain(zone) else None
    return Question(message=message, kind=asked.rdtype, labels=labels)


def answer_to(question: Question, rcode: dns.rcode.Rcode, *texts: str) -> bytes:
    """An answer with these texts, none of which any cache may keep; the question's letters stay as they came."""
    reply = _reply(question, rcode)
    if texts:
        rrset = dns.rrset.from_text(reply.question[0].name, _RECORD_TTL_S, "IN", "TXT", *map(_quoted, texts))
        reply.answer.append(rrset)
    return reply.to_wire(max_size=MESSAGE_MAX_BYTES)


def answer_with(question: Question, kind: str, *records: str) -> bytes:
    """An answer about the zone itself, with records of one kind in the form of a zone file."""
    reply = _reply(question, dns.rcode.NOERROR)
    if records:
        reply.answer.append(dns.rrset.from_text(reply.question[0].name, _RECORD_TTL_S, "IN", kind, *records))
    return reply.to_wire(max_size=MESSAGE_MAX_BYTES)


def come_by_tcp(question: Question) -> bytes:
    """An answer that says nothing but: ask again by TCP, where an address cannot be forged."""
    reply = _reply(question, dns.rcode.NOERROR)
    reply.flags |= dns.flags.TC
    return reply.to_wire(max_size=MESSAGE_MAX_BYTES)


def start_of(zone: str, server: str) -> str:
    """The zone's SOA record: nothing in it may be kept by a cache, not even that something is not there."""
    return f"{server}. hostmaster.{zone}. 1 {_SOA_RETRY_S} {_SOA_RETRY_S} {_SOA_RETRY_S} 0"


def call_question(name: str) -> dns.message.Message:
    """A question for the text at this name, as a caller asks it; raises ``Malformed`` (``dns.zone``)."""
    try:
        return dns.message.make_query(name, dns.rdatatype.TXT)
    except dns.exception.DNSException as cause:
        raise Malformed("dns.zone", f"{name!r} is no name: {cause}") from cause


def ack_text(ack: bytes) -> str:
    """The acknowledgement as the text of an answer."""
    return base64.urlsafe_b64encode(ack).rstrip(b"=").decode()


def read_answer(reply: dns.message.Message) -> Said:
    """What a station says in an answer; raises ``Malformed`` (``dns.no_answer``) where no station says anything."""
    if reply.rcode() != dns.rcode.NOERROR:
        raise Malformed("dns.no_answer", f"The name server answered {dns.rcode.to_text(reply.rcode())}.")
    for text in _texts(reply):
        if text == WAIT_WORD.encode():
            return Said()
        if text.startswith(REFUSED_WORD.encode() + b" "):
            return Said(refused=text[len(REFUSED_WORD) + 1 :].decode("ascii", "replace"))
        if len(text) == ACK_LETTERS:
            return Said(ack=_ack_of(text))
    raise Malformed("dns.no_answer", "The name server gave no answer of a station.")


def _read(wire: bytes) -> dns.message.Message:
    try:
        return dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError) as cause:
        raise Malformed("dns.unreadable", "This is no DNS message.") from cause


def _reply(question: Question, rcode: dns.rcode.Rcode) -> dns.message.Message:
    reply = dns.message.make_response(question.message, our_payload=MESSAGE_MAX_BYTES)
    reply.flags |= dns.flags.AA
    reply.set_rcode(rcode)
    return reply


def _texts(reply: dns.message.Message) -> list[bytes]:
    rows = [row for rrset in reply.answer if rrset.rdtype == dns.rdatatype.TXT for row in rrset]
    return [b"".join(row.strings) for row in rows]


def _ack_of(text: bytes) -> bytes:
    try:
        ack = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Malformed("dns.no_answer", "The text in this answer is no station's.") from cause
    if len(ack) != ACK_BYTES:
        raise Malformed("dns.no_answer", "The text in this answer is no station's.")
    return ack


def _quoted(text: str) -> str:
    return f'"{text}"'
