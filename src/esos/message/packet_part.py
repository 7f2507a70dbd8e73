"""A part of a situation report: one packet of a run, for when a report has to travel without HTTP.

Every part is signed and kept like any packet of its call, so that a report survives whatever a call survives. Law 1:
a report is the body of ``sitrep_given`` and nothing else. A reader never unpacks more than a statement may hold.
"""

import hashlib
import zlib
from collections.abc import Mapping
from typing import Any, Final

import cbor2
import msgspec

from esos.errors import Malformed
from esos.message import cbor
from esos.message.bodies import SitrepGiven
from esos.message.case_bodies import PART_DATA_MAX_BYTES, REPORT_PARTS_MAX
from esos.message.packet_limits import SEQUENCE_MAX, SHORT_PART_PAYLOAD_MAX_BYTES

REPORT_DIGEST_BYTES = 4
REPORT_MAX_BYTES = 65_280
"""What a report may be when unpacked: what fits into a statement."""
PART_OVERHEAD_BYTES = 12
"""Of a part's payload at its longest: the array, first, count, digest, and the head of the data."""
SHORT_PART_DATA_MAX_BYTES = SHORT_PART_PAYLOAD_MAX_BYTES - PART_OVERHEAD_BYTES
_RAW_DEFLATE: Final = -15
_LEVEL: Final = 9
_TYPES: Final = (int, int, bytes, bytes)


class PartFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part: the sequence number of its report's first part, how many there are, the report's digest, its bytes.

    Which part it is follows from its own sequence number. Raises ``Malformed`` (``packet.part``).
    """

    first: int
    count: int
    digest: bytes
    data: bytes

    def __post_init__(self) -> None:
        """Check once at birth that the wire can carry it."""
        fits = 1 <= self.first <= SEQUENCE_MAX and 1 <= self.count <= REPORT_PARTS_MAX
        if not fits or self.first + self.count - 1 > SEQUENCE_MAX:
            most = f"{REPORT_PARTS_MAX} parts, numbered up to {SEQUENCE_MAX}"
            raise Malformed("packet.part", f"A report has up to {most}.")
        if len(self.digest) != REPORT_DIGEST_BYTES or not 1 <= len(self.data) <= PART_DATA_MAX_BYTES:
            raise Malformed("packet.part", f"A part carries 1 to {PART_DATA_MAX_BYTES} bytes of a report.")

    @property
    def last(self) -> int:
        """The sequence number of the report's last part."""
        return self.first + self.count - 1


def encode_part(part: PartFields) -> bytes:
    """The payload of a part: a CBOR array of four."""
    return cbor2.dumps([part.first, part.count, part.digest, part.data])


def decode_part(payload: bytes) -> PartFields:
    """The inverse of ``encode_part``; raises ``Malformed`` (``packet.part``) for anything else."""
    try:
        wire = cbor2.loads(payload)
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError) as cause:
        raise Malformed("packet.part", "The part is not CBOR.") from cause
    if type(wire) is not list or tuple(map(type, wire)) != _TYPES or cbor2.dumps(wire) != payload:
        raise Malformed("packet.part", "A part is one array of first, count, digest and data, in its shortest form.")
    return PartFields(first=wire[0], count=wire[1], digest=wire[2], data=wire[3])


def pack_report(report: SitrepGiven) -> bytes:
    """A report as its parts carry it: the body of ``sitrep_given`` in CBOR, deflated (RFC 1951)."""
    plain = cbor.encode(msgspec.to_builtins(report, builtin_types=(bytes,)))
    packer = zlib.compressobj(_LEVEL, wbits=_RAW_DEFLATE)
    return packer.compress(plain) + packer.flush()


def unpack_report(packed: bytes) -> SitrepGiven:
    """The inverse of ``pack_report``; raises ``Malformed`` (``packet.report``) for what is no report."""
    unpacker = zlib.decompressobj(wbits=_RAW_DEFLATE)
    try:
        plain = unpacker.decompress(packed, REPORT_MAX_BYTES)
        if not unpacker.eof or unpacker.unused_data:
            raise Malformed("packet.report", f"The report is cut off, or has more than {REPORT_MAX_BYTES} bytes.")
        return msgspec.convert(cbor.decode(plain), SitrepGiven, builtin_types=(bytes,))
    except (zlib.error, msgspec.ValidationError) as cause:
        raise Malformed("packet.report", f"The parts make no situation report: {cause}.") from cause


def split_report(report: SitrepGiven, *, first: int, short: bool = False) -> tuple[PartFields, ...]:
    """The parts of a report from this sequence number on; none where it is too long for the packets that are left.

    ``short`` parts fit whatever a call fits; the others fit a datagram and a Meshtastic packet.
    """
    packed, size = pack_report(report), SHORT_PART_DATA_MAX_BYTES if short else PART_DATA_MAX_BYTES
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    if len(pieces) > REPORT_PARTS_MAX or first + len(pieces) - 1 > SEQUENCE_MAX:
        return ()
    digest = digest_of(packed)
    return tuple(PartFields(first=first, count=len(pieces), digest=digest, data=piece) for piece in pieces)


def parts_of(report: SitrepGiven, *, first: int, short: bool = False) -> tuple[tuple[PartFields, ...], frozenset[str]]:
    """The parts of as much of a report as packets can carry, and the sections that have to wait for another way.

    Need and facts go first; then sections are taken in their order, each whole or not at all.
    """
    kept: dict[str, str] = {}
    parts = split_report(msgspec.structs.replace(report, sections=kept), first=first, short=short)
    for letter in sorted(report.sections):
        longer = {**kept, letter: report.sections[letter]}
        fitting = split_report(msgspec.structs.replace(report, sections=longer), first=first, short=short)
        if fitting:
            kept, parts = longer, fitting
    return parts, frozenset(report.sections.keys() - kept.keys())


def digest_of(packed: bytes) -> bytes:
    """Which packed report a part belongs to: the first bytes of its SHA-256."""
    return hashlib.sha256(packed).digest()[:REPORT_DIGEST_BYTES]


def join_parts(pieces: Mapping[int, bytes], *, first: int, count: int, digest: bytes) -> SitrepGiven | None:
    """The report of these pieces, by sequence number; None while one is missing.

    Raises ``Malformed`` (``packet.report``) where all are there and make no report.
    """
    wanted: list[Any] = [pieces.get(number) for number in range(first, first + count)]
    if None in wanted:
        return None
    packed = b"".join(wanted)
    if digest_of(packed) != digest:
        raise Malformed("packet.report", "The parts do not make the report that they name.")
    return unpack_report(packed)
