"""The DNS door and the DNS carrier against each other: directly, through a real resolver, and through a bad one."""

import asyncio
import struct

import dns.asyncquery
import dns.edns
import dns.flags
import dns.message
import dns.rcode
import msgspec
import pytest
from doubles.name_servers import Forwarder, unbound, unbound_program
from doubles.packet_station import (
    AT_MS,
    CALL,
    EPOCH,
    KID,
    PUBLIC,
    SEALER,
    STATION,
    ZONE,
    CountingJournal,
    dns_target,
    outgoing,
    packet_station,
    signed,
    until,
)

from esos.beacon.carrier import Failed, Heard, Sending, Waiting
from esos.carriers.address import UdpAddress
from esos.carriers.dns import DnsCarrier, fresh_label, machine_resolvers
from esos.carriers.dns_door import DnsLimits
from esos.carriers.dns_message import Said, read_answer
from esos.carriers.udp_book import AckInfo, DoorLimits
from esos.errors import Forbidden
from esos.message.packet import seal_packet
from esos.message.packet_ack import Ack, open_ack
from esos.message.packet_codes import AckState, CallState, PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_name import packet_labels
from esos.message.packet_seal import Sealer, derive_key
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
PATIENT = DnsLimits(answer_within_ms=20_000)
ASSIGNED = AckInfo(state=AckState.ASSIGNED, at_ms=AT_MS + 1)
needs_unbound = pytest.mark.skipif(unbound_program() is None, reason="there is no unbound here: make parts")


def name_of(packet=None, *, fresh=None, sealer=SEALER):
    sealed = packet if isinstance(packet, bytes) else seal_packet(packet or signed(), sealer)
    return b".".join((*packet_labels(sealed, fresh or fresh_label()), ZONE.encode())).decode() + "."


async def ask(where, name=None, kind="TXT", *, by_tcp=False, **more):
    query = dns.message.make_query(name or name_of(), kind, **more)
    send = dns.asyncquery.tcp if by_tcp else dns.asyncquery.udp
    return await send(query, where.host, timeout=20, port=where.port)


def ack_in(reply):
    return open_ack(read_answer(reply).ack, kid=KID, sealer=SEALER)


def carrier(*resolvers):
    return DnsCarrier(jitter=lambda: 0.0, resolvers=resolvers)


# ------------------------------------------------------------------------------------------------- the door
@pytest.mark.parametrize("by_tcp", [False, True])
async def test_a_question_is_the_call_and_its_answer_the_acknowledgement_that_no_cache_may_keep(by_tcp):
    journal = CountingJournal()
    async with packet_station(journal, limits=PATIENT) as station:
        reply = await ask(station.where, by_tcp=by_tcp)
    said = Ack(call=CALL, sequence=0, state=AckState.COMMITTED, station=STATION[:4], time_ms=AT_MS)
    assert ack_in(reply) == said
    assert reply.answer[0].ttl == 0
    assert reply.flags & dns.flags.AA
    assert [arrival.opened.id for arrival in journal.arrivals] == [signed().statement_id()]


async def test_the_longest_packet_fits_under_the_longest_zone_and_its_answer_into_a_datagram_of_512_bytes():
    from esos.message.packet_name import NAME_MAX_OCTETS, ZONE_MAX_OCTETS, read_zone

    zone = ("a" * 30 + ".example")[:ZONE_MAX_OCTETS].ljust(ZONE_MAX_OCTETS, "b")
    labels = (*packet_labels(bytes(127), b"abcd"), *read_zone(zone))
    assert sum(len(label) + 1 for label in labels) + 1 == NAME_MAX_OCTETS


async def test_nothing_is_acknowledged_before_the_commit_and_the_same_call_asked_again_is():
    journal = CountingJournal()
    journal.gate.clear()
    async with packet_station(journal, limits=DnsLimits(answer_within_ms=50)) as station:
        assert read_answer(await ask(station.where)) == Said()
        assert station.counters["dns.told_to_wait"] == 1
        journal.gate.set()
        await until(lambda: station.counters.get("door.committed") == 1)
        assert ack_in(await ask(station.where)).state is AckState.COMMITTED
    assert len(journal.arrivals) == 1


async def test_questions_that_come_while_the_call_is_being_committed_are_all_answered_after_it():
    journal = CountingJournal()
    journal.gate.clear()
    async with packet_station(journal, limits=PATIENT) as station:
        asking = [asyncio.ensure_future(ask(station.where)) for _ in range(5)]
        await until(lambda: journal.batches == 1)
        journal.gate.set()
        assert {ack_in(await one).state for one in asking} == {AckState.COMMITTED}
    assert len(journal.arrivals) == 1


async def test_what_a_person_does_is_told_to_the_next_question():
    async with packet_station(CountingJournal(), limits=PATIENT) as station:
        await ask(station.where)
        station.packets.tell(kid=KID, call=CALL, info=ASSIGNED)
        assert ack_in(await ask(station.where)).state is AckState.ASSIGNED


async def test_whoever_asks_again_about_a_packet_is_answered_although_its_caller_hears_the_station():
    async with packet_station(CountingJournal(), limits=PATIENT) as station:
        await ask(station.where)
        await ask(station.where, name_of(signed(PacketType.UPDATE, sequence=1, states=(CallState.HEARS_YOU,))))
        assert ack_in(await ask(station.where)).sequence == 0


async def test_letters_in_any_case_are_the_same_call_and_come_back_as_they_were():
    journal = CountingJournal()
    async with packet_station(journal, limits=PATIENT) as station:
        name = name_of()
        mixed = "".join(one.upper() if at % 3 else one for at, one in enumerate(name))
        await ask(station.where, name)
        reply = await ask(station.where, mixed)
    assert reply.question[0].name.to_text() == mixed
    assert ack_in(reply).state is AckState.COMMITTED
    assert len(journal.arrivals) == 1


async def test_a_call_sealed_with_a_key_of_an_older_epoch_is_taken_by_the_slower_door():
    journal = CountingJournal()
    old = Sealer(derive_key(b"m" * 32, KID, EPOCH - 4))
    async with packet_station(journal, limits=PATIENT) as station:
        first = await ask(station.where, name_of(sealer=old))
        assert (first.rcode(), first.answer) == (dns.rcode.NOERROR, [])
        await until(lambda: journal.arrivals)
        await until(lambda: station.counters.get("door.committed") == 1)
        again = await ask(station.where, name_of(sealer=old))
        assert open_ack(read_answer(again).ack, kid=KID, sealer=old).state is AckState.COMMITTED


async def test_a_refusal_is_said_with_its_code():
    journal = CountingJournal()
    journal.says = Forbidden("call.not_yours", "No.")
    async with packet_station(journal, limits=PATIENT) as station:
        assert read_answer(await ask(station.where)) == Said(refused="call.not_yours")


UNKNOWN = StationKeys(b"m" * 32, registered=lambda _: Registered(PUBLIC, Realm.REAL), epoch=lambda: EPOCH)
SEALED = seal_packet(signed(), SEALER)
JUNK = {
    "dns.other_zone": ("www.club.example.", "A", dns.rcode.REFUSED),
    "dns.no_such_name": (f"w-0.{ZONE}.", "TXT", dns.rcode.NXDOMAIN),
    "packet.unknown_key": (name_of(SEALED[:2] + b"nobody!!" + SEALED[10:]), "TXT", dns.rcode.NXDOMAIN),
    "packet.magic": (name_of(b"\x00" + SEALED[1:]), "TXT", dns.rcode.NXDOMAIN),
    "packet.signature": (name_of(msgspec.structs.replace(signed(), signature=bytes(64))), "TXT", dns.rcode.NXDOMAIN),
    "dns.set_aside": (name_of(SEALED[:-1] + b"\x00"), "TXT", dns.rcode.NOERROR),
    "dns.zone_asked": (f"mfrgg.{ZONE}.", "A", dns.rcode.NOERROR),
}


@pytest.mark.parametrize("what", list(JUNK))
@pytest.mark.parametrize("edns", [False, True])
async def test_what_is_no_call_of_a_caller_of_ours_is_counted_and_gets_no_byte_more_than_it_sent(what, edns):
    name, kind, rcode = JUNK[what]
    journal = CountingJournal()
    async with packet_station(journal) as station:
        query = dns.message.make_query(name, kind, use_edns=edns)
        reply = await dns.asyncquery.udp(query, station.where.host, 20, station.where.port)
        assert (reply.rcode(), reply.answer, reply.authority, reply.additional) == (rcode, [], [], [])
        assert len(reply.to_wire()) <= len(query.to_wire())
        await until(lambda: station.counters.get(what, 0) >= 1)
    assert journal.arrivals == []


UNREADABLE = {
    "dns.unreadable": b"no message",
    "dns.too_long": bytes(513),
    "dns.not_a_question": dns.message.make_response(dns.message.make_query(name_of(), "TXT")).to_wire(),
}


@pytest.mark.parametrize("what", list(UNREADABLE))
async def test_what_is_no_question_is_counted_and_never_answered(what):
    async with packet_station(CountingJournal()) as station:
        loop = asyncio.get_running_loop()
        transport, ear = await loop.create_datagram_endpoint(Ear, remote_addr=tuple(station.where))
        transport.sendto(UNREADABLE[what])
        await until(lambda: station.counters.get(what) == 1)
        await ask(station.where)
        transport.abort()
    assert ear.came == []


class Ear(asyncio.DatagramProtocol):
    def __init__(self):
        self.came = []

    def datagram_received(self, data, addr):
        self.came.append(data)


async def test_junk_beyond_its_rate_meets_silence_while_calls_go_on():
    limits = msgspec.structs.replace(PATIENT, refusals_per_s=0.0, refusals_burst=2)
    async with packet_station(CountingJournal(), limits=limits) as station:
        loop = asyncio.get_running_loop()
        transport, ear = await loop.create_datagram_endpoint(Ear, remote_addr=tuple(station.where))
        for _ in range(20):
            transport.sendto(dns.message.make_query("www.example.", "A").to_wire())
        await until(lambda: station.counters.get("dns.unanswered") == 18)
        assert ack_in(await ask(station.where)).state is AckState.COMMITTED
        await until(lambda: len(ear.came) == 2)
        transport.abort()


async def test_an_address_beyond_its_rate_is_asked_to_come_by_tcp_where_addresses_cannot_be_forged():
    limits = msgspec.structs.replace(PATIENT, answers_per_address_per_s=0.0, answers_per_address_burst=1)
    async with packet_station(CountingJournal(), limits=limits) as station:
        await ask(station.where)
        query = dns.message.make_query(name_of(), "TXT")
        reply = await dns.asyncquery.udp(query, station.where.host, 20, station.where.port)
        assert reply.flags & dns.flags.TC
        assert len(reply.to_wire()) <= len(query.to_wire())
        assert ack_in(await ask(station.where, by_tcp=True)).state is AckState.COMMITTED


async def test_a_full_queue_drops_and_counts_and_the_same_call_is_taken_later():
    journal = CountingJournal()
    journal.gate.clear()
    limits = msgspec.structs.replace(PATIENT, pending_max=1)
    async with packet_station(journal, limits=limits) as station:
        first = asyncio.ensure_future(ask(station.where))
        await until(lambda: journal.batches == 1)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Ear, remote_addr=tuple(station.where))
        transport.sendto(dns.message.make_query(name_of(), "TXT").to_wire())
        await until(lambda: station.counters.get("dns.queue_full") == 1)
        journal.gate.set()
        await first
        assert ack_in(await ask(station.where)).state is AckState.COMMITTED
        transport.abort()


async def test_one_key_cannot_use_up_the_signature_checks_of_all():
    async with packet_station(
        CountingJournal(), limits=PATIENT, door_limits=DoorLimits(packets_per_key_per_s=0.0, packets_per_key_burst=1)
    ) as station:
        await ask(station.where)
        reply = await ask(station.where, name_of(signed(call=b"another!")))
    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])
    assert station.counters["door.key_over_budget"] == 1


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("", "SOA", [f"ns.{ZONE}. hostmaster.{ZONE}. 1 60 60 60 0"]),
        ("", "NS", [f"ns.{ZONE}."]),
        ("ns.", "A", ["192.0.2.10"]),
        ("NS.", "AAAA", ["2001:db8::10"]),
        ("ns.", "TXT", []),
    ],
)
async def test_the_zone_names_its_own_server(name, kind, said):
    async with packet_station(CountingJournal()) as station:
        reply = await ask(station.where, f"{name}{ZONE}.", kind)
    assert reply.rcode() == dns.rcode.NOERROR
    assert [row.to_text() for rrset in reply.answer for row in rrset] == said


async def test_a_connection_that_says_nothing_or_nonsense_is_let_go_and_the_door_stops_at_once():
    limits = DnsLimits(connections_max=2, connection_idle_ms=100)
    async with packet_station(CountingJournal(), limits=limits) as station:
        reader, silent = await asyncio.open_connection(*station.where)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        reader, rude = await asyncio.open_connection(*station.where)
        rude.write(struct.pack(">H", 4) + b"help")
        assert await asyncio.wait_for(reader.read(), 20) == b""
        silent.close()
        rude.close()
        await until(lambda: station.counters.get("dns.connection_ended") == 1)
    async with packet_station(CountingJournal(), limits=DnsLimits(connections_max=1)) as station:
        _, first = await asyncio.open_connection(*station.where)
        await until(lambda: station.dns._serving)
        reader, second = await asyncio.open_connection(*station.where)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        assert station.counters["dns.too_many_connections"] == 1
    first.close()
    second.close()


# ---------------------------------------------------------------------------------------------- the carrier
async def call_by(way, *, station=None, tell=lambda _: None, packet=None, own=False):
    """A call to the one station; by way of a name server, or of its own."""
    target = dns_target(*((way,) if own else ()))
    async with asyncio.timeout(40):
        return await carrier(*(() if own else (way,))).send(outgoing(target, packet=packet), tell)


def journal_with_officer():
    journal = CountingJournal()
    journal.says = ASSIGNED
    return journal


HEARD = (Heard(carrier="dns", station="North", state=AckState.ASSIGNED, proven=True, at_ms=AT_MS + 1),)


async def test_a_call_asked_of_the_station_itself_is_heard():
    told = []
    async with packet_station(journal_with_officer(), limits=PATIENT) as station:
        assert await call_by(station.where, tell=told.append, own=True) == HEARD
    assert told[0] == Sending(carrier="dns", station="North", copies=1)
    assert told[-1] == HEARD[0]


@needs_unbound
@pytest.mark.parametrize("mixes_case", [True, False])
async def test_a_call_gets_through_a_real_recursive_resolver(mixes_case):
    journal = journal_with_officer()
    async with packet_station(journal, limits=PATIENT) as station:
        with unbound(ZONE, station.where, mixes_case=mixes_case) as resolver:
            assert await call_by(resolver) == HEARD
            station.packets.tell(kid=KID, call=CALL, info=ASSIGNED)
            assert ack_in(await ask(resolver)).state is AckState.ASSIGNED
            assert (await ask(resolver, f"w-0.{ZONE}.")).rcode() == dns.rcode.NXDOMAIN
    assert len(journal.arrivals) == 1
    assert station.counters["dns.zone_asked"] >= 1, "it asked for parts of the name on its way down"


@needs_unbound
async def test_a_real_resolver_brings_the_news_of_an_officer_to_the_next_question():
    async with packet_station(CountingJournal(), limits=PATIENT) as station:
        with unbound(ZONE, station.where) as resolver:
            assert ack_in(await ask(resolver)).state is AckState.COMMITTED
            station.packets.tell(kid=KID, call=CALL, info=ASSIGNED)
            assert ack_in(await ask(resolver)).state is AckState.ASSIGNED


@pytest.mark.parametrize(
    "habit",
    [{}, {"mixes_case": True}, {"cuts_short": True}, {"keeps": True}, {"loses": 2}],
    ids=["good", "mixes case", "cuts answers short", "caches", "loses questions"],
)
async def test_a_call_gets_through_a_name_server_of_any_bad_habit(habit):
    journal = CountingJournal()
    async with packet_station(journal, limits=PATIENT) as station:
        forwarder = Forwarder(station.where, **habit)
        async with forwarder.listening() as resolver:
            calling = asyncio.ensure_future(call_by(resolver))
            await until(lambda: journal.arrivals)
            station.packets.tell(kid=KID, call=CALL, info=ASSIGNED)
            assert await calling == HEARD
    assert len(journal.arrivals) == 1


async def test_a_name_server_that_is_dead_does_not_keep_the_call_from_the_others():
    with_nobody = UdpAddress("127.0.0.1", 9)
    told = []
    async with packet_station(journal_with_officer(), limits=PATIENT) as station, asyncio.timeout(40):
        heard = await carrier(with_nobody).send(outgoing(dns_target(station.where)), told.append)
    assert heard == HEARD


@pytest.mark.parametrize("lie", ["wait", "refused call.not_yours", "A" * 51, "something else"])
async def test_a_name_server_that_lies_silences_nobody(lie):
    """Its words are shown and prove nothing; the questions go on."""
    told = []
    async with lying(lie) as liar, packet_station(journal_with_officer(), limits=PATIENT) as station:
        async with asyncio.timeout(40):
            heard = await carrier(liar).send(outgoing(dns_target(station.where)), told.append)
    assert heard == HEARD
    assert [event for event in told if isinstance(event, Failed)] != []


class lying:  # noqa: N801 - reads as a verb
    """A name server that answers every question with the same words."""

    def __init__(self, words):
        self.words = words

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: Liar(self.words), local_addr=("127.0.0.1", 0))
        return UdpAddress(*self.transport.get_extra_info("sockname"))

    async def __aexit__(self, *_):
        self.transport.abort()


class Liar(asyncio.DatagramProtocol):
    def __init__(self, words):
        self.words = words

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        query = dns.message.from_wire(data)
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "TXT", f'"{self.words}"'))
        self.transport.sendto(reply.to_wire(), addr)


async def test_one_station_that_only_arrived_is_not_enough_and_two_are():
    north, south = CountingJournal(), CountingJournal()
    async with (
        packet_station(north, limits=PATIENT) as one,
        packet_station(south, limits=PATIENT, kid=b"southern") as two,
    ):
        both = outgoing(dns_target(one.where), dns_target(two.where, name="South", kid=b"southern"))
        async with asyncio.timeout(40):
            heard = await carrier().send(both, lambda _: None)
    assert {answer.station for answer in heard} == {"North", "South"}


async def test_a_test_of_the_way_ends_with_the_first_answer():
    journal = CountingJournal()
    journal.says = AckInfo(state=AckState.HEARD, at_ms=AT_MS)
    async with packet_station(journal, limits=PATIENT) as station:
        heard = await call_by(station.where, own=True, packet=signed(PacketType.TEST))
    assert [answer.state for answer in heard] == [AckState.HEARD]


async def test_without_a_zone_a_key_or_a_packet_it_says_so_and_ends():
    told = []
    bare = dns_target()
    assert await carrier().send(outgoing(msgspec.structs.replace(bare, sealing_key=b"")), told.append) == ()
    assert await carrier().send(msgspec.structs.replace(outgoing(bare), packet=None), told.append) == ()
    assert await carrier().send(outgoing(bare), told.append) == ()
    assert [type(event) for event in told] == [Waiting, Waiting, Failed, Waiting]


async def test_every_question_has_a_label_that_no_cache_has_seen():
    names = []
    labels = iter((b"aaaa", b"bbbb", b"cccc"))
    async with packet_station(CountingJournal(), limits=PATIENT) as station:
        async with asyncio.timeout(40):
            sending = asyncio.ensure_future(
                DnsCarrier(jitter=lambda: 0.0, resolvers=(station.where,), fresh=lambda: next(labels)).send(
                    outgoing(dns_target()), names.append
                )
            )
            await until(lambda: any(isinstance(event, Heard) for event in names))
            sending.cancel()
    assert next(labels, None) == b"bbbb"
    assert len({fresh_label() for _ in range(100)}) > 90


def test_this_machines_name_servers_are_addresses():
    assert all(one.host and one.port == 53 for one in machine_resolvers())
