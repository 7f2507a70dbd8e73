"""How often something may happen within an hour, counted for each of many names, and bounded in what it remembers."""

from collections import deque

from esos.errors import Busy
from esos.station.ports import Clock

HOUR_MS = 3_600_000
NAMES_MAX_COUNT = 10_000
"""How many names are remembered; the one that was quiet for longest is forgotten first."""


class Hourly:
    """A budget of so many in any hour for each name."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._times: dict[bytes, deque[int]] = {}

    def has_room(self, name: bytes) -> bool:
        """Whether it may happen once more; if so, it is counted."""
        now_ms = self._clock.now_ms()
        times = self._times.pop(name, deque(maxlen=self._most))
        while times and times[0] <= now_ms - HOUR_MS:
            times.popleft()
        has_room = len(times) < self._most
        if has_room:
            times.append(now_ms)
        self._times[name] = times
        if len(self._times) > NAMES_MAX_COUNT:
            self._times.pop(next(iter(self._times)))
        return has_room

    def need(self, name: bytes, why: str) -> None:
        """Count it; raises ``Busy`` (``mail.thread_busy``) with this sentence where there is no room."""
        if not self.has_room(name):
            raise Busy("mail.thread_busy", why, hint="Send it again later, or answer by the link.")
