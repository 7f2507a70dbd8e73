"""What is overdue in a case: deadlines as they were first set, so that starting a timer again hides nothing.

Law 5 keeps a timer running for ever; this says which of the things it waits for should have come before.
"""

from collections.abc import Callable, Iterator

import msgspec

from esos.case.model import Case
from esos.case.watching import SEEKING
from esos.words.language import later
from esos.words.life import Life


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was due first at ``due_ms`` and has not come; ``words`` name it, as after "overdue:"."""

    words: str
    due_ms: int


def person_due_ms(case: Case) -> int | None:
    """By when a person was first due; None where one has charge."""
    return case.ladder_from_ms + case.rules.timers(case.urgency).ack_ms if "ack" in case.timers else None


def late_call_back(case: Case) -> int | None:
    """By when the caller was first to be called back, None where that is done or nobody has charge yet."""
    after_ms = case.rules.timers(case.urgency).call_back_ms
    waits = case.acknowledged_ms and not case.called_back_ms and "call_back" in case.timers
    return case.acknowledged_ms + after_ms if waits and after_ms else None


def _commitment(case: Case) -> int | None:
    after_ms = case.rules.timers(case.urgency).commit_ms
    waits = case.life in SEEKING and case.first_ask_ms and not case.has_helper and case.open_need()
    return case.first_ask_ms + after_ms if waits and after_ms else None


def _first_act(case: Case) -> int | None:
    after_ms = case.rules.timers(case.urgency).scene_ms
    waits = case.life is Life.ASSISTING and case.first_commit_ms and not case.first_act_ms and case.has_helper
    return case.first_commit_ms + after_ms if waits and after_ms else None


def _report(case: Case) -> int | None:
    """When the first report that was missed was due: the wait has begun anew since, once for each."""
    timer, every_ms = case.timers.get("sitrep"), case.rules.timers(case.urgency).sitrep_ms
    return timer.due_ms - case.missed_sitreps * every_ms if timer and case.missed_sitreps and every_ms else None


_WAITS: tuple[tuple[str, Callable[[Case], int | None]], ...] = (
    (later("a person to take charge"), person_due_ms),
    (later("the call-back"), late_call_back),
    (later("a first commitment"), _commitment),
    (later("first work"), _first_act),
    (later("a report on the situation"), _report),
)
"""What a case may wait for, gravest first, and when that was first due."""


def deadlines(case: Case) -> Iterator[Deadline]:
    """Everything an open case waits for with the time at which it was first due."""
    if not case.is_open:
        return
    for words, first_due_ms in _WAITS:
        due = first_due_ms(case)
        if due is not None:
            yield Deadline(words=words, due_ms=due)
