"""Every figure of ``/metrics`` in one table: its name with its unit, what it says, and where it is read.

Counts only: no name, no id, no word of a caller, and no label whose values grow with what people do. What is read
from the store is left out while the store does not answer; ``esos_journal_writable`` then says why.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from esos.station.records import CaseCount, FilesUsed, ParcelCount, StoreLoad
from esos.web.admission import Pressure

MS = 1_000
Labelled = Mapping[tuple[str, ...], float]


class StoreSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What the store said: numbers, times in ms (None: there is nothing of the kind), and counts."""

    head: int
    oldest_inbox_ms: int | None
    aside: int
    due_ms: int | None
    cases: CaseCount
    parcels: ParcelCount
    leaves: int
    unlogged_ms: int | None
    files: FilesUsed


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a station. ``store`` is None while the store does not answer."""

    now_ms: int
    version: str
    realm: str
    is_writable: bool
    store: StoreSeen | None
    members: int
    officers: int
    on_watch: int
    has_pact: bool
    streams: int
    pressure: Pressure
    load: StoreLoad
    in_hand: Labelled
    in_line: Labelled
    requests: Labelled
    datagrams: Labelled
    connections: int
    connections_ended: Labelled
    strangers_datagrams: Labelled
    is_strangers_door_shut: bool
    strangers_refused: int
    disk_free_bytes: int | None
    slot: int
    is_folding: bool
    clock_ahead_ms: int
    is_clock_wrong: bool
    beacons_heard: int
    beacons_silent: int

    def age_s(self, then_ms: int | None) -> float:
        """How long ago that was, in seconds; 0 for what is not, or is to come."""
        return 0.0 if then_ms is None else max(0, self.now_ms - then_ms) / MS


class Figure(NamedTuple):
    """One figure: ``kind`` is gauge or counter; with ``labels`` it is read as values by label."""

    name: str
    kind: str
    says: str
    read: Callable[[Seen], float | Labelled | None]
    labels: tuple[str, ...] = ()


class _OfStore(NamedTuple):
    """The same of what the store said."""

    name: str
    says: str
    read: Callable[[Seen, StoreSeen], float]


_STORE: tuple[_OfStore, ...] = (
    _OfStore("esos_journal_head", "Highest journal number.", lambda _, store: store.head),
    _OfStore(
        "esos_inbox_oldest_seconds",
        "Age of the oldest statement that is not folded yet.",
        lambda seen, store: seen.age_s(store.oldest_inbox_ms),
    ),
    _OfStore(
        "esos_entries_set_aside",
        "Statements that could not be folded: look at each.",
        lambda _, store: store.aside,
    ),
    _OfStore(
        "esos_timer_overdue_seconds",
        "By how much the first timer due is late.",
        lambda seen, store: seen.age_s(store.due_ms),
    ),
    _OfStore("esos_cases_open", "Open cases.", lambda _, store: store.cases.open),
    _OfStore(
        "esos_cases_without_officer",
        "Open cases of which no person has charge: calls that nobody has acknowledged, or let go of.",
        lambda _, store: store.cases.unheld,
    ),
    _OfStore(
        "esos_cases_without_officer_oldest_seconds",
        "How long ago the longest open of these cases began.",
        lambda seen, store: seen.age_s(store.cases.unheld_since_ms),
    ),
    _OfStore(
        "esos_parcels_waiting",
        "Pages and other effects that are not handed over yet.",
        lambda _, store: store.parcels.waiting,
    ),
    _OfStore(
        "esos_parcels_late_seconds",
        "By how much the one of these is late that was to go first.",
        lambda seen, store: seen.age_s(store.parcels.first_ms),
    ),
    _OfStore(
        "esos_parcels_given_up",
        "Pages and other effects that failed for good.",
        lambda _, store: store.parcels.given_up,
    ),
    _OfStore("esos_log_leaves", "Leaves in the public log.", lambda _, store: store.leaves),
    _OfStore(
        "esos_log_lag_seconds",
        "Age of the oldest statement that is not in the log yet.",
        lambda seen, store: seen.age_s(store.unlogged_ms),
    ),
    _OfStore("esos_files_bytes", "Room that files of cases take.", lambda _, store: store.files.station.size_bytes),
    _OfStore(
        "esos_files_of_strangers_bytes",
        "How much of that came from callers whom nobody has called back yet.",
        lambda _, store: store.files.strangers.size_bytes,
    ),
)


def _of_store(row: _OfStore) -> Figure:
    return Figure(row.name, "gauge", row.says, lambda seen: row.read(seen, seen.store) if seen.store else None)


FIGURES: tuple[Figure, ...] = (
    Figure(
        "esos_build_info",
        "gauge",
        "1, with the release and the realm (real, or exercise) as labels.",
        lambda seen: {(seen.version, seen.realm): 1},
        ("version", "realm"),
    ),
    Figure(
        "esos_journal_writable",
        "gauge",
        "1 while the journal takes a write, 0 while it cannot: then no call is kept.",
        lambda seen: seen.is_writable,
    ),
    *(_of_store(row) for row in _STORE),
    Figure("esos_members", "gauge", "Registered members.", lambda seen: seen.members),
    Figure("esos_officers", "gauge", "Officers of the station.", lambda seen: seen.officers),
    Figure("esos_officers_on_watch", "gauge", "Officers named on watch now.", lambda seen: seen.on_watch),
    Figure("esos_pact_in_force", "gauge", "1 while a pact is in force; else no case can begin.", lambda s: s.has_pact),
    Figure("esos_event_streams_open", "gauge", "Open streams of events.", lambda seen: seen.streams),
    Figure(
        "esos_loop_late_seconds",
        "gauge",
        "By how much the event loop is late: everything else waits as long.",
        lambda seen: seen.pressure.loop_late_ms / MS,
    ),
    Figure(
        "esos_store_waiting",
        "gauge",
        "Jobs that wait for the store, by queue.",
        lambda seen: {("writer",): seen.load.writer_waiting, ("reader",): seen.load.reader_waiting},
        ("queue",),
    ),
    Figure(
        "esos_store_fill_ratio",
        "gauge",
        "How full those queues are, 0 to 1; at 1 the next job is refused.",
        lambda seen: {("writer",): seen.load.writer_percent / 100, ("reader",): seen.load.reader_percent / 100},
        ("queue",),
    ),
    Figure("esos_store_refused_total", "counter", "Jobs refused because a queue of the store was full.",
           lambda seen: seen.load.refused),
    Figure("esos_http_requests_total", "counter", "Requests by kind of work, admitted or refused.",
           lambda seen: seen.requests, ("work", "outcome")),
    Figure("esos_http_requests_in_hand", "gauge", "Requests that are worked on now, by kind of work.",
           lambda seen: seen.in_hand, ("work",)),
    Figure("esos_http_requests_in_line", "gauge", "Requests that wait for their turn, by kind of work.",
           lambda seen: seen.in_line, ("work",)),
    Figure("esos_http_connections_open", "gauge", "Connections open at the HTTP door.", lambda seen: seen.connections),
    Figure("esos_http_connections_busy_ratio", "gauge", "How much of the HTTP door is taken by who is being served.",
           lambda seen: seen.pressure.connection_percent / 100),
    Figure("esos_http_connections_ended_total", "counter",
           "Connections refused, dropped for others, and ended because they were too slow.",
           lambda seen: seen.connections_ended, ("what",)),
    Figure("esos_door_datagrams_total", "counter", "Datagrams at the door, by what became of them.",
           lambda seen: seen.datagrams, ("what",)),
    Figure("esos_strangers_datagrams_total", "counter", "Datagrams at the strangers' door, by what became of them.",
           lambda seen: seen.strangers_datagrams, ("what",)),
    Figure("esos_strangers_door_shut", "gauge", "1 while the strangers' door should be open and is not.",
           lambda seen: seen.is_strangers_door_shut),
    Figure("esos_strangers_refused_total", "counter", "Words of strangers refused because too many spoke at once.",
           lambda seen: seen.strangers_refused),
    Figure("esos_process", "gauge", "1 for the process that answers: its slot among those of the station, from 0.",
           lambda seen: {(str(seen.slot),): 1}, ("slot",)),
    Figure("esos_process_folds", "gauge", "1 while this process is the one that folds.", lambda seen: seen.is_folding),
    Figure("esos_clock_ahead_seconds", "gauge", "How far this clock is ahead of members', 0 if few spoke.",
           lambda seen: seen.clock_ahead_ms / MS),
    Figure("esos_clock_wrong", "gauge", "1 while this clock cannot be believed.", lambda seen: seen.is_clock_wrong),
    Figure("esos_beacons_heard", "gauge", "Registered beacons whose heartbeats are heard now.",
           lambda seen: seen.beacons_heard),
    Figure("esos_beacons_silent", "gauge", "Registered beacons that were heard once and are not now.",
           lambda seen: seen.beacons_silent),
    Figure("esos_disk_free_bytes", "gauge", "Free space where the journal is.", lambda seen: seen.disk_free_bytes),
)  # fmt: skip
"""Beside these: ``esos_http_answers_total`` by status, and what the process itself needs (``process_*``)."""
