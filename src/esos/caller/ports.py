"""What a caller's program needs of the world: a book of its calls, stations it can ask, dice and a clock.

Law 3 on the caller's side: a call and its sequence numbers are durable before the first copy leaves.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from esos.beacon.pulse import Beat, Pulse
from esos.message.bodies import CallDetails, SitrepGiven
from esos.message.card import HomeStation
from esos.message.packet import SignedPacket


class KnownStation(msgspec.Struct, frozen=True, kw_only=True):
    """A station as a caller pins it. ``origin`` names its log; ``sealing_key`` is what it gave us, empty: none.

    ``sealing_epoch`` is the epoch that key was given in, -1 where that is not known. ``rtt_ms`` is what heartbeats
    measured of late; it is kept with the pulses, not with the pin.
    """

    home: HomeStation
    origin: str = ""
    sealing_key: bytes = b""
    sealing_epoch: int = -1
    rtt_ms: int | None = None


class SealingKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key to seal packets with, and the epoch it was given in."""

    key: bytes
    epoch: int


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One call as the caller keeps it: enough to send it again after a crash, byte for byte.

    ``cose`` is the signed call and ``more`` the signed packets that carry what did not fit into it, parts of the
    situation report among them; ``delivered`` says which of those (by sequence) a station (kid, hex) has
    committed, and ``sitrep_in_parts`` that they carry all of the report. ``sequence`` is the highest number used
    for a packet or an update. ``rest`` and ``sitrep`` are what still has to be said once a station has the call,
    and ``also`` signed statements to hand in then; ``followed`` names the stations (kid, hex) that were told.
    ``cases`` maps a station's kid to the case it opened. ``unreached`` keeps addresses of stations whose card
    could not be had yet. ``receipts`` are files.
    """

    call: bytes
    sequence: int
    cose: bytes
    statement: bytes
    stations: tuple[HomeStation, ...]
    made_ms: int
    more: tuple[bytes, ...] = ()
    rest: CallDetails | None = None
    sitrep: SitrepGiven | None = None
    sitrep_in_parts: bool = False
    delivered: dict[str, tuple[int, ...]] = {}
    also: tuple[bytes, ...] = ()
    followed: tuple[str, ...] = ()
    cases: dict[str, str] = {}
    state: str = "calling"
    receipts: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()

    @property
    def case(self) -> str:
        """The case at the first station of the home list that has one, empty while none is known."""
        known = [self.cases[home.kid.hex()] for home in self.stations if home.kid.hex() in self.cases]
        return known[0] if known else next(iter(self.cases.values()), "")


class CallBook(Protocol):
    """The caller's memory. ``keep`` is durable on return: a sequence number is never used twice."""

    def keep(self, record: CallRecord) -> None:
        """Remember a call, or what became of it; raises ``Busy`` (``callbook.not_kept``) where the disk cannot."""

    def find(self, call: bytes) -> CallRecord | None:
        """A call by its id."""

    def newest(self) -> CallRecord | None:
        """The call made last."""

    def calls(self) -> list[CallRecord]:
        """Every call kept, newest first."""

    def station(self, kid: bytes) -> KnownStation | None:
        """What is pinned of a station, None where nothing is."""

    def stations(self) -> list[KnownStation]:
        """Every station that is pinned."""

    def pin(self, station: KnownStation) -> None:
        """Pin a station, in place of what was pinned of it; raises ``Busy`` (``callbook.not_kept``)."""

    def put_first(self, kids: Sequence[bytes]) -> None:
        """The order of the home list: these first, in this order; raises ``Busy`` (``callbook.not_kept``)."""

    def pulse(self, kid: bytes) -> Pulse:
        """What heartbeats showed of a station, a fresh one where nothing is kept."""

    def keep_pulse(self, kid: bytes, pulse: Pulse) -> None:
        """Remember what heartbeats showed; raises ``Busy`` (``callbook.not_kept``)."""

    def keep_receipt(self, call: bytes, station: bytes, receipt: bytes) -> str:
        """Keep a proof beside the call; where. Raises ``Busy`` (``callbook.not_kept``)."""


class StationDoor(Protocol):
    """A station asked over HTTP by a party that proves who it is. Raises the errors of ``esos.errors``."""

    @property
    def home(self) -> HomeStation:
        """Which station this is."""

    async def sealing_key(self) -> SealingKey:
        """Register for the datagram door: the key to seal with."""

    async def submit(self, cose: bytes) -> dict[str, Any]:
        """Hand a signed statement in; what the station says of it."""

    async def cases(self) -> list[dict[str, Any]]:
        """The open cases that the party is part of."""

    async def case(self, case: str) -> dict[str, Any]:
        """A case as the party may see it."""

    async def pacts(self) -> list[dict[str, Any]]:
        """The pacts published there."""

    async def receipt(self, statement: str) -> bytes:
        """The receipt file of a statement."""


class HeartDoor(Protocol):
    """The way of heartbeats: one port of this machine, kept open, so that the way back stays open too."""

    async def beat(self, packet: SignedPacket, station: KnownStation) -> Beat | None:
        """Send one heartbeat and wait for its proven answer; None where none came, never an error of the network."""


class CallerClock(Protocol):
    """Time as an argument."""

    def now_ms(self) -> int:
        """Now, in ms since 1970, UTC."""


class CallerDice(Protocol):
    """Chance as an argument."""

    def bytes(self, count: int) -> bytes:
        """Fresh unpredictable bytes."""
