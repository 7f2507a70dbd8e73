"""A caller of many calls that costs little: ``python -m beacon.door_client HOST PORT MODE RATE FILE OUT``.

MODE ``window`` keeps RATE packets unanswered at a time, each repeated after a second, to see how many a second are
acknowledged; MODE ``paced`` begins RATE a second, each repeated on the beacon's own schedule, to see how soon each is
acknowledged. FILE holds the padded packets. A station answers after the commit; its seals are not checked here.
"""

import contextlib
import heapq
import json
import select
import socket
import sys
import time
from pathlib import Path

from esos.beacon.schedule import next_send_ms
from esos.message.packet import PADDED_BYTES_V4
from esos.message.packet_ack import ACK_BYTES

CALL_OF_PACKET = slice(10, 18)
CALL_OF_ACK = slice(2, 10)
AGAIN_MS = 1_000
LIMIT_SECONDS = 60.0
RTT_MS = 20
BUFFER_BYTES = 4 * 1024 * 1024
RECEIVE_BYTES = 64


class Client:
    """One socket, the calls that wait for their first copy, and those that wait for an answer."""

    def __init__(self, target: tuple[str, int], packets: list[bytes], again_ms: int | None) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._sock.connect(target)
        self._sock.setblocking(False)
        self._packets = packets
        self._again_ms = again_ms
        self._began: dict[bytes, float] = {}
        self._again: list[tuple[float, int, int]] = []
        self._next = 0
        self.took_s: list[float] = []

    def window(self, count: int) -> float:
        """Keep so many unanswered until all are answered; answered a second."""
        began = time.monotonic()
        while len(self.took_s) < len(self._packets) and time.monotonic() - began < LIMIT_SECONDS:
            while self._next < len(self._packets) and len(self._began) < count:
                self._begin()
            self._turn()
        return len(self.took_s) / (time.monotonic() - began)

    def paced(self, per_second: float) -> None:
        """Begin so many a second; ends when all are answered or the limit is over."""
        began = time.monotonic()
        limit = LIMIT_SECONDS + len(self._packets) / per_second
        while len(self.took_s) < len(self._packets) and time.monotonic() - began < limit:
            while self._next < len(self._packets) and self._next <= per_second * (time.monotonic() - began):
                self._begin()
            self._turn()

    def _begin(self) -> None:
        packet = self._packets[self._next]
        self._began[packet[CALL_OF_PACKET]] = time.monotonic()
        self._send(self._next, 0)
        self._next += 1

    def _send(self, place: int, sends: int) -> None:
        with contextlib.suppress(OSError):  # a full queue loses this copy, as a network would
            self._sock.send(self._packets[place])
        began = self._began[self._packets[place][CALL_OF_PACKET]]
        now = time.monotonic()
        wait_ms = self._again_ms or next_send_ms(round((now - began) * 1_000), sends + 1, RTT_MS, 0.0)
        heapq.heappush(self._again, (now + wait_ms / 1_000, place, sends + 1))

    def _turn(self) -> None:
        """Hear what came, and repeat what is due."""
        select.select([self._sock], [], [], 0.001)
        self._hear()
        now = time.monotonic()
        while self._again and self._again[0][0] <= now:
            _, place, sends = heapq.heappop(self._again)
            if self._packets[place][CALL_OF_PACKET] in self._began:
                self._send(place, sends)

    def _hear(self) -> None:
        while True:
            try:
                ack = self._sock.recv(RECEIVE_BYTES)
            except OSError:
                return
            if len(ack) == ACK_BYTES:
                began = self._began.pop(ack[CALL_OF_ACK], None)
                if began is not None:
                    self.took_s.append(time.monotonic() - began)


def main() -> None:
    """Call and tell."""
    host, port, mode, rate, file, out = sys.argv[1:]
    raw = Path(file).read_bytes()
    packets = [raw[at : at + PADDED_BYTES_V4] for at in range(0, len(raw), PADDED_BYTES_V4)]
    client = Client((host, int(port)), packets, AGAIN_MS if mode == "window" else None)
    per_second = client.window(int(rate)) if mode == "window" else client.paced(float(rate))
    told = {"per_second": per_second, "took_s": client.took_s, "calls": len(packets), "used_s": time.process_time()}
    Path(out).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
