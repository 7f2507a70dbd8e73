"""What follows a call in packets of its own: more facts, and the parts of a situation report.

Each goes to a station that has the call, one after the other, again and again until that station has committed it.
Law 3: what a station has is remembered, so that after a crash only the rest is sent, byte for byte the same.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import msgspec

from esos.beacon.carrier import Carrier, CarrierEvent, Failed, Tell
from esos.caller.ports import CallRecord, KnownStation
from esos.caller.send import AT_ONCE, send_call
from esos.caller.targets import packet_outgoing
from esos.message.packet import read_cose

PACKET_TURN_MS = 3_000
"""How long each packet is repeated before the next one has its turn."""
EMPTY_TURN_SECONDS = 0.25
"""The least that a turn takes in which no carrier could do anything."""


def missing_at(record: CallRecord, station: bytes) -> tuple[bytes, ...]:
    """The packets that this station (kid) is not known to have."""
    has = frozenset(record.delivered.get(station.hex(), ()))
    return tuple(cose for cose in record.more if read_cose(cose).header.sequence not in has)


def with_delivered(record: CallRecord, station: bytes, cose: bytes) -> CallRecord:
    """The record that knows that a station (kid) has a packet."""
    name, number = station.hex(), read_cose(cose).header.sequence
    has = tuple(sorted({*record.delivered.get(name, ()), number}))
    return msgspec.structs.replace(record, delivered={**record.delivered, name: has})


def is_delivered(record: CallRecord) -> bool:
    """Whether some station has every packet, or was told everything over HTTP."""
    if not record.more or record.followed:
        return True
    return any(not missing_at(record, home.kid) for home in record.stations)


async def deliver(
    packets: Sequence[bytes],
    station: KnownStation,
    carriers: Sequence[Carrier],
    *,
    delivered: Callable[[bytes], None],
    is_wanted: Callable[[], bool] = lambda: True,
    refused: Tell = lambda _: None,
    starts_ms: Mapping[str, int] = AT_ONCE,
) -> None:
    """Send packets to one station in turn until it has them all, or they are wanted no more. Cancel it to stop.

    ``refused`` is told once for each carrier that will never take such a packet, and why.
    """
    left, told = deque(packets), set[tuple[str, str]]()

    def tell(event: CarrierEvent) -> None:
        if not isinstance(event, Failed) or not event.is_final or not event.code:
            return
        if (event.carrier, event.code) not in told:
            told.add((event.carrier, event.code))
            refused(event)

    while left and is_wanted():
        outgoing = packet_outgoing(left[0], (station,))
        sent = await send_call(outgoing, carriers, tell, wait_ms=PACKET_TURN_MS, starts_ms=starts_ms)
        if sent.kept:
            delivered(left.popleft())
        else:
            left.rotate(-1)
            await asyncio.sleep(EMPTY_TURN_SECONDS)
