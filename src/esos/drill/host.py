"""Whoever keeps the station of a drill running: where its doors are, and the kill on purpose.

One process or several, on one machine or many: a drill only needs this much, and tries again at another
address while one is down.
"""

from pathlib import Path
from typing import Any, Protocol


class Doors(Protocol):
    """A station as a caller by datagram needs it."""

    @property
    def udps(self) -> tuple[str, ...]:
        """HOST:PORT of each datagram door."""

    @property
    def card(self) -> dict[str, Any]:
        """The station's card as JSON values: what callers pin."""


class Host(Doors, Protocol):
    """The keeper of a running exercise station. ``Supervisor`` is one, of a single process."""

    @property
    def home(self) -> Path:
        """The folder in which the drill leaves its report."""

    @property
    def urls(self) -> tuple[str, ...]:
        """Where its pages and interface are, as ``http://127.0.0.1:8765``: one for each address that callers know."""

    @property
    def processes(self) -> int:
        """How many serve together. Of several, another may be killed before the last one is back."""

    async def kill(self) -> int:
        """SIGKILL to one process, with no chance to tidy up; the process id it had."""

    async def replace(self, killed: int) -> object:
        """See that another process takes the place of the one that was killed, and wait until it is ready."""
