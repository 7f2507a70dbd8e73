"""Between the datagram door and a station: whose packet it is, committing what came in, and telling callers more.

Law 3: an acknowledgement leaves only after the commit. Law 4: a call that a person has taken is acknowledged
in other words than one that arrived.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from esos.carriers.stranger_words import Handed
from esos.carriers.udp_book import AckInfo, Arrival
from esos.carriers.udp_door import Outcome
from esos.case.model import Case, decode_case
from esos.errors import EsosError, Forbidden
from esos.message.packet import Header, OpenedPacket, read_compact
from esos.message.packet_codes import AckState, CallState, PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import epoch_of
from esos.message.reading import opened_statement
from esos.message.statement import Statement
from esos.station.heartbeats import Heartbeat
from esos.station.intake import Taken
from esos.station.station import Station

CALLS_TOLD_MAX = 4
"""Of one case, how many of the newest calls are told that a person has charge."""
STRANGER = "stranger:"
"""How the party of a key that is registered nowhere begins; its kid follows in hex."""
_HEARTBEATS = frozenset({PacketType.HEARTBEAT, PacketType.EXERCISE_HEARTBEAT})
_NEW_CALLS = frozenset({"called", "relayed"})
_log = structlog.get_logger(__name__)


class Teller(Protocol):
    """A door that answers by datagram, and may be told that a person did more about a call."""

    def tell(self, *, kid: bytes, call: bytes, info: AckInfo) -> None:
        """Say so in answer to any packet of the call; nothing happens where this door does not know it."""


def station_keys(station: Station) -> StationKeys:
    """The keys under which a station opens packets: those that its register knows now."""

    def registered(kid: bytes) -> Registered | None:
        entry = station.directory.key(kid, station.clock.now_ms())
        return Registered(entry.public, entry.realm) if entry else None

    return StationKeys(station.identity.master, registered=registered, epoch=lambda: epoch_of(station.clock.now_ms()))


def submit_to(station: Station) -> Callable[[Sequence[Arrival]], Awaitable[list[Outcome]]]:
    """Commit what came through the datagram door; each gets its acknowledgement only after that (law 3)."""

    async def submit(arrivals: Sequence[Arrival]) -> list[Outcome]:
        read = [_read(arrival.opened, station) for arrival in arrivals]
        taken = iter(await _take([one for one in read if isinstance(one, Statement)], station))
        outcomes = [next(taken) if isinstance(one, Statement) else one for one in read]
        for arrival, outcome in zip(arrivals, outcomes, strict=True):
            if isinstance(outcome, EsosError):
                _log.info("packet_refused", code=outcome.code, kid=arrival.opened.header.kid.hex())
        return outcomes

    return submit


def _read(opened: OpenedPacket, station: Station) -> Statement | Outcome:
    """What a packet is to be kept as; a heartbeat is heard at once, and kept nowhere."""
    if opened.header.type in _HEARTBEATS and isinstance(opened.fields, CallFields):
        return _hear(opened.header, opened.fields, station)
    try:
        return opened_statement(opened)
    except EsosError as refusal:
        return refusal


async def _take(statements: Sequence[Statement], station: Station) -> list[Outcome]:
    """Commit them together, and what may be said of each; a store that is busy refuses them all."""
    try:
        found = await station.intake.take_verified(statements) if statements else []
    except EsosError as refusal:
        return [refusal] * len(statements)
    said: list[Outcome] = [one if isinstance(one, EsosError) else _said_at_once(one) for one in found]
    for place, one in enumerate(found):
        if isinstance(one, Taken) and said[place] is None:
            said[place] = await _said_later(one, station)
    return said


async def _said_later(taken: Taken, station: Station) -> Outcome:
    try:
        return await said_of(taken, station)
    except EsosError as refusal:
        return refusal


def take_for(station: Station) -> Callable[[Handed], Awaitable[AckInfo]]:
    """Commit what the process of the strangers' door hands over, judged anew: it only claims what it says.

    Raises what ``Intake.take`` raises: ``Busy`` (``stranger.busy``) while strangers are too many.
    """

    async def take(handed: Handed) -> AckInfo:
        packet = read_compact(handed.call)
        return await said_of(await station.intake.take(packet.cose(), stranger_key=handed.public), station)

    return take


def _hear(header: Header, fields: CallFields, station: Station) -> Outcome:
    """Law 7: a beacon for practice is not heard by a real station, nor a real one in an exercise."""
    if header.type.realm is not station.identity.realm:
        return Forbidden("realm.mismatch", f"This station keeps {station.identity.realm.value} statements.")
    heard_ms = station.clock.now_ms()
    station.heartbeats.note(
        header.kid,
        Heartbeat(
            at_ms=heard_ms,
            hears_us=CallState.HEARS_YOU in fields.states,
            said_ms=(fields.time_s or 0) * 1000,
            home_list=fields.home_digest or b"",
        ),
    )
    return AckInfo(state=AckState.HEARD, at_ms=heard_ms)


async def said_of(taken: Taken, station: Station) -> AckInfo:
    """What may be said of a packet that is kept."""
    said = _said_at_once(taken)
    if said is not None:
        return said
    case = await _case_of(taken.statement, station)
    return (_done_about(case) if case else None) or AckInfo(state=AckState.COMMITTED, at_ms=taken.at_ms)


def _said_at_once(taken: Taken) -> AckInfo | None:
    """What may be said without a look into any case: a new call waits for none."""
    if taken.statement.kind == "tested":
        return AckInfo(state=AckState.HEARD, at_ms=taken.at_ms)
    if taken.fresh and taken.statement.kind in _NEW_CALLS:
        return AckInfo(state=AckState.COMMITTED, at_ms=taken.at_ms)
    return None


async def _case_of(statement: Statement, station: Station) -> Case | None:
    """The case of a call that this door may have forgotten, as after a restart."""
    entry = await station.journal.entry(statement.id)
    if entry is not None and entry.case is not None:
        record = await station.journal.case(entry.case)
    else:
        speaker = station.directory.speaker_of_key(statement.author, station.clock.now_ms())
        party = speaker.party if speaker else f"{STRANGER}{statement.author.hex()}"
        record = await station.journal.open_case_of(party)
    case = decode_case(record.blob) if record and record.blob else None
    return case if case and statement.call in case.calls else None


def _done_about(case: Case) -> AckInfo | None:
    """What a person has done about the case, None while nobody has: charge now, or charge at some time before."""
    if case.lease is not None:
        return AckInfo(state=AckState.ASSIGNED, at_ms=case.lease.since_ms)
    if case.acknowledged_ms:
        return AckInfo(state=AckState.PERSON_READING, at_ms=case.acknowledged_ms)
    return None


def teller(station: Station, door: Teller) -> Callable[[Case], None]:
    """When a person has charge, the next acknowledgements to its caller and to its relays say so."""

    def saved(case: Case) -> None:
        done = _done_about(case)
        if done is not None:
            _tell(station, door, case, done)

    return saved


def reader(station: Station, door: Teller) -> Callable[[Case, int], None]:
    """When an officer opens a case that nobody has charge of, its caller hears that a person has seen it."""

    def opened(case: Case, at_ms: int) -> None:
        _tell(station, door, case, AckInfo(state=AckState.PERSON_READING, at_ms=at_ms))

    return opened


def _tell(station: Station, door: Teller, case: Case, info: AckInfo) -> None:
    parties = [case.caller, *(relay.party for relay in case.relays if relay.registered)]
    for kid in (kid for party in parties for kid in _kids_of(party, station)):
        for call in case.calls[-CALLS_TOLD_MAX:]:
            door.tell(kid=kid, call=call, info=info)


def _kids_of(party: str, station: Station) -> tuple[bytes, ...]:
    """The keys a party may call with: those registered, or the one that a stranger is named for."""
    if party.startswith(STRANGER):
        return (bytes.fromhex(party.removeprefix(STRANGER)),)
    return tuple(station.directory.keys_of(party))
