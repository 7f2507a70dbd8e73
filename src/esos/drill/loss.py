"""Service-hours lost, in history and in a drill: what the models of all drills share.

A model, not a finding: it says what would follow *if* help had come when it came in the drill. Both
sides have the same number of services, and none of them is worse off in the drill than in history.
"""

from collections.abc import Iterable, Sequence

from esos.drill.incident import HOUR_MINUTES, Incident
from esos.station.drills import Comparison, Loss


def history_back(incident: Incident) -> list[int]:
    """When each service came back, in minutes: none before the first, then evenly until the last."""
    first, last = incident.history_first_back_minutes, incident.history_all_back_minutes
    steps = max(1, incident.systems - 1)
    return [first + (last - first) * number // steps for number in range(incident.systems)]


def loss_of(down: Iterable[tuple[int, int]]) -> Loss:
    """What these outages come to, each from one minute to another; of a service that was down twice both count."""
    spans = [(start, stop) for start, stop in down if stop > start]
    minutes = sum(stop - start for start, stop in spans)
    ends = [stop for _, stop in spans] or [0]
    return Loss(service_hours=round(minutes / HOUR_MINUTES), first_back_minutes=min(ends), all_back_minutes=max(ends))


def loss_since_first_sign(back: Iterable[int]) -> Loss:
    """What outages come to that all begin with the first sign."""
    return loss_of((0, stop) for stop in back)


def comparison(history: Loss, drill: Loss, assumptions: Sequence[str]) -> Comparison:
    """Both sides, with what is assumed of every drill after what is assumed of this one."""
    return Comparison(history=history, drill=drill, assumptions=(*assumptions, *_OF_EVERY_DRILL))


_OF_EVERY_DRILL = (
    "Who would really have answered nobody knows: the teams and their answers are invented, as counted below.",
)
