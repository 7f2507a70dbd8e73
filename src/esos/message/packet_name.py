"""The call packet as a DNS name: a query for it is the call, whoever passes the query on.

The law kept here: one packet has one spelling beneath a zone, and letters in any case spell the same, since
resolvers mix cases on purpose. The label in front carries nothing: it makes every asking new to every cache.
"""

import base64
import binascii
from typing import Final

from esos.errors import Malformed
from esos.message.packet_limits import PACKET_MAX_BYTES, PACKET_MIN_BYTES

LABEL_MAX_OCTETS = 63
"""The letters of one label (RFC 1035, section 2.3.4)."""
NAME_MAX_OCTETS = 255
"""A whole name on the wire, with the length of each label (the same)."""
FRESH_OCTETS = 4
"""How long the label in front is where we write it; a reader takes any length."""
ZONE_MAX_OCTETS = 40
"""The longest zone, written without the last dot, under which every packet fits into a name."""
_HOST_LETTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-")
_BASE32: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz234567")

Labels = tuple[bytes, ...]


def read_zone(text: str) -> Labels:
    """The labels of a zone such as ``sos.club.example``, in small letters; raises ``Malformed`` (``dns.zone``)."""
    written = text.removesuffix(".").lower()
    labels = tuple(label.encode("ascii", "replace") for label in written.split("."))
    if len(written) > ZONE_MAX_OCTETS or not all(map(_is_host_label, labels)):
        raise Malformed(
            "dns.zone",
            f"{text!r} is no zone for calls.",
            hint=f"A name of at most {ZONE_MAX_OCTETS} letters, as sos.club.example.",
        )
    return labels


def packet_labels(packet: bytes, fresh: bytes) -> Labels:
    """The labels in front of the zone: the fresh one, then the packet in base32, 63 letters each but the last."""
    letters = base64.b32encode(packet).rstrip(b"=").lower()
    return fresh, *(letters[at : at + LABEL_MAX_OCTETS] for at in range(0, len(letters), LABEL_MAX_OCTETS))


def read_packet_labels(labels: Labels) -> bytes:
    """The inverse of ``packet_labels``: the packet within these labels. Verifies nothing.

    Raises ``Malformed`` (``dns.labels``, ``dns.letters``, ``dns.length``).
    """
    _, *carrying = labels or (b"",)
    if not carrying or any(len(label) != LABEL_MAX_OCTETS for label in carrying[:-1]):
        raise Malformed("dns.labels", f"A call has labels of {LABEL_MAX_OCTETS} letters and a shorter last one.")
    letters = b"".join(carrying).lower()
    if not _BASE32.issuperset(letters):
        raise Malformed("dns.letters", "A call is spelled with the letters a to z and 2 to 7.")
    packet = _decoded(letters)
    if not PACKET_MIN_BYTES <= len(packet) <= PACKET_MAX_BYTES:
        raise Malformed("dns.length", f"A packet has {PACKET_MIN_BYTES} to {PACKET_MAX_BYTES} bytes.")
    return packet


def is_part_of_a_call(labels: Labels) -> bool:
    """Whether a name of these labels may stand above a call's: resolvers ask for such parts on their way down."""
    return all(_BASE32.issuperset(label.lower()) for label in labels)


def _decoded(letters: bytes) -> bytes:
    """The bytes; a spelling whose last letter carries what no byte does is not the one spelling."""
    try:
        packet = base64.b32decode(letters.upper() + b"=" * (-len(letters) % 8))
    except binascii.Error as cause:
        raise Malformed("dns.length", "These letters spell no whole number of bytes.") from cause
    if base64.b32encode(packet).rstrip(b"=").lower() != letters:
        raise Malformed("dns.letters", "The last letter of this call says more than its bytes.")
    return packet


def _is_host_label(label: bytes) -> bool:
    is_framed = not label.startswith(b"-") and not label.endswith(b"-")
    return bool(label) and len(label) <= LABEL_MAX_OCTETS and is_framed and _HOST_LETTERS.issuperset(label)
