"""Write a case as a file that outsiders can check (``esos verify case``), with the proof for every statement."""

from esos.case.bundle import BundleProof, BundleStatement, BundleStation, CaseBundle, write_bundle
from esos.case.model import decode_case
from esos.case.replay import case_digest
from esos.errors import Busy, Conflict, Unknown
from esos.keys.identity import kid_of
from esos.keys.speaker import decode_speaker
from esos.logbook.proofs import inclusion_proof
from esos.message.reading import read_any
from esos.station.ports import CaseRecord, Entry
from esos.station.station import Station

EXPORT_STATEMENTS_MAX = 50_000
WAIT_FOR_LOG_MS = 5_000
POLL_SECONDS = 0.05


async def export_case(station: Station, case_id: bytes) -> bytes:
    """The case file as of now.

    Raises ``Unknown`` (``case.unknown``), ``Conflict`` (``case.erased`` after erasure, ``case.moving``
    where statements come faster than they can be written down; ask again).
    """
    for _ in range(3):
        record, entries = await _snapshot(station, case_id)
        await _wait_for_log(station, entries)
        if (await _record(station, case_id)).version == record.version:
            return write_bundle(await _bundle(station, record, entries))
    raise Conflict("case.moving", "The case changes faster than it can be written down.", hint="Ask again.")


async def _record(station: Station, case_id: bytes) -> CaseRecord:
    record = await station.journal.case(case_id)
    if record is None:
        raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")
    return record


async def _snapshot(station: Station, case_id: bytes) -> tuple[CaseRecord, list[Entry]]:
    record = await _record(station, case_id)
    entries = await station.journal.read(case=case_id, limit=EXPORT_STATEMENTS_MAX)
    if any(not entry.cose for entry in entries):
        raise Conflict("case.erased", "The content of this case has been erased; its leaves stay in the log.")
    return record, [entry for entry in entries if entry.verdict != "fold.set_aside"]


async def _wait_for_log(station: Station, entries: list[Entry]) -> None:
    """The sequencer is at most a second behind."""
    newest = max((entry.seq for entry in entries), default=0)
    deadline = station.clock.now_ms() + WAIT_FOR_LOG_MS
    while newest and await station.journal.leaf_of(newest) is None:
        if station.clock.now_ms() > deadline:
            raise Busy("log.behind", "The log is behind; the case is safe.", hint="Ask again in a few seconds.")
        await station.signal.wait(POLL_SECONDS)


async def _bundle(station: Station, record: CaseRecord, entries: list[Entry]) -> CaseBundle:
    size, note = await station.journal.checkpoint()
    await station.sequencer.catch_up()
    statements = tuple([await _statement(station, entry, size) for entry in entries])
    return CaseBundle(
        esos="case",
        version=1,
        station=BundleStation(
            public=station.identity.public,
            origin=station.identity.origin,
            realm=station.identity.realm,
        ),
        case=record.id,
        size=size,
        checkpoint=note.decode(),
        keys=_keys(station, entries),
        statements=statements,
        case_sha256=case_digest(decode_case(record.blob)),
    )


async def _statement(station: Station, entry: Entry, size: int) -> BundleStatement:
    leaf = await station.journal.leaf_of(entry.seq)
    if leaf is None:
        raise Conflict("case.moving", "A statement of the case is not in the log yet.", hint="Ask again.")
    return BundleStatement(
        seq=entry.seq,
        at_ms=entry.at_ms,
        cose=entry.cose,
        admission=entry.admission,
        verdict=entry.verdict,
        reason=entry.reason,
        proof=BundleProof(
            key=leaf.key, index=leaf.index, hashes=inclusion_proof(leaf.index, size, station.sequencer.tree.node)
        ),
    )


def _keys(station: Station, entries: list[Entry]) -> tuple[bytes, ...]:
    """The public keys of all who signed: registered ones, also those revoked since, and strangers' own."""
    strangers = [decode_speaker(entry.admission).stranger_key for entry in entries]
    known = station.directory.past_keys | {kid_of(key): key for key in strangers if key}
    authors = dict.fromkeys(read_any(entry.cose).author for entry in entries)
    return tuple(known[author] for author in authors if author in known)
