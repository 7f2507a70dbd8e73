"""The visitor's chance: to press the button as the caller, and to take charge as the watch officer.

Whoever does not is not waited for longer than said, and sees it done. Nothing of it is needed.
"""

import asyncio

from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.station.drills import Act, Seat

OPENING_SECONDS = 25.0
"""How long the director waits for a visitor to choose a part."""
VISITOR_SECONDS = 25.0
"""How long it waits for a visitor on watch to take charge."""
SECOND_PERSON_SECONDS = 8.0
"""How long it waits for somebody to take charge where the visitor took only the caller's part."""
POLL_SECONDS = 0.3


async def choose_a_part(d: Director) -> None:
    """Wait until a visitor has chosen, for a while."""
    d.enter(
        Act.OPENING,
        "Everything is ready. Press the button as the caller, sit down at the watch, or just watch it happen.",
        "The call goes out as soon as you have chosen; without you it begins by itself.",
        waits_seconds=OPENING_SECONDS,
    )
    left = OPENING_SECONDS
    while left > 0 and not d.seats:
        await asyncio.sleep(POLL_SECONDS)
        left -= POLL_SECONDS


async def take_charge(c: CaseInPlay) -> bool:
    """Wait until the visitor on watch has taken charge, for a while; whether somebody has."""
    d = c.d
    seconds = _patience(d)
    if seconds:
        d.enter(
            Act.CHARGE,
            "The call has arrived, and no person has it yet. Whoever is on watch can take it now.",
            "If nobody does, the officer of the drill takes charge.",
            waits_seconds=seconds,
        )
    waited = 0.0
    while waited < _patience(d):
        if (await c.view())["holder"]:
            return True
        await asyncio.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
    return bool((await c.view())["holder"])


def _patience(d: Director) -> float:
    if Seat.WATCH in d.seats:
        return VISITOR_SECONDS
    return SECOND_PERSON_SECONDS if Seat.CALLER in d.seats else 0.0
