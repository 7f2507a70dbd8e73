"""Who is on watch at this station: its roster with the people it has now.

Law 5: somebody always holds the case. A roster that names nobody, or nobody whom a page would reach, means that
everybody is called.
"""

from typing import Any, Protocol

from esos.keys.speaker import Role, Speaker, decode_speaker
from esos.message.bodies import OfficerAdded
from esos.message.body import Body
from esos.message.roster_bodies import NEIGHBOUR_WATCH, NeighbourStation
from esos.message.statement import Statement
from esos.roster.fold import Roster, Said
from esos.roster.watch import Able, OnWatch, Plan
from esos.station.records import Entry

ROSTERING = (
    "roster_set", "shifts_set", "watch_overridden", "absence_stated", "roster_withdrawn", "swap_asked", "swap_answered",
)  # fmt: skip
"""The kinds of statement that speak of the roster."""
_DECIDING = frozenset({Role.OFFICER, Role.REGISTRAR, Role.STATION})
_MAY_BE: dict[str, frozenset[str]] = {
    "watch": frozenset({"officer"}),
    "backup": frozenset({"officer"}),
    "second": frozenset({"officer", "second"}),
}
"""With which roles a person may be on which duty."""


class Known(Protocol):
    """What the roster reads of the register: the station's people, what was said of the roster, and names."""

    officers: dict[str, OfficerAdded]
    roster: Roster

    def name_of(self, party: str) -> str:
        """The name people know a party by."""


def able_at(directory: Known) -> Able:
    """Who may be on which duty: this station's people by their roles, and neighbour stations for the watch."""
    stations = {NEIGHBOUR_WATCH + one.name for one in directory.roster.rules.stations}
    by_duty = {
        duty: frozenset(one for one, row in directory.officers.items() if roles & set(row.roles))
        | (stations if duty != "second" else set())
        for duty, roles in _MAY_BE.items()
    }
    return Able(by_duty=by_duty)


def plan_of(directory: Known) -> Plan:
    """The roster as it stands."""
    return directory.roster.plan(able_at(directory))


def on_watch(directory: Known, now_ms: int) -> OnWatch:
    """Who is on watch, backup and second officer at this moment, by the roster."""
    return plan_of(directory).at(now_ms)


def station_named(directory: Known, person: str) -> NeighbourStation | None:
    """The neighbour station that stands on the roster in place of a person, if it is one."""
    name = person.removeprefix(NEIGHBOUR_WATCH)
    return next((one for one in directory.roster.rules.stations if name != person and one.name == name), None)


def name_on_roster(directory: Known, person: str) -> str:
    """By which name people know whoever is on the roster."""
    station = station_named(directory, person)
    if station is not None:
        return station.name
    row = directory.officers.get(person)
    return f"{row.name} ({row.station})" if row is not None and row.station else directory.name_of(person)


def said_of(directory: Known, statement_id: bytes, body: Body, speaker: Speaker, at_ms: int) -> Said:
    """A statement about the roster as its fold reads it."""
    return Said(
        id=statement_id,
        body=body,
        by=speaker.party,
        decides=bool(_DECIDING & speaker.roles),
        at_ms=at_ms,
        able=able_at(directory),
    )


def said_in(directory: Known, statement: Statement, entry: Entry) -> Said:
    """The same for one of the journal."""
    body: Any = statement.body
    return said_of(directory, statement.id, body, decode_speaker(entry.admission), entry.at_ms)
