"""Between the datagram door and a station: whose packet it is, committing what came in, and telling callers more.

Law 3: an acknowledgement leaves only after the commit. Law 4: a call that a person has taken is acknowledged
in other words than one that arrived.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from esos.carriers.udp_book import AckInfo, Arrival
from esos.carriers.udp_door import Outcome, UdpDoor
from esos.case.model import Case, decode_case
from esos.errors import EsosError
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_seal import epoch_of
from esos.message.reading import packet_statement
from esos.message.statement import Statement
from esos.station.intake import Taken
from esos.station.station import Station

CALLS_TOLD_MAX = 4
"""Of one case, how many of the newest calls are told that a person has charge."""
_NEW_CALLS = frozenset({"called", "relayed"})
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
        if opened.header.type in {PacketType.HEARTBEAT, PacketType.EXERCISE_HEARTBEAT}:
            return AckInfo(state=AckState.HEARD, at_ms=station.clock.now_ms())
        try:
            taken = await station.intake.take_verified(packet_statement(opened.signed, opened.fields))
            return await said_of(taken, station)
        except EsosError as refusal:
            _log.info("packet_refused", code=refusal.code, kid=opened.header.kid.hex())
            return refusal

    async def submit(arrivals: Sequence[Arrival]) -> list[Outcome]:
        return list(await asyncio.gather(*(one(arrival) for arrival in arrivals)))

    return submit


async def said_of(taken: Taken, station: Station) -> AckInfo:
    """What may be said of a packet that is kept. A new call waits for nobody's look into any case."""
    committed = AckInfo(state=AckState.COMMITTED, at_ms=taken.at_ms)
    if taken.statement.kind == "tested":
        return AckInfo(state=AckState.HEARD, at_ms=taken.at_ms)
    if taken.fresh and taken.statement.kind in _NEW_CALLS:
        return committed
    case = await _case_of(taken.statement, station)
    return (_done_about(case) if case else None) or committed


async def _case_of(statement: Statement, station: Station) -> Case | None:
    """The case of a call that this door may have forgotten, as after a restart."""
    entry = await station.journal.entry(statement.id)
    if entry is not None and entry.case is not None:
        record = await station.journal.case(entry.case)
    else:
        speaker = station.directory.speaker_of_key(statement.author, station.clock.now_ms())
        record = await station.journal.open_case_of(speaker.party) if speaker else None
    case = decode_case(record.blob) if record and record.blob else None
    return case if case and statement.call in case.calls else None


def _done_about(case: Case) -> AckInfo | None:
    """What a person has done about the case, None while nobody has: charge now, or charge at some time before."""
    if case.lease is not None:
        return AckInfo(state=AckState.ASSIGNED, at_ms=case.lease.since_ms)
    if case.acknowledged_ms:
        return AckInfo(state=AckState.PERSON_READING, at_ms=case.acknowledged_ms)
    return None


def teller(station: Station, door: UdpDoor) -> Callable[[Case], None]:
    """When a person has charge, the next acknowledgements to its caller and to its relays say so."""

    def saved(case: Case) -> None:
        done = _done_about(case)
        if done is not None:
            _tell(station, door, case, done)

    return saved


def reader(station: Station, door: UdpDoor) -> Callable[[Case, int], None]:
    """When an officer opens a case that nobody has charge of, its caller hears that a person has seen it."""

    def opened(case: Case, at_ms: int) -> None:
        _tell(station, door, case, AckInfo(state=AckState.PERSON_READING, at_ms=at_ms))

    return opened


def _tell(station: Station, door: UdpDoor, case: Case, info: AckInfo) -> None:
    parties = [case.caller, *(relay.party for relay in case.relays if relay.registered)]
    for kid in (kid for party in parties for kid in station.directory.keys_of(party)):
        for call in case.calls[-CALLS_TOLD_MAX:]:
            door.tell(kid=kid, call=call, info=info)
