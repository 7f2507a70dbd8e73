"""What a caller's program and a station's door need of datagram sockets, tried on real ones and on simulated ones."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import pytest
from simulated.chronicle import Chronicle
from simulated.datagrams import HOST, Internet, SimSocket
from simulated.loop import run_virtually

from esos.carriers.address import UdpAddress
from esos.carriers.udp_socket import bound_socket

BUFFER_BYTES = 65_536
DEADLINE_S = 20


class RealNetwork:
    """The loopback interface."""

    host = "127.0.0.1"

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(main)

    def bind(self, address: UdpAddress) -> Any:
        return bound_socket(address, BUFFER_BYTES, is_shared=False)


class SimulatedNetwork:
    """The internet of the simulated world, in good weather."""

    host = "192.0.2.1"

    def __init__(self) -> None:
        self.internet = Internet(random.Random(1), Chronicle())

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        HOST.set(self.host)
        return run_virtually(main, self.internet)

    def bind(self, address: UdpAddress) -> Any:
        return SimSocket(self.internet, address)


@pytest.fixture(params=[RealNetwork, SimulatedNetwork], ids=["real", "simulated"])
def network(request):
    return request.param()


class Ear(asyncio.DatagramProtocol):
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.put_nowait((data, addr))


async def _endpoint() -> tuple[Any, Ear]:
    loop = asyncio.get_running_loop()
    return await loop.create_datagram_endpoint(Ear, local_addr=("0.0.0.0", 0))


async def _arrived(sock: Any) -> tuple[bytes, Any]:
    """What the reader of a socket finds when it is called."""
    arrived: asyncio.Future[tuple[bytes, Any]] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()
    loop.add_reader(sock, lambda: arrived.done() or arrived.set_result(sock.recvfrom(512)))
    async with asyncio.timeout(DEADLINE_S):
        found = await arrived
    loop.remove_reader(sock)
    return found


def test_a_datagram_arrives_whole_and_is_answered_to_where_it_came_from(network):
    async def story() -> None:
        door = network.bind(UdpAddress(network.host, 0))
        transport, ear = await _endpoint()
        transport.sendto(b"help", door.getsockname())
        data, source = await _arrived(door)
        door.sendto(b"heard", source)
        async with asyncio.timeout(DEADLINE_S):
            answer, _ = await ear.heard.get()
        assert (data, answer) == (b"help", b"heard")
        transport.abort()
        door.close()

    network.run(story())


def test_a_socket_in_which_nothing_waits_says_so_at_once(network):
    async def story() -> None:
        door = network.bind(UdpAddress(network.host, 0))
        with pytest.raises(BlockingIOError):
            door.recvfrom(512)
        door.close()

    network.run(story())


def test_port_0_takes_any_and_a_taken_address_is_refused(network):
    async def story() -> None:
        one, other = (network.bind(UdpAddress(network.host, 0)) for _ in range(2))
        taken = UdpAddress(*one.getsockname())
        assert taken != other.getsockname()
        with pytest.raises(OSError, match="in use"):
            network.bind(taken)
        for sock in (one, other):
            sock.close()
        network.bind(taken).close()

    network.run(story())


def test_more_than_fits_a_read_is_cut_off_and_the_next_one_comes_whole(network):
    async def story() -> None:
        door = network.bind(UdpAddress(network.host, 0))
        transport, _ = await _endpoint()
        transport.sendto(b"x" * 1_000, door.getsockname())
        first, _ = await _arrived(door)
        transport.sendto(b"next", door.getsockname())
        second, _ = await _arrived(door)
        assert (first, second) == (b"x" * 512, b"next")
        transport.abort()
        door.close()

    network.run(story())


def test_what_is_sent_to_nobody_is_nobodys_trouble(network):
    async def story() -> None:
        door = network.bind(UdpAddress(network.host, 0))
        gone = door.getsockname()
        door.close()
        transport, _ = await _endpoint()
        transport.sendto(b"help", gone)
        await asyncio.sleep(0.05)
        transport.sendto(b"help", gone)
        transport.abort()

    network.run(story())
