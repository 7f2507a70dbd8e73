"""The sizes of packets and their payloads, in bytes, by type: the one place that knows how long a packet may be."""

from collections.abc import Mapping
from typing import Final

from esos.keys.identity import SIGNATURE_BYTES
from esos.message.packet_codes import PacketType
from esos.message.packet_payload import PAYLOAD_MAX_BYTES, PAYLOAD_MIN_BYTES
from esos.message.packet_seal import HEADER_BYTES, SEAL_TAG_BYTES

SEQUENCE_MAX = 255
ENVELOPE_BYTES = HEADER_BYTES + SIGNATURE_BYTES + SEAL_TAG_BYTES
"""What every packet has around its payload."""
PART_PACKET_MAX_BYTES = 196
"""A part of a report fits one Meshtastic packet (200 bytes), and a padded datagram."""
SHORT_PART_PACKET_MAX_BYTES = 140
"""A short one fits one binary text message (140 bytes) and one DNS query (146)."""
PART_PAYLOAD_MIN_BYTES = 10
PART_PAYLOAD_MAX_BYTES = PART_PACKET_MAX_BYTES - ENVELOPE_BYTES
SHORT_PART_PAYLOAD_MAX_BYTES = SHORT_PART_PACKET_MAX_BYTES - ENVELOPE_BYTES
PACKET_MIN_BYTES = ENVELOPE_BYTES + PAYLOAD_MIN_BYTES
PACKET_MAX_BYTES = ENVELOPE_BYTES + PAYLOAD_MAX_BYTES
PARTS: Final = frozenset({PacketType.PART, PacketType.EXERCISE_PART})
_CALL_SIZES: Final = range(PAYLOAD_MIN_BYTES, PAYLOAD_MAX_BYTES + 1)
_PART_SIZES: Final = range(PART_PAYLOAD_MIN_BYTES, PART_PAYLOAD_MAX_BYTES + 1)
PAYLOAD_SIZES: Final[Mapping[PacketType, range]] = {
    kind: _PART_SIZES if kind in PARTS else _CALL_SIZES for kind in PacketType
}
"""How many bytes of payload a packet of each type may have."""
