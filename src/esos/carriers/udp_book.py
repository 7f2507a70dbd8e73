"""What a UDP door remembers of the packets it saw, all of it bounded: repetitions, addresses, budgets.

Everything here may be lost without harm: a forgotten packet is opened and submitted again, and the
journal knows it already.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from esos.beacon.schedule import ACK_UNTIL_MS
from esos.carriers.udp_answers import Listener
from esos.errors import EsosError
from esos.message.packet import Header, OpenedPacket
from esos.message.packet_ack import Ack, encode_ack
from esos.message.packet_codes import AckState
from esos.message.packet_seal import SEAL_TAG_BYTES, AckKey

Address = tuple[str | int, ...]


class DoorLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every limit of a UDP door, by name and unit."""

    pending_max: int = 4_096
    """Packets between the door and the journal's commit; beyond it a copy is dropped and counted."""
    remembered_max: int = 32_768
    """Packets and calls remembered for answering repetitions without opening them again."""
    addresses_per_call_max: int = 4
    """Source addresses that are answered for one call id."""
    packets_per_key_per_s: float = 10.0
    """New packets one caller's key may have verified each second, on average."""
    packets_per_key_burst: int = 64
    """How many of them at once."""
    keys_metered_max: int = 65_536
    """Callers' keys with a budget in memory."""
    drain_max: int = 64
    """Datagrams taken from the socket before other work gets its turn; also the largest batch submitted."""
    receive_buffer_bytes: int = 4 * 1024 * 1024
    """The kernel's receive buffer; a larger one only delays calls."""
    older_queue_max: int = 1_024
    """Packets that no present key opens, waiting for the slower door."""
    older_per_s: int = 160
    """How many of those are tried each second with the keys of older epochs."""


class AckInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the station has to say of a packet after its commit: the state, and since when (ms, its own clock)."""

    state: AckState
    at_ms: int


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that passed every check, and where its first copy came from."""

    opened: OpenedPacket
    address: Address


class Remembered:
    """One packet whose seal held: its exact bytes, its answer once it is committed, who listens and who waits."""

    __slots__ = ("_ack", "_acked", "_header", "_sealer", "_waiting", "call", "hears_you", "info", "listeners", "packet")

    def __init__(self, packet: bytes, header: Header, sealer: AckKey, call: "RememberedCall") -> None:
        self.packet = packet
        self.call = call
        self.hears_you = False
        self.info: AckInfo | None = None
        self.listeners: dict[Address, Listener] = {}
        self._waiting: list[asyncio.Future[AckInfo | EsosError | None]] = []
        self._header = header
        self._sealer = sealer
        self._ack = b""
        self._acked: AckInfo | None = None

    @property
    def sequence(self) -> int:
        """Its number within its call."""
        return self._header.sequence

    async def settled(self, within_ms: int) -> AckInfo | EsosError | None:
        """What became of it, None where that is not known in time."""
        waiting: asyncio.Future[AckInfo | EsosError | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(within_ms / 1000):
                return await waiting
        except TimeoutError:
            return None
        finally:
            self._waiting.remove(waiting)

    def settle(self, outcome: AckInfo | EsosError | None) -> None:
        """Tell whoever waits what became of it."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(outcome)

    def ack(self, station: bytes, *, is_asked: bool = False) -> bytes:
        """The acknowledgement of this packet as it stands; empty while nothing may be said.

        ``is_asked``: whoever asks gets it although its caller says that it has heard.
        """
        info = self.call.said_of(self) or (self.info if is_asked else None)
        if info is None:
            return b""
        if info != self._acked:
            said = Ack(
                call=self._header.call,
                sequence=self._header.sequence,
                state=info.state,
                station=station,
                time_ms=info.at_ms,
            )
            self._ack, self._acked = encode_ack(said, kid=self._header.kid, sealer=self._sealer), info
        return self._ack


class RememberedCall:
    """What belongs to one call id: the addresses it came from, its committed packets, and how far it got.

    ``risen`` is what a person did about the call. It concerns every packet of it: a caller may be
    repeating an old one while newer ones were committed long ago.
    """

    __slots__ = ("addresses", "heard_below", "packets", "risen")

    def __init__(self) -> None:
        self.addresses: dict[Address, int] = {}
        self.packets: dict[int, Remembered] = {}
        self.risen: AckInfo | None = None
        self.heard_below = 0

    def said_of(self, known: Remembered) -> AckInfo | None:
        """What a copy of this packet is answered with; None while it is not committed, or once the caller heard it."""
        if known.info is None or known.info.state is AckState.HEARD:
            return known.info
        if self.risen is not None:
            return max(known.info, self.risen, key=lambda info: info.state)
        return None if known.sequence < self.heard_below else known.info

    def keep(self, known: Remembered, info: AckInfo) -> None:
        """A packet of this call is committed; what the caller says in it that it heard is answered no more."""
        known.info = info
        self.packets[known.sequence] = known
        if known.hears_you:
            self.heard_below = max(self.heard_below, known.sequence)

    def rise(self, info: AckInfo) -> bool:
        """Whether a person now did more about it than before; what was told never sinks."""
        if info.state <= (self.risen.state if self.risen else AckState.COMMITTED):
            return False
        self.risen = info
        return True

    def listeners(self) -> list[Listener]:
        """Everybody who waits for an answer to one of its committed packets."""
        return [listener for known in self.packets.values() for listener in known.listeners.values()]

    def admits(self, address: Address, now_ms: int, limit: int) -> bool:
        """Whether this address may be answered: one of the first few that sent copies lately.

        Where they are as many as may be, another port takes the place of an older one of the same host: a caller
        that was started again, or whose address is translated anew.
        """
        if address not in self.addresses and len(self.addresses) >= limit:
            self._drop([known for known, at_ms in self.addresses.items() if now_ms - at_ms >= ACK_UNTIL_MS])
            if len(self.addresses) >= limit:
                same_host = [known for known in self.addresses if known[0] == address[0]]
                if not same_host:
                    return False
                self._drop([min(same_host, key=self.addresses.__getitem__)])
        self.addresses[address] = now_ms
        return True

    def _drop(self, silent: list[Address]) -> None:
        """These are answered no more."""
        for address in silent:
            del self.addresses[address]
            for known in self.packets.values():
                known.listeners.pop(address, None)


class DoorBook:
    """The packets a door remembers, the oldest forgotten first, and their calls, the longest silent first."""

    def __init__(self, limits: DoorLimits) -> None:
        self._limits = limits
        self._packets: OrderedDict[bytes, Remembered] = OrderedDict()
        self._calls: OrderedDict[bytes, RememberedCall] = OrderedDict()

    def find(self, packet: bytes) -> Remembered | None:
        """The remembered packet with exactly these bytes, found by its 8-byte tag."""
        known = self._packets.get(packet[-SEAL_TAG_BYTES:])
        return known if known is not None and known.packet == packet else None

    def add(self, packet: bytes, header: Header, sealer: AckKey) -> Remembered:
        """Remember a packet whose seal held, so that its copies wait for the same verdict."""
        known = Remembered(packet, header, sealer, self._call_of(header.kid + header.call))
        self._packets[packet[-SEAL_TAG_BYTES:]] = known
        if len(self._packets) > self._limits.remembered_max:
            _, oldest = self._packets.popitem(last=False)
            self._let_go(oldest)
        return known

    def forget(self, known: Remembered) -> None:
        """Take a packet out, so that its next copy is submitted again."""
        self._packets.pop(known.packet[-SEAL_TAG_BYTES:], None)
        self._let_go(known)

    def call(self, kid: bytes, call: bytes) -> RememberedCall | None:
        """A call, None where none of its packets is remembered."""
        return self._calls.get(kid + call)

    def _call_of(self, name: bytes) -> RememberedCall:
        call = self._calls.setdefault(name, RememberedCall())
        self._calls.move_to_end(name)
        if len(self._calls) > self._limits.remembered_max:
            self._calls.popitem(last=False)
        return call

    @staticmethod
    def _let_go(known: Remembered) -> None:
        if known.call.packets.get(known.sequence) is known:
            del known.call.packets[known.sequence]


class KeyBudget:
    """A token bucket for each caller's key, so that one key cannot use up the signature checks of all."""

    def __init__(self, limits: DoorLimits, clock: Callable[[], int]) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    def take(self, kid: bytes) -> bool:
        """Spend one packet of this key's budget; False where nothing is left."""
        now_ms = self._clock()
        tokens, at_ms = self._buckets.get(kid, (float(self._limits.packets_per_key_burst), now_ms))
        gained = max(now_ms - at_ms, 0) / 1000 * self._limits.packets_per_key_per_s
        tokens = min(tokens + gained, float(self._limits.packets_per_key_burst))
        has_token = tokens >= 1
        self._buckets[kid] = (tokens - has_token, now_ms)
        if len(self._buckets) > self._limits.keys_metered_max:
            self._buckets.popitem(last=False)
        return has_token
