"""A simulated internet for datagrams: loss, delay, duplication, reordering and partitions, and sockets on it.

``SimSocket`` is what a station's door binds, ``Endpoint`` what a caller's program opens; both keep the
promises of real ones that ``tests/contract/test_datagram_contract.py`` names.
"""

import asyncio
import errno
import random
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from simulated.chronicle import Chronicle

Address = tuple[str, int]
HOST: ContextVar[str] = ContextVar("host", default="192.0.2.1")
"""Which host the present task runs on."""
OVERHEARD_MAX = 200
STREAM_TRIES = 4
STREAM_AGAIN_S = 0.3
"""How often, and after how long, a stream sends again what was lost."""
FIRST_FREE_PORT = 40_000
ANY_HOSTS = frozenset({"0.0.0.0", "::", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How bad the network is. Shares are chances of one message; delays are in seconds."""

    loss: float = 0.0
    duplication: float = 0.0
    delay_s: float = 0.02
    slow: float = 0.0
    slow_s: float = 3.0
    """How many messages are slow, and by how much at most: others overtake them."""


class Internet:
    """Hosts, what lies between them, and the sockets that are open."""

    def __init__(self, chance: random.Random, chronicle: Chronicle, weather: Weather | None = None) -> None:
        self.weather = weather or Weather()
        self.chronicle = chronicle
        self._chance = chance
        self._sockets: dict[Address, Callable[[bytes, Address], None]] = {}
        self._port = FIRST_FREE_PORT
        self._cut: dict[tuple[str, str], int] = {}
        self.overheard: deque[bytes] = deque(maxlen=OVERHEARD_MAX)
        """The last datagrams to stations' doors, for whoever listens in."""

    # -------------------------------------------------------------------------------------- the way
    def cut(self, one: str, other: str) -> None:
        """Nothing passes between these hosts until as many ``heal`` as there were cuts."""
        for pair in ((one, other), (other, one)):
            self._cut[pair] = self._cut.get(pair, 0) + 1

    def heal(self, one: str, other: str) -> None:
        """Undo one cut."""
        for pair in ((one, other), (other, one)):
            self._cut[pair] -= 1

    def is_cut(self, one: str, other: str) -> bool:
        """Whether nothing passes."""
        return self._cut.get((one, other), 0) > 0

    def passes(self, source: str, target: str) -> bool:
        """Whether one message gets through."""
        if self._cut and self.is_cut(source, target):
            self.chronicle.note_aside("cut off")
            return False
        if self._chance.random() < self.weather.loss:
            self.chronicle.note_aside("lost")
            return False
        return True

    def delay_s(self) -> float:
        """How long one message takes."""
        weather = self.weather
        if weather.slow and self._chance.random() < weather.slow:
            return self._chance.uniform(0, weather.slow_s)
        return self._chance.uniform(0.2, 1.8) * weather.delay_s

    def stream_delay_s(self, source: str, target: str) -> float | None:
        """How long something sent by a stream takes, which repeats what is lost; None where it gives up."""
        for tried in range(STREAM_TRIES):
            if self.passes(source, target):
                return self.delay_s() + tried * STREAM_AGAIN_S
        return None

    def is_doubled(self) -> bool:
        """Whether one message arrives twice."""
        return self._chance.random() < self.weather.duplication

    # -------------------------------------------------------------------------------------- sockets
    def bind(self, address: Address, take: Callable[[bytes, Address], None]) -> Address:
        """Open a socket; raises ``OSError`` where the address is taken."""
        host = HOST.get() if address[0] in ANY_HOSTS else address[0]
        port = address[1] or self._next_port()
        if (host, port) in self._sockets:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        self._sockets[host, port] = take
        return host, port

    def _next_port(self) -> int:
        self._port += 1
        return self._port

    def unbind(self, address: Address) -> None:
        """Close a socket; what is under way to it is lost."""
        self._sockets.pop(address, None)

    def send(self, data: bytes, source: Address, target: Address) -> None:
        """Send one datagram; nobody learns what becomes of it."""
        copies = 1 + self.is_doubled()
        for _ in range(copies):
            if self.passes(source[0], target[0]):
                asyncio.get_running_loop().call_later(self.delay_s(), self._arrive, data, source, target)

    def _arrive(self, data: bytes, source: Address, target: Address) -> None:
        take = self._sockets.get(target)
        if take is not None:
            self.chronicle.note("datagram", len(data), "bytes from", source[0], "to", target[0])
            if target[1] < FIRST_FREE_PORT:
                self.overheard.append(data)
            take(data, source)

    def endpoint(self, protocol_factory: Any, local_addr: Address | None) -> "tuple[Endpoint, Any]":
        """What ``create_datagram_endpoint`` gives."""
        protocol = protocol_factory()
        transport = Endpoint(self, protocol, local_addr or ("", 0))
        protocol.connection_made(transport)
        return transport, protocol


class Endpoint(asyncio.DatagramTransport):
    """The caller's end: hands each datagram to its protocol."""

    def __init__(self, internet: Internet, protocol: asyncio.DatagramProtocol, local: Address) -> None:
        super().__init__()
        self._internet = internet
        self._address = internet.bind(local, protocol.datagram_received)

    def sendto(self, data: Any, addr: Any = None) -> None:
        self._internet.send(bytes(data), self._address, tuple(addr))  # type: ignore[arg-type]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._address if name == "sockname" else default

    def abort(self) -> None:
        self._internet.unbind(self._address)

    close = abort


class SimSocket:
    """The station's end: a datagram socket that does not block, as far as the door uses one."""

    def __init__(self, internet: Internet, address: Address) -> None:
        self._internet = internet
        self._queue: deque[tuple[bytes, Address]] = deque()
        self._is_woken = False
        self.on_arrival: Callable[[], None] | None = None
        self._address = internet.bind((address[0], address[1]), self._take)

    def _take(self, data: bytes, source: Address) -> None:
        self._queue.append((data, source))
        if not self._is_woken:
            self._is_woken = True
            asyncio.get_running_loop().call_soon(self._wake)

    def _wake(self) -> None:
        """As long as something waits, its reader is called again."""
        self._is_woken = False
        if self.on_arrival is not None and self._queue:
            self.on_arrival()
            if self._queue:
                self._is_woken = True
                asyncio.get_running_loop().call_soon(self._wake)

    def recvfrom(self, size: int) -> tuple[bytes, Address]:
        if not self._queue:
            raise BlockingIOError
        data, source = self._queue.popleft()
        return data[:size], source

    def sendto(self, data: bytes, address: Any) -> int:
        self._internet.send(bytes(data), self._address, tuple(address))  # type: ignore[arg-type]
        return len(data)

    def getsockname(self) -> Address:
        return self._address

    def close(self) -> None:
        self._internet.unbind(self._address)
        self._queue.clear()
