"""Who directs a drill: what it knows, its clock in the drill's own time, and the book of what happened when."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from esos.drill.cast import Team
from esos.drill.incident import Incident
from esos.drill.report import Beat
from esos.drill.stage import Actor, Stage
from esos.drill.supervisor import Supervisor
from esos.vault.chance import SystemClock

READING_SECONDS = 3.0
"""How long people get to read what has just happened, at the usual speed."""
USUAL_SPEED = 40
Tell = Callable[[str], None]
_clock = SystemClock()


class Player(msgspec.Struct, kw_only=True):
    """One team on stage, and which requests it has dealt with."""

    actor: Actor
    team: Team
    seen: dict[str, int] = {}
    begun: set[str] = set()
    left: bool = False


class Director:
    """Everything one performance knows."""

    def __init__(self, incident: Incident, supervisor: Supervisor, stage: Stage, speed: int, tell: Tell) -> None:
        self.incident = incident
        self.supervisor = supervisor
        self.stage = stage
        self.speed = speed
        self.tell = tell
        self.beats: list[Beat] = []
        self.players: list[Player] = []
        self.caller = Actor(incident.caller_name)
        self.caller_key = Actor(incident.caller_name)
        self.relay = Actor("A neighbouring hospital (drill)")
        self.case = ""
        self.officer = ""
        self.second = ""
        self.commitments: list[tuple[int, int]] = []
        self.consented = False
        self.killed = False
        self.lost_after_kill = -1
        self._began_ms = _clock.now_ms()

    def start_clock(self) -> None:
        """Minute of the call, now."""
        self._began_ms = _clock.now_ms()

    @property
    def minutes(self) -> int:
        """Minutes after the first sign, in the drill's own time."""
        passed = (_clock.now_ms() - self._began_ms) * self.speed / 60_000
        return self.incident.call_minutes + int(passed)

    def beat(self, says: str) -> None:
        """Write down that something happened now, and say so."""
        beat = Beat(at_minutes=self.minutes, says=says)
        self.beats.append(beat)
        self.tell(f"{self.incident_clock(beat.at_minutes)}  {says}")

    def incident_clock(self, at_minutes: int) -> str:
        """Minutes after the first sign as the clock on the wall."""
        hours, minutes = (int(part) for part in self.incident.first_sign.split(":"))
        total = hours * 60 + minutes + at_minutes
        return f"{total // 60 % 24:02d}:{total % 60:02d}"

    async def breathe(self) -> None:
        """A pause in which people can read; shorter in a faster drill."""
        await asyncio.sleep(READING_SECONDS * USUAL_SPEED / max(USUAL_SPEED, self.speed))

    async def view(self) -> dict[str, Any]:
        """The case as its officer sees it."""
        case: dict[str, Any] = await self.stage.get(f"/api/v1/cases/{self.case}", token=self.officer)
        return case

    async def act(self, kind: str, body: dict[str, Any] | None = None, *, token: str = "") -> dict[str, Any]:
        """An officer's act."""
        done: dict[str, Any] = await self.stage.post(
            f"/api/v1/cases/{self.case}/statements", {"kind": kind, "body": body or {}}, token=token or self.officer
        )
        return done
