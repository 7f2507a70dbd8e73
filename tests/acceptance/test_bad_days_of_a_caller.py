"""Bad days of a caller, over real sockets: lies, wrong clocks, copied keys, used numbers, a stolen key. Each ends in words."""

import asyncio
import contextlib
import secrets
import socket
import time

import httpx
import pytest
from doubles.memory_callbook import MemoryCallBook
from live import Live, Member, founded, now_ms
from rough import sealing_key

from esos.caller.call import Calling
from esos.caller.make import make_call
from esos.caller.ports import KnownStation
from esos.caller.report import CallReport
from esos.carriers.udp import UdpCarrier
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails
from esos.message.card import HomeStation
from esos.message.packet import Header, pad_packet, seal_packet, sign_packet
from esos.message.packet_ack import Ack, encode_ack
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer
from esos.message.voice import Voice
from esos.vault.chance import SystemClock

pytestmark = [pytest.mark.timeout(240), pytest.mark.anyio]
YEAR_MS = 365 * 86_400_000
WAIT_MS = 60_000
FLOOD_CALLS = 3_000


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    one = founded(tmp_path_factory.mktemp("caller") / "home", members=8).start()
    yield one
    one.kill()


def home_of(live: Live, *udp: str, name: str = "Example Watch", public: bytes = b"") -> HomeStation:
    public = public or live.identity.public
    return HomeStation(kid=kid_of(public), public=public, realm=live.identity.realm, name=name, udp=udp or (live.udp,))


async def sealing_of(live: Live, member: Member) -> bytes:
    async with httpx.AsyncClient(base_url=live.http, timeout=20) as client:
        return await sealing_key(client, live, member.key)


def signed_call(member: Member, home: HomeStation, *, call: bytes = b"", at_ms: int = 0, urgency=None):
    return make_call(
        seed=member.key.seed,
        realm=member.key.realm,
        call=call or secrets.token_bytes(8),
        details=CallDetails(natures=(2,), urgency=urgency),
        stations=(home,),
        now_ms=at_ms or now_ms(),
    ).record


async def called(record, member: Member, *stations: KnownStation, wait_ms: int = WAIT_MS) -> tuple[CallReport, list]:
    """A call by datagram alone, as a caller's program makes it: its report, and everything that it told."""
    told: list = []
    calling = Calling(
        record, voice=Voice(seed=member.key.seed, realm=member.key.realm), book=MemoryCallBook(), clock=SystemClock(),
        stations=stations, doors=(), tell=told.append,
    )  # fmt: skip
    report = await calling.run([UdpCarrier(jitter=lambda: 0.0)], wait_ms=wait_ms, until_person=False)
    return report, told


def figures(live: Live) -> str:
    """What the station counts."""
    return httpx.get(f"{live.http}/metrics", timeout=20).text


async def cases_of(live: Live, member: Member) -> list[dict]:
    """The cases of a member that an officer sees, once every call is folded."""
    async with asyncio.timeout(WAIT_MS / 1000):
        while True:
            with live.client(live.officers[0].token) as client:
                rows = client.get("/api/v1/cases").json()["cases"]
                found = [
                    client.get(f"/api/v1/cases/{row['case']}").json() for row in rows if row["caller"] == member.id
                ]
            if found:
                return found
            await asyncio.sleep(0.1)


# ------------------------------------------------------------------------------------------------- lies
class Liar(asyncio.DatagramProtocol):
    """A station of the home list that somebody else speaks for: it answers every copy, with everything but the right key."""

    def __init__(self, station: bytes, kid: bytes) -> None:
        self.station = station
        self.kid = kid
        self.lies = 0

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        ack = Ack(call=data[10:18], sequence=data[18], state=AckState.ASSIGNED, station=self.station[:4], time_ms=1)
        for key in (bytes(32), secrets.token_bytes(32)):
            self.transport.sendto(encode_ack(ack, kid=self.kid, sealer=Sealer(key)), addr)
            self.lies += 1


def _at(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"


async def test_of_three_stations_one_lies_one_is_silent_and_what_is_believed_is_the_third(live):
    member, keys = live.members[0], [public_of(bytes((number,)) * 32) for number in (1, 2)]
    loop = asyncio.get_running_loop()
    transport, liar = await loop.create_datagram_endpoint(
        lambda: Liar(kid_of(keys[0]), member.key.kid), local_addr=("127.0.0.1", 0)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, contextlib.closing(transport):
        silent.bind(("127.0.0.1", 0))
        lying = home_of(live, _at(transport.get_extra_info("sockname")), name="Liar", public=keys[0])
        mute = home_of(live, _at(silent.getsockname()), name="Mute", public=keys[1])
        true = KnownStation(home=home_of(live), sealing_key=await sealing_of(live, member))
        others = [KnownStation(home=one, sealing_key=secrets.token_bytes(32)) for one in (lying, mute)]
        alone, told = await called(signed_call(member, lying), member, *others, wait_ms=1_500)
        assert liar.lies > 5
        assert not alone.has_arrived, "a lie silenced a caller"
        assert not any("has charge" in one.words for one in told)
        report, told = await called(signed_call(member, true.home), member, *others, true)
    assert report.state == "arrived"
    assert {row.station: row.state for row in report.carriers} == {
        "Liar": "sending", "Mute": "sending", "Example Watch": "committed",
    }  # fmt: skip
    assert "Example Watch: Arrived. No person has seen it yet." in [one.words for one in told]


# ------------------------------------------------------------------------------------------------ clocks
@pytest.mark.parametrize("off_ms", [-YEAR_MS, YEAR_MS], ids=["a year behind", "a year ahead"])
async def test_a_call_with_a_clock_that_is_a_year_wrong_arrives_and_is_timed_by_the_station(live, off_ms):
    member = live.members[1 if off_ms < 0 else 2]
    station = KnownStation(home=home_of(live), sealing_key=await sealing_of(live, member))
    before_ms = now_ms()
    report, told = await called(signed_call(member, station.home, at_ms=before_ms + off_ms), member, station)
    assert report.state == "arrived"
    assert "Example Watch: Arrived. No person has seen it yet." in [one.words for one in told]
    (case,) = await cases_of(live, member)
    said = [one for one in case["timeline"] if one["kind"] == "called"]
    assert all(before_ms - 1_000 <= one["at_ms"] <= now_ms() for one in said), said


# ------------------------------------------------------------------------------------------- copied keys
async def test_two_beacons_with_one_key_are_both_heard_and_have_one_case(live):
    member = live.members[3]
    station = KnownStation(home=home_of(live), sealing_key=await sealing_of(live, member))
    records = [signed_call(member, station.home) for _ in range(2)]
    reports = await asyncio.gather(*(called(record, member, station) for record in records))
    assert [report.state for report, _ in reports] == ["arrived", "arrived"]
    (case,) = await cases_of(live, member)
    async with asyncio.timeout(WAIT_MS / 1000):
        while len({one["statement"] for one in case["timeline"] if one["kind"] == "called"}) < 2:
            (case,) = await cases_of(live, member)


async def test_a_number_used_for_something_else_is_never_acknowledged_and_by_http_it_is_said_what_to_do(live):
    """A beacon restored from an old copy of its disk uses a call id and a number that it has used before."""
    member = live.members[4]
    station = KnownStation(home=home_of(live), sealing_key=await sealing_of(live, member))
    first = signed_call(member, station.home, call=b"restored")
    again = signed_call(member, station.home, call=b"restored", urgency="advisory")
    assert first.cose != again.cose
    report, _ = await called(first, member, station)
    assert report.state == "arrived"
    second, _ = await called(again, member, station, wait_ms=3_000)
    assert not second.has_arrived
    with live.client() as client:
        answer = client.post("/api/v1/statements", content=again.cose, headers={"Content-Type": "application/cose"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "call.sequence_reused"
    assert "Use the next sequence number" in answer.text
    assert "call.sequence_reused" in figures(live)
    (case,) = await cases_of(live, member)
    assert [one["statement"] for one in case["timeline"] if one["kind"] == "called"] == [first.statement.hex()]


# ------------------------------------------------------------------------------------------- a stolen key
def over_budget(live) -> float:
    """How many packets the door has dropped because their key had used up its budget."""
    told = [line for line in figures(live).splitlines() if 'what="door.key_over_budget"' in line]
    return sum(float(line.split()[-1]) for line in told)


async def test_a_flood_of_valid_calls_from_one_stolen_key_is_held_to_its_budget_and_others_are_heard(live):
    stolen, member = live.members[5], live.members[6]
    thief = Sealer(await sealing_of(live, stolen))
    station = KnownStation(home=home_of(live), sealing_key=await sealing_of(live, member))

    def flood() -> list[bytes]:
        kid, found = stolen.key.kid, []
        for number in range(FLOOD_CALLS):
            header = Header(type=PacketType.EXERCISE, kid=kid, call=number.to_bytes(8), sequence=0)
            found.append(pad_packet(seal_packet(sign_packet(stolen.key.seed, header, CallFields()), thief), 240))
        return found

    packets = await asyncio.to_thread(flood)
    host, _, port = live.udp.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)

        async def pour() -> None:
            while True:
                for at in range(0, FLOOD_CALLS, 50):
                    for packet in packets[at : at + 50]:
                        with contextlib.suppress(BlockingIOError):
                            sock.sendto(packet, (host, int(port)))
                    await asyncio.sleep(0.01)

        pouring = asyncio.ensure_future(pour())
        await asyncio.sleep(0.5)
        began = time.monotonic()
        report, told = await called(signed_call(member, station.home), member, station)
        took_s = time.monotonic() - began
        async with asyncio.timeout(WAIT_MS / 1_000):
            while await asyncio.to_thread(over_budget, live) <= FLOOD_CALLS / 10:
                await asyncio.sleep(0.1)
        pouring.cancel()
    print(f"heard after {took_s:.2f} s beside a flood of valid calls of another key")
    assert report.state == "arrived"
    assert "Example Watch: Arrived. No person has seen it yet." in [one.words for one in told]
    assert len(await cases_of(live, stolen)) == 1
