"""Who is paged, and when, until a person has charge: the escalation ladder of one urgency.

Law 5: a ladder has no end; after its last step it goes round again until somebody acknowledges.
"""

from typing import Literal

import msgspec

from esos.pact.timers import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, shorten
from esos.words.urgency import Urgency

STEPS_MIN = 2
"""The fewest steps of a ladder: somebody always comes next."""
STEPS_MAX = 10
"""The most steps one ladder may have."""
ROUND_MIN_MS = 10 * SECOND_MS
"""The shortest pause before a ladder goes round again."""
ROUND_MAX_MS = DAY_MS
"""The longest pause before a ladder goes round again."""
PageTarget = Literal["watch", "backup", "neighbour", "everyone"]
"""Whom a step pages: the officer on watch, the backup, a neighbour station, every officer."""


class LadderStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``after_ms`` from the arrival (or from whatever started the ladder again), page these people."""

    after_ms: int
    page: PageTarget


class Ladder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The steps in rising order of time; ``round_ms`` is the pause between the last one and the first again."""

    steps: tuple[LadderStep, ...]
    round_ms: int

    def nth(self, number: int) -> LadderStep:
        """The ``number``-th page, counted from 0 without end; ``after_ms`` is still from the arrival."""
        turn, index = divmod(number, len(self.steps))
        whole_turn_ms = self.steps[-1].after_ms + self.round_ms
        step = self.steps[index]
        return LadderStep(after_ms=turn * whole_turn_ms + step.after_ms, page=step.page)

    def faster(self, factor: int) -> "Ladder":
        """The same ladder for a drill, ``factor`` times as fast; a step at 0 stays at 0."""
        steps = tuple(LadderStep(after_ms=shorten(one.after_ms, factor), page=one.page) for one in self.steps)
        return Ladder(steps=steps, round_ms=shorten(self.round_ms, factor))


def _ladder(round_ms: int, *steps: tuple[int, PageTarget]) -> Ladder:
    return Ladder(steps=tuple(LadderStep(after_ms=after_ms, page=page) for after_ms, page in steps), round_ms=round_ms)


DEFAULT_LADDERS: dict[Urgency, Ladder] = {
    Urgency.MAYDAY: _ladder(
        5 * MINUTE_MS,
        (0, "watch"),
        (60 * SECOND_MS, "backup"),
        (5 * MINUTE_MS, "neighbour"),
        (10 * MINUTE_MS, "everyone"),
    ),
    Urgency.PAN_PAN: _ladder(
        15 * MINUTE_MS,
        (0, "watch"),
        (15 * MINUTE_MS, "backup"),
        (30 * MINUTE_MS, "neighbour"),
        (45 * MINUTE_MS, "everyone"),
    ),
    Urgency.ADVISORY: _ladder(4 * HOUR_MS, (0, "watch"), (4 * HOUR_MS, "backup")),
}
"""Every pact starts from these; spec/pact.md gives their reasons."""
