"""Who is on watch: the one place that readiness and checks ask, whatever a roster is made of.

Law 5: where nobody is named, everybody is.
"""

from esos.duty.hours import awake_now
from esos.station.directory import Directory
from esos.station.found import LOCAL_OFFICER
from esos.station.rostering import on_watch as rostered

WATCHING = frozenset({"officer", "second"})
"""The roles of those who are woken."""


def people_of(directory: Directory) -> tuple[str, ...]:
    """Officers and second officers, whoever is on watch; the owner of the machine is none of them."""
    rows = directory.officers.values()
    return tuple(row.officer for row in rows if WATCHING & set(row.roles) and row.officer != LOCAL_OFFICER)


def on_watch(directory: Directory, at_ms: int) -> tuple[str, ...]:
    """The officers who are paged first at an instant, by the roster; everybody where it names nobody of ours."""
    named = tuple(one for one in rostered(directory, at_ms).watch if one in directory.officers)
    return named or people_of(directory)


def backup(directory: Directory, at_ms: int) -> tuple[str, ...]:
    """The officers who are paged next at an instant."""
    named = tuple(one for one in rostered(directory, at_ms).backup if one in directory.officers)
    return named or people_of(directory)


def is_their_hour(directory: Directory, party: str, at_ms: int) -> bool:
    """Whether an unannounced check may fall on this instant: a member's own hours, any hour for an officer.

    An officer is woken at any hour of a watch, so that only such hours prove anything.
    """
    card = directory.members.get(party)
    return card is None or awake_now(card.hours, card.timezone, at_ms)
