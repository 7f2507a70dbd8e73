"""The call packet: a signed call small enough for one datagram, one DNS query or one text message.

Law 7: header and content type are signed, so a test or an exercise can never be turned into a call.
Law 11: what a station keeps of a packet is a standard COSE_Sign1, rebuilt from it byte for byte.
"""

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from esos.errors import Forbidden, Malformed, Unauthenticated
from esos.keys.identity import KID_BYTES, SIGNATURE_BYTES, kid_of, public_of, sign, signature_holds
from esos.message import cbor
from esos.message.cose import ALG, CONTENT_TYPE, EDDSA, KID, decode_sign1, encode_sign1, sig_structure
from esos.message.packet_codes import CallState, PacketType
from esos.message.packet_keys import CallerKey
from esos.message.packet_limits import (
    ENVELOPE_BYTES,
    PACKET_MAX_BYTES,
    PACKET_MIN_BYTES,
    PART_PACKET_MAX_BYTES,
    PARTS,
    PAYLOAD_SIZES,
    SEQUENCE_MAX,
)
from esos.message.packet_part import PartFields, decode_part, encode_part
from esos.message.packet_payload import (
    PAYLOAD_MAX_BYTES,
    PAYLOAD_MIN_BYTES,
    CallFields,
    decode_fields,
    encode_fields,
)
from esos.message.packet_seal import HEADER_BYTES, AckKey, Sealer, open_by_any, tag_refused
from esos.words.realm import Realm

MAGIC = 0xE5
VERSION = 1
CALL_ID_BYTES = 8
PADDED_BYTES_V4 = 240
PADDED_BYTES_V6 = 296
HEADER_LABEL = -70001
"""COSE header label, from the private-use range, that carries the packet's 19 header bytes."""
COMPACT_MIN_BYTES = HEADER_BYTES + PAYLOAD_MIN_BYTES + SIGNATURE_BYTES
COMPACT_MAX_BYTES = HEADER_BYTES + PAYLOAD_MAX_BYTES + SIGNATURE_BYTES
_KIND_BITS: Final = 0x0F
_TYPES: Final = {int(kind): kind for kind in PacketType}
Fields = CallFields | PartFields
"""What a packet says: a call, an update and the like in the fields of a call, a part its piece of a report."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The 19 bytes in clear: type, kid of the caller, call id, and sequence within the call."""

    type: PacketType
    kid: bytes
    call: bytes
    sequence: int

    def __post_init__(self) -> None:
        """Refuse sizes the wire cannot carry."""
        if len(self.kid) != KID_BYTES or len(self.call) != CALL_ID_BYTES or not 0 <= self.sequence <= SEQUENCE_MAX:
            raise Malformed(
                "packet.header",
                f"A header has an {KID_BYTES}-byte kid, an {CALL_ID_BYTES}-byte call id and a sequence up to 255.",
                hint="After sequence 255 send what changes as statements, or call again.",
            )

    def encode(self) -> bytes:
        """The header as it travels."""
        return bytes((MAGIC, VERSION << 4 | self.type)) + self.kid + self.call + bytes((self.sequence,))


class SignedPacket(msgspec.Struct, frozen=True, kw_only=True):
    """A signed call, update or cancel before any carrier wraps it; the same for every station."""

    header: Header
    payload: bytes
    signature: bytes

    def signed_bytes(self) -> bytes:
        """The COSE Sig_structure that the signature covers."""
        return sig_structure(protected_of(self.header), self.payload)

    def statement_id(self) -> bytes:
        """The 32-byte content address, as of every statement."""
        return hashlib.sha256(self.signed_bytes()).digest()

    def dedupe_key(self) -> bytes:
        """Kid, call id and sequence (17 bytes): the same call by another carrier has the same key."""
        return self.header.kid + self.header.call + bytes((self.header.sequence,))

    def cose(self) -> bytes:
        """The standard COSE_Sign1 that a station keeps."""
        return rebuild_cose(self.header, self.payload, self.signature)

    def compact(self) -> bytes:
        """Header, payload and signature in the open: for paper and QR codes, where a person is the carrier."""
        return self.header.encode() + self.payload + self.signature


class OpenedPacket(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that passed every check: who signed it, what it says, its statement id, and how it was sealed.

    ``covered`` are the bytes that its signature covers. ``sealer`` is the one of the caller's keys that opened
    it; answers must be made with the same.
    """

    signed: SignedPacket
    fields: Fields
    key: CallerKey
    sealer: AckKey
    covered: bytes
    id: bytes

    @property
    def header(self) -> Header:
        """The header, for brevity at the call site."""
        return self.signed.header

    @property
    def hears_you(self) -> bool:
        """Whether the caller says that it heard an answer to an earlier packet of its call."""
        return isinstance(self.fields, CallFields) and CallState.HEARS_YOU in self.fields.states


def sign_packet(seed: bytes, header: Header, fields: Fields) -> SignedPacket:
    """Sign a call with the caller's key; raises ``Malformed`` (``packet.kid``) when the kid is not that key's."""
    if kid_of(public_of(seed)) != header.kid:
        raise Malformed("packet.kid", "The header names another key than the one that signs.")
    payload = encode_part(fields) if isinstance(fields, PartFields) else encode_fields(fields)
    signature = sign(seed, sig_structure(protected_of(header), payload))
    return SignedPacket(header=header, payload=payload, signature=signature)


def fields_in(header: Header, payload: bytes) -> Fields:
    """What the payload under this header says; raises ``Malformed`` (``packet.payload``, ``packet.part``)."""
    if header.type not in PARTS:
        return decode_fields(payload)
    part = decode_part(payload)
    if not part.first <= header.sequence <= part.last:
        raise Malformed("packet.part", "This part's number is not among those of its report.")
    return part


def seal_packet(signed: SignedPacket, sealer: Sealer) -> bytes:
    """The packet for one station, 99 to 127 bytes (a part up to 196); the same bytes every time it is sent again."""
    return sealer.seal(signed.header.encode(), signed.payload + signed.signature)


def protected_of(header: Header) -> bytes:
    """The implied protected header, which never travels: algorithm, content type, kid and the packet's header.

    Written from its two constant parts, since every packet at the door needs it.
    """
    before, between = _PROTECTED_PARTS[header.type]
    return before + header.kid + between + header.encode()


def rebuild_cose(header: Header, payload: bytes, signature: bytes) -> bytes:
    """The standard COSE_Sign1 (tag 18) that any COSE library verifies."""
    return encode_sign1(protected_of(header), payload, signature)


def read_cose(raw: bytes) -> SignedPacket:
    """The inverse of ``rebuild_cose``; raises ``Malformed`` (``packet.cose``) for anything else. Verifies nothing."""
    sign1 = decode_sign1(raw)
    compact_header = sign1.protected.get(HEADER_LABEL)
    if not isinstance(compact_header, bytes) or len(compact_header) != HEADER_BYTES:
        raise Malformed("packet.cose", "This signed message carries no packet header.")
    header = parse_header(compact_header)
    if rebuild_cose(header, sign1.payload, sign1.signature) != raw:
        raise Malformed("packet.cose", "This signed message is not what its packet header implies.")
    if len(sign1.payload) not in PAYLOAD_SIZES[header.type] or len(sign1.signature) != SIGNATURE_BYTES:
        raise Malformed("packet.cose", "Payload or signature has a length that no packet carries.")
    return SignedPacket(header=header, payload=sign1.payload, signature=sign1.signature)


def is_packet_cose(raw: bytes) -> bool:
    """Whether these bytes claim to be a packet's COSE_Sign1, by their protected header. Never raises."""
    try:
        return HEADER_LABEL in decode_sign1(raw).protected
    except Malformed:
        return False


def read_compact(raw: bytes) -> SignedPacket:
    """The inverse of ``SignedPacket.compact``; raises ``Malformed`` (``packet.*``). Verifies nothing."""
    if not COMPACT_MIN_BYTES <= len(raw) <= COMPACT_MAX_BYTES:
        raise Malformed("packet.length", f"A call in the open has {COMPACT_MIN_BYTES} to {COMPACT_MAX_BYTES} bytes.")
    return SignedPacket(
        header=parse_header(raw),
        payload=raw[HEADER_BYTES:-SIGNATURE_BYTES],
        signature=raw[-SIGNATURE_BYTES:],
    )


def pad_packet(packet: bytes, padded_bytes: int) -> bytes:
    """The datagram: packet, zero bytes, and in the last byte the packet's length (240 bytes, 296 on IPv6)."""
    return packet + bytes(padded_bytes - len(packet) - 1) + bytes((len(packet),))


def unpad_datagram(datagram: bytes) -> bytes:
    """The packet in a datagram, padded or not; raises ``Malformed`` (``packet.length``, ``packet.padding``)."""
    size = len(datagram)
    if PACKET_MIN_BYTES <= size <= PART_PACKET_MAX_BYTES:
        return datagram
    if size not in (PADDED_BYTES_V4, PADDED_BYTES_V6) or not PACKET_MIN_BYTES <= datagram[-1] <= PART_PACKET_MAX_BYTES:
        raise Malformed(
            "packet.length",
            f"A packet has {PACKET_MIN_BYTES} to {PACKET_MAX_BYTES} bytes, a part of a report up to "
            f"{PART_PACKET_MAX_BYTES}, padded 240 or 296.",
        )
    length = datagram[-1]
    if datagram.count(0, length, size - 1) != size - 1 - length:
        raise Malformed("packet.padding", "The padding behind the packet is not all zero.")
    return datagram[:length]


def parse_header(packet: bytes) -> Header:
    """The header; raises ``Malformed`` (``packet.magic``, ``packet.version``, ``packet.type``)."""
    if packet[0] != MAGIC:
        raise Malformed("packet.magic", "This is no call packet.")
    if packet[1] >> 4 != VERSION:
        raise Malformed("packet.version", f"This reader knows version {VERSION} of the call packet.")
    kind = _TYPES.get(packet[1] & _KIND_BITS)
    if kind is None:
        raise Malformed("packet.type", "This packet type is not defined.")
    return Header(type=kind, kid=packet[2:10], call=packet[10:18], sequence=packet[18])


def parse_packet(packet: bytes) -> Header:
    """The header of an unpadded sealed packet whose length its type may have; raises as ``parse_header`` does.

    And ``Malformed`` (``packet.length``).
    """
    header = parse_header(packet)
    if len(packet) - ENVELOPE_BYTES not in PAYLOAD_SIZES[header.type]:
        raise Malformed("packet.length", "No packet of this type has this length.")
    return header


def unseal(packet: bytes, header: Header, key: CallerKey) -> tuple[SignedPacket, Sealer]:
    """Open the seal with one of the caller's keys, and say which; raises ``Malformed`` (``packet.tag``)."""
    found = unsealed(packet, header, key)
    if found is None:
        raise tag_refused()
    return found


def unsealed(packet: bytes, header: Header, key: CallerKey) -> tuple[SignedPacket, Sealer] | None:
    """As ``unseal``, with None for a seal that does not hold: in a flood of those an error each would cost too much."""
    found = open_by_any(packet, key.sealers)
    return None if found is None else (_inside(header, found[0]), found[1])


def verify_packet(signed: SignedPacket, key: CallerKey, sealer: AckKey) -> OpenedPacket:
    """Check realm, signature and payload of an unsealed packet, in this order.

    Raises ``Forbidden`` (``packet.realm``), or ``Malformed`` (``packet.signature`` and as ``fields_in`` does).
    """
    covered = check_packet(signed, public=key.public, realm=key.realm)
    fields = fields_in(signed.header, signed.payload)
    statement_id = hashlib.sha256(covered).digest()
    return OpenedPacket(signed=signed, fields=fields, key=key, sealer=sealer, covered=covered, id=statement_id)


def check_packet(signed: SignedPacket, *, public: bytes, realm: Realm) -> bytes:
    """The bytes the signature covers, once realm and signature hold, whatever carried the packet.

    Raises ``Forbidden`` (``packet.realm``) or ``Malformed`` (``packet.signature``).
    """
    if signed.header.type.realm is not realm:
        raise Forbidden(
            "packet.realm",
            f"A key for {realm.value} use cannot sign a packet of type {signed.header.type.name.lower()}.",
            hint="Use the key that was registered for this purpose.",
        )
    covered = signed.signed_bytes()
    if not signature_holds(public, covered, signed.signature):
        raise Malformed("packet.signature", "The signature does not belong to this packet and key.")
    return covered


def open_packet(raw: bytes, key_for: Callable[[bytes], CallerKey | None]) -> OpenedPacket:
    """Open a datagram completely: length and magic, key, tag, realm, signature, payload (brief 3, order of checks).

    ``key_for`` gives the keys of a kid, or None where it is unknown or revoked: ``Unauthenticated``
    (``packet.unknown_key``). Raises ``Malformed`` (``packet.*``) or ``Forbidden`` (``packet.realm``) otherwise.
    """
    packet = unpad_datagram(raw)
    header = parse_packet(packet)
    key = key_for(header.kid)
    if key is None:
        raise Unauthenticated("packet.unknown_key", "No caller is registered under this key.")
    signed, sealer = unseal(packet, header, key)
    return verify_packet(signed, key, sealer)


def _inside(header: Header, inner: bytes) -> SignedPacket:
    return SignedPacket(header=header, payload=inner[:-SIGNATURE_BYTES], signature=inner[-SIGNATURE_BYTES:])


def _protected_parts(kind: PacketType) -> tuple[bytes, bytes]:
    """The deterministic encoding of the protected header around its two variable values."""
    kid, header = b"k" * KID_BYTES, b"h" * HEADER_BYTES
    whole = cbor.encode({ALG: EDDSA, CONTENT_TYPE: kind.content_type, KID: kid, HEADER_LABEL: header})
    before, _, rest = whole.rpartition(kid)
    return before, rest.removesuffix(header)


_PROTECTED_PARTS: Final = {kind: _protected_parts(kind) for kind in PacketType}
