"""``wannacry-2017``: thousands of callers within hours, one cause, and far too little help for all of them."""

from enum import StrEnum
from typing import NamedTuple

from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES, Incident
from esos.drill.wannacry.cast import CAST
from esos.station.drills import Moment
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

CALLERS_LEAST, CALLERS_USUAL, CALLERS_MOST = 20, 2_000, 20_000
PRODUCT = "Example File Sharing 1"
"""The product that all callers have in common: what is wrong is in it, whoever makes use of that."""
CALL_MINUTES = 30
ADVICE_MINUTES = 9 * HOUR_MINUTES
"""When, as reported, the code had been stopped from outside and advice had reached most: the evening."""
WINDOW_MINUTES, WINDOW_MIN_MINUTES = 4 * HOUR_MINUTES, 20
"""Within so long the usual number of callers call; fewer call within less, at the same rate."""


class Door(StrEnum):
    """By which door of the station a caller comes."""

    UDP = "a datagram"
    SIGNED = "a signed statement"
    VISITOR = "the page's own form of call, as a visitor"


class Kind(NamedTuple):
    """One kind of caller: its name, how many in a thousand there are of it, how it calls, and for what.

    ``may_lose_life`` is what makes it the gravest class.
    """

    name: str
    permille: int
    door: Door
    urgency: Urgency
    needs: tuple[tuple[NeedLine, int], ...]
    functional_impact: str
    may_lose_life: bool = False

    @property
    def is_registered(self) -> bool:
        """Whether the station knows it."""
        return self.door is not Door.VISITOR

    @property
    def facts(self) -> dict[str, str | bool]:
        """What it answers to the questions of severity."""
        life = {"threat_to_life_or_safety": True} if self.may_lose_life else {}
        return {"functional_impact": self.functional_impact, "observed_activity": "effect", **life}


_RESTORE, _PATCH, _ADVICE = NeedLine.BACKUP_AND_RESTORE, NeedLine.PATCH_OR_FIX, NeedLine.ADVICE
KINDS: tuple[Kind, ...] = (
    Kind("Emergency hospital", 20, Door.SIGNED, Urgency.MAYDAY, ((_RESTORE, 4), (_PATCH, 20)), "denial-critical", True),
    Kind("Hospital", 80, Door.SIGNED, Urgency.MAYDAY, ((_RESTORE, 2), (_PATCH, 10)), "denial-critical"),
    Kind("Clinic", 250, Door.UDP, Urgency.PAN_PAN, ((_PATCH, 5),), "significant-critical"),
    Kind("Laboratory", 150, Door.SIGNED, Urgency.PAN_PAN, ((_PATCH, 5),), "significant-critical"),
    Kind("Practice", 500, Door.VISITOR, Urgency.PAN_PAN, ((_ADVICE, 1),), "significant-non-critical"),
)
"""Kinds of callers, gravest first; their shares add up to a thousand."""
SECTOR, COUNTRY = "health", "GB"
NATURES = (Nature.DESTRUCTION, Nature.SPREADING)


def window_minutes(callers: int) -> int:
    """How long so many callers take to call, at the rate of the usual number in their hours."""
    return min(WINDOW_MINUTES, max(WINDOW_MIN_MINUTES, WINDOW_MINUTES * callers // CALLERS_USUAL))


WANNACRY_2017 = Incident(
    name="wannacry-2017",
    title="Thousands of health services are hit within hours",
    when="12 May 2017, England",
    scene="It is late in the morning. Screens demand money, one machine after the other, here and everywhere.",
    first_sign="11:00",
    call_minutes=CALL_MINUTES,
    callers=(),
    teams=CAST,
    callers_least=CALLERS_LEAST,
    callers_usual=CALLERS_USUAL,
    callers_most=CALLERS_MOST,
    systems=CALLERS_USUAL,
    counted=_RESTORE,
    moments=(
        Moment(at_minutes=0, says="Trouble is noticed at several hospitals, reported for the late morning."),
        Moment(
            at_minutes=2 * HOUR_MINUTES,
            says="Reports go to many bodies at once; mail is switched off or down, and there is no one contact.",
        ),
        Moment(at_minutes=5 * HOUR_MINUTES, says="A major incident is declared at four in the afternoon."),
        Moment(
            at_minutes=ADVICE_MINUTES,
            says="In the evening an outsider registers a name, and the code stops spreading where it can see it.",
        ),
        Moment(
            at_minutes=DAY_MINUTES,
            says="At least 34 in 100 hospital trusts and hundreds of practices are reported affected.",
        ),
        Moment(
            at_minutes=7 * DAY_MINUTES,
            says="Appointments are reported cancelled for about a week, some 20,000 of them.",
        ),
    ),
    history_first_back_minutes=DAY_MINUTES,
    history_all_back_minutes=7 * DAY_MINUTES,
    sources=(
        "National Audit Office, Investigation: WannaCry cyber attack and the NHS, October 2017",
        "William Smart, Lessons learned review of the WannaCry ransomware cyber attack, February 2018",
    ),
    speed=60,
    deadline_seconds=3_600.0,
)
