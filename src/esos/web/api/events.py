"""``/events``: what happens, as it happens; a stream that ends when the station stops and resumes by journal number.

Law 4: an event says what was said and how it was judged, never more.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import Parameter, SkipValidation
from litestar.response import Stream

from esos.case.model import Case, decode_case
from esos.errors import Busy
from esos.station.ports import Entry
from esos.station.station import Station
from esos.web.api.common import SIGNED_IN
from esos.web.auth import Party
from esos.web.given import Me, Stopping, TheSettings, TheStation
from esos.web.problems import problems
from esos.web.settings import WebSettings
from esos.web.sight import hidden_from, may_see, sees_all

HOLD_BACK_MS = 3_000
"""How long an entry waits for its verdict before the stream shows it without one."""
BATCH_ENTRIES = 500
POLL_SECONDS = 0.05
_RETRY = b"retry: 2000\n\n"
_BEAT = b": still here\n\n"


class StatementEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One statement in journal order; ``case`` is empty where it concerns none."""

    seq: int
    case: str
    kind: str
    at_ms: int
    verdict: str


class Streams:
    """How many streams are open, against a limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.open = 0

    def check(self) -> None:
        """Raise ``Busy`` (``events.full``) when there is no room for one more."""
        if self.open >= self._most:
            raise Busy(
                "events.full", "Too many streams are open here.", hint="Close some, or ask for the list instead."
            )

    async def counted(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same events, counted as a stream for as long as somebody reads them."""
        self.open += 1
        try:
            async for event in events:
                yield event
        finally:
            self.open -= 1


OpenStreams = NamedDependency[SkipValidation[Streams]]
AfterOrNow = Annotated[int | None, Parameter(ge=0, le=2**62, description="Only what has a higher journal number.")]
LastEventId = Annotated[
    str | None, Parameter(header="Last-Event-ID", pattern="^[0-9]{1,18}$", description="Go on after this number.")
]


@get(
    "/events",
    summary="A stream of what happens",
    security=SIGNED_IN,
    responses=problems(401, 403),
    media_type="text/event-stream",
    tags=["events"],
)
async def get_events(
    me: Me,
    station: TheStation,
    settings: TheSettings,
    stopping: Stopping,
    streams: OpenStreams,
    after: AfterOrNow = None,
    last_event_id: LastEventId = None,
) -> Stream:
    """Server-sent events, one a statement: all for officers and auditors, those of its cases for a member.

    Without ``Last-Event-ID`` or ``after`` the stream begins now. Its id is the journal number.
    """
    start = int(last_event_id) if last_event_id else after
    watch = Watch(me, station, settings, stopping)
    streams.check()
    seq = start if start is not None else await station.journal.head()
    return Stream(
        streams.counted(watch.events(seq)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class Watch:
    """One party's view of the journal as it grows. ``seq`` is how far it has been looked at."""

    def __init__(self, party: Party, station: Station, settings: WebSettings, stopping: asyncio.Event) -> None:
        self._party = party
        self._station = station
        self._settings = settings
        self._stopping = stopping
        self._told_ms = station.clock.now_ms()
        self.seq = 0

    async def events(self, seq: int) -> AsyncIterator[bytes]:
        """Events after a journal number, until the station stops or the party is known no more."""
        self.seq = seq
        yield _RETRY
        while not self._stopping.is_set():
            entries = await self._settled(self.seq)
            for entry in await self._seen(entries):
                yield _event(entry)
            if entries:
                self.seq = entries[-1].seq
                self._told_ms = self._station.clock.now_ms()
            elif self._is_quiet():
                if not self._is_known():
                    return
                yield _BEAT
            else:
                await self._wait(self.seq)

    async def _settled(self, seq: int) -> list[Entry]:
        """What came after, up to the first that still waits for its verdict, but not for long."""
        entries = await self._station.journal.read(after_seq=seq, limit=BATCH_ENTRIES)
        old_ms = self._station.clock.now_ms() - HOLD_BACK_MS
        for number, entry in enumerate(entries):
            waits = not entry.verdict and bool(entry.route)
            if waits and entry.at_ms > old_ms:
                return entries[:number]
        return entries

    async def _seen(self, entries: list[Entry]) -> list[Entry]:
        if sees_all(self._party):
            return entries
        hidden = hidden_from(self._party.speaker, entries)
        cases: dict[bytes, Case | None] = {}
        return [entry for entry in entries if entry.id not in hidden and await self._is_ours(entry, cases)]

    async def _is_ours(self, entry: Entry, cases: dict[bytes, Case | None]) -> bool:
        if entry.case is None:
            return False
        if entry.case not in cases:
            record = await self._station.journal.case(entry.case)
            cases[entry.case] = decode_case(record.blob) if record and record.blob else None
        case = cases[entry.case]
        return case is not None and may_see(self._party, case)

    def _is_quiet(self) -> bool:
        now_ms = self._station.clock.now_ms()
        if now_ms - self._told_ms < self._settings.events_beat_ms:
            return False
        self._told_ms = now_ms
        return True

    def _is_known(self) -> bool:
        """Whether the register still knows the party: a removed officer's stream ends within a beat."""
        party, directory = self._party.name, self._station.directory
        is_ours = party in directory.officers or party in directory.members or party == directory.station.party
        return is_ours or party.startswith(("visitor:", "stranger:"))

    async def _wait(self, seq: int) -> None:
        """Until there is news, or the next look is due."""
        if await self._station.journal.head() > seq:
            await self._station.signal.wait(POLL_SECONDS)
            return
        await self._station.journal.wait_for_news(after_seq=seq, timeout_ms=self._settings.events_poll_ms)


def _event(entry: Entry) -> bytes:
    data = msgspec.json.encode(
        StatementEvent(
            seq=entry.seq,
            case=entry.case.hex() if entry.case else "",
            kind=entry.kind,
            at_ms=entry.at_ms,
            verdict=entry.verdict,
        )
    )
    return b"id: %d\nevent: statement\ndata: %s\n\n" % (entry.seq, data)


HANDLERS = [get_events]
