"""What happened in a world: every event is counted by its kind, and the last of them are kept to be told in words."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field

LAST_MAX = 60
"""How many events are told when a law is broken."""


class Violation(AssertionError):
    """A law is broken; the sentence says which, and by what."""


@dataclass(slots=True)
class Chronicle:
    """Counts of everything that happened, and the last of it.

    An event is something that happened in the simulated world: a datagram, request, answer or page that
    arrived, a transaction of the store that changed something, a timer that ran out, a crash or a start of a
    process. Turns of a loop, empty claims, reads, and what was lost on the way are no events.
    """

    counts: Counter[str] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)
    is_closed: bool = False
    """Set when a law is broken: what its parts do while they are taken apart is no part of the world."""
    _last: deque[tuple[float, str, tuple[object, ...]]] = field(default_factory=lambda: deque(maxlen=LAST_MAX))

    def note(self, kind: str, *words: object) -> None:
        """Something happened."""
        if self.is_closed:
            return
        self.counts[kind] += 1
        self._last.append((asyncio.get_running_loop().time(), kind, words))

    def note_aside(self, kind: str, *words: object) -> None:
        """Something worth telling that counts as no event: a loss, a delay, an empty turn."""
        if self.is_closed:
            return
        self.aside[kind] += 1
        if words:
            self._last.append((asyncio.get_running_loop().time(), kind, words))

    @property
    def now_s(self) -> float:
        """When the last of it happened."""
        return self._last[-1][0] if self._last else 0.0

    @property
    def events(self) -> int:
        """How much happened."""
        return self.counts.total()

    def last_words(self) -> list[str]:
        """The last events as lines, oldest first."""
        return [f"  {at_s:10.3f} s  {kind}: {' '.join(map(_word, words))}" for at_s, kind, words in self._last]


def _word(word: object) -> str:
    return word.hex()[:8] if isinstance(word, bytes) else str(word)
