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
_STRING, _STRING_1, _IN_ONE_BYTE, _IN_TWO_BYTES = 0x40, 0x58, 24, 256
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
