"""What a responder's program needs of the world: a station it can ask and answer, and a clock."""

from typing import Any, Protocol

from esos.message.card import HomeStation


class StationDoor(Protocol):
    """A station asked over HTTP by a party that proves who it is. Raises the errors of ``esos.errors``."""

    @property
    def home(self) -> HomeStation:
        """Which station this is."""

    async def requests(self) -> list[dict[str, Any]]:
        """What the party is asked, newest first."""

    async def request(self, request: str) -> dict[str, Any]:
        """One request."""

    async def cases(self) -> list[dict[str, Any]]:
        """The open cases that the party is part of."""

    async def case(self, case: str) -> dict[str, Any]:
        """A case as the party may see it."""

    async def submit(self, cose: bytes) -> dict[str, Any]:
        """Hand a signed statement in; what the station says of it."""


class ResponderClock(Protocol):
    """Time as an argument."""

    def now_ms(self) -> int:
        """Now, in ms since 1970, UTC."""
