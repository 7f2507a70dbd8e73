"""Make a call: what fits is signed into one small packet; what does not follows as an update.

Law 2: everything is optional. Law 7: an exercise key makes an exercise packet, and can make no other.
"""

import msgspec

from esos.caller.ports import CallRecord
from esos.errors import TooLarge
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails, NeedAsk
from esos.message.card import HomeStation
from esos.message.packet import Header, SignedPacket, sign_packet
from esos.message.packet_codes import SECTOR_CODES, CallState, Origin, PacketType, ReplyChannel
from esos.message.packet_payload import CallFields, home_digest_of
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.realm import Realm

CALL_ID_BYTES = 8
_CALL_TYPE = {Realm.REAL: PacketType.CALL, Realm.EXERCISE: PacketType.EXERCISE}
_CANCEL_TYPE = {Realm.REAL: PacketType.CANCEL, Realm.EXERCISE: PacketType.EXERCISE_CANCEL}
_DROP_ORDER = ("prefix", "needs", "home_digest", "asn", "at_risk_log10", "reply", "states", "sector", "country")
"""What is left out first when a call does not fit into one packet; it follows as an update."""


class MadeCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call ready to be sent: its record, its packet, and what still has to follow (None: nothing)."""

    record: CallRecord
    packet: SignedPacket
    rest: CallDetails | None


def make_call(
    *,
    seed: bytes,
    realm: Realm,
    call: bytes,
    details: CallDetails,
    stations: tuple[HomeStation, ...],
    now_ms: int,
    relay_for: bytes | None = None,
) -> MadeCall:
    """Sign a new call, or one relayed for the caller with this kid. Persist ``record`` before sending."""
    fields = _fields(details, stations, now_ms, relay_for)
    header = Header(type=_CALL_TYPE[realm], kid=kid_of(public_of(seed)), call=call, sequence=0)
    packet = _sign_what_fits(seed, header, fields)
    record = CallRecord(
        call=call,
        sequence=0,
        cose=packet.cose(),
        statement=packet.statement_id(),
        stations=stations,
        made_ms=now_ms,
    )
    return MadeCall(record=record, packet=packet, rest=_rest(details))


def make_cancel(*, seed: bytes, realm: Realm, record: CallRecord, now_ms: int) -> tuple[CallRecord, SignedPacket]:
    """Sign the cancellation of a call under a new sequence number. Persist the record before sending."""
    sequence = record.sequence + 1
    header = Header(type=_CANCEL_TYPE[realm], kid=kid_of(public_of(seed)), call=record.call, sequence=sequence)
    packet = sign_packet(seed, header, CallFields(time_s=now_ms // 1000))
    return msgspec.structs.replace(record, sequence=sequence), packet


def _fields(
    details: CallDetails, stations: tuple[HomeStation, ...], now_ms: int, relay_for: bytes | None
) -> CallFields:
    known_states = {state.value: state for state in CallState}
    replies = {channel.value: channel for channel in ReplyChannel}
    return CallFields(
        time_s=now_ms // 1000,
        urgency=details.urgency,
        natures=tuple(sorted({Nature(code) for code in details.natures})),
        states=tuple(state for name, state in known_states.items() if name in details.state),
        origin=_origin(details, relay_for),
        at_risk_log10=details.at_risk_log10,
        reply=replies.get(details.reply or ""),
        sector=details.sector if details.sector in SECTOR_CODES else None,
        country=details.country,
        asn=details.asn,
        home_digest=home_digest_of(tuple(station.kid for station in stations)) if stations else None,
        caller=relay_for,
        prefix=details.prefix,
        needs=_in_catalogue_order(details.needs),
    )


def _origin(details: CallDetails, relay_for: bytes | None) -> Origin:
    if relay_for is not None:
        return Origin.RELAY
    return Origin.AUTOMATIC if details.origin == "automatic" else Origin.MANUAL


def _in_catalogue_order(needs: tuple[NeedAsk, ...]) -> tuple[NeedAsk, ...]:
    by_line = {ask.line: ask for ask in needs}
    return tuple(by_line[line] for line in NeedLine if line in by_line)


def _sign_what_fits(seed: bytes, header: Header, fields: CallFields) -> SignedPacket:
    """Sign as much as one packet carries, leaving out what is least needed to be found and believed."""
    empty = CallFields()
    for name in (None, *_DROP_ORDER):
        if name is not None:
            fields = msgspec.structs.replace(fields, **{name: getattr(empty, name)})
        try:
            return sign_packet(seed, header, fields)
        except TooLarge:
            continue
    return sign_packet(seed, header, CallFields(urgency=fields.urgency, natures=fields.natures))


def _rest(details: CallDetails) -> CallDetails | None:
    """What a station should learn beyond the packet: sent again whole, since updates never delete."""
    beyond = (details.words, details.facts, details.products, details.prefix, details.needs, details.reply)
    return details if any(beyond) else None
