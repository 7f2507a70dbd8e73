"""A station's door for calls by QUIC: one call on one connection, answered after the commit and not before (law 3).

Law 2: what is dropped or refused is counted by reason in ``counters``. Everything here is bounded: connections,
those whose sender is not known yet, those of one address, and the bytes of a call. Towards an address that has
proved nothing QUIC itself sends at most three times what came; under load it must prove itself first (Retry).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
import structlog
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.buffer import Buffer  # type: ignore[attr-defined] # documented there
from aioquic.quic.configuration import SMALLEST_MAX_DATAGRAM_SIZE, QuicConfiguration
from aioquic.quic.connection import NetworkAddress, QuicConnection, stream_is_unidirectional
from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted, QuicEvent, StreamDataReceived
from aioquic.quic.packet import QuicErrorCode, QuicPacketType, pull_quic_header
from aioquic.quic.retry import QuicRetryTokenHandler

from esos.carriers.address import UdpAddress
from esos.carriers.quic_resumption import Sessions
from esos.carriers.quic_wire import ALPN, CALL_MAX_BYTES, Answer, Refused, Said, read_call, write_answer
from esos.errors import EsosError

Submit = Callable[[Said], Awaitable[Answer]]
REFUSED_ERROR = 1
"""The application error code with which a connection is closed that broke the rules of this door."""
_log = structlog.get_logger(__name__)


class QuicLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the door holds at once, and for how long.

    From ``retry_from`` unfinished handshakes on, whoever comes must first show that it hears at its address.
    """

    connections_max: int = 512
    handshakes_max: int = 128
    retry_from: int = 32
    per_address_max: int = 64
    handshake_ms: int = 10_000
    idle_ms: int = 15_000


class QuicDoor:
    """One QUIC socket of a station.

    ``submit`` commits a call and says what may be said of it. ``certificate`` and ``key`` are those of
    ``vault.door_certificate``. ``counters`` tells how many connections and datagrams went which way.
    """

    def __init__(self, *, submit: Submit, certificate: Any, key: Any, limits: QuicLimits | None = None) -> None:
        self.counters: Counter[str] = Counter()
        self.limits = limits or QuicLimits()
        self.sessions = Sessions()
        self._submit = submit
        self._configuration = QuicConfiguration(
            is_client=False,
            alpn_protocols=[ALPN],
            idle_timeout=self.limits.idle_ms / 1000,
            max_data=2 * CALL_MAX_BYTES,  # a caller asked to prove its address (Retry) says its call again
            max_stream_data=CALL_MAX_BYTES,
            certificate=certificate,
            private_key=key,
        )
        self._answering: set[asyncio.Task[None]] = set()
        self._server: _Server | None = None

    @property
    def unfinished(self) -> int:
        """How many handshakes are under way: senders that may not be where they say."""
        return self._server.unfinished if self._server else 0

    @asynccontextmanager
    async def listening(self, address: UdpAddress) -> AsyncIterator[UdpAddress]:
        """Take calls at this address while the block runs; yields where it really listens (port 0: any).

        On the way out nothing new is taken, and what is being committed is finished and answered.
        """
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(
            lambda: _Server(self, self._configuration), local_addr=address, family=address.family
        )
        self._server = server
        try:
            yield UdpAddress(*transport.get_extra_info("sockname")[:2])
        finally:
            server.is_closing = True
            while self._answering:
                await asyncio.wait(self._answering)
            server.close()
            await server.closed.wait()

    def answer(self, visit: "_Visit", raw: bytes) -> None:
        """Commit a call that has come whole, and answer it on its connection."""
        task = asyncio.get_running_loop().create_task(self._answer(visit, raw), name="answering by QUIC")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, visit: "_Visit", raw: bytes) -> None:
        try:
            answer = await self._submit(read_call(raw))
        except EsosError as refusal:
            answer = Refused(code=refusal.code, detail=refusal.detail, is_final=is_final(refusal))
        except Exception:  # noqa: BLE001 - one odd call must not close the door to all others; it is logged and counted
            _log.exception("quic_call_failed")
            self.counters["quic.call_failed"] += 1
            return
        self.counters[answer.code if isinstance(answer, Refused) else "quic.answered"] += 1
        visit.say(write_answer(answer))


def is_final(refusal: EsosError) -> bool:
    """Whether the same call would be refused again: it is the caller's to mend, and not a matter of time."""
    return refusal.status < 500  # noqa: PLR2004 - as the classes of HTTP statuses begin


class _Visit(QuicConnectionProtocol):
    """One caller's connection."""

    def __init__(self, quic: QuicConnection, server: "_Server") -> None:
        super().__init__(quic)
        self.host = ""
        self._server = server
        self._door = server.door
        self._came = bytearray()
        self._stream: int | None = None
        self._is_whole = False
        self._is_known = False
        self._deadline = self._loop.call_later(self._door.limits.handshake_ms / 1000, self._too_late)

    @property
    def is_known(self) -> bool:
        """Whether the handshake is done: the caller hears at its address."""
        return self._is_known

    def quic_event_received(self, event: QuicEvent) -> None:
        """A handshake that is done, a part of a call, or the end."""
        if isinstance(event, HandshakeCompleted):
            self._is_known = True
            self._deadline.cancel()
            self._server.known(self)
            self._door.counters["quic.resumed" if event.session_resumed else "quic.whole_handshake"] += 1
        elif isinstance(event, StreamDataReceived):
            self._take(event)
        elif isinstance(event, ConnectionTerminated):
            self._deadline.cancel()
            self._server.gone(self)
            if not self._is_known:
                self._door.counters["quic.handshake_unfinished"] += 1

    def say(self, answer: bytes) -> None:
        """Send the answer, and nothing after it. A connection that is gone takes nothing more."""
        if not self._closed.is_set() and self._stream is not None:
            self._quic.send_stream_data(self._stream, answer, end_stream=True)
            self.transmit()

    def _take(self, event: StreamDataReceived) -> None:
        """One call on one connection: what comes on another stream, or one that cannot be answered on, is left."""
        if self._stream is None and not stream_is_unidirectional(event.stream_id):
            self._stream = event.stream_id
        if event.stream_id != self._stream or self._is_whole:
            self._door.counters["quic.stream"] += 1
            return
        self._came += event.data
        if len(self._came) > CALL_MAX_BYTES:
            self._refuse("quic.too_large", f"A call is at most {CALL_MAX_BYTES} bytes.")
        elif event.end_stream:
            self._is_whole = True
            self._door.counters["quic.call" if self._is_known else "quic.early_call"] += 1
            self._door.answer(self, bytes(self._came))

    def _refuse(self, code: str, why: str) -> None:
        self._door.counters[code] += 1
        self._came.clear()
        self.close(error_code=REFUSED_ERROR, reason_phrase=why)

    def _too_late(self) -> None:
        self._door.counters["quic.handshake_too_late"] += 1
        self.close(error_code=QuicErrorCode.NO_ERROR)


class _Server(QuicServer):
    """aioquic's server with bounds: it decides who may begin a connection."""

    def __init__(self, door: QuicDoor, configuration: QuicConfiguration) -> None:
        super().__init__(
            configuration=configuration,
            create_protocol=self._visit,
            session_ticket_fetcher=door.sessions.find,
            session_ticket_handler=door.sessions.add,
        )
        self.door = door
        self.is_closing = False
        self.closed = asyncio.Event()
        self._proving = QuicRetryTokenHandler()
        self._visits: set[_Visit] = set()
        self._unknown: set[_Visit] = set()
        self._hosts: Counter[str] = Counter()
        self._comes_from = ""

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed: its address is free."""
        del exc
        self.closed.set()

    def datagram_received(self, data: bytes | str, addr: NetworkAddress) -> None:
        """A datagram of a connection, or the first of one where there is room."""
        try:
            if self._may_enter(cast("bytes", data), addr):
                super().datagram_received(data, addr)
        except Exception:  # noqa: BLE001 - no datagram of anybody's may shut the door; it is logged and counted
            _log.exception("quic_datagram_failed")
            self.door.counters["quic.datagram_failed"] += 1

    def _may_enter(self, data: bytes, addr: NetworkAddress) -> bool:
        """Whether to look at it further; a reason why not is counted. Sets who must prove an address first."""
        try:
            header = pull_quic_header(Buffer(data=data), host_cid_length=self._configuration.connection_id_length)
        except ValueError:
            return self._drop("quic.no_quic")
        if header.destination_cid in self._protocols:
            return True
        is_spoken = header.version is None or header.version in self._configuration.supported_versions
        is_stray = is_spoken and header.packet_type is not QuicPacketType.INITIAL
        if is_stray or len(data) < SMALLEST_MAX_DATAGRAM_SIZE:  # nobody gets back more than came
            return self._drop("quic.unknown_connection")
        if self.is_closing:
            return self._drop("quic.closing")
        return self._has_room(str(addr[0]), has_token=bool(header.token))

    def _has_room(self, host: str, *, has_token: bool) -> bool:
        limits, self._comes_from = self.door.limits, host
        is_busy = len(self._unknown) >= limits.retry_from
        self._retry = self._proving if has_token or is_busy else None  # type: ignore[assignment] # as its own does
        if is_busy and not has_token:
            self.door.counters["quic.asked_to_prove_address"] += 1
            return True
        if len(self._visits) >= limits.connections_max:
            return self._drop("quic.too_many_connections")
        if len(self._unknown) >= limits.handshakes_max:
            return self._drop("quic.too_many_handshakes")
        if self._hosts[host] >= limits.per_address_max:
            return self._drop("quic.too_many_from_address")
        return True

    def _drop(self, why: str) -> bool:
        self.door.counters[why] += 1
        return False

    def _visit(self, connection: QuicConnection, **_: Any) -> _Visit:
        visit = _Visit(connection, self)
        visit.host = self._comes_from
        self._visits.add(visit)
        self._unknown.add(visit)
        self._hosts[visit.host] += 1
        return visit

    @property
    def unfinished(self) -> int:
        """How many handshakes are under way."""
        return len(self._unknown)

    def known(self, visit: _Visit) -> None:
        """Its handshake is done."""
        self._unknown.discard(visit)

    def gone(self, visit: _Visit) -> None:
        """Its connection is over."""
        self._unknown.discard(visit)
        if visit in self._visits:
            self._visits.discard(visit)
            self._hosts[visit.host] -= 1
            self._hosts += Counter()  # those at zero go
