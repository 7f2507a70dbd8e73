"""Heartbeats by UDP: from one port that stays open, so that whatever translates addresses keeps the way back.

Only an answer with a valid MAC counts, as for a call. A round trip is measured only where one copy was sent.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from esos.beacon.pulse import ANSWER_WAIT_MS, COPY_TIMES_MS, Beat
from esos.beacon.schedule import alternate
from esos.caller.ports import KnownStation
from esos.carriers.address import UdpAddress, read_address
from esos.carriers.udp import ANY_ADDRESS
from esos.errors import Malformed
from esos.message.packet import SignedPacket, pad_packet, seal_packet
from esos.message.packet_ack import open_ack
from esos.message.packet_seal import Sealer


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """One heartbeat on its way: what opens its answer, and when its first copy left."""

    packet: SignedPacket
    station: bytes
    sealer: Sealer
    began_ms: int
    copies: int = 0
    answer: Beat | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, data: bytes, now_ms: int) -> bool:
        """Whether this is the proven answer to this very heartbeat."""
        try:
            ack = open_ack(data, kid=self.packet.header.kid, sealer=self.sealer)
        except Malformed:
            return False
        header = self.packet.header
        if (ack.call, ack.sequence) != (header.call, header.sequence) or not self.station.startswith(ack.station):
            return False
        rtt_ms = max(1, now_ms - self.began_ms) if self.copies == 1 else None
        self.answer = self.answer or Beat(station_ms=ack.time_ms, rtt_ms=rtt_ms)
        self.done.set()
        return True


class UdpHeart(asyncio.DatagramProtocol):
    """The ``HeartDoor`` over UDP. ``elapsed_ms`` is a stopwatch, for round trips only."""

    def __init__(self, *, elapsed_ms: Callable[[], int], copy_times_ms: Sequence[int] = COPY_TIMES_MS) -> None:
        self._elapsed_ms = elapsed_ms
        self._copy_times_ms = tuple(copy_times_ms)
        self._transports: dict[socket.AddressFamily, asyncio.DatagramTransport] = {}
        self._waiting: list[_Waiting] = []
        self._sends = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["UdpHeart"]:
        """With the sockets of this machine open while the block runs; a family it has not is left out."""
        loop = asyncio.get_running_loop()
        try:
            for family, host in ANY_ADDRESS.items():
                try:
                    made, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0), family=family)
                except OSError:
                    continue
                self._transports[family] = made
            yield self
        finally:
            for transport in self._transports.values():
                transport.abort()
            self._transports.clear()

    async def beat(self, packet: SignedPacket, station: KnownStation) -> Beat | None:
        """Send one heartbeat, again while nothing answers, and wait; see the port ``HeartDoor``."""
        addresses = [one for one in _addresses(station) if one.family in self._transports]
        if not addresses or not station.sealing_key:
            return None
        sealer = Sealer(station.sealing_key)
        waiting = _Waiting(packet=packet, station=station.home.kid, sealer=sealer, began_ms=self._elapsed_ms())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(ANSWER_WAIT_MS / 1000), asyncio.TaskGroup() as group:
                sending = group.create_task(self._send(waiting, seal_packet(packet, sealer), addresses))
                await waiting.done.wait()
                sending.cancel()
        except TimeoutError:
            return None
        finally:
            self._waiting.remove(waiting)
        return waiting.answer

    async def _send(self, waiting: _Waiting, sealed: bytes, addresses: Sequence[UdpAddress]) -> None:
        for before_ms, at_ms in zip((0, *self._copy_times_ms), self._copy_times_ms, strict=False):
            await asyncio.sleep((at_ms - before_ms) / 1000)
            address = alternate(addresses, self._sends)
            self._sends += 1
            waiting.copies += 1
            self._transports[address.family].sendto(pad_packet(sealed, address.padded_bytes), address)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """An answer, perhaps; from where it came proves nothing, its MAC does."""
        del addr
        now_ms = self._elapsed_ms()
        for waiting in self._waiting:
            if waiting.take(data, now_ms):
                return

    def error_received(self, exc: Exception) -> None:
        """The network said no; that nothing answers says the same, and is said in words."""
        del exc


def _addresses(station: KnownStation) -> list[UdpAddress]:
    """The address literals of a station; what is none is left out, and warned of elsewhere."""
    found = []
    for text in station.home.udp:
        try:
            found.append(read_address(text))
        except Malformed:
            continue
    return found
