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
_TREES = (
    "Alder", "Aspen", "Beech", "Birch", "Cedar", "Cherry", "Elder", "Elm", "Fir", "Hazel", "Holly", "Juniper",
    "Larch", "Lime", "Maple", "Oak", "Olive", "Pear", "Pine", "Plum", "Poplar", "Rowan", "Spruce", "Willow",
)  # fmt: skip
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
    chance = random.Random(seed)
    shares = list(RATES_PERCENT.values())
    return tuple(
        Team(
            name=f"Team {tree} (drill)",
            country=_COUNTRIES[number % len(_COUNTRIES)],
            capabilities=_KINDS[number % len(_KINDS)],
            behaviour=_assigned(number) or chance.choices(list(RATES_PERCENT), weights=shares)[0],
            thinks_minutes=chance.randint(1, 9),
            ground=chance.choice(_GROUNDS),
        )
        for number, tree in enumerate(_TREES)
    )


def _assigned(number: int) -> Behaviour | None:
    """A drill shows every behaviour at least once, so the first of each kind is set, not drawn."""
    return dict(
        enumerate((Behaviour.COMMITS, Behaviour.OFFERS_PART, Behaviour.DECLINES, Behaviour.SILENT, Behaviour.FAILS))
    ).get(number)
