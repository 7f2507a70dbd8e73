"""Write spec/vectors/statements/: each kind once with every field filled in, and each way to be refused.

Fixed keys and fixed times, so that the bytes are the same wherever this runs. ``--check`` writes nothing
and fails where a file is missing, stale or too many.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import msgspec
from msgspec import inspect
from vector_files import Vector, all_of, named, write_or_check

from esos.keys.identity import kid_of, public_of, sign
from esos.message import cbor
from esos.message.bodies import Body, CallDetails, Called, Messaged, Tested
from esos.message.contact_bodies import CODE_PATTERN
from esos.message.cose import ALG, CONTENT_TYPE, EDDSA, KID, encode_sign1, sig_structure
from esos.message.jsonform import body_to_json
from esos.message.kinds import KINDS, Scope
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_payload import CallFields
from esos.message.reading import packet_statement
from esos.message.statement import CONTENT_TYPES, Attests, Statement, to_plain, write_statement
from esos.words.nature import Nature
from esos.words.realm import Realm
from esos.words.urgency import Urgency

FOLDER = Path(__file__).resolve().parent.parent / "spec" / "vectors" / "statements"
SEEDS = {Realm.REAL: b"esos test vector: a real member.", Realm.EXERCISE: b"esos test vector: a drill member"}
OTHER_SEED = b"esos test vector: somebody else!"
CASE = bytes.fromhex("ca5eca5eca5eca5eca5eca5eca5eca5e")
TIME_MS = 1_764_000_000_123
ORDER = 2**252 + 27742317777372353535851937790883648493
"""The order of the group Ed25519 works in: a signature with this added to its second half is another spelling of it."""
EXAMPLES: dict[str, Any] = {
    "Holiday.day": "12-24",
    "RosterSet.timezone": "Europe/Tallinn",
    "Rotation.from_day": "2026-11-30",
    "Rotation.until_day": "2027-11-29",
    "Rotation.handover": "08:00",
    "Rotation.hours": "Mo-Fr 08:00-18:00",
    "Rotation.timezone": "Europe/Tallinn",
    "Contact.address": "watch@harbour.example",
    "Contact.channel": "mail",
    "MemberCard.kind": "team",
    "asn": 64_500,
    "asns": [64_500],
    "prefixes": ["203.0.113.0/24"],
    "at_risk_log10": 5,
    "audience": "a1a2a3a4a5a6a7a8",
    "automatic": True,
    "basis": "Club pact, section 4.",
    "by": "Telephone, by the number on the card.",
    "call": "c0c1c2c3c4c5c6c7",
    "caller_name": "Harbour Hospital",
    "card_token": "48210937",
    "channel": "restricted",
    "conference": "https://meet.example.net/room",
    "confirms": True,
    "cost": "ceiling",
    "country": "IE",
    "evidence": "The cleaner pressed the button, and says so.",
    "facts": {"can_restore": "unknown", "spreading": True},
    "ground": "D2",
    "heard_from_relay": True,
    "how": "partial",
    "hours": "Mo-Fr 08:00-18:00",
    "languages": ["en", "fr"],
    "name": "Harbour Team",
    "natures": [2, 18],
    "note": "As agreed by telephone.",
    "officer": "officer:0011223344556677",
    "origin": "automatic",
    "page_code": "K7 M2",
    "pact": "club",
    "prefix": "203.0.113.0/24",
    "products": ["example:router"],
    "raw": b"esos test vector: no pact".hex(),
    "reason": "The line was cut at noon.",
    "relay": "neighbour",
    "reply": "telephone",
    "report": "Filtered for nine hours.",
    "resource": "203.0.113.0/24",
    "result": "in_distress",
    "roles": ["officer", "registrar"],
    "SeverityAssessed.high": "mayday",
    "SeverityAssessed.low": "pan-pan",
    "SeverityAssessed.proposed": "pan-pan",
    "SeverityAssessed.score_high_hundredths": 8_200,
    "SeverityAssessed.score_low_hundredths": 5_600,
    "SeverityAssessed.triggers": ["beyond-own-means"],
    "scope": "The mail servers, read only.",
    "sections": {"C": "Two wards are dark.", "E": "Filtering, and advice."},
    "sector": "health",
    "sectors": ["health"],
    "sentence": "Our own site is down.",
    "state": ["inbound-flooded", "mail-gone"],
    "template": "agreement",
    "terms": {"tier": 2000, "capability": 300},
    "text": "Somebody is at the door of the server room.",
    "timer": "lease",
    "timezone": "Europe/Dublin",
    "verification": "key_ok",
    "words": "Nothing answers; telephones still work.",
}
"""What stands in a field of this name, or of this struct and name, where its type allows it."""


# --- each kind, with every field filled in -------------------------------------------------------


def full_body(kind: str) -> Body:
    """A body in which no field has its default."""
    body = KINDS[kind].body
    made: Body = msgspec.convert(_filled(inspect.type_info(body), body.__name__), body, builtin_types=(bytes,))
    return made


def _filled(kind: Any, name: str) -> Any:
    """A value of a type: the example for the field's name where that fits, else a plain one."""
    if isinstance(kind, inspect.Metadata):
        return _filled(kind.type, name)
    if isinstance(kind, inspect.StructType):
        owner = kind.cls.__name__
        return {field.encode_name: _field(field, owner) for field in kind.fields}
    if isinstance(kind, inspect.UnionType):
        return _filled(next(one for one in kind.types if not isinstance(one, inspect.NoneType)), name)
    if name in EXAMPLES and _fits(kind, EXAMPLES[name]):
        return _as_bytes(kind, EXAMPLES[name])
    return _PLAIN[type(kind)](kind, name)


def _field(field: inspect.Field, owner: str) -> Any:
    """The example for this field of this struct, else by its name alone."""
    own = EXAMPLES.get(f"{owner}.{field.encode_name}")
    return own if own is not None else _filled(field.type, field.encode_name)


def _fits(kind: Any, example: Any) -> bool:
    try:
        msgspec.convert(_as_bytes(kind, example), _python_type(kind), builtin_types=(bytes,))
    except (msgspec.ValidationError, ValueError, TypeError):
        return False
    length = kind.min_length if isinstance(kind, inspect.BytesType) else None
    return length is None or len(_as_bytes(kind, example)) >= length


def _as_bytes(kind: Any, example: Any) -> Any:
    return bytes.fromhex(example) if isinstance(kind, inspect.BytesType) else example


def _python_type(kind: Any) -> Any:
    simple = {inspect.StrType: str, inspect.BytesType: bytes, inspect.BoolType: bool, inspect.IntType: int}
    if isinstance(kind, inspect.EnumType):
        return kind.cls
    if isinstance(kind, inspect.LiteralType):
        return str
    return simple.get(type(kind), dict if isinstance(kind, inspect.DictType) else list)


def _plain_bytes(kind: inspect.BytesType, name: str) -> bytes:
    return (name.encode() * 32)[: kind.min_length or 4]


def _plain_number(kind: inspect.IntType, name: str) -> int:
    if name.endswith("_ms"):
        return TIME_MS + 3_600_000
    return min(kind.le or 7, max(kind.ge or 0, 7))


_PLAIN: dict[type, Callable[[Any, str], Any]] = {
    inspect.BytesType: _plain_bytes,
    inspect.IntType: _plain_number,
    inspect.StrType: lambda kind, name: (
        f"0011223344556677 {name}"[: kind.max_length or 24].split()[0]
        if kind.pattern is None
        else {"^[a-z]{2,16}\\Z": "mail", "^[A-Z]{2}\\Z": "IE", CODE_PATTERN: "0123456789AB"}.get(kind.pattern, "code")
    ),
    inspect.BoolType: lambda kind, name: True,  # noqa: ARG005 - one signature for all types
    inspect.EnumType: lambda kind, name: list(kind.cls)[1].value,  # noqa: ARG005
    inspect.LiteralType: lambda kind, name: min(kind.values),  # noqa: ARG005
    inspect.VarTupleType: lambda kind, name: [_filled(kind.item_type, name)],
    inspect.DictType: lambda kind, name: {"first": _filled(kind.value_type, name)},
}


def accepted_vectors() -> Iterator[tuple[str, Vector]]:
    for kind, row in KINDS.items():
        case = CASE if row.scope is Scope.CASE else None
        statement = written(kind, full_body(kind), case=case)
        yield f"kind-{kind.replace('_', '-')}", vector(f"Somebody {row.says}.", statement, seed=SEEDS[Realm.REAL])
    attests = Attests(party="officer:1", name="Officer One", role="officer", channel="page", known_by="session")
    said = written("messaged", Messaged(text="We are on it."), case=CASE, attests=attests)
    yield "attested", vector("A station signs for somebody who has no key.", said, seed=SEEDS[Realm.REAL])
    bare = written("called", Called(call=bytes.fromhex("c0c1c2c3c4c5c6c7")), time_ms=0)
    yield (
        "call-nothing-known",
        vector("A call with nothing in it, by a clock nobody trusts.", bare, seed=SEEDS[Realm.REAL]),
    )
    drill = write_statement(
        seed=SEEDS[Realm.EXERCISE],
        realm=Realm.EXERCISE,
        kind="called",
        body=Called(call=bytes.fromhex("c0c1c2c3c4c5c6c7"), details=CallDetails(urgency=Urgency.MAYDAY)),
        time_ms=TIME_MS,
    )
    yield (
        "exercise",
        vector("A call in an exercise: another content type, another key.", drill, seed=SEEDS[Realm.EXERCISE]),
    )
    yield from packet_vectors()


def packet_vectors() -> Iterator[tuple[str, Vector]]:
    """The other form of a statement: a call packet, rebuilt."""
    seed = SEEDS[Realm.REAL]
    for name, kind, sequence in (
        ("call", PacketType.CALL, 0),
        ("update", PacketType.UPDATE, 1),
        ("cancel", PacketType.CANCEL, 2),
    ):
        header = Header(
            type=kind, kid=kid_of(public_of(seed)), call=bytes.fromhex("c0c1c2c3c4c5c6c7"), sequence=sequence
        )
        fields = CallFields(time_s=TIME_MS // 1000, urgency=Urgency.MAYDAY, natures=(Nature.FLOODING,))
        statement = packet_statement(sign_packet(seed, header, fields))
        yield f"packet-{name}", vector("A call packet, rebuilt as the standard message.", statement, seed=seed)


def written(
    kind: str, body: Body, *, case: bytes | None = None, attests: Attests | None = None, time_ms: int = TIME_MS
) -> Statement:
    seed = SEEDS[Realm.REAL]
    return write_statement(
        seed=seed, realm=Realm.REAL, kind=kind, body=body, time_ms=time_ms, case=case, attests=attests
    )


def vector(sentence: str, statement: Statement, *, seed: bytes) -> Vector:
    protected, payload = cbor2.loads(statement.signed)[1], cbor2.loads(statement.signed)[3]
    expect: Vector = {
        "accepted": True,
        "id": statement.id.hex(),
        "kind": statement.kind,
        "realm": statement.realm.value,
        "author": statement.author.hex(),
        "time_ms": statement.time_ms,
        "case": statement.case.hex() if statement.case else None,
        "body": body_to_json(statement.body),
        "attests": to_plain(statement.attests) if statement.attests else None,
    }
    steps = {
        "seed": seed.hex(),
        "protected": protected.hex(),
        "payload": payload.hex(),
        "sig_structure": statement.signed.hex(),
        "signature": statement.signature.hex(),
    }
    return {
        "expect": expect,
        "sentence": sentence,
        "public": public_of(seed).hex(),
        "statement": statement.raw.hex(),
        "steps": steps,
    }


# --- each way to be refused ----------------------------------------------------------------------

KID_BYTES = kid_of(public_of(SEEDS[Realm.REAL]))
HEADER = {ALG: EDDSA, CONTENT_TYPE: CONTENT_TYPES[Realm.REAL], KID: KID_BYTES}
PAYLOAD = {1: 1, 2: "tested", 3: TIME_MS, 5: to_plain(Tested(call=bytes.fromhex("c0c1c2c3c4c5c6c7")))}
ON_CASE = {1: 1, 2: "messaged", 3: TIME_MS, 4: CASE, 5: {"text": "We are on it."}}


def signed(protected: bytes, payload: bytes) -> bytes:
    return encode_sign1(protected, payload, sign(SEEDS[Realm.REAL], sig_structure(protected, payload)))


def with_header(**changes: Any) -> bytes:
    """The good statement under a changed protected header; ``drop`` names a label to leave out."""
    header = {**HEADER, **{int(key[1:]): value for key, value in changes.items() if key != "drop"}}
    header.pop(changes.get("drop"), None)
    return signed(cbor2.dumps(header, canonical=True), cbor.encode(PAYLOAD))


def with_payload(payload: Any, **changes: Any) -> bytes:
    """A statement with a changed payload; ``drop`` names a field to leave out."""
    fields = {**payload, **{int(key[1:]): value for key, value in changes.items() if key != "drop"}}
    fields.pop(changes.get("drop"), None)
    return signed(cbor.encode(HEADER), cbor2.dumps(fields, canonical=True))


def with_body(**changes: Any) -> bytes:
    return with_payload(ON_CASE, _5={**ON_CASE[5], **changes})


def raw_payload(payload: bytes) -> bytes:
    return signed(cbor.encode(HEADER), payload)


GOOD = signed(cbor.encode(HEADER), cbor.encode(PAYLOAD))
PARTS = cbor2.loads(GOOD).value


def parts(*given: Any, tag: int = 18) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, list(given)), canonical=True)


def flipped(raw: bytes, place: int = -1) -> bytes:
    changed = bytearray(raw)
    changed[place] ^= 1
    return bytes(changed)


def other_spelling(signature: bytes) -> bytes:
    """The same signature with the group's order added to its second half: valid by arithmetic, refused by rule."""
    half = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    return signature[:32] + half


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


def payload_bytes_with(old: bytes, new: bytes) -> bytes:
    return cbor.encode(PAYLOAD).replace(old, new, 1)


LAST_FIRST = b"\xa4" + b"".join(cbor2.dumps(one) for field in (5, 1, 2, 3) for one in (field, PAYLOAD[field]))


def strange_keys(*keys: int) -> bytes:
    """A payload that is a map with just these keys, in this order."""
    return bytes((0xA0 + len(keys),)) + b"".join(cbor2.dumps(key) + b"\x00" for key in keys)


UNORDERED = b"\xa3" + b"".join(cbor2.dumps(one) for label in (KID, ALG, CONTENT_TYPE) for one in (label, HEADER[label]))
REFUSED: dict[str, tuple[str, str, bytes]] = {
    # the message
    "empty": ("cose.malformed", "Nothing.", b""),
    "no-cbor": ("cose.malformed", "A text that is no CBOR.", b"help"),
    "cut-short": ("cose.malformed", "The last byte is missing.", GOOD[:-1]),
    "no-tag": ("cose.tag", "The same message without its tag.", cbor2.dumps(PARTS, canonical=True)),
    "tag-of-another-message": ("cose.tag", "The tag of COSE_Sign.", parts(*PARTS, tag=98)),
    "three-parts": ("cose.shape", "The signature is missing.", parts(*PARTS[:3])),
    "five-parts": ("cose.shape", "One part too many.", parts(*PARTS, b"")),
    "detached": ("cose.shape", "The payload is sent apart.", parts(PARTS[0], {}, None, PARTS[3])),
    "protected-as-map": ("cose.shape", "The protected header is not wrapped.", parts(HEADER, {}, *PARTS[2:])),
    "unprotected-no-map": ("cose.shape", "The unprotected header is a list.", parts(PARTS[0], [], *PARTS[2:])),
    "protected-no-cbor": ("cose.header", "The protected header is no CBOR.", parts(b"\xff", {}, *PARTS[2:])),
    "protected-list": ("cose.header", "The protected header is a list.", parts(b"\x80", {}, *PARTS[2:])),
    "unprotected-header": (
        "statement.not_canonical",
        "Something stands in the unprotected header.",
        parts(PARTS[0], {4: b"x"}, *PARTS[2:]),
    ),
    "trailing-byte": ("statement.not_canonical", "A byte behind the message.", GOOD + b"\x00"),
    "long-tag": ("statement.not_canonical", "The tag in a longer encoding.", b"\xd8\x12" + GOOD[1:]),
    "indefinite-array": ("statement.not_canonical", "An array without a length.", b"\xd2\x9f" + GOOD[2:] + b"\xff"),
    "too-large": ("statement.too_large", "One byte more than a statement may have.", bytes(65_537)),
    # the protected header
    "header-order": (
        "cbor.not_deterministic",
        "The header's labels in another order.",
        signed(UNORDERED, cbor.encode(PAYLOAD)),
    ),
    "header-label-more": ("statement.header", "A label that has no place there.", with_header(_5=b"salt")),
    "header-critical": ("statement.header", "A critical label.", with_header(_2=[4])),
    "header-without-kid": ("statement.header", "No kid.", with_header(drop=KID)),
    "header-without-algorithm": ("statement.header", "No algorithm.", with_header(drop=ALG)),
    "header-empty": ("cbor.malformed", "An empty protected header.", signed(b"", cbor.encode(PAYLOAD))),
    "algorithm-es256": ("statement.algorithm", "Another algorithm is named.", with_header(_1=-7)),
    "algorithm-text": ("statement.algorithm", "The algorithm as a text.", with_header(_1="EdDSA")),
    "content-type-of-nothing": (
        "statement.content_type",
        "A content type nobody defined.",
        with_header(_3="application/esos+cbor"),
    ),
    "content-type-number": ("statement.content_type", "A content type by its number.", with_header(_3=60)),
    "content-type-list": (
        "statement.content_type",
        "A content type that is a list.",
        with_header(_3=[CONTENT_TYPES[Realm.REAL]]),
    ),
    "content-type-of-a-packet": (
        "statement.content_type",
        "A packet's content type without a packet's header.",
        with_header(_3="application/esos-packet+cbor"),
    ),
    "kid-short": ("statement.kid", "A kid of seven bytes.", with_header(_4=KID_BYTES[:7])),
    "kid-long": ("statement.kid", "A kid of nine bytes.", with_header(_4=KID_BYTES + b"\x00")),
    "kid-text": ("statement.kid", "A kid as a text.", with_header(_4=KID_BYTES.hex())),
    # the payload's encoding
    "payload-no-cbor": ("cbor.malformed", "The payload is no CBOR.", raw_payload(b"\xff")),
    "payload-empty": ("cbor.malformed", "No payload.", raw_payload(b"")),
    "payload-trailing": (
        "cbor.not_deterministic",
        "A byte behind the payload.",
        raw_payload(cbor.encode(PAYLOAD) + b"\x00"),
    ),
    "payload-long-integer": (
        "cbor.not_deterministic",
        "A number in a longer encoding.",
        raw_payload(payload_bytes_with(b"\x01\x01", b"\x01\x18\x01")),
    ),
    "payload-key-twice": (
        "cbor.not_deterministic",
        "A field twice.",
        raw_payload(b"\xa5" + cbor.encode(PAYLOAD)[1:] + b"\x05\xa0"),
    ),
    "payload-order": ("cbor.not_deterministic", "Fields in another order.", raw_payload(LAST_FIRST)),
    "payload-order-shorter-first": (
        "cbor.not_deterministic",
        "The order of RFC 7049: -1 (0x20) before 24 (0x1818), since it is shorter.",
        raw_payload(strange_keys(-1, 24)),
    ),
    "payload-order-bytewise": (
        "statement.fields",
        "24 (0x1818) before -1 (0x20): the right order, but these are no fields of a statement.",
        raw_payload(strange_keys(24, -1)),
    ),
    "payload-indefinite": (
        "cbor.not_deterministic",
        "A map without a length.",
        raw_payload(b"\xbf" + cbor.encode(PAYLOAD)[1:] + b"\xff"),
    ),
    "payload-float": ("cbor.type", "A number with a point.", with_payload(PAYLOAD, _3=1.5)),
    "payload-tag": ("cbor.type", "A tag.", with_payload(PAYLOAD, _3=cbor2.CBORTag(4242, 1))),
    "payload-bytes-key": ("cbor.key", "A byte string as a key.", with_body(text={b"a": 1})),
    "payload-huge-integer": ("cbor.integer", "A number beyond 64 bits.", with_payload(PAYLOAD, _3=2**64)),
    "payload-deep": ("cbor.depth", "Thirteen levels.", with_payload(PAYLOAD, _5=nested(13))),
    # the payload's fields
    "payload-list": ("statement.fields", "The payload is a list.", raw_payload(cbor.encode([1]))),
    "field-more": ("statement.fields", "A seventh field.", with_payload(PAYLOAD, _7=1)),
    "field-without-time": ("statement.fields", "No time.", with_payload(PAYLOAD, drop=3)),
    "field-without-body": ("statement.fields", "No body.", with_payload(PAYLOAD, drop=5)),
    "field-kind-number": ("statement.fields", "A kind by a number.", with_payload(PAYLOAD, _2=1)),
    "field-time-negative": ("statement.fields", "A time before 1970.", with_payload(PAYLOAD, _3=-1)),
    "field-time-true": ("statement.fields", "True is no time.", with_payload(PAYLOAD, _3=True)),
    "field-time-text": ("statement.fields", "A time as a text.", with_payload(PAYLOAD, _3="1764000000123")),
    "version-2": ("statement.version", "A version that is not known yet.", with_payload(PAYLOAD, _1=2)),
    "version-true": ("statement.version", "True is no version.", with_payload(PAYLOAD, _1=True)),
    "kind-nobody-knows": ("statement.kind", "A kind that is not listed.", with_payload(PAYLOAD, _2="attributed")),
    # the body
    "body-list": ("statement.body", "The body is a list.", with_payload(PAYLOAD, _5=[])),
    "body-field-unknown": ("statement.body", "A field that is not listed: who did it.", with_body(attacker="somebody")),
    "body-field-missing": ("statement.body", "A required field is missing.", with_payload(ON_CASE, _5={})),
    "body-text-too-long": ("statement.body", "A text of 4,001 characters.", with_body(text="a" * 4001)),
    "body-text-empty": ("statement.body", "A text that must say something.", with_body(text="")),
    "body-number-for-text": ("statement.body", "A number where a text belongs.", with_body(text=1)),
    "body-text-for-bytes": (
        "statement.body",
        "An id as a text.",
        with_payload(PAYLOAD, _5={"call": "c0c1c2c3c4c5c6c7"}),
    ),
    "body-id-short": ("statement.body", "A call id of seven bytes.", with_payload(PAYLOAD, _5={"call": bytes(7)})),
    "body-nature-undefined": (
        "statement.body",
        "A nature beyond the list.",
        with_payload(PAYLOAD, _2="called", _5={"call": bytes(8), "details": {"natures": [20]}}),
    ),
    "body-ground-undefined": (
        "statement.body",
        "A ground to decline that is not lawful.",
        with_payload(ON_CASE, _2="declined", _5={"request": bytes(16), "ground": "D11"}),
    ),
    "body-sequence-256": (
        "statement.body",
        "A sequence beyond one byte.",
        with_payload(PAYLOAD, _2="called", _5={"call": bytes(8), "sequence": 256}),
    ),
    "body-quantity-zero": (
        "statement.body",
        "None of a line is no need.",
        with_payload(
            ON_CASE,
            _2="requested",
            _5={"request": bytes(16), "responder": "x", "lines": [{"line": "advice", "quantity": 0}]},
        ),
    ),
    "body-need-undefined": (
        "statement.body",
        "Help that does not exist: striking back.",
        with_payload(
            ON_CASE, _2="requested", _5={"request": bytes(16), "responder": "x", "lines": [{"line": "counter-attack"}]}
        ),
    ),
    "body-too-many-natures": (
        "statement.body",
        "Nine natures.",
        with_payload(PAYLOAD, _2="called", _5={"call": bytes(8), "details": {"natures": [2] * 9}}),
    ),
    # the case, and whom a station speaks for
    "case-missing": ("statement.case", "It concerns a case and names none.", with_payload(ON_CASE, drop=4)),
    "case-where-none-belongs": ("statement.case", "A test concerns no case.", with_payload(PAYLOAD, _4=CASE)),
    "case-short": ("statement.case", "A case id of fifteen bytes.", with_payload(ON_CASE, _4=CASE[:15])),
    "case-null": ("statement.case", "No case, said as null.", with_payload(ON_CASE, _4=None)),
    "attests-list": ("statement.attests", "Whom it speaks for, as a list.", with_payload(ON_CASE, _6=[])),
    "attests-nobody": ("statement.attests", "It speaks for nobody.", with_payload(ON_CASE, _6={})),
    "attests-field-unknown": (
        "statement.attests",
        "A field that is not listed.",
        with_payload(ON_CASE, _6={"party": "a", "rank": "b"}),
    ),
    # the signature
    "signature-changed": (
        "statement.signature",
        "One bit of the signature is changed.",
        parts(PARTS[0], {}, PARTS[2], flipped(PARTS[3])),
    ),
    "signature-of-something-else": (
        "statement.signature",
        "The signature of another payload.",
        parts(PARTS[0], {}, cbor.encode({**PAYLOAD, 3: TIME_MS + 1}), PARTS[3]),
    ),
    "signature-by-another": (
        "statement.signature",
        "Signed by another key than the one it names.",
        encode_sign1(PARTS[0], PARTS[2], sign(OTHER_SEED, sig_structure(PARTS[0], PARTS[2]))),
    ),
    "signature-short": (
        "statement.signature",
        "A signature of 63 bytes.",
        parts(PARTS[0], {}, PARTS[2], PARTS[3][:-1]),
    ),
    "signature-empty": ("statement.signature", "No signature.", parts(PARTS[0], {}, PARTS[2], b"")),
    "signature-spelled-otherwise": (
        "statement.signature",
        "The same signature in another spelling.",
        parts(PARTS[0], {}, PARTS[2], other_spelling(PARTS[3])),
    ),
    "signature-without-context": (
        "statement.signature",
        "The payload alone was signed.",
        encode_sign1(PARTS[0], PARTS[2], sign(SEEDS[Realm.REAL], PARTS[2])),
    ),
    "signature-with-other-data": (
        "statement.signature",
        "Signed together with data from outside.",
        encode_sign1(PARTS[0], PARTS[2], sign(SEEDS[Realm.REAL], sig_structure(PARTS[0], PARTS[2], b"aad"))),
    ),
    "exercise-made-real": (
        "statement.signature",
        "An exercise whose content type was changed.",
        parts(
            PARTS[0],
            {},
            PARTS[2],
            sign(
                SEEDS[Realm.REAL],
                sig_structure(cbor.encode({**HEADER, CONTENT_TYPE: CONTENT_TYPES[Realm.EXERCISE]}), PARTS[2]),
            ),
        ),
    ),
}


def refused_vectors() -> Iterator[tuple[str, Vector]]:
    for name, (refusal, sentence, raw) in REFUSED.items():
        given: Vector = {"public": public_of(SEEDS[Realm.REAL]).hex()}
        if len(raw) > 65_536:
            given["statement_repeated"] = {"byte": raw[:1].hex(), "times": len(raw)}
        else:
            given["statement"] = raw.hex()
        yield f"refused-{name}", {"expect": {"refused": refusal}, "sentence": sentence, **given}


def files() -> dict[str, str]:
    """Every vector file's name and content."""
    return named(all_of(accepted_vectors, refused_vectors))


if __name__ == "__main__":
    sys.exit(write_or_check(FOLDER, files(), __doc__))
