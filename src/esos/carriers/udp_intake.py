"""Between the datagram door and a station: whose packet it is, committing what came in, and telling callers more.

Law 3: an acknowledgement leaves only after the commit. Law 4: a call that a person has taken is acknowledged
in other words than one that arrived.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from esos.carriers.udp_book import AckInfo, Arrival
from esos.carriers.udp_door import Outcome, UdpDoor
from esos.case.model import Case
from esos.errors import EsosError
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_seal import epoch_of
from esos.message.reading import packet_statement
from esos.station.station import Station

CALLS_TOLD_MAX = 4
"""Of one case, how many of the newest calls are told that a person has charge."""
_log = structlog.get_logger(__name__)


def station_keys(station: Station) -> StationKeys:
    """The keys under which a station opens packets: those that its register knows now."""

    def registered(kid: bytes) -> Registered | None:
        entry = station.directory.key(kid, station.clock.now_ms())
        return Registered(entry.public, entry.realm) if entry else None

    return StationKeys(station.identity.master, registered=registered, epoch=lambda: epoch_of(station.clock.now_ms()))


def submit_to(station: Station) -> Callable[[Sequence[Arrival]], Awaitable[list[Outcome]]]:
    """Commit what came through the datagram door; each gets its acknowledgement only after that (law 3)."""

    async def one(arrival: Arrival) -> Outcome:
        opened = arrival.opened
        now_ms = station.clock.now_ms()
        if opened.header.type in {PacketType.HEARTBEAT, PacketType.EXERCISE_HEARTBEAT}:
            return AckInfo(state=AckState.HEARD, at_ms=now_ms)
        try:
            taken = await station.intake.take_verified(packet_statement(opened.signed, opened.fields))
        except EsosError as refusal:
            _log.info("packet_refused", code=refusal.code, kid=opened.header.kid.hex())
            return refusal
        state = AckState.HEARD if taken.statement.kind == "tested" else AckState.COMMITTED
        return AckInfo(state=state, at_ms=taken.at_ms)

    async def submit(arrivals: Sequence[Arrival]) -> list[Outcome]:
        return list(await asyncio.gather(*(one(arrival) for arrival in arrivals)))

    return submit


def teller(station: Station, door: UdpDoor) -> Callable[[Case], None]:
    """When a person has charge, the caller's next acknowledgements say so."""

    def saved(case: Case) -> None:
        if case.lease is None or not case.calls:
            return
        info = AckInfo(state=AckState.ASSIGNED, at_ms=case.lease.since_ms)
        for kid in station.directory.keys_of(case.caller):
            for call in case.calls[-CALLS_TOLD_MAX:]:
                door.tell(kid=kid, call=call, info=info)

    return saved
