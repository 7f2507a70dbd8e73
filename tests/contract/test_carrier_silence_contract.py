"""What carriers that race for a call promise where nobody answers: UDP, HTTPS and QUIC, on real sockets."""

import asyncio

import pytest

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Waiting
from esos.beacon.schedule import CARRIER_START_MS
from esos.caller.make import make_test
from esos.carriers.https import HttpsCarrier
from esos.carriers.quic_extra import has_quic
from esos.carriers.udp import UdpCarrier
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio

DEADLINE_S = 30
PUBLIC = public_of(b"\x01" * 32)
PACKET = make_test(seed=b"\x02" * 32, realm=Realm.REAL, call=bytes(8), now_ms=0)


class Kept:
    """Something that an earlier connection left, of no use."""

    def find(self, kid):
        return b"x"

    def keep(self, kid, kept):
        raise AssertionError("nobody answered")


def quic():
    if not has_quic():
        pytest.skip("the library for QUIC is an extra and is not installed here: pip install 'esos[quic]'")
    from esos.carriers.quic import QuicCarrier

    return QuicCarrier(jitter=lambda: 0.0, resumptions=Kept(), attempt_ms=300, gap_ms=20)


CARRIERS = {
    "udp": lambda: UdpCarrier(jitter=lambda: 0.0),
    "https": lambda: HttpsCarrier(jitter=lambda: 0.0, gap_ms=20, timeout_ms=300),
    "quic": quic,
}


@pytest.fixture(params=CARRIERS)
def carrier(request):
    return CARRIERS[request.param]()


def outgoing(*homes):
    targets = tuple(Target(home=home, sealing_key=bytes(32)) for home in homes)
    return Outgoing(cose=PACKET.cose(), statement_id=PACKET.statement_id(), targets=targets, packet=PACKET)


def home(**addresses):
    return HomeStation(name="North", kid=kid_of(PUBLIC), public=PUBLIC, realm=Realm.REAL, **addresses)


class Silence(asyncio.DatagramProtocol):
    """Takes datagrams and says nothing."""


@pytest.fixture
async def silent():
    """A station that takes everything and answers nothing, at an address of each kind."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Silence, local_addr=("127.0.0.1", 0))
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    datagrams = "{}:{}".format(*transport.get_extra_info("sockname"))
    web = "http://{}:{}".format(*server.sockets[0].getsockname())
    yield home(http=web, udp=(datagrams,), quic=(datagrams,))
    transport.close()
    server.close()


def test_its_name_is_that_of_a_time_to_join(carrier):
    assert carrier.name in CARRIER_START_MS


async def test_with_nowhere_to_go_it_says_so_in_words_and_ends(carrier):
    told = []
    assert await asyncio.wait_for(carrier.send(outgoing(home()), told.append), DEADLINE_S) == ()
    assert [type(event) for event in told] == [Waiting]
    assert told[0].words.endswith(".")


async def test_silence_is_told_and_it_goes_on_until_it_is_stopped(carrier, silent):
    told = []
    sending = asyncio.create_task(carrier.send(outgoing(silent), told.append))
    async with asyncio.timeout(DEADLINE_S):
        while sum(isinstance(event, Sending) for event in told) < 2:
            await asyncio.sleep(0.01)
    assert not sending.done()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(sending, DEADLINE_S)
    assert not any(isinstance(event, Heard) for event in told)
    assert all(event.carrier == carrier.name and not event.is_final for event in told if isinstance(event, Failed))


async def test_an_address_that_is_none_is_a_failure_in_words_and_never_raised(carrier):
    told = []
    bad = home(http="nonsense:", udp=("example.org:1",), quic=("example.org:1",))
    assert await asyncio.wait_for(carrier.send(outgoing(bad), told.append), DEADLINE_S) == ()
    failed = next(event for event in told if isinstance(event, Failed))
    assert failed.is_final
    assert failed.why
