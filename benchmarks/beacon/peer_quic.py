"""QUIC as a peer: aioquic at both ends, one stream on a connection of its own for each try."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.asyncio import serve as serve_quic
from aioquic.quic.configuration import QuicConfiguration

from beacon.certificate import Certificate

PORT = 47_202
ALPN = ["esos-bench"]
IDLE_SECONDS = 60.0
FAILURES = (ConnectionError, OSError)


async def serve(note: Callable[[bytes], None], certificate: Certificate) -> object:
    """Take one message a stream, note it and answer; keep what is returned."""
    configuration = QuicConfiguration(is_client=False, alpn_protocols=ALPN, idle_timeout=IDLE_SECONDS)
    configuration.load_cert_chain(certificate.cert, certificate.key)
    streams: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        note(await reader.read())
        writer.write(b"a" * 38)
        writer.write_eof()

    def opened(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(take(reader, writer))
        streams.add(task)
        task.add_done_callback(streams.discard)

    return await serve_quic("::", PORT, configuration=configuration, stream_handler=opened)


class Caller:
    """Each try is a connection of its own; certificates are not checked, as with the other peers."""

    def __init__(self, folder: Path) -> None:
        del folder

    async def attempt(self, host: str, body: bytes) -> None:
        """One message; returns when it was answered."""
        configuration = QuicConfiguration(
            is_client=True, alpn_protocols=ALPN, idle_timeout=IDLE_SECONDS, verify_mode=ssl.CERT_NONE
        )
        async with connect(host, PORT, configuration=configuration, create_protocol=_Leaving) as connection:
            reader, writer = await connection.create_stream()
            writer.write(body)
            writer.write_eof()
            if not await reader.read():
                raise ConnectionError


class _Leaving(QuicConnectionProtocol):
    """Leaves without waiting for the peer's last word, which may be lost."""

    async def wait_closed(self) -> None:
        """Nothing is waited for."""
