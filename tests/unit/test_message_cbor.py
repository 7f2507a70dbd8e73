"""A value has one encoding, and its maps are in the order of RFC 8949, not in that of RFC 7049."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.errors import Malformed
from esos.message import cbor, cose

KEYS = st.one_of(st.integers(-(2**64), 2**64 - 1), st.text(max_size=300))


def code_of(raw):
    with pytest.raises(Malformed) as refusal:
        cbor.decode(raw)
    return refusal.value.code


def test_a_longer_unsigned_key_stands_before_a_shorter_negative_one():
    assert cbor.encode({-1: 0, 24: 0}).hex() == "a2" + "181800" + "2000"
    assert cbor.decode(bytes.fromhex("a2" + "181800" + "2000")) == {24: 0, -1: 0}


@pytest.mark.parametrize(
    "raw", ["a2" + "2000" + "181800", "a2" + "6000" + "181800", "a1" + "05" + "a2" + "2000" + "181800"]
)
def test_the_older_order_with_shorter_keys_first_is_refused(raw):
    assert code_of(bytes.fromhex(raw)) == "cbor.not_deterministic"


@pytest.mark.parametrize("raw", ["a1" + "c249010000000000000000" + "00", "c249010000000000000000"])
def test_an_integer_beyond_64_bits_is_refused_as_key_and_as_value(raw):
    assert code_of(bytes.fromhex(raw)) == "cbor.integer"


@given(*[st.binary(max_size=300) | st.builds(bytes, st.integers(0, 70_000))] * 3)
def test_the_frames_of_cose_are_what_a_general_encoder_writes(first, second, third):
    tag = cbor2.CBORTag(cose.SIGN1_TAG, [first, {}, second, third])
    assert cose.encode_sign1(first, second, third) == cbor2.dumps(tag, canonical=True)
    listed = ["Signature1", first, third, second]
    assert cose.sig_structure(first, second, third) == cbor2.dumps(listed, canonical=True)


@given(st.dictionaries(KEYS, st.integers(0, 9), max_size=12))
def test_keys_are_written_in_the_bytewise_order_of_their_encodings(value):
    written = cbor.encode(value)
    encoded = [cbor.encode(key) for key in cbor.decode(written)]
    assert encoded == sorted(encoded)
    assert cbor.decode(written) == value
