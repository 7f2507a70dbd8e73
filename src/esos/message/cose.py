"""COSE_Sign1 (RFC 9052), one writer and one reader, both strict. What is signed is never re-encoded."""

from typing import Any

import cbor2
import msgspec

from esos.errors import Malformed
from esos.message.cbor import CBOR_MAX_BYTES

SIGN1_TAG = 18
ALG, CONTENT_TYPE, KID = 1, 3, 4
EDDSA = -8
_PARTS = 4
_STRING, _STRING_1, _STRING_2, _IN_ONE_BYTE, _IN_TWO_BYTES = 0x40, 0x58, 0x59, 24, 256
_SIGNATURE_1 = b"\x84\x6aSignature1"
_SIGN1 = b"\xd2\x84"
_EMPTY_MAP = b"\xa0"
_MAPS = (dict, cbor2.frozendict)  # inside a tag the decoder gives frozen maps


class Sign1(msgspec.Struct, frozen=True, kw_only=True):
    """The four parts of a COSE_Sign1, with the protected header also as a map."""

    protected_bytes: bytes
    protected: dict[Any, Any]
    unprotected: dict[Any, Any]
    payload: bytes
    signature: bytes


def sig_structure(protected: bytes, payload: bytes, external_aad: bytes = b"") -> bytes:
    """The bytes a signature covers: ``["Signature1", protected, external_aad, payload]`` (RFC 9052, 4.4)."""
    return _SIGNATURE_1 + _string(protected) + _string(external_aad) + _string(payload)


def encode_sign1(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """A tagged COSE_Sign1 with an empty unprotected header."""
    return _SIGN1 + _string(protected) + _EMPTY_MAP + _string(payload) + _string(signature)


def _string(value: bytes) -> bytes:
    """A byte string in CBOR (RFC 8949, 3.1).

    Both frames have a fixed shape, and every statement at a door is framed twice: written out, it takes a quarter
    of the time that a general encoder does.
    """
    length = len(value)
    if length < _IN_ONE_BYTE:
        return bytes((_STRING | length,)) + value
    if length < _IN_TWO_BYTES:
        return bytes((_STRING_1, length)) + value
    return cbor2.dumps(value)


def split_sign1(raw: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Protected header, payload and signature of exactly what ``encode_sign1`` writes; None for all other bytes.

    The short way for nearly everything that is well formed: what it does not take, ``decode_sign1`` reads or refuses.
    """
    if not raw.startswith(_SIGN1):
        return None
    protected, at = _next_string(raw, len(_SIGN1))
    if raw[at : at + 1] != _EMPTY_MAP:
        return None
    payload, at = _next_string(raw, at + 1)
    signature, at = _next_string(raw, at)
    return (protected, payload, signature) if 0 < at == len(raw) else None


def _next_string(raw: bytes, at: int) -> tuple[bytes, int]:
    """The byte string that begins there in its shortest encoding, and where it ends: 0 where there is none."""
    head = raw[at : at + 3]
    first = head[0] if head else 0
    if _STRING <= first < _STRING_1:
        start, length = at + 1, first - _STRING
    elif first == _STRING_1 and len(head) > 1 and head[1] >= _IN_ONE_BYTE:
        start, length = at + 2, head[1]
    elif first == _STRING_2 and len(head) > 2 and head[1]:  # noqa: PLR2004 - two bytes of length follow
        start, length = at + 3, int.from_bytes(head[1:])
    else:
        return b"", 0
    end = start + length
    return (raw[start:end], end) if end <= len(raw) else (b"", 0)


def decode_sign1(raw: bytes) -> Sign1:
    """Take a tagged COSE_Sign1 apart; raises ``Malformed`` (``cose.*``). Verifies nothing."""
    if len(raw) > CBOR_MAX_BYTES:
        raise Malformed("cose.too_large", f"A signed message is at most {CBOR_MAX_BYTES} bytes.")
    try:
        value = cbor2.loads(raw)
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as cause:
        raise Malformed("cose.malformed", "These bytes are not CBOR.") from cause
    if not isinstance(value, cbor2.CBORTag) or value.tag != SIGN1_TAG:
        raise Malformed("cose.tag", "A signed message starts with the COSE_Sign1 tag, 18.")
    return _parts(value.value)


def _parts(parts: object) -> Sign1:
    if not isinstance(parts, (list, tuple)) or len(parts) != _PARTS:
        raise Malformed("cose.shape", "A COSE_Sign1 has four parts.")
    protected, unprotected, payload, signature = parts
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise Malformed("cose.shape", "Protected header, payload and signature are byte strings.")
    if not isinstance(unprotected, _MAPS):
        raise Malformed("cose.shape", "The unprotected header is a map.")
    return Sign1(
        protected_bytes=protected,
        protected=_header(protected),
        unprotected=dict(unprotected),
        payload=payload,
        signature=signature,
    )


def _header(protected: bytes) -> dict[Any, Any]:
    try:
        header = cbor2.loads(protected) if protected else {}
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError) as cause:
        raise Malformed("cose.header", "The protected header is not CBOR.") from cause
    if not isinstance(header, _MAPS):
        raise Malformed("cose.header", "The protected header is a map.")
    return dict(header)
