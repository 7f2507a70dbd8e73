"""Verify a receipt file offline: every step in a sentence, under keys the reader pinned beforehand.

Law 4 in proofs: a receipt shows that the station has a statement and when it says so. It does not
show that anybody read it, or that help is coming; that takes the statements of those people.
"""

from functools import partial

from esos.audit.report import Checklist, Report
from esos.errors import EsosError, ProofFailed
from esos.logbook.receipt import RECEIPT_STEPS, Pin, Receipt, read_receipt
from esos.message.reading import read_any
from esos.message.statement import check_signature

SUBJECT = "Receipt: is this statement in the log?"
_WELL_FORMED = "The file is a well-formed receipt."
_ATTACHED = "The statement attached is the one the receipt names."
_SIGNED = "The statement attached carries its author's signature."


def verify_receipt_file(data: bytes, *, pinned_public: bytes, origin: str) -> Report:
    """Check a receipt file against the station's pinned public key and the origin of its log.

    An attached statement's signature is checked with the author's key beside it, whose name the statement
    bears. Never raises for what the file says: it reports.
    """
    checklist = Checklist(SUBJECT)
    try:
        receipt = read_receipt(data)
    except EsosError as error:
        checklist.refuse(_WELL_FORMED, error)
        return checklist.report()
    checklist.check(_WELL_FORMED, lambda: f"statement {receipt.claim.statement.hex()}")
    check_receipt(checklist, receipt, Pin(public=pinned_public, origin=origin))
    _check_statement(checklist, receipt)
    return checklist.report()


def check_receipt(checklist: Checklist, receipt: Receipt, pin: Pin) -> None:
    """Add the steps of a receipt's proof to a checklist, all of them, whichever fail."""
    for step in RECEIPT_STEPS:
        checklist.check(step.sentence, partial(step.check, receipt, pin))


def _check_statement(checklist: Checklist, receipt: Receipt) -> None:
    if not receipt.statement:
        checklist.remark("No statement is attached: what was said, and by whom, was not checked.")
        return
    checklist.check(_ATTACHED, lambda: _match(receipt))
    checklist.check(_SIGNED, lambda: _signed(receipt))


def _match(receipt: Receipt) -> str:
    attached = read_any(receipt.statement)
    if attached.id != receipt.claim.statement:
        raise ProofFailed("proof.statement", "The statement attached is another than the one the receipt names.")
    return f"{attached.kind}, author {attached.author.hex()}"


def _signed(receipt: Receipt) -> str:
    attached = read_any(receipt.statement)
    check_signature(attached, receipt.author)
    return attached.author.hex()
