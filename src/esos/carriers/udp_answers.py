"""Which answers a door still owes, to whom and when: four a copy, never more bytes out than came in.

The law kept here: for every packet and address the bytes sent, headers counted, never exceed the bytes
received from there, so a station cannot be used to flood somebody whose address was forged.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from esos.beacon.schedule import ACK_MERGE_MS, ACK_TIMES_MS, ack_times_ms
from esos.carriers.address import IP_AND_UDP_BYTES_V4, IP_AND_UDP_BYTES_V6
from esos.message.packet_ack import ACK_BYTES

TICK_MS = ACK_MERGE_MS // 2
"""Answers leave on a grid of this many ms."""
_IPV6_ADDRESS_PARTS = 4


class Answerable(Protocol):
    """A packet that can be answered."""

    def ack(self, station: bytes) -> bytes:
        """The acknowledgement as it stands, empty for none."""


class Listener:
    """One address that sent copies of one packet: what it may still get, and when answers to it are due."""

    __slots__ = ("_credit_bytes", "_headers_bytes", "address", "due_ticks", "owed_tick", "packet", "sent_tick")

    def __init__(self, packet: "Answerable", address: tuple[str | int, ...]) -> None:
        self.packet = packet
        self.address = address
        self.due_ticks: set[int] = set()
        self.sent_tick = -2
        self.owed_tick = -1
        self._credit_bytes = 0
        self._headers_bytes = IP_AND_UDP_BYTES_V6 if len(address) == _IPV6_ADDRESS_PARTS else IP_AND_UDP_BYTES_V4

    def heard_copy(self, datagram_bytes: int) -> None:
        """Note a copy: what came in may go out."""
        self._credit_bytes += datagram_bytes + self._headers_bytes

    def spend(self) -> bool:
        """Take what one acknowledgement costs; False where it was not received before."""
        cost_bytes = ACK_BYTES + self._headers_bytes
        if self._credit_bytes < cost_bytes:
            return False
        self._credit_bytes -= cost_bytes
        return True


class AnswerWheel:
    """Sends answers when they fall due: one timer for all of them, answers close together merged."""

    def __init__(self, *, send: Callable[[Listener], None], jitter: Callable[[], float]) -> None:
        self._send = send
        self._jitter = jitter
        self._slots: dict[int, list[Listener]] = {}
        self._turned_tick = 0
        self._timer: asyncio.TimerHandle | None = None

    def schedule(self, listener: Listener) -> None:
        """Owe a listener the answers to one copy, the first at once; another copy of the same tick owes no more."""
        now_tick = self._now_tick()
        if listener.owed_tick == now_tick:
            return
        listener.owed_tick = now_tick
        jitters = [self._jitter() for _ in ACK_TIMES_MS]
        for time_ms in ack_times_ms(jitters):
            self._owe(listener, now_tick, time_ms // TICK_MS)

    def stop(self) -> None:
        """Forget what is still owed; the caller's next copy will ask again."""
        self._slots.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _owe(self, listener: Listener, now_tick: int, ticks: int) -> None:
        if ticks == 0:
            if now_tick - listener.sent_tick > 1:
                listener.sent_tick = now_tick
                self._send(listener)
            return
        tick = now_tick + ticks
        if listener.due_ticks.isdisjoint((tick - 1, tick, tick + 1)):
            listener.due_ticks.add(tick)
            self._slots.setdefault(tick, []).append(listener)
            if self._timer is None:
                self._turned_tick = now_tick
                self._arm()

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK_MS / 1000, self._turn)

    def _turn(self) -> None:
        """Send what is due up to now, and sleep while nothing is owed."""
        now_tick = self._now_tick()
        for tick in range(self._turned_tick + 1, now_tick + 1):
            for listener in self._slots.pop(tick, ()):
                listener.due_ticks.discard(tick)
                listener.sent_tick = now_tick
                self._send(listener)
        self._turned_tick = now_tick
        self._timer = None
        if self._slots:
            self._arm()

    @staticmethod
    def _now_tick() -> int:
        return int(asyncio.get_running_loop().time() * 1000) // TICK_MS
