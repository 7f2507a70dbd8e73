"""Help at work, and the end of it: stable, everybody released, accounts settled, the case closed (laws 6 and 8)."""

import asyncio
import contextlib

from esos.drill.answers import begin, everybody_goes_home, said
from esos.drill.case_in_play import CaseInPlay
from esos.drill.stage import StageRefused
from esos.message.bodies import Extended, Progressed
from esos.station.drills import BeatKind

OVER = frozenset({"stood_down", "cancelled", "no_emergency", "closed"})
"""States of a case in which nothing of it is worked at any more."""


async def go_to_work(c: CaseInPlay) -> None:
    """Whoever is bound and has not begun yet does."""
    by_member = {player.actor.member: player for player in c.d.players}
    requests = (await c.view())["requests"]
    todo = [
        (by_member[one["responder"]], one)
        for one in requests
        if one["state"] == "committed" and one["responder"] in by_member
    ]
    await asyncio.gather(*(begin(c, player, request) for player, request in todo))
    ours = {one["request"] for one in requests}
    at_work = sum(len(player.begun & ours) for player in c.d.players)
    if at_work:
        c.beat(BeatKind.AT_WORK, f"{at_work} teams are at work, under what the caller allows.")
        await c.breathe()


async def report_work(c: CaseInPlay, done_percent: int, note: str) -> None:
    """Whoever works at what is counted says how far it is."""
    await asyncio.gather(
        *(
            said(c, player, "progressed", Progressed(request=bytes.fromhex(key), note=note, done_percent=done_percent))
            for player in c.d.players
            for key in player.begun & c.commitments.keys()
        )
    )


async def go_on(c: CaseInPlay, days: int, note: str = "Not all is back.") -> None:
    """Agreements end after the days of the pact; whoever is still at work goes on."""
    going = [(player, key) for player in c.d.players for key in sorted(player.begun & c.commitments.keys())]
    await asyncio.gather(
        *(
            said(c, player, "extended", Extended(request=bytes.fromhex(key), days=days, note=note))
            for player, key in going
        )
    )


async def stabilise(c: CaseInPlay, note: str) -> None:
    """The coordinator finds the situation stable, where help is at work."""
    if (await c.view())["state"] == "assisting":
        await c.act("stabilised", {"note": note})
        c.beat(BeatKind.STABLE, "The coordinator finds the situation stable, on the caller's word.")
        await c.breathe()


async def stand_down(c: CaseInPlay) -> None:
    """The coordinator releases everybody; before the case is stable that takes two."""
    if (await c.view())["state"] not in OVER:
        await c.act("stood_down", {"caller_agrees": True, "note": "Released, with thanks. The caller agrees."})
        await c.second("stood_down")
    c.beat(BeatKind.RELEASED, "Everybody is released, with thanks. Every consent has ended.")
    await c.breathe()


async def close(c: CaseInPlay) -> None:
    """Accounts are settled, and the last word is said."""
    await everybody_goes_home(c, await c.view())
    if (await c.view())["state"] != "closed":
        with contextlib.suppress(StageRefused):
            await c.act("closed", {"report": "Drill ended.", "lessons": "See the report of the drill."})
    c.beat(BeatKind.CLOSED, "Accounts are settled and the case is closed. Every request has exactly one outcome.")
    await c.breathe()
