"""Write spec/vectors/dns/: call packets as DNS names, and names that are none, for whoever builds either end.

``--check`` writes nothing and fails where a file is missing, stale or too many.
"""

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from vector_files import Vector, all_of, named, write_or_check

from esos.message.packet_name import packet_labels

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "spec" / "vectors" / "dns"
PACKETS = ROOT / "spec" / "vectors" / "packet"
ZONE = "sos.club.example"
FRESH = b"k3wq"
ACCEPTED = {
    "call-minimal": "The smallest packet: three labels carry it.",
    "call-standard": "What a beacon usually sends.",
    "update-prefix-ipv6": "The largest packet there is: four labels carry it.",
}


def packet_of(name: str) -> bytes:
    return bytes.fromhex(json.loads((PACKETS / f"{name}.json").read_text(encoding="utf-8"))["datagram"])


def name_of(labels: tuple[bytes, ...]) -> str:
    return ".".join((*(label.decode() for label in labels), ZONE))


def accepted(packet: bytes, sentence: str, name: str) -> Vector:
    return {"expect": {"accepted": True, "packet": packet.hex()}, "sentence": sentence, "zone": ZONE, "name": name}


def refused(code: str, sentence: str, *labels: bytes) -> Vector:
    return {"expect": {"refused": code}, "sentence": sentence, "zone": ZONE, "name": name_of(labels)}


def accepted_vectors() -> Iterator[tuple[str, Vector]]:
    for name, sentence in ACCEPTED.items():
        packet = packet_of(name)
        yield name, accepted(packet, sentence, name_of(packet_labels(packet, FRESH)))
    packet = packet_of("call-minimal")
    mixed = "".join(one.upper() if at % 2 else one for at, one in enumerate(name_of(packet_labels(packet, FRESH))))
    yield "case-mixed", accepted(packet, "Letters in any case spell the same packet.", mixed)
    fresh = name_of(packet_labels(packet, b"another-1"))
    yield "another-fresh-label", accepted(packet, "The label in front may be any; it carries nothing.", fresh)


def refused_vectors() -> Iterator[tuple[str, Vector]]:
    fresh, one, two, three = packet_labels(packet_of("call-minimal"), FRESH)
    labels, letters, length = "dns.labels", "dns.letters", "dns.length"
    yield "nothing-behind-the-fresh-label", refused(labels, "Nothing is carried.", fresh)
    yield (
        "label-not-full",
        refused(labels, "Only the last label may be shorter.", fresh, one[:-1], two, three),
    )
    yield (
        "letter-of-no-base32",
        refused(letters, "The digit 1 is no letter of base32.", fresh, one, two, three[:-1] + b"1"),
    )
    yield "padded", refused(letters, "Base32 is written without the sign at its end.", fresh, one, two, three + b"=")
    last = base64.b32encode(bytes(99)).rstrip(b"=").lower()[126:-1] + b"b"
    bits = "The last letter carries a bit that belongs to no byte: one packet has one spelling."
    yield "bits-left-over", refused(letters, bits, fresh, b"a" * 63, b"a" * 63, last)
    yield (
        "too-few-letters",
        refused(length, "A part of a name, as resolvers ask for on their way down.", one, two, three),
    )
    yield "no-whole-bytes", refused(length, "No number of bytes has so many letters.", fresh, one, two, three[:-2])
    long = base64.b32encode(bytes(128)).rstrip(b"=").lower()
    yield "too-long", refused(length, "One byte more than the largest packet.", fresh, *_cut(long))


def _cut(letters: bytes) -> tuple[bytes, ...]:
    return tuple(letters[at : at + 63] for at in range(0, len(letters), 63))


def files() -> dict[str, str]:
    """Every vector file's name and content."""
    return named(all_of(accepted_vectors, refused_vectors))


if __name__ == "__main__":
    sys.exit(write_or_check(FOLDER, files(), __doc__))
