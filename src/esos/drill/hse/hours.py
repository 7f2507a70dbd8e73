"""What was lost in ``hse-2021`` and what would have been, by one plain model with every assumption written out.

No service comes back later in the drill than it did in history.
"""

from collections.abc import Iterable

from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES, Incident
from esos.drill.loss import comparison, history_back, loss_since_first_sign
from esos.station.drills import Comparison

RESTORE_HOURS_A_SYSTEM = 24
"""Assumed: working hours of one restoring team for one system, test included."""
FROM_BACKUP_PERCENT = 60
"""Assumed: the share of systems that can be restored from backups without a decryption tool."""
TRAVEL_MINUTES = 4 * HOUR_MINUTES
"""Assumed: from a commitment to the first useful act on site, where people have to travel."""
DECRYPTOR_MINUTES = 7 * DAY_MINUTES
"""When the decryption tool was there and tested, as reported."""
SYSTEMS_A_TEAM = 4
"""Assumed: systems one committed team works on at the same time."""


def compare(incident: Incident, commitments: Iterable[tuple[int, int]]) -> Comparison:
    """Compare history with the drill.

    ``commitments`` are (minutes after the first sign, systems that team took on). Without any
    commitment the drill's side is history itself; earlier or further ones never lose more.
    """
    return comparison(
        loss_since_first_sign(history_back(incident)),
        loss_since_first_sign(drill_back(incident, commitments)),
        _assumptions(incident),
    )


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
    with_tool = DECRYPTOR_MINUTES + RESTORE_HOURS_A_SYSTEM * HOUR_MINUTES
    return [minutes if place < from_backup else max(minutes, with_tool) for place, minutes in enumerate(ready)]


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
            f"decryption tool, which comes when it really came (day {DECRYPTOR_MINUTES // DAY_MINUTES})."
        ),
        (
            "Drill: teams stay until what they took on is back, and are released then. The days of restoring are "
            "passed over: the clock of the play is set forward, while at the station only seconds go by."
        ),
        "Systems that nobody took on in the drill come back as in history, the last ones last.",
        "The drill begins when the first report was really made; nothing in it comes from hindsight.",
    )
