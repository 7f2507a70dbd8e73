"""How much there is just now: how late the event loop is, how full the store's queues and the door are.

Measured where it is, a few times a second, for ``admission`` to decide by and ``metrics`` to show.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from esos.station.records import StoreLoad
from esos.web.admission import Pressure

LOOK_SECONDS = 0.1
"""How often the event loop is looked at."""
LATE_LOOKS = 3
"""At so many looks in a row the event loop must be late before it counts: one long turn is no shortage of time."""
NO_LOAD = StoreLoad(writer_waiting=0, writer_percent=0, reader_waiting=0, reader_percent=0, refused=0)


@runtime_checkable
class Loaded(Protocol):
    """A journal that says how full its queues are."""

    def load(self) -> StoreLoad:
        """Now."""


class LoopWatch:
    """By how much the event loop has been late at each of the last looks, ms. ``watch`` runs while the door is open.

    One look in time, and it is not late any more: a queue that empties itself now and then is no standing one
    (K. Nichols, V. Jacobson, "Controlling Queue Delay", 2012).
    """

    def __init__(self) -> None:
        self.late_ms = 0.0
        self._looked = 0.0
        self._last: deque[float] = deque([0.0] * LATE_LOOKS, maxlen=LATE_LOOKS)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._looked = loop.time()
            await asyncio.sleep(LOOK_SECONDS)
            self._last.append(max(0.0, loop.time() - self._looked - LOOK_SECONDS) * 1_000)
            self.late_ms = min(self._last)


class Gauges:
    """Everything that can run short, read when it is asked for."""

    def __init__(
        self, *, loop: LoopWatch | None = None, journal: object = None, busy_percent: Callable[[], int]
    ) -> None:
        self.loop = loop or LoopWatch()
        self._journal = journal
        self._busy_percent = busy_percent

    def load(self) -> StoreLoad:
        """The store's queues; of a store that does not say, nothing."""
        return self._journal.load() if isinstance(self._journal, Loaded) else NO_LOAD

    def now(self) -> Pressure:
        """What is short now."""
        load = self.load()
        return Pressure(
            loop_late_ms=int(self.loop.late_ms),
            writer_percent=load.writer_percent,
            reader_percent=load.reader_percent,
            connection_percent=self._busy_percent(),
        )
