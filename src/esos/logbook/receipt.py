"""A receipt: the proof that a statement is in a station's log, in one file that verifies offline, years later.

Law 11: the verifier recomputes the leaf from the claim, and trusts of the file nothing but what
follows from the key it pinned. One writer, one strict reader; the steps of the check are a table.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from esos.errors import EsosError, Malformed, ProofFailed
from esos.keys.identity import PUBLIC_KEY_BYTES, kid_of
from esos.logbook.base64s import from_url_safe, url_safe
from esos.logbook.checkpoint import SignedCheckpoint, read_checkpoint, verify_checkpoint
from esos.logbook.commitment import KEY_BYTES, Claim, claim_leaf
from esos.logbook.proofs import verify_inclusion
from esos.logbook.tree import HASH_BYTES, MAX_SIZE

MAX_RECEIPT_BYTES = 524_288
MAX_PROOF_HASHES = 63
RECEIPT_VERSION: Literal[1] = 1
_HINT = "Ask the station for the receipt again; see spec/log.md, “Receipts”."


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proof that ``claim`` is leaf ``index`` of the tree of ``size`` leaves whose head is ``checkpoint``.

    ``public`` is the station's raw key, whose kid the claim names; ``key`` opens the commitment;
    ``proof`` runs from the leaf's sibling up; ``checkpoint`` is a signed note. ``statement`` is the COSE
    message itself and ``author`` the raw public key that signed it, both or neither, so that its signature
    can be checked by whoever knows nobody. Raises ``Malformed`` (``receipt.malformed``) at birth.
    """

    public: bytes
    claim: Claim
    key: bytes
    index: int
    size: int
    proof: tuple[bytes, ...]
    checkpoint: str
    statement: bytes = b""
    author: bytes = b""

    def __post_init__(self) -> None:
        if len(self.author) != (PUBLIC_KEY_BYTES if self.statement else 0):
            raise Malformed("receipt.malformed", "A statement comes with its author's key, and only then.", hint=_HINT)
        if len(self.public) != PUBLIC_KEY_BYTES or len(self.key) != KEY_BYTES:
            raise Malformed("receipt.malformed", "A receipt has a public key and a key of 32 bytes each.", hint=_HINT)
        if not (0 <= self.index <= MAX_SIZE and 0 <= self.size <= MAX_SIZE):
            raise Malformed("receipt.malformed", "The numbers of a receipt lie between 0 and 2^63 - 1.", hint=_HINT)
        if len(self.proof) > MAX_PROOF_HASHES:
            raise Malformed("receipt.malformed", f"A proof has at most {MAX_PROOF_HASHES} hashes.", hint=_HINT)


class VerifiedReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a receipt proves, once every step held: this claim is this leaf of this log.

    ``others`` names the keys, unchecked, that also signed the checkpoint. Whether an attached statement is
    the one claimed is for ``esos.audit``, which can read statements.
    """

    claim: Claim
    origin: str
    index: int
    size: int
    root: bytes
    others: tuple[str, ...]


class Pin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All a verifier trusts: a station's raw public key and the origin of its log, had from elsewhere."""

    public: bytes
    origin: str


class ReceiptStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the check: the sentence that is true if ``check`` returns; it returns a detail, or raises."""

    sentence: str
    check: Callable[[Receipt, Pin], str]


def verify_receipt(receipt: Receipt, *, pinned_public: bytes, origin: str) -> VerifiedReceipt:
    """What the receipt proves under the pinned key, all of ``RECEIPT_STEPS`` having held.

    Raises ``ProofFailed``: ``proof.station``, ``proof.checkpoint``, ``proof.origin``, ``proof.size``,
    ``proof.index``, ``proof.hash_length``, ``proof.inclusion``; ``Malformed`` for a broken checkpoint.
    """
    pin = Pin(public=pinned_public, origin=origin)
    for step in RECEIPT_STEPS:
        step.check(receipt, pin)
    signed = _verified_head(receipt, pin)
    return VerifiedReceipt(
        claim=receipt.claim,
        origin=origin,
        index=receipt.index,
        size=receipt.size,
        root=signed.checkpoint.root,
        others=tuple(item.name for item in signed.signatures),
    )


def _verified_head(receipt: Receipt, pin: Pin) -> SignedCheckpoint:
    return verify_checkpoint(receipt.checkpoint.encode(), origin=pin.origin, public=pin.public)


def _check_station(receipt: Receipt, pin: Pin) -> str:
    if receipt.public != pin.public or receipt.claim.station != kid_of(pin.public):
        raise ProofFailed("proof.station", "The receipt is from another station than the one whose key you pinned.")
    return receipt.claim.station.hex()


def _check_checkpoint(receipt: Receipt, pin: Pin) -> str:
    signed = _verified_head(receipt, pin)
    others = ", ".join(item.name for item in signed.signatures)
    return pin.origin + (f"; also signed, not checked here, by {others}" if others else "")


def _check_size(receipt: Receipt, _pin: Pin) -> str:
    head = read_checkpoint(receipt.checkpoint.encode()).checkpoint
    if head.size != receipt.size:
        raise ProofFailed("proof.size", f"The proof is for {receipt.size} leaves, the checkpoint for {head.size}.")
    return f"{head.size} leaves"


def _check_inclusion(receipt: Receipt, _pin: Pin) -> str:
    leaf = claim_leaf(receipt.claim, receipt.key)
    head = read_checkpoint(receipt.checkpoint.encode()).checkpoint
    verify_inclusion(leaf=leaf, index=receipt.index, size=receipt.size, proof=receipt.proof, root=head.root)
    return f"leaf {receipt.index}"


RECEIPT_STEPS = (
    ReceiptStep(sentence="The receipt is from the station whose key you pinned.", check=_check_station),
    ReceiptStep(sentence="The checkpoint is of that station's log and carries its signature.", check=_check_checkpoint),
    ReceiptStep(sentence="The proof and the checkpoint speak of a tree of the same size.", check=_check_size),
    ReceiptStep(sentence="The leaf, recomputed from the claim, is in that tree.", check=_check_inclusion),
)
"""The check of a receipt, in order. Each step stands for itself, so that a report can run them all."""


class _StationPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kid: str
    public: str


class _ClaimPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    seq: int
    statement: str
    at_ms: int
    admission_sha256: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The receipt as it stands in the file: ids in lower-case hex, other bytes in base64url."""

    format: Literal["esos-receipt"]
    version: Literal[1]
    station: _StationPart
    claim: _ClaimPart
    key: str
    index: int
    size: int
    proof: Annotated[tuple[str, ...], Meta(max_length=MAX_PROOF_HASHES)]
    checkpoint: str
    statement: str = ""
    author: str = ""


def write_receipt(receipt: Receipt) -> bytes:
    """The receipt as a JSON file, indented by two spaces and ended by a newline."""
    claim = receipt.claim
    file = _File(
        format="esos-receipt",
        version=RECEIPT_VERSION,
        station=_StationPart(kid=claim.station.hex(), public=url_safe(receipt.public)),
        claim=_ClaimPart(
            seq=claim.seq,
            statement=claim.statement.hex(),
            at_ms=claim.at_ms,
            admission_sha256=url_safe(claim.admission_sha256),
        ),
        key=url_safe(receipt.key),
        index=receipt.index,
        size=receipt.size,
        proof=tuple(url_safe(item) for item in receipt.proof),
        checkpoint=receipt.checkpoint,
        statement=url_safe(receipt.statement),
        author=url_safe(receipt.author),
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def read_receipt(data: bytes) -> Receipt:
    """The receipt in a file; verifies nothing. Raises ``Malformed`` (``receipt.malformed``).

    Only the writer's own bytes are read, so that no two files say the same.
    """
    if len(data) > MAX_RECEIPT_BYTES:
        raise Malformed("receipt.malformed", f"A receipt is at most {MAX_RECEIPT_BYTES} bytes.", hint=_HINT)
    try:
        receipt = _receipt_of(msgspec.json.decode(data, type=_File))
    except EsosError as cause:
        raise Malformed("receipt.malformed", cause.detail, hint=_HINT) from cause
    except (ValueError, RecursionError) as cause:  # msgspec's errors and those of Unicode are ValueErrors
        raise Malformed("receipt.malformed", f"This is not a receipt: {cause}.", hint=_HINT) from cause
    if write_receipt(receipt) != data:
        raise Malformed("receipt.malformed", "This receipt is not as a station writes it.", hint=_HINT)
    return receipt


def _receipt_of(file: _File) -> Receipt:
    claim = Claim(
        station=bytes.fromhex(file.station.kid),
        seq=file.claim.seq,
        statement=bytes.fromhex(file.claim.statement),
        at_ms=file.claim.at_ms,
        admission_sha256=from_url_safe(file.claim.admission_sha256),
    )
    proof = tuple(from_url_safe(item) for item in file.proof)
    if any(len(item) != HASH_BYTES for item in proof):
        raise Malformed("receipt.malformed", f"A hash of the proof is {HASH_BYTES} bytes.", hint=_HINT)
    return Receipt(
        public=from_url_safe(file.station.public),
        claim=claim,
        key=from_url_safe(file.key),
        index=file.index,
        size=file.size,
        proof=proof,
        checkpoint=file.checkpoint,
        statement=from_url_safe(file.statement),
        author=from_url_safe(file.author),
    )
