"""Which officers a page wakes at a station with several constituencies: those who see the caller, then all who see all.

And in the end everybody. Law 5: whoever is woken can open the case and hold it; where that is outside their view, the
station says that it shows it to them, before the page goes.
"""

from collections.abc import Iterable
from enum import IntEnum

from esos.case.event import Audience, Page
from esos.case.model import Case
from esos.message.bodies import SightWidened
from esos.message.constituency_bodies import WIDENED_MAX_COUNT
from esos.station.contacts import goes_out
from esos.station.directory import Directory
from esos.station.page_lanes import LADDER
from esos.station.sight import sees, sees_member, sees_whole

_FIRST_RUNG, _HOLDS = 1, "officer"


class Reach(IntEnum):
    """How far a page goes beyond those whose view holds the caller."""

    OWN = 0
    WHOLE = 1
    ALL = 2


class Circle:
    """The officers whom a page about one case may wake. ``reach`` says how long the case has been without anybody."""

    def __init__(self, directory: Directory, case: Case, reach: Reach) -> None:
        self._directory = directory
        self._case = case
        self._reach = reach

    def of(self, officers: Iterable[str]) -> list[str]:
        """Those of these people who are in it; whoever is no officer here, as a neighbour's watch, always is."""
        return [one for one in officers if self._holds(one)]

    def _holds(self, officer: str) -> bool:
        is_ours = officer in self._directory.officers
        return self._reach is Reach.ALL or not is_ours or sees(self._directory, officer, self._case)

    def reached(self, officers: Iterable[str]) -> list[str]:
        """The same, those alone whom a page reaches."""
        return [one for one in self.of(officers) if is_reached(self._directory, one)]

    def with_whole(self, officers: list[str], duty: str) -> list[str]:
        """From the second rung on also officers who see the whole station, where none of these does."""
        if self._reach is not Reach.WHOLE or duty == "second" or not self._directory.constituencies.views:
            return officers
        if any(sees_whole(self._directory, one) for one in officers if is_reached(self._directory, one)):
            return officers
        rows = self._directory.officers.items()
        whole = (one for one, row in rows if _HOLDS in row.roles and sees_whole(self._directory, one))
        return [*officers, *(one for one in whole if one not in officers)]


def circle_of(page: Page, case: Case, directory: Directory) -> Circle:
    """Whom a page may wake now: its own officers first, on a later rung those who see all, in the end everybody."""
    return Circle(directory, case, _reach_of(page, case))


def _reach_of(page: Page, case: Case) -> Reach:
    if page.audience in {Audience.EVERYONE, Audience.NEIGHBOUR}:
        return Reach.ALL
    if page.reason in LADDER and case.ladder_step > len(case.rules.ladder(case.waking).steps):
        return Reach.ALL
    is_later = page.audience is Audience.BACKUP or (page.reason in LADDER and case.ladder_step > _FIRST_RUNG)
    return Reach.WHOLE if is_later else Reach.OWN


def is_reached(directory: Directory, officer: str) -> bool:
    """Whether a page has any way to somebody; a neighbour's watch has its own."""
    row = directory.officers.get(officer)
    return row is None or any(goes_out(directory, officer, one) for one in row.contacts)


def woken_for(directory: Directory, caller: str) -> list[str]:
    """The officers who learn of something of a caller that has no case: those who see it, everybody where none does."""
    seeing = [one for one in directory.officers if sees_member(directory, one, caller)]
    return seeing if any(is_reached(directory, one) for one in seeing) else list(directory.officers)


def widened(page: Page, case: Case, woken: Iterable[str], directory: Directory) -> SightWidened | None:
    """What the station says before it wakes these people: to whom of them it now shows the case; None for nobody."""
    if not directory.constituencies.views:
        return None
    blind = [one for one in dict.fromkeys(woken) if one in directory.officers and not sees(directory, one, case)]
    if not blind:
        return None
    is_first = _reach_of(page, case) is Reach.OWN
    return SightWidened(officers=tuple(blind[:WIDENED_MAX_COUNT]), why="nobody" if is_first else "unanswered")
