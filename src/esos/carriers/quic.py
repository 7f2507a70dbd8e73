"""A call by QUIC, sent with the very first datagram (0-RTT) where an earlier connection left what that needs.

An answer counts as proven, since only the station can give it: a connection begun anew shows a certificate that
the pinned key signed, and one taken up again rests on a secret from such a connection. Any other is given up.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final, cast

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.buffer import Buffer  # type: ignore[attr-defined] # documented there
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import NetworkAddress, QuicConnection
from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted, QuicEvent, StreamDataReceived
from aioquic.quic.packet import QuicPacketType, pull_quic_header
from aioquic.tls import SessionTicket

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Tell, Waiting, is_enough
from esos.beacon.schedule import JITTER_SHARE, alternate
from esos.carriers.address import UdpAddress, read_address
from esos.carriers.https import first_enough
from esos.carriers.quic_resumption import Resumptions, read_session, write_session
from esos.carriers.quic_wire import ALPN, ANSWER_MAX_BYTES, Refused, Said, read_answer, write_call
from esos.errors import EsosError, Malformed, TooLarge
from esos.keys.door_certificate import is_certified

QUIC_ATTEMPT_MS = 4_000
"""How long one connection is given; then a fresh one begins, since loss stalls an old one for longer and longer."""
QUIC_GAP_MS = 1_000
"""Between the end of one attempt and the next."""
QUIC_ANSWERED_GAP_MS = 5_000
"""The same once a station has the call: it is only asked whether a person has charge."""
CONNECTION_ID_BYTES = 8
SESSION_WAIT_MS = 1_000
"""How long a test of the way waits, after the answer, for what the next connection begins with."""
_OTHER_KEY: Final = "What answers there does not have the station's key."


class QuicCarrier:
    """Sends the call to each station's QUIC door, a fresh connection each time, until enough is heard.

    ``jitter`` gives values in [-1, 1]; ``resumptions`` is where earlier connections left something. ``author`` is
    the caller's public key. With ``is_test`` it also goes where nothing was left yet, and waits for it.
    """

    def __init__(
        self,
        *,
        jitter: Callable[[], float],
        resumptions: Resumptions,
        author: bytes = b"",
        is_test: bool = False,
        attempt_ms: int = QUIC_ATTEMPT_MS,
        gap_ms: int = QUIC_GAP_MS,
    ) -> None:
        self._jitter = jitter
        self._resumptions = resumptions
        self._author = author
        self._is_test = is_test
        self._attempt_ms = attempt_ms
        self._gap_ms = gap_ms

    @property
    def name(self) -> str:
        """``quic``."""
        return "quic"

    def reaches(self, target: Target) -> bool:
        """Whether this carrier would go there."""
        return bool(target.home.quic) and (self._is_test or bool(self._resumptions.find(target.home.kid)))

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Send until enough is heard, or until every station has refused for good; see the port ``Carrier``."""
        targets = [target for target in outgoing.targets if self.reaches(target)]
        if not targets:
            tell(Waiting(carrier=self.name, why="No earlier connection by QUIC was kept; a test of the way makes one."))
            return ()
        try:
            raw = write_call(Said(cose=outgoing.cose, author=self._author))
        except TooLarge as refusal:
            tell(Waiting(carrier=self.name, why=refusal.detail))
            return ()
        heard: dict[bytes, Heard] = {}
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._repeat(outgoing, raw, target, heard, tell)) for target in targets]
            await first_enough(running, heard)
            for task in running:
                task.cancel()
        return tuple(heard.values())

    async def _repeat(
        self, outgoing: Outgoing, raw: bytes, target: Target, heard: dict[bytes, Heard], tell: Tell
    ) -> None:
        """Attempts at one station until it refuses for good, or enough is heard."""
        copies = 0
        while not is_enough(heard.values()):
            tell(Sending(carrier=self.name, station=target.home.name, copies=copies + 1))
            event = await self._attempt(outgoing, raw, target, copies)
            copies += 1
            before = heard.get(target.home.kid)
            if isinstance(event, Heard):
                heard[target.home.kid] = event
            if event != before:
                tell(event)
            if isinstance(event, Failed) and event.is_final:
                return
            if not is_enough(heard.values()):
                gap_ms = max(self._gap_ms, QUIC_ANSWERED_GAP_MS) if heard else self._gap_ms
                await asyncio.sleep(gap_ms / 1000 * (1 + JITTER_SHARE * abs(self._jitter())))

    async def _attempt(self, outgoing: Outgoing, raw: bytes, target: Target, copies: int) -> Heard | Failed:
        """One connection of its own, let go of when it has answered or failed."""
        try:
            addresses = [read_address(written) for written in target.home.quic]
            exchange = await self._open(alternate(addresses, copies), target, raw)
        except Malformed as refusal:
            return self._failed(target, refusal.detail, code=refusal.code, is_final=True)
        except OSError as cause:
            return self._failed(target, cause.strerror or str(cause))
        try:
            return await self._answer(exchange, outgoing, target)
        finally:
            exchange.let_go()
            self._keep(exchange, target)

    async def _open(self, address: UdpAddress, target: Target, raw: bytes) -> "_Exchange":
        """A connection under way, with the call in its first datagram where that can be."""
        configuration = QuicConfiguration(
            is_client=True,
            alpn_protocols=[ALPN],
            connection_id_length=CONNECTION_ID_BYTES,
            idle_timeout=self._attempt_ms / 1000,
            max_data=ANSWER_MAX_BYTES,
            max_stream_data=ANSWER_MAX_BYTES,
            verify_mode=ssl.CERT_NONE,  # no authority is asked: the certificate is held against the pinned key
            session_ticket=read_session(self._resumptions.find(target.home.kid)),
        )
        loop = asyncio.get_running_loop()
        _, exchange = await loop.create_datagram_endpoint(
            lambda: _Exchange(configuration, target.home.public), family=address.family, local_addr=_any(address)
        )
        exchange.begin(address, raw)
        return exchange

    async def _answer(self, exchange: "_Exchange", outgoing: Outgoing, target: Target) -> Heard | Failed:
        try:
            async with asyncio.timeout(self._attempt_ms / 1000):
                answer = read_answer(await exchange.answer)
        except TimeoutError:
            return self._failed(target, f"No answer within {self._attempt_ms} ms.")
        except (ConnectionError, Malformed) as cause:
            return self._failed(target, str(cause))
        if self._is_test:
            await exchange.wait_for_session(SESSION_WAIT_MS)
        if isinstance(answer, Refused):
            return self._failed(target, answer.detail, code=answer.code, is_final=answer.is_final)
        if answer.statement != outgoing.statement_id:
            return self._failed(target, "The answer is about another statement.")
        return Heard(carrier=self.name, station=target.home.name, state=answer.state, proven=True, at_ms=answer.at_ms)

    def _keep(self, exchange: "_Exchange", target: Target) -> None:
        """What the next connection begins with; a disk that takes nothing stops no call."""
        if exchange.is_known and exchange.session is not None:
            with contextlib.suppress(EsosError):
                self._resumptions.keep(target.home.kid, write_session(exchange.session))

    def _failed(self, target: Target, why: str, *, code: str = "", is_final: bool = False) -> Failed:
        return Failed(carrier=self.name, station=target.home.name, why=why, code=code, is_final=is_final)


class _Exchange(QuicConnectionProtocol):
    """One connection: a call out, an answer back, believed only from whoever has the station's key."""

    def __init__(self, configuration: QuicConfiguration, public: bytes) -> None:
        super().__init__(QuicConnection(configuration=configuration, session_ticket_handler=self._given))
        self.answer: asyncio.Future[bytes] = self._loop.create_future()
        self.is_known = False
        self.session: SessionTicket | None = None
        self._public = public
        self._raw = b""
        self._offers_early = configuration.session_ticket is not None and configuration.session_ticket.is_valid
        self._must_say_again = False
        self._came = bytearray()
        self._has_session = asyncio.Event()

    def begin(self, address: UdpAddress, raw: bytes) -> None:
        """Send the call with the first datagram; without what 0-RTT needs it waits until the station is known."""
        padding = (0, 0) if address.family is socket.AF_INET6 else ()
        self._raw = raw
        self.connect((*address, *padding), transmit=False)
        self._say()
        self.transmit()

    def datagram_received(self, data: bytes | str, addr: NetworkAddress) -> None:
        """A datagram of the station's. Asked to prove our address (Retry), aioquic forgets what it had sent early."""
        with contextlib.suppress(ValueError):
            header = pull_quic_header(Buffer(data=cast("bytes", data)), host_cid_length=CONNECTION_ID_BYTES)
            self._must_say_again |= self._offers_early and header.packet_type is QuicPacketType.RETRY
        super().datagram_received(data, addr)

    def quic_event_received(self, event: QuicEvent) -> None:
        """Whose key answers, a part of the answer, or the end."""
        if isinstance(event, HandshakeCompleted):
            self.is_known = event.session_resumed or self._shows_the_key()
            if not self.is_known:  # closed before anything of the call leaves under this connection's keys
                self._give_up(_OTHER_KEY)
                self.close()
            elif self._must_say_again:
                self._say()
        elif isinstance(event, StreamDataReceived) and self.is_known:
            self._came += event.data
            if event.end_stream and not self.answer.done():
                self.answer.set_result(bytes(self._came))
        elif isinstance(event, ConnectionTerminated):
            self._give_up(event.reason_phrase or "The connection ended before an answer came.")

    async def wait_for_session(self, limit_ms: int) -> None:
        """Until the station gave what the next connection begins with, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_ms / 1000):
                await self._has_session.wait()

    def let_go(self) -> None:
        """Say that it is over, and close the socket."""
        self.close()
        if self._transport is not None:
            self._transport.close()
        if self.answer.done() and not self.answer.cancelled():
            self.answer.exception()  # nobody waits for it any more

    def _say(self) -> None:
        self._quic.send_stream_data(self._quic.get_next_available_stream_id(), self._raw, end_stream=True)

    def _given(self, session: SessionTicket) -> None:
        self.session = session
        self._has_session.set()

    def _shows_the_key(self) -> bool:
        # aioquic has no public way to the certificate that a peer showed; that it holds its key was checked.
        shown: Any = self._quic.tls._peer_certificate  # noqa: SLF001
        return shown is not None and is_certified(shown, self._public)

    def _give_up(self, why: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectionError(why))


def _any(address: UdpAddress) -> tuple[str, int]:
    return ("::" if address.family is socket.AF_INET6 else "0.0.0.0", 0)  # noqa: S104 - answers may come by any path
