"""A station of several processes in a drill: one of them is killed in turn, and its parent starts another.

Callers know one address, which all of them share; the system gives each connection to one that lives.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from esos.drill.supervisor import Supervisor
from esos.errors import Conflict
from esos.vault.home import Home, RunningProcess

BACK_SECONDS = 90.0
"""How long a slot may stay empty: its parent waits up to ten seconds, and a start on a busy machine takes its time."""
POLL_SECONDS = 0.1


class Processes:
    """``Host`` of so many processes. ``supervisor`` keeps their parent running, with settings that say as many."""

    def __init__(self, supervisor: Supervisor, processes: int) -> None:
        self.processes = processes
        self._supervisor = supervisor
        self._home = Home(supervisor.home)
        self._turn = 0
        self._killed: dict[int, int] = {}

    @property
    def home(self) -> Path:
        """The folder in which the drill leaves its report."""
        return self._supervisor.home

    @property
    def urls(self) -> tuple[str, ...]:
        """The one address of all of them."""
        return self._supervisor.urls

    @property
    def udps(self) -> tuple[str, ...]:
        """The one datagram door of all of them."""
        return self._supervisor.udps

    @property
    def card(self) -> dict[str, Any]:
        """The station's card as JSON values."""
        return self._supervisor.card

    async def kill(self) -> int:
        """SIGKILL to the next in turn of those that serve, the last of them spared; the process id it had.

        Raises ``Conflict`` (``drill.not_back``) where no two serve for too long.
        """
        serving = await self._until(self._two_serving)
        chosen = min(serving, key=lambda one: (one.slot - self._turn) % self.processes)
        self._turn = chosen.slot + 1
        self._killed[chosen.pid] = chosen.slot
        os.kill(chosen.pid, signal.SIGKILL)
        return chosen.pid

    async def replace(self, killed: int) -> None:
        """Wait until another serves in the place of this one; raises ``Conflict`` (``drill.not_back``)."""
        slot = self._killed[killed]
        await self._until(lambda: [one for one in self._serving() if one.slot == slot])

    async def _until(self, find: Callable[[], list[RunningProcess]]) -> list[RunningProcess]:
        """What is looked for, as soon as there is any."""
        try:
            async with asyncio.timeout(BACK_SECONDS):
                while not (found := find()):  # noqa: ASYNC110 - a file rings no bell
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as cause:
            raise Conflict(
                "drill.not_back",
                f"A process of the station was killed, and none has taken its place for {BACK_SECONDS:.0f} seconds.",
                hint="The station has said why on standard error.",
            ) from cause
        return found

    def _two_serving(self) -> list[RunningProcess]:
        found = self._serving()
        return found if len(found) > 1 else []

    def _serving(self) -> list[RunningProcess]:
        """Who serves, without those that were killed."""
        run = self._home.read_run()
        return [one for one in run.processes if one.pid not in self._killed] if run else []
