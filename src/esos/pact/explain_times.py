"""The timers and ladders of a pact as sentences: one table, a row for each timer.

Law 5: each sentence says what is due, and who or what comes next when it is not done.
"""

from collections.abc import Iterator
from functools import reduce

from esos.pact.durations import say_duration
from esos.pact.ladder import Ladder, PageTarget
from esos.pact.timers import SINGLE_TIMERS, Timers
from esos.words.language import later, say

_TARGETS: dict[PageTarget, str] = {
    "watch": later("the officer on watch"),
    "backup": later("the backup officer"),
    "neighbour": later("a neighbour station"),
    "everyone": later("every officer"),
}
_TIMES = {
    "arm_ms": later("The caller can stop the call for {time} before it leaves."),
    "ack_ms": later("A person is due {time} after the call has arrived."),
    "call_back_ms": later(
        "The caller is called back within {time} of the acknowledgement; if not, concern rises and help goes on."
    ),
    "wave_first_ack_ms": later(
        "The first teams are asked {time} after a person acknowledged, by the station itself if nobody did."
    ),
    "wave_first_unacked_ms": later(
        "If no person acknowledges, the station itself asks the first teams {time} after the call arrived."
    ),
    "wave_interval_ms": later(
        "The next teams are asked {time} after the last, while less help is expected than needed."
    ),
    "reply_ms": later("Whoever is asked answers within {time}; silence is recorded as no reply."),
    "commit_ms": later("Somebody has committed to help within {time}; if not, the search widens."),
    "scene_ms": later("The first useful act comes within {time} of a commitment; if not, the search widens."),
    "sitrep_ms": later("A report of the situation is due every {time}; after two missed, contact counts as lost."),
    "heart_ms": later("There is contact with the caller every {time}; if not, concern rises."),
    "lease_ms": later("A coordinator who does nothing for {time} is prompted, then the backup takes over."),
    "stable_ms": later("When nothing has changed for {time} after stabilising, standing down is proposed."),
    "review_ms": later("A suspended case, or an open warning, is looked at again every {time}."),
    "settle_ms": later("An ended case is settled and closed after {time}."),
    "second_ms": later("A second officer answers within {time}; until then nothing that needs two people happens."),
}
_STOPPED = {"arm_ms": later("A call leaves at once, without a countdown.")}


def say_times(timers: Timers) -> Iterator[str]:
    """A sentence for each timer that runs."""
    for name in SINGLE_TIMERS:
        duration_ms = getattr(timers, name)
        if duration_ms:
            yield say(_TIMES[name], time=say_duration(duration_ms)).replace("every 1 ", "every ")
        elif name in _STOPPED:
            yield say(_STOPPED[name])
        if name == "reply_ms" and timers.reply_reminders_ms:
            times = reduce(_and, map(say_duration, timers.reply_reminders_ms))
            yield say("Whoever has not answered is reminded after {times}.", times=times)


def say_ladder(urgency: str, ladder: Ladder, *, due_ms: int) -> str:
    """Who is paged when, as one sentence: ``At … a person is due within 5 minutes: …``."""
    steps = [_say_step(step.page, step.after_ms) for step in ladder.steps]
    return say(
        "At “{urgency}” a person is due within {due}: paged are {steps}; {pause} later it all begins again, until a "
        "person acknowledges.",
        urgency=urgency,
        due=say_duration(due_ms),
        steps=say(", ").join(steps),
        pause=say_duration(ladder.round_ms),
    )


def _and(one: str, other: str) -> str:
    return say("{one} and {other}", one=one, other=other)


def _say_step(page: PageTarget, after_ms: int) -> str:
    who = say(_TARGETS[page])
    return (
        say("{who} after {time}", who=who, time=say_duration(after_ms)) if after_ms else say("{who} at once", who=who)
    )
