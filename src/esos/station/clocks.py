"""Whether this station's clock can be believed: by the kernel's word, and by the many clocks that speak to it.

A judgement for people only. Nothing a caller sends is refused, reordered or timed by it (law 2).
"""

from collections.abc import Iterable
from statistics import median
from typing import Literal, NamedTuple

from esos.keys.speaker import Role, Speaker
from esos.station.view_parts import View
from esos.words.language import later, say

CLOCK_WRONG_MS = 30_000
"""By how much the median of others' clocks may differ from this one before people are told."""
KERNEL_ERROR_MAX_MS = 5_000
"""How far off a synchronised clock may be by the kernel's own estimate."""
HEARD_MIN_COUNT = 5
"""How many members' clocks must have been heard before they say anything about this one."""
HEARD_MAX_COUNT = 500
HEARD_FOR_MS = 3_600_000
"""How long what a member's clock said is counted."""


class KernelWord(NamedTuple):
    """What the machine says of its clock: ``error_ms`` is its own estimate; ``unknown`` where it cannot be asked."""

    state: Literal["synchronised", "not", "unknown"] = "unknown"
    error_ms: int = 0


class ClockView(View, kw_only=True):
    """What is known of the clock: ``ahead_ms`` is how far it is ahead of ``heard`` members' clocks, if enough spoke.

    ``is_wrong``: people must look; ``sentence`` says what to believe and what to do.
    """

    is_wrong: bool
    sentence: str
    kernel: str
    error_ms: int
    heard: int
    ahead_ms: int


class _Heard(NamedTuple):
    """One member's clock: the least that this one was ahead of it, and when that was heard."""

    ahead_ms: int
    at_ms: int


class HeardClocks:
    """The clocks of the members who spoke lately, each by what it says itself, signed with its own key.

    What comes late shows this clock ahead, never behind; so of one member the least counts.
    """

    def __init__(self) -> None:
        self._heard: dict[str, _Heard] = {}

    def note(self, speaker: Speaker, *, time_ms: int, at_ms: int) -> None:
        """Something was said at ``time_ms`` by its author's clock and had here at ``at_ms``; 0 is no time at all."""
        if not time_ms or Role.MEMBER not in speaker.roles or not speaker.has_own_key:
            return
        now = _Heard(at_ms - time_ms, at_ms)
        before = self._heard.pop(speaker.party, None)
        is_kept = before is not None and before.ahead_ms <= now.ahead_ms and self._is_recent(before, at_ms)
        if before is not None and is_kept:
            now = before
        self._heard[speaker.party] = now
        if len(self._heard) > HEARD_MAX_COUNT:
            self._heard.pop(next(iter(self._heard)))

    def ahead_of_each_ms(self, *, now_ms: int) -> list[int]:
        """By how much this clock was ahead of each member's that was heard lately; below 0: behind it."""
        return [one.ahead_ms for one in self._heard.values() if self._is_recent(one, now_ms)]

    @staticmethod
    def _is_recent(one: _Heard, now_ms: int) -> bool:
        return abs(now_ms - one.at_ms) < HEARD_FOR_MS


def judge_clock(kernel: KernelWord, ahead_of_each_ms: Iterable[int]) -> ClockView:
    """What to tell people about the clock. Many who agree are believed before the kernel."""
    heard = list(ahead_of_each_ms)
    ahead_ms = round(median(heard)) if len(heard) >= HEARD_MIN_COUNT else 0
    is_wrong, sentence = _told(kernel, ahead_ms, len(heard))
    return ClockView(
        is_wrong=is_wrong,
        sentence=sentence,
        kernel=kernel.state,
        error_ms=kernel.error_ms,
        heard=len(heard),
        ahead_ms=ahead_ms,
    )


_AHEAD = later("This clock is {seconds} seconds ahead of those of the {members} members heard last: correct it.")
_BEHIND = later("This clock is {seconds} seconds behind those of the {members} members heard last: correct it.")


def _told(kernel: KernelWord, ahead_ms: int, heard: int) -> tuple[bool, str]:
    if abs(ahead_ms) > CLOCK_WRONG_MS:
        return True, say(_AHEAD if ahead_ms > 0 else _BEHIND, seconds=abs(ahead_ms) // 1000, members=heard)
    if kernel.state == "not":
        return False, say("The kernel says that nobody keeps this clock in time: start a time service such as chrony.")
    if kernel.error_ms > KERNEL_ERROR_MAX_MS:
        return (
            True,
            say("The kernel thinks that this clock may be {seconds} seconds off.", seconds=kernel.error_ms // 1000),
        )
    if kernel.state == "unknown":
        return False, say("It cannot be asked here whether somebody keeps this clock in time.")
    return False, say("The clock is kept in time.")
