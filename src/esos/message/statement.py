"""A statement: an immutable signed utterance, content-addressed, with one writer and one strict reader.

Law 7: the realm is part of the signed content type, and a key speaks in one realm only.
Law 11: every promise the system makes is one of these.
"""

import hashlib
from typing import Any

import msgspec

from esos.errors import Malformed, ProofFailed, TooLarge
from esos.keys.identity import KID_BYTES, kid_of, public_of, sign, signature_holds
from esos.message import cbor
from esos.message.bodies import Body
from esos.message.cose import (
    ALG,
    CONTENT_TYPE,
    EDDSA,
    KID,
    Sign1,
    decode_sign1,
    encode_sign1,
    sig_structure,
    split_sign1,
)
from esos.message.kinds import KINDS, Scope
from esos.words.realm import Realm

STATEMENT_MAX_BYTES = 65_536
STATEMENT_VERSION = 1
CASE_ID_BYTES = 16
HEADER_ROOM_BYTES = 256
"""What a statement needs beside its payload, at the most."""
CONTENT_TYPES = {
    Realm.REAL: "application/esos-statement+cbor",
    Realm.EXERCISE: "application/esos-exercise+cbor",
}
_REALMS = {text: realm for realm, text in CONTENT_TYPES.items()}
_HEADS = {
    realm: cbor.encode({ALG: EDDSA, CONTENT_TYPE: text, KID: bytes(KID_BYTES)})[:-KID_BYTES]
    for realm, text in CONTENT_TYPES.items()
}
"""The protected header of a realm's statements without the kid, with which it ends."""
_REALM_OF_HEAD = {head: realm for realm, head in _HEADS.items()}
_VERSION, _KIND, _TIME, _CASE, _BODY, _ATTESTS = 1, 2, 3, 4, 5, 6
_REQUIRED, _ALLOWED = {_VERSION, _KIND, _TIME, _BODY}, {_VERSION, _KIND, _TIME, _CASE, _BODY, _ATTESTS}


class Attests(Body, kw_only=True):
    """Whom a station speaks for: "PARTY said this by CHANNEL, known by KNOWN_BY" (brief 5)."""

    party: str
    name: str = ""
    role: str = "member"
    channel: str = ""
    known_by: str = "nothing"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as read: its 32-byte id, what it says, who signed it, and its exact bytes.

    ``time_ms`` is the author's own clock, 0 where unknown; no decision trusts it. ``call`` is the call
    id where a call packet said it; ``dedupe`` is the key under which a repetition is recognised.
    """

    id: bytes
    realm: Realm
    kind: str
    author: bytes
    time_ms: int
    case: bytes | None
    body: Body
    attests: Attests | None
    raw: bytes
    signed: bytes
    signature: bytes
    call: bytes = b""
    dedupe: bytes = b""


def write_statement(
    *,
    seed: bytes,
    realm: Realm,
    kind: str,
    body: Body,
    time_ms: int,
    case: bytes | None = None,
    attests: Attests | None = None,
) -> Statement:
    """Sign a statement with the key of this seed; raises ``Malformed`` when it could not be read back."""
    payload: dict[int, Any] = {_VERSION: STATEMENT_VERSION, _KIND: kind, _TIME: time_ms}
    payload[_BODY] = to_plain(body)
    if case is not None:
        payload[_CASE] = case
    if attests is not None:
        payload[_ATTESTS] = to_plain(attests)
    kid = kid_of(public_of(seed))
    protected = _HEADS[realm] + kid
    fields = cbor.ordered(payload)
    encoded = cbor.encode(fields)
    if len(encoded) > STATEMENT_MAX_BYTES - HEADER_ROOM_BYTES:
        raise TooLarge("statement.too_large", f"A statement is at most {STATEMENT_MAX_BYTES} bytes.")
    signed = sig_structure(protected, encoded)
    return _statement(realm, kid, protected, encoded, sign(seed, signed), fields=fields)


def read_statement(raw: bytes) -> Statement:
    """Read exactly one statement; raises ``Malformed`` or ``TooLarge`` (``statement.*``, ``cbor.*``, ``cose.*``).

    The signature is not checked here, since the reader may not know the key yet: see ``check_signature``.
    """
    if len(raw) > STATEMENT_MAX_BYTES:
        raise TooLarge("statement.too_large", f"A statement is at most {STATEMENT_MAX_BYTES} bytes.")
    return read_as_written(raw) or read_decoded(decode_sign1(raw), raw)


def read_as_written(raw: bytes) -> Statement | None:
    """The statement in bytes that are framed as ``write_statement`` frames them, in the shortest time; else None.

    Raises ``Malformed`` for what is framed so and says nothing that can be said.
    """
    parts = split_sign1(raw)
    if parts is None:
        return None
    protected, payload, signature = parts
    realm = _REALM_OF_HEAD.get(protected[:-KID_BYTES])
    if realm is None:
        return None
    return _statement(realm, protected[-KID_BYTES:], protected, payload, signature, raw=raw)


def read_decoded(sign1: Sign1, raw: bytes) -> Statement:
    """The same for a message already taken apart; ``raw`` are its exact bytes."""
    if sign1.unprotected or encode_sign1(sign1.protected_bytes, sign1.payload, sign1.signature) != raw:
        raise Malformed("statement.not_canonical", "A statement has an empty unprotected header and one encoding.")
    realm, author = _read_header(sign1.protected_bytes)
    return _statement(realm, author, sign1.protected_bytes, sign1.payload, sign1.signature, raw=raw)


def _statement(
    realm: Realm,
    author: bytes,
    protected: bytes,
    payload: bytes,
    signature: bytes,
    *,
    raw: bytes | None = None,
    fields: dict[Any, Any] | None = None,
) -> Statement:
    """The statement of parts whose header has been read.

    ``raw`` are its exact bytes and ``fields`` what its payload was written from, where they are at hand.
    """
    signed = sig_structure(protected, payload)
    kind, time_ms, case, body, attests = _read_fields(cbor.decode(payload) if fields is None else fields)
    identity = hashlib.sha256(signed).digest()
    return Statement(
        id=identity,
        realm=realm,
        kind=kind,
        author=author,
        time_ms=time_ms,
        case=case,
        body=body,
        attests=attests,
        raw=raw or encode_sign1(protected, payload, signature),
        signed=signed,
        signature=signature,
        dedupe=identity,
    )


def check_signature(statement: Statement, public: bytes) -> None:
    """Raise ``ProofFailed`` (``statement.signature``) unless the author's key signed exactly this."""
    if kid_of(public) != statement.author or not signature_holds(public, statement.signed, statement.signature):
        raise ProofFailed("statement.signature", "The signature does not belong to this statement and key.")


def to_plain(body: Body) -> Any:
    """A body as maps, lists and scalars that CBOR can carry; defaults are left out."""
    return msgspec.to_builtins(body, builtin_types=(bytes,))


def from_plain(kind: str, plain: object) -> Body:
    """The body of a kind from plain values; raises ``Malformed`` (``statement.kind``, ``statement.body``)."""
    row = KINDS.get(kind)
    if row is None:
        raise Malformed("statement.kind", f"Nobody can say {kind!r} here.", hint="The kinds are in spec/statements.md.")
    try:
        return msgspec.convert(plain, row.body, builtin_types=(bytes,))
    except msgspec.ValidationError as cause:
        raise Malformed("statement.body", f"The body of {kind!r} is not as it should be: {cause}.") from cause


def _read_header(protected: bytes) -> tuple[Realm, bytes]:
    """Realm and author."""
    header = cbor.decode(protected)
    if not isinstance(header, dict) or set(header) != {ALG, CONTENT_TYPE, KID}:
        raise Malformed("statement.header", "The protected header is exactly algorithm, content type and kid.")
    if header[ALG] != EDDSA:
        raise Malformed("statement.algorithm", "Statements are signed with EdDSA (-8).")
    content_type = header[CONTENT_TYPE]
    realm = _REALMS.get(content_type) if isinstance(content_type, str) else None
    if realm is None:
        raise Malformed("statement.content_type", "This content type is no statement's.")
    kid = header[KID]
    if not isinstance(kid, bytes) or len(kid) != KID_BYTES:
        raise Malformed("statement.kid", f"A kid is {KID_BYTES} bytes.")
    return realm, kid


def _read_fields(fields: Any) -> tuple[str, int, bytes | None, Body, Attests | None]:
    if not isinstance(fields, dict) or not _REQUIRED <= set(fields) <= _ALLOWED:
        raise Malformed("statement.fields", "A statement has version, kind, time, body, and perhaps case and attests.")
    if fields[_VERSION] != STATEMENT_VERSION or fields[_VERSION] is True:
        raise Malformed("statement.version", f"This reader knows version {STATEMENT_VERSION}.")
    kind, time_ms, case = fields[_KIND], fields[_TIME], fields.get(_CASE)
    if type(kind) is not str or type(time_ms) is not int or time_ms < 0:
        raise Malformed("statement.fields", "Kind is a text and time a whole number of milliseconds.")
    body = from_plain(kind, fields[_BODY])
    _check_case(kind, case, present=_CASE in fields)
    return kind, time_ms, case, body, _read_attests(fields)


def _check_case(kind: str, case: object, *, present: bool) -> None:
    if present and (not isinstance(case, bytes) or len(case) != CASE_ID_BYTES):
        raise Malformed("statement.case", f"A case id is {CASE_ID_BYTES} bytes.")
    if (KINDS[kind].scope is Scope.CASE) != present:
        raise Malformed("statement.case", f"{kind!r} {'concerns no case' if present else 'must name its case'}.")


def _read_attests(fields: dict[Any, Any]) -> Attests | None:
    if _ATTESTS not in fields:
        return None
    try:
        return msgspec.convert(fields[_ATTESTS], Attests)
    except msgspec.ValidationError as cause:
        raise Malformed("statement.attests", f"Whom this speaks for is not as it should be: {cause}.") from cause
