"""Bodies of what is said of the roster: its rules, imported shifts, overrides, absences and swaps.

Hours of the day are written in a time zone and kept as they are said on a clock on the wall, so that a rule
means the same in winter and in summer; single spans are instants in UTC. Law 5: somebody always holds the case.
"""

from typing import Annotated, Literal

from msgspec import Meta

from esos.message.body import Body, Bytes32, Instant, Party
from esos.message.card import Contact, Text80, Text280

Duty = Literal["watch", "backup", "second"]
"""What a person is on the roster for: the watch, its backup, or to be the second officer."""
LocalDay = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
DayOfYear = Annotated[str, Meta(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}\Z")]
"""A day, or without its year the same day every year."""
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
NEIGHBOUR_WATCH = "neighbour:"
"""Before the name of a neighbour station where an officer could stand: its watch, whoever that is."""
ROTATIONS_MAX = 20
HOLIDAYS_MAX = 60
STATIONS_MAX = 8
SHIFTS_MAX = 500
"""The most shifts that one statement brings from one calendar."""
People = Annotated[tuple[Party, ...], Meta(max_length=20)]


class Rotation(Body, kw_only=True):
    """People who take turns of ``days`` days, from ``from_day`` at ``handover``, within ``hours`` of the week.

    ``hours`` is ``24/7`` or ``Mo-Fr 08:00-18:00``; ``until_day`` is the first day without it, empty for no end.
    ``at_once`` of them are on duty together: whose turn it is, and those who come next.
    """

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    duty: Duty = "watch"
    officers: Annotated[tuple[Party, ...], Meta(min_length=1, max_length=50)]
    from_day: LocalDay
    until_day: Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z")] = ""
    handover: TimeOfDay = "00:00"
    days: Annotated[int, Meta(ge=1, le=366)] = 7
    at_once: Annotated[int, Meta(ge=1, le=5)] = 1
    hours: Text80 = "24/7"
    timezone: Text80 = ""


class Holiday(Body, kw_only=True):
    """Days on which other people are on duty than the rotations say; whoever is not named stays as it is."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    day: DayOfYear
    days: Annotated[int, Meta(ge=1, le=31)] = 1
    watch: People = ()
    backup: People = ()
    second: People = ()


class NeighbourStation(Body, kw_only=True):
    """Another station whose watch can stand in a rotation, as ``neighbour:NAME``, and how its watch is reached."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    contacts: Annotated[tuple[Contact, ...], Meta(min_length=1, max_length=10)]


class RosterSet(Body, kw_only=True):
    """The rules of the roster, whole.

    ``watch``, ``backup`` and ``second`` stand whenever nothing else names anybody; ``neighbour`` is whom the
    ladder calls when nobody here answers. ``timezone`` is that of holidays, and of rotations that name none.
    """

    watch: People = ()
    backup: People = ()
    second: People = ()
    neighbour: Annotated[tuple[Contact, ...], Meta(max_length=10)] = ()
    timezone: Text80 = "UTC"
    rotations: Annotated[tuple[Rotation, ...], Meta(max_length=ROTATIONS_MAX)] = ()
    holidays: Annotated[tuple[Holiday, ...], Meta(max_length=HOLIDAYS_MAX)] = ()
    stations: Annotated[tuple[NeighbourStation, ...], Meta(max_length=STATIONS_MAX)] = ()


class Shift(Body, kw_only=True):
    """Somebody on duty from one instant until before another."""

    duty: Duty = "watch"
    officer: Party
    from_ms: Instant
    until_ms: Instant


class ShiftsSet(Body, kw_only=True):
    """All shifts of one calendar, in place of those it brought before; none takes it away."""

    source: Annotated[str, Meta(min_length=1, max_length=80)]
    shifts: Annotated[tuple[Shift, ...], Meta(max_length=SHIFTS_MAX)] = ()


class WatchOverridden(Body, kw_only=True):
    """These people are on duty in this span whatever the rules say; ``instead_of`` changes one person only."""

    duty: Duty = "watch"
    officers: Annotated[tuple[Party, ...], Meta(min_length=1, max_length=20)]
    instead_of: Annotated[str, Meta(max_length=80)] = ""
    from_ms: Instant
    until_ms: Instant
    reason: Text280 = ""


class AbsenceStated(Body, kw_only=True):
    """A person is away: the next one of the rotation stands in."""

    officer: Party
    from_ms: Instant
    until_ms: Instant
    reason: Text280 = ""


class RosterWithdrawn(Body, kw_only=True):
    """An override, an absence, or a swap that was agreed or is not answered yet, holds no longer."""

    what: Bytes32


class SwapAsked(Body, kw_only=True):
    """Whoever says this asks ``other`` to stand in from ``give_from_ms``, and takes ``other``'s span in return.

    ``take_until_ms`` 0: nothing is taken in return.
    """

    other: Party
    duty: Duty = "watch"
    give_from_ms: Instant
    give_until_ms: Instant
    take_from_ms: Instant = 0
    take_until_ms: Instant = 0
    note: Text280 = ""


class SwapAnswered(Body, kw_only=True):
    """Whoever was asked for a swap accepts it or not."""

    swap: Bytes32
    accepted: bool
