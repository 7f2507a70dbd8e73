"""Service-hours lost, in history and in the drill, by one plain model with every assumption written out.

A model, not a finding: it says what would follow *if* help had come when it came in the drill. Both
sides have the same number of services, and no service comes back later than it did in history.
"""

from collections.abc import Iterable

from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES, Incident
from esos.station.drills import Comparison, Loss

RESTORE_HOURS_A_SYSTEM = 24
"""Assumed: working hours of one restoring team for one system, test included."""
FROM_BACKUP_PERCENT = 60
"""Assumed: the share of systems that can be restored from backups without a decryption tool."""
TRAVEL_MINUTES = 4 * HOUR_MINUTES
"""Assumed: from a commitment to the first useful act on site, where people have to travel."""
SYSTEMS_A_TEAM = 4
"""Assumed: systems one committed team works on at the same time."""


def compare(incident: Incident, commitments: Iterable[tuple[int, int]]) -> Comparison:
    """Compare history with the drill.

    ``commitments`` are (minutes after the first sign, systems that team took on). Without any
    commitment the drill's side is history itself; earlier or further ones never lose more.
    """
    history = history_back(incident)
    return Comparison(
        history=_loss(history),
        drill=_loss(drill_back(incident, commitments)),
        assumptions=_assumptions(incident),
    )


def history_back(incident: Incident) -> list[int]:
    """When each service came back, in minutes: none before the first, then evenly until the last."""
    first, last = incident.history_first_back_minutes, incident.history_all_back_minutes
    steps = max(1, incident.systems - 1)
    return [first + (last - first) * number // steps for number in range(incident.systems)]


def drill_back(incident: Incident, commitments: Iterable[tuple[int, int]]) -> list[int]:
    """When each service comes back in the drill: by the teams' work, or as in history where that is sooner."""
    worked = restored(incident, commitments)
    return [*worked, *history_back(incident)[len(worked) :]]


def restored(incident: Incident, commitments: Iterable[tuple[int, int]]) -> list[int]:
    """When each system that was taken on is back, in minutes, the first first."""
    worked = _with_tool(incident, sorted(_ready(commitments))[: incident.systems])
    return [*map(min, worked, history_back(incident))]


def _ready(commitments: Iterable[tuple[int, int]]) -> Iterable[int]:
    """When each system that was taken on would be restored, if nothing but work were needed."""
    for at_minutes, systems in commitments:
        for number in range(systems):
            rounds = number // SYSTEMS_A_TEAM + 1
            yield at_minutes + TRAVEL_MINUTES + rounds * RESTORE_HOURS_A_SYSTEM * HOUR_MINUTES


def _with_tool(incident: Incident, ready: list[int]) -> list[int]:
    """The first of them come from backups; the others wait for the decryption tool, and are restored with it."""
    from_backup = incident.systems * FROM_BACKUP_PERCENT // 100
    with_tool = incident.decryptor_minutes + RESTORE_HOURS_A_SYSTEM * HOUR_MINUTES
    return [minutes if place < from_backup else max(minutes, with_tool) for place, minutes in enumerate(ready)]


def _loss(back: list[int]) -> Loss:
    return Loss(service_hours=round(sum(back) / HOUR_MINUTES), first_back_minutes=min(back), all_back_minutes=max(back))


def _assumptions(incident: Incident) -> tuple[str, ...]:
    first, last = incident.history_first_back_minutes, incident.history_all_back_minutes
    return (
        f"{incident.systems} services stand for the whole; each is down from the first sign until it is back.",
        (
            f"History: none is back before day {first // DAY_MINUTES}, then they come back evenly until "
            f"day {last // DAY_MINUTES}."
        ),
        (
            f"Drill: a team needs {RESTORE_HOURS_A_SYSTEM} hours for a system, and works on {SYSTEMS_A_TEAM} at the "
            "same time."
        ),
        f"Drill: work on site begins {TRAVEL_MINUTES // HOUR_MINUTES} hours after a team has committed itself.",
        (
            f"Drill: {FROM_BACKUP_PERCENT} in 100 systems can be restored from backups; the others wait for the "
            f"decryption tool, which comes when it really came (day {incident.decryptor_minutes // DAY_MINUTES})."
        ),
        (
            "Drill: teams stay until what they took on is back, and are released then. The days of restoring are "
            "passed over: the clock of the play is set forward, while at the station only seconds go by."
        ),
        "Systems that nobody took on in the drill come back as in history, the last ones last.",
        "Who would really have answered nobody knows: the teams and their answers are invented, as counted below.",
        "The drill begins when the first report was really made; nothing in it comes from hindsight.",
    )
