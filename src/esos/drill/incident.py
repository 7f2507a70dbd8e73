"""A real incident as facts for a drill: what was reported when, what was needed, and what really happened.

Told from public reporting; times as reported, local. Nobody is named, and who did it is not told: it
never mattered for helping (law 1). Where sources differ the text says "reported".
"""

from typing import Any

import msgspec

from esos.drill.cast import Team
from esos.errors import Malformed
from esos.station.drills import Moment
from esos.words.nature import Nature
from esos.words.need import NeedLine

HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
USUAL_DEADLINE_SECONDS = 420.0
USUAL_SPEED = 40
"""Seconds of the drill in one real second: two hours in three minutes."""


class CallerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One caller of a drill, plainly fictitious, and what it calls for.

    ``label`` is how beats name it where a drill has several. ``services`` of it are down from the first sign on.
    """

    name: str
    words: str
    natures: tuple[Nature, ...]
    sector: str
    country: str
    needs: tuple[tuple[NeedLine, int], ...]
    label: str = ""
    facts: dict[str, str | bool] = {}
    state: tuple[str, ...] = ()
    asn: int | None = None
    prefix: str = ""
    products: tuple[str, ...] = ()
    services: int = 0

    def details(self) -> dict[str, Any]:
        """Its call as the doors of a station take it."""
        known = {"asn": self.asn, "prefix": self.prefix, "products": list(self.products)}
        return {
            "urgency": "mayday",
            "natures": [nature.slug for nature in self.natures],
            "sector": self.sector,
            "country": self.country,
            "state": list(self.state),
            "facts": self.facts,
            "words": self.words,
            "needs": [{"line": line.value, "quantity": units} for line, units in self.needs],
            **{name: value for name, value in known.items() if value},
        }


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident: its history, who calls in the drill, who can help, and the figures of the loss model.

    ``scene`` is what its caller sees, for a visitor. ``first_sign`` is shown as the local time of minute 0.
    ``call_minutes`` is when the drill's first call is made, so that no hindsight helps. ``systems`` services
    stand for the whole; ``history_…`` is what really happened to them. ``counted`` is the line of help by which
    they come back.
    From ``callers_least`` to ``callers_most`` can call, ``callers_usual`` where nobody says how many.
    ``speed`` is how many times faster than time it is usually played, ``deadline_seconds`` when a
    performance that has not ended does not end.
    """

    name: str
    title: str
    when: str
    scene: str
    first_sign: str
    call_minutes: int
    callers: tuple[CallerFacts, ...]
    teams: tuple[Team, ...]
    systems: int
    counted: NeedLine
    moments: tuple[Moment, ...]
    history_first_back_minutes: int
    history_all_back_minutes: int
    sources: tuple[str, ...]
    callers_least: int = 1
    callers_usual: int = 1
    callers_most: int = 1
    speed: int = USUAL_SPEED
    deadline_seconds: float = USUAL_DEADLINE_SECONDS

    def callers_of(self, wanted: int) -> int:
        """How many call, where so many are wanted (0: the usual number); raises ``Malformed`` (``drill.callers``)."""
        count = wanted or self.callers_usual
        if not self.callers_least <= count <= self.callers_most:
            least, most = self.callers_least, self.callers_most
            many = f"{least} to {most} callers" if most > least else "one caller"
            raise Malformed("drill.callers", f"{self.name} is played with {many}, not with {count}.")
        return count
