"""Who plays: plainly fictitious teams, what each can do and how each behaves; every drill has a table of them.

Every behaviour that a real club meets is in it: yes, half a yes, a lawful no, silence, and a yes that
has to be taken back. The report says how many of each there were.
"""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from esos.message.card import DutySource
from esos.words.ground import Ground
from esos.words.need import NeedLine


class Behaviour(StrEnum):
    """How a team answers."""

    COMMITS = "say yes to what they are asked for"
    OFFERS_PART = "offer half of it"
    DECLINES = "decline on a lawful ground"
    SILENT = "do not answer at all"
    FAILS = "say yes and have to withdraw"


class Team(NamedTuple):
    """A fictitious member. It answers ``thinks_minutes`` after it was asked, in the drill's own time.

    ``lead_minutes`` stands on its card and differs from team to team, so that the ranking, and with it
    the waves, are the same in every performance. ``asns`` are networks of its own; ``duty_sources`` say why
    it is bound towards some callers beyond the pact.
    """

    name: str
    country: str
    can: dict[NeedLine, int]
    behaviour: Behaviour
    thinks_minutes: int
    lead_minutes: int
    ground: Ground = Ground.UNABLE
    asns: tuple[int, ...] = ()
    duty_sources: tuple[DutySource, ...] = ()


def behaviours(teams: Iterable[Team]) -> dict[str, int]:
    """How many of these teams behave in which way."""
    counts = Counter(team.behaviour for team in teams)
    return {behaviour.value: counts[behaviour] for behaviour in Behaviour}
