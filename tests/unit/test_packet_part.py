"""A situation report in packets: its sizes, its one encoding, and what is no report."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.errors import EsosError, Malformed
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import NeedAsk, SitrepGiven
from esos.message.case_bodies import PART_DATA_MAX_BYTES, REPORT_PARTS_MAX
from esos.message.packet import Header, pad_packet, seal_packet, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_limits import (
    PART_PACKET_MAX_BYTES,
    PART_PAYLOAD_MAX_BYTES,
    PART_PAYLOAD_MIN_BYTES,
    SHORT_PART_PACKET_MAX_BYTES,
)
from esos.message.packet_part import (
    PART_OVERHEAD_BYTES,
    PartFields,
    decode_part,
    encode_part,
    join_parts,
    pack_report,
    parts_of,
    split_report,
    unpack_report,
)
from esos.message.packet_seal import Sealer
from esos.words.need import NeedLine

SEED = bytes(range(32))
LONG = " ".join(f"Server {number * 7919 % 1000003} is encrypted." for number in range(220))
REPORT = SitrepGiven(
    sections={"C": "It spreads.", "G": LONG[:1500]}, needs=(NeedAsk(line=NeedLine.FORENSICS, quantity=2),)
)
texts = st.text(max_size=300)
reports = st.builds(
    SitrepGiven, sections=st.dictionaries(st.sampled_from("ABCDEFGHIJKLM"), texts, max_size=5), needs=st.just(())
)


def sealed(part, number):
    header = Header(type=PacketType.PART, kid=kid_of(public_of(SEED)), call=b"call-id!", sequence=number)
    return seal_packet(sign_packet(SEED, header, part), Sealer(bytes(32)))


def joined(parts):
    pieces = {part.first + place: part.data for place, part in enumerate(parts)}
    return join_parts(pieces, first=parts[0].first, count=parts[0].count, digest=parts[0].digest)


def test_the_limits_of_a_part_are_those_of_its_packet():
    assert PART_DATA_MAX_BYTES == PART_PAYLOAD_MAX_BYTES - PART_OVERHEAD_BYTES
    largest = PartFields(first=192, count=REPORT_PARTS_MAX, digest=b"abcd", data=bytes(PART_DATA_MAX_BYTES))
    assert len(encode_part(largest)) == PART_PAYLOAD_MAX_BYTES
    smallest = PartFields(first=1, count=1, digest=b"abcd", data=b"x")
    assert len(encode_part(smallest)) == PART_PAYLOAD_MIN_BYTES


@pytest.mark.parametrize(
    ("short", "most"), [(True, SHORT_PART_PACKET_MAX_BYTES), (False, PART_PACKET_MAX_BYTES)], ids=["short", "usual"]
)
def test_a_usual_part_fits_a_mesh_packet_and_a_short_one_a_text_message_and_a_dns_query(short, most):
    """200 bytes Meshtastic; 140 bytes binary SMS; 146 bytes beside the zone in a DNS name (brief 3)."""
    parts = split_report(REPORT, first=100, short=short)
    sizes = [len(sealed(part, part.first + place)) for place, part in enumerate(parts)]
    assert most - 1 <= max(sizes) <= most
    assert most <= (140 if short else 200)
    assert all(len(pad_packet(sealed(part, part.first + place), 240)) == 240 for place, part in enumerate(parts))


def test_a_report_of_a_thousand_letters_takes_few_packets():
    report = SitrepGiven(sections={"C": LONG[:1000]})
    assert len(split_report(report, first=1)) <= 5


@given(reports, st.integers(1, 190), st.booleans())
def test_parts_joined_are_the_report(report, first, short):
    parts = split_report(report, first=first, short=short)
    if parts:
        assert joined(parts) == report
        assert [decode_part(encode_part(part)) for part in parts] == list(parts)


@given(st.binary(max_size=120))
def test_a_part_that_is_read_is_exactly_what_would_be_written(payload):
    try:
        part = decode_part(payload)
    except EsosError:
        return
    assert encode_part(part) == payload


@given(st.binary(max_size=300))
def test_the_reader_of_packed_reports_survives_any_bytes(packed):
    try:
        unpack_report(packed)
    except EsosError:
        return


def test_while_a_part_is_missing_there_is_no_report():
    parts = split_report(REPORT, first=5)
    assert len(parts) > 2
    pieces = {part.first + place: part.data for place, part in enumerate(parts)}
    del pieces[6]
    assert join_parts(pieces, first=5, count=len(parts), digest=parts[0].digest) is None


def test_a_report_that_unpacks_to_more_than_a_statement_holds_is_refused_before_it_does():
    packer = zlib.compressobj(9, wbits=-15)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush()
    with pytest.raises(Malformed) as refusal:
        unpack_report(bomb)
    assert refusal.value.code == "packet.report"


def test_of_a_report_that_is_too_long_the_sections_that_fit_go_whole_and_the_others_are_named():
    noise = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(4000))
    report = SitrepGiven(sections={"C": "It spreads.", "G": noise, "I": "We cut the line."}, needs=REPORT.needs)
    parts, left_out = parts_of(report, first=1, short=True)
    assert left_out == {"G"}
    assert joined(parts) == SitrepGiven(sections={"C": "It spreads.", "I": "We cut the line."}, needs=REPORT.needs)


def test_a_report_for_which_no_numbers_are_left_takes_no_packets():
    assert split_report(REPORT, first=254) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": 0}, {"count": 0}, {"count": REPORT_PARTS_MAX + 1}, {"first": 255, "count": 2}, {"digest": b"abc"},
        {"data": b""}, {"data": bytes(PART_DATA_MAX_BYTES + 1)},
    ],
    ids=str,
)  # fmt: skip
def test_a_part_that_no_packet_can_carry_is_never_made(wrong):
    with pytest.raises(Malformed) as refusal:
        PartFields(**{"first": 1, "count": 1, "digest": b"abcd", "data": b"x", **wrong})
    assert refusal.value.code == "packet.part"


def test_packed_reports_are_small_and_plain_to_others():
    plain = zlib.decompressobj(wbits=-15).decompress(pack_report(SitrepGiven(sections={"C": "x"})))
    assert plain == bytes.fromhex("a16873656374696f6e73a161436178")
