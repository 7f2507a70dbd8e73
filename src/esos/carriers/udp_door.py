"""The station's UDP door: takes calls through floods, acknowledges only what is committed, answers no stranger.

Law 3: an answer leaves after ``submit`` returned, and ``submit`` returns after the commit. Law 2: what
is dropped is counted by reason in ``counters``. Nothing that fails the seal is ever answered.
"""

import asyncio
import socket
import struct
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

import structlog

from esos.carriers.address import UdpAddress
from esos.carriers.udp_answers import AnswerWheel, Listener
from esos.carriers.udp_book import (
    AckInfo,
    Address,
    Arrival,
    DoorBook,
    DoorLimits,
    KeyBudget,
    Remembered,
    RememberedCall,
)
from esos.carriers.udp_filter import attach_filter
from esos.carriers.udp_socket import bound_socket
from esos.errors import EsosError, Unauthenticated
from esos.message.packet import (
    OpenedPacket,
    SignedPacket,
    parse_header,
    parse_packet,
    unpad_datagram,
    unseal,
    unsealed,
    verify_packet,
)
from esos.message.packet_ack import STATION_SHORT_BYTES
from esos.message.packet_keys import CallerKey
from esos.message.packet_seal import AckKey

Outcome = AckInfo | EsosError | None
Submit = Callable[[Sequence[Arrival]], Awaitable[Sequence[Outcome]]]
KeyFor = Callable[[bytes], CallerKey | None]
Bind = Callable[..., socket.socket]
"""As ``bound_socket``: an address and the bytes of its receive buffer to a bound socket that does not block."""
RECEIVE_BYTES = 512
VERIFIED_HERE_MAX = 4
"""A batch of so few signatures is checked at once; a larger one in a thread, where libsodium uses another core."""
_OLDER_TURN_MS = 50
_NOBODY: Address = ()
"""Where a packet came from whose carrier waits for the answer: nothing is sent there."""
_SO_MEMINFO, _MEMINFO = 55, struct.Struct("=9I")
"""What Linux tells of a socket's memory (include/uapi/linux/sock_diag.h); the last is how many were dropped."""
_log = structlog.get_logger(__name__)


class UdpDoor:
    """One UDP socket of a station.

    ``station`` is the station's kid. ``key_for`` gives a caller's present keys from memory, and
    ``older_key_for`` those of older epochs (``StationKeys.current`` and ``.older``). ``submit`` commits
    a batch and returns, for each arrival in order, what may be said of it; None for nothing, or the
    refusal. It is called again for repetitions the door has forgotten, so it must be idempotent.
    ``clock`` gives ms since 1970, ``jitter`` values in [-1, 1]. ``bind`` opens the socket where that is not
    the door's own doing. ``counters`` tells how many datagrams went which way. Carriers that wait for their
    answer ``ask`` here, so that there is one book, one budget and one commit for all of them.
    """

    def __init__(
        self,
        *,
        station: bytes,
        key_for: KeyFor,
        submit: Submit,
        clock: Callable[[], int],
        jitter: Callable[[], float],
        older_key_for: KeyFor | None = None,
        limits: DoorLimits | None = None,
        bind: Bind | None = None,
    ) -> None:
        self.counters: Counter[str] = Counter()
        self._station_short = station[:STATION_SHORT_BYTES]
        self._key_for = key_for
        self._older_key_for = older_key_for
        self._submit = submit
        self._clock = clock
        self._limits = limits or DoorLimits()
        self._bind = bind or bound_socket
        self._book = DoorBook(self._limits)
        self._budget = KeyBudget(self._limits, clock)
        self._wheel = AnswerWheel(send=self._answer, jitter=jitter)
        self._older: deque[tuple[bytes, Address, int]] = deque()
        self._older_waits = asyncio.Event()
        self._unverified: list[Unverified] = []
        self._pending = 0
        self._kernel: Callable[[], dict[str, int]] = dict
        self._sock: socket.socket
        self._tasks: asyncio.TaskGroup
        self._verifier: ThreadPoolExecutor

    @asynccontextmanager
    async def listening(
        self, address: UdpAddress, *, kernel_filter: bool = False, is_shared: bool = False
    ) -> AsyncIterator[UdpAddress]:
        """Take calls at this address while the block runs; yields where it really listens (port 0: any).

        ``kernel_filter`` lets the kernel drop, uncounted, what is not even shaped like a call. ``is_shared``:
        other processes of the station listen there too; the kernel gives each caller's address to one of them.
        On the way out nothing new is taken, and what is being committed is finished.
        """
        self._sock = self._bind(address, self._limits.receive_buffer_bytes, is_shared=is_shared)
        try:
            if kernel_filter and not attach_filter(self._sock):
                _log.warning("udp_filter_not_attached")
            self._kernel = partial(dropped_by_kernel, self._sock)
            async with self.working():
                asyncio.get_running_loop().add_reader(self._sock, self._drain)
                try:
                    yield UdpAddress(*self._sock.getsockname()[:2])
                finally:
                    asyncio.get_running_loop().remove_reader(self._sock)
        finally:
            self._sock.close()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Judge and commit while the block runs, without a socket: for what other carriers ``ask``."""
        self._verifier = ThreadPoolExecutor(max_workers=1, thread_name_prefix="esos-verify")
        try:
            async with asyncio.TaskGroup() as self._tasks:
                older = self._tasks.create_task(self._work_older())
                try:
                    yield
                finally:
                    older.cancel()
        finally:
            self._verifier.shutdown(wait=False)
            self._wheel.stop()

    async def ask(self, packet: bytes, *, within_ms: int) -> bytes | None:
        """The acknowledgement of a packet that another carrier brought and waits with; empty: not committed yet.

        None where its seal did not hold at once: perhaps an older key opens it, or there is no room just now.
        Raises what refuses it: ``Malformed`` (``packet.*``), ``Unauthenticated`` (``packet.unknown_key``), and
        what ``submit`` said of it.
        """
        if self._key_for(parse_header(packet).kid) is None:
            raise Unauthenticated("packet.unknown_key", "No caller is registered under this key.")
        self._judge(packet, _NOBODY)
        self._pass_on()
        known = self._book.find(packet)
        if known is None:
            return None
        if known.info is None:
            outcome = await known.settled(within_ms)
            if isinstance(outcome, EsosError):
                raise outcome
        return known.ack(self._station_short, is_asked=True)

    def figures(self) -> dict[str, int]:
        """``counters``, and what the kernel dropped because nobody took it in time (Linux says so)."""
        return {**self.counters, **self._kernel()}

    def tell(self, *, kid: bytes, call: bytes, info: AckInfo) -> None:
        """A person did more about the call: say so in answer to any packet of it, and at once where bytes allow."""
        known = self._book.call(kid, call)
        if known is not None:
            self._raise(known, info)

    def _raise(self, call: RememberedCall, info: AckInfo) -> None:
        if call.rise(info):
            for listener in call.listeners():
                self._wheel.schedule(listener)

    def _drain(self) -> None:
        """Take what has arrived, as much as one turn allows, and pass on what has a valid seal."""
        for _ in range(self._limits.drain_max):
            try:
                datagram, address = self._sock.recvfrom(RECEIVE_BYTES)
            except BlockingIOError:
                break
            except OSError:
                self.counters["door.socket_error"] += 1
                break
            try:
                self._came(datagram, address)
            except EsosError as refusal:
                self.counters[refusal.code] += 1
        self._pass_on()

    def _came(self, datagram: bytes, address: Address) -> None:
        """One datagram from the socket; a door for another format reads it in its own way."""
        self._judge(unpad_datagram(datagram), address, len(datagram))

    def _judge(self, packet: bytes, address: Address, datagram_bytes: int = 0) -> None:
        """The checks in the order of their price (brief 3); a refusal is counted by its code."""
        header = parse_packet(packet)
        key = self._key_for(header.kid)
        if key is None:
            self.counters["packet.unknown_key"] += 1
            return
        known = self._book.find(packet)
        if known is not None:
            self._repeat(known, address, datagram_bytes)
            return
        found = unsealed(packet, header, key)
        if found is None:
            self._set_aside(packet, address, datagram_bytes)
            return
        signed, sealer = found
        self._accept(Unverified(packet, signed, key, sealer, address), datagram_bytes)

    def _has_room(self, kid: bytes) -> bool:
        if self._pending >= self._limits.pending_max:
            self.counters["door.queue_full"] += 1
            return False
        if not self._budget.take(kid):
            self.counters["door.key_over_budget"] += 1
            return False
        return True

    def _accept(self, arrived: "Unverified", datagram_bytes: int) -> None:
        """The seal held: remember it, and have its signature checked if there is room."""
        if not self._has_room(arrived.signed.header.kid):
            return
        self._pending += 1
        arrived.known = self._book.add(arrived.packet, arrived.signed.header, arrived.sealer)
        self._listen(arrived.known, arrived.address, datagram_bytes)
        self._unverified.append(arrived)

    def _pass_on(self) -> None:
        if self._unverified:
            batch, self._unverified = self._unverified, []
            self._tasks.create_task(self._admit(batch))

    async def _admit(self, batch: list["Unverified"]) -> None:
        """Check signatures, commit what holds, and answer it."""
        outcomes: list[Outcome] = [None] * len(batch)
        try:
            outcomes = await self._outcomes(batch)
        except EsosError as refusal:
            outcomes = [refusal] * len(batch)
        except Exception:  # noqa: BLE001 - one odd call must not close the door to all others; it is logged and counted
            _log.exception("udp_batch_failed", calls=len(batch))
            self.counters["door.batch_failed"] += len(batch)
        finally:
            self._pending -= len(batch)
            for arrived, outcome in zip(batch, outcomes, strict=True):
                self._conclude(arrived.known, outcome)

    async def _outcomes(self, batch: list["Unverified"]) -> list[Outcome]:
        if len(batch) <= VERIFIED_HERE_MAX:
            verdicts = _verify(batch)
        else:
            verdicts = await asyncio.get_running_loop().run_in_executor(self._verifier, _verify, batch)
        outcomes: list[Outcome] = [verdict if isinstance(verdict, EsosError) else None for verdict in verdicts]
        places, arrivals = [], []
        for place, (arrived, verdict) in enumerate(zip(batch, verdicts, strict=True)):
            if isinstance(verdict, OpenedPacket):
                arrived.known.hears_you = verdict.hears_you
                places.append(place)
                arrivals.append(Arrival(opened=verdict, address=arrived.address))
        self.counters["door.opened"] += len(arrivals)
        committed = await self._submit(arrivals) if arrivals else ()
        for place, outcome in zip(places, committed, strict=True):
            outcomes[place] = outcome
        return outcomes

    def _conclude(self, known: Remembered, outcome: Outcome) -> None:
        """Answer what is committed; forget the rest, so that its next copy is tried again."""
        if not isinstance(outcome, AckInfo):
            self._book.forget(known)
            if outcome is not None:
                self.counters[outcome.code] += 1
            known.settle(outcome)
            return
        self.counters["door.committed"] += 1
        known.call.keep(known, outcome)
        known.settle(outcome)
        for listener in known.listeners.values():
            self._wheel.schedule(listener)
        self._raise(known.call, outcome)

    def _repeat(self, known: Remembered, address: Address, datagram_bytes: int) -> None:
        """A copy of what we have: answer it, now or when its commit is done."""
        self.counters["door.repeated"] += 1
        listener = self._listen(known, address, datagram_bytes)
        if listener is not None and known.info is not None:
            self._wheel.schedule(listener)

    def _listen(self, known: Remembered, address: Address, datagram_bytes: int) -> Listener | None:
        if address == _NOBODY:
            return None
        now_ms = self._clock()
        if not known.call.admits(address, now_ms, self._limits.addresses_per_call_max):
            self.counters["door.too_many_addresses"] += 1
            return None
        listener = known.listeners.get(address)
        if listener is None:
            listener = known.listeners[address] = Listener(known, address)
        listener.heard_copy(datagram_bytes)
        return listener

    def _answer(self, listener: Listener) -> None:
        """Send one acknowledgement, if there is something to say and enough came in to pay for it."""
        ack = listener.packet.ack(self._station_short)
        if not ack:
            return
        if not listener.spend():
            self.counters["door.answer_unpaid"] += 1
            return
        try:
            self._sock.sendto(ack, listener.address)
        except OSError:
            self.counters["door.answer_not_sent"] += 1
        else:
            self.counters["door.answered"] += 1

    def _set_aside(self, packet: bytes, address: Address, datagram_bytes: int) -> None:
        """No present key opens it: perhaps an older epoch's does, at the slower door."""
        if self._older_key_for is None:
            self.counters["packet.tag"] += 1
        elif len(self._older) >= self._limits.older_queue_max:
            self.counters["door.older_queue_full"] += 1
        else:
            self._older.append((packet, address, datagram_bytes))
            self._older_waits.set()

    async def _work_older(self) -> None:
        """The slower door: a few each turn, so that forged packets cannot buy more work with it."""
        each_turn = max(1, self._limits.older_per_s * _OLDER_TURN_MS // 1000)
        while True:
            await self._older_waits.wait()
            await asyncio.sleep(_OLDER_TURN_MS / 1000)
            for _ in range(min(each_turn, len(self._older))):
                try:
                    self._judge_older(*self._older.popleft())
                except EsosError as refusal:
                    self.counters[refusal.code] += 1
            self._pass_on()
            if not self._older:
                self._older_waits.clear()

    def _judge_older(self, packet: bytes, address: Address, datagram_bytes: int) -> None:
        header = parse_header(packet)
        key = self._older_key_for(header.kid) if self._older_key_for else None
        if key is None:
            self.counters["packet.tag"] += 1
            return
        known = self._book.find(packet)
        if known is not None:
            self._repeat(known, address, datagram_bytes)
            return
        signed, sealer = unseal(packet, header, key)
        self.counters["door.older_epoch"] += 1
        self._accept(Unverified(packet, signed, key, sealer, address), datagram_bytes)


class Unverified:
    """A packet whose seal held, on its way to the signature check."""

    __slots__ = ("address", "key", "known", "packet", "sealer", "signed")

    def __init__(self, packet: bytes, signed: SignedPacket, key: CallerKey, sealer: AckKey, address: Address) -> None:
        self.packet = packet
        self.signed = signed
        self.key = key
        self.sealer = sealer
        self.address = address
        self.known: Remembered


def _verify(batch: list[Unverified]) -> list[OpenedPacket | EsosError]:
    return [_verdict(arrived) for arrived in batch]


def _verdict(arrived: Unverified) -> OpenedPacket | EsosError:
    try:
        return verify_packet(arrived.signed, arrived.key, arrived.sealer)
    except EsosError as refusal:
        return refusal


def dropped_by_kernel(sock: socket.socket) -> dict[str, int]:
    """How many datagrams found the socket's buffer full: the one queue before the door that could lose in silence."""
    try:
        told = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    except OSError:  # the socket is closed, or this is no Linux
        return {}
    return {"door.socket_full": _MEMINFO.unpack(told)[-1]}
