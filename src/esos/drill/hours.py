"""Service-hours lost, in history and in the drill, by one plain model with every assumption written out.

A model, not a finding: it says what would follow *if* help had come when it came in the drill. Both
sides use the same number of services and the same speed of work.
"""

import msgspec

from esos.drill.incident import DAY_MINUTES, Incident

RESTORE_HOURS_A_SYSTEM = 24
"""Assumed: working hours of one restoring team for one system, test included."""
FROM_BACKUP_PERCENT = 60
"""Assumed: the share of systems that can be restored from backups without a decryption tool."""
TRAVEL_MINUTES = 4 * 60
"""Assumed: from a commitment to the first useful act on site, where people have to travel."""
SYSTEMS_A_TEAM = 4
"""Assumed: systems one committed team works on at the same time."""


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Service-hours lost on one side, with when the first and the last service came back (minutes)."""

    service_hours: int
    first_back_minutes: int
    all_back_minutes: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides and the assumptions they rest on."""

    history: Loss
    drill: Loss
    assumptions: tuple[str, ...]


def compare(incident: Incident, commitments: tuple[tuple[int, int], ...]) -> Comparison:
    """Compare history with the drill.

    ``commitments`` are (minutes after the first sign, systems that team took on). Without any
    commitment the drill's side is history itself.
    """
    history = _history(incident)
    return Comparison(history=history, drill=_drill(incident, commitments, history), assumptions=_assumptions(incident))


def _history(incident: Incident) -> Loss:
    """Nothing before the first service is back, then evenly until the last one is."""
    middle = (incident.history_first_back_minutes + incident.history_all_back_minutes) / 2
    return Loss(
        service_hours=round(incident.systems * middle / 60),
        first_back_minutes=incident.history_first_back_minutes,
        all_back_minutes=incident.history_all_back_minutes,
    )


def _drill(incident: Incident, commitments: tuple[tuple[int, int], ...], history: Loss) -> Loss:
    back = _restored(incident, commitments)
    if not back:
        return history
    left = incident.systems - len(back)
    untouched = left * (history.first_back_minutes + history.all_back_minutes) / 2
    return Loss(
        service_hours=round((sum(back) + untouched) / 60),
        first_back_minutes=min(back),
        all_back_minutes=max(back) if not left else history.all_back_minutes,
    )


def _restored(incident: Incident, commitments: tuple[tuple[int, int], ...]) -> list[int]:
    """When each system is back: teams work through what they took on; the rest of them wait for the tool."""
    without_tool = incident.systems * FROM_BACKUP_PERCENT // 100
    back: list[int] = []
    for at_minutes, systems in sorted(commitments):
        for number in range(min(systems, incident.systems - len(back))):
            rounds = number // SYSTEMS_A_TEAM + 1
            ready = at_minutes + TRAVEL_MINUTES + rounds * RESTORE_HOURS_A_SYSTEM * 60
            if len(back) >= without_tool:
                ready = max(ready, incident.decryptor_minutes + RESTORE_HOURS_A_SYSTEM * 60)
            back.append(ready)
    return back


def _assumptions(incident: Incident) -> tuple[str, ...]:
    days = incident.history_all_back_minutes // DAY_MINUTES
    return (
        f"{incident.systems} services stand for the whole; each is down from the first sign until it is back.",
        (
            f"History: none is back before day {incident.history_first_back_minutes // DAY_MINUTES}, "
            f"then they come back evenly until day {days}."
        ),
        f"Drill: one team needs {RESTORE_HOURS_A_SYSTEM} hours for a system and works on {SYSTEMS_A_TEAM} at a time.",
        f"Drill: help on site begins {TRAVEL_MINUTES // 60} hours after a team has committed.",
        (
            f"Drill: {FROM_BACKUP_PERCENT} in 100 systems can be restored from backups; the others wait for the "
            f"decryption tool, which comes when it really came (day {incident.decryptor_minutes // DAY_MINUTES})."
        ),
        "Systems nobody took on in the drill come back as in history.",
        "Who would really have answered nobody knows: the teams and their answers are invented, at the rates shown.",
    )
