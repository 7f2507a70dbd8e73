"""What a beacon knows of each station from its heartbeats: whether it is heard, since when, and how far it is.

Law 4: that a station hears a beacon is a machine's word, and nothing here says more than that.
"""

from collections.abc import Sequence

import msgspec

from esos.beacon.schedule import HEARTBEAT_MAX_MS, HEARTBEAT_MIN_MS, JITTER_SHARE, RTT_CEILING_MS
from esos.errors import Malformed

COPY_TIMES_MS = (0, 2_000, 5_000)
"""When the copies of one heartbeat leave while nothing answers: one loss is not yet a silence."""
ANSWER_WAIT_MS = 8_000
"""How long the answer to one heartbeat is waited for, counted from its first copy."""
RTT_KEPT_MS = 86_400_000
"""How long a measured round trip is believed; an older one counts as none."""
RTT_OLD_SHARE = 7
"""So many eighths of the old estimate stay when a new round trip is measured (RFC 6298, section 2.3)."""
MISSED_MEANS_SILENT = 2
"""So many heartbeats in a row without an answer: the station does not hear this beacon, or cannot answer."""
STATIONS_WANTED = 3
"""A home list shorter than this depends on too few."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One answered heartbeat: the station's clock, and the round trip in ms, None where copies make it unsure."""

    station_ms: int
    rtt_ms: int | None = None


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """One station as heartbeats show it. Times are the beacon's own clock in ms, 0 for never.

    ``rtt_ms`` is smoothed; ``missed`` counts heartbeats in a row without an answer, the first of them at
    ``silent_since_ms``. ``home_list`` is the digest of the home list this station was told of.
    """

    rtt_ms: int | None = None
    rtt_at_ms: int = 0
    heard_ms: int = 0
    missed: int = 0
    silent_since_ms: int = 0
    home_list: bytes = b""

    @property
    def hears_us(self) -> bool:
        """Whether the last heartbeats were answered: it is what the "I hear you" bit says back."""
        return self.heard_ms > 0 and self.missed == 0

    @property
    def is_silent(self) -> bool:
        """Whether so many went unanswered that a person should know."""
        return self.missed >= MISSED_MEANS_SILENT or (self.missed > 0 and self.heard_ms == 0)


def answered(pulse: Pulse, beat: Beat, now_ms: int) -> Pulse:
    """After an answer; an unsure round trip leaves the estimate as it was (Karn's rule)."""
    rtt_ms, at_ms = pulse.rtt_ms, pulse.rtt_at_ms
    if beat.rtt_ms is not None:
        rtt_ms, at_ms = smoothed(known_rtt_ms(pulse, now_ms), beat.rtt_ms), now_ms
    return msgspec.structs.replace(pulse, rtt_ms=rtt_ms, rtt_at_ms=at_ms, heard_ms=now_ms, missed=0, silent_since_ms=0)


def unanswered(pulse: Pulse, now_ms: int) -> Pulse:
    """After a heartbeat that nothing answered."""
    return msgspec.structs.replace(pulse, missed=pulse.missed + 1, silent_since_ms=pulse.silent_since_ms or now_ms)


def smoothed(before_ms: int | None, rtt_ms: int) -> int:
    """The new estimate, in ms; the first measurement stands as it is."""
    measured_ms = max(1, min(rtt_ms, RTT_CEILING_MS))
    if before_ms is None:
        return measured_ms
    return (RTT_OLD_SHARE * before_ms + measured_ms + RTT_OLD_SHARE // 2) // (RTT_OLD_SHARE + 1)


def known_rtt_ms(pulse: Pulse, now_ms: int) -> int | None:
    """The estimate while it is fresh; None where there is none, or by a clock that was set back or far ahead."""
    is_fresh = 0 <= now_ms - pulse.rtt_at_ms < RTT_KEPT_MS
    return pulse.rtt_ms if is_fresh else None


def next_beat_ms(every_ms: int, jitter: float) -> int:
    """How long until the next heartbeat, in ms: varied by a fifth, and never outside 15 to 240 s.

    ``jitter`` lies in [-1, 1]. Raises ``Malformed`` (``beacon.interval``).
    """
    if not HEARTBEAT_MIN_MS <= every_ms <= HEARTBEAT_MAX_MS:
        raise Malformed(
            "beacon.interval",
            f"Heartbeats are sent every {HEARTBEAT_MIN_MS // 1000} to {HEARTBEAT_MAX_MS // 1000} seconds.",
        )
    varied_ms = round(every_ms * (1 + JITTER_SHARE * max(-1.0, min(1.0, jitter))))
    return max(HEARTBEAT_MIN_MS, min(HEARTBEAT_MAX_MS, varied_ms))


def is_key_due(key_epoch: int, station_epoch: int | None, pulse: Pulse) -> bool:
    """Whether to ask for a new sealing key: a new epoch has begun by the station's own clock, or it is silent.

    A key opens at once in its own epoch and in the next one, so that the renewal comes a whole epoch before
    the key goes to the slower door. The beacon's own clock decides nothing: it may be wrong.
    """
    if station_epoch is not None and station_epoch > key_epoch:
        return True
    return pulse.is_silent


def short_list_words(count: int) -> str:
    """What to say of a home list that is too short; empty where it is long enough."""
    if count >= STATIONS_WANTED:
        return ""
    named = {0: "No station is", 1: "Only one station is", 2: "Only two stations are"}[count]
    return f"{named} on your home list. Keep at least three: a call is heard where one of them is."


def order_of(kids: Sequence[bytes]) -> tuple[bytes, ...]:
    """An ordered home list without repetitions."""
    return tuple(dict.fromkeys(kids))
