"""What every carrier promises, tried by each against the real doors of one station: the port ``Carrier``."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Waiting
from esos.beacon.schedule import CARRIER_START_MS
from esos.carriers.dns import DnsCarrier
from esos.carriers.gateway import GatewayCarrier
from esos.carriers.gateway_programs import Command, Post
from esos.carriers.https import HttpsCarrier
from esos.carriers.smtp import SmtpCarrier
from esos.carriers.station_door import read_home
from esos.carriers.udp import UdpCarrier
from esos.keys.speaker import KnownBy
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_gateway import Gateway
from esos.message.packet_payload import CallFields
from esos.service import running_station
from esos.station.tokens import Holder
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
DEADLINE_S = 40
DEAD = "127.0.0.1:9"
SILENT = {"udp": Sending}
"""Carriers that no network tells of a failure; all they can say is that they send."""


def _still():
    return 0.0


GATEWAY = Path(__file__).parent.parent / "doubles" / "gateway_program.py"
STATION = {}
"""Where the station of this module takes packets from gateways."""


def by_command():
    program = Command(f"{sys.executable} {GATEWAY} {STATION['http']}")
    return GatewayCarrier(Gateway.SMS, program, jitter=_still, gaps_ms=(100,))


class PostsTo(Post):
    """A program that runs, before a radio that reaches one node only."""

    async def hand(self, packet, gateway, to):
        there = self if to == "!a1b2c3d4" else Post(f"http://{DEAD}/")
        return await Post.hand(there, packet, gateway, to)


def by_post():
    program = PostsTo(f"{STATION['http']}/api/v1/packets")
    return GatewayCarrier(Gateway.MESH, program, jitter=_still, gaps_ms=(100,))


CARRIERS = {
    "udp": lambda: UdpCarrier(jitter=_still),
    "dns": lambda: DnsCarrier(jitter=_still, resolvers=(), answer_ms=500),
    "https": lambda: HttpsCarrier(jitter=_still, gap_ms=100),
    "smtp": lambda: SmtpCarrier(jitter=_still, now_ms=lambda: 0, sender="esos@clinic.example", gaps_ms=(100,)),
    "sms": by_command,
    "mesh": by_post,
}
ADDRESSES = {
    "udp": ("udp",), "dns": ("dns_zone", "dns"), "https": ("http",), "smtp": ("mail", "mail_hosts"), "sms": ("sms",),
    "mesh": ("mesh",),
}  # fmt: skip
NOWHERE = {
    "udp": {"udp": (DEAD,)},
    "dns": {"dns": (DEAD,)},
    "https": {"http": f"http://{DEAD}"},
    "smtp": {"mail_hosts": (DEAD,)},
    "sms": {"sms": "+000"},
    "mesh": {"mesh": "!00000000"},
}


@pytest.fixture(params=list(CARRIERS))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("doors") / "home", members=40, realm=Realm.REAL)


class Doors:
    """A running station with every door, and one caller."""

    def __init__(self, running, key):
        self.running, self.key = running, key
        home, _ = read_home(msgspec.json.encode(running.card()))
        sealing_key = running.keys.issue(key.kid)
        self.target = Target(home=home, sealing_key=sealing_key)

    def reached_only_by(self, name, **changes):
        others = {
            field: type(getattr(self.target.home, field))()
            for one in ADDRESSES
            if one != name
            for field in ADDRESSES[one]
        }
        return msgspec.structs.replace(self.target, home=msgspec.structs.replace(self.target.home, **others, **changes))

    def call(self, target, kind=PacketType.CALL, *, call=None):
        header = Header(type=kind, kid=self.key.kid, call=call or next(IDS), sequence=0)
        packet = sign_packet(self.key.seed, header, CallFields())
        return Outgoing(cose=packet.cose(), statement_id=packet.statement_id(), packet=packet, targets=(target,))


IDS = (number.to_bytes(8, "big") for number in range(1, 1_000))


@pytest.fixture(scope="module")
async def running(live):
    any_port = "127.0.0.1:0"
    settings = msgspec.structs.replace(
        live.settings, http=any_port, udp=any_port, dns_zone="sos.club.example", dns=any_port, mail=any_port,
        mail_address="sos@club.example", sms_number="+353999000111", mesh_node="!a1b2c3d4",
    )  # fmt: skip
    async with running_station(live.home, settings) as running:
        STATION["http"] = running.http
        yield running


@pytest.fixture
def doors(running, callers):
    """The station for a caller of whom it has heard nothing yet."""
    return Doors(running, next(callers).key)


@pytest.fixture(scope="module")
def callers(live):
    return iter(live.members)


async def heard_in(told, claim=lambda _: True):
    async with asyncio.timeout(DEADLINE_S):
        while not any(isinstance(event, Heard) and claim(event) for event in told):
            await asyncio.sleep(0.01)


async def test_a_carrier_has_the_name_by_which_the_schedule_starts_it(running, name):
    assert CARRIERS[name]().name == name
    assert name in CARRIER_START_MS


async def test_what_it_sends_and_what_it_hears_is_told_as_it_happens_and_the_station_has_the_call(doors, name):
    told = []
    outgoing = doors.call(doors.reached_only_by(name))
    sending = asyncio.ensure_future(CARRIERS[name]().send(outgoing, told.append))
    await heard_in(told)
    sending.cancel()
    assert await doors.running.station.journal.entry(outgoing.statement_id) is not None
    first, heard = told[0], next(event for event in told if isinstance(event, Heard))
    assert first == Sending(carrier=name, station=doors.target.home.name, copies=1)
    assert (heard.carrier, heard.proven) == (name, True)
    assert heard.state >= AckState.COMMITTED
    assert all(event.carrier == name and event.words for event in told)


async def test_one_station_that_has_the_call_is_not_enough_and_a_person_is(doors, live, name):
    told = []
    outgoing = doors.call(doors.reached_only_by(name))
    sending = asyncio.ensure_future(CARRIERS[name]().send(outgoing, told.append))
    await heard_in(told)
    assert not sending.done()
    station = doors.running.station
    async with asyncio.timeout(DEADLINE_S):
        while (entry := await station.journal.entry(outgoing.statement_id)).case is None:
            await asyncio.sleep(0.01)
    holder = Holder(party=live.officers[0].id, purpose="session", known_by=KnownBy.SESSION)
    await station.desk.say(station.desk.speaker(holder), "acknowledged", {}, case=entry.case)
    async with asyncio.timeout(DEADLINE_S):
        heard = await sending
    assert heard[-1].state is AckState.ASSIGNED


async def test_the_same_call_again_by_another_of_its_kind_is_the_same_call(doors, name):
    outgoing = doors.call(doors.reached_only_by(name))
    before = await doors.running.station.journal.head()
    for _ in range(2):
        told = []
        sending = asyncio.ensure_future(CARRIERS[name]().send(outgoing, told.append))
        await heard_in(told)
        sending.cancel()
    kept = await doors.running.station.journal.read(after_seq=before, limit=1_000)
    assert [one.id for one in kept].count(outgoing.statement_id) == 1


async def test_the_same_call_by_every_carrier_is_one_call(doors):
    outgoing, before = doors.call(doors.target), await doors.running.station.journal.head()
    for make in CARRIERS.values():
        told = []
        sending = asyncio.ensure_future(make().send(outgoing, told.append))
        await heard_in(told)
        sending.cancel()
    kept = await doors.running.station.journal.read(after_seq=before, limit=1_000)
    assert [one.kind for one in kept].count("called") == 1


async def test_a_network_that_leads_nowhere_is_told_in_words_and_never_raised(doors, name):
    told = []
    outgoing = doors.call(doors.reached_only_by(name, **NOWHERE[name]))
    sending = asyncio.ensure_future(CARRIERS[name]().send(outgoing, told.append))
    async with asyncio.timeout(DEADLINE_S):
        while not any(isinstance(event, SILENT.get(name, Failed)) for event in told):
            await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert not any(isinstance(event, Heard) for event in told)


async def test_without_an_address_for_it_a_carrier_says_that_it_waits_and_ends(doors, name):
    told = []
    nothing = {field: type(getattr(doors.target.home, field))() for field in ADDRESSES[name]}
    bare = msgspec.structs.replace(doors.target, home=msgspec.structs.replace(doors.target.home, **nothing))
    async with asyncio.timeout(DEADLINE_S):
        assert await CARRIERS[name]().send(doors.call(bare), told.append) == ()
    assert [type(event) for event in told] == [Waiting]
