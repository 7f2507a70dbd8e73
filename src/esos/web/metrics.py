"""``/metrics`` for Prometheus: what waits, how long, and what the doors took and dropped, each time it is asked."""

from collections.abc import Callable, Mapping

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

from esos.station.station import Station
from esos.web.api.events import OpenStreams

LIST_MAX = 100_000
FRESH_MS = 1_000
"""How old figures may be: whoever asks more often gets the same ones."""
Counters = Callable[[], Mapping[str, int]]


class Metrics:
    """One station's figures in a registry of their own.

    ``counters`` gives the datagram door's, by reason; ``connections`` those at the HTTP door, by what
    became of them.
    """

    def __init__(self, station: Station, counters: Counters, connections: Counters, slot: int = 0) -> None:
        self._station = station
        self._counters = counters
        self._connections = connections
        self.registry = CollectorRegistry()
        self._made_ms, self._made = 0, b""
        says = "1 for the process that answers: its slot among those of the station, from 0"
        Gauge("esos_process", says, ["slot"], registry=self.registry).labels(slot=str(slot)).set(1)
        self._folds = self._gauge("esos_process_folds", "1 while this process is the one that folds")
        self._writable = self._gauge("esos_journal_writable", "1 while the journal takes a write, 0 while it cannot")
        self._head = self._gauge("esos_journal_head", "Highest journal number")
        self._inbox = self._gauge("esos_inbox_oldest_seconds", "Age of the oldest statement that is not folded yet")
        self._aside = self._gauge("esos_entries_set_aside", "Statements that could not be folded: look at each")
        self._overdue = self._gauge("esos_timer_overdue_seconds", "By how much the first timer due is late")
        self._open = self._gauge("esos_cases_open", "Open cases")
        self._unheld = self._gauge("esos_cases_without_officer", "Open cases of which no person has charge")
        self._waiting = self._gauge("esos_parcels_waiting", "Pages and other effects not handed over yet")
        self._given_up = self._gauge("esos_parcels_given_up", "Pages and other effects that failed for good")
        self._leaves = self._gauge("esos_log_leaves", "Leaves in the public log")
        self._members = self._gauge("esos_members", "Registered members")
        self._streams = self._gauge("esos_event_streams_open", "Open streams of events")
        says = "Datagrams at the door, by what became of them"
        self._door = Gauge("esos_door_datagrams", says, ["what"], registry=self.registry)
        says = "Connections at the HTTP door: open; since the start refused, dropped for others, too slow"
        self._crowd = Gauge("esos_http_connections", says, ["what"], registry=self.registry)
        self.answers = Counter("esos_http_answers", "Answers by status", ["status"], registry=self.registry)

    def _gauge(self, name: str, says: str) -> Gauge:
        return Gauge(name, says, registry=self.registry)

    async def text(self, *, streams_open: int) -> bytes:
        """The figures now, in the Prometheus text form; those of the last second where somebody asked then."""
        now_ms = self._station.clock.now_ms()
        if not 0 <= now_ms - self._made_ms < FRESH_MS:
            self._made_ms, self._made = now_ms, await self._figures(now_ms, streams_open)
        return self._made

    async def _figures(self, now_ms: int, streams_open: int) -> bytes:
        journal = self._station.journal
        self._writable.set(0 if await self._station.trouble() else 1)
        oldest_ms = await journal.oldest_inbox_ms()
        cases = await journal.cases(only_open=True, limit=LIST_MAX)
        size, _ = await journal.checkpoint()
        self._head.set(await journal.head())
        self._folds.set(self._station.folder.lease.is_held(now_ms=now_ms))
        self._inbox.set(max(0, now_ms - oldest_ms) / 1000 if oldest_ms is not None else 0)
        self._aside.set(await journal.set_aside_count())
        due_ms = await journal.earliest_due_ms()
        self._overdue.set(max(0, now_ms - due_ms) / 1000 if due_ms is not None else 0)
        self._open.set(len(cases))
        self._unheld.set(sum(not case.holder for case in cases))
        self._waiting.set(len(await journal.parcels(state="waiting", limit=LIST_MAX)))
        self._given_up.set(len(await journal.parcels(state="given_up", limit=LIST_MAX)))
        self._leaves.set(size)
        self._members.set(len(self._station.directory.members))
        self._streams.set(streams_open)
        for what, count in self._counters().items():
            self._door.labels(what=what).set(count)
        for what, count in self._connections().items():
            self._crowd.labels(what=what).set(count)
        return generate_latest(self.registry)


Figures = NamedDependency[SkipValidation[Metrics]]


@get("/metrics", summary="Figures for Prometheus", media_type="text/plain", tags=["health"])
async def get_metrics(figures: Figures, streams: OpenStreams) -> Response[bytes]:
    """Counts only: no name, no id, no word of a caller."""
    return Response(await figures.text(streams_open=streams.open), media_type=CONTENT_TYPE_LATEST)


HANDLERS = [get_metrics]
