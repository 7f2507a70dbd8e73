"""Help at work, and the end of it: stable, everybody released, accounts settled, the case closed (laws 6 and 8)."""

import asyncio
import contextlib
from typing import Any

from esos.drill.answers import begin, everybody_goes_home, said
from esos.drill.director import Director
from esos.drill.hours import restored
from esos.drill.incident import DAY_MINUTES
from esos.drill.stage import StageRefused
from esos.message.bodies import Extended, Progressed
from esos.station.drills import Act, BeatKind

AGREED_DAYS = 7
"""How long an agreement holds under the pact of the drill."""
DAY_SHARE = 0.5
"""How long each day of restoring is shown, as a share of the time people have to read."""
_OVER = frozenset({"stood_down", "cancelled", "no_emergency", "closed"})


async def help_and_release(d: Director) -> None:
    """Work, stable, everybody released, accounts settled, the case closed; whatever a visitor did before is kept."""
    d.enter(
        Act.RELEASING,
        "Help is at work in the systems that the caller has named.",
        "The days of restoring pass in seconds; then everybody is released, and every consent ends.",
    )
    await _work(d, await d.view())
    await _restore(d)
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


async def _restore(d: Director) -> None:
    """The days of restoring, by the model that the report counts with: each day's work reported, each in seconds."""
    back = restored(d.incident, d.commitments.values())
    for day, until in sorted({at // DAY_MINUTES: at for at in sorted(back)}.items()):
        if (await d.view())["state"] in _OVER:
            return
        if d.minutes < AGREED_DAYS * DAY_MINUTES <= until:
            await _go_on(d)
        d.pass_over_to(until)
        count = sum(at <= until for at in back)
        await _report(d, 100 * count // d.incident.systems, f"{count} of {d.incident.systems} services are back.")
        tool = " The decryption tool is there, as it was in history." if until >= d.incident.decryptor_minutes else ""
        d.beat(BeatKind.RESTORED, f"Day {day}: {count} of {d.incident.systems} services are back.{tool}")
        await d.breathe(DAY_SHARE)


async def _report(d: Director, done_percent: int, note: str) -> None:
    """Whoever restores says how far it is."""
    await asyncio.gather(
        *(
            said(d, player, "progressed", Progressed(request=bytes.fromhex(key), note=note, done_percent=done_percent))
            for player in d.players
            for key in player.begun & d.commitments.keys()
        )
    )


async def _go_on(d: Director) -> None:
    """Agreements end after the days of the pact; whoever is still at work goes on."""
    going = [(player, key) for player in d.players for key in sorted(player.begun & d.commitments.keys())]
    await asyncio.gather(
        *(
            said(d, player, "extended", Extended(request=bytes.fromhex(key), days=AGREED_DAYS, note="Not all is back."))
            for player, key in going
        )
    )


async def _stabilise(d: Director, view: dict[str, Any]) -> None:
    if view["state"] == "assisting":
        await d.act("stabilised", {"note": "What the teams took on is back; the service works without them."})
        d.beat(BeatKind.STABLE, "The coordinator finds the situation stable, on the caller's word.")
        await d.breathe()


async def _stand_down(d: Director, view: dict[str, Any]) -> None:
    """The coordinator releases everybody; before the case is stable that would take two."""
    if view["state"] not in _OVER:
        await d.act("stood_down", {"caller_agrees": True, "note": "Released, with thanks. The caller agrees."})
    d.beat(BeatKind.RELEASED, "Everybody is released, with thanks. Every consent has ended.")
    await d.breathe()
