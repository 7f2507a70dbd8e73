"""C2SP checkpoints: a log's origin, size and root in a note signed by its station. One writer, one reader.

Law 11: a checkpoint is believed only under the pinned key and origin. Lines of other keys, as the
cosignatures of witnesses, are tolerated and listed, never counted as the station's.
"""

import re

import msgspec

from esos.errors import Malformed, ProofFailed
from esos.logbook.base64s import from_standard, standard
from esos.logbook.note import Note, NoteSignature, Signer, check_name, read_note, sign_text, verify_note, write_note
from esos.logbook.tree import EMPTY_ROOT, HASH_BYTES, MAX_SIZE

CHECKPOINTS_MAX_HOURS = 8_784
"""For how many hours back a station keeps a checkpoint, one an hour: a year's."""
HOUR_MS = 3_600_000
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3
_HINT = "See spec/log.md, “Checkpoints”."


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of a log: which log, how many leaves, which root. ``extensions`` are opaque further lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_BYTES:
            raise Malformed("checkpoint.malformed", "A checkpoint has a size below 2^63 and a root of 32 bytes.")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("checkpoint.malformed", "The empty tree has one root, and this is another.")
        if any(not line or not line.isprintable() for line in self.extensions):
            raise Malformed("checkpoint.malformed", "A checkpoint has no empty lines and no control characters.")

    def text(self) -> str:
        """What is signed: its lines, each ended by a newline."""
        return "\n".join((self.origin, str(self.size), standard(self.root), *self.extensions)) + "\n"


class SignedCheckpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checkpoint with signature lines. From ``read_checkpoint``: all of them, unchecked.

    From ``verify_checkpoint``: the station's was checked, and only the lines of others are left.
    """

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]


def sign_checkpoint(checkpoint: Checkpoint, *, public: bytes, sign: Signer) -> bytes:
    """The checkpoint as a note signed by the log's key, under the origin as its name."""
    text = checkpoint.text()
    line = sign_text(text, name=checkpoint.origin, public=public, sign=sign)
    return write_note(Note(text=text, signatures=(line,)))


def read_checkpoint(data: bytes) -> SignedCheckpoint:
    """Take a checkpoint apart, verifying nothing; raises ``Malformed`` (``note.*``, ``checkpoint.*``)."""
    note = read_note(data)
    return SignedCheckpoint(checkpoint=_read_text(note.text), signatures=note.signatures)


def verify_checkpoint(data: bytes, *, origin: str, public: bytes) -> SignedCheckpoint:
    """The checkpoint, if it is this log's and the pinned key signed it.

    Raises ``Malformed`` as ``read_checkpoint`` does, ``ProofFailed`` (``proof.origin``, ``proof.checkpoint``).
    """
    note = read_note(data)
    checkpoint = _read_text(note.text)
    if checkpoint.origin != origin:
        raise ProofFailed("proof.origin", f"The checkpoint is of the log {checkpoint.origin}, not of {origin}.")
    return SignedCheckpoint(checkpoint=checkpoint, signatures=verify_note(note, name=origin, public=public))


def _read_text(text: str) -> Checkpoint:
    origin, *rest = text[:-1].split("\n")
    if len(rest) < _LINES - 1 or not all(rest):
        raise Malformed("checkpoint.malformed", "A checkpoint is origin, size and root, a line each.", hint=_HINT)
    size, root, *extensions = rest
    if not _SIZE.fullmatch(size):
        raise Malformed("checkpoint.malformed", "A checkpoint's size is a plain decimal number.", hint=_HINT)
    try:
        return Checkpoint(origin=origin, size=int(size), root=from_standard(root), extensions=tuple(extensions))
    except Malformed as cause:
        raise Malformed("checkpoint.malformed", cause.detail, hint=_HINT) from cause
