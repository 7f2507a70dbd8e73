"""What a call packet says, in 8 to 36 bytes: one value, one writer, one reader, each the inverse of the other.

Law 1: there is no place for who did it. Law 2: every field has a sentinel for "not known", and the
reader accepts exactly what the writer writes. The table ``_SLOTS`` is the format (spec/beacon.md).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final, NamedTuple

import cbor2
import msgspec

from esos.errors import Malformed, TooLarge
from esos.keys.identity import KID_BYTES
from esos.message.bodies import NeedAsk
from esos.message.packet_codes import (
    NEED_CODES,
    ORIGIN_CODES,
    REPLY_CODES,
    SECTOR_CODES,
    STATE_BITS,
    URGENCY_CODES,
    CallState,
    Origin,
    ReplyChannel,
)
from esos.words.nature import Nature
from esos.words.need import NEED_QUANTITY_MAX_UNITS
from esos.words.urgency import Urgency

PAYLOAD_MIN_BYTES = 8
PAYLOAD_MAX_BYTES = 36
TIME_BYTES = 4
HOME_DIGEST_BYTES = 4
NEED_BYTES = 4
AT_RISK_LOG10_MAX = 9
HOME_NUMBER_MAX = 255
_ALWAYS_WRITTEN = 3
_COUNTRY_LETTERS = 26
_ASN_MAX = 4_294_967_295
_MASKS_REMEMBERED = 1024
_IPV6 = 6
_FIRST_IPV6 = 33


class CallFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a caller says in one packet. ``None`` and empty mean not known (in an update: not changed).

    ``time_s`` is the caller's clock in whole seconds since 1970 (UTC); ``at_risk_log10`` the power of
    ten of people or services at risk; ``home_digest`` names the ordered home list (``home_digest_of``)
    and ``home_number`` counts its takeovers from 1. ``caller`` is the kid of the one a relay calls for.
    ``natures`` and ``states`` stand in table order, ``needs`` in catalogue order, each once.
    Raises ``Malformed`` (``packet.payload``) when made from anything the wire cannot carry.
    """

    time_s: int | None = None
    urgency: Urgency | None = None
    natures: tuple[Nature, ...] = ()
    states: tuple[CallState, ...] = ()
    origin: Origin | None = None
    at_risk_log10: int | None = None
    reply: ReplyChannel | None = None
    sector: str | None = None
    country: str | None = None
    asn: int | None = None
    home_digest: bytes | None = None
    home_number: int | None = None
    caller: bytes | None = None
    prefix: str | None = None
    needs: tuple[NeedAsk, ...] = ()

    def __post_init__(self) -> None:
        """Check once at birth that the wire can carry every field."""
        _to_wire(self)


def encode_fields(fields: CallFields) -> bytes:
    """The payload array: trailing unknowns cut off; raises ``TooLarge`` (``packet.too_long``) beyond 36 bytes."""
    wire = _to_wire(fields)
    while len(wire) > _ALWAYS_WRITTEN and not wire[-1]:
        wire.pop()
    payload = cbor2.dumps(wire)
    if len(payload) > PAYLOAD_MAX_BYTES:
        raise TooLarge(
            "packet.too_long",
            f"One packet carries {PAYLOAD_MAX_BYTES} bytes of call, not {len(payload)}.",
            hint="Send the network prefix and the needs as an update of their own.",
        )
    return payload


def decode_fields(payload: bytes) -> CallFields:
    """The value of exactly these bytes; raises ``Malformed`` (``packet.payload``) for anything else.

    Every slot reads only what it would write, so that encoding the result again gives the same bytes.
    """
    wire = _load(payload)
    if not _ALWAYS_WRITTEN <= len(wire) <= len(_SLOTS) or (len(wire) > _ALWAYS_WRITTEN and not wire[-1]):
        raise Malformed("packet.payload", "The payload does not end with its last known field.")
    return CallFields(**_from_wire(wire))


def home_digest_of(kids: tuple[bytes, ...]) -> bytes:
    """Four bytes that name an ordered home list: the start of SHA-256 over its kids in order."""
    return sha256(b"".join(kids)).digest()[:HOME_DIGEST_BYTES]


class _Slot(NamedTuple):
    """One position of the array: how its value is written and read; both raise on what cannot be."""

    name: str
    wire_type: type
    write: Callable[[Any], int | bytes]
    read: Callable[[Any], Any]


def _load(payload: bytes) -> list[Any]:
    """The array, read at C speed and checked by writing it again: this is in the path of every call."""
    if not PAYLOAD_MIN_BYTES <= len(payload) <= PAYLOAD_MAX_BYTES:
        raise Malformed("packet.payload", f"A payload has {PAYLOAD_MIN_BYTES} to {PAYLOAD_MAX_BYTES} bytes.")
    try:
        wire = cbor2.loads(payload)
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError) as cause:
        raise Malformed("packet.payload", "The payload is not CBOR.") from cause
    if type(wire) is not list or cbor2.dumps(wire) != payload:
        raise Malformed("packet.payload", "The payload is not one CBOR array in its shortest form.")
    if tuple(map(type, wire)) != _WIRE_TYPES[: len(wire)]:
        raise Malformed("packet.payload", "The payload's fields are not the numbers and byte strings they should be.")
    return wire


def _to_wire(fields: CallFields) -> list[int | bytes]:
    name, value = "", None
    try:
        wire = []
        for name, write in _WRITERS:
            value = getattr(fields, name)
            wire.append(write(value))
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as cause:
        raise Malformed("packet.payload", f"{value!r} is no {name} that a packet can carry.") from cause
    return wire


def _from_wire(wire: list[Any]) -> dict[str, Any]:
    name = ""
    values = {}
    try:
        for (name, read), item in zip(_READERS, wire, strict=False):
            values[name] = read(item)
    except (KeyError, ValueError) as cause:
        raise Malformed("packet.payload", f"The field {name} has a value that nobody defined.") from cause
    return values


def _whole(name: str, low: int, high: int) -> _Slot:
    """A whole number; 0 on the wire where it is not known, moved up by one where 0 is a value."""
    shift = 1 - min(low, 1)

    def write(value: int | None) -> int:
        if value is None:
            return 0
        if type(value) is not int or not low <= value <= high:
            raise ValueError(name)
        return value + shift

    return _Slot(name, int, write, lambda item: item - shift if item else None)


def _coded(name: str, codes: Mapping[Any, int]) -> _Slot:
    """One word of a closed table; 0 where it is not known."""
    words = {code: word for word, code in codes.items()}
    return _Slot(name, int, lambda word: 0 if word is None else codes[word], lambda code: words[code] if code else None)


def _mask(name: str, bits: Mapping[Any, int]) -> _Slot:
    """A set of words of a closed table, as bits; the tuple stands in the table's order.

    Both directions remember what they saw: most calls notice the same few things.
    """
    members = tuple((word, 1 << bit) for word, bit in bits.items())
    values = dict(members)
    every = sum(values.values())

    @lru_cache(_MASKS_REMEMBERED)
    def write(words: tuple[Any, ...]) -> int:
        mask: int = sum(values[word] for word in words)
        if type(words) is not tuple or words != read(mask):
            raise ValueError(name)
        return mask

    @lru_cache(_MASKS_REMEMBERED)
    def read(mask: int) -> tuple[Any, ...]:
        if mask & ~every:
            raise ValueError(name)
        return tuple(word for word, value in members if mask & value)

    return _Slot(name, int, write, read)


def _fixed(name: str, length_bytes: int) -> _Slot:
    """A byte string of one length, empty where it is not known."""

    def write(value: bytes | None) -> bytes:
        if value is None:
            return b""
        if type(value) is not bytes or len(value) != length_bytes:
            raise ValueError(name)
        return value

    return _Slot(name, bytes, write, lambda item: item or None)


def _write_time(seconds: int | None) -> bytes:
    if seconds is None:
        return bytes(TIME_BYTES)
    if type(seconds) is not int or seconds <= 0:
        raise ValueError(seconds)
    return seconds.to_bytes(TIME_BYTES, "big")


def _read_time(item: bytes) -> int | None:
    if len(item) != TIME_BYTES:
        raise ValueError(item)
    return int.from_bytes(item, "big") or None


def _write_country(letters: str | None) -> int:
    if letters is None:
        return 0
    first, second = (ord(letter) - ord("A") for letter in letters)
    if not (0 <= first < _COUNTRY_LETTERS and 0 <= second < _COUNTRY_LETTERS):
        raise ValueError(letters)
    return first * _COUNTRY_LETTERS + second + 1


def _read_country(code: int) -> str | None:
    if not code:
        return None
    first, second = divmod(code - 1, _COUNTRY_LETTERS)
    return chr(ord("A") + first) + chr(ord("A") + second)


def _write_prefix(text: str | None) -> bytes:
    """One byte for family and length (IPv4: bits; IPv6: 33 + bits), then as many bytes as the length needs."""
    if text is None:
        return b""
    network: IPv4Network | IPv6Network = ip_network(text)
    if str(network) != text:
        raise ValueError(text)
    first = network.prefixlen + (_FIRST_IPV6 if network.version == _IPV6 else 0)
    return bytes((first,)) + network.network_address.packed[: _bytes_of(network.prefixlen)]


def _read_prefix(item: bytes) -> str | None:
    if not item:
        return None
    is_v6 = item[0] >= _FIRST_IPV6
    bits = item[0] - _FIRST_IPV6 if is_v6 else item[0]
    if len(item) != 1 + _bytes_of(bits):
        raise ValueError(item)
    address = item[1:] + bytes((16 if is_v6 else 4) - _bytes_of(bits))
    return str(ip_network((address, bits)))


def _bytes_of(bits: int) -> int:
    return (bits + 7) // 8


def _write_needs(needs: tuple[NeedAsk, ...]) -> bytes:
    if needs == ():
        return b""
    codes = [NEED_CODES[need.line] for need in needs]
    if type(needs) is not tuple or codes != sorted(set(codes)):
        raise ValueError(needs)
    if not all(1 <= need.quantity <= NEED_QUANTITY_MAX_UNITS for need in needs):
        raise ValueError(needs)
    quantity_bytes = NEED_BYTES - 1
    return b"".join(
        bytes((code,)) + need.quantity.to_bytes(quantity_bytes, "big") for code, need in zip(codes, needs, strict=True)
    )


def _read_needs(item: bytes) -> tuple[NeedAsk, ...]:
    if len(item) % NEED_BYTES:
        raise ValueError(item)
    entries = (item[start : start + NEED_BYTES] for start in range(0, len(item), NEED_BYTES))
    return tuple(NeedAsk(line=_NEED_WORDS[entry[0]], quantity=int.from_bytes(entry[1:], "big")) for entry in entries)


_NEED_WORDS: Final = {code: line for line, code in NEED_CODES.items()}
_NATURE_BITS: Final = {nature: nature - 1 for nature in Nature if nature is not Nature.UNDESIGNATED}
_SLOTS: Final[tuple[_Slot, ...]] = (
    _Slot("time_s", bytes, _write_time, _read_time),
    _coded("urgency", URGENCY_CODES),
    _mask("natures", _NATURE_BITS),
    _mask("states", STATE_BITS),
    _coded("origin", ORIGIN_CODES),
    _whole("at_risk_log10", 0, AT_RISK_LOG10_MAX),
    _coded("reply", REPLY_CODES),
    _coded("sector", SECTOR_CODES),
    _Slot("country", int, _write_country, _read_country),
    _whole("asn", 1, _ASN_MAX),
    _fixed("home_digest", HOME_DIGEST_BYTES),
    _whole("home_number", 1, HOME_NUMBER_MAX),
    _fixed("caller", KID_BYTES),
    _Slot("prefix", bytes, _write_prefix, _read_prefix),
    _Slot("needs", bytes, _write_needs, _read_needs),
)
_WRITERS: Final = tuple((slot.name, slot.write) for slot in _SLOTS)
_READERS: Final = tuple((slot.name, slot.read) for slot in _SLOTS)
_WIRE_TYPES: Final = tuple(slot.wire_type for slot in _SLOTS)
FIELD_NAMES: Final[tuple[str, ...]] = tuple(slot.name for slot in _SLOTS)
"""The fields in wire order, as spec/beacon.md lists them."""
