"""A call by DNS: a question for a name that is the call, asked of this machine's resolvers and of the station itself.

It gets through where nothing but name service is let out. Only an acknowledgement with a valid MAC counts:
whoever forges an answer can say "wait" or nothing, and the questions go on.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Final

import dns.asyncquery
import dns.exception
import dns.message
import dns.resolver
import msgspec

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Tell, Waiting, is_enough
from esos.beacon.schedule import DNS_ANSWER_MS, Pace, alternate, next_question_ms, start_offset_ms
from esos.carriers.address import UdpAddress, read_address
from esos.carriers.dns_message import Said, call_question, read_answer
from esos.errors import Malformed
from esos.message.packet import SignedPacket, seal_packet
from esos.message.packet_ack import open_answer
from esos.message.packet_codes import ONE_ANSWER_IS_ENOUGH
from esos.message.packet_name import FRESH_OCTETS, packet_labels, read_zone
from esos.message.packet_seal import Sealer

NAME_PORT: Final = 53
_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz234567"


class DnsCarrier:
    """Asks for the call's name until enough is heard. ``resolvers`` pass questions on; stations are asked too.

    ``jitter`` gives values in [-1, 1], ``fresh`` the label in front, another one each time.
    """

    def __init__(
        self,
        *,
        jitter: Callable[[], float],
        resolvers: Sequence[UdpAddress],
        pace: Pace = Pace.FULL,
        fresh: Callable[[], bytes] | None = None,
        answer_ms: int = DNS_ANSWER_MS,
    ) -> None:
        self._jitter = jitter
        self._resolvers = tuple(resolvers)
        self._pace = pace
        self._fresh = fresh or fresh_label
        self._answer_ms = answer_ms

    @property
    def name(self) -> str:
        """``dns``."""
        return "dns"

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Ask until enough is heard; see the port ``Carrier``. Without any usable station it returns at once."""
        if outgoing.packet is None:
            tell(Waiting(carrier=self.name, why="This message does not fit into a DNS question."))
            return ()
        packet = outgoing.packet
        attempts = [one for target in outgoing.targets if (one := self._attempt(target, packet, tell)) is not None]
        if not attempts:
            tell(Waiting(carrier=self.name, why="No station gave us a DNS zone and a sealing key."))
            return ()
        session = _Session(packet, tell)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._repeat(session, attempt, start_offset_ms(index)))
                for index, attempt in enumerate(attempts)
            ]
            await session.enough.wait()
            for task in running:
                task.cancel()
        return tuple(session.heard.values())

    def _attempt(self, target: Target, packet: SignedPacket, tell: Tell) -> "_Attempt | None":
        """Seal the call for one station; a station that cannot be asked is reported and left out."""
        home = target.home
        if not target.sealing_key or not home.dns_zone:
            return None
        try:
            sealer = Sealer(target.sealing_key)
            zone = read_zone(home.dns_zone)
            ways = (*self._resolvers, *map(read_address, home.dns))
        except Malformed as refusal:
            tell(Failed(carrier=self.name, station=home.name, why=refusal.detail, code=refusal.code, is_final=True))
            return None
        if not ways:
            why = "This machine has no name server, and the station told no address of its own."
            tell(Failed(carrier=self.name, station=home.name, why=why, is_final=True))
            return None
        return _Attempt(target=target, ways=ways, zone=zone, packet=seal_packet(packet, sealer), sealer=sealer)

    async def _repeat(self, session: "_Session", attempt: "_Attempt", offset_ms: int) -> None:
        """Questions for one station for ever, none waiting for the last; slower once any station has answered."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(offset_ms / 1000)
        began_s, asked = loop.time(), 0
        async with asyncio.TaskGroup() as questions:
            while True:
                way, name = alternate(attempt.ways, asked), attempt.name_of(self._fresh())
                asked += 1
                session.tell(Sending(carrier=self.name, station=attempt.target.home.name, copies=asked))
                questions.create_task(self._ask(session, attempt, way, name))
                pace = Pace.SLOW if session.heard else self._pace
                elapsed_ms = round((loop.time() - began_s) * 1000)
                await asyncio.sleep(next_question_ms(elapsed_ms, asked, self._jitter(), pace=pace) / 1000)

    async def _ask(self, session: "_Session", attempt: "_Attempt", way: UdpAddress, name: str) -> None:
        """One question by UDP, and by TCP where the answer was cut short; what goes wrong is told once."""
        try:
            reply, _ = await dns.asyncquery.udp_with_fallback(
                call_question(name),
                way.host,
                timeout=self._answer_ms / 1000,
                port=way.port,
                ignore_unexpected=True,
                ignore_errors=True,
            )
            session.note(attempt, read_answer(reply))
        except Malformed as refusal:
            session.report(attempt, f"By {way.host}: {refusal.detail}")
        except dns.exception.Timeout:
            session.report(attempt, f"{way.host} did not answer within {self._answer_ms} ms.")
        except (dns.exception.DNSException, OSError) as cause:
            session.report(attempt, f"{way.host} could not be asked: {cause}")


class _Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One station, ready to be asked: by which ways, the sealed packet, and the key its answers are made with."""

    target: Target
    ways: tuple[UdpAddress, ...]
    zone: tuple[bytes, ...]
    packet: bytes
    sealer: Sealer

    def name_of(self, fresh: bytes) -> str:
        """The name to ask for, with this label in front."""
        return b".".join((*packet_labels(self.packet, fresh), *self.zone)).decode() + "."


class _Session:
    """What was heard in answer to one call."""

    def __init__(self, packet: SignedPacket, tell: Tell) -> None:
        self.heard: dict[bytes, Heard] = {}
        self.enough = asyncio.Event()
        self.tell = tell
        self._header = packet.header
        self._reported: set[tuple[str, str]] = set()

    def note(self, attempt: _Attempt, said: Said) -> None:
        """Keep the furthest state of each station, tell when it moves, and stop when it is enough."""
        home = attempt.target.home
        if said.refused:
            self.report(attempt, "An answer that is not proven says that the call is refused.", said.refused)
            return
        if not said.ack:
            self.report(attempt, "It has our question and has not kept the call yet; we ask again.")
            return
        ack = open_answer(said.ack, self._header, station=home.kid, sealer=attempt.sealer)
        if ack is None:
            self.report(attempt, "An answer came that is not from this station; it does not count.")
            return
        before = self.heard.get(home.kid)
        if before is not None and before.state >= ack.state:
            return
        heard = Heard(carrier="dns", station=home.name, state=ack.state, proven=True, at_ms=ack.time_ms)
        self.heard[home.kid] = heard
        self.tell(heard)
        if is_enough(self.heard.values(), any_answer=self._header.type in ONE_ANSWER_IS_ENOUGH):
            self.enough.set()

    def report(self, attempt: _Attempt, why: str, code: str = "") -> None:
        """Something did not work: worth telling once, and no reason to stop."""
        station = attempt.target.home.name
        if (station, why) not in self._reported:
            self._reported.add((station, why))
            self.tell(Failed(carrier="dns", station=station, why=why, code=code))


def fresh_label() -> bytes:
    """A label that no cache has seen; it guards nothing."""
    return bytes(secrets.choice(_LETTERS) for _ in range(FRESH_OCTETS))


def read_resolver(text: str) -> UdpAddress:
    """A name server as an address literal, with a port or without; raises ``Malformed`` (``udp.address``)."""
    try:
        return UdpAddress(str(ip_address(text.removeprefix("[").removesuffix("]"))), NAME_PORT)
    except ValueError:
        return read_address(text)


def machine_resolvers() -> tuple[UdpAddress, ...]:
    """The name servers that this machine asks; none where it does not say."""
    try:
        found = dns.resolver.Resolver().nameservers
    except dns.exception.DNSException:
        return ()
    return tuple(UdpAddress(one, NAME_PORT) for one in found if isinstance(one, str) and not one.startswith("http"))
