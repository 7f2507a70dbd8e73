"""When each registered beacon was last heard: in memory as it comes, and in the store about once a minute.

Nothing of this stands in the way of a call, and none of it is a statement: a heartbeat alone says no more than
that a program runs. Between processes of one station it goes under one name of the store.
"""

from collections.abc import Callable, Iterable

import msgspec
import structlog

from esos.station.directory import Directory
from esos.station.ports import Clock, Journal
from esos.station.view_parts import View
from esos.words.language import say

HEARD_FACT = "heartbeats"
HEARD_MAX_COUNT = 20_000
"""How many beacons are remembered: those heard last."""
EXCHANGE_MS = 60_000
"""How often what was heard is written to the store, and read from other processes."""
SILENT_MS = 600_000
"""After so long without a heartbeat a beacon is shown as silent: twice the longest interval, and room for a loss."""
CLOCK_WRONG_MS = 300_000
"""By how much a beacon's clock may differ before people are told; nothing is refused for it."""
_log = structlog.get_logger("esos.heartbeats")


class Heartbeat(msgspec.Struct, frozen=True, array_like=True):
    """The last heartbeat of one key: when it came, whether it says that our answers arrive, its clock, its home list.

    ``said_ms`` 0: it told no time. ``home_list`` is the list's digest.
    """

    at_ms: int
    hears_us: bool = False
    said_ms: int = 0
    home_list: bytes = b""


class BeaconView(View, kw_only=True):
    """One beacon as officers see it: ``heard_ms`` 0 where it was never heard."""

    kid: str
    heard_ms: int
    is_silent: bool
    hears_us: bool
    sentence: str


class Heartbeats:
    """Every beacon that was heard, by kid. ``note`` is called for each heartbeat and only writes to memory."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._heard: dict[bytes, Heartbeat] = {}
        self._next_ms = 0
        self.noted: Callable[[bytes], None] = lambda kid: None  # noqa: ARG005
        """Told of every heartbeat, for whoever waits for one to return."""

    def note(self, kid: bytes, heartbeat: Heartbeat) -> None:
        """A heartbeat came in, with a signature that holds."""
        self._heard.pop(kid, None)
        self._heard[kid] = heartbeat
        if len(self._heard) > HEARD_MAX_COUNT:
            self._heard.pop(next(iter(self._heard)))
        self.noted(kid)

    def last(self, kids: Iterable[bytes]) -> Heartbeat | None:
        """The newest heartbeat of any of these keys."""
        found = [self._heard[kid] for kid in kids if kid in self._heard]
        return max(found, key=lambda one: one.at_ms, default=None)

    def counts(self, live: Iterable[bytes]) -> tuple[int, int]:
        """How many of these keys are heard now, and how many were heard once and are silent."""
        now_ms = self._clock.now_ms()
        found = [now_ms - self._heard[kid].at_ms < SILENT_MS for kid in live if kid in self._heard]
        return sum(found), len(found) - sum(found)

    def view(self, kid: bytes) -> BeaconView:
        """One beacon in words."""
        heard, now_ms = self._heard.get(kid), self._clock.now_ms()
        is_silent = heard is not None and now_ms - heard.at_ms >= SILENT_MS
        return BeaconView(
            kid=kid.hex(),
            heard_ms=heard.at_ms if heard else 0,
            is_silent=is_silent,
            hears_us=heard is not None and heard.hears_us and not is_silent,
            sentence=_sentence(heard, is_silent=is_silent),
        )

    async def exchange(self) -> int:
        """Write what was heard here and learn what was heard elsewhere, at most once a minute; how many were new.

        Of two processes that write at once one is overwritten; it writes again at its next turn.
        """
        now_ms = self._clock.now_ms()
        if 0 <= self._next_ms - now_ms <= EXCHANGE_MS:
            return 0
        self._next_ms = now_ms + EXCHANGE_MS
        shared = _read(await self._journal.fact(HEARD_FACT))
        news = [kid for kid, one in shared.items() if _is_newer(one, self._heard.get(kid))]
        merged = {**self._heard, **{kid: shared[kid] for kid in news}}
        ordered = sorted(merged.items(), key=lambda pair: pair[1].at_ms)[-HEARD_MAX_COUNT:]
        self._heard = dict(ordered)
        if any(_is_newer(one, shared.get(kid)) for kid, one in ordered):
            await self._journal.set_fact(HEARD_FACT, msgspec.msgpack.encode(self._heard))
        return len(news)


def beacons_of(heartbeats: Heartbeats, directory: Directory, member: str) -> list[BeaconView]:
    """The beacons of one member: each of its keys that was heard, or where none was, its keys as never heard."""
    views = [heartbeats.view(kid) for kid in directory.keys_of(member)]
    return [view for view in views if view.heard_ms] or views[:1]


def _is_newer(one: Heartbeat, other: Heartbeat | None) -> bool:
    return other is None or one.at_ms > other.at_ms


def _read(written: bytes | None) -> dict[bytes, Heartbeat]:
    try:
        return msgspec.msgpack.decode(written, type=dict[bytes, Heartbeat]) if written else {}
    except msgspec.DecodeError:
        _log.warning("heartbeats_unreadable")
        return {}


def _sentence(heard: Heartbeat | None, *, is_silent: bool) -> str:
    if heard is None:
        return say("No heartbeat of this key was ever heard here.")
    if is_silent:
        return say("Its heartbeats have stopped. That alone is no call: its program may simply not run.")
    if heard.said_ms and abs(heard.at_ms - heard.said_ms) > CLOCK_WRONG_MS:
        return say("It is heard. Its clock is wrong; its calls are heard all the same.")
    if not heard.hears_us:
        return say("It is heard, and does not say yet that our answers arrive.")
    return say("It is heard, and it hears us.")
