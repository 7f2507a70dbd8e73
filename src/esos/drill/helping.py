"""Help at work, and the end of it: stable, everybody released, accounts settled, the case closed (laws 6 and 8)."""

import asyncio
import contextlib
from typing import Any

from esos.drill.answers import begin, everybody_goes_home
from esos.drill.director import Director
from esos.drill.stage import StageRefused
from esos.station.drills import Act, BeatKind

_OVER = frozenset({"stood_down", "cancelled", "no_emergency", "closed"})


async def help_and_release(d: Director) -> None:
    """Work, stable, everybody released, accounts settled, the case closed; whatever a visitor did before is kept."""
    d.enter(
        Act.RELEASING,
        "Help is at work in the systems that the caller has named.",
        "When it is stable, everybody is released, and every consent ends.",
    )
    await _work(d, await d.view())
    await _stabilise(d, await d.view())
    await _stand_down(d, await d.view())
    await everybody_goes_home(d, await d.view())
    if (await d.view())["state"] != "closed":
        with contextlib.suppress(StageRefused):
            await d.act("closed", {"report": "Drill ended.", "lessons": "See the report of the drill."})
    d.beat(BeatKind.CLOSED, "Accounts are settled and the case is closed. Every request has exactly one outcome.")
    await d.breathe()


async def _work(d: Director, view: dict[str, Any]) -> None:
    by_member = {player.actor.member: player for player in d.players}
    todo = [
        (by_member[one["responder"]], one)
        for one in view["requests"]
        if one["state"] == "committed" and one["responder"] in by_member
    ]
    await asyncio.gather(*(begin(d, player, request) for player, request in todo))
    at_work = sum(len(player.begun) for player in d.players)
    if at_work:
        d.beat(BeatKind.AT_WORK, f"{at_work} teams are at work, under the consent that the caller signed.")
        await d.breathe()


async def _stabilise(d: Director, view: dict[str, Any]) -> None:
    if view["state"] == "assisting":
        await d.act("stabilised", {"note": "What was asked for is at work; the service runs its emergency plans."})
        d.beat(BeatKind.STABLE, "The coordinator finds the situation stable, on the caller's word.")
        await d.breathe()


async def _stand_down(d: Director, view: dict[str, Any]) -> None:
    """The coordinator releases everybody; before the case is stable that would take two."""
    if view["state"] not in _OVER:
        await d.act("stood_down", {"caller_agrees": True, "note": "Released, with thanks. The caller agrees."})
    d.beat(BeatKind.RELEASED, "Everybody is released, with thanks. Every consent has ended.")
    await d.breathe()
