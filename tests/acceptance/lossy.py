"""A network that loses datagrams, both ways and from a seed, between callers and a station on the loopback interface.

``port`` is where callers send to and stays the same; where the station really listens may change, as after a restart. Each
caller has an address of its own behind it, as behind a NAT; ``rebind`` gives every one of them another. While ``deaf``
no answer comes back at all. ``packets`` are all that callers ever sent, by their headers, lost or not.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from esos.message.packet_seal import HEADER_BYTES


class Lossy(asyncio.DatagramProtocol):
    """Passes datagrams on, most of them not. ``station`` gives the address to pass them to, empty while there is none."""

    def __init__(self, station: Callable[[], str], *, loss: float, seed: int) -> None:
        self.loss = loss
        self.port = 0
        self.passed = self.lost = self.rebound = self.dropped_back = 0
        self.deaf = False
        self.packets: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self._station = station
        self._chance = random.Random(seed)
        self._front: asyncio.DatagramTransport
        self._behind: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._front = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.packets[data[:HEADER_BYTES]].add(data)
        if self.keeps():
            task = asyncio.ensure_future(self._pass_on(data, addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def keeps(self) -> bool:
        """Whether this datagram gets through."""
        is_lost = self._chance.random() < self.loss
        self.lost += is_lost
        self.passed += not is_lost
        return not is_lost

    def rebind(self) -> None:
        """The NAT forgets: whatever is sent from now on comes from other ports, and old answers reach nobody."""
        self.rebound += 1
        self._forget()

    def close(self) -> None:
        self._forget()
        self._front.abort()

    def _forget(self) -> None:
        for transport in self._behind.values():
            transport.abort()
        self._behind.clear()

    async def _pass_on(self, data: bytes, caller: tuple[str, int]) -> None:
        host, _, port = self._station().rpartition(":")
        if not port:
            return
        if caller not in self._behind:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Back(self, caller), local_addr=("127.0.0.1", 0)
            )
            self._behind[caller] = transport
        self._behind[caller].sendto(data, (host, int(port)))

    def back(self, data: bytes, caller: tuple[str, int]) -> None:
        """An answer of the station, on its way to the caller."""
        if self.deaf:
            self.dropped_back += 1
        elif self.keeps():
            self._front.sendto(data, caller)


class _Back(asyncio.DatagramProtocol):
    """The side of one caller that the station sees."""

    def __init__(self, lossy: Lossy, caller: tuple[str, int]) -> None:
        self._lossy = lossy
        self._caller = caller

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._lossy.back(data, self._caller)


@asynccontextmanager
async def lossy_way(station: Callable[[], str], *, loss: float, seed: int) -> AsyncIterator[Lossy]:
    """A lossy network in front of a station while the block runs."""
    _, lossy = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Lossy(station, loss=loss, seed=seed), local_addr=("127.0.0.1", 0)
    )
    try:
        yield lossy
    finally:
        lossy.close()
