"""Who plays: plainly fictitious teams with what they can do and how they behave, drawn by seed at stated rates."""

import random
from enum import StrEnum

import msgspec

from esos.words.ground import Ground
from esos.words.need import NeedLine


class Behaviour(StrEnum):
    """How a team answers."""

    COMMITS = "commits"
    OFFERS_PART = "offers a part"
    DECLINES = "declines"
    SILENT = "does not answer"
    FAILS = "commits and withdraws"


RATES_PERCENT: dict[Behaviour, int] = {
    Behaviour.COMMITS: 40,
    Behaviour.OFFERS_PART: 25,
    Behaviour.DECLINES: 15,
    Behaviour.SILENT: 12,
    Behaviour.FAILS: 8,
}
"""How teams behave, of 100; shown in the report."""
_TREES = ["Alder", "Aspen", "Beech", "Birch", "Cedar", "Cherry", "Elder", "Elm", "Fir", "Hazel", "Holly", "Juniper"]
_MORE = ["Larch", "Lime", "Maple", "Oak", "Olive", "Pear", "Pine", "Plum", "Poplar", "Rowan", "Spruce", "Willow"]
_BIRDS = [
    "Avocet",
    "Bunting",
    "Crane",
    "Curlew",
    "Dipper",
    "Dunlin",
    "Egret",
    "Falcon",
    "Finch",
    "Gannet",
    "Heron",
    "Ibis",
]
_OTHERS = [
    "Jackdaw",
    "Kestrel",
    "Lapwing",
    "Linnet",
    "Martin",
    "Osprey",
    "Petrel",
    "Plover",
    "Raven",
    "Robin",
    "Swift",
    "Tern",
]
_FIRST_SIX = (
    Behaviour.COMMITS,
    Behaviour.OFFERS_PART,
    Behaviour.DECLINES,
    Behaviour.SILENT,
    Behaviour.FAILS,
    Behaviour.COMMITS,
)
"""A drill shows every behaviour, so the first teams' is set, not drawn."""
THINKS_MIN_MINUTES = 1
THINKS_MAX_MINUTES = 8
_KINDS = (
    ((NeedLine.BACKUP_AND_RESTORE, 8), (NeedLine.ADVICE, 20), (NeedLine.TRIAGE, 16)),
    ((NeedLine.FORENSICS, 4), (NeedLine.MALWARE_ANALYSIS, 1), (NeedLine.TRIAGE, 16)),
    ((NeedLine.PEOPLE_ON_SITE, 4), (NeedLine.BACKUP_AND_RESTORE, 6), (NeedLine.ADVICE, 20)),
    ((NeedLine.COMMUNICATIONS, 2), (NeedLine.ADVICE, 10)),
)
_COUNTRIES = ("IE", "FR", "EE", "PT")
_GROUNDS = (Ground.OWN_EMERGENCY, Ground.UNABLE, Ground.LAW)


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A fictitious member: ``thinks_minutes`` passes before it answers, in the drill's own time."""

    name: str
    country: str
    capabilities: tuple[tuple[NeedLine, int], ...]
    behaviour: Behaviour
    thinks_minutes: int
    ground: Ground


def cast(seed: int) -> tuple[Team, ...]:
    """The teams of one drill; the same seed gives the same teams and the same behaviour."""
    chance = random.Random(seed)  # noqa: S311 - a play is repeated by its seed, nothing is guarded by it
    return tuple(
        Team(
            name=f"Team {word} (drill)",
            country=_COUNTRIES[number % len(_COUNTRIES)],
            capabilities=_KINDS[number % len(_KINDS)],
            behaviour=_behaviour(number, chance),
            thinks_minutes=chance.randint(THINKS_MIN_MINUTES, THINKS_MAX_MINUTES),
            ground=chance.choice(_GROUNDS),
        )
        for number, word in enumerate((*_TREES, *_MORE, *_BIRDS, *_OTHERS))
    )


def _behaviour(number: int, chance: random.Random) -> Behaviour:
    drawn = chance.choices(list(RATES_PERCENT), weights=list(RATES_PERCENT.values()))[0]
    return _FIRST_SIX[number] if number < len(_FIRST_SIX) else drawn
