"""How much is folded in one turn: as much as keeps turns short, on whatever machine.

A turn that outlasts the lease under which it is saved is overtaken by another process and was for nothing; several
busy processes could go on so for ever. So turns begin small, grow while they are quick, and shrink when they are not.
"""

QUEUES_MAX, QUEUES_MIN = 128, 8
"""Queues of the inbox taken up in one turn: the most, and the fewest where turns take long."""
DUES_MAX, DUES_MIN = 256, 16
"""Timers taken up in one turn: the most, and the fewest where turns take long or make the station say much."""
SAID_IN_A_TURN = 500
"""Statements of the station in one turn, beyond which the next takes up fewer timers: others wait meanwhile."""
TURN_SECONDS = 0.75
"""A turn that took longer is followed by a smaller one; a quarter of the lease."""


class Pace:
    """How many queues and timers the next turn takes up."""

    def __init__(self) -> None:
        self.queues, self.dues = QUEUES_MIN, DUES_MIN

    def learn(self, said: int, took_seconds: float) -> None:
        """Learn from a turn in which the station said so much, and which took so long.

        A wave of requests costs more than a timer that only runs out, and everything costs more on a busy machine.
        """
        is_slow = took_seconds > TURN_SECONDS
        self.queues = _next(self.queues, QUEUES_MIN, QUEUES_MAX, is_less=is_slow)
        self.dues = _next(self.dues, DUES_MIN, DUES_MAX, is_less=is_slow or said > SAID_IN_A_TURN)


def _next(now: int, least: int, most: int, *, is_less: bool) -> int:
    return max(least, now // 2) if is_less else min(most, now * 2)
