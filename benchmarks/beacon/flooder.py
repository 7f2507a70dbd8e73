"""A flood of datagrams from one process: ``python -m beacon.flooder HOST PORT PER_SECOND FILE`` until its input ends.

FILE holds padded calls, one after another. The kernel cuts each write of 64 into datagrams (UDP_SEGMENT), which is how
one process of Python sends a million a second. What was really sent is printed at the end, with the seconds it took.
"""

import json
import select
import socket
import sys
import time
from pathlib import Path

from esos.message.packet import PADDED_BYTES_V4

UDP_SEGMENT = 103
EACH_WRITE = 64
NAP_SECONDS = 0.0005


def flood(target: tuple[str, int], per_second: int, datagrams: bytes) -> dict[str, float]:
    """Send at this rate, or as fast as it goes, until standard input ends."""
    size = PADDED_BYTES_V4 * EACH_WRITE
    writes = [datagrams[at : at + size] for at in range(0, len(datagrams) - size + 1, size)]
    sent, began = 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, PADDED_BYTES_V4)
        sock.connect(target)
        while not (sent // EACH_WRITE % 64 == 0 and select.select([sys.stdin], [], [], 0)[0]):
            if sent > per_second * (time.monotonic() - began):
                time.sleep(NAP_SECONDS)
                if select.select([sys.stdin], [], [], 0)[0]:
                    break
                continue
            try:
                sock.send(writes[sent // EACH_WRITE % len(writes)])
            except OSError:  # the queue is full, or a refusal came back
                time.sleep(NAP_SECONDS)
            sent += EACH_WRITE
    return {"sent": sent, "seconds": time.monotonic() - began}


def main() -> None:
    """Flood and tell."""
    host, port, per_second, file = sys.argv[1:]
    print(json.dumps(flood((host, int(port)), int(per_second), Path(file).read_bytes())), flush=True)


if __name__ == "__main__":
    main()
