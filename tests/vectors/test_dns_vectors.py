"""The published vectors of calls as DNS names: each gets the verdict that stands first in its file."""

import json
from pathlib import Path

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.errors import Malformed
from esos.message.packet_name import (
    NAME_MAX_OCTETS,
    ZONE_MAX_OCTETS,
    is_part_of_a_call,
    packet_labels,
    read_packet_labels,
    read_zone,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "spec" / "vectors" / "dns").glob("*.json"))


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def labels_of(vector):
    """The labels in front of the zone, by a library of others."""
    name = dns.name.from_text(vector["name"])
    return name.relativize(dns.name.from_text(vector["zone"])).labels


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_name_gets_the_verdict_that_stands_first_in_its_file(path):
    vector = load(path)
    if "refused" in vector["expect"]:
        with pytest.raises(Malformed) as refusal:
            read_packet_labels(labels_of(vector))
        assert refusal.value.code == vector["expect"]["refused"]
    else:
        assert read_packet_labels(labels_of(vector)).hex() == vector["expect"]["packet"]


def test_there_is_a_name_for_every_refusal():
    assert {load(path)["expect"].get("refused") for path in FILES} == {None, "dns.labels", "dns.letters", "dns.length"}


@given(packet=st.binary(min_size=99, max_size=127), upper=st.booleans())
def test_a_packet_and_its_name_are_each_others_inverse_in_letters_of_any_case(packet, upper):
    labels = packet_labels(packet, b"abcd")
    assert read_packet_labels(tuple(label.upper() for label in labels) if upper else labels) == packet
    assert sum(len(label) + 1 for label in labels) + ZONE_MAX_OCTETS + 2 <= NAME_MAX_OCTETS


@given(packet=st.binary(min_size=99, max_size=127), known=st.integers(min_value=1, max_value=4))
def test_a_part_of_a_call_is_never_taken_for_a_call_and_always_known_as_a_part(packet, known):
    """Resolvers that show each server only what it needs (RFC 9156) ask for the parts first."""
    part = packet_labels(packet, b"abcd")[1:][-known:]
    assert is_part_of_a_call(part)
    with pytest.raises(Malformed):
        read_packet_labels(part)


@pytest.mark.parametrize(
    "zone", ["", ".", "a..b", "-a.example", "a-.example", "sos club.example", "x" * 41, "ü.example"]
)
def test_what_is_no_zone_is_refused(zone):
    with pytest.raises(Malformed) as refusal:
        read_zone(zone)
    assert refusal.value.code == "dns.zone"


def test_a_zone_is_read_in_small_letters_with_or_without_its_last_dot():
    assert read_zone("SOS.Club.Example.") == read_zone("sos.club.example") == (b"sos", b"club", b"example")
