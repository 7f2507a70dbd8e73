"""What a caller's program needs of the world: a book of its calls, stations it can ask, dice and a clock."""

from typing import Any, Protocol

import msgspec

from esos.message.card import HomeStation


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One call as the caller keeps it: enough to send it again after a crash, byte for byte.

    ``cose`` is the signed call, ``sequence`` the highest sequence number used, ``case`` and ``state``
    what a station said last, ``receipts`` where its proofs are.
    """

    call: bytes
    sequence: int
    cose: bytes
    statement: bytes
    stations: tuple[HomeStation, ...]
    made_ms: int
    case: str = ""
    state: str = "calling"
    receipts: tuple[str, ...] = ()
    updates: int = 0


class CallBook(Protocol):
    """The caller's memory. ``keep`` is durable on return: a sequence number is never used twice."""

    def keep(self, record: CallRecord) -> None:
        """Remember a call, or what became of it."""

    def find(self, call: bytes) -> CallRecord | None:
        """A call by its id."""

    def newest(self) -> CallRecord | None:
        """The call made last."""

    def sealing_key(self, station: bytes) -> bytes:
        """The sealing key a station gave us, empty where none is pinned."""

    def pin(self, station: bytes, key: bytes) -> None:
        """Pin a sealing key."""


class StationDoor(Protocol):
    """A station asked over HTTP by a party that proves who it is. Raises the errors of ``esos.errors``."""

    async def sealing_key(self) -> bytes:
        """Register for the datagram door: the key to seal with."""

    async def submit(self, cose: bytes) -> dict[str, Any]:
        """Hand a signed statement in; what the station says of it."""

    async def case(self, case: str) -> dict[str, Any]:
        """A case as the party may see it."""

    async def requests(self) -> list[dict[str, Any]]:
        """The party's own inbox."""

    async def request(self, request: str) -> dict[str, Any]:
        """One request."""

    async def receipt(self, statement: str) -> bytes:
        """The receipt file of a statement."""


class CallerClock(Protocol):
    """Time as an argument."""

    def now_ms(self) -> int:
        """Now, in ms since 1970, UTC."""


class CallerDice(Protocol):
    """Chance as an argument."""

    def bytes(self, count: int) -> bytes:
        """Fresh unpredictable bytes."""
