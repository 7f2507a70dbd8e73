"""Any bytes as what came through a gateway, and as what a gateway says: read, or refused as malformed."""

import contextlib
import sys

import atheris

with atheris.instrument_imports():
    from esos.errors import Malformed
    from esos.message.packet_ack import ACK_BYTES, ACK_START
    from esos.message.packet_gateway import ACKS_READ_MAX, acks_in, read_packet_letters


def one(raw: bytes) -> None:
    """One packet, and the same bytes as a program's words."""
    with contextlib.suppress(Malformed):
        read_packet_letters(raw)
    acks = acks_in(raw)
    if len(acks) > ACKS_READ_MAX or any(len(ack) != ACK_BYTES or not ack.startswith(ACK_START) for ack in acks):
        raise RuntimeError("something that is no acknowledgement")


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
