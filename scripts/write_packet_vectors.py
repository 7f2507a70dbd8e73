"""Write spec/vectors/packet/: one scenario a file, made from fixed keys, for whoever builds a beacon or a station.

``--check`` writes nothing and fails where a file is missing, stale or too many.
"""

import hashlib
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import msgspec
from vector_files import Vector, all_of, named, write_or_check

from esos.carriers.offline import to_print, to_qr_text
from esos.keys.hpke import HpkeKey
from esos.keys.identity import kid_of, public_of, sign
from esos.message import cbor
from esos.message.bodies import NeedAsk, SitrepGiven
from esos.message.cose import KID, encode_sign1, sig_structure
from esos.message.packet import (
    HEADER_LABEL,
    PADDED_BYTES_V4,
    PADDED_BYTES_V6,
    Fields,
    Header,
    SignedPacket,
    pad_packet,
    protected_of,
    rebuild_cose,
    seal_packet,
    sign_packet,
)
from esos.message.packet_ack import ACK_MAC_BYTES, Ack, encode_ack
from esos.message.packet_codes import AckState, CallState, Origin, PacketType, ReplyChannel
from esos.message.packet_part import PartFields, digest_of, encode_part, pack_report, split_report
from esos.message.packet_payload import CallFields, home_digest_of
from esos.message.packet_seal import Sealer, derive_key, nonce_of
from esos.message.spoken import SpokenCall, encode_spoken
from esos.message.stranger_packet import (
    COOKIE_BYTES,
    Form,
    open_call,
    seal_call,
    search_work,
    station_private,
    write_ask,
    write_call,
    write_cookie,
)
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

FOLDER = Path(__file__).resolve().parent.parent / "spec" / "vectors" / "packet"
MASTER = bytes(range(32))
EPOCH = 700
SEEDS = {Realm.REAL: b"esos test vector: a real caller.", Realm.EXERCISE: b"esos test vector: a drill caller"}
STRANGER_SEED = b"esos test vector: somebody else!"
STATION_KID = bytes.fromhex("a1a2a3a4a5a6a7a8")
CALL_ID = bytes.fromhex("c0c1c2c3c4c5c6c7")
TIME_S = 1_764_000_000
TIME_MS = 1_764_000_000_123

STANDARD = CallFields(
    time_s=TIME_S,
    urgency=Urgency.MAYDAY,
    natures=(Nature.FLOODING,),
    states=(CallState.INBOUND_FLOODED, CallState.MAIL_GONE),
    origin=Origin.MANUAL,
    at_risk_log10=5,
    reply=ReplyChannel.TELEPHONE,
    sector="health",
    country="NL",
    asn=64_500,
    home_digest=home_digest_of((STATION_KID, bytes(8), bytes(7) + b"\x01")),
)
MINIMAL = CallFields(time_s=TIME_S, urgency=Urgency.MAYDAY, natures=(Nature.FLOODING,))
LONGEST = msgspec.structs.replace(
    STANDARD,
    natures=(Nature.DESTRUCTION, Nature.HELD_TO_RANSOM),
    states=tuple(CallState),
    asn=4_200_000_000,
    home_number=200,
)

REPORT = SitrepGiven(
    sections={"C": "Two wards are without systems. The laboratory works on paper.", "I": "We cut the line at 03:10."},
    needs=(NeedAsk(line=NeedLine.FORENSICS, quantity=2),),
)
PARTS = split_report(REPORT, first=5)

# ------------------------------------------------------------------------------------------ accepted packets
ACCEPTED: dict[str, tuple[str, PacketType, Fields, int]] = {
    "call-minimal": ("The smallest packet: time, urgency and one nature.", PacketType.CALL, MINIMAL, 0),
    "call-standard": ("What a beacon usually sends: 115 bytes.", PacketType.CALL, STANDARD, 0),
    "call-longest": ("Every field of a direct call at its longest.", PacketType.CALL, LONGEST, 0),
    "call-nothing-known": ("A call with nothing in it is a call.", PacketType.CALL, CallFields(), 0),
    "call-by-relay": (
        "Somebody calls for another: the other's kid is named.",
        PacketType.CALL,
        CallFields(time_s=TIME_S, origin=Origin.RELAY, caller=bytes.fromhex("b0b1b2b3b4b5b6b7")),
        0,
    ),
    "call-every-nature": (
        "All natures at once.",
        PacketType.CALL,
        CallFields(time_s=TIME_S, natures=tuple(nature for nature in Nature if nature is not Nature.UNDESIGNATED)),
        0,
    ),
    "update-needs": (
        "What did not fit follows as an update: three need lines.",
        PacketType.UPDATE,
        CallFields(
            time_s=TIME_S,
            needs=(
                NeedAsk(line=NeedLine.FILTERING, quantity=40),
                NeedAsk(line=NeedLine.SCRUBBING, quantity=1_000_000),
                NeedAsk(line=NeedLine.ABUSE_NOTICE_AT_SOURCE, quantity=1),
            ),
        ),
        1,
    ),
    "update-prefix-ipv4": (
        "The network that is hit.",
        PacketType.UPDATE,
        CallFields(time_s=TIME_S, prefix="203.0.113.0/25"),
        2,
    ),
    "update-prefix-ipv6": (
        "One IPv6 host: the largest packet there is, 127 bytes.",
        PacketType.UPDATE,
        CallFields(time_s=TIME_S, prefix="2001:db8::7/128"),
        3,
    ),
    "update-hears-you": (
        "The caller has heard the station: earlier packets need no more answers.",
        PacketType.UPDATE,
        CallFields(time_s=TIME_S, states=(CallState.HEARS_YOU,)),
        4,
    ),
    "cancel": ("The caller takes the call back.", PacketType.CANCEL, CallFields(time_s=TIME_S), 255),
    "test": ("A test of the way, which opens no case.", PacketType.TEST, MINIMAL, 0),
    "heartbeat": ("The beacon lives.", PacketType.HEARTBEAT, CallFields(time_s=TIME_S), 7),
    "exercise-call": ("A call in an exercise.", PacketType.EXERCISE, STANDARD, 0),
    "exercise-update": ("An update in an exercise.", PacketType.EXERCISE_UPDATE, MINIMAL, 1),
    "exercise-cancel": ("A cancel in an exercise.", PacketType.EXERCISE_CANCEL, CallFields(), 2),
    "exercise-heartbeat": ("A heartbeat in an exercise.", PacketType.EXERCISE_HEARTBEAT, CallFields(), 0),
    "part-first": ("The first part of a situation report.", PacketType.PART, PARTS[0], PARTS[0].first),
    "part-last": ("Its last part: both together are one report.", PacketType.PART, PARTS[-1], PARTS[-1].last),
    "part-short": (
        "The largest part that fits a text message: 140 bytes.",
        PacketType.PART,
        PartFields(first=190, count=64, digest=bytes.fromhex("d1d2d3d4"), data=bytes(range(37))),
        253,
    ),
    "part-longest": (
        "The largest part there is: 196 bytes.",
        PacketType.PART,
        PartFields(first=190, count=64, digest=bytes.fromhex("d1d2d3d4"), data=bytes(range(93))),
        253,
    ),
    "exercise-part": ("A part of a report in an exercise.", PacketType.EXERCISE_PART, PARTS[0], PARTS[0].first),
}


def signed_by(realm: Realm, kind: PacketType, fields: Fields, sequence: int = 0) -> SignedPacket:
    seed = SEEDS[realm]
    header = Header(type=kind, kid=kid_of(public_of(seed)), call=CALL_ID, sequence=sequence)
    return sign_packet(seed, header, fields)


def sealer_of(signed: SignedPacket, *, master: bytes = MASTER, epoch: int = EPOCH) -> Sealer:
    return Sealer(derive_key(master, signed.header.kid, epoch))


def keys_given(signed: SignedPacket, realm: Realm) -> Vector:
    return {
        "station_master": MASTER.hex(),
        "epoch": EPOCH,
        "registered": {"kid": signed.header.kid.hex(), "public": public_of(SEEDS[realm]).hex(), "realm": realm.value},
    }


def plain(fields: Fields) -> Vector:
    """The fields as JSON shows them: bytes in hex, what is not known left out."""
    shown = msgspec.to_builtins(fields, builtin_types=(bytes,))
    if isinstance(fields, CallFields) and fields.needs:
        shown["needs"] = [{"line": need.line.value, "quantity": need.quantity} for need in fields.needs]
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in shown.items()}


def accepted(sentence: str, signed: SignedPacket, fields: Fields, datagram: bytes, *, epoch: int = EPOCH) -> Vector:
    realm = signed.header.type.realm
    sealer = sealer_of(signed, epoch=epoch)
    header = signed.header.encode()
    return {
        "expect": {
            "accepted": True,
            "type": signed.header.type.name.lower(),
            "realm": realm.value,
            "call": signed.header.call.hex(),
            "sequence": signed.header.sequence,
            "fields": plain(fields),
            "statement_id": signed.statement_id().hex(),
            "cose": signed.cose().hex(),
        },
        "sentence": sentence,
        "kind": "packet",
        "datagram": datagram.hex(),
        **keys_given(signed, realm),
        "steps": {
            "seed": SEEDS[realm].hex(),
            "sealing_epoch": epoch,
            "sealing_key": sealer.key.hex(),
            "header": header.hex(),
            "nonce": nonce_of(header).hex(),
            "payload": signed.payload.hex(),
            "protected": protected_of(signed.header).hex(),
            "sig_structure": signed.signed_bytes().hex(),
            "signature": signed.signature.hex(),
            "compact": signed.compact().hex(),
        },
    }


def accepted_vectors() -> Iterator[tuple[str, Vector]]:
    for name, (sentence, kind, fields, sequence) in ACCEPTED.items():
        signed = signed_by(kind.realm, kind, fields, sequence)
        yield name, accepted(sentence, signed, fields, seal_packet(signed, sealer_of(signed)))
    signed = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    packet = seal_packet(signed, sealer_of(signed))
    yield "padded-ipv4", accepted("Padded to 240 bytes for IPv4.", signed, STANDARD, pad_packet(packet, 240))
    yield "padded-ipv6", accepted("Padded to 296 bytes for IPv6.", signed, STANDARD, pad_packet(packet, 296))
    before = seal_packet(signed, sealer_of(signed, epoch=EPOCH - 1))
    yield "last-epoch", accepted("Sealed with the last epoch's key.", signed, STANDARD, before, epoch=EPOCH - 1)


# ------------------------------------------------------------------------------------------- refused packets
def refused(code: str, sentence: str, datagram: bytes, realm: Realm = Realm.REAL) -> Vector:
    signed = signed_by(realm, PacketType.CALL if realm is Realm.REAL else PacketType.EXERCISE, MINIMAL)
    return {
        "expect": {"refused": code},
        "sentence": sentence,
        "kind": "packet",
        "datagram": datagram.hex(),
        **keys_given(signed, realm),
    }


def with_payload(payload: bytes, kind: PacketType = PacketType.CALL, sequence: int = 0) -> bytes:
    """A packet whose payload is these bytes, signed and sealed as it should be."""
    header = Header(type=kind, kid=kid_of(public_of(SEEDS[Realm.REAL])), call=CALL_ID, sequence=sequence)
    signature = sign(SEEDS[Realm.REAL], sig_structure(protected_of(header), payload))
    signed = SignedPacket(header=header, payload=payload, signature=signature)
    return seal_packet(signed, sealer_of(signed))


def retyped(signed: SignedPacket, kind: PacketType) -> bytes:
    """The same signature under another type, sealed anew: what a station or a thief of the sealing key could do."""
    forged = msgspec.structs.replace(signed, header=msgspec.structs.replace(signed.header, type=kind))
    return seal_packet(forged, sealer_of(forged))


def replaced(packet: bytes, place: int, value: int) -> bytes:
    return packet[:place] + bytes((value,)) + packet[place + 1 :]


TIME = TIME_S.to_bytes(4, "big")
BAD_PAYLOADS: dict[str, tuple[str, bytes]] = {
    "payload-no-array": ("A map is no payload.", cbor2.dumps({1: TIME, 2: 3, 3: 2, 4: 1})),
    "payload-two-fields": ("An array of two fields.", cbor2.dumps([TIME + bytes(1), 3])),
    "payload-sixteen-fields": ("One field more than there are.", cbor2.dumps([TIME, 3, 2, *[0] * 12, 1])),
    "payload-trailing-unknown": ("A last field that is not known was not cut off.", cbor2.dumps([TIME, 3, 2, 0])),
    "payload-long-integer": ("A number not in its shortest form.", bytes.fromhex("8344") + TIME + b"\x18\x03\x02"),
    "payload-indefinite": ("An array without a length.", bytes.fromhex("9f44") + TIME + bytes.fromhex("0302ff")),
    "payload-bytes-behind": ("Something behind the array.", cbor2.dumps([TIME, 3, 2]) + b"\x00"),
    "payload-boolean": ("A boolean is no number.", cbor2.dumps([TIME, True, 2])),
    "payload-negative": ("A negative number.", cbor2.dumps([TIME, -1, 2])),
    "payload-text-time": ("The time is a byte string.", cbor2.dumps([TIME_S, 3, 2])),
    "payload-long-time": ("The time has four bytes.", cbor2.dumps([bytes(1) + TIME, 3, 2])),
    "payload-urgency": ("An urgency nobody defined.", cbor2.dumps([TIME, 4, 2])),
    "payload-nature": ("A nature nobody defined.", cbor2.dumps([TIME, 3, 1 << 19])),
    "payload-state": ("A state bit nobody defined.", cbor2.dumps([TIME, 3, 2, 1 << 9])),
    "payload-origin": ("An origin nobody defined.", cbor2.dumps([TIME, 3, 2, 0, 4])),
    "payload-at-risk": ("More people than the scale has.", cbor2.dumps([TIME, 3, 2, 0, 0, 11])),
    "payload-sector": ("A sector nobody defined.", cbor2.dumps([TIME, 3, 2, 0, 0, 0, 0, 17])),
    "payload-country": ("A country beyond ZZ.", cbor2.dumps([TIME, 3, 2, 0, 0, 0, 0, 0, 677])),
    "payload-asn": ("A number beyond the last ASN.", cbor2.dumps([TIME, 3, 2, 0, 0, 0, 0, 0, 0, 1 << 32])),
    "payload-home-digest": ("A home digest of three bytes.", cbor2.dumps([TIME, 3, 2, *[0] * 7, b"abc"])),
    "payload-caller": ("A caller's kid of seven bytes.", cbor2.dumps([TIME, 3, 2, *[0] * 7, b"", 0, bytes(6) + b"a"])),
    "payload-prefix-host-bits": (
        "A prefix with bits set behind its length.",
        cbor2.dumps([TIME, 3, 2, *[0] * 7, b"", 0, b"", bytes((25, 203, 0, 113, 1))]),
    ),
    "payload-prefix-long": (
        "A prefix with more bytes than its length needs.",
        cbor2.dumps([TIME, 3, 2, *[0] * 7, b"", 0, b"", bytes((24, 203, 0, 113, 0))]),
    ),
    "payload-needs-order": (
        "Need lines out of order.",
        cbor2.dumps([TIME, 3, 2, *[0] * 7, b"", 0, b"", b"", bytes((7, 0, 0, 1, 6, 0, 0, 1))]),
    ),
    "payload-needs-nothing": (
        "A need of nothing.",
        cbor2.dumps([TIME, 3, 2, *[0] * 7, b"", 0, b"", b"", bytes((6, 0, 0, 0))]),
    ),
}


_WIRE = [5, 2, PARTS[0].digest, PARTS[0].data]
BAD_PARTS: dict[str, tuple[str, bytes, int]] = {
    "part-number-beyond": ("Its number is behind the last of its report.", encode_part(PARTS[0]), 7),
    "part-number-before": ("Its number is before the first of its report.", encode_part(PARTS[0]), 4),
    "part-three-fields": ("A part without its data.", cbor2.dumps([5, 2, bytes(8)]), 5),
    "part-digest-short": ("A digest of three bytes.", cbor2.dumps([5, 2, b"abc", PARTS[0].data]), 5),
    "part-first-zero": ("Number 0 is the call's own.", cbor2.dumps([0, *_WIRE[1:]]), 0),
    "part-count-large": ("More parts than a report has.", cbor2.dumps([5, 65, *_WIRE[2:]]), 5),
    "part-numbers-end": ("More parts than there are numbers left.", cbor2.dumps([250, 7, *_WIRE[2:]]), 251),
    "part-text": ("Its data is text.", cbor2.dumps([5, 2, PARTS[0].digest, "words"]), 5),
    "part-long-integer": ("A number not in its shortest form.", b"\x84\x18\x05" + encode_part(PARTS[0])[2:], 5),
    "part-no-cbor": ("What is sealed is not CBOR.", bytes.fromhex("ff") * 20, 5),
}


def refused_vectors() -> Iterator[tuple[str, Vector]]:
    signed = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    sealer = sealer_of(signed)
    packet = seal_packet(signed, sealer)
    padded = pad_packet(packet, 240)
    practice = signed_by(Realm.EXERCISE, PacketType.EXERCISE, STANDARD)
    by_stranger = sign(STRANGER_SEED, signed.signed_bytes())
    length, tag = "packet.length", "packet.tag"
    yield "empty", refused(length, "Nothing at all.", b"")
    yield "too-short", refused(length, "One byte less than the smallest packet.", packet[:98])
    yield "too-long", refused(length, "Neither a packet nor padded.", packet + bytes(13))
    yield "padded-oddly", refused(length, "Padded to a size that is not defined.", pad_packet(packet, 241))
    yield "padding-length-small", refused(length, "Its last byte names no packet's length.", replaced(padded, 239, 98))
    yield "padding-length-large", refused(length, "Its last byte names no packet's length.", replaced(padded, 239, 197))
    yield "call-too-long", refused(length, "A call is no longer than 127 bytes.", replaced(padded, 239, 128))
    yield "part-too-short", refused(length, "A part is no shorter than 101 bytes.", replaced(packet, 1, 0x1B)[:100])
    yield "padding-not-zero", refused("packet.padding", "Something is hidden in the padding.", replaced(padded, 200, 1))
    yield "magic", refused("packet.magic", "Another protocol's datagram.", replaced(packet, 0, 0xE4))
    yield "version", refused("packet.version", "A version this document does not describe.", replaced(packet, 1, 0x21))
    for code in (0, 7, 13, 15):
        sentence = f"Type {code} is no sealed packet's."
        yield f"type-{code}", refused("packet.type", sentence, replaced(packet, 1, 0x10 | code))
    yield "unknown-key", refused("packet.unknown_key", "Nobody is registered here.", replaced(packet, 2, packet[2] ^ 1))
    yield "tag-changed", refused(tag, "One bit of the tag.", replaced(packet, 114, packet[114] ^ 1))
    yield "ciphertext-changed", refused(tag, "One bit of what is sealed.", replaced(packet, 30, packet[30] ^ 0x80))
    yield "call-id-changed", refused(tag, "The header is covered by the seal.", replaced(packet, 10, packet[10] ^ 1))
    yield "sequence-changed", refused(tag, "The sequence is covered by the seal.", replaced(packet, 18, 1))
    yield "type-changed", refused(tag, "So is the type: a call made a cancel.", replaced(packet, 1, 0x13))
    another = seal_packet(signed, sealer_of(signed, master=bytes(32)))
    yield "another-station", refused(tag, "Sealed for another station.", another)
    old = seal_packet(signed, sealer_of(signed, epoch=EPOCH - 2))
    yield "epoch-before-last", refused(tag, "Two epochs old: only the slower door opens it.", old)
    for kind in (PacketType.CALL, PacketType.CANCEL):
        test = signed_by(Realm.REAL, PacketType.TEST, STANDARD)
        sentence = f"A test sealed anew as a {kind.name.lower()}: the signature covers the header."
        yield f"test-made-{kind.name.lower()}", refused("packet.signature", sentence, retyped(test, kind))
    forged = seal_packet(msgspec.structs.replace(signed, signature=by_stranger), sealer)
    yield "signed-by-another", refused("packet.signature", "Sealed rightly, signed by another key.", forged)
    yield (
        "exercise-made-call",
        refused(
            "packet.realm",
            "An exercise sealed anew as a call: its key is for exercises only.",
            retyped(practice, PacketType.CALL),
            Realm.EXERCISE,
        ),
    )
    yield (
        "call-made-exercise",
        refused(
            "packet.realm",
            "A call sealed anew as an exercise: its key is for real calls only.",
            retyped(signed, PacketType.EXERCISE),
        ),
    )
    for name, (sentence, payload, sequence) in BAD_PARTS.items():
        yield name, refused("packet.part", sentence, with_payload(payload, PacketType.PART, sequence))
    for name, (sentence, payload) in BAD_PAYLOADS.items():
        yield name, refused("packet.payload", sentence, with_payload(payload))


# ------------------------------------------------------------------- acknowledgements, spoken and printed calls
def ack_vectors() -> Iterator[tuple[str, Vector]]:
    signed = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    sealer = sealer_of(signed)
    kid = signed.header.kid

    def vector(expect: Vector, sentence: str, raw: bytes, *, for_kid: bytes = kid) -> Vector:
        given = {"sealing_key": sealer.key.hex(), "kid": for_kid.hex(), "ack": raw.hex()}
        return {"expect": expect, "sentence": sentence, "kind": "ack", **given}

    for state in AckState:
        ack = Ack(call=CALL_ID, sequence=state, state=state, station=STATION_KID[:4], time_ms=TIME_MS)
        expect = {
            "accepted": True,
            "call": CALL_ID.hex(),
            "sequence": ack.sequence,
            "state": state.name.lower(),
            "station": ack.station.hex(),
            "time_ms": ack.time_ms,
        }
        name = f"ack-{state.name.lower().replace('_', '-')}"
        yield name, vector(expect, state.words, encode_ack(ack, kid=kid, sealer=sealer))
    good = encode_ack(ack, kid=kid, sealer=sealer)
    undefined = replaced(good[:22], 11, 9)
    undefined += sealer.ack_mac(kid + undefined, ACK_MAC_BYTES)
    other_kid = kid_of(public_of(STRANGER_SEED))
    yield "ack-short", vector({"refused": "ack.length"}, "One byte is missing.", good[:-1])
    yield "ack-magic", vector({"refused": "ack.magic"}, "Another type.", replaced(good, 1, 0x11))
    yield "ack-forged", vector({"refused": "ack.mac"}, "Made without the key.", good[:22] + bytes(16))
    yield "ack-state-raised", vector({"refused": "ack.mac"}, "A state raised on its way.", replaced(good, 11, 2))
    yield "ack-for-another", vector({"refused": "ack.mac"}, "Meant for another caller.", good, for_kid=other_kid)
    yield "ack-state-undefined", vector({"refused": "ack.state"}, "A state nobody defined.", undefined)


# ------------------------------------------------------------------------------------- the calls of strangers
HPKE = HpkeKey(station_private(MASTER))
EPHEMERAL = b"esos test vector: ephemeral key."
COOKIE = bytes.fromhex("d0d1d2d3d4d5d6d7d8d9dadbdcdddedf")
ASK_NONCE = bytes.fromhex("e0e1e2e3e4e5e6e7")
VECTOR_WORK_BITS = 18


def stranger_sealed(
    signed: SignedPacket, *, public: bytes = b"", station: bytes = STATION_KID, key: HpkeKey = HPKE
) -> bytes:
    named = public or public_of(SEEDS[signed.header.type.realm])
    sealed, _ = seal_call(signed, public=named, station=station, station_key=key.public, ephemeral=EPHEMERAL)
    return sealed


def stranger_worked(sealed: bytes, bits: int = VECTOR_WORK_BITS) -> bytes:
    """The first number that shows the work."""
    return search_work(STATION_KID, sealed, first=0, tries=1 << 26, bits=bits) or b""


def stranger_given(datagram: bytes, realm: Realm = Realm.REAL) -> Vector:
    return {
        "kind": "stranger",
        "datagram": datagram.hex(),
        "station": STATION_KID.hex(),
        "station_master": MASTER.hex(),
        "realm": realm.value,
        "work_bits": VECTOR_WORK_BITS,
    }


def stranger_accepted(sentence: str, signed: SignedPacket, fields: CallFields, form: Form, padded: int) -> Vector:
    realm = signed.header.type.realm
    sealed = stranger_sealed(signed)
    leave = COOKIE if form is Form.BY_COOKIE else stranger_worked(sealed)
    whole = write_call(form, leave, sealed, padded or PADDED_BYTES_V4)
    datagram = whole if padded else whole[: whole[-1]]
    opened = open_call(sealed, HPKE, station=STATION_KID)
    return {
        "expect": {
            "accepted": True,
            "form": form.name.lower().replace("_", "-"),
            "leave": leave.hex(),
            "type": signed.header.type.name.lower(),
            "call": signed.header.call.hex(),
            "sequence": signed.header.sequence,
            "public": opened.public.hex(),
            "fields": plain(fields),
            "statement_id": signed.statement_id().hex(),
            "cose": signed.cose().hex(),
            "answer_key": opened.answers.key.hex(),
        },
        "sentence": sentence,
        **stranger_given(datagram, realm),
        "steps": {
            "seed": SEEDS[realm].hex(),
            "station_private": station_private(MASTER).hex(),
            "station_hpke": HPKE.public.hex(),
            "ephemeral": EPHEMERAL.hex(),
            "compact": signed.compact().hex(),
            "sealed": sealed.hex(),
        },
    }


def stranger_vectors() -> Iterator[tuple[str, Vector]]:
    call = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    for name, sentence, form, padded in (
        ("stranger-by-cookie", "A stranger's call with a cookie, which only the door that gave it can check.",
         Form.BY_COOKIE, PADDED_BYTES_V4),
        ("stranger-by-work", "The same call with 18 bits of work.", Form.BY_WORK, PADDED_BYTES_V4),
        ("stranger-ipv6", "Padded for IPv6.", Form.BY_COOKIE, PADDED_BYTES_V6),
        ("stranger-unpadded", "Without padding: 205 bytes.", Form.BY_COOKIE, 0),
    ):  # fmt: skip
        yield name, stranger_accepted(sentence, call, STANDARD, form, padded)
    nothing, longest = CallFields(), LONGEST
    for name, sentence, fields in (
        ("stranger-nothing-known", "A stranger's call with nothing in it is a call.", nothing),
        ("stranger-longest", "Every field at its longest.", longest),
    ):
        signed = signed_by(Realm.REAL, PacketType.CALL, fields)
        yield name, stranger_accepted(sentence, signed, fields, Form.BY_COOKIE, PADDED_BYTES_V4)
    drill = signed_by(Realm.EXERCISE, PacketType.EXERCISE, MINIMAL)
    sentence = "A call in an exercise, at an exercise station."
    yield "stranger-exercise", stranger_accepted(sentence, drill, MINIMAL, Form.BY_COOKIE, PADDED_BYTES_V4)
    for name, padded in (("stranger-ask", PADDED_BYTES_V4), ("stranger-ask-ipv6", PADDED_BYTES_V6)):
        cookie = write_cookie(ASK_NONCE, COOKIE).hex()
        yield (
            name,
            {
                "expect": {"accepted": True, "form": "ask", "nonce": ASK_NONCE.hex()},
                "sentence": "A stranger asks for a cookie; an answer with the cookie d0d1… stands in its steps.",
                **stranger_given(write_ask(ASK_NONCE, padded)),
                "steps": {"answer": cookie},
            },
        )


def stranger_refused_vectors() -> Iterator[tuple[str, Vector]]:
    call = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    sealed = stranger_sealed(call)
    good = write_call(Form.BY_COOKIE, COOKIE, sealed, PADDED_BYTES_V4)
    ask = write_ask(ASK_NONCE, PADDED_BYTES_V4)

    def vector(code: str, sentence: str, datagram: bytes) -> Vector:
        return {"expect": {"refused": code}, "sentence": sentence, **stranger_given(datagram)}

    def inside(code: str, sentence: str, body: bytes) -> Vector:
        return vector(code, sentence, write_call(Form.BY_COOKIE, COOKIE, body, PADDED_BYTES_V4))

    length, padding = "stranger.length", "stranger.padding"
    yield "stranger-empty", vector(length, "Nothing at all.", b"")
    yield "stranger-short", vector(length, "One byte less than the smallest call.", good[:188])
    yield "stranger-long", vector(length, "Neither a call nor padded.", good[:218])
    yield "stranger-magic", vector("stranger.magic", "A registered caller's packet.", b"\xe5\x11" + good[2:])
    yield "stranger-version", vector("stranger.version", "A version nobody described.", replaced(good, 1, 0x23))
    for form in (0, 2, 5, 15):
        sentence = f"Form {form} is nothing for a station."
        yield f"stranger-form-{form}", vector("stranger.form", sentence, replaced(good, 1, 0x10 | form))
    yield "stranger-ask-short", vector("stranger.form", "An ask that is shorter than a call.", ask[:200])
    yield "stranger-ask-padding", vector(padding, "Something is hidden in an ask.", replaced(ask, 100, 1))
    yield "stranger-padding", vector(padding, "Something is hidden in the padding.", replaced(good, 220, 1))
    yield "stranger-padding-length", vector(padding, "Its last byte names no call's length.", replaced(good, 239, 188))
    worked = stranger_worked(sealed)
    less = (int.from_bytes(worked, "big") + 1).to_bytes(COOKIE_BYTES, "big")
    yield (
        "stranger-work",
        vector("stranger.work", "The number after the right one.", write_call(Form.BY_WORK, less, sealed, 240)),
    )
    changed = sealed[:-1] + bytes((sealed[-1] ^ 1,))
    yield "stranger-tag", inside("hpke.open", "One bit of the tag.", changed)
    yield "stranger-enc", inside("hpke.open", "A point of small order.", bytes(32) + sealed[32:])
    yield "stranger-station", inside("hpke.open", "Named for another station.", stranger_sealed(call, station=bytes(8)))
    other = HpkeKey(station_private(bytes(32)))
    yield "stranger-key", inside("hpke.open", "Sealed to another station's key.", stranger_sealed(call, key=other))
    public = public_of(STRANGER_SEED)
    yield (
        "stranger-kid",
        inside(
            "stranger.kid", "Another key came along than the one that is named.", stranger_sealed(call, public=public)
        ),
    )
    forged = msgspec.structs.replace(call, signature=sign(STRANGER_SEED, call.signed_bytes()))
    yield "stranger-signature", inside("packet.signature", "Signed by another key.", stranger_sealed(forged))
    drill = signed_by(Realm.EXERCISE, PacketType.EXERCISE, STANDARD)
    yield "stranger-realm", inside("packet.realm", "An exercise at a station for real calls.", stranger_sealed(drill))
    heartbeat = signed_by(Realm.REAL, PacketType.HEARTBEAT, MINIMAL)
    yield "stranger-heartbeat", inside("stranger.heartbeat", "A heartbeat of a stranger.", stranger_sealed(heartbeat))


def spoken_vectors() -> Iterator[tuple[str, Vector]]:
    call = SpokenCall(
        pseudonym=kid_of(public_of(SEEDS[Realm.REAL]))[:4],
        urgency=Urgency.PAN_PAN,
        natures=(Nature.FLOODING, Nature.HELD_TO_RANSOM),
        token="48210937",  # noqa: S106 - no password: digits of a card that nobody printed
    )
    practice = msgspec.structs.replace(call, natures=(), realm=Realm.EXERCISE)
    text = encode_spoken(call)

    def vector(expect: Vector, sentence: str, said: str) -> Vector:
        return {"expect": expect, "sentence": sentence, "kind": "spoken", "text": said}

    def meant(said: SpokenCall) -> Vector:
        natures = [int(nature) for nature in said.natures]
        shown = {"pseudonym": said.pseudonym.hex(), "urgency": said.urgency.value, "natures": natures}
        return {"accepted": True, **shown, "token": said.token, "realm": said.realm.value}

    yield "spoken-call", vector(meant(call), "What is read aloud over a telephone.", text)
    yield (
        "spoken-scribbled",
        vector(meant(call), "Case, points and spaces do not matter.", text.upper().replace(".", " ;")),
    )
    yield "spoken-exercise", vector(meant(practice), "Practice is said first.", encode_spoken(practice))
    wrong = text.replace("4821", "4812")
    yield "spoken-misheard", vector({"refused": "spoken.check"}, "Two digits were swapped.", wrong)
    unsaid = text.replace("e-SOS call", "EXERCISE EXERCISE EXERCISE")
    yield "spoken-made-exercise", vector({"refused": "spoken.check"}, "A call cannot be read as practice.", unsaid)
    yield "spoken-cut", vector({"refused": "spoken.layout"}, "The end was not heard.", text[: text.index("Token")])
    for name, (code, sentence, said) in _misspoken(text).items():
        yield name, vector({"refused": code}, sentence, said)


def _misspoken(text: str) -> dict[str, tuple[str, str, str]]:
    """What can be heard wrongly in each part, before the check words are looked at."""
    caller = text[text.index("Caller: ") + 8 : text.index(". Urgency")]
    half = caller.split("-")[0]
    short, strange = text.replace(caller, half), text.replace(half, "xxxxx")
    return {
        "spoken-caller-short": ("spoken.caller", "Half of the caller's name.", short),
        "spoken-caller-strange": ("spoken.caller", "A word that is in no caller's name.", strange),
        "spoken-urgency": ("spoken.urgency", "An urgency nobody defined.", text.replace("pan-pan", "pan")),
        "spoken-nature": ("nature.unknown", "A nature nobody defined.", text.replace("flooding", "flowering")),
        "spoken-token": ("spoken.token", "A digit of the token is missing.", text.replace("4821", "482")),
    }


def printed_vectors() -> Iterator[tuple[str, Vector]]:
    signed = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    text = to_print(signed.cose())

    def vector(expect: Vector, sentence: str, typed: str) -> Vector:
        return {"expect": expect, "sentence": sentence, "kind": "printed", "text": typed}

    good = {"accepted": True, "cose": signed.cose().hex()}
    yield "printed-call", vector(good, "Printed, to be typed in again elsewhere.", text)
    public = public_of(SEEDS[Realm.REAL])
    with_key = {**good, "public": public.hex()}
    yield "printed-with-key", vector(with_key, "The author's key came along.", to_print(signed.cose(), public))
    yield (
        "printed-typed",
        vector(good, "Small letters, o for 0, l for 1.", text.lower().replace("0", "o").replace("1", "l")),
    )
    lines = text.splitlines()
    missing = "\n".join(lines[:3] + lines[4:])
    yield "printed-line-missing", vector({"refused": "offline.line_missing"}, "The third line is missing.", missing)
    swapped = text.replace(lines[2], lines[2].replace(lines[2].split()[1], lines[2].split()[2], 1))
    yield "printed-misread", vector({"refused": "offline.line_check"}, "A block was typed twice.", swapped)
    practice = text.replace("E-SOS CALL", "E-SOS EXERCISE")
    twice = text.replace(lines[2], f"{lines[2]}\n{lines[2]}")
    refusals = {
        "printed-without-beginning": ("offline.no_begin", "The first line is missing.", "\n".join(lines[1:])),
        "printed-line-strange": ("offline.line_layout", "A line without a number.", text.replace("\n02 ", "\n", 1)),
        "printed-line-twice": ("offline.line_twice", "A line was typed in twice.", twice),
        "printed-made-exercise": ("offline.realm", "A call under the title of an exercise.", practice),
        "printed-letter-too-few": ("offline.letters", "A number of letters that no bytes have.", one_line("A")),
        "printed-no-call": ("offline.not_signed", "Properly printed, and no call.", one_line("0123456789ABCDEF")),
    }
    for name, (code, sentence, typed) in refusals.items():
        yield name, vector({"refused": code}, sentence, typed)


def one_line(letters: str) -> str:
    """A printed call of one line with these letters, and with the check that belongs to them."""
    number = int.from_bytes(hashlib.sha256(f"esos-line1|1|{letters}".encode()).digest()[:2], "big")
    readable = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    blocks = [letters[at : at + 5] for at in range(0, len(letters), 5)]
    check = readable[number >> 5 & 31] + readable[number & 31]
    return "\n".join(["BEGIN E-SOS CALL, 1 LINES", " ".join(["01", *blocks, check]), "END E-SOS CALL", ""])


def scanned_vectors() -> Iterator[tuple[str, Vector]]:
    signed = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    text = to_qr_text(signed.cose())

    def vector(expect: Vector, sentence: str, scanned: str) -> Vector:
        return {"expect": expect, "sentence": sentence, "kind": "qr", "text": scanned}

    good = {"accepted": True, "cose": signed.cose().hex()}
    yield "qr-call", vector(good, "What a scanner reads.", text)
    refusals = {
        "qr-of-something-else": ("offline.no_qr_text", "Another code was scanned.", text.removeprefix("ESOS1:")),
        "qr-letter-too-few": ("offline.letters", "A letter is missing.", text[:-1]),
        "qr-letter-strange": ("offline.letters", "A digit that base32 has not.", text[:-1] + "1"),
        "qr-cut-short": ("offline.not_signed", "Only the beginning was scanned.", text[:46]),
    }
    for name, (code, sentence, scanned) in refusals.items():
        yield name, vector({"refused": code}, sentence, scanned)


def file_vectors() -> Iterator[tuple[str, Vector]]:
    cose = signed_by(Realm.REAL, PacketType.CALL, STANDARD).cose()

    def vector(expect: Vector, sentence: str, **content: Any) -> Vector:
        return {"expect": expect, "sentence": sentence, "kind": "file", **content}

    yield "file-call", vector({"accepted": True, "cose": cose.hex()}, "A file is the message itself.", file=cose.hex())
    yield "file-empty", vector({"refused": "offline.empty"}, "Nothing.", file="")
    yield "file-no-call", vector({"refused": "offline.not_signed"}, "Another file.", file=b"help".hex())
    too_large = {"byte": "00", "times": 65_537}
    yield "file-too-large", vector({"refused": "offline.too_large"}, "One byte too many.", file_repeated=too_large)


def report_vectors() -> Iterator[tuple[str, Vector]]:
    def vector(expect: Vector, sentence: str, parts: tuple[PartFields, ...]) -> Vector:
        payloads = {str(part.first + place): encode_part(part).hex() for place, part in enumerate(parts)}
        return {"expect": expect, "sentence": sentence, "kind": "report", "parts": payloads}

    def alone(packed: bytes, digest: bytes = b"") -> tuple[PartFields, ...]:
        return (PartFields(first=5, count=1, digest=digest or digest_of(packed), data=packed),)

    refusal = {"refused": "packet.report"}
    whole = {
        "accepted": True,
        "sections": REPORT.sections,
        "needs": [{"line": need.line.value, "quantity": need.quantity} for need in REPORT.needs],
    }
    short = split_report(REPORT, first=7, short=True)
    small = pack_report(SitrepGiven(sections={"C": "Dark."}))
    yield "report-in-parts", vector(whole, "Two parts make one report.", PARTS)
    yield "report-in-short-parts", vector(whole, "The same report in parts that fit a text message.", short)
    yield "report-waiting", vector({"waiting": True}, "A part is missing: there is no report yet.", PARTS[1:])
    yield "report-digest", vector(refusal, "It is not the report that its parts name.", alone(small, b"none"))
    yield "report-cut", vector(refusal, "The packed report breaks off.", alone(small[:-3]))
    yield "report-bytes-behind", vector(refusal, "Something behind the packed report.", alone(small + b"x"))
    strange = zlib.compressobj(9, wbits=-15)
    other = strange.compress(cbor.encode({"verdict": "theirs"})) + strange.flush()
    yield "report-of-something-else", vector(refusal, "What was packed is no situation report.", alone(other))
    bomb = zlib.compressobj(9, wbits=-15)
    large = bomb.compress(bytes(20_000)) + bomb.compress(bytes(50_000)) + bomb.flush()
    yield "report-too-large", vector(refusal, "It unpacks to more than a statement holds.", alone(large[:93], b""))


def kept_vectors() -> Iterator[tuple[str, Vector]]:
    """What a station keeps of a packet, the COSE_Sign1 that was rebuilt: read again as the statement it is."""
    signed = signed_by(Realm.REAL, PacketType.CALL, STANDARD)
    header, seed = signed.header, SEEDS[Realm.REAL]

    def vector(code: str, sentence: str, cose: bytes) -> Vector:
        return {"expect": {"refused": code}, "sentence": sentence, "kind": "kept", "cose": cose.hex()}

    beat = signed_by(Realm.REAL, PacketType.HEARTBEAT, CallFields(time_s=TIME_S))
    yield "kept-heartbeat", vector("packet.no_statement", "A heartbeat is answered and not kept.", beat.cose())
    short = cbor.encode({**cbor.decode(protected_of(header)), HEADER_LABEL: header.encode()[:-1]})
    cut = encode_sign1(short, signed.payload, sign(seed, sig_structure(short, signed.payload)))
    yield "kept-header-short", vector("packet.cose", "A packet's header of 18 bytes.", cut)
    other = cbor.encode({**cbor.decode(protected_of(header)), KID: kid_of(public_of(STRANGER_SEED))})
    mixed = encode_sign1(other, signed.payload, sign(seed, sig_structure(other, signed.payload)))
    yield "kept-kid-of-another", vector("packet.cose", "The kid is another than the packet's header has.", mixed)
    long = rebuild_cose(header, signed.payload + bytes(36), signed.signature)
    yield "kept-payload-long", vector("packet.cose", "A payload that is longer than any packet carries.", long)


SOURCES: tuple[Callable[[], Iterator[tuple[str, Vector]]], ...] = (
    accepted_vectors,
    refused_vectors,
    ack_vectors,
    stranger_vectors,
    stranger_refused_vectors,
    spoken_vectors,
    printed_vectors,
    scanned_vectors,
    file_vectors,
    kept_vectors,
    report_vectors,
)


def files() -> dict[str, str]:
    """Every vector file's name and content."""
    return named(all_of(*SOURCES))


if __name__ == "__main__":
    sys.exit(write_or_check(FOLDER, files(), __doc__))
