"""Intake: judge, commit, and only then answer (law 3). Nothing else is in this path."""

from collections.abc import Sequence

import msgspec

from esos.errors import Conflict, EsosError, Unauthenticated
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

    async def take_verified(self, statements: Sequence[Statement]) -> list[Taken | EsosError]:
        """Take packets whose signatures their door has checked already: what each came to, in order.

        They are one batch for the journal, which is what lets a flood of calls in. Raises ``Busy`` for all of
        them where the store cannot take them now.
        """
        now_ms = self._clock.now_ms()
        judged = [self._judged(statement, now_ms) for statement in statements]
        admitted = [one.admitted for one in judged if isinstance(one, Judged)]
        kept = iter(await self._journal.append(admitted, now_ms=now_ms) if admitted else ())
        return [one if isinstance(one, EsosError) else self._taken(one, next(kept), now_ms) for one in judged]

    def _judged(self, statement: Statement, now_ms: int) -> Judged | EsosError:
        try:
            return self._judge.judge_verified(statement, now_ms=now_ms)
        except EsosError as refusal:
            return refusal

    def _taken(self, judged: Judged, kept: Kept, now_ms: int) -> Taken | Conflict:
        try:
            return self._note(judged, kept, now_ms)
        except Conflict as refusal:
            return refusal

    async def keep(self, judged: Judged, *, now_ms: int) -> Taken:
        """Commit a judged statement; raises ``Busy`` (``stranger.busy``) while strangers are too many."""
        if Role.STRANGER in judged.speaker.roles:
            self.strangers.check(judged.statement)
        kept = (await self._journal.append([judged.admitted], now_ms=now_ms))[0]
        return self._note(judged, kept, now_ms)

    def _note(self, judged: Judged, kept: Kept, now_ms: int) -> Taken:
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
