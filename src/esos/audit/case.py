"""Verify a case file offline: who said what, that nothing was added, taken away or judged otherwise than the tables.

Law 11. It says which statements people signed with their own keys, and which a station attested for
them. What it cannot show is said as well: a station that left out a statement nobody has a receipt for.
"""

from collections import Counter
from collections.abc import Callable

from esos.audit.receipt import read_attached
from esos.audit.report import Checklist, Report
from esos.case.bundle import BundleStatement, CaseBundle, read_bundle
from esos.case.model import Case
from esos.case.replay import case_digest, replay, speaker_of
from esos.errors import EsosError, Malformed, ProofFailed
from esos.keys.identity import kid_of
from esos.logbook.checkpoint import verify_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.proofs import verify_inclusion
from esos.message.reading import read_any

SUBJECT = "Case: did it go as this file says?"
_UNSEEN = (
    "Not shown by any single file: that the station left nothing out. "
    "Whoever spoke keeps the receipt of what they said, and finds it here or not."
)


def verify_case_file(data: bytes, *, pinned_public: bytes, origin: str) -> Report:
    """Check a case file against a station's pinned public key and log origin. Never raises: it reports."""
    checklist = Checklist(SUBJECT)
    try:
        bundle = read_bundle(data)
    except EsosError as error:
        checklist.refuse("The file is a well-formed case file, as a station writes it.", error)
        return checklist.report()
    checklist.check("The file is a well-formed case file, as a station writes it.", lambda: f"case {bundle.case.hex()}")
    for sentence, act in _steps(bundle, pinned_public, origin):
        checklist.check(sentence, _guarded(act))
    checklist.remark(_UNSEEN)
    return checklist.report()


def _guarded(act: Callable[[], str]) -> Callable[[], str]:
    """A verifier answers for any bytes at all: what makes a step stumble is a step that does not hold."""

    def guarded() -> str:
        try:
            return act()
        except EsosError:
            raise
        except Exception as cause:
            raise Malformed("case.unreadable", f"A part of the file cannot be read: {type(cause).__name__}.") from cause

    return guarded


def _steps(bundle: CaseBundle, pinned_public: bytes, origin: str) -> list[tuple[str, Callable[[], str]]]:
    folded: list[Case] = []

    def redo() -> str:
        folded.append(replay(bundle))
        return f"{len(bundle.statements)} statements"

    return [
        ("The case is of the station whose key you pinned.", lambda: _check_station(bundle, pinned_public, origin)),
        ("The log's head carries that station's signature.", lambda: _check_head(bundle, pinned_public, origin)),
        ("Every statement can be read and carries its author's signature.", lambda: _check_signatures(bundle)),
        ("Every statement concerns this case.", lambda: _check_subject(bundle)),
        ("Every statement, with its time and judgement, is in the log.", lambda: _check_log(bundle)),
        ("The station attested only where it says so.", lambda: _check_attested(bundle, pinned_public)),
        ("Folded again by the tables, every statement is judged as the station judged it.", redo),
        ("The case that comes out is the one the station shows.", lambda: _check_outcome(bundle, folded)),
        ("An open case is held; every request of a closed one has its outcome.", lambda: _check_held(folded)),
    ]


def _check_station(bundle: CaseBundle, pinned_public: bytes, origin: str) -> str:
    if bundle.station.public != pinned_public or bundle.station.origin != origin:
        raise ProofFailed("case.station", "The file is of another station than the one whose key you pinned.")
    return bundle.station.origin


def _check_head(bundle: CaseBundle, pinned_public: bytes, origin: str) -> str:
    head = verify_checkpoint(bundle.checkpoint.encode(), origin=origin, public=pinned_public).checkpoint
    if head.size != bundle.size:
        raise ProofFailed("proof.size", f"The proofs are for {bundle.size} leaves, the head for {head.size}.")
    return f"{head.size} leaves"


def _check_signatures(bundle: CaseBundle) -> str:
    keys = {kid_of(public): public for public in bundle.keys}
    for row in bundle.statements:
        attached = read_attached(row.cose)
        public = keys.get(attached.author)
        if public is None:
            raise ProofFailed("case.key", f"The key of who signed statement {row.seq} is not in the file.")
        attached.check_author(public)
    return f"{len(bundle.statements)} signatures, {len(keys)} keys"


def _check_subject(bundle: CaseBundle) -> str:
    for row in bundle.statements:
        statement = read_any(row.cose)
        if statement.case is not None and statement.case != bundle.case:
            raise ProofFailed("case.subject", f"Statement {row.seq} concerns another case.")
        if statement.realm is not bundle.station.realm:
            raise ProofFailed("case.realm", f"Statement {row.seq} is of another realm.")
    return bundle.station.realm.value


def _check_log(bundle: CaseBundle) -> str:
    root = verify_checkpoint(
        bundle.checkpoint.encode(), origin=bundle.station.origin, public=bundle.station.public
    ).checkpoint.root
    for row in bundle.statements:
        _check_leaf(bundle, row, root)
    return f"{len(bundle.statements)} leaves"


def _check_leaf(bundle: CaseBundle, row: BundleStatement, root: bytes) -> None:
    claim = claim_of(
        station=kid_of(bundle.station.public),
        seq=row.seq,
        statement=read_any(row.cose).id,
        at_ms=row.at_ms,
        admission=row.admission,
    )
    verify_inclusion(
        leaf=claim_leaf(claim, row.proof.key),
        index=row.proof.index,
        size=bundle.size,
        proof=row.proof.hashes,
        root=root,
    )


def _check_attested(bundle: CaseBundle, pinned_public: bytes) -> str:
    counts: Counter[str] = Counter()
    station = kid_of(pinned_public)
    for row in bundle.statements:
        statement, speaker = read_any(row.cose), speaker_of(row)
        attests = statement.attests
        attested = attests is not None
        if attests is not None and (statement.author != station or attests.party != speaker.party):
            raise ProofFailed("case.attested", f"Statement {row.seq} was not attested by this station for its speaker.")
        if speaker.attested != attested:
            raise ProofFailed("case.attested", f"Statement {row.seq} is shown as what it is not.")
        own = statement.author == station and not attested
        counts["by the station itself" if own else "attested" if attested else "signed with own keys"] += 1
    return ", ".join(f"{count} {how}" for how, count in sorted(counts.items()))


def _check_outcome(bundle: CaseBundle, folded: list[Case]) -> str:
    if not folded or case_digest(folded[0]) != bundle.case_sha256:
        raise ProofFailed("case.outcome", "The case that comes out is another than the station shows.")
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
