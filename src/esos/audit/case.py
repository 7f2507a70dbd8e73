"""Verify a case file offline: who said what, that nothing was added, taken away or judged otherwise than the tables.

Law 11. It says which statements people signed with their own keys, and which a station attested for
them. What it cannot show is said as well: a station that left out a statement nobody has a receipt for.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from esos.audit.belongs import check_calls, check_subjects
from esos.audit.erased import verify_erased_file
from esos.audit.report import Checklist, Report
from esos.audit.taken_apart import CaseParts, take_apart
from esos.audit.voices import Voices
from esos.case.bundle import CaseBundle, read_bundle
from esos.case.bundle_erased import is_erased_file
from esos.case.model import Case
from esos.case.replay import SET_ASIDE, Said, replay
from esos.case.standing import case_digest, list_digest
from esos.errors import EsosError, Malformed, ProofFailed
from esos.keys.identity import kid_of
from esos.logbook.checkpoint import verify_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.proofs import verify_inclusion
from esos.logbook.receipt import Pin
from esos.message.bodies import CaseExported
from esos.message.statement import check_signature

SUBJECT = "Case: did it go as this file says?"
_WELL_FORMED = "The file is a well-formed case file, as a station writes it."
_READABLE = "Every statement in it can be read."
_UNSEEN = (
    "Not shown by any single file: that the station left nothing out. "
    "Whoever spoke keeps the receipt of what they said, and finds it here or not."
)
Act = Callable[[], str]


def verify_case_file(data: bytes, *, pinned_public: bytes, origin: str) -> Report:
    """Check a case file against a station's pinned public key and log origin.

    The file of an erased case is told apart by what it says it is. Never raises: it reports.
    """
    if is_erased_file(data):
        return verify_erased_file(data, pinned_public=pinned_public, origin=origin)
    checklist = Checklist(SUBJECT)
    found: list[CaseBundle] = []
    if checklist.check(_WELL_FORMED, _guarded(lambda: _read_into(found, data))):
        parts: list[CaseParts] = []
        if checklist.check(_READABLE, _guarded(lambda: _take_apart_into(parts, found[0]))):
            _check(checklist, parts[0], Pin(public=pinned_public, origin=origin))
    return checklist.report()


def _read_into(found: list[CaseBundle], data: bytes) -> str:
    found.append(read_bundle(data))
    return f"case {found[0].case.hex()}"


def _take_apart_into(parts: list[CaseParts], bundle: CaseBundle) -> str:
    parts.append(take_apart(bundle))
    return f"{len(bundle.statements)} statements, {len(bundle.register)} of the register"


def _check(checklist: Checklist, parts: CaseParts, pin: Pin) -> None:
    voices = Voices(parts, station=pin.public)
    for sentence, act in _steps(parts, pin, voices):
        checklist.check(sentence, _guarded(act))
    for remark in (*voices.remarks(), *_set_aside(parts), _as_of(parts), _UNSEEN):
        checklist.remark(remark)


def _guarded(act: Act) -> Act:
    """A verifier answers for any bytes at all: what makes a step stumble is a step that does not hold."""

    def guarded() -> str:
        try:
            return act()
        except EsosError:
            raise
        except Exception as cause:
            raise Malformed("case.unreadable", f"A part of the file cannot be read: {type(cause).__name__}.") from cause

    return guarded


def _steps(parts: CaseParts, pin: Pin, voices: Voices) -> list[tuple[str, Act]]:
    folded: list[Case] = []

    def redo() -> str:
        folded.append(replay(parts.bundle, parts.said))
        return f"{len(parts.said)} statements"

    return [
        ("The case is of the station whose key you pinned.", lambda: _check_station(parts, pin)),
        ("The log's head carries that station's signature.", lambda: _check_head(parts, pin)),
        ("Every statement carries its author's signature.", lambda: _check_signatures(parts)),
        ("Every statement, with its time and who spoke, is in the log.", lambda: _check_log(parts, pin)),
        ("The station signed for just these statements, in this order.", lambda: _check_exported(parts, pin)),
        ("Every statement concerns this case.", lambda: check_subjects(parts)),
        ("It began with its opening call, and every other call arrived in it.", lambda: check_calls(parts)),
        ("Whoever is said to have spoken has signed, or the station attested it.", voices.check_all),
        ("Every consent is the caller's own, signed with its own key.", voices.check_consents),
        ("Folded again by the tables, every statement is judged as the station judged it.", redo),
        ("The case that comes out is the one the station signed for.", lambda: _check_outcome(parts, folded)),
        ("An open case is held; every request of a closed one has its outcome.", lambda: _check_held(folded)),
    ]


def _check_station(parts: CaseParts, pin: Pin) -> str:
    station = parts.bundle.station
    if station.public != pin.public or station.origin != pin.origin:
        raise ProofFailed("case.station", "The file is of another station than the one whose key you pinned.")
    return station.origin


def _check_head(parts: CaseParts, pin: Pin) -> str:
    head = verify_checkpoint(parts.bundle.checkpoint.encode(), origin=pin.origin, public=pin.public).checkpoint
    if head.size != parts.bundle.size:
        raise ProofFailed("proof.size", f"The proofs are for {parts.bundle.size} leaves, the head for {head.size}.")
    return f"{head.size} leaves"


def _check_signatures(parts: CaseParts) -> str:
    keys = {kid_of(public): public for public in parts.bundle.keys}
    authors = dict.fromkeys(said.statement.author for said in parts.everything)
    if tuple(authors) != tuple(keys) or len(keys) != len(parts.bundle.keys):
        raise ProofFailed("case.key", "The keys in the file are not those of who signed, each once, in their order.")
    for said in parts.everything:
        check_signature(said.statement, keys[said.statement.author])
    return f"{len(parts.everything)} signatures, {len(keys)} keys"


def _check_log(parts: CaseParts, pin: Pin) -> str:
    head = verify_checkpoint(parts.bundle.checkpoint.encode(), origin=pin.origin, public=pin.public).checkpoint
    for said in parts.everything:
        _check_leaf(said, size=parts.bundle.size, root=head.root, station=kid_of(pin.public))
    return f"{len(parts.everything)} leaves"


def _check_leaf(said: Said[Any], *, size: int, root: bytes, station: bytes) -> None:
    row = said.row
    claim = claim_of(
        station=station,
        seq=row.seq,
        statement=said.statement.id,
        at_ms=row.at_ms,
        admission=row.admission.encode(),
    )
    leaf = claim_leaf(claim, row.proof.key)
    verify_inclusion(leaf=leaf, index=row.proof.index, size=size, proof=row.proof.hashes, root=root)


def _check_exported(parts: CaseParts, pin: Pin) -> str:
    statement, bundle = parts.exported.statement, parts.bundle
    body = statement.body
    if not isinstance(body, CaseExported) or statement.author != kid_of(pin.public) or statement.attests is not None:
        raise ProofFailed("case.exported", "The station's own word for this file is missing.")
    listed = list_digest(
        ((said.statement.id, said.row.verdict, said.row.reason) for said in parts.said),
        (said.statement.id for said in parts.register),
    )
    if (body.case, body.count, body.statements_sha256) != (bundle.case, len(parts.said), listed):
        raise ProofFailed("case.exported", "The station signed for other statements, or for another order of them.")
    return f"{body.count} statements"


def _check_outcome(parts: CaseParts, folded: list[Case]) -> str:
    body = parts.exported.statement.body
    if not folded or not isinstance(body, CaseExported) or case_digest(folded[0]) != body.case_sha256:
        raise ProofFailed("case.outcome", "The case that comes out is another than the station signed for.")
    return folded[0].life.value


def _check_held(folded: list[Case]) -> str:
    if not folded:
        raise ProofFailed("case.outcome", "The case could not be folded again.")
    case = folded[0]
    if case.is_open and not case.timers:
        raise ProofFailed("case.unheld", "The case is open and nothing runs.")
    open_requests = [request for request in case.requests.values() if not request.is_ended]
    if case.life.value == "closed" and open_requests:
        raise ProofFailed("case.requests", f"{len(open_requests)} requests of a closed case have no outcome.")
    outcomes = Counter(request.state.value for request in case.requests.values())
    return ", ".join(f"{count} {state}" for state, count in sorted(outcomes.items())) or "no requests"


def _as_of(parts: CaseParts) -> str:
    """Until when the file speaks, by the station's clock."""
    moment = datetime.fromtimestamp(parts.exported.row.at_ms // 1000, UTC)
    return f"It speaks of the case as it was at {moment:%Y-%m-%d %H:%M:%S} UTC by the station's clock, not of later."


def _set_aside(parts: CaseParts) -> Iterator[str]:
    aside = [str(said.row.seq) for said in parts.said if said.row.verdict == SET_ASIDE]
    if aside:
        yield f"The station says that it could not fold statement {', '.join(aside)}; what they say changed nothing."
