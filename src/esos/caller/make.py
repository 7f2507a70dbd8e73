"""Make a call: what fits is signed into one small packet; what does not follows as an update.

Law 2: everything is optional. Law 7: an exercise key makes an exercise packet, and can make no other.
"""

from typing import Any

import msgspec

from esos.caller.ports import CallRecord
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails, SitrepGiven
from esos.message.card import HomeStation
from esos.message.packet import Header, SignedPacket, is_packet_cose, read_cose, sign_packet
from esos.message.packet_codes import CallState, Origin, PacketType
from esos.message.packet_details import fields_of, split_fields
from esos.message.packet_limits import SEQUENCE_MAX
from esos.message.packet_part import parts_of
from esos.message.packet_payload import TIME_BYTES, CallFields, home_digest_of
from esos.message.reading import details_of, read_any
from esos.words.realm import Realm

CALL_ID_BYTES = 8
SECOND_MS = 1_000
_CALL_TYPE = {Realm.REAL: PacketType.CALL, Realm.EXERCISE: PacketType.EXERCISE}
_UPDATE_TYPE = {Realm.REAL: PacketType.UPDATE, Realm.EXERCISE: PacketType.EXERCISE_UPDATE}
_CANCEL_TYPE = {Realm.REAL: PacketType.CANCEL, Realm.EXERCISE: PacketType.EXERCISE_CANCEL}
_PART_TYPE = {Realm.REAL: PacketType.PART, Realm.EXERCISE: PacketType.EXERCISE_PART}
_HEARTBEAT_TYPE = {Realm.REAL: PacketType.HEARTBEAT, Realm.EXERCISE: PacketType.EXERCISE_HEARTBEAT}
_TEST_TYPE = {Realm.REAL: PacketType.TEST, Realm.EXERCISE: PacketType.EXERCISE_HEARTBEAT}


class MadeCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call ready to be sent: its record, its packet (None: it only travels whole), and what has to follow."""

    record: CallRecord
    packet: SignedPacket | None

    @property
    def rest(self) -> CallDetails | None:
        """What follows as an update, None where the packet says it all."""
        return self.record.rest


def make_call(
    *,
    seed: bytes,
    realm: Realm,
    call: bytes,
    details: CallDetails,
    stations: tuple[HomeStation, ...],
    now_ms: int,
    relay_for: bytes | None = None,
    sitrep: SitrepGiven | None = None,
    short: bool = False,
) -> MadeCall:
    """Sign a new call, or one relayed for the caller with this kid. Persist ``record`` before sending.

    ``short`` is as ``with_report`` takes it.
    """
    kid = kid_of(public_of(seed))
    first, *others = split_fields(_fields(details, stations, now_ms, relay_for))
    packet = sign_packet(seed, Header(type=_CALL_TYPE[realm], kid=kid, call=call, sequence=0), first)
    telling = [fields for fields in others if details_of(fields) != CallDetails()]
    more = [
        sign_packet(seed, Header(type=_UPDATE_TYPE[realm], kid=kid, call=call, sequence=number), fields)
        for number, fields in enumerate(telling, start=1)
    ]
    record = CallRecord(
        call=call,
        sequence=len(more),
        cose=packet.cose(),
        statement=packet.statement_id(),
        stations=stations,
        made_ms=now_ms,
        more=tuple(one.cose() for one in more),
        rest=_rest(details, details_of(first)),
    )
    if sitrep is not None:
        record = with_report(seed=seed, realm=realm, record=record, sitrep=sitrep, short=short)
    return MadeCall(record=record, packet=packet)


def with_report(
    *, seed: bytes, realm: Realm, record: CallRecord, sitrep: SitrepGiven, short: bool = False
) -> CallRecord:
    """The record with a situation report to follow: whole over HTTP, and in packets as far as they can carry it.

    Persist it before sending. Short parts are made where ``short`` says that they may go in text messages, and where
    no station has a datagram door.
    """
    kid, short = kid_of(public_of(seed)), short or not any(station.udp for station in record.stations)
    parts, left_out = parts_of(sitrep, first=record.sequence + 1, short=short)
    packets = [
        sign_packet(seed, Header(type=_PART_TYPE[realm], kid=kid, call=record.call, sequence=number), part)
        for number, part in enumerate(parts, start=record.sequence + 1)
    ]
    return msgspec.structs.replace(
        record,
        sequence=record.sequence + len(packets),
        more=(*record.more, *(one.cose() for one in packets)),
        sitrep=sitrep,
        sitrep_in_parts=bool(parts) and not left_out,
    )


def made_again(record: CallRecord) -> MadeCall:
    """A call that was kept, to be sent again byte for byte."""
    packet = read_cose(record.cose) if is_packet_cose(record.cose) else None
    return MadeCall(record=record, packet=packet)


def record_of_statement(cose: bytes, call: bytes, stations: tuple[HomeStation, ...], now_ms: int) -> MadeCall:
    """A call that only travels whole, as a relayed one that names its caller in words."""
    record = CallRecord(
        call=call, sequence=0, cose=cose, statement=read_any(cose).id, stations=stations, made_ms=now_ms
    )
    return MadeCall(record=record, packet=None)


def make_cancel(
    *, seed: bytes, realm: Realm, record: CallRecord, now_ms: int
) -> tuple[CallRecord, SignedPacket | None]:
    """Sign the cancellation of a call under a new sequence number. Persist the record before sending.

    No packet is made after sequence 255: then only a statement cancels.
    """
    return _next_packet(seed, _CANCEL_TYPE[realm], record, CallFields(time_s=_seconds(now_ms)))


def make_update(
    *, seed: bytes, realm: Realm, record: CallRecord, details: CallDetails, now_ms: int
) -> tuple[CallRecord, tuple[SignedPacket, ...]]:
    """Sign what of an update fits into packets, each under a new sequence number. Persist the record first."""
    packets: list[SignedPacket] = []
    for fields in split_fields(fields_of(details, time_s=_seconds(now_ms))):
        record, packet = _next_packet(seed, _UPDATE_TYPE[realm], record, fields)
        packets += [packet] if packet else []
    return record, tuple(packets)


def make_test(*, seed: bytes, realm: Realm, call: bytes, now_ms: int) -> SignedPacket:
    """Sign a test of the way by datagram; a practice key greets instead, since it can make no real test."""
    header = Header(type=_TEST_TYPE[realm], kid=kid_of(public_of(seed)), call=call, sequence=0)
    return sign_packet(seed, header, CallFields(time_s=_seconds(now_ms)))


def make_heartbeat(
    *, seed: bytes, realm: Realm, call: bytes, sequence: int, homes: tuple[bytes, ...], hears_you: bool, now_ms: int
) -> SignedPacket:
    """Sign one heartbeat: which home list is held, and whether the station's last answer was heard."""
    header = Header(type=_HEARTBEAT_TYPE[realm], kid=kid_of(public_of(seed)), call=call, sequence=sequence)
    fields = CallFields(
        time_s=_seconds(now_ms),
        states=(CallState.HEARS_YOU,) if hears_you else (),
        home_digest=home_digest_of(homes) if homes else None,
    )
    return sign_packet(seed, header, fields)


def numbered(record: CallRecord) -> CallRecord:
    """The record with the next number taken, for an update said as a statement."""
    return msgspec.structs.replace(record, sequence=record.sequence + 1)


def _next_packet(
    seed: bytes, kind: PacketType, record: CallRecord, fields: CallFields
) -> tuple[CallRecord, SignedPacket | None]:
    taken = numbered(record)
    if taken.sequence > SEQUENCE_MAX:
        return taken, None
    header = Header(type=kind, kid=kid_of(public_of(seed)), call=record.call, sequence=taken.sequence)
    return taken, sign_packet(seed, header, fields)


def _fields(
    details: CallDetails, stations: tuple[HomeStation, ...], now_ms: int, relay_for: bytes | None
) -> CallFields:
    fields = fields_of(details, time_s=_seconds(now_ms))
    return msgspec.structs.replace(
        fields,
        origin=Origin.RELAY if relay_for is not None else fields.origin,
        home_digest=home_digest_of(tuple(station.kid for station in stations)) if stations else None,
        caller=relay_for,
    )


def _seconds(now_ms: int) -> int | None:
    """The clock as a packet carries it; a clock that cannot be right is left out, and stops no call."""
    seconds = now_ms // SECOND_MS
    return seconds if 0 < seconds < 1 << 8 * TIME_BYTES else None


def _rest(details: CallDetails, said: CallDetails) -> CallDetails | None:
    """What a station should learn beyond the packet, and nothing that the packet said already."""
    beyond: dict[str, Any] = {}
    for name in CallDetails.__struct_fields__:
        value, known = getattr(details, name), getattr(said, name)
        if value != getattr(_EMPTY, name) and _in_order(value) != _in_order(known):
            beyond[name] = value
    return CallDetails(**beyond) if beyond else None


def _in_order(value: object) -> object:
    return sorted(map(repr, value)) if isinstance(value, tuple) else value


_EMPTY = CallDetails()
