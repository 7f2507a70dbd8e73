"""Deterministic CBOR, and nothing else: one writer, and one reader that accepts only what it writes.

RFC 8949 section 4.2.1, narrowed to integers, byte and text strings, arrays, maps, booleans and null.
No floats, no tags, no indefinite lengths, no repeated keys: a statement has exactly one encoding.
Keys stand in the bytewise order of their encodings; the older order of RFC 7049, shorter ones first, is refused.
"""

from typing import Any

import cbor2

from esos.errors import Malformed, TooLarge

CBOR_MAX_BYTES = 65_536
CBOR_MAX_DEPTH = 12
_UNSIGNED, _NEGATIVE, _TEXT = 0, 1, 3
_SCALARS = frozenset({bool, int, bytes, str, type(None)})


def encode(value: Any) -> bytes:
    """The one encoding of a value; raises ``Malformed`` (``cbor.type``) for what the model has not."""
    return cbor2.dumps(ordered(value))


def ordered(value: Any) -> Any:
    """The value as a reader of its encoding will have it, every map in its order; raises as ``encode`` does."""
    return _in_order(value, 0)


def decode(raw: bytes) -> Any:
    """The value of exactly these bytes; raises ``Malformed`` (``cbor.*``) for anything but deterministic CBOR."""
    if len(raw) > CBOR_MAX_BYTES:
        raise TooLarge("cbor.too_large", f"{len(raw)} bytes are more than {CBOR_MAX_BYTES}.")
    try:
        value = cbor2.loads(raw)
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as cause:
        raise Malformed("cbor.malformed", "These bytes are not CBOR.") from cause
    if not _check(value, 0) or cbor2.dumps(value) != raw:
        raise Malformed(
            "cbor.not_deterministic",
            "This CBOR is not in its one deterministic encoding.",
            hint="Encode with RFC 8949 section 4.2.1 and send nothing after the value.",
        )
    return value


def _check(value: Any, depth: int) -> bool:
    """Refuse what the model has not, so that a strange value never travels further in.

    Whether every map is in the order in which it is to be written: one that was read keeps the order it had. One walk
    does both, since every statement at every door goes through it.
    """
    if depth > CBOR_MAX_DEPTH:
        raise Malformed("cbor.depth", f"More than {CBOR_MAX_DEPTH} levels of nesting.")
    kind = type(value)
    if kind in _SCALARS:
        if kind is int:
            _check_integer(value)
        return True
    if kind is dict:
        places = [_place(key) for key in value]
        is_ordered = places == sorted(places)
        for item in value.values():
            is_ordered &= _check(item, depth + 1)
        return is_ordered
    if kind in (list, tuple):
        is_ordered = True
        for item in value:
            is_ordered &= _check(item, depth + 1)
        return is_ordered
    raise Malformed("cbor.type", f"A {kind.__name__} has no place in a statement.")


def _in_order(value: Any, depth: int) -> Any:
    """The same value with every map in the order in which it is written; refuses as ``_check`` does."""
    kind = type(value)
    if kind is dict and depth <= CBOR_MAX_DEPTH:
        return {key: _in_order(value[key], depth + 1) for key in sorted(value, key=_place)}
    if kind in (list, tuple) and depth <= CBOR_MAX_DEPTH:
        return [_in_order(item, depth + 1) for item in value]
    _check(value, depth)
    return value


def _check_integer(value: int) -> None:
    if not -(2**64) <= value < 2**64:
        raise Malformed("cbor.integer", "An integer beyond 64 bits.")


def _place(key: Any) -> tuple[int, int, bytes]:
    """Where a key stands among others, as its encoding does: major type, then the number in its head, then its bytes.

    A longer head begins with a higher byte, so that no key need be encoded to be compared. Refuses what is no key.
    """
    kind = type(key)
    if kind is int:
        _check_integer(key)
        return (_UNSIGNED, key, b"") if key >= 0 else (_NEGATIVE, -1 - key, b"")
    if kind is str:
        text = key.encode()
        return _TEXT, len(text), text
    raise Malformed("cbor.key", "A map key is a whole number or a text.")
