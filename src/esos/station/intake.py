"""Intake: judge, commit, and only then answer (law 3). Nothing else is in this path."""

import msgspec

from esos.errors import Conflict, Unauthenticated
from esos.keys.speaker import Role
from esos.message.statement import Statement
from esos.station.admit import Judge, Judged
from esos.station.clocks import HeardClocks
from esos.station.directory import Directory
from esos.station.ports import Clock, Journal
from esos.station.records import Kept
from esos.station.strangers import Strangers


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What the station now has durably: the statement, its journal number, and whether it was new."""

    statement: Statement
    seq: int
    at_ms: int
    fresh: bool


class Intake:
    """The one way into the journal for everything that comes through a door."""

    def __init__(
        self, *, journal: Journal, judge: Judge, directory: Directory, clock: Clock, processes: int = 1
    ) -> None:
        self._journal = journal
        self._judge = judge
        self._directory = directory
        self._clock = clock
        self.strangers = Strangers(clock, processes)
        self.clocks = HeardClocks()
        """What members' clocks say of this one; nothing is refused by it."""

    async def take(self, raw: bytes, *, stranger_key: bytes = b"") -> Taken:
        """Take a signed statement from any door; durable on return.

        Raises what ``Judge.judge`` raises, ``Conflict`` (``call.sequence_reused``) where a packet's
        sequence was used for something else, and ``Busy`` where the store cannot take it now.
        """
        now_ms = self._clock.now_ms()
        try:
            judged = self._judge.judge(raw, now_ms=now_ms, stranger_key=stranger_key)
        except Unauthenticated:
            if not await self._directory.refresh(self._journal):
                raise
            judged = self._judge.judge(raw, now_ms=now_ms, stranger_key=stranger_key)
        return await self.keep(judged, now_ms=now_ms)

    async def take_verified(self, statement: Statement) -> Taken:
        """Take a packet whose signature its door has checked already."""
        now_ms = self._clock.now_ms()
        return await self.keep(self._judge.judge_verified(statement, now_ms=now_ms), now_ms=now_ms)

    async def keep(self, judged: Judged, *, now_ms: int) -> Taken:
        """Commit a judged statement; raises ``Busy`` (``stranger.busy``) while strangers are too many."""
        if Role.STRANGER in judged.speaker.roles:
            self.strangers.check(judged.statement)
        kept = (await self._journal.append([judged.admitted], now_ms=now_ms))[0]
        if kept.fresh:
            self.clocks.note(judged.speaker, time_ms=judged.statement.time_ms, at_ms=now_ms)
        return taken(judged.statement, kept)


def taken(statement: Statement, kept: Kept) -> Taken:
    """The station's answer for a kept statement."""
    if not kept.same:
        raise Conflict(
            "call.sequence_reused",
            "This sequence number of the call was used for something else.",
            hint="Use the next sequence number; if you did not send the other one, tell the station by telephone.",
        )
    return Taken(statement=statement, seq=kept.seq, at_ms=kept.at_ms, fresh=kept.fresh)
