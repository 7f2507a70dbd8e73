"""The readers of the strangers' door survive any bytes, and read what is written."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from esos.errors import EsosError
from esos.keys.hpke import HpkeKey, seal_to
from esos.keys.identity import kid_of, public_of
from esos.message.packet import Header, sign_packet, verify_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_keys import CallerKey
from esos.message.packet_payload import CallFields
from esos.message.stranger_packet import (
    STRANGER_MAX_BYTES,
    STRANGER_MIN_BYTES,
    Ask,
    Form,
    StrangerCall,
    open_call,
    read_cookie,
    read_datagram,
    seal_call,
    search_work,
    work_bits,
    write_ask,
    write_call,
    write_cookie,
)
from esos.words.realm import Realm

STATION = b"station1"
KEY = HpkeKey(b"\x01" * 32)
SEED = b"\x05" * 32
PUBLIC = public_of(SEED)
SIZES = st.sampled_from([240, 296])
BODIES = st.integers(STRANGER_MIN_BYTES - 18, STRANGER_MAX_BYTES - 18).flatmap(
    lambda size: st.binary(min_size=size, max_size=size)
)
LEAVES = st.binary(min_size=16, max_size=16)
NONCES = st.binary(min_size=8, max_size=8)
CALLS = st.sampled_from([kind for kind in PacketType if kind.realm is Realm.REAL and kind is not PacketType.HEARTBEAT])


def survives(read, *arguments, **named):
    try:
        return read(*arguments, **named)
    except EsosError:
        return None


@given(st.one_of(st.binary(max_size=400), BODIES.map(lambda body: (b"\xe6\x13" + body).ljust(240, b"\0")[:240])))
def test_any_bytes_at_the_door_are_read_or_refused_by_name(data):
    survives(read_datagram, data)
    survives(read_cookie, data, b"nonceabc")
    survives(open_call, data, KEY, station=STATION)


@given(st.binary(max_size=200))
def test_any_bytes_sealed_rightly_are_read_or_refused_by_name(plaintext):
    made = seal_to(KEY.public, plaintext, info=b"esos-stranger1" + STATION, ephemeral=b"\x02" * 32)
    opened = survives(open_call, made.enc + made.ciphertext, KEY, station=STATION)
    if opened is not None:
        key = CallerKey(kid=opened.signed.header.kid, public=opened.public, realm=Realm.REAL, sealers=())
        survives(verify_packet, opened.signed, key, opened.answers)


@given(st.sampled_from([Form.BY_COOKIE, Form.BY_WORK]), LEAVES, BODIES, SIZES)
def test_what_is_written_is_read(form, leave, sealed, size):
    datagram = write_call(form, leave, sealed, size)
    call = StrangerCall(form=form, leave=leave, sealed=sealed)
    assert len(datagram) == size
    assert read_datagram(datagram) == read_datagram(datagram[: 18 + len(sealed)]) == call


@given(NONCES, NONCES, LEAVES, SIZES)
def test_a_cookie_is_believed_only_in_answer_to_the_own_ask(nonce, other, cookie, size):
    assert read_datagram(write_ask(nonce, size)) == Ask(nonce=nonce)
    assert read_cookie(write_cookie(nonce, cookie), nonce) == cookie
    assert (read_cookie(write_cookie(other, cookie), nonce) is not None) == (other == nonce)


@given(CALLS, st.binary(min_size=8, max_size=8), st.integers(0, 255), st.binary(min_size=32, max_size=32))
def test_every_call_is_opened_as_it_was_signed(kind, call, sequence, ephemeral):
    header = Header(type=kind, kid=kid_of(PUBLIC), call=call, sequence=sequence)
    signed = sign_packet(SEED, header, CallFields())
    sealed, answers = seal_call(signed, public=PUBLIC, station=STATION, station_key=KEY.public, ephemeral=ephemeral)
    opened = open_call(sealed, KEY, station=STATION)
    assert (opened.signed, opened.public, opened.answers.key) == (signed, PUBLIC, answers.key)
    assert STRANGER_MIN_BYTES <= 18 + len(sealed) <= STRANGER_MAX_BYTES


@given(BODIES, st.integers(0, 10))
def test_the_work_that_is_found_is_the_work_that_is_checked(sealed, bits):
    found = search_work(STATION, sealed, first=0, tries=1 << 20, bits=bits)
    assert found is not None
    assert work_bits(STATION, sealed, found) >= bits
    whole = int.from_bytes(hashlib.sha256(b"esos-work1" + STATION + sealed + found).digest(), "big")
    assert f"{whole:0256b}".startswith("0" * bits)
    earlier = int.from_bytes(found, "big")
    assert search_work(STATION, sealed, first=0, tries=earlier, bits=bits) is None
