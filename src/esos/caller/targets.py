"""Kept calls and signed packets as carriers take them, with the sealing keys that are pinned."""

from collections.abc import Sequence

from esos.beacon.carrier import Outgoing, Target
from esos.caller.make import made_again
from esos.caller.ports import CallRecord, KnownStation
from esos.message.packet import read_cose


def outgoing_of(record: CallRecord, stations: Sequence[KnownStation]) -> Outgoing:
    """The kept call as carriers take it."""
    packet = made_again(record).packet
    return Outgoing(
        cose=record.cose,
        statement_id=packet.statement_id() if packet else record.statement,
        targets=targets_of(stations),
        packet=packet,
    )


def packet_outgoing(cose: bytes, stations: Sequence[KnownStation]) -> Outgoing:
    """A signed packet as carriers take it."""
    packet = read_cose(cose)
    return Outgoing(cose=cose, statement_id=packet.statement_id(), targets=targets_of(stations), packet=packet)


def targets_of(stations: Sequence[KnownStation]) -> tuple[Target, ...]:
    """Stations as carriers take them."""
    return tuple(Target(home=one.home, sealing_key=one.sealing_key, rtt_ms=one.rtt_ms) for one in stations)
