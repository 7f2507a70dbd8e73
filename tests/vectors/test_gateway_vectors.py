"""What fits into a text message and into a mesh packet, type by type, and how packets and answers are spelt there."""

import pytest

from esos.errors import EsosError
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import SitrepGiven
from esos.message.packet import Header, parse_packet, seal_packet, sign_packet
from esos.message.packet_ack import ACK_BYTES, Ack, encode_ack
from esos.message.packet_codes import AckState, CallState, Origin, PacketType
from esos.message.packet_gateway import (
    ACKS_READ_MAX,
    MESH_PACKET_MAX_BYTES,
    TEXT_MESSAGE_MAX_BYTES,
    Gateway,
    acks_in,
    check_fits,
    read_packet_letters,
)
from esos.message.packet_limits import (
    ENVELOPE_BYTES,
    PACKET_MAX_BYTES,
    PART_PACKET_MAX_BYTES,
    PARTS,
    PAYLOAD_SIZES,
    SHORT_PART_PACKET_MAX_BYTES,
)
from esos.message.packet_part import parts_of
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer
from esos.words.urgency import Urgency

SEED = b"\x05" * 32
KID = kid_of(public_of(SEED))
SEALER = Sealer(b"k" * 32)
FULLEST = CallFields(
    time_s=1_764_000_000, urgency=Urgency.MAYDAY, natures=tuple(range(1, 20)), states=tuple(CallState),
    origin=Origin.RELAY, country="NL", asn=4_200_000_000, home_digest=b"homs",
)  # fmt: skip


def sealed(kind, fields, sequence=0):
    header = Header(type=kind, kid=KID, call=b"call-id!", sequence=sequence)
    return seal_packet(sign_packet(SEED, header, fields), SEALER)


def test_the_limits_are_those_of_the_standards():
    assert (TEXT_MESSAGE_MAX_BYTES, MESH_PACKET_MAX_BYTES) == (140, 200)
    assert PACKET_MAX_BYTES <= SHORT_PART_PACKET_MAX_BYTES <= TEXT_MESSAGE_MAX_BYTES
    assert PART_PACKET_MAX_BYTES <= MESH_PACKET_MAX_BYTES
    assert ACK_BYTES <= TEXT_MESSAGE_MAX_BYTES


@pytest.mark.parametrize("gateway", Gateway)
@pytest.mark.parametrize("kind", [kind for kind in PacketType if kind not in PARTS])
def test_every_packet_of_a_call_fits_however_much_it_says(kind, gateway):
    assert max(PAYLOAD_SIZES[kind]) + ENVELOPE_BYTES <= gateway.max_bytes
    for fields in (CallFields(), FULLEST):
        packet = sealed(kind, fields)
        check_fits(packet, gateway)
        assert parse_packet(packet).type is kind


REPORT = SitrepGiven(sections={"C": "".join(f"ward {number} is without systems; " for number in range(40))})


@pytest.mark.parametrize("kind", sorted(PARTS))
def test_a_short_part_of_a_report_fits_both_and_a_long_one_the_mesh_alone(kind):
    short, _ = parts_of(REPORT, first=1, short=True)
    long, _ = parts_of(REPORT, first=1)
    for number, part in enumerate(short, start=1):
        for gateway in Gateway:
            check_fits(sealed(kind, part, number), gateway)
    packet = sealed(kind, long[0], 1)
    assert len(packet) > TEXT_MESSAGE_MAX_BYTES
    check_fits(packet, Gateway.MESH)
    with pytest.raises(EsosError) as refused:
        check_fits(packet, Gateway.SMS)
    assert (refused.value.code, refused.value.status) == ("gateway.too_long", 413)
    assert refused.value.detail == f"This packet has {len(packet)} bytes; one text message carries 140."


@pytest.mark.parametrize("gateway", Gateway)
def test_the_last_byte_that_fits_fits_and_the_next_does_not(gateway):
    check_fits(bytes(gateway.max_bytes), gateway)
    with pytest.raises(EsosError, match="bytes"):
        check_fits(bytes(gateway.max_bytes + 1), gateway)


PACKET = sealed(PacketType.CALL, CallFields())
ACK = encode_ack(
    Ack(call=b"call-id!", sequence=0, state=AckState.COMMITTED, station=b"stat", time_ms=1), kid=KID, sealer=SEALER
)


@pytest.mark.parametrize(
    "written", [PACKET, PACKET.hex().encode(), PACKET.hex().upper().encode() + b"\r\n", PACKET.hex(" ").encode()]
)
def test_a_packet_is_read_in_bytes_and_in_hexadecimal(written):
    assert read_packet_letters(written) == PACKET


@pytest.mark.parametrize("written", [b"", b"\n", b"e", b"hello", b"\xff\xfe", b"0x12", "é".encode()])
def test_what_is_neither_is_refused(written):
    with pytest.raises(EsosError) as refused:
        read_packet_letters(written)
    assert refused.value.code == "gateway.letters"


LETTERS = ACK.hex().encode()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (ACK, 1),
        (LETTERS, 1),
        (b"Sending SMS 1/1....OK\nreceived: " + LETTERS.upper() + b".\nbye", 1),
        (LETTERS + b"\n" + LETTERS, 1),
        (LETTERS + b"\n" + LETTERS[:-1] + b"0", 2),
        (b"", 0),
        (ACK + b"\n", 0),
        (LETTERS[:-1], 0),
        (LETTERS + b"0", 0),
        (b"a" + LETTERS, 0),
        (b"\x00\xff" * 30_000, 0),
        (b"\n".join(LETTERS[:-8] + b"%08x" % number for number in range(100)), ACKS_READ_MAX),
    ],
)
def test_acknowledgements_are_found_among_whatever_else_a_program_says(said, found):
    if said.endswith(b"0") and found == 2 and LETTERS.endswith(b"0"):
        said = said[:-1] + b"1"
    assert len(acks_in(said)) == found
