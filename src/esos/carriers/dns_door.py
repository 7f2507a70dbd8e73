"""The station's DNS door: the name server of its own small zone, in which every question for a call is that call.

Law 3: the answer carries an acknowledgement only after the commit; where that takes longer than a resolver
waits it says "wait". Nothing that fails the seal gets an answer longer than its question.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import dns.name
import dns.rcode
import dns.rdatatype
import msgspec
import structlog

from esos.carriers.address import UdpAddress
from esos.carriers.dns_message import (
    REFUSED_WORD,
    WAIT_WORD,
    Question,
    ack_text,
    answer_to,
    answer_with,
    come_by_tcp,
    read_question,
    start_of,
)
from esos.carriers.udp_book import DoorLimits, KeyBudget
from esos.carriers.udp_socket import bound_socket
from esos.errors import EsosError, Malformed, Unauthenticated
from esos.message.packet_name import Labels, is_part_of_a_call, read_packet_labels

Ask = Callable[..., Awaitable[bytes | None]]
"""As ``UdpDoor.ask``: a packet and how long to wait for its commit, to the acknowledgement."""
MESSAGE_READ_BYTES = 1_024
"""How much of a datagram is taken; a longer one is no question of ours."""
_SERVER: Final = b"ns"
_LENGTH_BYTES: Final = 2
_PORT_TRIES: Final = 8
_ONE: Final = b"all"
_log = structlog.get_logger(__name__)


class DnsLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every limit of a DNS door, by name and unit."""

    answer_within_ms: int = 300
    """How long a question waits for the commit; a resolver asks again after some 400 ms."""
    pending_max: int = 1_024
    """Questions that wait for a commit at once; beyond it they are dropped and counted, and are asked again."""
    refusals_per_s: float = 500.0
    """Answers each second to what is no call, on average, to all together; beyond it silence."""
    refusals_burst: int = 1_000
    """How many of them at once."""
    answers_per_address_per_s: float = 20.0
    """Answers by datagram each second to one address, on average; beyond it calls are asked to come by TCP."""
    answers_per_address_burst: int = 100
    """How many of them at once."""
    addresses_metered_max: int = 16_384
    """Addresses with a budget in memory."""
    drain_max: int = 64
    """Questions taken from the socket before other work gets its turn."""
    receive_buffer_bytes: int = 1024 * 1024
    """The kernel's receive buffer."""
    connections_max: int = 128
    """Connections by TCP at once; a further one is closed."""
    connection_idle_ms: int = 5_000
    """How long a connection may be silent."""
    questions_per_connection_max: int = 64
    """Questions on one connection."""


class DnsDoor:
    """One UDP and one TCP socket of a station, for questions about names beneath ``zone``.

    ``ask`` judges and commits a packet (``UdpDoor.ask``). ``addresses`` are what the zone says of its own name
    server, literals without port. ``clock`` gives ms since 1970. ``counters`` tells what became of questions.
    """

    def __init__(
        self,
        *,
        zone: Labels,
        ask: Ask,
        clock: Callable[[], int],
        addresses: tuple[str, ...] = (),
        limits: DnsLimits | None = None,
    ) -> None:
        self.counters: Counter[str] = Counter()
        self._zone = dns.name.Name((*zone, b""))
        self._zone_wire = self._zone.to_wire() or b""
        self._ask = ask
        self._addresses = addresses
        self._limits = limits or DnsLimits()
        self._refusals = KeyBudget(_rate(self._limits.refusals_per_s, self._limits.refusals_burst), clock)
        self._sources = KeyBudget(
            _rate(
                self._limits.answers_per_address_per_s,
                self._limits.answers_per_address_burst,
                self._limits.addresses_metered_max,
            ),
            clock,
        )
        self._pending = 0
        self._serving: set[asyncio.Task[None]] = set()
        self._sock: socket.socket
        self._tasks: asyncio.TaskGroup

    @asynccontextmanager
    async def listening(self, address: UdpAddress, *, is_shared: bool = False) -> AsyncIterator[UdpAddress]:
        """Answer here, by UDP and TCP, while the block runs; yields where (port 0: any). Raises ``OSError``."""
        self._sock, by_tcp = _bound_pair(address, self._limits.receive_buffer_bytes, is_shared=is_shared)
        loop = asyncio.get_running_loop()
        try:
            server = await asyncio.start_server(self._serve, sock=by_tcp)
            async with asyncio.TaskGroup() as self._tasks:
                loop.add_reader(self._sock, self._drain)
                try:
                    yield UdpAddress(*self._sock.getsockname()[:2])
                finally:
                    loop.remove_reader(self._sock)
                    server.close()
                    for serving in self._serving:
                        serving.cancel()
        finally:
            self._sock.close()

    def _drain(self) -> None:
        """Take what has arrived, as much as one turn allows."""
        for _ in range(self._limits.drain_max):
            try:
                wire, source = self._sock.recvfrom(MESSAGE_READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                self.counters["dns.socket_error"] += 1
                return
            self._take(wire, source)

    def _take(self, wire: bytes, source: tuple[str | int, ...]) -> None:
        """One datagram: what is no call is answered at once or not at all; a call gets a task of its own."""
        is_foreign = self._zone_wire not in wire.lower()
        if is_foreign and not self._may_refuse():
            return
        question = self._read(wire)
        if question is None:
            return
        packet = _packet_in(question)
        if packet is None:
            if not self._sources.take(_host(source)):
                self.counters["dns.unanswered"] += 1
            elif is_foreign or self._is_about_the_zone(question) or self._may_refuse():
                self._send(self._answer_no_call(question), source)
        elif not self._sources.take(_host(source)):
            self.counters["dns.sent_to_tcp"] += 1
            self._send(come_by_tcp(question), source)
        elif self._has_room():
            self._tasks.create_task(self._answer_datagram(question, packet, source))

    def _may_refuse(self) -> bool:
        if self._refusals.take(_ONE):
            return True
        self.counters["dns.unanswered"] += 1
        return False

    def _has_room(self) -> bool:
        if self._pending >= self._limits.pending_max:
            self.counters["dns.queue_full"] += 1
            return False
        self._pending += 1
        return True

    async def _answer_datagram(self, question: Question, packet: bytes, source: tuple[str | int, ...]) -> None:
        try:
            self._send(await self._answer_call(question, packet), source)
        except Exception:  # noqa: BLE001 - one odd question must not close the door to all others; it is logged and counted
            _log.exception("dns_question_failed")
            self.counters["dns.failed"] += 1
        finally:
            self._pending -= 1

    async def _answer_call(self, question: Question, packet: bytes) -> bytes:
        """Judge, commit, and say what is true of it now."""
        try:
            ack = await self._ask(packet, within_ms=self._limits.answer_within_ms)
        except (Unauthenticated, Malformed) as refusal:
            self.counters[refusal.code] += 1
            return answer_to(question, dns.rcode.NXDOMAIN)
        except EsosError as refusal:  # its seal held, so that a caller of ours waits for this word
            self.counters["dns.refused"] += 1
            return answer_to(question, dns.rcode.NOERROR, f"{REFUSED_WORD} {refusal.code}")
        if ack is None:
            self.counters["dns.set_aside"] += 1
            return answer_to(question, dns.rcode.NOERROR)
        self.counters["dns.acknowledged" if ack else "dns.told_to_wait"] += 1
        return answer_to(question, dns.rcode.NOERROR, ack_text(ack) if ack else WAIT_WORD)

    def _read(self, wire: bytes) -> Question | None:
        """The question; None for what nobody answers, which is counted."""
        try:
            return read_question(wire, self._zone)
        except Malformed as refusal:
            self.counters[refusal.code] += 1
            return None

    def _is_about_the_zone(self, question: Question) -> bool:
        """Whether an honest resolver asks this on its way to a call: it must not be starved by junk."""
        return question.labels is not None and is_part_of_a_call(question.labels)

    def _answer_no_call(self, question: Question) -> bytes:
        """What is said about the zone itself and about parts of calls; anything else is refused."""
        labels = question.labels
        if labels is None:
            self.counters["dns.other_zone"] += 1
            return answer_to(question, dns.rcode.REFUSED)
        if not is_part_of_a_call(labels):
            self.counters["dns.no_such_name"] += 1
            return answer_to(question, dns.rcode.NXDOMAIN)
        self.counters["dns.zone_asked"] += 1
        kind = dns.rdatatype.to_text(question.kind)
        return answer_with(question, kind, *self._records(labels, kind))

    def _records(self, labels: Labels, kind: str) -> tuple[str, ...]:
        """What the zone holds beside calls: where it starts, and its name server."""
        zone = self._zone.to_text(omit_final_dot=True)
        server = f"{_SERVER.decode()}.{zone}"
        if not labels:
            start = {"SOA": (start_of(zone, server),)}
            return {**start, "NS": (f"{server}.",)}.get(kind, ()) if self._addresses else start.get(kind, ())
        if tuple(label.lower() for label in labels) != (_SERVER,):
            return ()
        return tuple(one for one in self._addresses if kind == ("AAAA" if ":" in one else "A"))

    def _send(self, answer: bytes, source: tuple[str | int, ...]) -> None:
        try:
            self._sock.sendto(answer, source)
        except OSError:
            self.counters["dns.answer_not_sent"] += 1
        else:
            self.counters["dns.answered"] += 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection gets a task of its own, which a stop ends; there are only so many."""
        if len(self._serving) >= self._limits.connections_max:
            self.counters["dns.too_many_connections"] += 1
            writer.close()
            return
        serving = self._tasks.create_task(self._converse(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; who is silent or sends no question is let go."""
        try:
            for _ in range(self._limits.questions_per_connection_max):
                async with asyncio.timeout(self._limits.connection_idle_ms / 1000):
                    wire = await reader.readexactly(int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big"))
                answer = await self._answer_by_tcp(wire)
                if not answer:
                    return
                writer.write(len(answer).to_bytes(_LENGTH_BYTES, "big") + answer)
        except (asyncio.IncompleteReadError, OSError, TimeoutError):
            self.counters["dns.connection_ended"] += 1
        finally:
            writer.close()

    async def _answer_by_tcp(self, wire: bytes) -> bytes:
        question = self._read(wire)
        if question is None:
            return b""
        self.counters["dns.by_tcp"] += 1
        packet = _packet_in(question)
        if packet is None:
            return self._answer_no_call(question)
        if not self._has_room():
            return b""
        try:
            return await self._answer_call(question, packet)
        finally:
            self._pending -= 1


def _packet_in(question: Question) -> bytes | None:
    """The packet that a question carries, None where it is no question for a call."""
    if question.labels is None or question.kind is not dns.rdatatype.TXT:
        return None
    try:
        return read_packet_labels(question.labels)
    except Malformed:
        return None


def _bound_pair(
    address: UdpAddress, receive_buffer_bytes: int, *, is_shared: bool
) -> tuple[socket.socket, socket.socket]:
    """A datagram socket and a listening one with the same port; raises ``OSError``."""
    for left in reversed(range(_PORT_TRIES)):
        sock = bound_socket(address, receive_buffer_bytes, is_shared=is_shared)
        try:
            return sock, socket.create_server(sock.getsockname()[:2], family=sock.family, reuse_port=is_shared)
        except OSError:  # with port 0 the kernel chose one that is taken for TCP
            sock.close()
            if address.port or not left:
                raise
    raise AssertionError  # the last try returned or raised


def _host(source: tuple[str | int, ...]) -> bytes:
    return str(source[0]).encode()


def _rate(per_s: float, burst: int, metered_max: int = 1) -> DoorLimits:
    return DoorLimits(packets_per_key_per_s=per_s, packets_per_key_burst=burst, keys_metered_max=metered_max)
