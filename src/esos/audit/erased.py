"""Verify the file of an erased case offline: that the station signed for the erasure, and when it says so (law 11)."""

from datetime import UTC, datetime

from esos.audit.report import Checklist, Report
from esos.case.bundle import BundleEntry
from esos.case.bundle_erased import ErasedBundle, read_erased
from esos.case.replay import Said, read_said
from esos.errors import EsosError, ProofFailed
from esos.keys.identity import kid_of
from esos.logbook.checkpoint import verify_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.proofs import verify_inclusion
from esos.logbook.receipt import Pin
from esos.message.bodies import Erased
from esos.message.statement import check_signature

SUBJECT = "Erased case: did the station sign that it erased this case?"
_WELL_FORMED = "The file is a well-formed file of an erased case, as a station writes it."
_UNSEEN = "What was said on the case cannot be checked any more: whoever kept a receipt or an older export still can."


def verify_erased_file(data: bytes, *, pinned_public: bytes, origin: str) -> Report:
    """Check the file of an erased case against a station's pinned key and log origin. Never raises: it reports."""
    checklist, pin = Checklist(SUBJECT), Pin(public=pinned_public, origin=origin)
    try:
        bundle = read_erased(data)
        said = read_said(bundle.erased)
    except EsosError as error:
        checklist.refuse(_WELL_FORMED, error)
        return checklist.report()
    checklist.check(_WELL_FORMED, lambda: f"case {bundle.case.hex()}")
    checklist.check("The case was of the station whose key you pinned.", lambda: _check_station(bundle, pin))
    checklist.check("The log's head carries that station's signature.", lambda: _check_head(bundle, pin))
    checklist.check("The station signed that this case was erased.", lambda: _check_said(bundle, said, pin))
    checklist.check("The erasure, with its time and who spoke, is in the log.", lambda: _check_leaf(bundle, said, pin))
    for remark in (_in_words(said), _UNSEEN):
        checklist.remark(remark)
    return checklist.report()


def _in_words(said: Said[BundleEntry]) -> str:
    body, row = said.statement.body, said.row
    if not isinstance(body, Erased):
        return "The file does not say that anything was erased."
    moment = datetime.fromtimestamp(row.at_ms // 1000, UTC)
    who = said.speaker.name or "the station"
    return (
        f"Erased on {moment:%Y-%m-%d %H:%M:%S} UTC by {who}, because {body.ground.words};"
        f" the case had {body.statements} statements."
    )


def _check_station(bundle: ErasedBundle, pin: Pin) -> str:
    if (bundle.station.public, bundle.station.origin) != (pin.public, pin.origin):
        raise ProofFailed("case.station", "The file is of another station than the one whose key you pinned.")
    return bundle.station.origin


def _check_head(bundle: ErasedBundle, pin: Pin) -> str:
    head = verify_checkpoint(bundle.checkpoint.encode(), origin=pin.origin, public=pin.public).checkpoint
    if head.size != bundle.size:
        raise ProofFailed("proof.size", f"The proof is for {bundle.size} leaves, the head for {head.size}.")
    return f"{head.size} leaves"


def _check_said(bundle: ErasedBundle, said: Said[BundleEntry], pin: Pin) -> str:
    statement = said.statement
    if statement.author != kid_of(pin.public) or not isinstance(statement.body, Erased):
        raise ProofFailed("proof.erased", "This is no erasure that the station signed.")
    if statement.case != bundle.case:
        raise ProofFailed("proof.erased", "This erasure is of another case.")
    check_signature(statement, pin.public)
    return said.speaker.name or said.speaker.party


def _check_leaf(bundle: ErasedBundle, said: Said[BundleEntry], pin: Pin) -> str:
    row = said.row
    claim = claim_of(
        station=kid_of(pin.public),
        seq=row.seq,
        statement=said.statement.id,
        at_ms=row.at_ms,
        admission=row.admission.encode(),
    )
    root = verify_checkpoint(bundle.checkpoint.encode(), origin=pin.origin, public=pin.public).checkpoint.root
    leaf = claim_leaf(claim, row.proof.key)
    verify_inclusion(leaf=leaf, index=row.proof.index, size=bundle.size, proof=row.proof.hashes, root=root)
    return f"leaf {row.proof.index}"
