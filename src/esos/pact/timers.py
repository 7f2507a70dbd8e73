"""How long each thing may take: the timers of one urgency, with the defaults every pact starts from.

Law 5: every open state has a running timer. A duration of 0 ms means that the timer does not run;
for ``arm_ms`` it means that a call leaves without a countdown.
"""

import msgspec

from esos.words.urgency import Urgency

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
FASTEST_MS = 50
"""The shortest a drill makes any timer that runs."""
SITREPS_MISSED_IS_LOST = 2
"""After so many missed situation reports contact with a responder counts as lost."""


class Timers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The durations of one urgency, in ms; 0 means "does not run".

    Counted from: ``arm`` the caller's press of the button; ``ack``, ``wave_first_unacked`` the
    arrival; ``call_back``, ``wave_first_ack`` the acknowledgement; ``wave_interval`` the wave before;
    ``reply``, ``reply_reminders`` the request; ``commit``, ``scene`` the first request and the
    commitment; ``sitrep``, ``heart``, ``lease`` the last report, contact and action; ``stable``
    entering stabilised; ``review`` the suspension (or an advisory's last look); ``settle`` the end of
    the case; ``second`` asking a second officer.
    """

    arm_ms: int
    ack_ms: int
    call_back_ms: int
    wave_first_ack_ms: int
    wave_first_unacked_ms: int
    wave_interval_ms: int
    reply_ms: int
    reply_reminders_ms: tuple[int, ...]
    commit_ms: int
    scene_ms: int
    sitrep_ms: int
    heart_ms: int
    lease_ms: int
    stable_ms: int
    review_ms: int
    settle_ms: int
    second_ms: int

    @property
    def lost_ms(self) -> int:
        """T_LOST: two situation reports missed in a row; 0 where none are due."""
        return SITREPS_MISSED_IS_LOST * self.sitrep_ms

    def faster(self, factor: int) -> "Timers":
        """The same timers for a drill, ``factor`` times as fast, none that runs below ``FASTEST_MS``."""
        reminders = tuple(shorten(one, factor) for one in self.reply_reminders_ms)
        shortened = {name: shorten(getattr(self, name), factor) for name in SINGLE_TIMERS}
        return msgspec.structs.replace(self, reply_reminders_ms=reminders, **shortened)


SINGLE_TIMERS = tuple(name for name in Timers.__struct_fields__ if name != "reply_reminders_ms")
"""Names of the timers that are one duration; only the reminders are several."""


def shorten(duration_ms: int, factor: int) -> int:
    """A duration divided for a drill; what does not run (0) still does not run."""
    return max(FASTEST_MS, duration_ms // factor) if duration_ms else 0


DEFAULT_TIMERS: dict[Urgency, Timers] = {
    Urgency.MAYDAY: Timers(
        arm_ms=5 * SECOND_MS,
        ack_ms=5 * MINUTE_MS,
        call_back_ms=10 * MINUTE_MS,
        wave_first_ack_ms=60 * SECOND_MS,
        wave_first_unacked_ms=6 * MINUTE_MS,
        wave_interval_ms=3 * MINUTE_MS,
        reply_ms=15 * MINUTE_MS,
        reply_reminders_ms=(5 * MINUTE_MS, 10 * MINUTE_MS),
        commit_ms=30 * MINUTE_MS,
        scene_ms=2 * HOUR_MS,
        sitrep_ms=60 * MINUTE_MS,
        heart_ms=30 * MINUTE_MS,
        lease_ms=30 * MINUTE_MS,
        stable_ms=24 * HOUR_MS,
        review_ms=24 * HOUR_MS,
        settle_ms=45 * DAY_MS,
        second_ms=15 * MINUTE_MS,
    ),
    Urgency.PAN_PAN: Timers(
        arm_ms=5 * SECOND_MS,
        ack_ms=15 * MINUTE_MS,
        call_back_ms=30 * MINUTE_MS,
        wave_first_ack_ms=10 * MINUTE_MS,
        wave_first_unacked_ms=0,
        wave_interval_ms=30 * MINUTE_MS,
        reply_ms=2 * HOUR_MS,
        reply_reminders_ms=(),
        commit_ms=4 * HOUR_MS,
        scene_ms=12 * HOUR_MS,
        sitrep_ms=6 * HOUR_MS,
        heart_ms=4 * HOUR_MS,
        lease_ms=2 * HOUR_MS,
        stable_ms=24 * HOUR_MS,
        review_ms=72 * HOUR_MS,
        settle_ms=45 * DAY_MS,
        second_ms=HOUR_MS,
    ),
    Urgency.ADVISORY: Timers(
        arm_ms=0,
        ack_ms=4 * HOUR_MS,
        call_back_ms=0,
        wave_first_ack_ms=0,
        wave_first_unacked_ms=0,
        wave_interval_ms=0,
        reply_ms=0,
        reply_reminders_ms=(),
        commit_ms=0,
        scene_ms=0,
        sitrep_ms=0,
        heart_ms=0,
        lease_ms=0,
        stable_ms=0,
        review_ms=24 * HOUR_MS,
        settle_ms=7 * DAY_MS,
        second_ms=4 * HOUR_MS,
    ),
}
"""What every pact starts from; spec/pact.md has the table and its reasons."""
