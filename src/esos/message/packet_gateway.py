"""Packets in text messages and mesh packets: what each of these carries, and packet and answer written as letters.

What travels is the sealed packet that a datagram carries, unpadded. Law 2: what does not fit is refused before it is
sent, in words; nothing is cut off and nothing is left out in silence.
"""

import re
from enum import StrEnum
from typing import Final

from esos.errors import Malformed, TooLarge
from esos.message.packet import MAGIC
from esos.message.packet_ack import ACK_BYTES, ACK_START

TEXT_MESSAGE_MAX_BYTES = 140
"""What one binary text message carries: 140 octets of user data (3GPP TS 23.040, section 9.2.3.24)."""
MESH_PACKET_MAX_BYTES = 200
"""What one Meshtastic packet carries for sure: its radio takes 233 bytes of payload (``Constants.DATA_PAYLOAD_LEN`` in
its mesh.proto), of which ports for own programs and encryption to one node take some."""
LETTERS_MAX_BYTES = 65_536
"""How much is read of what a gateway prints or answers; more is none of ours."""
ACKS_READ_MAX = 16
"""How many acknowledgements are looked for in it."""


class Gateway(StrEnum):
    """A carrier that needs somebody else's machine at both ends: a modem, or a radio."""

    SMS = "sms"
    MESH = "mesh"

    @property
    def max_bytes(self) -> int:
        """The largest packet that it carries."""
        return TEXT_MESSAGE_MAX_BYTES if self is Gateway.SMS else MESH_PACKET_MAX_BYTES

    @property
    def words(self) -> str:
        """One of what it carries."""
        return "text message" if self is Gateway.SMS else "mesh packet"


_ACKS: Final = re.compile(rb"(?<![0-9A-Fa-f])(%s[0-9A-Fa-f]{%d})(?![0-9A-Fa-f])" % (
    ACK_START.hex().encode(), 2 * (ACK_BYTES - len(ACK_START)),
), re.IGNORECASE)  # fmt: skip


def check_fits(packet: bytes, gateway: Gateway) -> None:
    """Refuse a packet that does not travel whole; raises ``TooLarge`` (``gateway.too_long``)."""
    if len(packet) > gateway.max_bytes:
        raise TooLarge(
            "gateway.too_long",
            f"This packet has {len(packet)} bytes; one {gateway.words} carries {gateway.max_bytes}.",
            hint="A call always fits. Send a report by another carrier, or in short parts.",
        )


def read_packet_letters(raw: bytes) -> bytes:
    """A packet as it came through a gateway: its bytes, or the same in hexadecimal; the first byte tells.

    Raises ``Malformed`` (``gateway.letters``).
    """
    if raw[:1] == bytes((MAGIC,)):
        return raw
    try:
        packet = bytes.fromhex(raw.decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        packet = b""
    if not packet:
        raise Malformed("gateway.letters", "This is no packet, neither in bytes nor in hexadecimal.")
    return packet


def acks_in(output: bytes) -> tuple[bytes, ...]:
    """What might be acknowledgements in a gateway's output: the 38 bytes alone, or in hexadecimal among other words.

    Whether one is to be believed is for whoever has the key to say.
    """
    if len(output) == ACK_BYTES and output.startswith(ACK_START):
        return (output,)
    found = [bytes.fromhex(one.decode("ascii")) for one in _ACKS.findall(output[:LETTERS_MAX_BYTES])]
    return tuple(dict.fromkeys(found))[:ACKS_READ_MAX]
