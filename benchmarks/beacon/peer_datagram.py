"""One datagram in 3 s until it is answered, as DOTS clients are told to do (RFC 9132, section 4.7): no handshake."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from beacon.certificate import Certificate
from beacon.everywhere import EVERYWHERE

PORT = 47_205
GAP_SECONDS = 3.0
FAILURES = (OSError,)


class _Echo(asyncio.DatagramProtocol):
    """Notes and answers each datagram."""

    def __init__(self, note: Callable[[bytes], None]) -> None:
        self._note = note

    def connection_made(self, transport: Any) -> None:
        """Keep the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """One answer for each copy."""
        self._note(data)
        self._transport.sendto(b"a" * 38, addr)


async def serve(note: Callable[[bytes], None], certificate: Certificate) -> object:
    """Take datagrams; keep what is returned."""
    del certificate
    loop = asyncio.get_running_loop()
    return await loop.create_datagram_endpoint(lambda: _Echo(note), local_addr=(EVERYWHERE, PORT))


class _Waiting(asyncio.DatagramProtocol):
    """A socket that waits for an answer."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Any answer will do."""
        del data, addr
        self.answered.set()


class Caller:
    """Repeats for as long as the trial lasts."""

    def __init__(self, folder: Path) -> None:
        del folder

    async def attempt(self, host: str, body: bytes) -> None:
        """Returns when it was answered."""
        loop = asyncio.get_running_loop()
        transport, waiting = await loop.create_datagram_endpoint(_Waiting, remote_addr=(host, PORT))
        try:
            while not waiting.answered.is_set():
                transport.sendto(body)
                try:
                    async with asyncio.timeout(GAP_SECONDS):
                        await waiting.answered.wait()
                except TimeoutError:
                    continue
        finally:
            transport.abort()
