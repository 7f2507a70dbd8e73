"""Which packets a link loses: seeded models, one for each direction of each caller's link, and what they really lost.

The same seed and the same moments give the same losses. Every packet offered is counted, so that a figure can be
read beside the loss that really was and not beside the one that was asked for.
"""

import random
from typing import Literal, NamedTuple, Protocol

BAD_PERIOD_SECONDS = 2.0
"""How long a bad period of a bursty link lasts on average."""


class Loss(NamedTuple):
    """How much is lost on average, and in which way: each packet by itself, or in bad periods that lose everything."""

    share: float
    kind: Literal["independent", "bursty"] = "independent"

    @property
    def words(self) -> str:
        """As a table shows it."""
        return f"{self.share:.0%}" + (" in bad periods of 2 s" if self.kind == "bursty" else "")


class Model(Protocol):
    """Decides packet by packet; moments are in seconds and never go back."""

    def loses(self, now_s: float) -> bool:
        """Whether the packet of this moment is lost."""


class Independent:
    """Each packet is lost with the same chance, whatever happened before."""

    def __init__(self, share: float, chance: random.Random) -> None:
        self._share = share
        self._chance = chance

    def loses(self, now_s: float) -> bool:
        """See ``Model``."""
        del now_s
        return self._chance.random() < self._share


class Bursty:
    """Gilbert and Elliott's link: bad periods lose everything, good ones nothing, both of exponential length.

    The share lost is the share of time that is bad, so the good periods are as short as that asks.
    """

    def __init__(self, share: float, chance: random.Random, bad_s: float = BAD_PERIOD_SECONDS) -> None:
        self._means_s = {True: bad_s, False: bad_s * (1 - share) / share if share else float("inf")}
        self._chance = chance
        self._is_bad = chance.random() < share
        self._until_s: float | None = None

    def loses(self, now_s: float) -> bool:
        """See ``Model``."""
        if self._until_s is None:
            self._until_s = now_s + self._length_s()
        while now_s >= self._until_s:
            self._is_bad = not self._is_bad
            self._until_s += self._length_s()
        return self._is_bad

    def _length_s(self) -> float:
        mean_s = self._means_s[self._is_bad]
        if mean_s in {0.0, float("inf")}:
            return mean_s
        return self._chance.expovariate(1 / mean_s)


class Way:
    """One direction of one link: a model, and a count of what it was offered and what it lost."""

    __slots__ = ("_model", "lost", "offered")

    def __init__(self, loss: Loss, seed: str) -> None:
        self._model = model_of(loss, seed)
        self.offered = 0
        self.lost = 0

    def passes(self, now_s: float) -> bool:
        """Count one packet and decide about it."""
        self.offered += 1
        if self._model.loses(now_s):
            self.lost += 1
            return False
        return True


def model_of(loss: Loss, seed: str) -> Model:
    """A fresh model; the same seed gives the same dice."""
    chance = random.Random(seed)
    if loss.kind == "bursty" and 0 < loss.share < 1:
        return Bursty(loss.share, chance)
    return Independent(loss.share, chance)
