"""Verify a receipt file offline: every step in a sentence, under keys the reader pinned beforehand.

Law 4 in proofs: a receipt shows that the station has a statement and when it says so. It does not
show that anybody read it, or that help is coming; that takes the statements of those people.
"""

from collections.abc import Iterable
from functools import partial

import msgspec

from esos.audit.report import Checklist, Report
from esos.errors import EsosError, ProofFailed
from esos.keys.identity import kid_of, signature_holds
from esos.logbook.receipt import RECEIPT_STEPS, Pin, Receipt, read_receipt
from esos.message.packet import is_packet_cose, read_cose
from esos.message.statement import read_statement

SUBJECT = "Receipt: is this statement in the log?"
_WELL_FORMED = "The file is a well-formed receipt."
_ATTACHED = "The statement attached is the one the receipt names."
_SIGNED = "The statement attached carries its author's signature."


def verify_receipt_file(data: bytes, *, pinned_public: bytes, origin: str, authors: Iterable[bytes] = ()) -> Report:
    """Check a receipt file against the station's pinned public key and the origin of its log.

    ``authors`` are raw public keys to check an attached statement's signature with; the station's
    own is always among them. Never raises for what the file says: it reports.
    """
    checklist = Checklist(SUBJECT)
    try:
        receipt = read_receipt(data)
    except EsosError as error:
        checklist.refuse(_WELL_FORMED, error)
        return checklist.report()
    checklist.check(_WELL_FORMED, lambda: f"statement {receipt.claim.statement.hex()}")
    check_receipt(checklist, receipt, Pin(public=pinned_public, origin=origin))
    _check_statement(checklist, receipt, {kid_of(key): key for key in (pinned_public, *authors)})
    return checklist.report()


def check_receipt(checklist: Checklist, receipt: Receipt, pin: Pin) -> None:
    """Add the steps of a receipt's proof to a checklist, all of them, whichever fail."""
    for step in RECEIPT_STEPS:
        checklist.check(step.sentence, partial(step.check, receipt, pin))


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """A signed message as a verifier needs it: its id, whose it claims to be, what it says, and its signature."""

    id: bytes
    author: bytes
    says: str
    signed: bytes
    signature: bytes

    def check_author(self, public: bytes) -> None:
        """Raise ``ProofFailed`` (``statement.signature``) unless the key is the author's and signed exactly this."""
        if kid_of(public) != self.author or not signature_holds(public, self.signed, self.signature):
            raise ProofFailed("statement.signature", "The signature does not belong to this statement and key.")


def read_attached(raw: bytes) -> Attached:
    """Read a COSE message a station keeps, a statement or a call packet; raises ``Malformed`` and ``TooLarge``."""
    if is_packet_cose(raw):
        packet = read_cose(raw)
        says = f"a call by packet, {packet.header.type.name.lower()}"
        signed, author = packet.signed_bytes(), packet.header.kid
        return Attached(id=packet.statement_id(), author=author, says=says, signed=signed, signature=packet.signature)
    said = read_statement(raw)
    return Attached(id=said.id, author=said.author, says=said.kind, signed=said.signed, signature=said.signature)


def _check_statement(checklist: Checklist, receipt: Receipt, keys: dict[bytes, bytes]) -> None:
    if not receipt.statement:
        checklist.remark("No statement is attached: what was said, and by whom, was not checked.")
        return
    try:
        attached = read_attached(receipt.statement)
    except EsosError as error:
        checklist.refuse(_ATTACHED, error)
        return
    checklist.check(_ATTACHED, lambda: _match(receipt, attached))
    public = keys.get(attached.author)
    if public is None:
        checklist.remark(f"The author's key {attached.author.hex()} was not given: its signature was not checked.")
        return
    checklist.check(_SIGNED, lambda: _signed(attached, public))


def _match(receipt: Receipt, attached: Attached) -> str:
    if attached.id != receipt.claim.statement:
        raise ProofFailed("proof.statement", "The statement attached is another than the one the receipt names.")
    return f"{attached.says}, author {attached.author.hex()}"


def _signed(attached: Attached, public: bytes) -> str:
    attached.check_author(public)
    return attached.author.hex()
