"""Which station a verb is for. Light, so that a verb's help does not wait for what talks to stations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esos.cli.client import StationClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The station a verb is for: a home on this machine, unless there is an address."""

    home: Path
    url: str = ""
    token: str = ""

    @asynccontextmanager
    async def reached(self) -> "AsyncIterator[StationClient]":
        """A client of that station: over HTTP where it has an address or runs, else its home opened here."""
        from esos.cli.client import reach

        async with reach(self.home, self.url, self.token) as client:
            yield client
