"""Lodge in peace time what a silent beacon shall mean, with every station of the home list.

Law 8: it is taken back as easily as it is lodged, and the newest word counts whole.
"""

from collections.abc import Sequence

import msgspec

from esos.caller.ports import StationDoor
from esos.errors import EsosError
from esos.message.bodies import InstructionsLodged
from esos.message.voice import Voice
from esos.words.urgency import Urgency


class Lodged(msgspec.Struct, frozen=True, kw_only=True):
    """One station: whether it has the word, and why not."""

    station: str
    has_it: bool
    why: str = ""


async def lodge_instructions(
    voice: Voice, doors: Sequence[StationDoor], minutes: int | None, urgency: str, words: str, *, now_ms: int
) -> list[Lodged]:
    """Say to each station what silence means; ``minutes`` None takes back whatever was said before."""
    body = InstructionsLodged(withdrawn=True)
    if minutes is not None:
        body = InstructionsLodged(silent_minutes=minutes, urgency=Urgency(urgency), words=words[:280])
    cose = voice.say("instructions_lodged", body, now_ms=now_ms).raw
    return [await _told(door, cose) for door in doors]


async def _told(door: StationDoor, cose: bytes) -> Lodged:
    try:
        await door.submit(cose)
    except EsosError as refusal:
        return Lodged(station=door.home.name, has_it=False, why=refusal.detail)
    return Lodged(station=door.home.name, has_it=True)
