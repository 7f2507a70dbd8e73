"""One case of a mass: like any case of a drill, with an officer of its own, and told of only while that is news."""

from typing import Any

from esos.drill.answers import answers_to_come, everybody_answers
from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.incident import CallerFacts
from esos.drill.wannacry.crowd import Voice
from esos.drill.wannacry.facts import COUNTRY, NATURES, SECTOR
from esos.station.drills import BeatKind

TOLD_EACH = 3
"""So many beats of one kind are told; of a thousand more the count is enough."""
_BOUND = frozenset({"committed", "on_scene", "extending"})
_WAITING = frozenset({"sent", "delivered", "considering", "offered", "selected"})


class Told:
    """How many beats of each kind were told already, over all cases."""

    def __init__(self) -> None:
        self._counts: dict[BeatKind, int] = {}

    def is_news(self, kind: BeatKind) -> bool:
        """Whether one more of this kind is worth telling."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind] <= TOLD_EACH


class HelpedCase(CaseInPlay):
    """The case of one voice. ``held_by`` is the token of the officer who took it, empty while nobody has."""

    def __init__(self, d: Director, voice: Voice, told: Told) -> None:
        kind = voice.kind
        facts = CallerFacts(
            name=voice.name, label=voice.name, words="", natures=NATURES, sector=SECTOR, country=COUNTRY,
            needs=kind.needs,
        )  # fmt: skip
        super().__init__(d, facts)
        self.voice = voice
        self.id = voice.case
        self.key = voice.actor or self.key
        self.held_by = ""
        self.held_minutes = 0
        self.is_pending = False
        self.has_helper = False
        self._told = told
        self._seen_ms = 0

    @property
    def officer(self) -> str:
        """Whoever took it."""
        return self.held_by or self.d.officer

    @property
    def is_first(self) -> bool:
        """No case of a mass is the one by which the drill is followed."""
        return False

    def beat(self, kind: BeatKind, says: str) -> None:
        """Told only while it is news."""
        if self._told.is_news(kind):
            super().beat(kind, says)

    def is_worth_a_look(self, row: dict[str, Any]) -> bool:
        """Whether somebody was asked in it, and something changed or will."""
        return bool(row["asked"]) and (self.is_pending or row["updated_ms"] != self._seen_ms)

    async def attend(self, row: dict[str, Any]) -> None:
        """Whoever was asked answers; what came of it is seen."""
        requests = await self.requests()
        self._seen_ms = row["updated_ms"]
        await everybody_answers(self, {"requests": requests})
        self.is_pending = answers_to_come(self, {"requests": requests}) or any(
            one["state"] in _WAITING for one in requests
        )
        self.has_helper = any(one["state"] in _BOUND for one in requests)
        if self.has_helper and not row["open_units"] and self.voice.covered_minutes is None:
            self.voice.covered_minutes = self.d.minutes
