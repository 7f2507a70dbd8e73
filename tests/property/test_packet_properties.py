"""Whatever is said comes out as it went in, and whatever is not said by our writer is refused."""

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.errors import EsosError, Malformed, TooLarge
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import NeedAsk
from esos.message.packet import (
    Header,
    open_packet,
    pad_packet,
    read_compact,
    read_cose,
    seal_packet,
    sign_packet,
    unpad_datagram,
)
from esos.message.packet_ack import Ack, encode_ack, open_ack
from esos.message.packet_codes import (
    NEED_CODES,
    SECTORS,
    STATE_BITS,
    AckState,
    Origin,
    PacketType,
    ReplyChannel,
)
from esos.message.packet_details import split_fields
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_limits import PARTS
from esos.message.packet_payload import CallFields, decode_fields, encode_fields
from esos.message.packet_seal import Sealer, derive_key
from esos.message.spoken import SpokenCall, decode_spoken, encode_spoken, pseudonym_words
from esos.words.nature import Nature
from esos.words.realm import Realm
from esos.words.urgency import Urgency

SEED = b"\x07" * 32
PUBLIC = public_of(SEED)
KID = kid_of(PUBLIC)
MASTER = b"m" * 32
NATURES = [nature for nature in Nature if nature is not Nature.UNDESIGNATED]


def maybe(strategy):
    return st.none() | strategy


def some_of(words):
    """Some words of a table, in the table's order."""
    return st.sets(st.sampled_from(words)).map(lambda chosen: tuple(word for word in words if word in chosen))


prefixes = st.ip_addresses(network="203.0.113.0/24").map(lambda host: f"{host}/32") | st.sampled_from(
    ["0.0.0.0/0", "::/0", "198.51.100.0/22", "2001:db8::/33", "2001:db8::/127", "::/128"]
)
needs = some_of(list(NEED_CODES)).flatmap(
    lambda lines: st.tuples(
        *(st.builds(NeedAsk, line=st.just(line), quantity=st.integers(1, 1_000_000)) for line in lines)
    )
)
fields = st.builds(
    CallFields,
    time_s=maybe(st.integers(1, 2**32 - 1)),
    urgency=maybe(st.sampled_from(Urgency)),
    natures=some_of(NATURES),
    states=some_of(list(STATE_BITS)),
    origin=maybe(st.sampled_from(Origin)),
    at_risk_log10=maybe(st.integers(0, 9)),
    reply=maybe(st.sampled_from(ReplyChannel)),
    sector=maybe(st.sampled_from(SECTORS)),
    country=maybe(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)),
    asn=maybe(st.integers(1, 2**32 - 1)),
    home_digest=maybe(st.binary(min_size=4, max_size=4)),
    home_number=maybe(st.integers(1, 255)),
    caller=maybe(st.binary(min_size=8, max_size=8)),
    prefix=maybe(prefixes.filter(lambda text: text != "198.51.100.0/23")),
    needs=needs,
)
headers = st.builds(
    Header,
    type=st.sampled_from(sorted(frozenset(PacketType) - PARTS)),
    kid=st.just(KID),
    call=st.binary(min_size=8, max_size=8),
    sequence=st.integers(0, 255),
)
items = st.integers(-2, 2**33) | st.binary(max_size=20) | st.booleans() | st.none() | st.text(max_size=3) | st.floats()


def ring(realm):
    registered = Registered(PUBLIC, realm)
    return StationKeys(MASTER, registered=lambda kid: registered if kid == KID else None, epoch=lambda: 3)


@given(fields)
def test_fields_come_out_as_they_went_in(said):
    try:
        payload = encode_fields(said)
    except TooLarge:
        return
    assert 8 <= len(payload) <= 36
    assert decode_fields(payload) == said


@given(fields)
def test_every_call_however_long_becomes_packets_that_together_say_all_of_it(said):
    parts = [decode_fields(encode_fields(part)) for part in split_fields(said)]
    merged = {}
    for part in parts:
        for name in CallFields.__struct_fields__:
            value = getattr(part, name)
            if value not in (None, ()):
                merged[name] = merged.get(name, ()) + value if name == "needs" else value
    assert CallFields(**merged) == said


@given(st.binary(min_size=8, max_size=36) | st.lists(items, max_size=17).map(cbor2.dumps))
def test_the_reader_accepts_exactly_what_the_writer_writes(payload):
    try:
        said = decode_fields(payload)
    except Malformed:
        return
    assert encode_fields(said) == payload


@given(fields, st.data())
def test_a_payload_with_one_field_replaced_is_refused_or_means_just_that(said, data):
    wire = cbor2.loads(_short(said))
    place = data.draw(st.integers(0, len(wire) - 1))
    wire[place] = data.draw(items)
    payload = cbor2.dumps(wire)
    try:
        read = decode_fields(payload)
    except Malformed:
        return
    assert encode_fields(read) == payload


def _short(said):
    return encode_fields(split_fields(said)[0])


@given(headers, fields)
def test_a_packet_opens_to_what_was_signed_and_rebuilds_the_same_cose(header, said):
    signed = sign_packet(SEED, header, split_fields(said)[0])
    packet = seal_packet(signed, Sealer(derive_key(MASTER, KID, 3)))
    assert 99 <= len(packet) <= 127
    for datagram in (packet, pad_packet(packet, 240), pad_packet(packet, 296)):
        opened = open_packet(datagram, ring(header.type.realm).current)
        assert opened.signed == signed
        assert opened.signed.cose() == signed.cose()
    assert read_cose(signed.cose()) == signed
    assert read_compact(signed.compact()) == signed


@given(st.binary(max_size=300) | st.binary(max_size=125).map(lambda tail: b"\xe5\x11" + KID + tail))
def test_the_door_survives_any_bytes(raw):
    with pytest.raises(EsosError):
        open_packet(raw, ring(Realm.REAL).current)


@given(st.binary(max_size=300))
def test_a_cose_reader_survives_any_bytes(raw):
    with pytest.raises(Malformed):
        read_cose(raw)


@given(st.binary(min_size=99, max_size=127), st.sampled_from([240, 296]), st.data())
def test_padding_comes_off_and_nothing_can_hide_in_it(packet, padded_bytes, data):
    datagram = pad_packet(packet, padded_bytes)
    assert unpad_datagram(datagram) == packet
    place = data.draw(st.integers(len(packet), padded_bytes - 2))
    hidden = datagram[:place] + bytes((data.draw(st.integers(1, 255)),)) + datagram[place + 1 :]
    with pytest.raises(Malformed) as refusal:
        unpad_datagram(hidden)
    assert refusal.value.code == "packet.padding"


acks = st.builds(
    Ack,
    call=st.binary(min_size=8, max_size=8),
    sequence=st.integers(0, 255),
    state=st.sampled_from(AckState),
    station=st.binary(min_size=4, max_size=4),
    time_ms=st.integers(0, 2**48 - 1),
)


@given(acks)
def test_an_acknowledgement_is_read_by_its_caller_and_nobody_else(ack):
    sealer, other = Sealer(bytes(32)), Sealer(b"\x01" * 32)
    raw = encode_ack(ack, kid=KID, sealer=sealer)
    assert len(raw) == 38
    assert open_ack(raw, kid=KID, sealer=sealer) == ack
    for kid, with_sealer in ((b"somebody", sealer), (KID, other)):
        with pytest.raises(Malformed) as refusal:
            open_ack(raw, kid=kid, sealer=with_sealer)
        assert refusal.value.code == "ack.mac"


@given(st.binary(max_size=80))
def test_a_made_up_acknowledgement_is_never_believed(raw):
    with pytest.raises(Malformed):
        open_ack(raw, kid=KID, sealer=Sealer(bytes(32)))


spoken_calls = st.builds(
    SpokenCall,
    pseudonym=st.binary(min_size=4, max_size=4),
    urgency=st.sampled_from(Urgency),
    natures=some_of(NATURES),
    token=st.text("0123456789", min_size=8, max_size=8),
    realm=st.sampled_from(Realm),
)


@given(spoken_calls, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_what_is_read_aloud_is_written_down_the_same(call, case):
    assert decode_spoken(case(encode_spoken(call))) == call
    assert decode_spoken(encode_spoken(call).replace(".", "\n").replace("-", " ")) == call


@given(spoken_calls, spoken_calls)
def test_one_call_is_not_heard_as_another(call, other):
    """Everything but the check words of another call: refused, but for 1 in 17,576."""
    said, check = encode_spoken(call).rsplit("Check:", 1)
    misheard, other_check = encode_spoken(other).rsplit("Check:", 1)
    if said == misheard or check == other_check:
        return
    with pytest.raises(Malformed) as refusal:
        decode_spoken(f"{misheard}Check:{check}")
    assert refusal.value.code == "spoken.check"


@given(st.text(max_size=700))
def test_the_spoken_reader_survives_any_text(text):
    with pytest.raises(Malformed):
        decode_spoken(text)


@given(st.binary(min_size=2, max_size=8).filter(lambda raw: len(raw) % 2 == 0))
def test_a_pseudonym_is_pronounceable(raw):
    words = pseudonym_words(raw).split("-")
    assert len(words) == len(raw) // 2
    assert all(word[1] in "aiou" and word[3] in "aiou" and len(word) == 5 for word in words)


@given(fields)
def test_fields_survive_json(said):
    assert msgspec.json.decode(msgspec.json.encode(said), type=CallFields) == said
