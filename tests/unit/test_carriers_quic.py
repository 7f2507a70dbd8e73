"""Calls by QUIC over real sockets: sent with the first datagram, believed only from the pinned key, bounded at the door."""

import asyncio
import os
import random
import time
from contextlib import asynccontextmanager

import msgspec
import pytest

pytest.importorskip(
    "aioquic", reason="the library for QUIC is an extra and is not installed here: pip install 'esos[quic]'"
)

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from hypothesis import given
from hypothesis import strategies as st

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Waiting
from esos.caller.make import make_call, make_test
from esos.carriers.address import UdpAddress, write_address
from esos.carriers.quic import QuicCarrier
from esos.carriers.quic_door import QuicDoor, QuicLimits
from esos.carriers.quic_resumption import Sessions, read_session
from esos.carriers.quic_wire import (
    ALPN,
    CALL_MAX_BYTES,
    Kept,
    Refused,
    Said,
    read_answer,
    read_call,
    write_answer,
    write_call,
)
from esos.carriers.station_door import read_home
from esos.errors import Busy, EsosError, Forbidden, Malformed, TooLarge
from esos.keys.door_certificate import is_certified
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails
from esos.message.card import HomeStation
from esos.message.packet_codes import AckState
from esos.pact import shipped
from esos.service import founder_of, opened_station, running_station
from esos.settings import Settings
from esos.vault.callbook import DiskCallBook
from esos.vault.door_certificate import door_certificate
from esos.vault.home import Home
from esos.vault.resumptions import DiskResumptions
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio

SEED, OTHER_SEED, CALLER = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32
COSE, ID = b"\xd2 a signed call", bytes(range(32))
ANY = UdpAddress("127.0.0.1", 0)
DEADLINE_S = 30
STEP_S = 0.01


# --------------------------------------------------------------------------------------------- the two sides
class Shelf(dict):
    """Where earlier connections left something, in memory."""

    def find(self, kid):
        return self.get(kid, b"")

    def keep(self, kid, kept):
        self[kid] = kept


class Station:
    """What stands behind the door: it keeps what it was told, and answers as it is told."""

    def __init__(self, state=AckState.ASSIGNED):
        self.said, self.state, self.refusal = [], state, None
        self.may_commit = asyncio.Event()
        self.may_commit.set()

    async def submit(self, said):
        self.said.append(said)
        await self.may_commit.wait()
        if self.refusal is not None:
            raise self.refusal
        return Kept(statement=ID, state=self.state, at_ms=7)


@asynccontextmanager
async def door_of(station, *, at=ANY, seed=SEED, limits=None):
    certificate, key = door_certificate(seed)
    door = QuicDoor(submit=station.submit, certificate=certificate, key=key, limits=limits)
    async with door.listening(at) as address:
        door.address = address
        yield door


def target(address, seed=SEED, name="North"):
    public = public_of(seed)
    home = HomeStation(name=name, kid=kid_of(public), public=public, realm=Realm.REAL, quic=(write_address(address),))
    return Target(home=home)


def carrier(shelf, **more):
    return QuicCarrier(jitter=lambda: 0.0, resumptions=shelf, gap_ms=50, author=public_of(CALLER), **more)


async def send(shelf, *targets, cose=COSE, **more):
    told = []
    outgoing = Outgoing(cose=cose, statement_id=ID, targets=targets)
    heard = await asyncio.wait_for(carrier(shelf, **more).send(outgoing, told.append), DEADLINE_S)
    return heard, told


async def met(shelf, address):
    """A first connection, as a test of the way makes one."""
    heard, _ = await send(shelf, target(address), is_test=True)
    assert heard
    assert shelf
    return heard


async def until(true):
    async with asyncio.timeout(DEADLINE_S):
        while not true():
            await asyncio.sleep(STEP_S)


class Wire(asyncio.DatagramProtocol):
    """A socket that keeps what comes."""

    def __init__(self):
        self.came, self.bytes_in = [], 0

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.came.append(data)
        self.bytes_in += len(data)


@asynccontextmanager
async def wire():
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Wire, local_addr=ANY)
    try:
        yield protocol, UdpAddress(*transport.get_extra_info("sockname"))
    finally:
        transport.close()


def first_datagram():
    """What a caller that never goes on sends first."""
    quic = QuicConnection(configuration=QuicConfiguration(is_client=True, alpn_protocols=[ALPN]))
    quic.connect(("127.0.0.1", 1), now=0)
    return quic.datagrams_to_send(now=0)[0][0]


# ------------------------------------------------------------------------------------------------- 0-RTT
async def test_a_first_connection_leaves_what_makes_the_next_call_go_out_with_its_first_datagram():
    station, shelf = Station(), Shelf()
    async with door_of(station) as door:
        first = await met(shelf, door.address)
        assert (door.counters["quic.whole_handshake"], door.counters["quic.early_call"]) == (1, 0)
        heard, told = await send(shelf, target(door.address))
        await until(lambda: door.counters["quic.resumed"] == 1)
        assert door.counters["quic.early_call"] == 1
    assert first == heard == (Heard(carrier="quic", station="North", state=AckState.ASSIGNED, proven=True, at_ms=7),)
    assert told == [Sending(carrier="quic", station="North", copies=1), heard[0]]
    assert station.said == [Said(cose=COSE, author=public_of(CALLER))] * 2


async def test_the_first_datagram_alone_brings_the_call_though_nothing_comes_back():
    station, shelf = Station(), Shelf()
    async with door_of(station) as door, wire() as (relay, address):
        await met(shelf, door.address)
        sending = asyncio.create_task(send(shelf, target(address)))
        await until(lambda: relay.came)
        sending.cancel()
        relay.transport.sendto(relay.came[0], door.address)
        await until(lambda: len(station.said) == 2)


async def test_a_station_that_forgot_the_connection_takes_the_call_by_a_whole_handshake():
    station, shelf = Station(), Shelf()
    async with door_of(station) as door:
        await met(shelf, door.address)
        where, before = door.address, dict(shelf)
    async with door_of(station, at=where) as door:
        heard, _ = await send(shelf, target(where))
        assert (door.counters["quic.whole_handshake"], door.counters["quic.early_call"]) == (1, 0)
    assert heard[0].proven
    assert set(before) == set(shelf)


async def test_without_an_earlier_connection_nothing_is_sent_and_it_is_said():
    station = Station()
    async with door_of(station) as door:
        heard, told = await send(Shelf(), target(door.address))
        assert door.counters.total() == 0
    assert heard == ()
    assert [type(event) for event in told] == [Waiting]
    assert "test of the way" in told[0].words


async def test_what_was_kept_and_cannot_be_read_costs_a_handshake_and_no_call():
    station, shelf = Station(), Shelf({kid_of(public_of(SEED)): b"{ broken"})
    async with door_of(station) as door:
        heard, _ = await send(shelf, target(door.address))
    assert heard[0].state is AckState.ASSIGNED


async def test_an_answer_comes_only_after_the_commit():
    station, shelf = Station(), Shelf()
    async with door_of(station) as door:
        await met(shelf, door.address)
        station.may_commit.clear()
        sending = asyncio.create_task(send(shelf, target(door.address)))
        await until(lambda: len(station.said) == 2)
        await until(lambda: door.counters["quic.resumed"] == 1)
        assert door.counters["quic.answered"] == 1  # of the first
        assert not sending.done()
        station.may_commit.set()
        heard, _ = await sending
    assert heard


async def test_a_door_that_closes_finishes_and_answers_what_is_being_committed():
    station, shelf = Station(), Shelf()
    async with door_of(station) as door:
        await met(shelf, door.address)
        station.may_commit.clear()
        sending = asyncio.create_task(send(shelf, target(door.address)))
        await until(lambda: len(station.said) == 2)
        asyncio.get_running_loop().call_later(0.05, station.may_commit.set)
    assert (await sending)[0]


# ------------------------------------------------------------------------------------------- who is believed
async def test_whoever_has_another_key_is_not_believed_and_never_sees_the_call():
    impostor, shelf = Station(), Shelf()
    async with door_of(impostor, seed=OTHER_SEED) as door:
        told = []
        sending = carrier(shelf, is_test=True).send(
            Outgoing(cose=COSE, statement_id=ID, targets=(target(door.address),)), told.append
        )
        task = asyncio.create_task(sending)
        await until(lambda: sum(isinstance(event, Failed) for event in told) == 2)
        task.cancel()
    assert impostor.said == []
    assert not shelf
    failed = next(event for event in told if isinstance(event, Failed))
    assert (failed.why, failed.is_final) == ("What answers there does not have the station's key.", False)


async def test_whoever_takes_the_address_later_cannot_read_what_is_sent_first():
    station, impostor, shelf = Station(), Station(), Shelf()
    async with door_of(station) as door:
        await met(shelf, door.address)
        where = door.address
    async with door_of(impostor, at=where, seed=OTHER_SEED) as door:
        told = []
        outgoing = Outgoing(cose=COSE, statement_id=ID, targets=(target(where),))
        task = asyncio.create_task(carrier(shelf).send(outgoing, told.append))
        await until(lambda: any(isinstance(event, Failed) for event in told))
        task.cancel()
    assert impostor.said == []


async def test_an_answer_about_another_statement_is_none():
    station, shelf = Station(), Shelf()
    async with door_of(station) as door:
        told = []
        outgoing = Outgoing(cose=COSE, statement_id=bytes(32), targets=(target(door.address),))
        task = asyncio.create_task(carrier(shelf, is_test=True).send(outgoing, told.append))
        await until(lambda: any(isinstance(event, Failed) for event in told))
        task.cancel()
    assert "another statement" in next(event.why for event in told if isinstance(event, Failed))


def test_a_certificate_is_good_only_under_the_key_that_signed_it():
    certificate, _ = door_certificate(SEED)
    assert is_certified(certificate, public_of(SEED))
    assert not is_certified(certificate, public_of(OTHER_SEED))
    assert not is_certified(certificate, b"")


# ------------------------------------------------------------------------------------------------ going on
async def test_it_goes_on_with_fresh_connections_until_a_person_has_it(monkeypatch):
    monkeypatch.setattr("esos.carriers.quic.QUIC_ANSWERED_GAP_MS", 50)
    station, shelf = Station(AckState.COMMITTED), Shelf()
    async with door_of(station) as door:
        task = asyncio.create_task(send(shelf, target(door.address), is_test=True))
        await until(lambda: len(station.said) >= 2)
        station.state = AckState.ASSIGNED
        heard, told = await task
    assert [event.state for event in told if isinstance(event, Heard)] == [AckState.COMMITTED, AckState.ASSIGNED]
    assert heard[0].state is AckState.ASSIGNED
    assert [event.copies for event in told if isinstance(event, Sending)] == list(range(1, len(station.said) + 1))


async def test_two_stations_that_have_it_are_enough():
    north, south, shelf = Station(AckState.COMMITTED), Station(AckState.COMMITTED), Shelf()
    async with door_of(north) as one, door_of(south, seed=OTHER_SEED) as two:
        targets = target(one.address), target(two.address, OTHER_SEED, "South")
        heard, _ = await send(shelf, *targets, is_test=True)
    assert {answer.station for answer in heard} == {"North", "South"}


async def test_silence_is_reported_and_tried_again():
    shelf = Shelf({kid_of(public_of(SEED)): b"x"})
    async with wire() as (relay, address):
        told = []
        outgoing = Outgoing(cose=COSE, statement_id=ID, targets=(target(address),))
        task = asyncio.create_task(carrier(shelf, attempt_ms=200).send(outgoing, told.append))
        await until(lambda: sum(isinstance(event, Sending) for event in told) >= 2)
        task.cancel()
    assert relay.came
    assert told[1].why in {"No answer within 200 ms.", "Idle timeout"}


@pytest.mark.parametrize(
    ("refusal", "is_final"),
    [(Forbidden("key.no", "No."), True), (Malformed("call.no", "No."), True), (Busy("storage.locked", "No."), False)],
)
async def test_a_refusal_is_told_with_its_code_and_ends_this_station_where_it_is_for_good(refusal, is_final):
    station, shelf = Station(), Shelf()
    station.refusal = refusal
    async with door_of(station) as door:
        told = []
        outgoing = Outgoing(cose=COSE, statement_id=ID, targets=(target(door.address),))
        task = asyncio.create_task(carrier(shelf, is_test=True).send(outgoing, told.append))
        await until(lambda: any(isinstance(event, Failed) for event in told))
        if is_final:
            assert await asyncio.wait_for(task, DEADLINE_S) == ()
        task.cancel()
        assert door.counters[refusal.code] >= 1
    failed = next(event for event in told if isinstance(event, Failed))
    assert (failed.code, failed.why, failed.is_final) == (refusal.code, "No.", is_final)


async def test_a_message_that_is_too_long_is_left_to_other_carriers():
    heard, told = await send(Shelf(), target(UdpAddress("127.0.0.1", 9)), cose=bytes(CALL_MAX_BYTES), is_test=True)
    assert heard == ()
    assert isinstance(told[0], Waiting)


# ------------------------------------------------------------------------------------------------ bad callers
class Rough(QuicConnectionProtocol):
    """A caller that writes what it likes on the streams it likes."""

    def quic_event_received(self, event):
        del event


@asynccontextmanager
async def rough(address):
    configuration = QuicConfiguration(is_client=True, alpn_protocols=[ALPN], verify_mode=0)
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Rough(QuicConnection(configuration=configuration)), local_addr=ANY
    )
    protocol.connect(address)
    await asyncio.wait_for(protocol.wait_connected(), DEADLINE_S)
    try:
        yield protocol
    finally:
        protocol.close()
        transport.close()


@pytest.mark.parametrize(
    ("writes", "code"),
    [
        ([(0, b"no CBOR at all", True)], "cbor.malformed"),
        ([(0, b"\x80", True)], "quic.call"),
        ([(0, b"", True)], "cbor.malformed"),
        ([(0, b"x", False), (4, b"x", True)], "quic.stream"),
        ([(2, b"x", False)], "quic.stream"),
    ],
)
async def test_what_is_no_call_is_refused_and_counted(writes, code):
    station = Station()
    async with door_of(station) as door:
        async with rough(door.address) as caller:
            for stream, data, is_end in writes:
                caller._quic.send_stream_data(stream, data, end_stream=is_end)
            caller.transmit()
            await until(lambda: door.counters[code])
        assert station.said == []


async def test_any_bytes_are_counted_and_shut_the_door_to_nobody():
    station, shelf, chance = Station(), Shelf(), random.Random(5)
    async with door_of(station) as door, wire() as (rude, _):
        initial = first_datagram()
        for size in (0, 1, 7, 20, 600, 1200, 1400):
            rude.transport.sendto(chance.randbytes(size), door.address)
        for _ in range(100):
            spoilt = bytearray(initial)
            for _ in range(chance.randrange(1, 6)):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            rude.transport.sendto(bytes(spoilt[: chance.choice((50, 1199, 1200, 1300))]), door.address)
            await asyncio.sleep(0)
        heard = await met(shelf, door.address)
        assert door.counters["quic.datagram_failed"] == 0
        assert door.counters["quic.no_quic"]
        assert door.counters["quic.unknown_connection"]
    assert heard


async def test_a_small_datagram_of_another_version_gets_nothing_back():
    async with door_of(Station()) as door, wire() as (rude, _):
        rude.transport.sendto(b"\xc0\x0a\x0a\x0a\x0a\x08" + bytes(8) + b"\x08" + bytes(8), door.address)
        await until(lambda: door.counters["quic.unknown_connection"] == 1 or door.counters["quic.no_quic"] == 1)
        assert rude.came == []


async def test_unfinished_handshakes_are_bounded_and_a_registered_caller_still_gets_through():
    station, shelf, limits = Station(), Shelf(), QuicLimits(handshakes_max=8, retry_from=4, handshake_ms=60_000)
    async with door_of(station, limits=limits) as door, wire() as (rude, _):
        await met(shelf, door.address)
        sent = [first_datagram() for _ in range(60)]
        for datagram in sent:
            rude.transport.sendto(datagram, door.address)
        await until(lambda: door.counters["quic.asked_to_prove_address"] == len(sent) - limits.retry_from)
        assert door.unfinished == limits.retry_from
        heard, told = await send(shelf, target(door.address))
        assert heard[0].proven
        assert told[0].copies == len([event for event in told if isinstance(event, Sending)]) == 1
        assert rude.bytes_in <= 3 * sum(map(len, sent))
        answers_to_the_unproved = [one for one in rude.came if len(one) < 300]
        assert len(answers_to_the_unproved) >= len(sent) - limits.retry_from


async def test_a_caller_asked_to_prove_its_address_is_heard_where_the_station_forgot_its_connection_too():
    station, shelf, limits = Station(), Shelf(), QuicLimits(retry_from=0)
    async with door_of(station) as door:
        await met(shelf, door.address)
        where = door.address
    async with door_of(station, at=where, limits=limits) as door:
        heard, told = await send(shelf, target(where))
        assert (door.counters["quic.asked_to_prove_address"], door.counters["quic.whole_handshake"]) == (1, 1)
    assert told == [Sending(carrier="quic", station="North", copies=1), heard[0]]


async def test_a_handshake_that_takes_too_long_is_given_up():
    async with door_of(Station(), limits=QuicLimits(handshake_ms=50)) as door, wire() as (rude, _):
        rude.transport.sendto(first_datagram(), door.address)
        await until(lambda: door.counters["quic.handshake_too_late"] == 1)
        await until(lambda: door.unfinished == 0)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (QuicLimits(connections_max=2), "quic.too_many_connections"),
        (QuicLimits(handshakes_max=2), "quic.too_many_handshakes"),
        (QuicLimits(per_address_max=2), "quic.too_many_from_address"),
    ],
)
async def test_what_is_beyond_a_limit_is_not_taken_in_and_counted(limits, code):
    async with door_of(Station(), limits=limits) as door, wire() as (rude, _):
        for _ in range(5):
            rude.transport.sendto(first_datagram(), door.address)
        await until(lambda: door.counters[code] == 3)


def test_a_station_remembers_the_newest_connections_only():
    sessions = Sessions(limit=2)
    given = [type("Given", (), {"ticket": bytes([number])})() for number in range(3)]
    for one in given:
        sessions.add(one)
    assert [sessions.find(one.ticket) for one in given] == [None, given[1], given[2]]


# ------------------------------------------------------------------------------------------------ on the wire
@given(cose=st.binary(max_size=400), author=st.sampled_from([b"", bytes(32)]))
def test_a_call_is_read_as_it_was_written(cose, author):
    said = Said(cose=cose, author=author)
    assert read_call(write_call(said)) == said


@given(raw=st.binary(max_size=200))
def test_no_bytes_are_half_a_call_or_half_an_answer(raw):
    for read, write in ((read_call, write_call), (read_answer, write_answer)):
        try:
            value = read(raw)
        except EsosError:
            continue
        assert write(value) == raw


@pytest.mark.parametrize(
    "answer",
    [
        Kept(statement=ID, state=AckState.PERSON_READING, at_ms=1_764_000_000_000),
        Refused(code="stranger.busy", detail="Später.", is_final=False),
    ],
)
def test_an_answer_is_read_as_it_was_written(answer):
    assert read_answer(write_answer(answer)) == answer


@pytest.mark.parametrize("raw", ["80", "8401f60000", "84f5582000", "840061614141f5", "8400616161610a"])
def test_what_is_no_answer_is_refused(raw):
    with pytest.raises(EsosError):
        read_answer(bytes.fromhex(raw))


def test_a_long_sentence_is_cut_so_that_the_answer_stays_small():
    answer = read_answer(write_answer(Refused(code="a.b", detail="é" * 1_000, is_final=True)))
    assert answer.detail == "é" * 200


def test_a_call_beyond_the_limit_is_neither_written_nor_read():
    with pytest.raises(TooLarge):
        write_call(Said(cose=bytes(CALL_MAX_BYTES)))
    with pytest.raises(TooLarge):
        read_call(bytes(CALL_MAX_BYTES + 1))


# -------------------------------------------------------------------------------------------- a real station
@asynccontextmanager
async def real_station(folder):
    home = Home(folder / "club")
    home.create(name="North", realm=Realm.REAL)
    settings = Settings(http="127.0.0.1:0", udp="", quic="127.0.0.1:0")
    async with opened_station(home, settings, lambda: "") as station:
        await founder_of(station).publish_pact(shipped.load("club")[0])
    async with running_station(home, settings) as running:
        yield running


def outgoing_to(home, made):
    return Outgoing(cose=made.record.cose, statement_id=made.record.statement, targets=(Target(home=home),))


async def test_a_real_station_keeps_a_replayed_first_flight_once_and_opens_one_case(tmp_path):
    shelf = DiskResumptions(DiskCallBook(tmp_path / "own.key"))
    async with real_station(tmp_path) as running, wire() as (relay, address):
        home, _ = read_home(msgspec.json.encode(running.card()))
        assert home.quic == (running.quic,)
        host, _, port = running.quic.rpartition(":")
        now_ms = time.time_ns() // 1_000_000
        tested = make_test(seed=CALLER, realm=Realm.REAL, call=os.urandom(8), now_ms=now_ms)
        way = Outgoing(cose=tested.cose(), statement_id=tested.statement_id(), targets=(Target(home=home),))
        told = []
        testing = asyncio.create_task(carrier(shelf, is_test=True).send(way, told.append))
        await until(lambda: any(isinstance(event, Heard) for event in told))
        testing.cancel()
        assert read_session(shelf.find(home.kid)) is not None

        made = make_call(
            seed=CALLER, realm=Realm.REAL, call=os.urandom(8), details=CallDetails(), stations=(home,), now_ms=now_ms
        )
        elsewhere = msgspec.structs.replace(home, quic=(write_address(address),))
        sending = asyncio.create_task(carrier(shelf).send(outgoing_to(elsewhere, made), told.append))
        await until(lambda: relay.came)
        sending.cancel()
        for _ in range(3):
            relay.transport.sendto(relay.came[0], (host, int(port)))
            async with wire() as (other, _):
                other.transport.sendto(relay.came[0], (host, int(port)))
        await until(lambda: running.quic_figures().get("quic.answered", 0) >= 2)
        said = await running.station.journal.read(after_seq=0, limit=1_000)
        assert sum(entry.id == made.record.statement for entry in said) == 1
        assert running.quic_figures()["quic.early_call"] >= 1
        async with asyncio.timeout(DEADLINE_S):
            while (await running.station.journal.entry(made.record.statement)).case is None:
                await asyncio.sleep(STEP_S)
        assert len(await running.station.journal.cases()) == 1


async def test_a_statement_that_is_no_call_is_sent_over_https(tmp_path):
    from esos.message.bodies import Presented
    from esos.message.voice import Voice

    async with real_station(tmp_path) as running:
        home, _ = read_home(msgspec.json.encode(running.card()))
        voice = Voice(seed=CALLER, realm=Realm.REAL)
        shown = voice.say("presented", Presented(audience=home.kid, expires_ms=1), now_ms=1)
        heard, told = await send(Shelf(), Target(home=home), cose=shown.raw, is_test=True)
    assert heard == ()
    assert told[-1].code == "quic.kind"


async def test_somebody_unknown_is_heard_within_the_budget_of_every_other_door(tmp_path, monkeypatch):
    def spent(statement):
        raise Busy("stranger.busy", "Too many.")

    async with real_station(tmp_path) as running:
        monkeypatch.setattr(running.station.intake.strangers, "check", spent)
        home, _ = read_home(msgspec.json.encode(running.card()))
        made = make_call(
            seed=CALLER, realm=Realm.REAL, call=bytes(8), details=CallDetails(), stations=(home,), now_ms=1
        )
        told = []
        task = asyncio.create_task(carrier(Shelf(), is_test=True).send(outgoing_to(home, made), told.append))
        await until(lambda: any(isinstance(event, Failed) for event in told))
        task.cancel()
        assert running.quic_figures()["stranger.busy"] >= 1
    failed = next(event for event in told if isinstance(event, Failed))
    assert (failed.code, failed.is_final) == ("stranger.busy", False)
