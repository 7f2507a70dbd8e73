"""When to send the next copy of a call, and when to answer it: simple repetition until somebody answers.

Under loss only more copies, answers, stations or carriers help (brief 3). The law kept here is the
budget: at most 110 packets and 32 KB (40 KB on IPv6) to one station in any minute, whatever the dice.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

BURST_COPIES = 5
BURST_GAP_MS = 100
RTT_FLOOR_MS = 250
RTT_CEILING_MS = 30_000
RTT_UNKNOWN_MS = 1_000
"""Spacing after the burst while no heartbeat has measured the round trip (RFC 8085, section 3.1.1)."""
QUIET_GAP_MS = 3_000
"""One packet in 3 s, as RFC 8085 allows without any answer: ``--quiet``."""
SLOW_GAP_MS = 5_000
"""Once one station has it: go on slowly, until two have or a person acknowledged."""
PART_GAP_MS = 1_000
"""Between copies of a packet that carries more of a call that a station has."""
JITTER_SHARE = 0.2
STATION_OFFSET_MS = 30
PACKETS_PER_MINUTE_MAX = 110
BYTES_PER_MINUTE_MAX = 32_000
BYTES_PER_MINUTE_MAX_V6 = 40_000
ACK_TIMES_MS: Final = (0, 100, 300, 2_000)
"""When the answers to one arrived copy leave, counted from the commit."""
ACK_MERGE_MS = 20
"""Answers to copies of one packet that would leave closer together than this are sent once."""
ACK_UNTIL_MS = 120_000
"""How long a station remembers where to answer, counted from the last copy."""
HEARTBEAT_MS = 30_000
HEARTBEAT_MIN_MS = 15_000
HEARTBEAT_MAX_MS = 240_000


class Pace(StrEnum):
    """How hard to try: ``FULL`` until an answer, ``QUIET`` where asked for, ``SLOW`` after the first answer.

    ``PART`` for what follows a call that a station has: parts of a report.
    """

    FULL = "full"
    QUIET = "quiet"
    SLOW = "slow"
    PART = "part"


class _Phase(NamedTuple):
    """Until so many ms after the first copy, leave this much between copies."""

    until_ms: float
    gap_ms: int


_Address = TypeVar("_Address")
_FOR_EVER: Final = float("inf")
_PHASES: Final = (
    _Phase(5_000, RTT_FLOOR_MS),
    _Phase(15_000, 500),
    _Phase(60_000, 1_000),
    _Phase(600_000, 5_000),
    _Phase(_FOR_EVER, 30_000),
)
_WITHIN_RTT_MS: Final = 60_000
_LEAST_GAP_MS: Final = {Pace.FULL: 0, Pace.PART: PART_GAP_MS, Pace.QUIET: QUIET_GAP_MS, Pace.SLOW: SLOW_GAP_MS}
CARRIER_START_MS: Final = {
    "udp": 0,
    "dns": 2_000,
    "quic": 3_000,
    "https": 5_000,
    "mesh": 10_000,
    "sms": 10_000,
    "smtp": 15_000,
}
"""When each carrier joins, counted from the press of the button, unless somebody has answered before."""
HTTPS_GAP_MS = 5_000
SMTP_GAPS_MS: Final = (30_000, 60_000, 120_000, 300_000)
"""Between one mail and the next by the same way, the last for ever: those who greylist take the second or third."""
GATEWAY_GAPS_MS: Final = {
    "mesh": (15_000, 30_000, 60_000, 120_000, 300_000),
    "sms": (30_000, 60_000, 120_000, 300_000),
}
"""Between one text message or mesh packet with the same packet and the next, the last for ever: a message costs money,
and a radio that is heard by everybody may send for a small share of the time only."""
DNS_ANSWER_MS = 5_000
"""How long one question waits for its answer; meanwhile further ones are asked elsewhere."""


def next_send_ms(elapsed_ms: int, sends: int, rtt_ms: int | None, jitter: float, *, pace: Pace = Pace.FULL) -> int:
    """How long to wait, in ms, before the next copy to one station.

    ``elapsed_ms`` counts from the first copy, ``sends`` the copies made so far, ``rtt_ms`` is the
    heartbeat's estimate or None, ``jitter`` lies in [-1, 1]. Outside ``FULL`` jitter only lengthens.
    """
    if sends == 0:
        return 0
    gap_ms = max(_gap_ms(elapsed_ms, sends, rtt_ms, pace), _LEAST_GAP_MS[pace])
    share = jitter if pace is Pace.FULL else abs(jitter)
    return round(gap_ms * (1 + JITTER_SHARE * max(-1.0, min(1.0, share))))


def next_question_ms(elapsed_ms: int, questions: int, jitter: float, *, pace: Pace = Pace.FULL) -> int:
    """How long to wait, in ms, before the next DNS question for one station: as copies, without their burst."""
    if questions == 0:
        return 0
    return next_send_ms(elapsed_ms, BURST_COPIES + questions, None, jitter, pace=pace)


def start_offset_ms(station_index: int) -> int:
    """When the first copy to the n-th station of the home list leaves, so that bursts do not collide."""
    return STATION_OFFSET_MS * station_index


def alternate(addresses: Sequence[_Address], sends: int) -> _Address:
    """The address for the next copy: IPv4, IPv6 and ports in turn."""
    return addresses[sends % len(addresses)]


def ack_times_ms(jitters: Sequence[float]) -> tuple[int, ...]:
    """When the four answers to one copy leave, in ms after the commit; four jitters in [-1, 1]."""
    return tuple(
        round(time_ms * (1 + JITTER_SHARE * jitter)) for time_ms, jitter in zip(ACK_TIMES_MS, jitters, strict=True)
    )


def chance_of_answer(*, loss: float, sends: int, acks: int = len(ACK_TIMES_MS), stations: int = 1) -> float:
    """P = 1 - (1 - (1-p)(1-p^k))^(n*s): the chance that a caller hears an answer (brief 3), for independent loss."""
    one = (1 - loss) * (1 - loss**acks)
    return 1 - (1 - one) ** (sends * stations)


def _gap_ms(elapsed_ms: int, sends: int, rtt_ms: int | None, pace: Pace) -> int:
    if sends < BURST_COPIES and pace is Pace.FULL:
        return BURST_GAP_MS
    gap_ms = next(phase.gap_ms for phase in _PHASES if elapsed_ms < phase.until_ms)
    if elapsed_ms >= _WITHIN_RTT_MS:
        return gap_ms
    return max(gap_ms, RTT_UNKNOWN_MS if rtt_ms is None else min(rtt_ms, RTT_CEILING_MS))
