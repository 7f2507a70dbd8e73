"""What was lost in ``estonia-2007`` and what would have been, by one plain model with every assumption written out.

No service is down longer in the drill than it was in history, in neither of the two floods.
"""

from collections.abc import Iterable, Sequence

import msgspec

from esos.drill.estonia.facts import SECOND_FLOOD_MINUTES
from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES, Incident
from esos.drill.loss import comparison, history_back, loss_of
from esos.station.drills import Comparison

FILTER_MINUTES = HOUR_MINUTES
"""Assumed: from a commitment to a filter that works."""
ADAPT_MINUTES = HOUR_MINUTES // 2
"""Assumed: to adapt filters that are in place already to a new flood."""
SECOND_HISTORY_MINUTES = DAY_MINUTES
"""Assumed: how long the second flood kept services out of reach in history."""
GROWTH = 2
"""Assumed: how many times as much filtering the second flood needs as the first."""

Bound = tuple[int, int]
"""When a team was bound, in minutes after the first sign, and for how many Gbit/s of filtering."""


class Filtered(msgspec.Struct, frozen=True, kw_only=True):
    """One caller's filtering: what was needed and bound in the first flood, and in the second.

    ``second`` holds everything bound while it lasts, also what was kept from the first.
    """

    services: int
    needed: int
    first: tuple[Bound, ...] = ()
    second: tuple[Bound, ...] = ()

    @property
    def needed_again(self) -> int:
        """How much the second flood needs."""
        return self.needed * GROWTH


def compare(incident: Incident, filtered: Sequence[Filtered]) -> Comparison:
    """Compare history with the drill; where nothing was bound the drill is history."""
    incident = msgspec.structs.replace(incident, systems=sum(one.services for one in filtered))
    first = history_back(incident)
    history = [(0, stop) for stop in first] + [_second_in_history()] * incident.systems
    return comparison(loss_of(history), loss_of(_drill(incident, filtered)), _assumptions(incident, len(filtered)))


def _second_in_history() -> Bound:
    return SECOND_FLOOD_MINUTES, SECOND_FLOOD_MINUTES + SECOND_HISTORY_MINUTES


def _drill(incident: Incident, filtered: Sequence[Filtered]) -> list[Bound]:
    """Every outage in the drill: each service in the first flood, and in the second."""
    worked = sorted(at for one in filtered for at in back_again(one.first, one.needed, one.services))
    first = [(0, min(pair)) for pair in zip(_padded(worked, incident), history_back(incident), strict=True)]
    _, latest = _second_in_history()
    again = [min(at, latest) for one in filtered for at in _again(one)]
    missing = [latest] * (incident.systems - len(again))
    return first + [(SECOND_FLOOD_MINUTES, stop) for stop in [*again, *missing]]


def _padded(worked: list[int], incident: Incident) -> list[int]:
    """As many times as there are services: those that nobody filters for come back as in history."""
    return [*worked, *[incident.history_all_back_minutes] * (incident.systems - len(worked))]


def back_again(bound: Iterable[Bound], needed: int, services: int) -> list[int]:
    """When each service that the filtering suffices for is back: as each share of the need is bound and works."""
    total = 0
    back: list[int] = []
    for at_minutes, units in sorted(bound):
        total += units
        while len(back) < services and total * services >= needed * (len(back) + 1):
            back.append(at_minutes + FILTER_MINUTES)
    return back


def _again(one: Filtered) -> list[int]:
    """When each service is back after the second flood; filters that are there are adapted."""
    late = [(max(at, SECOND_FLOOD_MINUTES), units) for at, units in one.second]
    kept = sum(units for at, units in one.second if at < SECOND_FLOOD_MINUTES)
    at_once = min(one.services, kept * one.services // max(1, one.needed_again))
    back = back_again(late, one.needed_again, one.services)
    return [SECOND_FLOOD_MINUTES + ADAPT_MINUTES] * at_once + back[at_once:]


def _assumptions(incident: Incident, callers: int) -> tuple[str, ...]:
    first, last = incident.history_first_back_minutes, incident.history_all_back_minutes
    return (
        (
            f"{incident.systems} services of {callers} callers stand for the whole; each is down from the first sign, "
            f"set at {incident.first_sign} on 27 April, until it is back."
        ),
        (
            f"History: none is back before day {first // DAY_MINUTES}, then they come back evenly until "
            f"day {last // DAY_MINUTES}."
        ),
        (
            f"History: the second flood, on day {SECOND_FLOOD_MINUTES // DAY_MINUTES}, keeps all of them out of reach "
            f"for {SECOND_HISTORY_MINUTES // HOUR_MINUTES} hours again."
        ),
        (
            f"Drill: the first call goes out {incident.call_minutes // HOUR_MINUTES} hours after the first sign, when "
            "everybody can see it; when it could have been made nobody knows."
        ),
        (
            f"Drill: a filter works {FILTER_MINUTES} minutes after a team has committed itself, and a caller's "
            "services come back in the share in which its need is bound."
        ),
        (
            f"Drill: the second flood needs {GROWTH} times as much; filters that are in place are adapted in "
            f"{ADAPT_MINUTES} minutes."
        ),
        "Drill: teams filter only after the caller has shown control of its prefix; that time is in the timeline.",
        (
            "Drill: the days between the floods are passed over: the clock of the play is set forward, while at the "
            "station only seconds go by."
        ),
        "What nobody took on in the drill comes back as in history. How large the floods were is invented.",
    )
