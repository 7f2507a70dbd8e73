"""The acknowledgement: 38 bytes by which a station tells a caller what has become of its call.

Law 3: ``COMMITTED`` and above are sent only after the call is durable. A forged one would silence a
victim, so only the station that shares the caller's sealing key can make one.
"""

import hmac
from typing import Final

import msgspec

from esos.errors import Malformed
from esos.message.packet import CALL_ID_BYTES, MAGIC, VERSION, Header
from esos.message.packet_codes import ACK_CODE, AckState
from esos.message.packet_limits import SEQUENCE_MAX
from esos.message.packet_seal import AckKey

ACK_BYTES = 38
ACK_MAC_BYTES = 16
STATION_SHORT_BYTES = 4
ACK_TIME_BYTES = 6
ACK_TIME_MAX_MS = (1 << 8 * ACK_TIME_BYTES) - 1
ACK_START: Final = bytes((MAGIC, VERSION << 4 | ACK_CODE))
"""The two bytes that every acknowledgement begins with."""
_STATES: Final = {int(state): state for state in AckState}
_MACED: Final = ACK_BYTES - ACK_MAC_BYTES


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """What a station says of one packet. ``station`` is the first 4 bytes of the station's kid.

    ``time_ms`` is the station's clock when it reached this state, in ms since 1970; 0 not known.
    """

    call: bytes
    sequence: int
    state: AckState
    station: bytes
    time_ms: int

    def __post_init__(self) -> None:
        """Refuse sizes the wire cannot carry."""
        if (
            len(self.call) != CALL_ID_BYTES
            or len(self.station) != STATION_SHORT_BYTES
            or not 0 <= self.sequence <= SEQUENCE_MAX
            or not 0 <= self.time_ms <= ACK_TIME_MAX_MS
        ):
            raise Malformed("ack.field", "A field of this acknowledgement does not fit its place.")


def encode_ack(ack: Ack, *, kid: bytes, sealer: AckKey) -> bytes:
    """The 38 bytes for the caller with this kid, under its sealing key."""
    at = ack.time_ms.to_bytes(ACK_TIME_BYTES, "big")
    body = ACK_START + ack.call + bytes((ack.sequence, ack.state)) + ack.station + at
    return body + sealer.ack_mac(kid + body, ACK_MAC_BYTES)


def open_ack(raw: bytes, *, kid: bytes, sealer: AckKey) -> Ack:
    """Read an acknowledgement meant for this kid.

    Raises ``Malformed`` (``ack.length``, ``ack.magic``, ``ack.mac``, ``ack.state``). The MAC is
    checked before anything it covers is believed.
    """
    if len(raw) != ACK_BYTES:
        raise Malformed("ack.length", f"An acknowledgement is {ACK_BYTES} bytes.")
    if raw[:2] != ACK_START:
        raise Malformed("ack.magic", "This is no acknowledgement.")
    if not hmac.compare_digest(sealer.ack_mac(kid + raw[:_MACED], ACK_MAC_BYTES), raw[_MACED:]):
        raise Malformed("ack.mac", "This acknowledgement is not from a station that knows our key: ignore it.")
    state = _STATES.get(raw[11])
    if state is None:
        raise Malformed("ack.state", "This acknowledgement says something that is not defined.")
    return Ack(
        call=raw[2:10],
        sequence=raw[10],
        state=state,
        station=raw[12:16],
        time_ms=int.from_bytes(raw[16:_MACED], "big"),
    )


def open_answer(raw: bytes, header: Header, *, station: bytes, sealer: AckKey) -> Ack | None:
    """The acknowledgement if it is that of this very packet by the station with this kid, else None."""
    try:
        ack = open_ack(raw, kid=header.kid, sealer=sealer)
    except Malformed:
        return None
    is_ours = ack.call == header.call and ack.sequence == header.sequence and station.startswith(ack.station)
    return ack if is_ours else None
