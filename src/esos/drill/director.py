"""Who directs a drill: what it knows, its clock in the drill's own time, and the book of what happened when.

What it writes down it also says at the station's own door, so that the pages show the drill as it goes.
"""

import asyncio
import contextlib
from typing import Any, Protocol

import msgspec

from esos.drill.cast import Team
from esos.drill.host import Host
from esos.drill.incident import USUAL_SPEED, Incident
from esos.drill.stage import Actor, Stage, StageRefused, plain_name
from esos.station.drills import Act, Beat, BeatKind, DrillState, Ending, Seat
from esos.vault.chance import SystemClock

READING_SECONDS = 6.0
"""How long people get to read what has just happened, at the usual speed."""
POSTED_EVERY_SECONDS = 1.5
"""How old the drill's own clock may be where people look on."""
POSTED_AT_MOST_SECONDS = 0.25
_clock = SystemClock()


class Screen(Protocol):
    """Where a drill is told to whoever started it."""

    def act(self, act: Act, now: str, following: str) -> None:
        """A new act begins: what happens now, and what comes next."""

    def beat(self, beat: Beat) -> None:
        """Something happened."""

    def progress(self, text: str) -> None:
        """How far it is; the newest stands for those before."""

    def note(self, text: str) -> None:
        """Something else worth knowing."""


class Followed(Protocol):
    """A case as whoever follows the drill needs it; ``page`` is the path of its caller's live page."""

    id: str
    page: str

    async def view(self) -> dict[str, Any]:
        """The case as its officer sees it."""


class Player(msgspec.Struct, kw_only=True):
    """One team on stage: when it saw each request, when it was bound, which it has begun or answered late.

    ``left`` says that it had to withdraw, ``asked_by_hand`` the cases for which an officer asked it once more.
    """

    actor: Actor
    team: Team
    seen: dict[str, int] = {}
    begun: set[str] = set()
    late: set[str] = set()
    bound: dict[str, int] = {}
    left: bool = False
    asked_by_hand: set[str] = set()

    @property
    def name(self) -> str:
        """What it is called where everything is marked as a drill."""
        return plain_name(self.team.name)


class Director:
    """Everything one performance knows."""

    def __init__(self, incident: Incident, host: Host, stage: Stage, speed: int, screen: Screen) -> None:
        self.incident = incident
        self.host = host
        self.stage = stage
        self.speed = speed
        self.screen = screen
        self.beats: list[Beat] = []
        self.players: list[Player] = []
        self.cases: list[Followed] = []
        self.officer = ""
        self.second_officer = ""
        self.watch_link = ""
        self.seats: frozenset[Seat] = frozenset()
        self.kill_announced = False
        self.killed = False
        self.kills = 0
        self.lost_after_kill = 0
        self.down_ms = 0
        self.ending: Ending | None = None
        self._act = Act.SETTING
        self._now, self._next = "", ""
        self._waits_until_ms = 0
        self._began_ms = 0
        self._passed_over_minutes = 0
        self._news = asyncio.Event()

    # --- time ---------------------------------------------------------------------------------

    def start_clock(self) -> None:
        """Minute of the call, now."""
        self._began_ms = _clock.now_ms()

    @property
    def minutes(self) -> int:
        """Minutes after the first sign, in the drill's own time."""
        passed_ms = _clock.now_ms() - self._began_ms if self._began_ms else 0
        return self.incident.call_minutes + passed_ms * self.speed // 60_000 + self._passed_over_minutes

    def pass_over_to(self, at_minutes: int) -> None:
        """Set the clock of the play forward to this minute after the first sign; never back."""
        self._passed_over_minutes += max(0, at_minutes - self.minutes)

    def clock(self, at_minutes: int) -> str:
        """Minutes after the first sign as the clock on the wall."""
        hours, minutes = (int(part) for part in self.incident.first_sign.split(":"))
        total = hours * 60 + minutes + at_minutes
        return f"{total // 60 % 24:02d}:{total % 60:02d}"

    async def breathe(self, share: float = 1.0) -> None:
        """A pause in which people can read; shorter in a faster drill."""
        await asyncio.sleep(share * READING_SECONDS * USUAL_SPEED / max(USUAL_SPEED, self.speed))

    # --- telling ------------------------------------------------------------------------------

    def enter(self, act: Act, now: str, following: str = "", *, waits_seconds: float = 0) -> None:
        """An act begins; ``waits_seconds`` is how long it waits for a visitor."""
        self._act, self._now, self._next = act, now, following
        self._waits_until_ms = _clock.now_ms() + int(waits_seconds * 1000) if waits_seconds else 0
        self.screen.act(act, now, following)
        self._news.set()

    def tell_progress(self, says: str) -> None:
        """How far it is, in a sentence that takes the place of what happens now."""
        self._now = says
        self.screen.progress(says)
        self._news.set()

    def beat(self, kind: BeatKind, says: str) -> None:
        """Write down that something happened now, and say so."""
        at_minutes = self.minutes
        beat = Beat(at_minutes=at_minutes, says=says, clock=self.clock(at_minutes), kind=kind)
        self.beats.append(beat)
        self.screen.beat(beat)
        self._news.set()

    def state(self) -> DrillState:
        """How the drill stands now."""
        incident, at_minutes = self.incident, self.minutes
        return DrillState(
            name=incident.name,
            title=incident.title,
            when=incident.when,
            first_sign=incident.first_sign,
            speed=self.speed,
            act=self._act,
            now=self._now,
            next=self._next,
            scene=incident.scene,
            clock=self.clock(at_minutes),
            at_minutes=at_minutes,
            teams=len(incident.teams),
            waits_until_ms=self._waits_until_ms,
            case=self.cases[0].id if self.cases else "",
            caller_page=self.cases[0].page if self.cases else "",
            watch_link=self.watch_link,
            beats=tuple(self.beats),
            history=incident.moments,
            sources=incident.sources,
            ending=self.ending,
        )

    async def post(self) -> None:
        """Say at the door how the drill stands; learn which seats visitors took."""
        path = f"/api/v1/drills/{self.incident.name}"
        kept = await self.stage.put(path, msgspec.to_builtins(self.state()))
        self.seats = frozenset(Seat(seat) for seat in kept["seats"])

    async def keep_posted(self) -> None:
        """Say it whenever something changed, and every little while; for as long as it is not cancelled."""
        while True:
            with contextlib.suppress(StageRefused):
                await self.post()
            await asyncio.sleep(POSTED_AT_MOST_SECONDS)
            try:
                async with asyncio.timeout(POSTED_EVERY_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                continue
            self._news.clear()
