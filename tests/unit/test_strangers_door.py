"""The strangers' door and the stranger's carrier on real sockets, with a journal that only counts."""

import asyncio
import random
import secrets
import socket
import time
from contextlib import asynccontextmanager

import msgspec
import pytest

from esos.beacon.carrier import Failed, Heard, Outgoing, Target, Waiting
from esos.carriers import udp_stranger
from esos.carriers.address import UdpAddress
from esos.carriers.stranger_cookie import COOKIE_TURN_MS, Cookies
from esos.carriers.stranger_door import StrangerDoor, StrangerLimits
from esos.carriers.udp_book import AckInfo, DoorLimits
from esos.carriers.udp_stranger import UdpStrangerCarrier
from esos.errors import Busy
from esos.keys.hpke import HpkeKey
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.message.packet import Header, pad_packet, seal_packet, sign_packet
from esos.message.packet_ack import open_ack
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer
from esos.message.stranger_packet import (
    Form,
    read_cookie,
    seal_call,
    search_work,
    station_private,
    write_ask,
    write_call,
    write_cookie,
)
from esos.words.realm import Realm
from esos.words.urgency import Urgency

pytestmark = pytest.mark.anyio

SEED = b"\x06" * 32
PUBLIC = public_of(SEED)
KID = kid_of(PUBLIC)
STATION = b"station1"
KEY = HpkeKey(station_private(b"m" * 32))
AT_MS = 1_764_000_000_123
LOCAL = UdpAddress("127.0.0.1", 0)
NONCE = b"askaskas"
CHEAP = StrangerLimits(work_bits=8, work_bits_busy=8)
COMMITTED = AckInfo(state=AckState.COMMITTED, at_ms=AT_MS)


class CountingJournal:
    """Commits by counting; what it says can be changed or refused."""

    def __init__(self):
        self.arrivals = []
        self.answer = COMMITTED
        self.gate = asyncio.Event()
        self.gate.set()

    async def submit(self, arrivals):
        await self.gate.wait()
        self.arrivals.extend(arrivals)
        return [self.answer for _ in arrivals]


class Caller:
    """A plain socket that sends datagrams and collects what comes back."""

    def __init__(self, station):
        self.sock = socket.socket(station.family, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.connect(tuple(station))
        self.came = []

    def send(self, datagram):
        self.sock.send(datagram)

    async def next(self, seconds=10.0):
        self.came.append(await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.sock, 2048), seconds))
        return self.came[-1]

    async def cookie(self, padded_bytes=240):
        self.send(write_ask(NONCE, padded_bytes))
        return read_cookie(await self.next(), NONCE)

    async def ack(self, answers):
        """The next acknowledgement; cookies that are still on their way are passed over."""
        while len(raw := await self.next()) != 38:
            assert read_cookie(raw, NONCE)
        return open_ack(raw, kid=KID, sealer=answers)

    async def silence(self, seconds=0.1):
        """That no acknowledgement comes."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                raw = await self.next(left)
            except TimeoutError:
                return
            assert read_cookie(raw, NONCE)


def signed(kind=PacketType.CALL, *, sequence=0, call=b"call-id!", seed=SEED):
    header = Header(type=kind, kid=kid_of(public_of(seed)), call=call, sequence=sequence)
    return sign_packet(seed, header, CallFields(time_s=1_764_000_000, urgency=Urgency.MAYDAY))


def sealed(packet=None, *, public=PUBLIC, station=STATION, key=KEY.public):
    return seal_call(
        packet or signed(), public=public, station=station, station_key=key, ephemeral=secrets.token_bytes(32)
    )


def worked(body, bits=8):
    return search_work(STATION, body, first=0, tries=1 << 22, bits=bits)


@asynccontextmanager
async def station(journal, *, limits=CHEAP, clock=None, address=LOCAL, realm=Realm.REAL, secret=b"s" * 32):
    door = StrangerDoor(
        station=STATION,
        realm=realm,
        key=KEY,
        submit=journal.submit,
        clock=clock or (lambda: round(time.time() * 1000)),
        jitter=lambda: 0.0,
        secret=secret,
        limits=limits,
    )
    async with door.listening(address) as where:
        callers = []

        def caller():
            callers.append(Caller(where))
            return callers[-1]

        try:
            yield door, caller, where
        finally:
            for each in callers:
                each.sock.close()


async def until(claim, seconds=10.0):
    """Wait for something to come true; fails loudly where it does not."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.005)


# -------------------------------------------------------------------------------------------- what gets in
async def test_a_stranger_with_a_cookie_is_heard_and_answered_after_the_commit():
    journal = CountingJournal()
    journal.gate.clear()
    async with station(journal) as (door, caller, _):
        who = caller()
        cookie = await who.cookie()
        body, answers = sealed()
        who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        await until(lambda: door.counters["stranger.cookie_given"] == 1)
        await who.silence()
        journal.gate.set()
        ack = await who.ack(answers)
    assert (ack.state, ack.call, ack.time_ms) == (AckState.COMMITTED, b"call-id!", AT_MS)
    (arrival,) = journal.arrivals
    assert arrival.opened.key.public == PUBLIC
    assert arrival.opened.signed == signed()


async def test_a_stranger_who_hears_nothing_gets_in_by_work():
    journal = CountingJournal()
    async with station(journal, limits=StrangerLimits()) as (door, caller, _):
        who = caller()
        body, answers = sealed()
        who.send(write_call(Form.BY_WORK, worked(body, 18), body, 240))
        assert (await who.ack(answers)).state is AckState.COMMITTED
    assert door.counters["door.committed"] == 1


async def test_copies_are_submitted_once_whatever_they_show_and_each_is_answered():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        cookie, (body, answers) = await who.cookie(), sealed()
        copies = [(Form.BY_COOKIE, cookie), (Form.BY_WORK, worked(body)), (Form.BY_COOKIE, cookie)]
        for number, (form, leave) in enumerate(copies):
            who.send(write_call(form, leave, body, 240))
            await until(lambda number=number: door.counters["door.answered"] > number)
            await who.ack(answers)
    assert len(journal.arrivals) == 1


async def test_news_of_a_person_reaches_the_stranger():
    async with station(CountingJournal()) as (door, caller, _):
        who = caller()
        cookie, (body, answers) = await who.cookie(), sealed()
        who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        await who.ack(answers)
        door.tell(kid=KID, call=b"call-id!", info=AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS))
        who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        async with asyncio.timeout(10):
            while (await who.ack(answers)).state is not AckState.ASSIGNED:
                pass


# -------------------------------------------------------------------------------------------- what does not
def other_key():
    return HpkeKey(b"\x09" * 32).public


BAD = {
    "stranger.length": lambda body, _: write_call(Form.BY_WORK, worked(body), body, 240)[:-1],
    "stranger.magic": lambda body, _: b"\xe5" + write_call(Form.BY_WORK, worked(body), body, 240)[1:],
    "stranger.version": lambda body, _: b"\xe6\x24" + write_call(Form.BY_WORK, worked(body), body, 240)[2:],
    "stranger.form": lambda body, _: b"\xe6\x12" + write_call(Form.BY_WORK, worked(body), body, 240)[2:],
    "stranger.padding": lambda body, _: write_call(Form.BY_WORK, worked(body), body, 240)[:-2] + b"\x01\xcd",
    "stranger.work": lambda body, _: write_call(
        Form.BY_WORK, (int.from_bytes(worked(body)) + 1).to_bytes(16, "big"), body, 240
    ),
    "stranger.cookie": lambda body, _: write_call(Form.BY_COOKIE, bytes(16), body, 240),
    "hpke.open": lambda body, cookie: write_call(Form.BY_COOKIE, cookie, body[:-1] + bytes((body[-1] ^ 1,)), 240),
}


@pytest.mark.parametrize("code", BAD)
async def test_what_is_refused_before_the_seal_is_counted_by_its_code_and_never_answered(code):
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        cookie, (body, _) = await who.cookie(), sealed()
        who.send(BAD[code](body, cookie))
        await until(lambda: door.counters[code] == 1)
        await who.silence()
    assert not journal.arrivals


INSIDE = {
    "hpke.open": lambda: sealed(key=other_key()),
    "packet.signature": lambda: sealed(msgspec.structs.replace(signed(), signature=bytes(64))),
    "packet.realm": lambda: sealed(signed(PacketType.EXERCISE)),
    "stranger.kid": lambda: sealed(public=public_of(b"\x07" * 32)),
    "stranger.heartbeat": lambda: sealed(signed(PacketType.HEARTBEAT)),
    "packet.payload": lambda: sealed(resigned(b"\x83\x44\x00\x00\x00\x00\x09\x02")),
}


def resigned(payload):
    from esos.keys.identity import sign

    unsigned = msgspec.structs.replace(signed(), payload=payload)
    return msgspec.structs.replace(unsigned, signature=sign(SEED, unsigned.signed_bytes()))


@pytest.mark.parametrize("code", INSIDE)
async def test_what_is_refused_behind_the_seal_is_counted_by_its_code_and_never_answered(code):
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        body, _ = INSIDE[code]()
        who.send(write_call(Form.BY_WORK, worked(body), body, 240))
        await until(lambda: door.counters[code] == 1)
        await who.silence()
    assert not journal.arrivals


async def test_a_call_sealed_for_another_station_is_not_opened():
    async with station(CountingJournal()) as (door, caller, _):
        body, _ = sealed(station=b"station2")
        caller().send(write_call(Form.BY_WORK, worked(body), body, 240))
        await until(lambda: door.counters["hpke.open"] == 1)


async def test_a_registered_callers_packet_is_nothing_for_this_door():
    async with station(CountingJournal()) as (door, caller, _):
        caller().send(pad_packet(seal_packet(signed(), Sealer(b"k" * 32)), 240))
        await until(lambda: door.counters["stranger.magic"] == 1)


async def test_a_cookie_holds_for_the_address_it_was_given_to_and_no_other():
    async with station(CountingJournal()) as (door, caller, _):
        one, other = caller(), caller()
        cookie, (body, answers) = await one.cookie(), sealed()
        other.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        await until(lambda: door.counters["stranger.cookie"] == 1)
        await other.silence()
        one.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        await one.ack(answers)


async def test_a_cookie_runs_out_after_the_turn_that_follows_its_own():
    now = [10 * COOKIE_TURN_MS]
    async with station(CountingJournal(), clock=lambda: now[0]) as (door, caller, _):
        who = caller()
        cookie = await who.cookie()
        for turns, refused in ((1, 0), (1, 1), (254, 2)):
            now[0] += turns * COOKIE_TURN_MS
            body, _ = sealed()
            who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
            await until(lambda: door.counters["stranger.cookie"] + door.counters["door.opened"] == refused + 1)  # noqa: B023
            assert door.counters["stranger.cookie"] == refused


def test_cookies_of_two_doors_differ_and_old_secrets_are_forgotten():
    one, other = Cookies(b"a" * 32), Cookies(b"b" * 32)
    where = ("127.0.0.1", 4_747)
    assert one.make(where, 0) != other.make(where, 0)
    for turn in range(50):
        assert one.holds(one.make(where, turn * COOKIE_TURN_MS), where, turn * COOKIE_TURN_MS)
    assert len(one._secrets) <= 3
    assert not one.holds(other.make(where, 0), where, 0)


async def test_work_is_made_for_one_call_and_does_for_no_other():
    async with station(CountingJournal(), limits=StrangerLimits(work_bits=16)) as (door, caller, _):
        (body, _), (other, _) = sealed(), sealed()
        caller().send(write_call(Form.BY_WORK, worked(body, 16), other, 240))
        await until(lambda: door.counters["stranger.work"] == 1)


async def test_while_many_wait_more_work_is_asked_for():
    journal = CountingJournal()
    journal.gate.clear()
    limits = StrangerLimits(
        work_bits=1, work_bits_busy=16, door=DoorLimits(pending_max=4, packets_per_key_burst=9, remembered_max=64)
    )
    async with station(journal, limits=limits) as (door, caller, _):
        who = caller()
        for number in range(3):
            body, _ = sealed(signed(sequence=number))
            who.send(write_call(Form.BY_WORK, worked(body, 1), body, 240))
        await until(lambda: door._pending == 3)
        body, _ = sealed(signed(sequence=3))
        less = next(n.to_bytes(16, "big") for n in range(10_000) if 1 <= bits_of(body, n) < 16)
        who.send(write_call(Form.BY_WORK, less, body, 240))
        await until(lambda: door.counters["stranger.work"] == 1)
        who.send(write_call(Form.BY_WORK, worked(body, 16), body, 240))
        journal.gate.set()
        await until(lambda: len(journal.arrivals) == 4)


def bits_of(body, number):
    from esos.message.stranger_packet import work_bits

    return work_bits(STATION, body, number.to_bytes(16, "big"))


# -------------------------------------------------------------------------------------------- no amplification
@pytest.mark.parametrize(("host", "size", "headers"), [("127.0.0.1", 240, 28), ("::1", 296, 48)])
async def test_no_more_bytes_leave_than_came_headers_counted(host, size, headers):
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("This machine has no IPv6.")
    try:
        async with station(CountingJournal(), address=UdpAddress(host, 0)) as (door, caller, _):
            who = caller()
            who.send(write_ask(NONCE, size))
            await until(lambda: door.counters["stranger.cookie_given"] == 1)
            cookie = read_cookie(await who.next(), NONCE)
            for _ in range(3):
                await who.next()
            assert sum(len(one) + headers for one in who.came) <= size + headers
            del who.came[:]
            body, _ = sealed()
            who.send(write_call(Form.BY_COOKIE, cookie, body, size))
            for _ in range(4):
                await who.next()
            await asyncio.sleep(0.2)
            assert sum(len(one) + headers for one in who.came) <= size + headers
    except OSError as trouble:
        pytest.skip(f"This machine has no {host}: {trouble}")


async def test_a_short_call_pays_for_fewer_answers():
    async with station(CountingJournal()) as (door, caller, _):
        who = caller()
        cookie, (body, _) = await who.cookie(), sealed()
        who.send(write_call(Form.BY_COOKIE, cookie, body, 240)[: 18 + len(body)])
        await until(lambda: door.counters["door.answer_unpaid"] >= 1)
        assert door.counters["door.answered"] * (38 + 28) <= 18 + len(body) + 28


# ------------------------------------------------------------------------------------------------- budgets
async def test_a_forged_address_cannot_use_up_the_budget_of_an_address():
    limits = StrangerLimits(work_bits=4, work_bits_busy=4, calls_per_address_burst=1, calls_per_address_per_s=0.001)
    async with station(CountingJournal(), limits=limits, clock=lambda: AT_MS) as (door, caller, _):
        who = caller()
        cookie = await who.cookie()
        for number in range(3):
            body, _ = sealed(signed(sequence=number))
            who.send(write_call(Form.BY_WORK, worked(body, 4), body, 240))
        await until(lambda: door.counters["door.committed"] == 3)
        for number in (3, 4):
            body, _ = sealed(signed(sequence=number))
            who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        await until(lambda: door.counters["stranger.address_over_budget"] == 1)
        assert door.counters["door.committed"] == 4


async def test_asks_and_openings_have_budgets_of_their_own_and_what_is_beyond_is_counted():
    limits = StrangerLimits(work_bits=1, work_bits_busy=1, cookies_per_s=2, opened_by_work_per_s=2)
    async with station(CountingJournal(), limits=limits, clock=lambda: AT_MS) as (door, caller, _):
        who = caller()
        for _ in range(5):
            who.send(write_ask(NONCE, 240))
        await until(lambda: door.counters["stranger.asks_over_budget"] == 3)
        for number in range(4):
            body, _ = sealed(signed(sequence=number))
            who.send(write_call(Form.BY_WORK, worked(body, 1), body, 240))
        await until(lambda: door.counters["stranger.openings_over_budget"] == 2)
        assert door.counters["door.committed"] == 2


async def test_what_the_station_cannot_take_is_counted_and_the_next_copy_is_tried_again():
    journal = CountingJournal()
    journal.answer = Busy("stranger.busy", "Too many.")
    async with station(journal) as (door, caller, _):
        who = caller()
        cookie, (body, answers) = await who.cookie(), sealed()
        who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        await until(lambda: door.counters["stranger.busy"] == 1)
        await who.silence()
        journal.answer = COMMITTED
        who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        await who.ack(answers)


async def test_among_junk_a_stranger_is_heard():
    dice = random.Random(7)
    async with station(CountingJournal()) as (door, caller, _):
        who, junk = caller(), caller()
        cookie, (body, answers) = await who.cookie(), sealed()
        for number in range(2_000):
            junk.send(b"\xe6\x13" + dice.randbytes(238) if number % 2 else dice.randbytes(240))
            if number % 50 == 0:
                await asyncio.sleep(0)
        who.send(write_call(Form.BY_COOKIE, cookie, body, 240))
        assert (await who.ack(answers)).state is AckState.COMMITTED
    refused = sum(count for what, count in door.counters.items() if what.startswith("stranger."))
    assert refused >= 1_900


# --------------------------------------------------------------------------------------------- the caller
def home(where, name="North", kid=STATION, **more):
    host = f"[{where.host}]" if ":" in where.host else where.host
    wanted = {"hpke": KEY.public, "udp_strangers": (f"{host}:{where.port}",), **more}
    return HomeStation(name=name, kid=kid, public=PUBLIC, realm=Realm.REAL, **wanted)


def outgoing(*homes, packet=None, sealing_key=b""):
    packet = packet or signed()
    targets = tuple(Target(home=one, rtt_ms=50, sealing_key=sealing_key) for one in homes)
    return Outgoing(cose=packet.cose(), statement_id=packet.statement_id(), packet=packet, targets=targets)


def carrier(**more):
    return UdpStrangerCarrier(public=PUBLIC, dice=secrets.token_bytes, jitter=lambda: 0.0, **more)


async def heard_by(sending, what, seconds=40):
    """Send until something was told; everything that was told."""
    told = []
    task = asyncio.create_task(carrier_send(sending, told))
    try:
        await until(lambda: any(what(one) for one in told) or task.done(), seconds)
    finally:
        task.cancel()
        await asyncio.wait({task})
    return told


async def carrier_send(sending, told):
    one, message = sending
    return await one.send(message, told.append)


def has_arrived(event):
    return isinstance(event, Heard) and event.proven and event.state is AckState.COMMITTED


async def test_with_nothing_but_the_card_a_call_arrives():
    journal = CountingJournal()
    async with station(journal) as (door, _, where):
        told = await heard_by((carrier(), outgoing(home(where))), has_arrived)
    assert has_arrived(told[-1])
    assert told[-1].station == "North"
    assert door.counters["stranger.cookie_given"] >= 1
    assert len(journal.arrivals) == 1


async def test_it_sends_until_a_person_has_the_call():
    journal = CountingJournal()
    journal.answer = AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS)
    async with station(journal) as (_, _, where):
        async with asyncio.timeout(30):
            (heard,) = await carrier().send(outgoing(home(where)), lambda _: None)
    assert heard.state is AckState.ASSIGNED


async def test_a_caller_goes_on_being_heard_when_the_door_was_opened_anew_in_between(monkeypatch):
    """Its cookies hold no more then: it gets another, and hears of the officer."""
    monkeypatch.setattr(udp_stranger, "next_send_ms", lambda *_, **__: 50)
    first, second = CountingJournal(), CountingJournal()
    second.answer = AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS)
    async with station(first) as (_, _, where):
        task = asyncio.create_task(carrier_send((carrier(), outgoing(home(where))), told := []))
        await until(lambda: any(has_arrived(one) for one in told))
    try:
        async with station(second, address=where, secret=b"t" * 32) as (door, _, _):
            await until(lambda: second.arrivals, 100)
            (heard,) = await asyncio.wait_for(task, 30)
            assert door.counters["stranger.cookie_given"] >= 1
    finally:
        task.cancel()
    assert heard.state is AckState.ASSIGNED


class OneWay:
    """Between a caller and a door: loses so much each way, and everything that comes back where it is told so."""

    def __init__(self, target, *, out_loss=0.0, back_loss=0.0):
        self.target, self.out_loss, self.back_loss = target, out_loss, back_loss
        self.dice = random.Random(11)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.behind = {}

    def __enter__(self):
        asyncio.get_running_loop().add_reader(self.sock, self.out)
        return UdpAddress(*self.sock.getsockname())

    def __exit__(self, *_):
        for sock in (self.sock, *self.behind.values()):
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()

    def out(self):
        data, caller = self.sock.recvfrom(2048)
        if caller not in self.behind:
            sock = self.behind[caller] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.connect(tuple(self.target))
            asyncio.get_running_loop().add_reader(sock, lambda: self.back(sock, caller))
        if self.dice.random() >= self.out_loss:
            self.behind[caller].send(data)

    def back(self, sock, caller):
        data = sock.recv(2048)
        if self.dice.random() >= self.back_loss:
            self.sock.sendto(data, caller)


async def test_a_call_gets_through_when_most_datagrams_are_lost_both_ways():
    journal = CountingJournal()
    async with station(journal) as (_, _, where):
        with OneWay(where, out_loss=0.7, back_loss=0.7) as way:
            told = await heard_by((carrier(), outgoing(home(way))), has_arrived, seconds=60)
    assert has_arrived(told[-1])


async def test_where_nothing_comes_back_the_call_is_delivered_by_work_all_the_same():
    journal = CountingJournal()
    async with station(journal, limits=StrangerLimits()) as (door, _, where):
        with OneWay(where, back_loss=1.0) as way:
            task = asyncio.create_task(carrier_send((carrier(work_after_ms=200), outgoing(home(way))), told := []))
            try:
                await until(lambda: journal.arrivals, 60)
            finally:
                task.cancel()
                await asyncio.wait({task})
    assert not [one for one in told if isinstance(one, Heard)]
    assert any("shows some work" in one.words for one in told if isinstance(one, Waiting))
    assert door.counters["door.committed"] == 1


async def test_false_cookies_and_answers_silence_nobody(monkeypatch):
    """Whoever reads along gives a false cookie first; work gets the call in, and only a true answer counts."""
    monkeypatch.setattr(udp_stranger, "WORK_ANYWAY_MS", 300)
    journal = CountingJournal()

    class Liar(OneWay):
        def back(self, sock, caller):
            data = sock.recv(2048)
            self.sock.sendto(write_cookie(data[2:10], bytes(16)) if len(data) == 26 else data, caller)
            self.sock.sendto(data[:22] + bytes(16), caller)

    async with station(journal, limits=StrangerLimits()) as (door, _, where):
        with Liar(where) as way:
            told = await heard_by((carrier(work_after_ms=200), outgoing(home(way))), has_arrived, seconds=60)
    assert has_arrived(told[-1])
    assert door.counters["stranger.cookie"] >= 1


async def test_stations_that_know_the_caller_or_have_no_such_door_are_left_to_others():
    bare = HomeStation(name="Bare", kid=STATION, public=PUBLIC, realm=Realm.REAL)
    for message in (outgoing(bare), outgoing(home(UdpAddress("127.0.0.1", 9)), sealing_key=b"k" * 32)):
        told = []
        assert await carrier().send(message, told.append) == ()
        assert [type(one) for one in told] == [Waiting]


@pytest.mark.parametrize("more", [{"udp_strangers": ("station.example:4747",)}, {"hpke": bytes(32)}, {"hpke": b"k"}])
async def test_a_card_that_cannot_be_used_is_said(more):
    told = []
    assert await carrier().send(outgoing(home(UdpAddress("127.0.0.1", 9), **more)), told.append) == ()
    assert isinstance(told[0], Failed)
    assert told[0].code


async def test_a_message_that_is_no_packet_waits_for_another_carrier():
    told = []
    message = msgspec.structs.replace(outgoing(home(UdpAddress("127.0.0.1", 9))), packet=None)
    assert await carrier().send(message, told.append) == ()
    assert isinstance(told[0], Waiting)


async def test_each_call_is_sealed_anew_and_its_copies_are_alike():
    seen = []
    message = outgoing(home(UdpAddress("127.0.0.1", 9)))
    for _ in range(2):
        way = udp_stranger._Way(message.targets[0], message.packet, public=PUBLIC, dice=secrets.token_bytes)
        way.cookies[socket.AF_INET] = (b"c" * 16, 5.0)
        seen.append({way.datagram(UdpAddress("127.0.0.1", 9), number, 6.0) for number in range(1, 4)})
    assert [len(copies) for copies in seen] == [1, 1]
    assert not seen[0] & seen[1]


def test_a_way_shows_the_best_it_has():
    message, address = outgoing(home(UdpAddress("127.0.0.1", 9))), UdpAddress("127.0.0.1", 9)
    way = udp_stranger._Way(message.targets[0], message.packet, public=PUBLIC, dice=secrets.token_bytes)

    def forms(count=8, now_s=10.0):
        return [Form(way.datagram(address, number, now_s)[1] & 15) for number in range(count)]

    assert set(forms()) == {Form.ASK}
    way.work = b"w" * 16
    assert forms() == [Form.ASK, *[Form.BY_WORK] * 3] * 2
    way.cookies[socket.AF_INET] = (b"c" * 16, 5.0)
    assert forms() == [Form.ASK, Form.BY_WORK, *[Form.BY_COOKIE, Form.BY_WORK] * 3]
    way.work = b""
    assert forms() == [Form.ASK, *[Form.BY_COOKIE] * 7]
    assert set(forms(now_s=200.0)) == {Form.ASK}
