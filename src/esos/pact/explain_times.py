"""The timers and ladders of a pact as sentences: one table, a row for each timer.

Law 5: each sentence says what is due, and who or what comes next when it is not done.
"""

from collections.abc import Iterator

from esos.pact.durations import say_duration
from esos.pact.ladder import Ladder, PageTarget
from esos.pact.timers import SINGLE_TIMERS, Timers

_TARGETS: dict[PageTarget, str] = {
    "watch": "the officer on watch",
    "backup": "the backup officer",
    "neighbour": "a neighbour station",
    "everyone": "every officer",
}
_TIMES = {
    "arm_ms": "The caller can stop the call for {} before it leaves.",
    "ack_ms": "A person is due {} after the call has arrived.",
    "call_back_ms": (
        "The caller is called back within {} of the acknowledgement; if not, concern rises and help goes on."
    ),
    "wave_first_ack_ms": (
        "The first teams are asked {} after a person acknowledged, by the station itself if nobody did."
    ),
    "wave_first_unacked_ms": (
        "If no person acknowledges, the station itself asks the first teams {} after the call arrived."
    ),
    "wave_interval_ms": "The next teams are asked {} after the last, while less help is expected than needed.",
    "reply_ms": "Whoever is asked answers within {}; silence is recorded as no reply.",
    "commit_ms": "Somebody has committed to help within {}; if not, the search widens.",
    "scene_ms": "The first useful act comes within {} of a commitment; if not, the search widens.",
    "sitrep_ms": "A report of the situation is due every {}; after two missed, contact counts as lost.",
    "heart_ms": "There is contact with the caller every {}; if not, concern rises.",
    "lease_ms": "A coordinator who does nothing for {} is prompted, then the backup takes over.",
    "stable_ms": "When nothing has changed for {} after stabilising, standing down is proposed.",
    "review_ms": "A suspended case, or an open warning, is looked at again every {}.",
    "settle_ms": "An ended case is settled and closed after {}.",
    "second_ms": "A second officer answers within {}; until then nothing that needs two people happens.",
}
_STOPPED = {"arm_ms": "A call leaves at once, without a countdown."}


def say_times(timers: Timers) -> Iterator[str]:
    """A sentence for each timer that runs."""
    for name in SINGLE_TIMERS:
        duration_ms = getattr(timers, name)
        if duration_ms:
            yield _TIMES[name].format(say_duration(duration_ms)).replace("every 1 ", "every ")
        elif name in _STOPPED:
            yield _STOPPED[name]
        if name == "reply_ms" and timers.reply_reminders_ms:
            times = " and ".join(say_duration(one) for one in timers.reply_reminders_ms)
            yield f"Whoever has not answered is reminded after {times}."


def say_ladder(urgency: str, ladder: Ladder, *, due_ms: int) -> str:
    """Who is paged when, as one sentence: ``At … a person is due within 5 minutes: …``."""
    steps = [_say_step(step.page, step.after_ms) for step in ladder.steps]
    return (
        f"At “{urgency}” a person is due within {say_duration(due_ms)}: paged are {', '.join(steps)}; "
        f"{say_duration(ladder.round_ms)} later it all begins again, until a person acknowledges."
    )


def _say_step(page: PageTarget, after_ms: int) -> str:
    return f"{_TARGETS[page]} {f'after {say_duration(after_ms)}' if after_ms else 'at once'}"
