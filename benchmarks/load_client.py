"""Load from processes of its own: HTTP requests on kept connections, and call packets until each is acknowledged.

What is sent is made and signed before the clock starts, so that the client takes as little of the machine as it can;
what it takes is told all the same, for it shares the processors with what it measures.
"""

import asyncio
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from esos.cli.serve import loop_runner
from esos.message.packet_ack import ACK_BYTES
from esos.message.packet_codes import AckState

CLIENTS = 2
PATIENCE_SECONDS = 90.0
AGAIN_SECONDS = 1.0
_STATE_AT, _CALL_AT = 11, slice(2, 10)
_barrier: Any = None


class Told(NamedTuple):
    """What a client did: how many were taken and refused, when it began and ended, what it used of a processor."""

    taken: int
    refused: int
    began: float
    ended: float
    processor: float


class Sum(NamedTuple):
    """What all clients together did; ``client_share`` is what they used of one processor."""

    taken: int
    refused: int
    per_second: float
    client_share: float


class HttpLoad(NamedTuple):
    """Requests, whole and ready, for one address, over so many connections."""

    host: str
    port: int
    requests: Sequence[bytes]
    connections: int


class UdpLoad(NamedTuple):
    """Packets by the id of their call, over so many sockets, so many unanswered at a time."""

    host: str
    port: int
    packets: dict[bytes, bytes]
    sockets: int
    in_flight: int


def http_request(path: str, body: bytes, kind: str, host: str, headers: str = "") -> bytes:
    """A POST as it goes on the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


@contextmanager
def clients(count: int = CLIENTS) -> Iterator[ProcessPoolExecutor]:
    """So many client processes, which begin each load together."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, initializer=_meet_at, initargs=(context.Barrier(count),)) as pool:
        yield pool


def put(pool: ProcessPoolExecutor, loads: Sequence[HttpLoad | UdpLoad]) -> Sum:
    """Put one load on by each client, at the same time."""
    told = list(pool.map(_put_one, loads, timeout=2 * PATIENCE_SECONDS))
    seconds = max(one.ended for one in told) - min(one.began for one in told)
    taken = sum(one.taken for one in told)
    processor = sum(one.processor for one in told)
    return Sum(taken, sum(one.refused for one in told), taken / seconds, processor / seconds)


def _meet_at(barrier: Any) -> None:
    global _barrier  # noqa: PLW0603 - a barrier reaches a process only when that is made
    _barrier = barrier


def _put_one(load: HttpLoad | UdpLoad) -> Told:
    _barrier.wait(PATIENCE_SECONDS)
    work = _put_http(load) if isinstance(load, HttpLoad) else _put_udp(load)
    began, used = time.monotonic(), time.process_time()
    taken, refused = loop_runner()(work)
    return Told(taken, refused, began, time.monotonic(), time.process_time() - used)


async def _put_http(load: HttpLoad) -> tuple[int, int]:
    waiting = iter(load.requests)
    async with asyncio.timeout(PATIENCE_SECONDS):
        counts = await asyncio.gather(*(_connection(load, waiting) for _ in range(load.connections)))
    return sum(one[0] for one in counts), sum(one[1] for one in counts)


async def _connection(load: HttpLoad, waiting: Iterator[bytes]) -> tuple[int, int]:
    """Send one request after another; how many were answered 2xx, and how many otherwise."""
    taken = refused = 0
    reader, writer = await asyncio.open_connection(load.host, load.port)
    for request in waiting:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        is_taken = head.split(b" ", 2)[1].startswith(b"2")
        taken, refused = taken + is_taken, refused + (not is_taken)
        await _skip_body(reader, head)
        if b"connection: close" in head or head.startswith(b"http/1.0"):
            writer.close()
            reader, writer = await asyncio.open_connection(load.host, load.port)
    writer.close()
    return taken, refused


async def _skip_body(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
        return
    if b"content-length:" in head:
        await reader.readexactly(int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))


class _Flow(asyncio.DatagramProtocol):
    """One socket of a client; it tells of each call that the station says it has."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """An acknowledgement of a commit counts; whose seal it bears the caller's own program checks."""
        del addr
        if len(data) == ACK_BYTES and data[_STATE_AT] >= AckState.COMMITTED:
            self._heard(data[_CALL_AT])


class _Packets:
    """Packets under way: each sent again by the socket it went by until it is acknowledged."""

    def __init__(self, load: UdpLoad) -> None:
        self.load = load
        self.waiting = deque(load.packets)
        self.under_way: dict[bytes, tuple[asyncio.DatagramTransport, float]] = {}
        self.flows: list[asyncio.DatagramTransport] = []
        self.done = asyncio.Event()

    async def run(self) -> int:
        """How many were acknowledged."""
        loop = asyncio.get_running_loop()
        for _ in range(self.load.sockets):
            flow, _ = await loop.create_datagram_endpoint(
                partial(_Flow, self.heard), remote_addr=(self.load.host, self.load.port)
            )
            self.flows.append(flow)
        for number in range(min(self.load.in_flight, len(self.waiting))):
            self.send_next(self.flows[number % len(self.flows)])
        again = asyncio.create_task(self.send_again())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.done.wait()
        again.cancel()
        for flow in self.flows:
            flow.close()
        return len(self.load.packets)

    def send_next(self, flow: asyncio.DatagramTransport) -> None:
        """The next packet by this socket."""
        call = self.waiting.popleft()
        self.under_way[call] = (flow, time.monotonic())
        flow.sendto(self.load.packets[call])

    def heard(self, call: bytes) -> None:
        """The station has this call: another may go."""
        found = self.under_way.pop(call, None)
        if found is None:
            return
        if self.waiting:
            self.send_next(found[0])
        elif not self.under_way:
            self.done.set()

    async def send_again(self) -> None:
        """What stays unanswered is sent again, as a caller's program does."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS / 4)
            late = time.monotonic() - AGAIN_SECONDS
            for call, (flow, at) in list(self.under_way.items()):
                if at < late:
                    self.under_way[call] = (flow, time.monotonic())
                    flow.sendto(self.load.packets[call])


async def _put_udp(load: UdpLoad) -> tuple[int, int]:
    return await _Packets(load).run(), 0
