"""The links at the top of every page, as a table: where to, in which words, and for whom."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from esos.keys.speaker import Speaker
from esos.words.language import later


class Visit(Protocol):
    """What of a visit decides which links it is shown."""

    @property
    def speaker(self) -> Speaker | None:
        """Who is signed in."""
        ...

    @property
    def is_officer(self) -> bool:
        """Whether that is somebody of the watch."""
        ...

    @property
    def is_auditor(self) -> bool:
        """Whether that is somebody who reads the record of accesses."""
        ...

    @property
    def is_drill(self) -> bool:
        """Whether this is an exercise station."""
        ...


class Link(NamedTuple):
    """One link; ``is_for`` says of a visit whether it is shown."""

    path: str
    words: str
    is_for: Callable[[Visit], bool]


def _officer(visit: Visit) -> bool:
    return visit.is_officer


def _helper(visit: Visit) -> bool:
    return visit.speaker is not None and not visit.is_officer


def _auditor(visit: Visit) -> bool:
    return visit.is_auditor


def _known(visit: Visit) -> bool:
    return visit.speaker is not None


def _practising(visit: Visit) -> bool:
    return visit.is_drill and visit.speaker is not None


def _anybody(visit: Visit) -> bool:
    del visit
    return True


LINKS = (
    Link("/watch", later("Watch floor"), _officer),
    Link("/take", later("Take a call"), _officer),
    Link("/inbox", later("Inbox"), _helper),
    Link("/roster", later("Roster"), _officer),
    Link("/register", later("Register"), _known),
    Link("/ready", later("Ready?"), _officer),
    Link("/practice", later("Practice"), _practising),
    Link("/contacts", later("Your addresses"), _known),
    Link("/access", later("Accesses"), _auditor),
    Link("/log", later("Log"), _anybody),
)


def nav_of(visit: Visit) -> tuple[Link, ...]:
    """The links for this visit, in their order."""
    return tuple(link for link in LINKS if link.is_for(visit))
