"""The readers of gateways survive any bytes, and find what is written."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from esos.errors import Malformed
from esos.message.packet import MAGIC
from esos.message.packet_ack import ACK_BYTES, ACK_START
from esos.message.packet_gateway import ACKS_READ_MAX, acks_in, read_packet_letters

ACKS = st.binary(min_size=ACK_BYTES - 2, max_size=ACK_BYTES - 2).map(lambda rest: ACK_START + rest)
CHATTER = st.text(alphabet="ghijk .:\n\té\x00", max_size=60)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_packet_or_are_refused_as_malformed(raw):
    with contextlib.suppress(Malformed):
        packet = read_packet_letters(raw)
        assert packet == (raw if raw[0] == MAGIC else bytes.fromhex(raw.decode("ascii")))


@given(st.binary(max_size=200).map(lambda rest: bytes((MAGIC,)) + rest))
def test_a_packet_reads_back_from_its_bytes_and_from_its_letters(packet):
    assert read_packet_letters(packet) == read_packet_letters(packet.hex().encode()) == packet


@given(st.binary(max_size=2_000))
def test_whatever_a_program_says_only_what_has_the_form_is_taken_for_an_acknowledgement(output):
    acks = acks_in(output)
    assert len(acks) <= ACKS_READ_MAX
    assert all(len(ack) == ACK_BYTES and ack.startswith(ACK_START) for ack in acks)


@given(st.lists(st.tuples(CHATTER, ACKS), max_size=ACKS_READ_MAX), CHATTER)
def test_every_acknowledgement_among_a_programs_words_is_found_in_its_order(said, last):
    output = "".join(f"{chatter} {ack.hex()} " for chatter, ack in said) + last
    assert acks_in(output.encode()) == tuple(dict.fromkeys(ack for _, ack in said))
