"""A call by UDP to a station that does not know the caller: nothing but the station's card is needed.

It asks for a cookie first. Where nothing comes back it shows work instead, so that it is heard although no answer
reaches it. Only an answer proved with the secret of this very call counts, since a forged one would silence a victim.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Tell, Waiting, is_enough
from esos.beacon.schedule import Pace, alternate, next_send_ms, start_offset_ms
from esos.carriers.address import UdpAddress, read_address
from esos.errors import Malformed
from esos.keys.hpke import HPKE_KEY_BYTES
from esos.message.packet import SignedPacket
from esos.message.packet_ack import open_ack
from esos.message.packet_codes import PacketType
from esos.message.stranger_packet import (
    ASK_NONCE_BYTES,
    WORK_BITS,
    WORK_BITS_BUSY,
    Form,
    read_cookie,
    seal_call,
    search_work,
    write_ask,
    write_call,
)

NAME: Final = "udp-stranger"
WORK_AFTER_MS = 2_000
"""Without any cookie by then, work is shown instead."""
WORK_ANYWAY_MS = 6_000
"""Without an answer by then, although a cookie came: it may have been false, and work needs none."""
MORE_WORK_AFTER_MS = 15_000
"""Without an answer by then, as much work is shown as a busy station asks for."""
COOKIE_FRESH_MS = 100_000
"""How long a cookie is used; a station takes it for at least 120 s."""
ASK_AGAIN_EVERY = 4
"""Of the copies that show work, every so many-th asks for a cookie instead."""
ASK_ANEW_EVERY = 8
"""Of the copies that show a cookie, every so many-th asks for another: the door or our address may have changed."""
TRIES_AT_ONCE = 2_000
"""How many numbers are tried before everything else gets its turn: about 2 ms."""
_ANY_ADDRESS: Final = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - replies may come by any path
_ONE_ANSWER_IS_ENOUGH: Final = {PacketType.TEST}


class UdpStrangerCarrier:
    """Sends to each station that gave us no sealing key and has a door for strangers.

    ``public`` is the caller's public key, ``dice`` gives so many fresh random bytes, ``jitter`` values in [-1, 1].
    """

    def __init__(
        self,
        *,
        public: bytes,
        dice: Callable[[int], bytes],
        jitter: Callable[[], float],
        pace: Pace = Pace.FULL,
        work_after_ms: int = WORK_AFTER_MS,
    ) -> None:
        self._public = public
        self._dice = dice
        self._jitter = jitter
        self._pace = pace
        self._work_after_ms = work_after_ms

    @property
    def name(self) -> str:
        """``udp-stranger``."""
        return NAME

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Send until enough is heard; see the port ``Carrier``. Without any usable station it returns at once."""
        if outgoing.packet is None:
            tell(Waiting(carrier=NAME, why="This message does not fit into a datagram."))
            return ()
        targets = stations_for_strangers(outgoing.targets)
        ways = [way for target in targets if (way := self._way(target, outgoing.packet, tell)) is not None]
        if not ways:
            tell(Waiting(carrier=NAME, why="No station told us of a door for strangers by UDP."))
            return ()
        session = _Session(outgoing.packet, ways, tell)
        try:
            await session.open()
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(self._repeat(session, way, index)) for index, way in enumerate(ways)]
                running += [tasks.create_task(self._work(session, way, tell)) for way in ways]
                await session.enough.wait()
                for task in running:
                    task.cancel()
        finally:
            session.close()
        return tuple(session.heard.values())

    def _way(self, target: Target, packet: SignedPacket, tell: Tell) -> "_Way | None":
        """Seal the call for one station; a station that cannot be called is reported and left out."""
        try:
            return _Way(target, packet, public=self._public, dice=self._dice)
        except Malformed as refusal:
            failed = Failed(carrier=NAME, station=target.home.name, why=refusal.detail, code=refusal.code)
            tell(failed)
            return None

    async def _repeat(self, session: "_Session", way: "_Way", index: int) -> None:
        """Copies to one station for ever, each in the best form there is just then; slower once any has answered."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(start_offset_ms(index) / 1000)
        began_s, sends = loop.time(), 0
        while True:
            session.send(way, sends)
            sends += 1
            pace = Pace.SLOW if session.heard else self._pace
            elapsed_ms = round((loop.time() - began_s) * 1000)
            wait_ms = next_send_ms(elapsed_ms, sends, way.target.rtt_ms, self._jitter(), pace=pace)
            await asyncio.sleep(wait_ms / 1000)

    async def _work(self, session: "_Session", way: "_Way", tell: Tell) -> None:
        """Where no cookie or no answer comes back, find a number that shows work; later a better one."""
        await asyncio.sleep(self._work_after_ms / 1000)
        if way.cookies:
            await asyncio.sleep(max(WORK_ANYWAY_MS - self._work_after_ms, 0) / 1000)
        if way.target.home.kid in session.heard:
            return
        why = f"nothing comes back from {way.station}; each copy now shows some work instead."
        tell(Waiting(carrier=NAME, why=why))
        way.work = await _worked(way, WORK_BITS)
        await asyncio.sleep(max(MORE_WORK_AFTER_MS - self._work_after_ms, 0) / 1000)
        if way.target.home.kid not in session.heard:
            way.work = await _worked(way, WORK_BITS_BUSY)


def stations_for_strangers(targets: Sequence[Target]) -> list[Target]:
    """Those that hear strangers by UDP and gave us no sealing key."""
    return [one for one in targets if one.home.udp_strangers and one.home.hpke and not one.sealing_key]


async def _worked(way: "_Way", bits: int) -> bytes:
    """A number that shows so much work, searched for a little at a time."""
    first = 0
    while True:
        found = search_work(way.target.home.kid, way.sealed, first=first, tries=TRIES_AT_ONCE, bits=bits)
        if found is not None:
            return found
        first += TRIES_AT_ONCE
        await asyncio.sleep(0)


class _Way:
    """One station, ready to be called: its addresses, the sealed call, and what it can be shown by now."""

    def __init__(self, target: Target, packet: SignedPacket, *, public: bytes, dice: Callable[[int], bytes]) -> None:
        home = target.home
        self.target = target
        self.station = home.name
        self.addresses = tuple(read_address(text) for text in home.udp_strangers)
        self.sealed, self.answers = seal_call(
            packet, public=public, station=home.kid, station_key=home.hpke, ephemeral=dice(HPKE_KEY_BYTES)
        )
        self.nonce = dice(ASK_NONCE_BYTES)
        self.work = b""
        self.cookies: dict[socket.AddressFamily, tuple[bytes, float]] = {}
        """What was given to our address of a family, and when, by the loop's clock."""

    def datagram(self, address: UdpAddress, sends: int, now_s: float) -> bytes:
        """The next copy: with a cookie, with work, by turns where both are there; now and then an ask for a cookie."""
        padded_bytes = address.padded_bytes
        cookie, given_s = self.cookies.get(address.family, (b"", 0.0))
        has_cookie = bool(cookie) and (now_s - given_s) * 1000 < COOKIE_FRESH_MS
        if has_cookie and sends % ASK_ANEW_EVERY and not (self.work and sends % 2):
            return write_call(Form.BY_COOKIE, cookie, self.sealed, padded_bytes)
        if self.work and sends % (ASK_ANEW_EVERY if has_cookie else ASK_AGAIN_EVERY):
            return write_call(Form.BY_WORK, self.work, self.sealed, padded_bytes)
        return write_ask(self.nonce, padded_bytes)


class _Session:
    """The sockets of one call, and what was heard on them."""

    def __init__(self, packet: SignedPacket, ways: list[_Way], tell: Tell) -> None:
        self.heard: dict[bytes, Heard] = {}
        self.enough = asyncio.Event()
        self._header = packet.header
        self._ways = ways
        self._tell = tell
        self._transports: dict[socket.AddressFamily, asyncio.DatagramTransport] = {}
        self._reported: set[str] = set()

    async def open(self) -> None:
        """One socket for each family that is needed and that this machine has."""
        loop = asyncio.get_running_loop()
        for family in {address.family for way in self._ways for address in way.addresses}:
            try:
                transport, _ = await loop.create_datagram_endpoint(
                    partial(_Ear, self, family), local_addr=(_ANY_ADDRESS[family], 0), family=family
                )
            except OSError as cause:
                self.report(str(cause))
            else:
                self._transports[family] = transport

    def close(self) -> None:
        """Let go of the sockets."""
        for transport in self._transports.values():
            transport.abort()

    def send(self, way: _Way, sends: int) -> None:
        """One copy to the station's next address."""
        usable = [address for address in way.addresses if address.family in self._transports]
        if not usable:
            self.report(f"This machine cannot reach any address of {way.station}.")
            return
        address = alternate(usable, sends)
        now_s = asyncio.get_running_loop().time()
        self._transports[address.family].sendto(way.datagram(address, sends, now_s), address)
        self._tell(Sending(carrier=NAME, station=way.station, copies=sends + 1))

    def received(self, data: bytes, family: socket.AddressFamily) -> None:
        """A cookie or an answer, perhaps; from where it came proves nothing, its nonce or MAC does."""
        for way in self._ways:
            cookie = read_cookie(data, way.nonce)
            if cookie is not None:
                way.cookies[family] = (cookie, asyncio.get_running_loop().time())
                return
        self._answered(data)

    def _answered(self, data: bytes) -> None:
        header = self._header
        for way in self._ways:
            try:
                ack = open_ack(data, kid=header.kid, sealer=way.answers)
            except Malformed:
                continue
            if (ack.call, ack.sequence) == (header.call, header.sequence):
                self._note(
                    way, Heard(carrier=NAME, station=way.station, state=ack.state, proven=True, at_ms=ack.time_ms)
                )
                return

    def _note(self, way: _Way, heard: Heard) -> None:
        """Keep the furthest state of each station, tell when it moves, and stop when it is enough."""
        before = self.heard.get(way.target.home.kid)
        if before is not None and before.state >= heard.state:
            return
        self.heard[way.target.home.kid] = heard
        self._tell(heard)
        if is_enough(self.heard.values(), any_answer=self._header.type in _ONE_ANSWER_IS_ENOUGH):
            self.enough.set()

    def report(self, why: str) -> None:
        """The network said no: worth telling once, and no reason to stop."""
        if why not in self._reported:
            self._reported.add(why)
            self._tell(Failed(carrier=NAME, station="the network", why=why))


class _Ear(asyncio.DatagramProtocol):
    """One socket's ear."""

    def __init__(self, session: _Session, family: socket.AddressFamily) -> None:
        self._session = session
        self._family = family

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Something came."""
        del addr
        self._session.received(data, self._family)

    def error_received(self, exc: Exception) -> None:
        """The network said no."""
        self._session.report(str(exc))
