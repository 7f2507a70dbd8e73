"""One of the store's named leases as one process holds it: asked for when there is work, renewed by use.

Whoever holds it may think so for too long; so that harms nothing, what is written under it carries its term.
"""

from esos.station.ports import Journal

RENEWED_PARTS = 3
"""A lease in use is renewed when a third of it has passed."""
REFUSED_PARTS = 6
"""Whoever was refused asks again after a sixth of it: soon enough after the holder died, seldom enough while not."""


class NamedLease:
    """The lease ``name``, for the process ``holder``."""

    def __init__(self, journal: Journal, name: str, *, holder: str, lease_ms: int) -> None:
        self._journal = journal
        self._name = name
        self._holder = holder
        self._lease_ms = lease_ms
        self._asked_ms: int | None = None
        self._term = 0

    def is_held(self, *, now_ms: int) -> bool:
        """Whether this process has it, and needs not ask the store again yet."""
        return bool(self._term) and self._is_asked(now_ms, self._lease_ms // RENEWED_PARTS)

    def is_refused(self, *, now_ms: int) -> bool:
        """Whether another had it when this process asked a moment ago."""
        return not self._term and self._is_asked(now_ms, self._lease_ms // REFUSED_PARTS)

    @property
    def ask_again_seconds(self) -> float:
        """After how long a process that was refused asks again."""
        return self._lease_ms / REFUSED_PARTS / 1000

    async def take(self, *, now_ms: int) -> int:
        """Its term, 0 while another has it. The store is asked only where the last answer is too old to go by."""
        if self.is_held(now_ms=now_ms) or self.is_refused(now_ms=now_ms):
            return self._term
        self._term = await self._journal.lease(self._name, holder=self._holder, lease_ms=self._lease_ms)
        self._asked_ms = now_ms
        return self._term

    def doubt(self) -> None:
        """Something went as if another had it: the next ``take`` asks the store."""
        self._asked_ms = None

    async def let_go(self) -> None:
        """Free it for whoever comes next, where this process has it; at an orderly end."""
        if self._term:
            self._term, self._asked_ms = 0, None
            await self._journal.lease(self._name, holder=self._holder, lease_ms=0)

    def _is_asked(self, now_ms: int, within_ms: int) -> bool:
        """A clock that was set back counts as long ago."""
        return self._asked_ms is not None and 0 <= now_ms - self._asked_ms < within_ms
