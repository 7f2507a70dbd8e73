"""One reader for everything a station admits: statements, and call packets rebuilt as COSE_Sign1.

A call packet becomes the same ``Statement`` as any other, so that nothing further in knows by which
carrier it came. Law 7: the packet's type decides kind and realm together.
"""

import hashlib

from esos.errors import Malformed, TooLarge
from esos.message.bodies import Body, CallDetails, Called, Cancelled, PartGiven, Relayed, Tested, Updated
from esos.message.cose import decode_sign1
from esos.message.packet import HEADER_LABEL, Fields, OpenedPacket, SignedPacket, fields_in, read_cose
from esos.message.packet_codes import Origin, PacketType
from esos.message.packet_part import PartFields
from esos.message.packet_payload import CallFields
from esos.message.statement import STATEMENT_MAX_BYTES, Statement, read_as_written, read_decoded


def read_any(raw: bytes) -> Statement:
    """The statement of these bytes, whichever of the two content types it has; raises ``Malformed``."""
    if len(raw) > STATEMENT_MAX_BYTES:
        raise TooLarge("statement.too_large", f"A statement is at most {STATEMENT_MAX_BYTES} bytes.")
    if (as_written := read_as_written(raw)) is not None:
        return as_written
    sign1 = decode_sign1(raw)
    if HEADER_LABEL in sign1.protected:
        return packet_statement(read_cose(raw))
    return read_decoded(sign1, raw)


def packet_statement(packet: SignedPacket) -> Statement:
    """A signed call packet as a statement; heartbeats are none: ``Malformed`` (``packet.no_statement``)."""
    covered = packet.signed_bytes()
    return _statement(packet, fields_in(packet.header, packet.payload), covered, hashlib.sha256(covered).digest())


def opened_statement(opened: OpenedPacket) -> Statement:
    """The same for a packet that passed every check of its door: what that found is not looked for again."""
    return _statement(opened.signed, opened.fields, opened.covered, opened.id)


def _statement(packet: SignedPacket, fields: Fields, covered: bytes, statement_id: bytes) -> Statement:
    kind, body = _said(packet, fields)
    return Statement(
        id=statement_id,
        realm=packet.header.type.realm,
        kind=kind,
        author=packet.header.kid,
        time_ms=0 if isinstance(fields, PartFields) else (fields.time_s or 0) * 1000,
        case=None,
        body=body,
        attests=None,
        raw=packet.cose(),
        signed=covered,
        signature=packet.signature,
        call=packet.header.call,
        dedupe=packet.dedupe_key(),
    )


def _said(packet: SignedPacket, fields: Fields) -> tuple[str, Body]:
    header = packet.header
    if isinstance(fields, PartFields):
        return "part_given", PartGiven(
            call=header.call,
            number=header.sequence,
            first=fields.first,
            count=fields.count,
            digest=fields.digest,
            data=fields.data,
        )
    details = details_of(fields)
    if header.type in {PacketType.CALL, PacketType.EXERCISE}:
        if fields.caller is not None or fields.origin is Origin.RELAY:
            caller = fields.caller.hex() if fields.caller else None
            return "relayed", Relayed(call=header.call, caller=caller, details=details)
        return "called", Called(call=header.call, sequence=header.sequence, details=details)
    if header.type in {PacketType.UPDATE, PacketType.EXERCISE_UPDATE}:
        return "updated", Updated(number=header.sequence, details=details, call=header.call)
    if header.type in {PacketType.CANCEL, PacketType.EXERCISE_CANCEL}:
        return "cancelled", Cancelled(sequence=header.sequence, call=header.call)
    if header.type is PacketType.TEST:
        return "tested", Tested(call=header.call)
    raise Malformed("packet.no_statement", "A heartbeat is no statement: it is answered, not kept.")


def details_of(fields: CallFields) -> CallDetails:
    """What a packet says, in the words of a call; bits that only steer the exchange are left out."""
    return CallDetails(
        urgency=fields.urgency,
        natures=tuple(int(nature) for nature in fields.natures),
        origin="automatic" if fields.origin is Origin.AUTOMATIC else "manual",
        sector=fields.sector,
        country=fields.country,
        asn=fields.asn,
        prefix=fields.prefix,
        at_risk_log10=fields.at_risk_log10,
        state=tuple(state.value for state in fields.states if state.value != "hears-you"),
        reply=fields.reply.value if fields.reply else None,
        needs=fields.needs,
    )
