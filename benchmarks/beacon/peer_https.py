"""HTTPS as a peer: a small TLS server, and httpx with a connection of its own for each try."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx

from beacon.certificate import Certificate
from beacon.everywhere import EVERYWHERE

PORT = 47_201
ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 38\r\nConnection: close\r\n\r\n" + b"a" * 38
)


async def serve(note: Callable[[bytes], None], certificate: Certificate) -> object:
    """Take posts and note their bodies; keep what is returned."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert, certificate.key)

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            note(await reader.readexactly(length))
            writer.write(ANSWER)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the caller has gone, or its connection was lost on the way
        finally:
            writer.close()

    patience = {"ssl_handshake_timeout": 60.0, "ssl_shutdown_timeout": 1.0}
    return await asyncio.start_server(connection, EVERYWHERE, PORT, ssl=context, backlog=4_096, **patience)


class Caller:
    """Posts over fresh connections that all share one context, since loading one takes long."""

    def __init__(self, folder: Path) -> None:
        del folder
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    async def attempt(self, host: str, body: bytes) -> None:
        """One post; returns when it was answered with yes."""
        async with httpx.AsyncClient(verify=self._context, timeout=None) as client:  # noqa: S113 - the trial has a deadline
            (await client.post(f"https://{host}:{PORT}/call", content=body)).raise_for_status()


FAILURES = (httpx.HTTPError, OSError, ssl.SSLError)
