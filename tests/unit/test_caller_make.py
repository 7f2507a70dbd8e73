"""A call is made of what the caller knows: what fits goes first, nothing is lost, and nothing is said twice."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.caller.make import made_again, make_call, make_cancel, make_test, make_update, numbered
from esos.caller.relay import RelayFor, make_relay
from esos.case.calling import merge_details
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails, NeedAsk, SitrepGiven
from esos.message.card import HomeStation
from esos.message.packet import read_cose
from esos.message.packet_codes import SECTORS, CallState, PacketType, ReplyChannel
from esos.message.reading import packet_statement, read_any
from esos.message.voice import Voice
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

SEED = b"\x05" * 32
STATION = public_of(b"\x06" * 32)
HOME = HomeStation(name="Example Watch", kid=kid_of(STATION), public=STATION, realm=Realm.REAL)
NOW_MS = 1_764_000_000_000
CALL = b"call-id!"
NOTHING = CallDetails()
MANY = tuple(NeedAsk(line=line, quantity=7) for line in list(NeedLine)[:8])


def made(details=NOTHING, realm=Realm.REAL, **more):
    return make_call(seed=SEED, realm=realm, call=CALL, details=details, stations=(HOME,), now_ms=NOW_MS, **more)


def relayed(relay_for, details=NOTHING):
    voice = Voice(seed=SEED, realm=Realm.REAL)
    return make_relay(voice=voice, call=CALL, relay_for=relay_for, details=details, stations=(HOME,), now_ms=NOW_MS)


def test_a_call_that_says_nothing_is_a_call():
    call = made()
    assert read_any(call.record.cose).kind == "called"
    assert call.rest is None
    assert call.record.more == ()


@pytest.mark.parametrize("now_ms", [0, 1 << 60])
def test_a_clock_that_cannot_be_right_stops_no_call(now_ms):
    call = make_call(seed=SEED, realm=Realm.REAL, call=CALL, details=CallDetails(), stations=(HOME,), now_ms=now_ms)
    assert read_any(call.record.cose).time_ms == 0


def test_what_fits_into_the_packet_is_not_said_again():
    details = CallDetails(urgency=Urgency.MAYDAY, natures=(5, 2), country="IE", sector="health", at_risk_log10=4)
    assert made(details).rest is None


def test_words_and_facts_follow_alone():
    details = CallDetails(natures=(2,), words="It is dark", facts={"recoverability": "extended"}, country="IE")
    assert made(details).rest == CallDetails(words="It is dark", facts={"recoverability": "extended"})


def test_needs_that_do_not_fit_travel_in_packets_with_numbers_of_their_own():
    call = made(CallDetails(needs=MANY))
    packets = [read_cose(cose) for cose in call.record.more]
    assert [packet.header.sequence for packet in packets] == list(range(1, len(packets) + 1))
    assert call.record.sequence == len(packets) > 0
    said = [ask for packet in packets for ask in packet_statement(packet).body.details.needs]
    assert sorted(said, key=lambda ask: ask.line) == sorted(MANY, key=lambda ask: ask.line)
    assert call.rest == CallDetails(needs=MANY)


def test_a_practice_key_makes_practice_and_nothing_else():
    call = made(CallDetails(needs=MANY), realm=Realm.EXERCISE)
    _, cancel = make_cancel(seed=SEED, realm=Realm.EXERCISE, record=call.record, now_ms=NOW_MS)
    test = make_test(seed=SEED, realm=Realm.EXERCISE, call=CALL, now_ms=NOW_MS)
    everything = [call.packet, cancel, test, *(read_cose(cose) for cose in call.record.more)]
    assert {packet.header.type.realm for packet in everything} == {Realm.EXERCISE}


def test_a_kept_call_is_made_again_byte_for_byte():
    call = made(CallDetails(natures=(2,), words="x"))
    assert made_again(call.record).packet == call.packet
    assert made_again(call.record).packet.cose() == call.record.cose


def test_a_cancel_takes_the_next_number():
    call = made(CallDetails(needs=MANY))
    record, packet = make_cancel(seed=SEED, realm=Realm.REAL, record=call.record, now_ms=NOW_MS)
    assert packet.header.sequence == record.sequence == call.record.sequence + 1
    assert packet.header.type is PacketType.CANCEL


def test_after_number_255_only_statements_are_made():
    record = msgspec.structs.replace(made().record, sequence=255)
    taken, packet = make_cancel(seed=SEED, realm=Realm.REAL, record=record, now_ms=NOW_MS)
    assert (taken.sequence, packet) == (256, None)
    _, packets = make_update(
        seed=SEED, realm=Realm.REAL, record=record, details=CallDetails(country="IE"), now_ms=NOW_MS
    )
    assert packets == ()


def test_updates_by_packet_and_by_statement_never_share_a_number():
    record = numbered(made().record)
    record, packets = make_update(
        seed=SEED, realm=Realm.REAL, record=record, details=CallDetails(needs=MANY), now_ms=NOW_MS
    )
    numbers = [packet.header.sequence for packet in packets]
    assert numbers == list(range(2, 2 + len(packets)))
    assert record.sequence == numbers[-1]


def test_a_member_is_called_for_by_a_packet_at_once():
    call = relayed(RelayFor(member="ab" * 8), CallDetails(natures=(12,)))
    said = read_any(call.record.cose)
    assert (said.kind, said.body.caller, said.call) == ("relayed", "ab" * 8, CALL)
    assert call.record.also == ()


def test_vouching_follows_whole_since_no_packet_can_say_it():
    call = relayed(RelayFor(member="ab" * 8, vouched=True), CallDetails(words="I saw it"))
    (whole,) = map(read_any, call.record.also)
    assert (whole.body.vouched, whole.body.call, whole.body.details.words) == (True, CALL, "I saw it")
    assert call.rest is None


def test_somebody_known_by_name_only_is_called_for_whole():
    call = relayed(RelayFor(name="A village hall"))
    assert call.packet is None
    assert read_any(call.record.cose).body.caller_name == "A village hall"
    assert made_again(call.record).packet is None


def test_a_situation_report_waits_in_the_record():
    sitrep = SitrepGiven(sections={"C": "Dark"})
    assert made(sitrep=sitrep).record.sitrep == sitrep


DETAILS = st.builds(
    CallDetails,
    urgency=st.none() | st.sampled_from(Urgency),
    natures=st.lists(st.integers(1, 19), max_size=8).map(tuple),
    sector=st.none() | st.sampled_from([*SECTORS, "fisheries"]),
    country=st.none() | st.sampled_from(["IE", "NL"]),
    asn=st.none() | st.integers(1, 4_294_967_295),
    prefix=st.none() | st.sampled_from(["192.0.2.0/24", "2001:db8::/32"]),
    products=st.lists(st.sampled_from(["example:router", "example:mail"]), max_size=2).map(tuple),
    at_risk_log10=st.none() | st.integers(0, 9),
    state=st.lists(st.sampled_from([*[state.value for state in CallState if state.value != "hears-you"], "on-paper"]), max_size=4, unique=True).map(tuple),
    reply=st.none() | st.sampled_from([*[reply.value for reply in ReplyChannel], "the fax at the gate"]),
    needs=st.lists(st.builds(NeedAsk, line=st.sampled_from(NeedLine), quantity=st.integers(1, 1000)), max_size=6, unique_by=lambda ask: ask.line).map(tuple),
    facts=st.dictionaries(st.sampled_from(["recoverability", "outlook"]), st.sampled_from(["extended", "worse"])),
    words=st.sampled_from(["", "It is dark"]),
)  # fmt: skip


@given(details=DETAILS)
@pytest.mark.parametrize("realm", list(Realm))
def test_packet_and_rest_together_say_exactly_what_the_caller_knows(realm, details):
    call = made(details, realm=realm)
    heard = read_any(call.record.cose).body.details
    if call.rest is not None:
        heard = merge_details(heard, call.rest)
    for name in CallDetails.__struct_fields__:
        assert in_order(getattr(heard, name)) == in_order(getattr(details, name)), name


def in_order(value):
    return sorted(set(map(repr, value))) if isinstance(value, tuple) else value
