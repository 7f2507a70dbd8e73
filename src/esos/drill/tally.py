"""What must be true at the end of every drill, counted over all its cases: answered, ended, held, not lost."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from esos.words.request_state import RequestState

ENDED_STATES = frozenset(state.value for state in RequestState if state.is_end)
"""The outcomes of a request."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over all cases of a drill.

    ``answered`` callers have a named officer's acknowledgement; ``taken_back`` are those who ended their call
    themselves, as one does who can go on alone. ``outcomes`` are requests by how they ended, ``unended`` those
    that have not. ``unmet`` callers ended otherwise, with something open, and ``unmet_units`` is how much of each
    line. ``unheld`` are running timers that nobody holds and open cases without a holder. ``lost`` are
    acknowledged statements that the station does not have.
    """

    callers: int
    answered: int
    taken_back: int
    outcomes: dict[str, int]
    unended: int
    unmet: int
    unmet_units: dict[str, int]
    not_closed: int
    timers: int
    unheld: int
    lost: int

    def figures(self) -> dict[str, int]:
        """The counts in words, as page, report and terminal show them."""
        return {
            "callers": self.callers,
            "callers answered by a person": self.answered,
            "callers who went on alone": self.taken_back,
            "callers with a need that stayed unmet": self.unmet,
            "assistance requests": sum(self.outcomes.values()) + self.unended,
            "requests without an outcome": self.unended,
            "open timers unheld": self.unheld,
            "kept statements lost": self.lost,
        }

    def promises(self) -> dict[str, bool]:
        """What every drill must end with, and whether it did."""
        return {
            "every caller was answered by a person": self.answered == self.callers,
            "every case is closed": not self.not_closed,
            "every request has one outcome": not self.unended,
            "no timer runs unheld": not (self.timers or self.unheld),
            "no statement was lost that was kept": not self.lost,
        }


def tally(views: Iterable[dict[str, Any]], *, callers: int, kept: Iterable[str]) -> Tally:
    """Count over the cases, as their officer sees them.

    ``callers`` is how many called, ``kept`` the ids of every statement about them that the station acknowledged.
    """
    states: Counter[str] = Counter()
    units: Counter[str] = Counter()
    found = Counter(taken_back=0, answered=0, unmet=0, not_closed=0, timers=0, unheld=0)
    missing = set(kept)
    for view in views:
        missing.difference_update(item["statement"] for item in view["timeline"])
        states.update(one["state"] for one in view["requests"])
        is_taken_back = any(item["kind"] == "cancelled" for item in view["timeline"])
        still = {} if is_taken_back else {line["line"]: line["open"] for line in view["needs"] if line["open"]}
        units.update(still)
        is_closed = view["state"] == "closed"
        unheld = sum(not timer["next_holder"] for timer in view["timers"]) + (not is_closed and not view["holder"])
        found.update(
            taken_back=is_taken_back, answered=bool(view["acknowledged_ms"]), unmet=bool(still),
            not_closed=not is_closed, timers=len(view["timers"]), unheld=unheld,
        )  # fmt: skip
    return Tally(
        callers=callers,
        outcomes={state: count for state, count in sorted(states.items()) if state in ENDED_STATES},
        unended=sum(count for state, count in states.items() if state not in ENDED_STATES),
        unmet_units=dict(sorted(units.items())),
        lost=len(missing),
        **found,
    )
