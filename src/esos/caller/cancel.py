"""Cancel: easy, free, no reason needed, and it reaches everyone the call reached (law 8).

A statement says it with its reason where a station can be asked over HTTP; a packet says it by every
carrier where that takes longer than a moment.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from esos.beacon.carrier import Carrier, Tell
from esos.caller.call import case_seen
from esos.caller.circle import Circle
from esos.caller.make import make_cancel
from esos.caller.ports import CallRecord, KnownStation, StationDoor
from esos.caller.report import CaseSeen, Trouble
from esos.caller.send import SendResult, send_call
from esos.caller.targets import packet_outgoing
from esos.errors import Busy, EsosError
from esos.message.bodies import Cancelled
from esos.words.life import Life

STATEMENT_LEAD_SECONDS = 1.0
"""How long the statement is ahead of the packets, so that a reason that was given is the one that is kept."""


class CancelledAt(msgspec.Struct, frozen=True, kw_only=True):
    """What one station has: the case's state after it, or ``calling`` where the station did not answer.

    ``calls_back`` says that other evidence disagrees, so that somebody calls back before it takes effect; ``next``
    what happens next, and when, in the station's words.
    """

    station: str
    state: str
    reached: bool
    calls_back: bool = False
    next: str = ""
    code: str = ""


class CancelReport(msgspec.Struct, frozen=True, kw_only=True):
    """Which stations know that the call is taken back."""

    case: str
    call: str
    state: str
    stations: tuple[CancelledAt, ...]

    @property
    def reached(self) -> bool:
        """Whether every station that had the call knows."""
        return all(one.reached for one in self.stations)


async def cancel(
    circle: Circle,
    *,
    stations: Sequence[KnownStation],
    carriers: Sequence[Carrier],
    tell: Tell,
    reason: str,
    wait_ms: int,
) -> CancelReport:
    """Take the call back at every station of the circle, by every carrier; what each of them has then."""
    packet = _packet(circle)
    by_kid = {station.home.kid: station for station in stations}
    asked = {door.home.kid for door in circle.doors}
    work = [
        _cancel_at(circle, door, by_kid.get(door.home.kid), packet, carriers, tell, reason, wait_ms)
        for door in circle.doors
    ]
    work += [
        _cancel_unasked(station, packet, carriers, tell, wait_ms)
        for station in stations
        if station.home.kid not in asked
    ]
    done = tuple(await asyncio.gather(*work))
    state = _state(circle, done)
    if circle.record is not None and all(one.reached for one in done):
        _keep(circle, msgspec.structs.replace(circle.record, state=state))
    return CancelReport(
        case=next(iter(circle.cases.values()), ""),
        call=circle.record.call.hex() if circle.record else "",
        state=state,
        stations=done,
    )


def _packet(circle: Circle) -> bytes:
    """The signed cancel packet, its sequence number kept before it is used; empty where there is no kept call."""
    if circle.record is None:
        return b""
    voice = circle.voice
    record, packet = make_cancel(seed=voice.seed, realm=voice.realm, record=circle.record, now_ms=circle.clock.now_ms())
    _keep(circle, record)
    return packet.cose() if packet else b""


def _keep(circle: Circle, record: CallRecord) -> None:
    """A full disk must not keep anybody from taking a call back."""
    try:
        circle.book.keep(record)
    except Busy:
        return


async def _cancel_at(
    circle: Circle,
    door: StationDoor,
    station: KnownStation | None,
    packet: bytes,
    carriers: Sequence[Carrier],
    tell: Tell,
    reason: str,
    wait_ms: int,
) -> CancelledAt:
    """At one station: the statement, and after a moment the packet beside it, until either is there."""
    async with asyncio.TaskGroup() as group:
        stating = group.create_task(_state_it(circle, door, reason))
        await asyncio.wait({stating}, timeout=STATEMENT_LEAD_SECONDS)
        sent: SendResult | None = None
        if not (stating.done() and stating.result() is None) and packet and station is not None:
            sent = await send_call(packet_outgoing(packet, (station,)), carriers, tell, wait_ms=wait_ms)
            stating.cancel()
    trouble = None if stating.cancelled() else stating.result()
    return await _seen(circle, door, told=trouble is None and not stating.cancelled(), sent=sent, trouble=trouble)


async def _cancel_unasked(
    station: KnownStation, packet: bytes, carriers: Sequence[Carrier], tell: Tell, wait_ms: int
) -> CancelledAt:
    """At a station that has no web address: by the packet alone."""
    sent = None
    if packet:
        sent = await send_call(packet_outgoing(packet, (station,)), carriers, tell, wait_ms=wait_ms)
    reached = sent is not None and sent.kept
    state = Life.CANCELLED if reached else Life.CALLING
    return CancelledAt(station=station.home.name, state=state.value, reached=reached)


async def _state_it(circle: Circle, door: StationDoor, reason: str) -> EsosError | None:
    """Say it as a statement on the case; what the station refused it with."""
    case = circle.cases.get(door.home.kid.hex(), "")
    if not case:
        return Busy("cancel.no_case", f"{door.home.name} has not told us its case.")
    said = circle.voice.say(
        "cancelled", Cancelled(reason=reason), now_ms=circle.clock.now_ms(), case=bytes.fromhex(case)
    )
    try:
        await door.submit(said.raw)
    except EsosError as refusal:
        return refusal
    return None


async def _seen(
    circle: Circle, door: StationDoor, *, told: bool, sent: SendResult | None, trouble: EsosError | None
) -> CancelledAt:
    """How the station's own view of the case reads now."""
    reached = told or (sent is not None and sent.kept)
    seen = CaseSeen(station=door.home.name, case="", state=Life.CANCELLED.value if reached else Life.CALLING.value)
    calls_back = False
    case = circle.cases.get(door.home.kid.hex(), "")
    if case:
        try:
            view = await door.case(case)
        except EsosError as cause:
            trouble = trouble or cause
        else:
            seen, calls_back = case_seen(door.home.name, view), bool(view.get("cancel_asked"))
    code = "" if reached or trouble is None else trouble.code
    reached = reached or seen.is_over
    return CancelledAt(
        station=door.home.name, state=seen.state, reached=reached, calls_back=calls_back, next=seen.next, code=code
    )


def _state(circle: Circle, done: tuple[CancelledAt, ...]) -> str:
    """The state to report: of the first station that knows; cancelled where no station ever had the call."""
    reached = [one.state for one in done if one.reached]
    never_arrived = circle.record is not None and circle.record.state == Life.CALLING.value and not circle.cases
    if never_arrived and not reached:
        return Life.CANCELLED.value
    return reached[0] if reached else (circle.record.state if circle.record else Life.CALLING.value)


def missed(report: CancelReport) -> tuple[Trouble, ...]:
    """The stations that may still act on the call."""
    return tuple(
        Trouble(station=one.station, code=one.code or "cancel.not_delivered", why="It may still act on your call.")
        for one in report.stations
        if not one.reached
    )
