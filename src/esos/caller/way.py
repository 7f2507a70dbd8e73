"""Test the way to each station, by each carrier, in peace time; and register for the datagram door meanwhile.

Law 7: a test is a message of its own that opens no case and reaches nobody.
"""

from collections.abc import Callable, Sequence

import msgspec

from esos.beacon.carrier import Carrier, CarrierEvent, Failed, Outgoing, Waiting
from esos.caller.make import CALL_ID_BYTES, make_test
from esos.caller.ports import CallBook, CallerClock, CallerDice, KnownStation, StationDoor
from esos.caller.register import register
from esos.caller.send import send_call
from esos.caller.targets import targets_of
from esos.errors import EsosError
from esos.message.bodies import Tested
from esos.message.voice import Voice

DATAGRAM_WAIT_MS = 5_000
QUIC_WAIT_MS = 6_000
"""Long enough for one connection that is begun anew, and for what it leaves for the next."""
GATEWAY_WAIT_MS = 90_000
"""Long enough for one message there and one back."""
_WAITS_MS = {"quic": QUIC_WAIT_MS, "sms": GATEWAY_WAIT_MS, "mesh": GATEWAY_WAIT_MS}

_WITHOUT_SEALING_KEY = frozenset({"quic"})
"""Carriers whose answer is proven by the station's own key alone."""


class WayTested(msgspec.Struct, frozen=True, kw_only=True):
    """One carrier to one station: whether it answers, in how many ms, and why not."""

    station: str
    carrier: str
    answers: bool
    ms: int = 0
    why: str = ""
    code: str = ""


class WayTester:
    """Tests ways for one caller. ``elapsed_ms`` is a stopwatch, for durations only."""

    def __init__(
        self, *, voice: Voice, clock: CallerClock, dice: CallerDice, book: CallBook, elapsed_ms: Callable[[], int]
    ) -> None:
        self._voice = voice
        self._clock = clock
        self._dice = dice
        self._book = book
        self._elapsed_ms = elapsed_ms

    async def test(self, door: StationDoor, station: KnownStation, *carriers: Carrier) -> list[WayTested]:
        """HTTPS first, since it renews the sealing key that the carriers of packets need."""
        over_http = await self._over_http(door)
        keyed, trouble = await self._registered(door, station)
        return [over_http, *[await self._by(carrier, keyed, trouble) for carrier in carriers]]

    async def _by(self, carrier: Carrier, station: KnownStation, trouble: EsosError | None) -> WayTested:
        """One way; where it needs the key that registering should have brought, that trouble is why it is closed."""
        if trouble is None or station.sealing_key or carrier.name in _WITHOUT_SEALING_KEY:
            return await self._by_packet(station, carrier)
        return WayTested(
            station=station.home.name, carrier=carrier.name, answers=False, why=trouble.detail, code=trouble.code
        )

    async def as_stranger(self, station: KnownStation, datagrams: Carrier) -> WayTested:
        """The way of whom the station does not know: what is left to us if it forgets our key, or we lose it."""
        unknown = msgspec.structs.replace(station, sealing_key=b"")
        found = await self._by_packet(unknown, datagrams)
        why = "" if found.answers else f"No answer within {DATAGRAM_WAIT_MS} ms."
        return msgspec.structs.replace(found, carrier=datagrams.name, why=why)

    async def _over_http(self, door: StationDoor) -> WayTested:
        began_ms = self._elapsed_ms()
        said = self._voice.say("tested", Tested(call=self._call_id()), now_ms=self._clock.now_ms())
        try:
            await door.submit(said.raw)
        except EsosError as refusal:
            return WayTested(
                station=door.home.name, carrier="https", answers=False, why=refusal.detail, code=refusal.code
            )
        return WayTested(station=door.home.name, carrier="https", answers=True, ms=self._elapsed_ms() - began_ms)

    async def _registered(self, door: StationDoor, station: KnownStation) -> tuple[KnownStation, EsosError | None]:
        try:
            return await register(door, self._book, station), None
        except EsosError as refusal:
            return station, refusal

    async def _by_packet(self, station: KnownStation, carrier: Carrier) -> WayTested:
        began_ms = self._elapsed_ms()
        packet = make_test(
            seed=self._voice.seed, realm=self._voice.realm, call=self._call_id(), now_ms=self._clock.now_ms()
        )
        outgoing = Outgoing(
            cose=packet.cose(), statement_id=packet.statement_id(), targets=targets_of([station]), packet=packet
        )
        wait_ms, told = _WAITS_MS.get(carrier.name, DATAGRAM_WAIT_MS), list[CarrierEvent]()
        result = await send_call(outgoing, [carrier], told.append, wait_ms=wait_ms, any_answer=True)
        name = station.home.name
        if result.answered:
            return WayTested(station=name, carrier=carrier.name, answers=True, ms=self._elapsed_ms() - began_ms)
        has_none = carrier.name == "udp" and not station.home.udp
        why = "It has no datagram door." if has_none else f"No answer within {wait_ms} ms."
        refused = next(iter(result.refused), None)
        if refused is not None:
            return WayTested(station=name, carrier=carrier.name, answers=False, why=refused.why, code=refused.code)
        why, code = _last_said(told) or (why, "")
        return WayTested(station=name, carrier=carrier.name, answers=False, why=why, code=code)

    def _call_id(self) -> bytes:
        return self._dice.bytes(CALL_ID_BYTES)


def _last_said(told: Sequence[CarrierEvent]) -> tuple[str, str] | None:
    """Why a carrier says that nothing came, in its own words and with its code; None where it says nothing."""
    for event in reversed(told):
        if isinstance(event, Failed | Waiting):
            return event.why, event.code if isinstance(event, Failed) else ""
    return None
