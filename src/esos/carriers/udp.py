"""A call by UDP: the same datagram again and again to several stations, until a valid answer comes.

The first law of this carrier is the budget of ``beacon.schedule``; the second, that only an answer
with a valid MAC counts, since a forged one would silence a victim.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from esos.beacon.budget import MinuteBudget
from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Tell, Waiting, is_enough
from esos.beacon.schedule import Pace, alternate, next_send_ms, start_offset_ms
from esos.carriers.address import IP_AND_UDP_BYTES_V4, IP_AND_UDP_BYTES_V6, UdpAddress, read_address
from esos.errors import Malformed
from esos.message.packet import SignedPacket, pad_packet, seal_packet
from esos.message.packet_ack import Ack, open_answer
from esos.message.packet_codes import ONE_ANSWER_IS_ENOUGH
from esos.message.packet_limits import PARTS
from esos.message.packet_seal import Sealer

ANY_ADDRESS: Final = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - replies may come by any path


class UdpCarrier:
    """Sends a sealed copy to each station on the schedule. ``jitter`` gives values in [-1, 1].

    Whatever one carrier sends to a station, be it several packets at once, stays within the budget of a minute. What
    is sent later leaves from the ports of before: a station answers few addresses for one call.
    """

    def __init__(self, *, jitter: Callable[[], float], pace: Pace = Pace.FULL) -> None:
        self._jitter = jitter
        self._pace = pace
        self._budgets: dict[bytes, MinuteBudget] = {}
        self._ports: dict[socket.AddressFamily, list[int]] = {}

    @property
    def name(self) -> str:
        """``udp``."""
        return "udp"

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Send until enough is heard; see the port ``Carrier``. Without any usable station it returns at once."""
        if outgoing.packet is None:
            tell(Waiting(carrier=self.name, why="This message does not fit into a datagram."))
            return ()
        attempts = [
            attempt for target in outgoing.targets if (attempt := _attempt(target, outgoing.packet, tell)) is not None
        ]
        if not attempts:
            tell(Waiting(carrier=self.name, why="No station gave us an address and a sealing key for UDP."))
            return ()
        session = _Session(outgoing.packet, attempts, tell, self._ports)
        try:
            await session.open()
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self._repeat(session, attempt, start_offset_ms(index)))
                    for index, attempt in enumerate(attempts)
                ]
                await session.enough.wait()
                for task in running:
                    task.cancel()
        finally:
            session.close()
            await asyncio.sleep(0)  # the sockets are closed now, and their ports free for what is sent next
        return tuple(session.heard.values())

    async def _repeat(self, session: "_Session", attempt: "_Attempt", offset_ms: int) -> None:
        """Copies to one station for ever; slower once any station has answered."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(offset_ms / 1000)
        began_s, sends = loop.time(), 0
        while True:
            await self._within_budget(attempt)
            session.send(attempt, sends)
            sends += 1
            pace = Pace.SLOW if session.heard else self._pace_of(session)
            elapsed_ms = round((loop.time() - began_s) * 1000)
            wait_ms = next_send_ms(elapsed_ms, sends, attempt.target.rtt_ms, self._jitter(), pace=pace)
            await asyncio.sleep(wait_ms / 1000)

    def _pace_of(self, session: "_Session") -> Pace:
        """A part of a report follows a call that was heard: it needs no burst."""
        return Pace.PART if session.is_part and self._pace is Pace.FULL else self._pace

    async def _within_budget(self, attempt: "_Attempt") -> None:
        """Wait until the station may be sent one more packet, and take that from the minute's budget."""
        budget = self._budgets.setdefault(attempt.target.home.kid, MinuteBudget())
        now_ms = _steady_ms()
        while wait_ms := budget.wait_ms(now_ms, attempt.most_bytes, is_v6=attempt.has_v6):
            await asyncio.sleep(wait_ms / 1000)
            now_ms = _steady_ms()
        budget.note(now_ms, attempt.most_bytes)


def _steady_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One station, ready to be called: its addresses, the sealed packet, and the key its answers are made with."""

    target: Target
    addresses: tuple[UdpAddress, ...]
    packet: bytes
    sealer: Sealer

    @property
    def station(self) -> str:
        return self.target.home.name

    @property
    def has_v6(self) -> bool:
        return any(address.family == socket.AF_INET6 for address in self.addresses)

    @property
    def most_bytes(self) -> int:
        """The largest datagram to this station, headers counted."""
        headers = IP_AND_UDP_BYTES_V6 if self.has_v6 else IP_AND_UDP_BYTES_V4
        return max(address.padded_bytes for address in self.addresses) + headers


def _attempt(target: Target, packet: SignedPacket, tell: Tell) -> _Attempt | None:
    """Seal the call for one station; a station that cannot be called is reported and left out."""
    if not target.sealing_key or not target.home.udp:
        return None
    try:
        sealer = Sealer(target.sealing_key)
        addresses = tuple(read_address(text) for text in target.home.udp)
    except Malformed as refusal:
        failed = Failed(carrier="udp", station=target.home.name, why=refusal.detail, code=refusal.code, is_final=True)
        tell(failed)
        return None
    return _Attempt(target=target, addresses=addresses, packet=seal_packet(packet, sealer), sealer=sealer)


class _Session(asyncio.DatagramProtocol):
    """The sockets of one call, and what was heard on them."""

    def __init__(
        self,
        packet: SignedPacket,
        attempts: list[_Attempt],
        tell: Tell,
        ports: dict[socket.AddressFamily, list[int]],
    ) -> None:
        self.heard: dict[bytes, Heard] = {}
        self.enough = asyncio.Event()
        self._header = packet.header
        self._attempts = attempts
        self._ports = ports
        self._tell = tell
        self._transports: dict[socket.AddressFamily, asyncio.DatagramTransport] = {}
        self._reported: set[str] = set()
        self.is_part = packet.header.type in PARTS

    async def open(self) -> None:
        """One socket for each family that is needed and that this machine has."""
        for family in {address.family for attempt in self._attempts for address in attempt.addresses}:
            free = self._ports.setdefault(family, [])
            try:
                self._transports[family] = await self._bound(family, free.pop() if free else 0)
            except OSError as cause:
                self._report(str(cause))

    async def _bound(self, family: socket.AddressFamily, port: int) -> asyncio.DatagramTransport:
        """A socket at this port, or where somebody else has it by now at any."""
        loop = asyncio.get_running_loop()
        for at in dict.fromkeys((port, 0)):
            try:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: self, local_addr=(ANY_ADDRESS[family], at), family=family
                )
            except OSError:
                if at == 0:
                    raise
            else:
                return transport
        raise AssertionError

    def close(self) -> None:
        """Let go of the sockets; their ports may be used again."""
        for family, transport in self._transports.items():
            self._ports[family].append(transport.get_extra_info("sockname")[1])
            transport.abort()

    def send(self, attempt: _Attempt, sends: int) -> None:
        """One copy to the station's next address."""
        usable = [address for address in attempt.addresses if address.family in self._transports]
        if not usable:
            self._report(f"This machine cannot reach any address of {attempt.station}.")
            return
        address = alternate(usable, sends)
        datagram = pad_packet(attempt.packet, address.padded_bytes)
        self._transports[address.family].sendto(datagram, address)
        self._tell(Sending(carrier="udp", station=attempt.station, copies=sends + 1))

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """An answer, perhaps; from where it came proves nothing, its MAC does."""
        del addr
        for attempt in self._attempts:
            ack = open_answer(data, self._header, station=attempt.target.home.kid, sealer=attempt.sealer)
            if ack is not None:
                self._note(attempt, ack)
                return

    def error_received(self, exc: Exception) -> None:
        """The network said no: worth telling once, and no reason to stop."""
        self._report(str(exc))

    def _note(self, attempt: _Attempt, ack: Ack) -> None:
        """Keep the furthest state of each station, tell when it moves, and stop when it is enough."""
        before = self.heard.get(attempt.target.home.kid)
        if before is not None and before.state >= ack.state:
            return
        heard = Heard(carrier="udp", station=attempt.station, state=ack.state, proven=True, at_ms=ack.time_ms)
        self.heard[attempt.target.home.kid] = heard
        self._tell(heard)
        if is_enough(self.heard.values(), any_answer=self._header.type in ONE_ANSWER_IS_ENOUGH):
            self.enough.set()

    def _report(self, why: str) -> None:
        if why not in self._reported:
            self._reported.add(why)
            self._tell(Failed(carrier="udp", station="the network", why=why))
