"""The station killed in the middle of it all, and back: law 3 on stage.

SIGKILL to the very process, with no chance to tidy up; everything it had kept must be there afterwards.
"""

import asyncio
from typing import Any

from esos.drill.answers import answers_to_come
from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.incident import USUAL_SPEED
from esos.station.drills import Act, BeatKind
from esos.vault.chance import SystemClock

KILL_WHEN_COVERED_PERCENT = 35
WARNING_SHARE = 0.6
"""How long before people are told of it, as a share of the time they have to read."""
DOWN_SECONDS = 2.5
"""How long people see that the station is gone before it is started again, at the usual speed."""
_clock = SystemClock()


async def kill_in_the_middle(c: CaseInPlay, view: dict[str, Any], covered_percent: int) -> None:
    """Announce it, then do it, once: when help is on its way, and nobody's time to answer runs out over it."""
    is_early = not c.consented or covered_percent < KILL_WHEN_COVERED_PERCENT
    if c.d.killed or not c.is_first or is_early or answers_to_come(c, view):
        return
    if not c.d.kill_announced:
        c.d.kill_announced = True
        c.d.enter(
            Act.KILLING,
            "In a moment the station is killed, on purpose and without warning, in the middle of it all.",
            "It comes back by itself. Everything that it had kept must be there.",
        )
        await c.d.breathe(WARNING_SHARE)
    else:
        await _kill_and_compare(c)


async def _kill_and_compare(c: CaseInPlay) -> None:
    d = c.d
    d.killed = True
    before = await _statements(d)
    pid, gone_ms = await d.host.kill(), _clock.now_ms()
    d.beat(BeatKind.KILLED, f"The station is killed: SIGKILL to process {pid}, after {len(before)} statements.")
    await asyncio.sleep(DOWN_SECONDS * min(1.0, USUAL_SPEED / d.speed))
    await d.host.replace(pid)
    after = await _statements(d)
    d.down_ms, d.lost_after_kill = _clock.now_ms() - gone_ms, len(before - after)
    d.beat(BeatKind.BACK, back_words(d.down_ms, len(before), d.lost_after_kill))
    d.enter(
        Act.HELPING,
        "The station goes on where it was. What is still open is asked for again, until it is met.",
        "Helpers work, and everybody is released.",
    )


def back_words(down_ms: int, kept: int, lost: int) -> str:
    """That the station is back, and what it still has of what it had kept."""
    what = f"{lost} are LOST" if lost else "none is lost"
    return f"It is back after {down_ms / 1000:.1f} seconds. Of {kept} statements that it had kept, {what}."


async def _statements(d: Director) -> set[str]:
    """Every statement of every case of the drill."""
    return {item["statement"] for case in d.cases for item in (await case.view())["timeline"]}
