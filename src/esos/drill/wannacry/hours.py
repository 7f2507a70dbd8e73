"""What was lost in ``wannacry-2017`` and what would have been, by one plain model with every assumption written out.

No caller's service comes back later in the drill than it did in history.
"""

from collections.abc import Sequence

import msgspec

from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES, Incident
from esos.drill.loss import comparison, loss_of
from esos.drill.wannacry.facts import ADVICE_MINUTES
from esos.station.drills import Comparison

HELP_MINUTES = 12 * HOUR_MINUTES
"""Assumed: from a commitment that covers a caller's need to its service being back."""


class Fared(msgspec.Struct, frozen=True, kw_only=True):
    """How one caller fared in the drill, in minutes after the first sign.

    ``called`` is when it called, ``advised`` when a person gave it advice, ``covered`` when everything it
    needs was bound to come, None where it never was.
    """

    called: int
    advised: int
    covered: int | None = None


def compare(incident: Incident, fared: Sequence[Fared]) -> Comparison:
    """Compare history with the drill: each caller's one service is down from its call until it is back."""
    ordered = sorted(fared, key=lambda one: (one.called, one.advised))
    history = [(one.called, stop) for one, stop in zip(ordered, back_in_history(incident, len(ordered)), strict=True)]
    drill = [(one.called, back_in_drill(one, stop)) for one, (_, stop) in zip(ordered, history, strict=True)]
    return comparison(loss_of(history), loss_of(drill), _assumptions(incident, len(ordered)))


def back_in_history(incident: Incident, callers: int) -> list[int]:
    """When each caller's service came back: evenly between the first and the last, those who called first first."""
    first, last = incident.history_first_back_minutes, incident.history_all_back_minutes
    steps = max(1, callers - 1)
    return [first + (last - first) * number // steps for number in range(callers)]


def back_in_drill(one: Fared, in_history: int) -> int:
    """Sooner by as much as advice came sooner; or by help, where that is sooner still."""
    sooner = max(0, ADVICE_MINUTES - max(one.called, one.advised))
    by_itself = max(one.called, in_history - sooner)
    helped = in_history if one.covered is None else one.covered + HELP_MINUTES
    return min(in_history, by_itself, max(one.called, helped))


def _assumptions(incident: Incident, callers: int) -> tuple[str, ...]:
    first, last = incident.history_first_back_minutes, incident.history_all_back_minutes
    return (
        (
            f"{callers} callers stand for the whole, each with one service, which is down from its own call until it "
            "is back. When each of them really called nobody has written down."
        ),
        (
            f"History: none is back before day {first // DAY_MINUTES}, then they come back evenly until "
            f"day {last // DAY_MINUTES}, in the order of their calls."
        ),
        (
            f"History: advice reached all of them {ADVICE_MINUTES // HOUR_MINUTES} hours after the first sign, in the "
            "evening, when the code had been stopped from outside."
        ),
        (
            "Drill: a caller that a person has advised begins to put its own things right then, and is back sooner by "
            "as much as the advice came sooner than in history; by nothing more."
        ),
        (
            f"Drill: a caller whose whole need was bound to come is back {HELP_MINUTES // HOUR_MINUTES} hours later, "
            "or as above where that is sooner. Part of a need counts for nothing."
        ),
        "Drill: a caller that is warned before it is hit is not counted as spared, although it may have been.",
        "Drill: calls come in bursts, and their kinds in the shares of a table; both are invented.",
    )
