"""``/events``: what happens, as it happens; a stream that ends when the station stops and resumes by journal number.

Law 4: an event says what was said and how it was judged, never more. A stream holds a few lines in memory, whatever
was said and however slowly it is read, and ends soon after whoever reads it may not any more.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter, SkipValidation
from litestar.response import Stream

from esos.case.model import Case, decode_case
from esos.errors import Busy, Unauthenticated
from esos.keys.identity import kid_of
from esos.station.narrow import seen_by
from esos.station.records import Glance
from esos.station.station import Station
from esos.web.api.common import SAFE_MAX, SIGNED_IN
from esos.web.auth import AnyRequest, Party, Way, find_party
from esos.web.csrf import Csrf
from esos.web.given import Me, Stopping, TheCsrf, TheSettings, TheStation
from esos.web.problems import problems
from esos.web.settings import WebSettings
from esos.web.sight import MAY_BE_HIDDEN, hidden_from, may_see, sees_all

HOLD_BACK_MS = 3_000
"""How long an entry waits for its verdict before the stream shows it without one."""
BATCH_ENTRIES = 100
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
    """The streams that are open: so many in all, so many of one party, and a share that only the watch may use."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._of: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """How many are open."""
        return self._of.total()

    def check(self, party: Party) -> None:
        """Raise ``Busy`` (``events.party_full``, ``events.full``) when there is no room for one more of this party."""
        limits = self._settings
        if self._of[party.name] >= limits.events_per_party_max:
            raise Busy(
                "events.party_full",
                f"You have {limits.events_per_party_max} streams open here, which is as many as there may be.",
                hint="Close some, or ask for the list instead.",
            )
        kept = 0 if sees_all(party) else limits.events_max_streams * limits.events_kept_percent // 100
        if self.open >= limits.events_max_streams - kept:
            raise Busy(
                "events.full", "Too many streams are open here.", hint="Close some, or ask for the list instead."
            )

    async def counted(self, party: Party, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same events, counted as a stream for as long as somebody reads them; none where others were faster."""
        try:
            self.check(party)
        except Busy:
            return
        self._of[party.name] += 1
        try:
            async for event in events:
                yield event
        finally:
            self._of[party.name] -= 1
            self._of += Counter()  # forgets whoever has none left


OpenStreams = NamedDependency[SkipValidation[Streams]]
AfterOrNow = Annotated[
    int | None, QueryParameter(ge=0, le=SAFE_MAX, description="Only what has a higher journal number.")
]
LastEventId = Annotated[
    str | None, HeaderParameter(name="Last-Event-ID", pattern="^[0-9]{1,18}$", description="Go on after this number.")
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
    request: AnyRequest,
    station: TheStation,
    settings: TheSettings,
    csrf: TheCsrf,
    stopping: Stopping,
    streams: OpenStreams,
    after: AfterOrNow = None,
    last_event_id: LastEventId = None,
) -> Stream:
    """Server-sent events, one a statement: all for officers and auditors, those of its cases for a member.

    Without ``Last-Event-ID`` or ``after`` the stream begins now. Its id is the journal number.
    """
    start = int(last_event_id) if last_event_id else after
    streams.check(me)
    watch = Watch(me, station, settings, stopping, partial(may_read, me, request, station, csrf))
    seq = start if start is not None else await station.journal.head()
    return Stream(
        streams.counted(me, watch.events(seq)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def may_read(party: Party, request: AnyRequest, station: Station, csrf: Csrf) -> bool:
    """Whether the party is still known here, and the token, session or key with which it came still good."""
    if not _is_known(party, station):
        return False
    if party.way is Way.PRESENTED:  # what it showed was for opening the stream, and runs out in minutes
        return True
    try:
        return await find_party(request, station, csrf) is not None
    except Unauthenticated:
        return False


def _is_known(party: Party, station: Station) -> bool:
    """Whether the register still knows the party, and its key where it showed one."""
    directory = station.directory
    if party.name.startswith(("visitor:", "stranger:")):
        return True
    if party.key and directory.speaker_of_key(kid_of(party.key), station.clock.now_ms()) is None:
        return False
    return party.name in directory.officers or party.name in directory.members or party.name == directory.station.party


class Watch:
    """One party's view of the journal as it grows. ``seq`` is how far it has been looked at.

    ``is_known`` says whether the party may still read; it is asked once a beat, however much happens.
    """

    def __init__(
        self,
        party: Party,
        station: Station,
        settings: WebSettings,
        stopping: asyncio.Event,
        is_known: Callable[[], Awaitable[bool]],
    ) -> None:
        self._party = party
        self._station = station
        self._settings = settings
        self._stopping = stopping
        self._is_known = is_known
        self._told_ms = self._asked_ms = station.clock.now_ms()
        self.seq = 0

    async def events(self, seq: int) -> AsyncIterator[bytes]:
        """Events after a journal number, until the station stops or the party is known no more."""
        self.seq = seq
        yield _RETRY
        while not self._stopping.is_set() and await self._may_go_on():
            entries = await self._settled(self.seq)
            for entry in await self._seen(entries):
                yield _event(entry)
            if entries:
                self.seq = entries[-1].seq
                self._told_ms = self._station.clock.now_ms()
            elif self._is_quiet():
                yield _BEAT
            else:
                await self._wait(self.seq)

    async def _may_go_on(self) -> bool:
        now_ms = self._station.clock.now_ms()
        if now_ms - self._asked_ms < self._settings.events_beat_ms:
            return True
        self._asked_ms = now_ms
        return await self._is_known()

    async def _settled(self, seq: int) -> list[Glance]:
        """What came after, up to the first that still waits for its verdict, but not for long."""
        entries = await self._station.journal.glance(after_seq=seq, limit=BATCH_ENTRIES)
        old_ms = self._station.clock.now_ms() - HOLD_BACK_MS
        for number, entry in enumerate(entries):
            waits = not entry.verdict and bool(entry.route)
            if waits and entry.at_ms > old_ms:
                return entries[:number]
        return entries

    async def _seen(self, entries: list[Glance]) -> list[Glance]:
        """Those that the party may see, by its view as it is now: it may have changed since the stream began."""
        self._station = seen_by(self._station, self._party.name)
        if sees_all(self._party) and self._station.whole is self._station:
            return entries
        cases: dict[bytes, Case | None] = {}
        ours = [entry for entry in entries if await self._is_ours(entry, cases)]
        return [entry for entry in ours if not await self._is_hidden(entry, cases)]

    async def _is_ours(self, entry: Glance, cases: dict[bytes, Case | None]) -> bool:
        if entry.case is None:
            return False
        if entry.case not in cases:
            record = await self._station.journal.case(entry.case)
            cases[entry.case] = decode_case(record.blob) if record and record.blob else None
        case = cases[entry.case]
        return case is not None and may_see(self._party, case)

    async def _is_hidden(self, entry: Glance, cases: dict[bytes, Case | None]) -> bool:
        """Whether it was written to others only; read whole just where that can be."""
        if entry.kind not in MAY_BE_HIDDEN:
            return False
        whole = await self._station.journal.entry(entry.id)
        case = cases.get(entry.case) if entry.case else None
        return whole is None or case is None or bool(hidden_from(self._party.speaker, [whole], case))

    def _is_quiet(self) -> bool:
        now_ms = self._station.clock.now_ms()
        if now_ms - self._told_ms < self._settings.events_beat_ms:
            return False
        self._told_ms = now_ms
        return True

    async def _wait(self, seq: int) -> None:
        """Until there is news, or the next look is due."""
        if await self._station.journal.head() > seq:
            await self._station.signal.wait(POLL_SECONDS)
            return
        await self._station.journal.wait_for_news(after_seq=seq, timeout_ms=self._settings.events_poll_ms)


def _event(entry: Glance) -> bytes:
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
