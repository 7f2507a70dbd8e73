"""How a packet reaches a modem or a radio: handed to somebody's program, or posted to one that runs.

Law 2: whatever such a program does, the call goes on: it has a time limit and a limit to what it may say, and what
goes wrong is a value in words, never an error. What it says is believed only where an acknowledgement in it holds.
"""

import asyncio
import contextlib
import os
import shlex
import signal
from collections.abc import Mapping
from typing import Final, Protocol

import httpx
import msgspec

from esos.carriers.station_door import refusal_of
from esos.errors import Malformed
from esos.message.packet_gateway import LETTERS_MAX_BYTES, Gateway

HAND_OVER_MS = 90_000
"""How long a gateway may take with one packet, the wait for an answer over the air among it."""
ENDED_MS = 2_000
"""How long a program that is told to end may take for it, and how long its last words are waited for."""
LOOK_SECONDS = 0.02
"""Between looks at whether a program has ended."""
CARRIER_VARIABLE = "ESOS_GATEWAY_CARRIER"
TO_VARIABLE = "ESOS_GATEWAY_TO"
CARRIER_HEADER = "Esos-Carrier"
TO_HEADER = "Esos-To"
_PROBLEM: Final = "application/problem+json"
_WORDS_MAX_LETTERS: Final = 200
_READ_BYTES: Final = 4_096


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of handing over one packet: what the gateway said, and what went wrong (empty: nothing).

    ``status`` is that of an answer by HTTP, 0 for none.
    """

    output: bytes = b""
    trouble: str = ""
    code: str = ""
    status: int = 0


class Program(Protocol):
    """Somebody's program that sends a packet to a number or a node, and may know the answer."""

    async def hand(self, packet: bytes, gateway: Gateway, to: str) -> Handed:
        """Hand one packet over; never raises for what the program does. Cancelling ends the program."""


class Command:
    """A program that is started for each packet: the packet in hexadecimal on its input, what comes back on its output.

    No shell reads the line. Whom to send to, and by what, stands in the environment.
    """

    def __init__(self, line: str, *, within_ms: int = HAND_OVER_MS) -> None:
        self._arguments = _split(line)
        self._within_ms = within_ms

    async def hand(self, packet: bytes, gateway: Gateway, to: str) -> Handed:
        """See the port ``Program``."""
        environment = {**os.environ, CARRIER_VARIABLE: gateway.value, TO_VARIABLE: to}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as cause:
            why = f"The gateway program {self._arguments[0]} cannot be started: {cause}."
            return Handed(trouble=why, code="gateway.missing")
        try:
            return await self._converse(process, packet.hex().encode() + b"\n")
        finally:
            await _end(process)

    async def _converse(self, process: asyncio.subprocess.Process, written: bytes) -> Handed:
        """Give it the packet, hear it out within the limits, and say how it ended."""
        heard = bytearray()
        try:
            async with asyncio.timeout(self._within_ms / 1000):
                has_ended = await _hear_out(process, written, heard)
        except TimeoutError:
            why = f"The gateway program did not end within {self._within_ms // 1000} s and was stopped."
            return Handed(output=bytes(heard), trouble=why, code="gateway.slow")
        if not has_ended:
            why = f"The gateway program said more than {LETTERS_MAX_BYTES} bytes and was stopped."
            return Handed(output=bytes(heard), trouble=why, code="gateway.too_much")
        if process.returncode:
            why = f"The gateway program ended with code {process.returncode}. {_last_words(heard)}".rstrip()
            return Handed(output=bytes(heard), trouble=why, code="gateway.failed")
        return Handed(output=bytes(heard))


class Post:
    """A program that runs, and takes packets by HTTP: the packet as the body, what comes back as the answer's body.

    A station's own door for gateways (``POST /api/v1/packets``) is one. ``transport`` replaces the network in tests.
    """

    def __init__(
        self, url: str, *, within_ms: int = HAND_OVER_MS, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url
        self._within_ms = within_ms
        self._transport = transport

    async def hand(self, packet: bytes, gateway: Gateway, to: str) -> Handed:
        """See the port ``Program``."""
        headers = {"Content-Type": "application/octet-stream", CARRIER_HEADER: gateway.value, TO_HEADER: to}
        try:
            async with asyncio.timeout(self._within_ms / 1000):
                return await self._exchange(packet, headers)
        except TimeoutError:
            why = f"The gateway did not answer within {self._within_ms // 1000} s."
            return Handed(trouble=why, code="gateway.slow")
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            why = f"The gateway cannot be reached: {str(cause) or type(cause).__name__}"
            return Handed(trouble=why, code="gateway.missing")

    async def _exchange(self, packet: bytes, headers: Mapping[str, str]) -> Handed:
        heard = bytearray()
        async with (
            httpx.AsyncClient(transport=self._transport, timeout=None) as client,  # noqa: S113 - the deadline above
            client.stream("POST", self._url, content=packet, headers=headers) as response,
        ):
            async for part in response.aiter_bytes():
                heard += part
                if len(heard) > LETTERS_MAX_BYTES:
                    why = f"The gateway answered with more than {LETTERS_MAX_BYTES} bytes."
                    return Handed(output=bytes(heard[:LETTERS_MAX_BYTES]), trouble=why, code="gateway.too_much")
            return _answered(response, bytes(heard))


def _answered(response: httpx.Response, heard: bytes) -> Handed:
    """What an answer by HTTP means; a station's own refusal keeps its words and its code."""
    if response.is_success:
        return Handed(output=heard)
    kind, status = response.headers.get("content-type", ""), response.status_code
    if kind.startswith(_PROBLEM):
        refusal = refusal_of(status, heard)
        return Handed(output=heard, trouble=refusal.detail, code=refusal.code, status=status)
    said = _last_words(heard) if kind.startswith("text/plain") else ""
    why = f"The gateway answered {status}. {said}".rstrip()
    return Handed(output=heard, trouble=why, code="gateway.failed", status=status)


def read_program(written: str) -> Program:
    """A gateway as it is configured: a web address, or a command line that no shell reads.

    Raises ``Malformed`` (``gateway.line``).
    """
    if written.startswith(("http://", "https://")):
        return Post(written)
    return Command(written)


def _split(line: str) -> tuple[str, ...]:
    try:
        arguments = tuple(shlex.split(line))
    except ValueError:
        arguments = ()
    if not arguments or "\0" in line:
        raise Malformed(
            "gateway.line",
            "This is neither a command with its arguments nor a web address.",
            hint="As /usr/local/bin/send-sms --modem 0, or http://127.0.0.1:8090/send",
        )
    return arguments


async def _hear_out(process: asyncio.subprocess.Process, written: bytes, heard: bytearray) -> bool:
    """Everything it says until it ends, into ``heard``; False where that is more than may be."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    assert process.stdout is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(OSError):  # a program that reads nothing may have its reasons
        process.stdin.write(written)
        await process.stdin.drain()
    process.stdin.close()
    listening = asyncio.ensure_future(_listen(process.stdout, heard))
    ending = asyncio.ensure_future(_ended(process))
    try:
        await asyncio.wait({listening, ending}, return_when=asyncio.FIRST_COMPLETED)
        if listening.done() and not listening.result():
            return False
        await ending
        # What it started may go on and hold its output open; that is no reason to wait.
        await asyncio.wait({listening}, timeout=ENDED_MS / 1000)
        return not listening.done() or listening.result()
    finally:
        listening.cancel()
        ending.cancel()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the program itself: ``Process.wait`` waits for everybody who has its output too."""
    while process.returncode is None:  # noqa: ASYNC110 - there is no event for this
        await asyncio.sleep(LOOK_SECONDS)


async def _listen(output: asyncio.StreamReader, heard: bytearray) -> bool:
    while part := await output.read(_READ_BYTES):
        heard += part[: LETTERS_MAX_BYTES - len(heard)]
        if len(heard) >= LETTERS_MAX_BYTES:
            return False
    return True


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a program that still runs, with what it started: asked first, then not asked."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDED_MS / 1000):
                await _ended(process)


def _last_words(heard: bytes | bytearray) -> str:
    """The last line it said, for a person."""
    lines = bytes(heard).decode("utf-8", "replace").strip().splitlines()
    last = lines[-1] if lines else ""
    return "".join(letter for letter in last if letter.isprintable())[:_WORDS_MAX_LETTERS]
