"""``/metrics`` for Prometheus: what waits, how long, and what the doors took and dropped, each time it is asked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from esos import __version__
from esos.errors import Busy
from esos.station.rostering import on_watch
from esos.station.station import Station
from esos.web.api.events import OpenStreams
from esos.web.figures import FIGURES, Figure, Labelled, Seen, StoreSeen
from esos.web.gate import Gate
from esos.web.pressure import Gauges
from esos.web.probe import PROBE_SECONDS, Probe

FRESH_MS = 1_000
"""How old figures may be: whoever asks more often gets the same ones."""
Counters = Callable[[], Mapping[str, int]]
TakePacket = Callable[[bytes, str], Awaitable[bytes]]


class Doors:
    """Where the doors' own figures are read: datagrams and connections by what became of them, and free disk space.

    ``strangers`` are the datagrams at the strangers' door, ``strangers_shut`` whether that is shut although it
    should be open. ``busy_percent`` is how much of the HTTP door is taken by who is being served, ``slot`` this
    process's place among those of the station. ``packets`` takes a call packet that a gateway brought, and which
    carrier that was (empty: not said), and gives its acknowledgement, empty where nothing can be said yet; None where
    this process has no such door.
    """

    def __init__(
        self,
        *,
        datagrams: Counters = dict,
        strangers: Counters = dict,
        strangers_shut: Callable[[], bool] = bool,
        connections: Counters = dict,
        busy_percent: Callable[[], int] = int,
        disk_free_bytes: Callable[[], int | None] = lambda: None,
        slot: int = 0,
        packets: TakePacket | None = None,
    ) -> None:
        self.packets = packets
        self.busy_percent = busy_percent
        self.slot = slot
        self.datagrams = datagrams
        self.strangers = strangers
        self.strangers_shut = strangers_shut
        self.connections = connections
        self.disk_free_bytes = disk_free_bytes


class Metrics(Collector):
    """One station's figures in a registry of their own."""

    def __init__(self, station: Station, *, gauges: Gauges, gate: Gate, doors: Doors, probe: Probe) -> None:
        self._station = station
        self._gauges = gauges
        self._gate = gate
        self._doors = doors
        self._probe = probe
        self._seen: Seen | None = None
        self._made_ms, self._made = 0, b""
        self.registry = CollectorRegistry()
        self.answers = Counter("esos_http_answers", "Answers by status.", ["status"], registry=self.registry)
        ProcessCollector(registry=self.registry)
        self.registry.register(self)

    async def text(self, *, streams_open: int) -> bytes:
        """The figures now, in the Prometheus text form; those of the last second where somebody asked then."""
        now_ms = self._station.clock.now_ms()
        if not 0 <= now_ms - self._made_ms < FRESH_MS:
            self._seen = await self._look(now_ms, streams_open)
            self._made_ms, self._made = now_ms, generate_latest(self.registry)
        return self._made

    def collect(self) -> Iterator[Metric]:
        """What was seen last, as families of the table."""
        for figure in FIGURES if self._seen else ():
            value = figure.read(self._seen) if self._seen else None
            if value is not None:
                yield _family(figure, value)

    async def _look(self, now_ms: int, streams_open: int) -> Seen:
        station, directory = self._station, self._station.directory
        connections = dict(self._doors.connections())
        trouble, kept = await self._probe.trouble(), station.clock_view()
        beacons_heard, beacons_silent = station.heartbeats.counts(directory.keys)
        return Seen(
            now_ms=now_ms,
            version=__version__,
            realm=station.identity.realm.value,
            is_writable=not trouble,
            store=None if trouble else await self._store(),
            members=len(directory.members),
            officers=len(directory.officers),
            on_watch=len(on_watch(directory, now_ms).watch),
            has_pact=directory.pact is not None,
            streams=streams_open,
            pressure=self._gauges.now(),
            load=self._gauges.load(),
            in_hand={(work.value,): room.taken for work, room in self._gate.rooms.items()},
            in_line={(work.value,): room.waiting for work, room in self._gate.rooms.items()},
            requests={(work, outcome): count for (work, outcome), count in self._gate.counts.items()},
            datagrams=_by_what(self._doors.datagrams()),
            connections=connections.pop("open", 0),
            connections_ended=_by_what(connections),
            strangers_datagrams=_by_what(self._doors.strangers()),
            is_strangers_door_shut=self._doors.strangers_shut(),
            strangers_refused=station.intake.strangers.refused,
            disk_free_bytes=self._doors.disk_free_bytes(),
            slot=self._doors.slot,
            is_folding=station.folder.lease.is_held(now_ms=now_ms),
            clock_ahead_ms=kept.ahead_ms,
            is_clock_wrong=kept.is_wrong,
            beacons_heard=beacons_heard,
            beacons_silent=beacons_silent,
        )

    async def _store(self) -> StoreSeen | None:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await self._read()
        except (Busy, TimeoutError):  # ``esos_journal_writable`` says so, at the latest when asked again
            return None

    async def _read(self) -> StoreSeen:
        journal = self._station.journal
        unlogged = await journal.unlogged(limit=1)
        return StoreSeen(
            head=await journal.head(),
            oldest_inbox_ms=await journal.oldest_inbox_ms(),
            aside=await journal.set_aside_count(),
            due_ms=await journal.earliest_due_ms(),
            cases=await journal.count_cases(),
            parcels=await journal.count_parcels(),
            leaves=(await journal.checkpoint())[0],
            unlogged_ms=unlogged[0].at_ms if unlogged else None,
            files=await journal.files_used(),
        )


def _family(figure: Figure, value: float | Labelled) -> Metric:
    made = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
    family = made(figure.name, figure.says, labels=figure.labels)
    for labels, one in value.items() if isinstance(value, Mapping) else [((), value)]:
        family.add_metric(labels, float(one))
    return family


def _by_what(counts: Mapping[str, int]) -> Labelled:
    return {(what,): count for what, count in counts.items()}


TheFigures = NamedDependency[SkipValidation[Metrics]]


@get("/metrics", summary="Figures for Prometheus", media_type="text/plain", tags=["health"])
async def get_metrics(figures: TheFigures, streams: OpenStreams) -> Response[bytes]:
    """Counts only: no name, no id, no word of a caller."""
    return Response(await figures.text(streams_open=streams.open), media_type=CONTENT_TYPE_LATEST)


HANDLERS = [get_metrics]
