"""The station killed in the middle of it all, and back: law 3 on stage.

SIGKILL to the very process, with no chance to tidy up; everything it had acknowledged must be there afterwards.
"""

import asyncio
from typing import Any

from esos.drill.answers import answers_to_come
from esos.drill.director import USUAL_SPEED, Director
from esos.station.drills import Act, BeatKind
from esos.vault.chance import SystemClock

KILL_WHEN_COVERED_PERCENT = 35
WARNING_SHARE = 0.6
"""How long before people are told of it, as a share of the time they have to read."""
DOWN_SECONDS = 2.5
"""How long people see that the station is gone before it is started again, at the usual speed."""
_clock = SystemClock()


async def kill_in_the_middle(d: Director, view: dict[str, Any], covered_percent: int) -> None:
    """Announce it, then do it, once: when help is on its way, and nobody's time to answer runs out over it."""
    is_early = not d.consented or covered_percent < KILL_WHEN_COVERED_PERCENT
    if d.killed or is_early or answers_to_come(d, view):
        return
    if not d.kill_announced:
        d.kill_announced = True
        d.enter(
            Act.KILLING,
            "In a moment the station is killed, on purpose and without warning, in the middle of it all.",
            "It comes back by itself. Everything that it had acknowledged must be there.",
        )
        await d.breathe(WARNING_SHARE)
    else:
        await _kill_and_compare(d)


async def _kill_and_compare(d: Director) -> None:
    d.killed = True
    before = {item["statement"] for item in (await d.view())["timeline"]}
    pid, gone_ms = await d.supervisor.kill(), _clock.now_ms()
    d.beat(BeatKind.KILLED, f"The station is killed: SIGKILL to process {pid}, {len(before)} statements into the case.")
    await asyncio.sleep(DOWN_SECONDS * min(1.0, USUAL_SPEED / d.speed))
    await d.supervisor.restart()
    after = {item["statement"] for item in (await d.view())["timeline"]}
    d.down_ms, d.lost_after_kill = _clock.now_ms() - gone_ms, len(before - after)
    lost = f"{d.lost_after_kill} are LOST" if d.lost_after_kill else "none is lost"
    d.beat(
        BeatKind.BACK,
        f"It is back after {d.down_ms / 1000:.1f} seconds. Of {len(before)} statements it had acknowledged, {lost}.",
    )
    d.enter(
        Act.HELPING,
        "The station goes on where it was. What is still open is asked for again, until it is met.",
        "Helpers work, and everybody is released.",
    )
