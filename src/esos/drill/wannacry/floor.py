"""The watch floor in a mass of calls: several officers, one list, the gravest first, and one advice for all of them.

Every act follows from how the case stands on the list, so that an act whose answer a killed station has lost is seen
and not done twice (law 3).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.stage import StageRefused
from esos.drill.wannacry.crowd import Voice
from esos.drill.wannacry.facts import PRODUCT, Door
from esos.drill.wannacry.helped import HelpedCase, Told
from esos.errors import NotDelivered
from esos.message.bodies import Granted
from esos.station.drills import BeatKind
from esos.vault.chance import SystemClock
from esos.words.need import HelpClass
from esos.words.urgency import Urgency

OFFICERS_MIN, CALLERS_AN_OFFICER = 8, 100
"""At least so many officers come in, and one for each so many callers."""
LOOK_SECONDS = 1.0
"""How often somebody looks at the whole list."""
REPORT_EVERY_MINUTES = 20
"""How often an officer reports in a case that waits for help: one that is silent for too long loses it."""
IN_VAIN_MINUTES = 25
"""After so long without anybody to ask, an urgent case is ended with its need unmet; an emergency stays."""
STILL_WAITING = "Help is scarce and goes by severity. You are not forgotten."
GRANT_MS = 14 * 86_400_000
ADVICE = (
    f"Many callers see the same. It comes through {PRODUCT}, from machine to machine. Cut affected machines off, "
    "close that sharing at every border, put in the supplier's correction of March, and restore only what is "
    "corrected. Pay nobody. Call again at once if it gets worse."
)
"""The one advice that everybody gets from a person: many calls with one cause are answered as one."""
_clock = SystemClock()
Step = Callable[["Floor", HelpedCase, str], Awaitable[None]]


class Floor:
    """What the officers know and do; ``cases`` are those they have seen, by id, ``answered`` how many a person has."""

    def __init__(self, d: Director, voices: list[Voice]) -> None:
        self._d = d
        self._voices = voices
        self._by_member = {voice.member: voice for voice in voices if voice.member}
        self._jobs: asyncio.PriorityQueue[tuple[int, int, int]] = asyncio.PriorityQueue()
        self._steps: dict[int, tuple[Step, HelpedCase]] = {}
        self._busy: set[str] = set()
        self._turn = 0
        self._tokens: list[str] = []
        self._told = Told()
        self.rows: list[dict[str, Any]] = []
        self.cases: dict[str, HelpedCase] = {}
        self.answered = 0
        self._all_answered = asyncio.Event()

    async def man(self) -> None:
        """Officers enough for a bad day come in."""
        for number in range(1, max(OFFICERS_MIN, len(self._voices) // CALLERS_AN_OFFICER) + 1):
            body = {"name": f"Officer {number} (drill)", "roles": ["officer"]}
            self._tokens.append((await self._d.stage.post("/api/v1/officers", body))["token"])

    @property
    def tokens(self) -> tuple[str, ...]:
        """The officers, by their tokens."""
        return tuple(self._tokens)

    async def work(self) -> None:
        """Look at the list again and again while officers take from it; for as long as it is not cancelled."""
        async with asyncio.TaskGroup() as group:
            for token in self._tokens:
                group.create_task(self._officer(token))
            while True:
                with contextlib.suppress(NotDelivered):
                    await self._look()
                await asyncio.sleep(LOOK_SECONDS)

    async def until_all_answered(self) -> None:
        """Until every caller has been answered by a person."""
        await self._all_answered.wait()

    @property
    def is_idle(self) -> bool:
        """Nothing is to be done just now, and nobody who was asked has an answer to give."""
        return not self._busy and not any(case.is_pending for case in self.cases.values())

    def case_of(self, voice: Voice) -> HelpedCase:
        """The case of a voice, whose id is known."""
        if voice.case not in self.cases:
            self.cases[voice.case] = HelpedCase(self._d, voice, self._told)
        return self.cases[voice.case]

    async def _look(self) -> None:
        self.rows = (await self._d.stage.get("/api/v1/cases?open=1", token=self._d.officer))["cases"]
        by_case = {voice.case: voice for voice in self._voices if voice.case}
        for row in self.rows:
            voice = self._by_member.get(row["caller"]) or by_case.get(row["case"])
            if voice is not None:
                voice.case = voice.case or row["case"]
                self._queue(row, self.case_of(voice))

    def _queue(self, row: dict[str, Any], case: HelpedCase) -> None:
        """The next act in a case, if there is one and nobody is at it: the gravest first, then who waits longest."""
        step = None if case.id in self._busy else _next_step(row, case)
        if step is not None:
            self._busy.add(case.id)
            self._turn += 1
            self._steps[self._turn] = (step, case)
            self._jobs.put_nowait((-Urgency(row["urgency"]).gravity, row["opened_ms"], self._turn))

    async def _officer(self, token: str) -> None:
        """One officer takes what is gravest, again and again. What a door refuses is seen again on the list."""
        while True:
            _, _, turn = await self._jobs.get()
            step, case = self._steps.pop(turn)
            try:
                with contextlib.suppress(StageRefused, NotDelivered):
                    await step(self, case, token)
            finally:
                self._busy.discard(case.id)

    # --- acts -------------------------------------------------------------------------------------

    async def answer(self, case: HelpedCase, token: str) -> None:
        """A person takes the case, calls back where life may be at risk or much is at stake, and gives the advice."""
        voice = case.voice
        case.held_by = token
        with contextlib.suppress(StageRefused):  # taken before, in an answer that was lost
            await case.tell("acknowledged", {}, token)
        case.beat(BeatKind.IN_CHARGE, "An officer has charge. A person has it now; that is not help yet.")
        self._follow(case)
        case.held_minutes = case.officer_acted_minutes = self._d.minutes
        if voice.kind.urgency is Urgency.MAYDAY:
            await case.act("called_back", {"result": "in_distress", "by": "the telephone", "confirms": True})
            scope = "Restoring the systems we name, together with our own staff"
            expires_ms = _clock.now_ms() + GRANT_MS
            await case.say("granted", Granted(help_class=HelpClass.ACCESS, scope=scope, expires_ms=expires_ms))
            case.consented = True
        await case.act("messaged", {"text": ADVICE})
        if voice.advised_minutes is None:
            voice.advised_minutes = self._d.minutes
            self.answered += 1
            if self.answered == len(self._voices):
                self._all_answered.set()
        if voice.kind.door is Door.VISITOR:
            await self._go_on_alone(case)

    def _follow(self, case: HelpedCase) -> None:
        """The first of the gravest is the one that whoever looks on sees."""
        if case.voice.kind.may_lose_life and not self._d.cases:
            self._d.cases.append(case)

    async def _go_on_alone(self, case: HelpedCase) -> None:
        """Whoever needed no more than to be told takes its call back; the case is closed."""
        reason = "We have done as advised and can go on alone. Thank you."
        await case.tell("cancelled", {"reason": reason}, case.voice.token)
        case.beat(BeatKind.RELEASED, "It has done as advised and takes its call back: free, and no reason needed.")
        await case.act("closed", {"report": "Advised. It went on alone.", "lessons": ""})

    async def report(self, case: HelpedCase, token: str) -> None:
        """The officer who holds it says how it stands."""
        del token
        await case.act("sitrep_given", {"sections": {"C": STILL_WAITING}})

    async def let_go(self, case: HelpedCase, token: str) -> None:
        """Nobody is left to be asked: the case is ended with the caller's agreement, and its need shown as unmet."""
        del token
        await stand_down_unmet(case)

    async def attend(self, case: HelpedCase, token: str) -> None:
        """Those who were asked in it answer."""
        del token
        row = next((row for row in self.rows if row["case"] == case.id), None)
        if row is not None:
            await case.attend(row)


async def stand_down_unmet(case: CaseInPlay, *, is_unmet: bool = True) -> None:
    """Two officers end a case before it is stable, with the caller's agreement; a need that is unmet is told of."""
    note = "Nobody is left who could be asked. The advice is all there is just now; call again at any time."
    await case.act("stood_down", {"caller_agrees": True, "note": note})
    await case.second("stood_down")
    if is_unmet:
        case.beat(
            BeatKind.UNMET, "Nobody is left to be asked. It goes on with the advice; its need stays unmet, on record."
        )


def _next_step(row: dict[str, Any], case: HelpedCase) -> Step | None:
    """The first act of the table whose condition holds."""
    return next((step for holds, step in _STEPS if holds(row, case)), None)


def _is_in_vain(row: dict[str, Any], case: HelpedCase) -> bool:
    is_emergency = case.voice.kind.urgency is Urgency.MAYDAY
    is_long = case.d.minutes >= case.held_minutes + IN_VAIN_MINUTES
    return bool(not is_emergency and row["open_units"] and is_long and not row["coming"] and not case.is_pending)


def _is_silent(row: dict[str, Any], case: HelpedCase) -> bool:
    del row
    return case.d.minutes >= case.officer_acted_minutes + REPORT_EVERY_MINUTES


_STEPS: tuple[tuple[Callable[[dict[str, Any], HelpedCase], bool], Step], ...] = (
    (lambda row, case: not row["holder"] or case.voice.advised_minutes is None, Floor.answer),
    (lambda row, case: case.is_worth_a_look(row), Floor.attend),
    (_is_in_vain, Floor.let_go),
    (_is_silent, Floor.report),
)
"""When what is to be done in an open case, in this order; what is in no row waits for others."""
