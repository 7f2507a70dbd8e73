"""The link between the two namespaces: every IP packet passes here, is lost by its link's dice, or is delayed.

Run as ``python -m beacon.forwarder PLAN NAME_A NAME_B OUT``: it makes the two TUN devices, says "ready", waits for a
line, and forwards until its standard input ends; then it writes what each link was offered and lost. A link is told
apart by the two last bytes of both addresses, so that each trial has dice of its own in each direction.
"""

import fcntl
import heapq
import json
import os
import select
import struct
import sys
import time
from pathlib import Path
from typing import Any

from beacon.loss import Loss, Way

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_BYTES = 2_048
DRAIN_MAX = 128
IPV4 = 4
CALLER_NET, STATION_NET = b"\x0a\x01", b"\x0a\x02"
WAIT_MAX_SECONDS = 1.0
LATE_EVERY = 16
"""One packet in so many is noted for how late it left."""


def open_tun(name: str) -> int:
    """A TUN device of this name, gone when the descriptor is closed. Raises ``OSError`` where that is not allowed."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


class Link:
    """One trial's path: both directions, and how long a packet is on its way."""

    __slots__ = ("delay_s", "down", "up")

    def __init__(self, number: int, given: dict[str, Any], seed: str) -> None:
        self.up = Way(Loss(*given["up"]), f"{seed}/{number}/up")
        self.down = Way(Loss(*given["down"]), f"{seed}/{number}/down")
        self.delay_s = given["rtt_ms"] / 2_000

    def counts(self) -> list[int]:
        """Offered and lost from the caller, offered and lost towards it."""
        return [self.up.offered, self.up.lost, self.down.offered, self.down.lost]


class Forwarder:
    """Two descriptors and a heap of packets by the moment at which they are due."""

    def __init__(self, links: dict[bytes, Link], caller_fd: int, station_fd: int) -> None:
        self._links = links
        self._fds = (caller_fd, station_fd)
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._number = 0
        self.late_s: list[float] = []
        self.not_taken = 0

    def run(self, stop_fd: int) -> None:
        """Forward until the stop descriptor can be read."""
        poller = select.epoll()
        for fd in (*self._fds, stop_fd):
            poller.register(fd, select.EPOLLIN)
        while True:
            ready = [fd for fd, _ in poller.poll(self._wait_s())]
            if stop_fd in ready:
                return
            for fd in ready:
                self._take(fd)
            self._release()

    def _wait_s(self) -> float:
        if not self._under_way:
            return WAIT_MAX_SECONDS
        return min(max(self._under_way[0][0] - time.monotonic(), 0.0), WAIT_MAX_SECONDS)

    def _take(self, fd: int) -> None:
        for _ in range(DRAIN_MAX):
            try:
                packet = os.read(fd, PACKET_BYTES)
            except BlockingIOError:
                return
            self._judge(packet, is_up=fd == self._fds[0])

    def _judge(self, packet: bytes, *, is_up: bool) -> None:
        """Lose it or put it under way; what is no packet between a caller and a station of ours is left out."""
        if packet[0] >> 4 != IPV4 or {packet[12:14], packet[16:18]} != {CALLER_NET, STATION_NET}:
            return
        link = self._links.get(packet[14:16])
        if link is None:
            return
        now_s = time.monotonic()
        if (link.up if is_up else link.down).passes(now_s):
            self._number += 1
            out = self._fds[1] if is_up else self._fds[0]
            heapq.heappush(self._under_way, (now_s + link.delay_s, self._number, out, packet))

    def _release(self) -> None:
        now_s = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now_s:
            due_s, number, out, packet = heapq.heappop(self._under_way)
            try:
                os.write(out, packet)
            except (BlockingIOError, OSError):  # the device's queue is full, or its namespace is going
                self.not_taken += 1
            if number % LATE_EVERY == 0:
                self.late_s.append(time.monotonic() - due_s)


def main() -> None:
    """Make the devices, wait for the word, forward, and tell."""
    plan_file, *names, out_file = sys.argv[1:]
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    links = {
        int(number).to_bytes(2, "big"): Link(int(number), given, plan["seed"])
        for number, given in plan["links"].items()
    }
    forwarder = Forwarder(links, *(open_tun(name) for name in names))
    print("ready", flush=True)
    if sys.stdin.readline():
        forwarder.run(sys.stdin.fileno())
    late = sorted(forwarder.late_s)
    told = {
        "counts": {int.from_bytes(name, "big"): link.counts() for name, link in links.items()},
        "late_p99_ms": round(late[len(late) * 99 // 100] * 1_000, 3) if late else 0.0,
        "not_taken": forwarder.not_taken,
    }
    Path(out_file).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
