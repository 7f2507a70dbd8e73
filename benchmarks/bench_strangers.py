"""Registered calls while strangers flood their own door: how long until the acknowledgement, beside a quiet minute.

The same station, the same calls, one after another, in one run: first alone, then while another process sends so many
datagrams to the strangers' door as fast as they go out: noise, asks, false cookies, no work, junk and good calls
under a true cookie. Then the same flood at the registered callers' own door, as what stands beside it. The last
column is the ratio to the quiet p95; the target is the brief's p95 of 3,000 ms at 70 % loss.
"""

import argparse
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from common import percentile, row, seed_of, write_rows
from common_run import make_home, running

from esos.keys.identity import kid_of, public_of
from esos.message.packet import Header, pad_packet, seal_packet, sign_packet
from esos.message.packet_ack import ACK_BYTES, open_ack
from esos.message.packet_codes import PacketType
from esos.message.packet_keys import StationKeys
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer, epoch_of
from esos.message.stranger_packet import Form, read_cookie, seal_call, write_ask, write_call
from esos.vault.chance import SystemClock
from esos.vault.home import Home
from esos.words.nature import Nature

MEMBERS = 50
PADDED_BYTES = 240
AGAIN_SECONDS = 0.1
GIVE_UP_SECONDS = 60.0
GAP_SECONDS = 0.02
GOOD_CALLS = 200
TARGET_P95_MS = 3_000
NONCE = b"benchmrk"


def address_of(written: str) -> tuple[str, int]:
    host, _, port = written.rpartition(":")
    return host, int(port)


class Callers:
    """Members who call in turn."""

    def __init__(self, home: Home, udp: str) -> None:
        now_ms = SystemClock().now_ms()
        self._keys = StationKeys(home.identity().master, registered=lambda _: None, epoch=lambda: epoch_of(now_ms))
        self._udp = address_of(udp)
        self._time_s = now_ms // 1000

    def call(self, number: int) -> float:
        """One call, repeated until a valid acknowledgement comes; how long that took, in ms."""
        seed = seed_of(number % MEMBERS)
        kid = kid_of(public_of(seed))
        sealer = Sealer(self._keys.issue(kid))
        header = Header(type=PacketType.CALL, kid=kid, call=os.urandom(8), sequence=0)
        fields = CallFields(time_s=self._time_s, natures=(Nature.FLOODING,))
        datagram = pad_packet(seal_packet(sign_packet(seed, header, fields), sealer), PADDED_BYTES)
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
            sock.connect(self._udp)
            sock.settimeout(AGAIN_SECONDS)
            began = time.perf_counter()
            while time.perf_counter() - began < GIVE_UP_SECONDS:
                sock.send(datagram)
                try:
                    raw = sock.recv(2_048)
                except TimeoutError:
                    continue
                if len(raw) == ACK_BYTES and open_ack(raw, kid=kid, sealer=sealer).call == header.call:
                    return (time.perf_counter() - began) * 1000
        raise SystemExit("bench: a registered call was not acknowledged")

    def calls(self, count: int, first: int) -> list[float]:
        """So many calls, one after another."""
        took = []
        for number in range(first, first + count):
            took.append(self.call(number))
            time.sleep(GAP_SECONDS)
        return took


def flood(door: str, station: str, key: str, seconds: float) -> int:
    """Send without a pause until the time is over; how many went out."""
    dice = random.Random(3)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.connect(address_of(door))
        cookie = bytes(16)
        if key:
            sock.settimeout(10)
            sock.send(write_ask(NONCE, PADDED_BYTES))
            cookie = read_cookie(sock.recv(2_048), NONCE) or cookie
        sock.setblocking(False)
        kinds = [dice.randbytes(240), write_ask(dice.randbytes(8), PADDED_BYTES)]
        kinds += [
            b"\xe6\x13" + dice.randbytes(200),
            b"\xe6\x14" + dice.randbytes(200),
            b"\xe5\x11" + dice.randbytes(110),
        ]
        kinds += [write_call(Form.BY_COOKIE, cookie, dice.randbytes(187), PADDED_BYTES)]
        good = list(good_calls(bytes.fromhex(station), bytes.fromhex(key), cookie)) if key else [kinds[0]]
        print("flooding", flush=True)
        sent, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            for datagram in (*kinds, good[sent % len(good)]):
                try:
                    sock.send(datagram)
                    sent += 1
                except (BlockingIOError, ConnectionRefusedError):
                    continue
    return sent


def good_calls(station: bytes, key: bytes, cookie: bytes) -> Iterator[bytes]:
    seed = os.urandom(32)
    public = public_of(seed)
    for _ in range(GOOD_CALLS):
        header = Header(type=PacketType.CALL, kid=kid_of(public), call=os.urandom(8), sequence=0)
        signed = sign_packet(seed, header, CallFields())
        body, _ = seal_call(signed, public=public, station=station, station_key=key, ephemeral=os.urandom(32))
        yield write_call(Form.BY_COOKIE, cookie, body, PADDED_BYTES)


@contextmanager
def flooding(
    door: str, card: dict[str, Any], seconds: float, *, as_stranger: bool
) -> Iterator[subprocess.Popen[bytes]]:
    """The flood in a process of its own while the block runs; it ends by itself."""
    command = [sys.executable, __file__, "--flood", door, "--station", card["kid"], "--for", str(seconds)]
    command += ["--key", card["hpke"]] if as_stranger else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    if process.stdout is None or not process.stdout.readline():
        raise SystemExit("bench: the flood did not begin")
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def measure(calls: int) -> list[dict[str, Any]]:
    """The rows of this benchmark."""
    with tempfile.TemporaryDirectory(prefix="esos-bench-") as folder:
        home = make_home(Path(folder) / "home", members=MEMBERS)
        with running(home, strangers="127.0.0.1:0") as ready:
            callers, card = Callers(home, ready["udp"]), ready["card"]
            callers.calls(10, 0)
            quiet = callers.calls(calls, 10)
            with flooding(card["udp_strangers"][0], card, GIVE_UP_SECONDS, as_stranger=True):
                beside = callers.calls(calls, 10 + calls)
            print(f"bench: {came(ready['http']):.0f} datagrams came to the strangers' door")
            with flooding(ready["udp"], card, GIVE_UP_SECONDS, as_stranger=False):
                inside = callers.calls(calls, 10 + 2 * calls)
    return rows_of(quiet, beside, inside)


def came(url: str) -> float:
    """How many datagrams came to the strangers' door so far, those dropped by the kernel among them."""
    lines = httpx.get(f"{url}/metrics", timeout=10).text.splitlines()
    counted = [line for line in lines if line.startswith("esos_strangers_datagrams_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in counted if "answered" not in line and "opened" not in line)


def rows_of(quiet: list[float], beside: list[float], inside: list[float]) -> list[dict[str, Any]]:
    alone, found = percentile(quiet, 0.95), []
    for what, took in (("quiet", quiet), ("strangers' door flooded", beside), ("own door flooded", inside)):
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            value = percentile(took, share)
            found.append(row(f"registered call, {what}, {name}", value, "ms", "quiet p95", value / alone))
        found.append(row(f"registered call, {what}, p95", percentile(took, 0.95), "ms", "3,000 ms",
                         percentile(took, 0.95) / TARGET_P95_MS))  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200, help="registered calls in each part")
    parser.add_argument("--flood", default="", help=argparse.SUPPRESS)
    parser.add_argument("--station", default="", help=argparse.SUPPRESS)
    parser.add_argument("--key", default="", help=argparse.SUPPRESS)
    parser.add_argument("--for", dest="seconds", type=float, default=GIVE_UP_SECONDS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.flood:
        flood(given.flood, given.station, given.key, given.seconds)
        return
    write_rows("strangers", measure(given.calls))


if __name__ == "__main__":
    main()
