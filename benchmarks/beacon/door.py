"""The datagram door on loopback: how many calls a second it commits, and who is heard while somebody floods it.

The station, the callers and the flood are processes of their own on the same processors. How many a second are
committed stands beside a bare verify loop over the same messages right before and after; what was really flooded is
told. Tests are kept and answered like calls and fold nothing; calls are folded meanwhile, in the same process.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

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
TESTS_A_ROUND, CALLS_A_ROUND = 8_000, 1_500
WINDOW = 256
PAUSE_SECONDS = 3.0
"""Between rounds: answers are sent for two seconds."""
FORGED = 64 * 256
REPLAYED = 64
WAIT_SECONDS = 240
SEAL_AT = 19
"""Where the sealed part of a packet begins."""


class Junk(NamedTuple):
    """A flood, and what is sent through it by registered callers."""

    what: str
    per_second: int
    kind: PacketType
    packets_per_second: int
    count: int


JUNK = (
    Junk("95 % junk", 19_000, PacketType.TEST, 1_000, 10_000),
    Junk("95 % junk", 19_000, PacketType.CALL, 50, 500),
    Junk("a flood of forged packets", 1_000_000, PacketType.CALL, 10, 150),
    Junk("a flood of replayed packets", 1_000_000, PacketType.CALL, 10, 150),
)


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

    def packets(self, kind: PacketType, count: int) -> list[tuple[SignedPacket, bytes]]:
        """So many fresh packets of the members in turn, and their datagrams."""
        return [self._packet(kind, number) for number in self._numbers(count)]

    def datagrams(self, kind: PacketType, count: int) -> list[bytes]:
        """Only their datagrams."""
        return [datagram for _, datagram in self.packets(kind, count)]

    def _numbers(self, count: int) -> range:
        self._made += count
        return range(self._made - count, self._made)

    def _packet(self, kind: PacketType, number: int) -> tuple[SignedPacket, bytes]:
        seed = seed_of(number % MEMBERS)
        kid = kid_of(public_of(seed))
        header = Header(type=kind, kid=kid, call=os.urandom(8), sequence=0)
        natures = (Nature.FLOODING,) if kind is PacketType.CALL else ()
        fields = CallFields(time_s=SystemClock().now_ms() // 1_000, natures=natures)
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

    def flooded(
        self, per_second: int, junk: bytes, mode_rate: float, datagrams: list[bytes]
    ) -> tuple[float, dict[str, Any]]:
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
        served.client("window", WINDOW, served.datagrams(PacketType.TEST, 500))  # everybody is awake
        found = [intake(served, PacketType.TEST, TESTS_A_ROUND)]
        forged = forged_like(served)
        found += [beside(served, junk, forged) for junk in JUNK[:3]]
        copies = served.datagrams(PacketType.TEST, REPLAYED)
        served.client("window", WINDOW, copies)
        found.append(beside(served, JUNK[3], b"".join(copies)))
        found.append(intake(served, PacketType.CALL, CALLS_A_ROUND))
    return found


def intake(served: Served, kind: PacketType, count: int) -> dict[str, Any]:
    """Packets a second, each acknowledged after its commit, beside the verify loop."""
    pairs, used = [], []
    for _ in range(ROUNDS):
        packets = served.packets(kind, count)
        before = verify_rate([signed for signed, _ in packets])
        told = served.client("window", WINDOW, [datagram for _, datagram in packets])
        if len(told["took_s"]) < count:
            raise SystemExit(f"bench: of {count} packets only {len(told['took_s'])} were acknowledged")
        pairs.append((told["per_second"], (before + verify_rate([signed for signed, _ in packets])) / 2))
        used.append(told["used_s"] * told["per_second"] / count)
        time.sleep(PAUSE_SECONDS)
    rounds = Rounds(pairs)
    return {
        "measure": f"durable intake of {kind.name.lower()}s, one process, acknowledged after commit",
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
    true = served.datagrams(PacketType.CALL, MEMBERS)
    return b"".join(_forge(true[number % MEMBERS]) for number in range(FORGED))


def _forge(datagram: bytes) -> bytes:
    length = datagram[-1]
    sealed = os.urandom(length - SEAL_AT)
    return pad_packet(datagram[:10] + os.urandom(8) + datagram[18:SEAL_AT] + sealed, PADDED_BYTES_V4)


def beside(served: Served, junk: Junk, datagrams: bytes) -> dict[str, Any]:
    """How packets of registered callers fare beside junk."""
    sent, told = served.flooded(
        junk.per_second, datagrams, junk.packets_per_second, served.datagrams(junk.kind, junk.count)
    )
    took = [*told["took_s"], *[float("inf")] * (junk.count - len(told["took_s"]))]
    return {
        "measure": f"{junk.kind.name.lower()}s acknowledged beside {junk.what}",
        "wanted_per_second": junk.per_second,
        "flooded_per_second": round(sent),
        "packets_per_second": junk.packets_per_second,
        "n": junk.count,
        "acked_share": round(len(told["took_s"]) / junk.count, 4),
        "acked_in_5_s": round(sum(one <= 5 for one in took) / junk.count, 4),
        "p50_ms": _ms(percentile(took, 0.5)),
        "p95_ms": _ms(percentile(took, 0.95)),
    }


def _ms(seconds: float) -> float | None:
    return None if seconds == float("inf") else round(seconds * 1_000, 1)
