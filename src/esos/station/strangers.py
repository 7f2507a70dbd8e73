"""How much a station takes from people it does not know: a budget of their own, so that nobody known waits for it.

Law 2: whoever comes when it is used up is told so, and how else to call; nothing is dropped in silence.
"""

from esos.errors import Busy
from esos.message.statement import Statement
from esos.station.ports import Clock

STRANGERS_CALLS_PER_S = 20
"""Calls of strangers that a station takes each second, on average."""
STRANGERS_WORDS_PER_S = 20
"""What else strangers may say each second, on average: their cases go on while others flood the door."""
STRANGERS_BURST = 600
"""How many of either at once."""
SECOND_MS = 1_000
_CALLS = frozenset({"called", "relayed"})


class Budget:
    """So many each second on average, and so many at once."""

    def __init__(self, clock: Clock, *, per_s: float, burst: int) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at_ms = clock.now_ms()

    def take(self) -> bool:
        """Spend one; False where nothing is left."""
        now_ms = self._clock.now_ms()
        gained = max(now_ms - self._at_ms, 0) * self._per_s / SECOND_MS
        self._left, self._at_ms = min(self._left + gained, float(self._burst)), now_ms
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Strangers:
    """The budgets of everybody unknown, at all doors of one process together: its part, where it is one of several.

    ``refused`` counts refusals.
    """

    def __init__(self, clock: Clock, processes: int = 1) -> None:
        burst = max(1, STRANGERS_BURST // processes)
        self._calls = Budget(clock, per_s=STRANGERS_CALLS_PER_S / processes, burst=burst)
        self._words = Budget(clock, per_s=STRANGERS_WORDS_PER_S / processes, burst=burst)
        self.refused = 0

    def check(self, statement: Statement) -> None:
        """Raise ``Busy`` (``stranger.busy``) where strangers have said as much as can be taken just now."""
        budget = self._calls if statement.kind in _CALLS else self._words
        if not budget.take():
            self.refused += 1
            raise Busy(
                "stranger.busy",
                "More people whom this station does not know are at its door than it can hear just now.",
                hint="Send the same again in some seconds, and go on. A registered key, a signed-in member and the "
                "number of a printed card are heard at once; so is a member or an officer who calls for you.",
            )
