"""Write a case as a file that outsiders can check (``esos verify case``), with the proof for every statement.

Law 11: the station says what it hands out, in a statement that is kept and logged like every other.
"""

from collections.abc import Callable

import msgspec

from esos.case.bundle import BundleEntry, BundleProof, BundleStatement, BundleStation, CaseBundle, write_bundle
from esos.case.bundle_erased import ErasedBundle, write_erased
from esos.case.model import Case, decode_case
from esos.case.replay import SET_ASIDE
from esos.case.standing import case_digest, list_digest
from esos.errors import Busy, Conflict, TooLarge, Unknown
from esos.keys.identity import kid_of
from esos.logbook.proofs import inclusion_nodes, inclusion_proof
from esos.message.bodies import CaseExported
from esos.station.authors import author_key, register_beside
from esos.station.records import CaseRecord, Entry
from esos.station.station import Station
from esos.station.tombstone import GONE, refuse_erased, tombstone_entry

EXPORT_STATEMENTS_MAX = 50_000
"""Statements of one case in its file; a longer case is refused, since half of one would look like the whole."""
WAIT_FOR_LOG_MS = 5_000
POLL_SECONDS = 0.05
SNAPSHOTS_MAX = 3
"""How often a case that changes meanwhile is read again."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A case and the statements that make it, in folding order, with those of the register that it rests on."""

    record: CaseRecord
    entries: list[Entry]
    register: list[Entry]


async def export_case(
    station: Station, case_id: bytes, *, judge: Callable[[list[Entry], list[Entry], Case], None] | None = None
) -> bytes:
    """The case file as of now.

    ``judge`` is shown the very statements that would be handed out, those of the register apart, and raises where its
    reader may not have them all: nothing is said or handed out then.

    Raises ``Unknown`` (``case.unknown``), ``Conflict`` (``case.erased`` after erasure, ``case.moving``
    where statements come faster than they can be written down; ask again), ``TooLarge`` (``case.too_long``),
    ``Busy`` (``log.behind``).
    """
    snapshot = await _snapshot(station, case_id)
    if judge is not None:
        judge(snapshot.entries, snapshot.register, decode_case(snapshot.record.blob))
    exported = await _say_exported(station, snapshot)
    await _wait_for_log(station, exported.seq)
    return write_bundle(await _bundle(station, snapshot, exported))


async def export_erased(station: Station, case_id: bytes) -> bytes:
    """The file of an erased case.

    Raises ``Unknown`` (``case.unknown``), ``Conflict`` (``case.erased`` where no statement says so), ``Busy``
    (``log.behind``).
    """
    record = await _record(station, case_id)
    entry = await tombstone_entry(station.journal, record.id)
    if entry is None:
        raise Conflict("case.erased", GONE)
    await _wait_for_log(station, entry.seq)
    size, note = await station.journal.checkpoint()
    await station.sequencer.catch_up()
    bundle = ErasedBundle(
        esos="erased-case",
        version=1,
        station=_station_of(station),
        case=record.id,
        size=size,
        checkpoint=note.decode(),
        erased=await _entry(station, entry, size),
    )
    return write_erased(bundle)


async def _record(station: Station, case_id: bytes) -> CaseRecord:
    record = await station.journal.case(case_id)
    if record is None:
        raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")
    return record


async def _snapshot(station: Station, case_id: bytes) -> Snapshot:
    """The case with just the statements that make it."""
    for _ in range(SNAPSHOTS_MAX):
        record = await _record(station, case_id)
        entries = await station.journal.read(case=case_id, limit=EXPORT_STATEMENTS_MAX + 1)
        await refuse_erased(station.journal, record)
        if len(entries) > EXPORT_STATEMENTS_MAX:
            raise TooLarge(
                "case.too_long",
                f"A case file has at most {EXPORT_STATEMENTS_MAX:,} statements, and this case has more.",
                hint="Each statement has a proof of its own; esos station backup keeps all of them.",
            )
        if (await _record(station, case_id)).version == record.version:
            entries.sort(key=lambda entry: entry.verdict == SET_ASIDE)
            register = await register_beside(entries, directory=station.directory, journal=station.journal)
            return Snapshot(record=record, entries=entries, register=register)
    raise Conflict("case.moving", "The case changes faster than it can be written down.", hint="Ask again.")


async def _say_exported(station: Station, snapshot: Snapshot) -> Entry:
    """The station's word for what it hands out."""
    body = CaseExported(
        case=snapshot.record.id,
        count=len(snapshot.entries),
        statements_sha256=list_digest(
            ((entry.id, entry.verdict, entry.reason) for entry in snapshot.entries),
            (entry.id for entry in snapshot.register),
        ),
        case_sha256=case_digest(decode_case(snapshot.record.blob)),
    )
    now_ms = station.clock.now_ms()
    statement = station.identity.say("case_exported", body, now_ms=now_ms)
    await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=now_ms)
    entry = await station.journal.entry(statement.id)
    if entry is None:
        raise Busy("storage.lost_sight", "The case was read, but the store cannot be read just now.")
    return entry


async def _wait_for_log(station: Station, newest: int) -> None:
    """Everything older is in the log when the newest is; the sequencer is at most a second behind."""
    deadline = station.clock.now_ms() + WAIT_FOR_LOG_MS
    while await station.journal.leaf_of(newest) is None:
        if station.clock.now_ms() > deadline:
            raise Busy("log.behind", "The log is behind; the case is safe.", hint="Ask again in a few seconds.")
        if not await station.sequencer.run_once(now_ms=station.clock.now_ms()):
            await station.signal.wait(POLL_SECONDS)


async def _bundle(station: Station, snapshot: Snapshot, exported: Entry) -> CaseBundle:
    size, note = await station.journal.checkpoint()
    await station.sequencer.catch_up()
    everything = [*snapshot.entries, *snapshot.register, exported]
    return CaseBundle(
        esos="case",
        version=1,
        station=_station_of(station),
        case=snapshot.record.id,
        size=size,
        checkpoint=note.decode(),
        keys=await _keys(station, everything),
        statements=tuple([await _statement(station, entry, size) for entry in snapshot.entries]),
        register=tuple([await _entry(station, entry, size) for entry in snapshot.register]),
        exported=await _entry(station, exported, size),
    )


def _station_of(station: Station) -> BundleStation:
    one = station.identity
    return BundleStation(public=one.public, origin=one.origin, realm=one.realm)


async def _statement(station: Station, entry: Entry, size: int) -> BundleStatement:
    return BundleStatement(
        seq=entry.seq,
        at_ms=entry.at_ms,
        cose=entry.cose,
        admission=entry.admission.decode(),
        proof=await _proof(station, entry, size),
        verdict=entry.verdict,
        reason=entry.reason,
    )


async def _entry(station: Station, entry: Entry, size: int) -> BundleEntry:
    return BundleEntry(
        seq=entry.seq,
        at_ms=entry.at_ms,
        cose=entry.cose,
        admission=entry.admission.decode(),
        proof=await _proof(station, entry, size),
    )


async def _proof(station: Station, entry: Entry, size: int) -> BundleProof:
    leaf = await station.journal.leaf_of(entry.seq)
    if leaf is None:
        raise Conflict("case.moving", "A statement of the case is not in the log yet.", hint="Ask again.")
    nodes = await station.sequencer.nodes(inclusion_nodes(leaf.index, size))
    hashes = inclusion_proof(leaf.index, size, nodes)
    return BundleProof(key=leaf.key, index=leaf.index, hashes=hashes)


async def _keys(station: Station, entries: list[Entry]) -> tuple[bytes, ...]:
    """The public keys of all who signed, each once."""
    keys: dict[bytes, bytes] = {}
    for entry in entries:
        public = await author_key(entry, directory=station.directory, journal=station.journal)
        if public:
            keys[kid_of(public)] = public
    return tuple(keys.values())
