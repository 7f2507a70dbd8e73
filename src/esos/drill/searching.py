"""The search for help: waves and answers, and silence that the next wave repairs, until everything is bound.

Law 6: whoever was asked ends in one outcome; what that leaves open is asked for again.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

from esos.drill.answers import answers_to_come, everybody_answers, somebody_will_leave
from esos.drill.case_in_play import CaseInPlay
from esos.drill.killing import kill_in_the_middle
from esos.drill.stage import StageRefused, plain_name
from esos.station.drills import BeatKind
from esos.station.waves import NOBODY_ELSE

POLL_SECONDS = 0.3
WHOLE_PERCENT = 100
REPORT_EVERY_MINUTES = 12
"""How often the officer reports on the situation while nothing else is to be done."""
LOOKS_MEAN_NOBODY = 10
"""So many looks in a row in which nobody is left: a helper that has just gone is searched for at once."""
WHY_MAX_CHARACTERS = 420
SEARCHING = frozenset({"arrived", "acknowledged", "mobilising", "assisting"})
WAITING = frozenset({"sent", "delivered", "considering", "offered", "selected"})
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")


async def until_covered(c: CaseInPlay, told: Iterable[dict[str, Any]] = ()) -> None:
    """Teams are asked in waves and answer as they do, until the need is met or nobody is left to ask.

    ``told`` are requests that were told of before, where a case is searched for once more.
    """
    news, looks_in_vain = _News(c, told), 0
    while True:
        view = await c.view()
        news.tell(view)
        is_settled = not somebody_will_leave(c, view)
        await everybody_answers(c, view)
        covered = covered_percent(view)
        await kill_in_the_middle(c, view, covered)
        if covered >= WHOLE_PERCENT and (c.d.killed or not c.is_first) and is_settled:
            break
        looks_in_vain = looks_in_vain + 1 if _nobody_left(c, view) else 0
        is_in_vain = looks_in_vain >= LOOKS_MEAN_NOBODY and not await _ask_by_hand(c, view)
        if view["state"] not in SEARCHING or is_in_vain:
            break
        await _keep_watch(c)
        await asyncio.sleep(POLL_SECONDS)
    _tell_cover(c, await c.view())
    await c.breathe()


def covered_percent(view: dict[str, Any]) -> int:
    """How much of everything that is needed is bound, in whole percent."""
    needed = sum(line["needed"] for line in view["needs"])
    still = sum(line["open"] for line in view["needs"])
    return int(WHOLE_PERCENT * (needed - still) // max(1, needed))


def _nobody_left(c: CaseInPlay, view: dict[str, Any]) -> bool:
    """The station's last search found nobody, and no answer is expected any more."""
    waves = [item["text"] for item in view["timeline"] if item["kind"] == "wave_called"]
    is_empty = bool(waves) and NOBODY_ELSE in waves[-1]
    is_waited_for = answers_to_come(c, view) or any(one["state"] in WAITING for one in view["requests"])
    return is_empty and not is_waited_for


async def _ask_by_hand(c: CaseInPlay, view: dict[str, Any]) -> bool:
    """Teams that were thanked can help after all: the officer asks each once more, by hand; whether there were any."""
    still = {line["line"]: line["open"] for line in view["needs"] if line["open"]}
    thanked = {one["responder"] for one in view["requests"] if one["state"] == "not_taken"}
    asked = 0
    for player in c.d.players:
        lines = [
            {"line": line.value, "quantity": min(units, still[line])}
            for line, units in player.team.can.items()
            if line in still
        ]
        if lines and player.actor.member in thanked and c.id not in player.asked_by_hand:
            player.asked_by_hand.add(c.id)
            with contextlib.suppress(StageRefused):
                await c.ask_by_hand(player.actor.member, player.team.name, lines)
                asked += 1
    return asked > 0


class _News:
    """Waves that went out and silences that became outcomes since the last look."""

    def __init__(self, c: CaseInPlay, told: Iterable[dict[str, Any]]) -> None:
        self._c = c
        before = {one["request"] for one in told}
        self._asked, self._silent, self._repaired = set(before), set(before), set(before)
        self._waves = 0

    def tell(self, view: dict[str, Any]) -> None:
        """Tell what is new, silence first: a wave may have gone out because of it."""
        self._tell_silence([one for one in view["requests"] if one["state"] == "no_reply"])
        waves: dict[int, list[dict[str, Any]]] = {}
        for one in view["requests"]:
            if one["request"] not in self._asked and not one["unsolicited"]:
                waves.setdefault(one["wave"], []).append(one)
        ends = {one["request"]: one["state"] for one in view["requests"] if one["state"] in _REASONS}
        for _, asked in sorted(waves.items()):
            self._tell_wave(asked, {state for key, state in ends.items() if key not in self._repaired})
            self._repaired |= ends.keys()
        self._asked |= {one["request"] for one in view["requests"]}

    def _tell_silence(self, silent: list[dict[str, Any]]) -> None:
        names = [plain_name(one["name"]) for one in silent if one["request"] not in self._silent]
        self._silent |= {one["request"] for one in silent}
        if names:
            have = "has" if len(names) == 1 else "have"
            says = f"{_listed(names)} {have} not answered in time. That is on record, and the next wave repairs it."
            self._c.beat(BeatKind.SILENT, says)

    def _tell_wave(self, asked: list[dict[str, Any]], ends: set[str]) -> None:
        self._waves += 1
        which = _ORDINALS[self._waves] if self._waves < len(_ORDINALS) else "next"
        teams = "one team is" if len(asked) == 1 else f"{len(asked)} teams are"
        self._c.beat(BeatKind.ASKED, f"The {which} wave: {teams} asked{_why_again(ends)}.")
        if self._waves == 1:
            best = max(asked, key=lambda one: one["total"])
            reason = _cut(best["why"])
            self._c.beat(BeatKind.WHY, f"Each is told why. {plain_name(best['name'])}, for one: {reason}")


_REASONS = {"no_reply": "silence", "declined": "a no", "withdrawn": "a withdrawal"}
"""Ends that leave something open again, in words."""


def _why_again(ends: set[str]) -> str:
    reasons = [words for state, words in _REASONS.items() if state in ends]
    return f", for what {_listed(reasons)} left open" if reasons else ""


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _cut(text: str) -> str:
    if len(text) <= WHY_MAX_CHARACTERS:
        return text
    return text[:WHY_MAX_CHARACTERS].rpartition(". ")[0] + "."


async def _keep_watch(c: CaseInPlay) -> None:
    """An officer who has nothing else to do reports; one who is silent for too long would lose the case."""
    if c.d.minutes < c.officer_acted_minutes + REPORT_EVERY_MINUTES:
        return
    with contextlib.suppress(StageRefused):
        await c.act("sitrep_given", {"sections": {"C": "Teams are answering; bound and open needs are shown."}})


def _tell_cover(c: CaseInPlay, view: dict[str, Any]) -> None:
    if view["state"] not in SEARCHING:
        c.beat(BeatKind.NOTE, f"The search ends: {view['state_words'].lower()}.")
        return
    still = [f"{line['open']} {line['unit']} of {line['words'].lower()}" for line in view["needs"] if line["open"]]
    if still:
        c.beat(BeatKind.UNMET, f"Nobody else can be asked. Still unmet, and shown as such: {'; '.join(still)}.")
    else:
        c.beat(BeatKind.MET, "Parts have added up: everything that was asked for is bound to come.")
