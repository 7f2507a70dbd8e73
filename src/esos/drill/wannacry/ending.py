"""The end of each case of a mass: from whatever state, a few acts lead to closed, and every request to its outcome."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from esos.drill.answers import begin, everybody_goes_home
from esos.drill.case_in_play import CaseInPlay
from esos.drill.stage import StageRefused
from esos.drill.wannacry.floor import stand_down_unmet
from esos.drill.wannacry.helped import HelpedCase

TRIES_MAX = 12
"""More acts than the longest way to closed takes, with some that were lost in a kill."""
_BOUND = frozenset({"committed", "on_scene", "extending"})
_ENDED = frozenset({"stood_down", "cancelled", "no_emergency"})
View = dict[str, Any]
Act = Callable[[CaseInPlay, View], Awaitable[None]]


async def end_case(case: CaseInPlay, token: str = "") -> View:
    """Lead a case to its end, and give it as it is then. ``token`` is whoever takes it where nobody has it."""
    if isinstance(case, HelpedCase):
        case.held_by = case.held_by or token
    view = await case.view()
    for _ in range(TRIES_MAX):
        act = next((act for holds, act in _WAYS if holds(view)), None)
        if act is None:
            break
        with contextlib.suppress(StageRefused):  # looked at again below
            await act(case, view)
        view = await case.view()
    return view


async def _take(case: CaseInPlay, view: View) -> None:
    del view
    await case.tell("acknowledged", {}, case.officer)


async def _work(case: CaseInPlay, view: View) -> None:
    """Whoever is bound does its work; then the situation is stable."""
    by_member = {player.actor.member: player for player in case.d.players}
    for one in view["requests"]:
        if one["state"] == "committed" and one["responder"] in by_member:
            await begin(case, by_member[one["responder"]], one)
    await case.act("stabilised", {"note": "What the teams took on is back."})


async def _stand_down(case: CaseInPlay, view: View) -> None:
    del view
    await case.act("stood_down", {"caller_agrees": True, "note": "Released, with thanks. The caller agrees."})


async def _stand_down_unmet(case: CaseInPlay, view: View) -> None:
    await stand_down_unmet(case, is_unmet=any(line["open"] for line in view["needs"]))


async def _close(case: CaseInPlay, view: View) -> None:
    await everybody_goes_home(case, view)
    await case.act("closed", {"report": "Drill ended.", "lessons": "See the report of the drill."})


def _is_helped(view: View) -> bool:
    return view["state"] == "assisting" and any(one["state"] in _BOUND for one in view["requests"])


_WAYS: tuple[tuple[Callable[[View], bool], Act], ...] = (
    (lambda view: view["state"] in _ENDED, _close),
    (lambda view: view["state"] != "closed" and not view["holder"], _take),
    (_is_helped, _work),
    (lambda view: view["state"] == "stabilised", _stand_down),
    (lambda view: view["state"] != "closed", _stand_down_unmet),
)
"""What leads on from how a case stands, the first that holds; from closed nothing does."""
