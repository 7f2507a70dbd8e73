"""The timers of a case: what each waits for, how long, who holds the case when it runs out, and what follows.

Law 5: no timer starts that is not in this table, and each row names a next holder. Durations are the
pact's (brief 2); a boundary belongs to the later state.
"""

from collections.abc import Callable
from typing import NamedTuple

from esos.pact.timers import DAY_MS, HOUR_MS, Timers

REPLY_FALLBACK_MS = 2 * HOUR_MS
"""Time to answer, to begin, or to take an offer where the urgency has none of its own."""
HOLD_FALLBACK_MS = DAY_MS
"""How long nobody has to look at an open case, where a pact set no time at all."""
PROMPT_SHARE = 10
"""A prompted coordinator has a tenth of its lease left to act."""


def _nothing(timers: Timers) -> int:
    del timers
    return 0


class TimerRow(NamedTuple):
    """One timer. ``lasts`` is its duration at an urgency, 0 where it does not run by itself or is set to an instant.

    ``retimed`` says that a change of urgency changes what is left of it.
    """

    label: str
    waits_for: str
    holder: str
    says: str
    lasts: Callable[[Timers], int] = _nothing
    retimed: bool = True


def _reply(timers: Timers) -> int:
    return timers.reply_ms or REPLY_FALLBACK_MS


def _scene(timers: Timers) -> int:
    return timers.scene_ms or REPLY_FALLBACK_MS


def _review(timers: Timers) -> int:
    return timers.review_ms or HOLD_FALLBACK_MS


_REMINDER = TimerRow(
    "reminder", "the answer that is owed", "station", "the responder is told again what is owed, and by when",
    retimed=False,
)  # fmt: skip

TIMERS: dict[str, TimerRow] = {
    "ack": TimerRow(
        "T_ACK", "a person who takes charge", "watch", "the next step of the pact's ladder is paged; after the last, "
        "round again", retimed=False,
    ),
    "call_back": TimerRow(
        "T_CALL", "the call-back", "coordinator", "concern up one step, a page to the coordinator, and the wait "
        "begins again; mobilising goes on", lambda timers: timers.call_back_ms,
    ),
    "wave": TimerRow(
        "T_WAVE, wave interval", "the next requests", "station", "the station calls the next wave, if it may by "
        "itself and something is unmet", retimed=False,
    ),
    "commit": TimerRow(
        "T_COMMIT", "the first commitment", "coordinator", "the search widens and the neighbour station is told; "
        "the wait begins again", lambda timers: timers.commit_ms,
    ),
    "scene": TimerRow(
        "T_SCENE", "a helper's first useful act", "coordinator", "coordinator, helper and neighbour station are "
        "paged, and the search widens over what is unmet", _scene,
    ),
    "sitrep": TimerRow(
        "T_SITREP, T_LOST", "a report on the situation", "coordinator", "coordinator and caller are prompted; the "
        "second in a row means lost contact, concern up", lambda timers: timers.sitrep_ms,
    ),
    "heart": TimerRow(
        "T_HEART", "word from the caller", "coordinator", "concern up one step", lambda timers: timers.heart_ms,
    ),
    "lease": TimerRow(
        "T_LEASE", "any act of the coordinator", "backup", "the coordinator is prompted; silent again, it loses the "
        "case, the backup is paged and the ladder starts", lambda timers: timers.lease_ms,
    ),
    "stable": TimerRow(
        "T_STABLE", "standing down", "coordinator", "standing down is proposed to coordinator and caller",
        lambda timers: timers.stable_ms,
    ),
    "review": TimerRow(
        "T_REVIEW", "a look at what is suspended, or at a warning", "coordinator", "the coordinator is paged, or the "
        "watch where there is none", _review,
    ),
    "settle": TimerRow(
        "T_SETTLE", "the accounts of an ended case", "station", "whatever is open is settled and the case closed",
        lambda timers: timers.settle_ms, retimed=False,
    ),
    "hand": TimerRow(
        "hand-over", "the other officer to accept", "coordinator", "the offer lapses and the case stays where it is",
        lambda timers: timers.ack_ms,
    ),
    "second": TimerRow(
        "second officer", "the second officer's word", "coordinator", "nothing of the act happens; the case stays open",
        lambda timers: timers.second_ms,
    ),
    "grant": TimerRow(
        "a consent's end", "the end of a consent", "station", "the consent is dead, and whoever worked under it is "
        "told to stop", retimed=False,
    ),
    "reply": TimerRow(
        "T_REPLY", "a responder's answer", "station", "the outcome is no reply; the search goes on", _reply,
        retimed=False,
    ),
    "remind0": _REMINDER,
    "remind1": _REMINDER,
    "remind2": _REMINDER,
    "remind3": _REMINDER,
    "remind4": _REMINDER,
    "offer": TimerRow(
        "an offer's wait", "a decision on an offer, or the commitment that follows it", "coordinator",
        "the coordinator is paged again", _reply,
    ),
    "lapse": TimerRow(
        "a held offer's end", "the end of an offer that is held", "station", "the offer is withdrawn; the search "
        "goes on", retimed=False,
    ),
    "agreement": TimerRow(
        "an agreement's end", "the end of the agreed time", "coordinator", "the helper is released and its consents "
        "die with it", retimed=False,
    ),
    "return": TimerRow(
        "a helper's return", "the way home and the account", "station", "the request is settled without an account",
        lambda timers: timers.settle_ms, retimed=False,
    ),
}  # fmt: skip
"""Timer name, the part of its key before the colon, to its row."""

REMINDERS = ("remind0", "remind1", "remind2", "remind3", "remind4")
"""One timer for each reminder a pact may set."""
