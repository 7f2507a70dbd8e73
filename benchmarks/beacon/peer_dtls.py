"""DTLS 1.2 as a peer: OpenSSL at both ends by way of pyOpenSSL, without the extra turn of a cookie.

A lost flight is repeated by OpenSSL's own timers. DTLS does not repeat what is said afterwards, so the caller does,
each second.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from OpenSSL import SSL

from beacon.certificate import Certificate
from beacon.everywhere import EVERYWHERE

PORT = 47_203
MTU = 1_200
TICK_SECONDS = 0.05
AGAIN_SECONDS = 1.0
IDLE_SECONDS = 90.0
_RECORD_HEADER_BYTES = 13
_LENGTH_AT = slice(11, 13)
FAILURES = (SSL.Error, OSError)


class Flow:
    """One side of one DTLS connection over datagrams that somebody else sends and receives."""

    def __init__(
        self, context: SSL.Context, send: Callable[[bytes], None], heard: Callable[[bytes], None], *, is_client: bool
    ) -> None:
        self._connection = SSL.Connection(context, None)
        self._connection.set_ciphertext_mtu(MTU)
        (self._connection.set_connect_state if is_client else self._connection.set_accept_state)()
        self._send = send
        self._heard = heard
        self.is_open = False
        self.moved_s = asyncio.get_running_loop().time()

    def arrived(self, datagram: bytes) -> None:
        """A datagram of the other side."""
        self.moved_s = asyncio.get_running_loop().time()
        self._connection.bio_write(datagram)
        self.step()

    def tick(self) -> None:
        """Let OpenSSL repeat what has waited long enough."""
        if not self.is_open:
            self._connection.DTLSv1_handle_timeout()
            self._flush()

    def say(self, message: bytes) -> None:
        """Send a message over the open connection."""
        self._connection.send(message)
        self._flush()

    def step(self) -> None:
        """Go on with the handshake or read what came."""
        try:
            if not self.is_open:
                self._connection.do_handshake()
                self.is_open = True
            while True:
                self._heard(self._connection.recv(MTU))
        except SSL.WantReadError:
            pass
        finally:
            self._flush()

    def _flush(self) -> None:
        """Everything OpenSSL wants to say, whole records packed into datagrams."""
        waiting = b""
        while True:
            try:
                waiting += self._connection.bio_read(65_536)
            except SSL.WantReadError:
                break
        datagram = b""
        while waiting:
            size = _RECORD_HEADER_BYTES + int.from_bytes(waiting[_LENGTH_AT], "big")
            record, waiting = waiting[:size], waiting[size:]
            if datagram and len(datagram) + len(record) > MTU:
                self._send(datagram)
                datagram = b""
            datagram += record
        if datagram:
            self._send(datagram)


class _Server(asyncio.DatagramProtocol):
    """One flow for each address that speaks to us."""

    def __init__(self, context: SSL.Context, note: Callable[[bytes], None]) -> None:
        self._context = context
        self._note = note
        self._flows: dict[Any, Flow] = {}

    def connection_made(self, transport: Any) -> None:
        """Keep the socket, and turn the timers of all flows."""
        self._transport = transport
        asyncio.get_running_loop().call_later(TICK_SECONDS, self._turn)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Hand it to its flow; one that failed is forgotten."""
        flow = self._flows.get(addr)
        if flow is None:
            flow = self._flows[addr] = Flow(
                self._context, lambda datagram: self._transport.sendto(datagram, addr),
                lambda message: self._take(message, addr), is_client=False,
            )  # fmt: skip
        try:
            flow.arrived(data)
        except SSL.Error:
            self._flows.pop(addr, None)

    def _take(self, message: bytes, addr: Any) -> None:
        self._note(message)
        self._flows[addr].say(b"a" * 38)

    def _turn(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for addr, flow in list(self._flows.items()):
            try:
                flow.tick()
            except SSL.Error:
                self._flows.pop(addr, None)
            if now_s - flow.moved_s > IDLE_SECONDS:
                self._flows.pop(addr, None)
        asyncio.get_running_loop().call_later(TICK_SECONDS, self._turn)


async def serve(note: Callable[[bytes], None], certificate: Certificate) -> object:
    """Take messages, note and answer them; keep what is returned."""
    context = SSL.Context(SSL.DTLS_SERVER_METHOD)
    context.use_certificate_file(str(certificate.cert))
    context.use_privatekey_file(str(certificate.key))
    loop = asyncio.get_running_loop()
    return await loop.create_datagram_endpoint(lambda: _Server(context, note), local_addr=(EVERYWHERE, PORT))


class _Client(asyncio.DatagramProtocol):
    """The socket of one try."""

    flow: Flow

    def __init__(self) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Hand it to the flow."""
        del addr
        try:
            self.flow.arrived(data)
        except SSL.Error as cause:
            if not self.failed.done():
                self.failed.set_exception(cause)


class Caller:
    """Each try is a handshake on a socket of its own, and then the message until it is answered."""

    def __init__(self, folder: Path) -> None:
        del folder
        self._context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        self._context.set_verify(SSL.VERIFY_NONE)

    async def attempt(self, host: str, body: bytes) -> None:
        """One message; returns when it was answered."""
        loop = asyncio.get_running_loop()
        transport, client = await loop.create_datagram_endpoint(_Client, remote_addr=(host, PORT))
        answered = asyncio.Event()
        client.flow = Flow(self._context, transport.sendto, lambda _: answered.set(), is_client=True)
        said_s = 0.0
        try:
            client.flow.step()
            while not answered.is_set():
                if client.failed.done():
                    client.failed.result()
                client.flow.tick()
                if client.flow.is_open and loop.time() - said_s >= AGAIN_SECONDS:
                    said_s = loop.time()
                    client.flow.say(body)
                await _either(answered, TICK_SECONDS)
        finally:
            if client.failed.done():
                client.failed.exception()
            transport.abort()


async def _either(event: asyncio.Event, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return
