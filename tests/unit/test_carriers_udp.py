"""The UDP door and the UDP carrier against each other on real sockets, with a journal that only counts."""

import asyncio
import random
import socket
import time
from contextlib import asynccontextmanager

import msgspec
import pytest

from esos.beacon import budget
from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Waiting
from esos.beacon.schedule import Pace
from esos.carriers.address import UdpAddress, read_address
from esos.carriers.udp import UdpCarrier
from esos.carriers.udp_book import AckInfo, DoorLimits
from esos.carriers.udp_door import UdpDoor
from esos.carriers.udp_filter import attach_filter
from esos.errors import Busy, Forbidden, Malformed
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.message.packet import Header, pad_packet, seal_packet, sign_packet
from esos.message.packet_ack import Ack, encode_ack, open_ack
from esos.message.packet_codes import AckState, CallState, PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer, derive_key
from esos.words.realm import Realm
from esos.words.urgency import Urgency

pytestmark = pytest.mark.anyio

SEED = b"\x05" * 32
PUBLIC = public_of(SEED)
KID = kid_of(PUBLIC)
STATION = b"station1"
MASTER = b"m" * 32
EPOCH = 9
AT_MS = 1_764_000_000_123
LOCAL = UdpAddress("127.0.0.1", 0)
KEYS = StationKeys(
    MASTER, registered=lambda kid: Registered(PUBLIC, Realm.REAL) if kid == KID else None, epoch=lambda: EPOCH
)
SEALER = Sealer(KEYS.issue(KID))


class CountingJournal:
    """Commits by counting; what it says of a call can be changed, delayed or refused."""

    def __init__(self):
        self.arrivals = []
        self.batches = 0
        self.state = AckState.COMMITTED
        self.refusal = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def submit(self, arrivals):
        self.batches += 1
        await self.gate.wait()
        if isinstance(self.refusal, Exception):
            raise self.refusal
        self.arrivals.extend(arrivals)
        return [self.answer(arrival) for arrival in arrivals]

    def answer(self, _):
        return AckInfo(state=self.state, at_ms=AT_MS)


class Caller:
    """A plain socket that sends datagrams and collects what comes back."""

    def __init__(self, station, host=""):
        self.sock = socket.socket(station.family, socket.SOCK_DGRAM)
        if host:
            self.sock.bind((host, 0))
        self.sock.setblocking(False)
        self.sock.connect(tuple(station))
        self.came = []

    def send(self, datagram):
        self.sock.send(datagram)

    async def listen(self, seconds):
        """Everything that came back within so many seconds."""
        loop, until = asyncio.get_running_loop(), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self.came.append(await asyncio.wait_for(loop.sock_recv(self.sock, 2048), left))
            except (TimeoutError, ConnectionRefusedError):
                break
        return self.came


def signed(kind=PacketType.CALL, *, sequence=0, call=b"call-id!", **fields):
    header = Header(type=kind, kid=KID, call=call, sequence=sequence)
    return sign_packet(SEED, header, CallFields(time_s=1_764_000_000, urgency=Urgency.MAYDAY, **fields))


def datagram(packet=None, *, padded_bytes=240, sealer=SEALER):
    return pad_packet(seal_packet(packet or signed(), sealer), padded_bytes)


@asynccontextmanager
async def station(journal, *, kid=STATION, address=LOCAL, limits=None, clock=None, **more):
    door = UdpDoor(
        station=kid,
        key_for=KEYS.current,
        submit=journal.submit,
        clock=clock or (lambda: round(time.time() * 1000)),
        jitter=lambda: 0.0,
        limits=limits,
        **more,
    )
    async with door.listening(address) as where:
        callers = []

        def caller(host=""):
            callers.append(Caller(where, host))
            return callers[-1]

        try:
            yield door, caller, where
        finally:
            for each in callers:
                each.sock.close()


async def until(claim, seconds=5.0):
    """Wait for something to come true; fails loudly where it does not."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.005)


# ---------------------------------------------------------------------------------------- answering a call
async def test_a_call_is_answered_after_the_commit_and_four_times():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        answers = await who.listen(2.3)
    acks = [open_ack(raw, kid=KID, sealer=SEALER) for raw in answers]
    assert len(acks) == 4
    assert set(acks) == {
        Ack(call=b"call-id!", sequence=0, state=AckState.COMMITTED, station=STATION[:4], time_ms=AT_MS)
    }
    assert [arrival.opened.id for arrival in journal.arrivals] == [signed().statement_id()]
    assert door.counters["door.answered"] == 4


async def test_nothing_is_answered_before_it_is_committed():
    journal = CountingJournal()
    journal.gate.clear()
    async with station(journal) as (_, caller, _):
        who = caller()
        who.send(datagram())
        assert await who.listen(0.3) == []
        assert journal.batches == 1
        journal.gate.set()
        assert await who.listen(0.3) != []


async def test_copies_are_submitted_once_and_each_is_answered():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who, elsewhere = caller(), caller()
        for _ in range(3):
            who.send(datagram())
            await asyncio.sleep(0.05)
        elsewhere.send(datagram())
        assert len(await who.listen(0.5)) > 4
        assert len(await elsewhere.listen(0.1)) >= 2
    assert len(journal.arrivals) == 1
    assert door.counters["door.repeated"] == 3


async def test_copies_that_arrive_together_are_answered_together():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        for _ in range(5):
            who.send(datagram())
        answers = await who.listen(0.5)
    assert 3 <= len(answers) <= 6
    assert door.counters["door.repeated"] == 4


@pytest.mark.parametrize(("size", "most"), [(99, 1), (240, 4)])
async def test_no_more_bytes_leave_than_came_headers_counted(size, most):
    """Unpadded calls are heard and answered with what they paid for."""
    journal = CountingJournal()
    packet = seal_packet(signed(), SEALER)[: size if size < 240 else None]
    raw = seal_packet(signed(), SEALER) if size == 99 else pad_packet(packet, size)
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(raw)
        await until(lambda: journal.arrivals)
        for state in (AckState.PERSON_READING, AckState.ASSIGNED):
            door.tell(kid=KID, call=b"call-id!", info=AckInfo(state=state, at_ms=AT_MS))
            await asyncio.sleep(0.05)
        answers = await who.listen(2.6)
    assert sum(len(answer) + 28 for answer in answers) <= len(raw) + 28
    assert len(answers) == most
    assert door.counters["door.answer_unpaid"] > 0


async def test_over_ipv6_four_answers_are_paid_by_296_bytes():
    journal = CountingJournal()
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with station(journal, address=UdpAddress("::1", 0)) as (door, caller, _):
        who = caller()
        who.send(datagram(padded_bytes=296))
        answers = await who.listen(2.3)
    assert len(answers) == 4
    assert sum(len(answer) + 48 for answer in answers) <= 296 + 48
    assert door.counters["door.answer_unpaid"] == 0


async def test_the_fifth_address_of_a_call_gets_no_answer_but_its_news_counts():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        callers = [caller(f"127.0.0.{number}") for number in range(1, 6)]
        for who in callers:
            who.send(datagram())
            await asyncio.sleep(0.02)
        heard = [len(await who.listen(0.1)) for who in callers]
        callers[4].send(datagram(signed(PacketType.UPDATE, sequence=1)))
        await until(lambda: len(journal.arrivals) == 2)
    assert all(count > 0 for count in heard[:4])
    assert heard[4] == 0
    assert door.counters["door.too_many_addresses"] == 2


async def test_an_address_that_fell_silent_gives_way_to_a_new_one():
    journal, now = CountingJournal(), [AT_MS]
    async with station(journal, clock=lambda: now[0]) as (_, caller, _):
        for number in range(1, 5):
            caller(f"127.0.0.{number}").send(datagram())
        await asyncio.sleep(0.1)
        now[0] += 121_000
        late = caller("127.0.0.5")
        late.send(datagram())
        assert await late.listen(0.1) != []


async def test_a_caller_that_comes_from_ever_new_ports_of_its_host_is_answered_at_the_newest_and_the_oldest_is_let_go():
    journal, now = CountingJournal(), [AT_MS]
    async with station(journal, clock=lambda: now[0]) as (door, caller, _):
        for _ in range(8):
            now[0] += 1
            latest = caller()
            latest.send(datagram())
            assert await latest.listen(0.05) != []
        known = door._book.call(KID, b"call-id!")
        assert len(known.addresses) == 4
        assert len(known.listeners()) == 4
    assert door.counters["door.too_many_addresses"] == 0


async def test_what_is_sent_after_a_call_leaves_from_the_same_port():
    journal = CountingJournal()
    journal.state = AckState.ASSIGNED
    async with station(journal) as (_, _, where):
        one = carrier()
        for number in range(6):
            update = signed(PacketType.UPDATE, sequence=number + 1) if number else None
            await asyncio.wait_for(one.send(outgoing(target(where), packet=update), lambda _: None), 5)
    assert len({arrival.address for arrival in journal.arrivals}) == 1
    assert len(journal.arrivals) == 6


async def test_all_packets_of_a_call_together_stay_within_the_budget_of_a_minute(monkeypatch):
    monkeypatch.setattr(budget, "PACKETS_PER_MINUTE_MAX", 12)
    journal, told = CountingJournal(), []
    async with station(journal) as (_, _, where):
        one = carrier()
        packets = [None, signed(PacketType.UPDATE, sequence=1), signed(PacketType.UPDATE, sequence=2)]
        journal.refusal = Busy("store.full", "Not now.")
        sending = [
            asyncio.ensure_future(one.send(outgoing(target(where), packet=each), told.append)) for each in packets
        ]
        await asyncio.sleep(1.5)
        for each in sending:
            each.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
    assert sum(isinstance(event, Sending) for event in told) == 12


async def test_a_new_state_is_told_and_further_copies_hear_it():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: journal.arrivals)
        door.tell(kid=KID, call=b"call-id!", info=AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS + 1))
        who.send(datagram())
        answers = [open_ack(raw, kid=KID, sealer=SEALER) for raw in await who.listen(0.5)]
    assert answers[-1].state is AckState.ASSIGNED
    assert answers[-1].time_ms == AT_MS + 1


def states_of(answers, sequence=0):
    acks = [open_ack(raw, kid=KID, sealer=SEALER) for raw in answers]
    return {ack.state for ack in acks if ack.sequence == sequence}


ASSIGNED = AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS + 1)


@pytest.mark.parametrize("states", [(), (CallState.HEARS_YOU,)])
async def test_a_caller_that_still_repeats_its_call_learns_of_the_officer_after_any_update(states):
    """``esos call`` sends its updates by itself and goes on repeating the call: that is what must be answered."""
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who, late = caller(), caller()
        who.send(datagram())
        await until(lambda: len(journal.arrivals) == 1)
        who.send(datagram(signed(PacketType.UPDATE, sequence=1, states=states)))
        await until(lambda: door.counters["door.committed"] == 2)
        door.tell(kid=KID, call=b"call-id!", info=ASSIGNED)
        for sequence in (0, 1):
            late.send(
                datagram(
                    signed(
                        PacketType.UPDATE if sequence else PacketType.CALL,
                        sequence=sequence,
                        **({"states": states} if sequence else {}),
                    )
                )
            )
        answers = await late.listen(0.5)
    assert states_of(answers, 0) == states_of(answers, 1) == {AckState.ASSIGNED}


async def test_an_update_committed_after_an_officer_took_charge_is_answered_with_that():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: door.counters["door.committed"] == 1)
        door.tell(kid=KID, call=b"call-id!", info=ASSIGNED)
        who.send(datagram(signed(PacketType.UPDATE, sequence=1)))
        await until(lambda: door.counters["door.committed"] == 2)
        assert states_of(await who.listen(0.5), 1) == {AckState.ASSIGNED}


async def test_a_refused_packet_hides_no_news_and_silences_nothing():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: door.counters["door.committed"] == 1)
        journal.answer = lambda _: Forbidden("call.not_yours", "No.")
        who.send(datagram(signed(PacketType.UPDATE, sequence=1, states=(CallState.HEARS_YOU,))))
        await until(lambda: door.counters["call.not_yours"] == 1)
        who.send(datagram())
        assert states_of((await who.listen(0.3))[-1:]) == {AckState.COMMITTED}
        door.tell(kid=KID, call=b"call-id!", info=ASSIGNED)
        who.send(datagram())
        assert states_of((await who.listen(0.3))[-1:]) == {AckState.ASSIGNED}


async def test_an_officer_who_is_quicker_than_the_commit_is_told_after_it():
    journal = CountingJournal()
    journal.gate.clear()
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: journal.batches == 1)
        door.tell(kid=KID, call=b"call-id!", info=ASSIGNED)
        journal.gate.set()
        assert states_of(await who.listen(0.5)) == {AckState.ASSIGNED}


async def test_what_was_told_never_sinks():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: door.counters["door.committed"] == 1)
        for state in (AckState.ASSIGNED, AckState.PERSON_READING, AckState.COMMITTED):
            door.tell(kid=KID, call=b"call-id!", info=AckInfo(state=state, at_ms=AT_MS))
        late = caller()
        late.send(datagram())
        assert states_of(await late.listen(0.3)) == {AckState.ASSIGNED}


async def test_packets_that_were_forgotten_are_not_kept_alive_by_their_call():
    journal = CountingJournal()
    async with station(journal, limits=DoorLimits(remembered_max=2)) as (door, caller, _):
        who = caller()
        for sequence in range(6):
            who.send(datagram(signed(PacketType.UPDATE, sequence=sequence)))
            await until(lambda sequence=sequence: door.counters["door.committed"] == sequence + 1)
        call = door._book.call(KID, b"call-id!")
        assert sorted(call.packets) == [4, 5]


async def test_telling_of_a_call_nobody_made_here_does_nothing():
    async with station(CountingJournal()) as (door, _, _):
        door.tell(kid=KID, call=b"no call!", info=AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS))
        assert door.counters == {}


async def test_what_the_caller_says_it_heard_is_answered_no_more():
    journal = CountingJournal()
    async with station(journal) as (_, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: journal.arrivals)
        who.send(datagram(signed(PacketType.UPDATE, sequence=1, states=(CallState.HEARS_YOU,))))
        await until(lambda: len(journal.arrivals) == 2)
        answers = [open_ack(raw, kid=KID, sealer=SEALER) for raw in await who.listen(0.6)]
    assert sum(ack.sequence == 1 for ack in answers) == 3
    assert sum(ack.sequence == 0 for ack in answers) <= 2


# ------------------------------------------------------------------------------------------- what is refused
BROKEN = {
    "packet.length": b"short",
    "packet.magic": b"\x00" + seal_packet(signed(), SEALER)[1:],
    "packet.version": b"\xe5\x21" + seal_packet(signed(), SEALER)[2:],
    "packet.type": b"\xe5\x10" + seal_packet(signed(), SEALER)[2:],
    "packet.padding": datagram()[:200] + b"\x01" + datagram()[201:],
    "packet.unknown_key": b"\xe5\x11" + b"nobody!!" + seal_packet(signed(), SEALER)[10:],
    "packet.tag": seal_packet(signed(), SEALER)[:-1] + b"\x00",
    "packet.signature": datagram(msgspec.structs.replace(signed(), signature=bytes(64))),
    "packet.realm": datagram(
        sign_packet(SEED, Header(type=PacketType.EXERCISE, kid=KID, call=b"call-id!", sequence=0), CallFields())
    ),
}


@pytest.mark.parametrize("code", list(BROKEN))
async def test_what_is_refused_is_counted_by_its_code_and_never_answered(code):
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(BROKEN[code])
        await until(lambda: door.counters[code] == 1)
        assert await who.listen(0.15) == []
    assert journal.arrivals == []


async def test_a_forged_packet_with_a_tag_we_know_is_not_answered():
    journal = CountingJournal()
    async with station(journal) as (door, caller, _):
        who, forger = caller(), caller()
        good = seal_packet(signed(), SEALER)
        who.send(good)
        await until(lambda: journal.arrivals)
        forger.send(good[:40] + bytes((good[40] ^ 1,)) + good[41:])
        await until(lambda: door.counters["packet.tag"] == 1)
        assert await forger.listen(0.1) == []


async def test_a_refusal_of_the_station_is_counted_and_the_next_copy_is_tried_again():
    journal = CountingJournal()
    journal.answer = lambda _: Forbidden("call.not_yours", "No.")
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: door.counters["call.not_yours"] == 1)
        assert await who.listen(0.1) == []
        del journal.answer
        who.send(datagram())
        assert await who.listen(0.2) != []


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(Busy("storage.locked", "Not now."), "storage.locked"), (ValueError("a bug"), "door.batch_failed")],
)
async def test_a_failed_commit_answers_nothing_and_the_door_stays_open(refusal, code):
    journal = CountingJournal()
    journal.refusal = refusal
    async with station(journal) as (door, caller, _):
        who = caller()
        who.send(datagram())
        await until(lambda: door.counters[code] == 1)
        assert await who.listen(0.1) == []
        journal.refusal = None
        who.send(datagram())
        assert await who.listen(0.2) != []


async def test_a_full_queue_drops_loudly_and_the_next_copy_gets_in():
    journal = CountingJournal()
    journal.gate.clear()
    async with station(journal, limits=DoorLimits(pending_max=2)) as (door, caller, _):
        who = caller()
        calls = [datagram(signed(call=bytes(7) + bytes((number,)))) for number in range(4)]
        for call in calls:
            who.send(call)
        await until(lambda: door.counters["door.queue_full"] == 2)
        journal.gate.set()
        await until(lambda: len(journal.arrivals) == 2)
        for call in calls:
            who.send(call)
        await until(lambda: len(journal.arrivals) == 4)


async def test_one_key_cannot_spend_more_signature_checks_than_its_budget():
    journal, now = CountingJournal(), [AT_MS]
    limits = DoorLimits(packets_per_key_burst=2, packets_per_key_per_s=1.0)
    async with station(journal, limits=limits, clock=lambda: now[0]) as (door, caller, _):
        who = caller()
        calls = [datagram(signed(call=bytes(7) + bytes((number,)))) for number in range(3)]
        for call in calls:
            who.send(call)
        await until(lambda: door.counters["door.key_over_budget"] == 1)
        who.send(calls[0])
        await until(lambda: door.counters["door.repeated"] == 1)
        now[0] += 1_000
        who.send(calls[2])
        await until(lambda: len(journal.arrivals) == 3)


async def test_what_is_forgotten_is_submitted_again_and_answered():
    journal = CountingJournal()
    async with station(journal, limits=DoorLimits(remembered_max=1)) as (_, caller, _):
        who = caller()
        for number in (0, 1, 0):
            who.send(datagram(signed(call=bytes(7) + bytes((number,)))))
            await asyncio.sleep(0.05)
        await until(lambda: len(journal.arrivals) == 3)


# -------------------------------------------------------------------------------------------- the slower door
async def test_a_packet_of_an_older_epoch_goes_to_the_slower_door_and_is_answered_with_its_own_key():
    journal = CountingJournal()
    old = Sealer(derive_key(MASTER, KID, EPOCH - 4))
    async with station(journal, older_key_for=KEYS.older) as (door, caller, _):
        who = caller()
        who.send(datagram(sealer=old))
        answers = await who.listen(0.4)
        who.send(seal_packet(signed(), old)[:-1] + b"\x00")
        await until(lambda: door.counters["packet.tag"] == 1)
    assert {open_ack(raw, kid=KID, sealer=old).state for raw in answers} == {AckState.COMMITTED}
    assert door.counters["door.older_epoch"] == 1


async def test_the_slower_door_has_a_bounded_queue():
    async with station(CountingJournal(), older_key_for=KEYS.older, limits=DoorLimits(older_queue_max=1)) as (
        door,
        caller,
        _,
    ):
        who = caller()
        for last in range(3):
            who.send(seal_packet(signed(), SEALER)[:-1] + bytes((last,)))
        await until(lambda: door.counters["door.older_queue_full"] >= 1)


# ------------------------------------------------------------------------------------------------ under load
async def test_among_junk_every_call_is_committed_and_answered():
    """19 forged datagrams for each call: all calls get in, and nothing forged is answered."""
    journal, dice = CountingJournal(), random.Random(7)
    calls = [datagram(signed(call=number.to_bytes(8, "big"))) for number in range(60)]
    limits = DoorLimits(packets_per_key_burst=100)
    async with station(journal, limits=limits) as (door, caller, _):
        who, junk = caller(), caller()
        for call in calls:
            for _ in range(19):
                junk.send(call[:19] + dice.randbytes(98))
            who.send(call)
            await asyncio.sleep(0)
        await until(lambda: len(journal.arrivals) == 60)
        answers = await who.listen(0.3)
        assert await junk.listen(0.05) == []
    assert {open_ack(raw, kid=KID, sealer=SEALER).call for raw in answers} == {
        number.to_bytes(8, "big") for number in range(60)
    }
    assert door.counters["packet.tag"] + door.counters["packet.length"] == 60 * 19


async def test_a_burst_is_committed_in_batches():
    journal = CountingJournal()
    limits = DoorLimits(packets_per_key_burst=300)
    async with station(journal, limits=limits) as (door, caller, _):
        who = caller()
        for number in range(200):
            who.send(datagram(signed(call=number.to_bytes(8, "big"))))
        await until(lambda: len(journal.arrivals) == 200)
    assert journal.batches < 100
    assert door.counters["door.committed"] == 200


async def test_the_kernel_filter_drops_what_is_not_shaped_like_a_call_and_nothing_else():
    journal = CountingJournal()
    door = UdpDoor(
        station=STATION, key_for=KEYS.current, submit=journal.submit, clock=lambda: AT_MS, jitter=lambda: 0.0
    )
    async with door.listening(LOCAL, kernel_filter=True) as where:
        who = Caller(where)
        for raw in (b"GET / HTTP/1.1", b"\xe5" + bytes(97), b"\x00" + datagram()[1:], datagram()):
            who.send(raw)
        await until(lambda: journal.arrivals)
        assert await who.listen(0.1) != []
        who.sock.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        seen = 0 if attach_filter(probe) else 3
    assert door.counters["packet.length"] + door.counters["packet.magic"] == seen


# --------------------------------------------------------------------------------------------- the carrier
def home(where, name="North", kid=STATION):
    literal = f"[{where.host}]" if ":" in where.host else where.host
    return HomeStation(name=name, kid=kid, public=PUBLIC, realm=Realm.REAL, udp=(f"{literal}:{where.port}",))


def outgoing(*targets, packet=None):
    call = packet or signed()
    return Outgoing(cose=call.cose(), statement_id=call.statement_id(), packet=call, targets=targets)


def target(where, **more):
    return Target(home=home(where, **more), sealing_key=SEALER.key, rtt_ms=50)


def carrier(pace=Pace.FULL):
    return UdpCarrier(jitter=lambda: 0.0, pace=pace)


async def test_a_call_is_sent_until_a_person_has_it():
    journal, told = CountingJournal(), []
    journal.state = AckState.ASSIGNED
    async with station(journal) as (_, _, where):
        heard = await asyncio.wait_for(carrier().send(outgoing(target(where)), told.append), 5)
    assert heard == (Heard(carrier="udp", station="North", state=AckState.ASSIGNED, proven=True, at_ms=AT_MS),)
    assert told[0] == Sending(carrier="udp", station="North", copies=1)
    assert told[-1] == heard[0]


async def test_one_station_that_only_arrived_is_not_enough_and_two_are():
    journals, told = [CountingJournal(), CountingJournal()], []
    async with station(journals[0]) as (_, _, north), station(journals[1], kid=b"southern") as (_, _, south):
        alone = asyncio.ensure_future(carrier().send(outgoing(target(north)), told.append))
        await asyncio.sleep(0.6)
        assert not alone.done()
        alone.cancel()
        both = outgoing(target(north), target(south, name="South", kid=b"southern"))
        heard = await asyncio.wait_for(carrier().send(both, told.append), 5)
    assert {answer.station for answer in heard} == {"North", "South"}
    assert all(len(journal.arrivals) == 1 for journal in journals)


async def test_after_the_first_answer_it_goes_on_slowly():
    journal, told = CountingJournal(), []
    async with station(journal) as (_, _, where):
        sending = asyncio.ensure_future(carrier().send(outgoing(target(where)), told.append))
        await asyncio.sleep(1.5)
        sending.cancel()
    copies = [event for event in told if isinstance(event, Sending)]
    assert 1 <= len(copies) <= 3
    assert [event.state for event in told if isinstance(event, Heard)] == [AckState.COMMITTED]


async def test_a_station_that_says_more_later_is_heard_again():
    journal, told = CountingJournal(), []
    async with station(journal) as (door, _, where):
        sending = asyncio.ensure_future(carrier().send(outgoing(target(where)), told.append))
        await until(lambda: any(isinstance(event, Heard) for event in told))
        door.tell(kid=KID, call=b"call-id!", info=AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS))
        heard = await asyncio.wait_for(sending, 7)
    assert [event.state for event in told if isinstance(event, Heard)] == [AckState.COMMITTED, AckState.ASSIGNED]
    assert heard[0].state is AckState.ASSIGNED


async def test_a_test_of_the_way_ends_with_the_first_answer():
    journal = CountingJournal()
    journal.state = AckState.HEARD
    async with station(journal) as (_, _, where):
        call = outgoing(target(where), packet=signed(PacketType.TEST))
        heard = await asyncio.wait_for(carrier().send(call, lambda _: None), 5)
    assert [answer.state for answer in heard] == [AckState.HEARD]


class Liar(asyncio.DatagramProtocol):
    """A station-shaped thing that answers whatever it is told to, from the right address."""

    def __init__(self, answers):
        self.answers = answers

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        for answer in self.answers:
            self.transport.sendto(answer, addr)


def ack_bytes(*, sealer=SEALER, kid=KID, **changes):
    good = {"call": b"call-id!", "sequence": 0, "state": AckState.ASSIGNED, "station": STATION[:4], "time_ms": AT_MS}
    return encode_ack(Ack(**good | changes), kid=kid, sealer=sealer)


async def test_only_the_right_stations_answer_to_this_very_packet_silences_the_caller():
    lies = [
        b"",
        b"junk",
        ack_bytes(sealer=Sealer(bytes(32))),
        ack_bytes(kid=b"somebody"),
        ack_bytes(call=b"another!"),
        ack_bytes(sequence=1),
        ack_bytes(station=b"fake"),
        ack_bytes()[:22] + bytes(16),
    ]
    told = []
    loop = asyncio.get_running_loop()
    transport, liar = await loop.create_datagram_endpoint(lambda: Liar(lies), local_addr=("127.0.0.1", 0))
    where = UdpAddress(*transport.get_extra_info("sockname"))
    sending = asyncio.ensure_future(carrier().send(outgoing(target(where)), told.append))
    await asyncio.sleep(0.8)
    assert not sending.done()
    assert not any(isinstance(event, Heard) for event in told)
    assert sum(isinstance(event, Sending) for event in told) >= 5
    liar.answers = [ack_bytes()]
    assert (await asyncio.wait_for(sending, 5))[0].state is AckState.ASSIGNED
    transport.close()


async def test_a_call_gets_through_when_most_datagrams_are_lost_both_ways():
    """A relay that loses 70 % each way, by seeded dice: the call is still answered within seconds."""
    journal, dice, told = CountingJournal(), random.Random(11), []
    journal.state = AckState.ASSIGNED
    loop = asyncio.get_running_loop()

    class Relay(asyncio.DatagramProtocol):
        def __init__(self, onward):
            self.onward, self.back = onward, None

        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            to = self.back if addr == self.onward else self.onward
            self.back = self.back if addr == self.onward else addr
            if dice.random() >= 0.7:
                self.transport.sendto(data, to)

    async with station(journal) as (_, _, where):
        transport, _ = await loop.create_datagram_endpoint(lambda: Relay(tuple(where)), local_addr=("127.0.0.1", 0))
        lossy = UdpAddress(*transport.get_extra_info("sockname"))
        heard = await asyncio.wait_for(carrier().send(outgoing(target(lossy)), told.append), 20)
        transport.close()
    assert heard[0].state is AckState.ASSIGNED


async def test_a_station_without_key_or_address_is_left_out_and_said():
    told = []
    bare = HomeStation(name="North", kid=STATION, public=PUBLIC, realm=Realm.REAL)
    wrong = HomeStation(name="South", kid=STATION, public=PUBLIC, realm=Realm.REAL, udp=("station.example:4747",))
    heard = await carrier().send(
        outgoing(Target(home=bare, sealing_key=SEALER.key), Target(home=wrong, sealing_key=SEALER.key)), told.append
    )
    assert heard == ()
    assert isinstance(told[0], Failed)
    assert told[0].code == "udp.address"
    assert told[0].is_final
    assert isinstance(told[1], Waiting)


async def test_a_statement_that_is_no_packet_waits_for_another_carrier():
    told = []
    call = msgspec.structs.replace(outgoing(target(UdpAddress("127.0.0.1", 1))), packet=None)
    assert await carrier().send(call, told.append) == ()
    assert isinstance(told[0], Waiting)


async def test_an_address_this_machine_cannot_reach_is_said_once_and_the_others_are_used():
    journal, told = CountingJournal(), []
    journal.state = AckState.ASSIGNED
    async with station(journal) as (_, _, where):
        both = HomeStation(
            name="North", kid=STATION, public=PUBLIC, realm=Realm.REAL, udp=("[100::1]:9", f"127.0.0.1:{where.port}")
        )
        call = outgoing(Target(home=both, sealing_key=SEALER.key))
        heard = await asyncio.wait_for(carrier().send(call, told.append), 5)
    assert heard[0].state is AckState.ASSIGNED
    assert sum(isinstance(event, Failed) for event in told) <= 1


# --------------------------------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("text", "host", "port", "padded_bytes"),
    [("192.0.2.1:4747", "192.0.2.1", 4747, 240), ("[2001:db8::1]:1", "2001:db8::1", 1, 296)],
)
async def test_an_address_literal_is_read(text, host, port, padded_bytes):
    address = read_address(text)
    assert address == (host, port)
    assert address.padded_bytes == padded_bytes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "192.0.2.1",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:4e3",
        "192.0.2.1:٤",
        "[192.0.2.1]:1",
        "2001:db8::1:1",
        "station.example:4747",
        "[2001:db8::1:1",
    ],
)
async def test_what_is_no_address_literal_with_a_port_is_refused(text):
    with pytest.raises(Malformed) as refusal:
        read_address(text)
    assert refusal.value.code == "udp.address"


async def test_what_the_kernel_drops_while_nobody_takes_it_is_counted_too():
    async with station(CountingJournal(), limits=DoorLimits(receive_buffer_bytes=4_096)) as (door, caller, _):
        junk = caller()
        for _ in range(300):  # all in one turn of the event loop, so that the door cannot take any
            junk.send(bytes(200))
        figures = door.figures()
        if "door.socket_full" not in figures:
            pytest.skip("this kernel does not say what it dropped")
        assert 0 < figures["door.socket_full"] < 300
        async with asyncio.timeout(30):
            while sum(door.figures().values()) < 300:
                await asyncio.sleep(0.01)
        assert sum(door.figures().values()) == 300, "each datagram is counted as something"
