"""What became of a call, told while it happens and at its end: events for the eye, one report for scripts.

Law 4: arrived, acknowledged and committed are three different sentences here too.
"""

from typing import Any

import msgspec

from esos.beacon.carrier import CarrierEvent, Failed, Heard
from esos.words.life import Life


class CaseSeen(msgspec.Struct, frozen=True, kw_only=True, tag="case"):
    """How a station's own view of the case reads now. ``holder`` is who has charge, empty while nobody has."""

    station: str
    case: str
    state: str
    holder: str = ""
    now: str = ""
    next: str = ""
    do_meanwhile: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the case has ended."""
        return self.state in _OVER

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to wait for: a person has charge, or the case has ended."""
        return bool(self.holder) or self.is_over

    @property
    def words(self) -> str:
        """The line a terminal shows."""
        return " ".join(part for part in (f"{self.station}:", self.now, self.next) if part)


class Followed(msgspec.Struct, frozen=True, kw_only=True, tag="followed"):
    """What did not fit into the call has been told to a station."""

    station: str
    what: str

    @property
    def words(self) -> str:
        """The line a terminal shows."""
        return f"{self.station} has the {self.what} too."


class Delivered(msgspec.Struct, frozen=True, kw_only=True, tag="delivered"):
    """A packet that carries more of the call has arrived at a station; so many of them are there now."""

    station: str
    count: int
    of: int

    @property
    def words(self) -> str:
        """The line a terminal shows."""
        if self.count == self.of:
            return f"{self.station} has all that follows the call, in {self.of} packets."
        return f"{self.station} has {self.count} of {self.of} packets that follow the call."


class Trouble(msgspec.Struct, frozen=True, kw_only=True, tag="trouble"):
    """Something beside the call itself did not work; the call goes on."""

    station: str
    code: str
    why: str

    @property
    def words(self) -> str:
        """The line a terminal shows."""
        return f"{self.station}: {self.why} [{self.code}]"


_OVER = frozenset(life.value for life in Life if life.is_ended) | {Life.CLOSED.value, Life.ERASED.value}
CallEvent = CarrierEvent | CaseSeen | Delivered | Followed | Trouble


class CarrierRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far one carrier got with one station: copies sent, the furthest state heard, or the last failure."""

    carrier: str
    station: str
    state: str
    proven: bool = False
    copies: int = 0
    why: str = ""
    code: str = ""


class ReceiptKept(msgspec.Struct, frozen=True, kw_only=True):
    """A proof that a station has the call: where it is kept, and whether it held when it came."""

    station: str
    file: str
    verified: bool
    url: str = ""


class CallReport(msgspec.Struct, frozen=True, kw_only=True):
    """The end of ``esos call``. ``state`` is ``calling`` while no station has proved that it has the call.

    ``kept`` is false where the call could not be written to the caller's own disk. ``more_left`` counts the packets
    with more of the call that no station has yet.
    """

    case: str
    call: str
    statement: str
    state: str
    holder: str = ""
    now: str = ""
    next: str = ""
    do_meanwhile: str = ""
    kept: bool = True
    more_left: int = 0
    receipts: tuple[ReceiptKept, ...] = ()
    carriers: tuple[CarrierRow, ...] = ()
    refused: tuple[Failed, ...] = ()

    @property
    def has_arrived(self) -> bool:
        """Whether at least one station has the call durably."""
        return self.state != Life.CALLING.value


class CarrierTable:
    """The carriers' rows, kept up to date from their events."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], CarrierRow] = {}

    def note(self, event: CallEvent) -> None:
        """One event; those that concern no carrier change nothing."""
        carrier = getattr(event, "carrier", "")
        if not carrier:
            return
        station = getattr(event, "station", "")
        row = self._rows.get((carrier, station)) or CarrierRow(carrier=carrier, station=station, state="waiting")
        self._rows[carrier, station] = msgspec.structs.replace(row, **_changes(row, event))

    def rows(self) -> tuple[CarrierRow, ...]:
        """Every carrier and station, in the order in which they were first heard of."""
        return tuple(self._rows.values())


def _changes(row: CarrierRow, event: Any) -> dict[str, Any]:
    if isinstance(event, Heard):
        return {"state": event.state.name.lower(), "proven": event.proven, "why": "", "code": ""}
    if isinstance(event, Failed):
        state = row.state if row.proven else "failed"
        return {"state": state, "why": event.why, "code": event.code}
    copies = getattr(event, "copies", row.copies)
    waits = row.state in {"waiting", "failed"} and copies
    return {"copies": copies, "state": "sending" if waits else row.state, "why": getattr(event, "why", row.why)}
