"""The datagram door on loopback: how many calls a second it commits, and who is heard while somebody floods it.

The station, the callers and the flood are processes of their own on the same processors. How many a second are committed
stands beside a bare verify loop over the same messages right before and right after; what was really flooded is told.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from common import Rounds, percentile, seed_of
from common_run import make_home, running
from nacl.signing import VerifyKey

from beacon.namespaces import end, ending
from esos.keys.identity import kid_of, public_of
from esos.message.packet import PADDED_BYTES_V4, Header, SignedPacket, pad_packet, seal_packet, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_keys import StationKeys
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer, epoch_of
from esos.vault.chance import SystemClock
from esos.vault.home import Home
from esos.words.nature import Nature

MEMBERS = 1_000
ROUNDS = 5
CALLS_A_ROUND = 8_000
WINDOW = 256
JUNK_PER_SECOND = 19_000
CALLS_BESIDE_JUNK_PER_SECOND = 1_000
CALLS_BESIDE_JUNK = 5_000
FLOOD_PER_SECOND = 1_000_000
CALLS_IN_FLOOD_PER_SECOND = 10
CALLS_IN_FLOOD = 150
FORGED = 64 * 256
WAIT_SECONDS = 240
SEAL_AT = 19
"""Where the sealed part of a packet begins."""


class Served:
    """A running station with what its callers need."""

    def __init__(self, home: Home, ready: dict[str, Any], folder: Path) -> None:
        self.host, _, port = ready["udp"].rpartition(":")
        self.port = port
        self.folder = folder
        self._keys = StationKeys(
            home.identity().master, registered=lambda _: None, epoch=lambda: epoch_of(SystemClock().now_ms())
        )
        self._made = 0

    def calls(self, count: int) -> list[tuple[SignedPacket, bytes]]:
        """So many fresh calls of the members in turn, and their datagrams."""
        return [self._call(number) for number in self._numbers(count)]

    def _numbers(self, count: int) -> range:
        self._made += count
        return range(self._made - count, self._made)

    def _call(self, number: int) -> tuple[SignedPacket, bytes]:
        seed = seed_of(number % MEMBERS)
        kid = kid_of(public_of(seed))
        header = Header(type=PacketType.CALL, kid=kid, call=os.urandom(8), sequence=0)
        fields = CallFields(time_s=SystemClock().now_ms() // 1_000, natures=(Nature.FLOODING,))
        signed = sign_packet(seed, header, fields)
        return signed, pad_packet(seal_packet(signed, Sealer(self._keys.issue(kid))), PADDED_BYTES_V4)

    def client(self, mode: str, rate: float, datagrams: list[bytes]) -> dict[str, Any]:
        """What a client process told of these calls."""
        file, out = self.folder / "calls.bin", self.folder / "client.json"
        file.write_bytes(b"".join(datagrams))
        words = [self.host, self.port, mode, str(rate), str(file), str(out)]
        subprocess.run([sys.executable, "-m", "beacon.door_client", *words], check=True, timeout=WAIT_SECONDS)
        told: dict[str, Any] = msgspec.json.decode(out.read_bytes())
        return told

    def flooded(self, per_second: int, junk: bytes, mode_rate: float, datagrams: list[bytes]) -> tuple[float, dict[str, Any]]:
        """What the client told while this flood went on, and how many a second the flood really sent."""
        file = self.folder / "junk.bin"
        file.write_bytes(junk)
        command = [sys.executable, "-m", "beacon.flooder", self.host, self.port, str(per_second), str(file)]
        with ending(command, stdout=subprocess.PIPE) as flooder:
            time.sleep(1.0)  # the flood is there before the first call
            told = self.client("paced", mode_rate, datagrams)
            if flooder.stdin is None or flooder.stdout is None:
                raise SystemExit("bench: the flood has no pipes")
            flooder.stdin.close()
            flood = msgspec.json.decode(flooder.stdout.readline())
            end(flooder)
        return flood["sent"] / flood["seconds"], told


def measure(folder: Path) -> list[dict[str, Any]]:
    """The rows of the door."""
    home = make_home(folder / "door", members=MEMBERS)
    with running(home) as ready:
        served = Served(home, ready, folder)
        served.client("window", WINDOW, [datagram for _, datagram in served.calls(500)])  # everybody is awake
        found = [intake(served)]
        time.sleep(3)  # what was committed is folded and its answers are sent
        forged = forged_like(served)
        found.append(beside(served, "95 % junk", JUNK_PER_SECOND, forged, CALLS_BESIDE_JUNK_PER_SECOND, CALLS_BESIDE_JUNK))
        found.append(
            beside(served, "a flood of forged packets", FLOOD_PER_SECOND, forged, CALLS_IN_FLOOD_PER_SECOND, CALLS_IN_FLOOD)
        )
        replay = served.calls(64)
        served.client("window", WINDOW, [datagram for _, datagram in replay])
        copies = b"".join(datagram for _, datagram in replay)
        found.append(
            beside(served, "a flood of replayed packets", FLOOD_PER_SECOND, copies, CALLS_IN_FLOOD_PER_SECOND, CALLS_IN_FLOOD)
        )
    return found


def intake(served: Served) -> dict[str, Any]:
    """Calls a second, each acknowledged after its commit, beside the verify loop."""
    pairs, used = [], []
    for _ in range(ROUNDS):
        calls = served.calls(CALLS_A_ROUND)
        before = verify_rate([signed for signed, _ in calls])
        told = served.client("window", WINDOW, [datagram for _, datagram in calls])
        if len(told["took_s"]) < len(calls):
            raise SystemExit(f"bench: of {len(calls)} calls only {len(told['took_s'])} were acknowledged")
        pairs.append((told["per_second"], (before + verify_rate([signed for signed, _ in calls])) / 2))
        used.append(told["used_s"] * told["per_second"] / len(calls))
        time.sleep(2.5)  # answers are sent for two seconds
    rounds = Rounds(pairs)
    return {
        "measure": "durable intake, one process, acknowledged after commit",
        "per_second": round(rounds.rate),
        "verify_per_second": round(rounds.rate / rounds.ratio),
        "ratio": round(rounds.ratio, 3),
        "ratios": rounds.spread,
        "client_share": round(sorted(used)[len(used) // 2], 2),
    }


def verify_rate(packets: list[SignedPacket]) -> float:
    """Messages a second of a bare PyNaCl verify loop."""
    keys = {kid_of(public_of(seed_of(number))): VerifyKey(public_of(seed_of(number))) for number in range(MEMBERS)}
    said = [(keys[packet.header.kid], packet.signed_bytes(), packet.signature) for packet in packets]
    began = time.perf_counter()
    for key, message, signature in said:
        key.verify(message, signature)
    return len(said) / (time.perf_counter() - began)


def forged_like(served: Served) -> bytes:
    """Packets that look like calls of registered callers in everything but the seal."""
    true = [datagram for _, datagram in served.calls(MEMBERS)]
    return b"".join(_forge(true[number % MEMBERS]) for number in range(FORGED))


def _forge(datagram: bytes) -> bytes:
    length = datagram[-1]
    sealed = os.urandom(length - SEAL_AT)
    return pad_packet(datagram[:10] + os.urandom(8) + datagram[18:SEAL_AT] + sealed, PADDED_BYTES_V4)


def beside(served: Served, what: str, per_second: int, junk: bytes, calls_per_second: int, count: int) -> dict[str, Any]:
    """How calls fare beside junk."""
    datagrams = [datagram for _, datagram in served.calls(count)]
    sent, told = served.flooded(per_second, junk, calls_per_second, datagrams)
    took = [*told["took_s"], *[float("inf")] * (count - len(told["took_s"]))]
    return {
        "measure": f"calls acknowledged beside {what}",
        "wanted_per_second": per_second,
        "flooded_per_second": round(sent),
        "calls_per_second": calls_per_second,
        "n": count,
        "acked_share": round(len(told["took_s"]) / count, 4),
        "acked_in_5_s": round(sum(one <= 5 for one in took) / count, 4),
        "p50_ms": _ms(percentile(took, 0.5)),
        "p95_ms": _ms(percentile(took, 0.95)),
    }


def _ms(seconds: float) -> float | None:
    return None if seconds == float("inf") else round(seconds * 1_000, 1)
