"""Which timers a case must have running in the state it is in, and the ladder that finds it a person (law 5).

The timers that stand are a function of the case and nothing else: every step ends by asking this module.
"""

from collections.abc import Callable

import msgspec

from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.model import Case
from esos.case.timing import PROMPT_SHARE
from esos.pact.ladder import Ladder, PageTarget
from esos.words.life import Life
from esos.words.urgency import Urgency

AT_ONCE_MS = 1
"""The shortest a timer runs: it falls due in the worker's next turn."""
SEEKING = frozenset({Life.ARRIVED, Life.ACKNOWLEDGED, Life.MOBILISING, Life.ASSISTING})
"""Lives in which responders are asked."""
_LADDER_PAGES = {
    "watch": (Audience.WATCH, Reason.WATCH_DUE),
    "backup": (Audience.BACKUP, Reason.BACKUP_DUE),
    "neighbour": (Audience.NEIGHBOUR, Reason.NEIGHBOUR_DUE),
    "everyone": (Audience.EVERYONE, Reason.WATCH_DUE),
}


def keep_time(d: Draft) -> None:
    """Run what must run now, stop what must not. An ended case keeps its own single timer."""
    if not d.case.is_open:
        return
    for name, standing in _STANDING.items():
        must_run, run = standing
        if not must_run(d.case):
            d.stop(name)
        elif name not in d.case.timers:
            run(d)


# --- the ladder -------------------------------------------------------------------------------


def start_ladder(d: Draft) -> None:
    """Page people until one acknowledges: the pact's ladder to its end, then round again."""
    d.set(ladder_step=0, ladder_from_ms=d.now_ms)
    climb_ladder(d)


def climb_ladder(d: Draft) -> None:
    """Page every step that is due, nobody twice, and run the timer to the next; law 5 names who holds the case then."""
    ladder = d.case.rules.ladder(d.case.waking)
    number, due = _steps_due(d, ladder)
    following = ladder.nth(number)
    next_ms = d.case.ladder_from_ms + following.after_ms
    for target in dict.fromkeys(due):
        audience, reason = _LADDER_PAGES[target]
        d.page(audience, reason, due_ms=max(d.case.ladder_from_ms + d.timers.ack_ms, next_ms))
    d.set(ladder_step=number)
    d.start_at("ack", next_ms, holder=following.page)


def _steps_due(d: Draft, ladder: Ladder) -> tuple[int, list[PageTarget]]:
    """The number of the step that comes next, and the targets of those that are due now."""
    number, due = max(d.case.ladder_step, _rounds_missed(d, ladder)), []
    while d.case.ladder_from_ms + ladder.nth(number).after_ms <= d.now_ms:
        due.append(ladder.nth(number).page)
        number += 1
    return number, due


def _rounds_missed(d: Draft, ladder: Ladder) -> int:
    """After a long stop of the station only the last round is climbed, not every one that was missed."""
    steps = len(ladder.steps)
    rounds = (d.now_ms - d.case.ladder_from_ms) // ladder.nth(steps).after_ms
    return max(0, rounds - 1) * steps


# --- the coordinator's hold --------------------------------------------------------------------


def renew_lease(d: Draft) -> None:
    """Any act of the holder shows that somebody is there."""
    if d.case.lease is not None:
        d.set(lease=msgspec.structs.replace(d.case.lease, prompted=False))
        run_lease(d)


def run_lease(d: Draft) -> None:
    """The lease's time; a suspended case is not acted on before its review."""
    lease_ms = d.timers.lease_ms
    if lease_ms and d.case.life is Life.SUSPENDED:
        lease_ms += d.timers.review_ms
    d.start("lease", lease_ms)


def prompt_holder(d: Draft) -> None:
    """The holder is asked to act now; silent for a tenth of its lease, it loses the case."""
    if d.case.lease is not None and d.timers.lease_ms:
        mark_prompted(d)
        d.start("lease", max(AT_ONCE_MS, d.timers.lease_ms // PROMPT_SHARE))


def mark_prompted(d: Draft) -> None:
    """The holder was asked to act; its next act clears this."""
    if d.case.lease is not None:
        d.set(lease=msgspec.structs.replace(d.case.lease, prompted=True))


def run_call_back(d: Draft) -> None:
    """The time to call back; sooner where the caller waits to have its call cancelled."""
    d.start("call_back", d.timers.ack_ms if d.case.cancel_asked else d.timers.call_back_ms)


# --- the search for help -----------------------------------------------------------------------


def run_wave(d: Draft) -> None:
    """The time to the next wave: the first after charge or arrival, then the interval."""
    d.start("wave", _wave_ms(d))


def _wave_ms(d: Draft) -> int:
    if d.case.wave > d.case.wave_from:
        return d.timers.wave_interval_ms
    return d.timers.wave_first_ack_ms if d.case.acknowledged_ms else d.timers.wave_first_unacked_ms


def hasten_wave(d: Draft, after_ms: int = AT_ONCE_MS) -> None:
    """The next wave in so many ms, never later than it was due before."""
    running = d.case.timers.get("wave")
    if after_ms > 0 and d.case.life in SEEKING and (running is None or d.now_ms + after_ms < running.due_ms):
        d.start("wave", after_ms)


def is_first_wave_overdue(d: Draft) -> bool:
    """Whether the first wave's time has come and gone without one."""
    case, timers = d.case, d.timers
    starts = ((case.acknowledged_ms, timers.wave_first_ack_ms), (case.arrived_ms, timers.wave_first_unacked_ms))
    due = [since_ms + after_ms for since_ms, after_ms in starts if since_ms and after_ms]
    return case.wave == case.wave_from and any(due_ms <= d.now_ms for due_ms in due)


# --- what stands -------------------------------------------------------------------------------


def _is_active(case: Case) -> bool:
    return case.is_open and case.life is not Life.SUSPENDED


def _is_free(case: Case) -> bool:
    return case.lease is None


def _is_held(case: Case) -> bool:
    return case.lease is not None


def _has_charge_begun(case: Case) -> bool:
    return _is_active(case) and case.acknowledged_ms > 0


def _waits_for_call_back(case: Case) -> bool:
    return _has_charge_begun(case) and (case.called_back_ms == 0 or case.cancel_asked)


def _waits_for_commitment(case: Case) -> bool:
    return case.life in SEEKING and case.first_ask_ms > 0 and not case.has_helper and bool(case.open_need())


def _seeks(case: Case) -> bool:
    return case.life in SEEKING and bool(case.open_need())


def _is_stable(case: Case) -> bool:
    return case.life is Life.STABILISED


def _is_looked_at(case: Case) -> bool:
    """Suspended, a warning, or held where the pact gives a lease no time."""
    has_no_lease_time = case.lease is not None and case.rules.timers(case.waking).lease_ms == 0
    return case.life is Life.SUSPENDED or case.waking is Urgency.ADVISORY or has_no_lease_time


_STANDING: dict[str, tuple[Callable[[Case], bool], Callable[[Draft], None]]] = {
    "ack": (_is_free, start_ladder),
    "lease": (_is_held, run_lease),
    "review": (_is_looked_at, lambda d: d.run("review")),
    "call_back": (_waits_for_call_back, run_call_back),
    "heart": (_is_active, lambda d: d.run("heart")),
    "sitrep": (_has_charge_begun, lambda d: d.run("sitrep")),
    "wave": (_seeks, run_wave),
    "commit": (_waits_for_commitment, lambda d: d.run("commit")),
    "stable": (_is_stable, lambda d: d.run("stable")),
}
"""The timers that stand: in which cases each runs, and how it starts."""
