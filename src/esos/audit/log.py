"""Verify an exported log offline: its leaves, its checkpoints over time, and what the reader kept of it.

Law 11: an auditor who kept one checkpoint or one receipt finds out whether anything before it was
changed, dropped or slipped in. The export's one writer and one strict reader stand side by side.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from esos.audit.report import Checklist, Report
from esos.errors import EsosError, Malformed, ProofFailed
from esos.keys.identity import PUBLIC_KEY_BYTES, kid_of
from esos.logbook.base64s import from_url_safe, url_safe
from esos.logbook.checkpoint import Checkpoint, read_checkpoint, verify_checkpoint
from esos.logbook.commitment import claim_leaf
from esos.logbook.nodes import Tree
from esos.logbook.proofs import consistency_proof, verify_consistency
from esos.logbook.receipt import Pin, Receipt
from esos.logbook.tree import HASH_BYTES, Node

SUBJECT = "Log: does it hold together, and is it the one you know?"
LEAVES_PER_LINE = 256
MAX_LINE_BYTES = 1_048_576
LOG_VERSION: Literal[1] = 1


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is"):
    """Base of the lines of an export: ``is`` says which one it is."""


class LogHeader(_Line, frozen=True, kw_only=True, tag="esos-log"):
    """The first line of an export: whose log it says it is. ``public`` is base64url, ``kid`` hex."""

    version: Literal[1]
    origin: str
    kid: str
    public: str


class _LeavesLine(_Line, frozen=True, kw_only=True, tag="leaves"):
    """Leaf hashes one after another in base64url; ``first`` is the index of the first."""

    first: int
    hashes: str


class _HeadLine(_Line, frozen=True, kw_only=True, tag="checkpoint"):
    """A checkpoint as the signed note it was published as."""

    note: str


class LogExport(msgspec.Struct, frozen=True, kw_only=True):
    """An export as read, nothing verified: the leaves as a tree, the checkpoints in the order of the file."""

    origin: str
    public: bytes
    tree: Tree
    checkpoints: tuple[bytes, ...]


def write_log(
    *, origin: str, public: bytes, leaf_hashes: Sequence[bytes], checkpoints: Iterable[bytes]
) -> Iterator[bytes]:
    """The lines of an export (JSON Lines, each with its newline): header, leaves, then checkpoints, oldest first."""
    yield header_line(origin=origin, public=public)
    yield from leaves_lines(0, leaf_hashes)
    yield from head_lines(checkpoints)


def header_line(*, origin: str, public: bytes) -> bytes:
    """The first line of an export."""
    return _line(LogHeader(version=LOG_VERSION, origin=origin, kid=kid_of(public).hex(), public=url_safe(public)))


def leaves_lines(start: int, leaf_hashes: Sequence[bytes]) -> Iterator[bytes]:
    """The lines of leaves from ``start`` on: an export may be written part by part, each a number of whole lines."""
    for first in range(0, len(leaf_hashes), LEAVES_PER_LINE):
        hashes = b"".join(leaf_hashes[first : first + LEAVES_PER_LINE])
        yield _line(_LeavesLine(first=start + first, hashes=url_safe(hashes)))


def head_lines(checkpoints: Iterable[bytes]) -> Iterator[bytes]:
    """The last lines: checkpoints, oldest first."""
    for note in checkpoints:
        yield _line(_HeadLine(note=note.decode()))


def read_log(lines: Iterable[bytes]) -> LogExport:
    """Read an export line by line; raises ``Malformed`` (``log.malformed``) with the number of the wrong line."""
    tree, checkpoints, origin, public = Tree(), [], "", b""
    for number, line in enumerate(lines, start=1):
        try:
            match _read_line(line, number):
                case LogHeader() as header:
                    origin, public = header.origin, _header_key(header)
                case _HeadLine(note=note):
                    checkpoints.append(note.encode())
                case _LeavesLine() as leaves:
                    tree.extend(_leaves(leaves, tree.size))
        except EsosError as cause:
            raise Malformed("log.malformed", f"Line {number} of the log is wrong: {cause.detail}") from cause
        except (ValueError, RecursionError) as cause:
            raise Malformed("log.malformed", f"Line {number} of the log is wrong: {cause}.") from cause
    if not public:
        raise Malformed("log.malformed", "The log is empty: not even a header.")
    return LogExport(origin=origin, public=public, tree=tree, checkpoints=tuple(checkpoints))


def verify_log(
    lines: Iterable[bytes],
    *,
    pinned_public: bytes,
    origin: str,
    kept: Sequence[bytes] = (),
    receipts: Sequence[Receipt] = (),
) -> Report:
    """Check an exported log under the station's pinned public key and the origin of its log.

    ``kept`` are checkpoints, ``receipts`` receipts the reader has from earlier: each must be part of
    this history. Never raises for what the export says: it reports.
    """
    checklist = Checklist(SUBJECT)
    found: list[LogExport] = []
    if not checklist.check("The file is a well-formed export of a log.", lambda: _read_into(found, lines)):
        return checklist.report()
    check_log(checklist, found[0], Pin(public=pinned_public, origin=origin), kept=kept, receipts=receipts)
    return checklist.report()


def check_log(
    checklist: Checklist, log: LogExport, pin: Pin, *, kept: Sequence[bytes], receipts: Sequence[Receipt]
) -> None:
    """Add the steps of a log's verification to a checklist, all that apply."""
    checklist.check("It is the log whose key and name you pinned.", lambda: _check_pin(log, pin))
    checklist.check("Every checkpoint carries the station's signature.", lambda: _check_heads(log.checkpoints, pin))
    checklist.check("Every checkpoint has the root recomputed from the leaves.", lambda: _check_roots(log))
    checklist.check("Every checkpoint continues the one before it.", lambda: _check_growth(log))
    checklist.check("The newest checkpoint covers every leaf.", lambda: _check_end(log))
    if kept:
        checklist.check("Every checkpoint you kept is part of this history.", lambda: _check_kept(log, kept, pin))
    else:
        checklist.remark("No checkpoint kept from earlier was given: a history rewritten as a whole would not show.")
    if receipts:
        checklist.check("Every receipt you kept stands in this log.", lambda: _check_receipts(log, receipts))


def _read_into(found: list[LogExport], lines: Iterable[bytes]) -> str:
    log = read_log(lines)
    found.append(log)
    return f"{log.tree.size} leaves, {len(log.checkpoints)} checkpoints"


def _check_pin(log: LogExport, pin: Pin) -> str:
    if (log.origin, log.public) != (pin.origin, pin.public):
        raise ProofFailed("proof.station", f"This is a log of {log.origin} under the key {kid_of(log.public).hex()}.")
    return f"{log.origin}, key {kid_of(log.public).hex()}"


def _check_heads(notes: Sequence[bytes], pin: Pin) -> str:
    if not notes:
        raise ProofFailed("proof.checkpoint", "There is no checkpoint: nobody signed for these leaves.")
    for note in notes:
        verify_checkpoint(note, origin=pin.origin, public=pin.public)
    return f"{len(notes)} checkpoints"


def _check_roots(log: LogExport) -> str:
    for head in _heads(log.checkpoints):
        _check_root(log.tree, head)
    return f"{log.tree.size} leaves"


def _check_root(tree: Tree, head: Checkpoint) -> None:
    if head.size > tree.size:
        raise ProofFailed("proof.size", f"A checkpoint speaks of {head.size} leaves; there are {tree.size}.")
    if tree.root(head.size) != head.root:
        raise ProofFailed("proof.root", f"The checkpoint of {head.size} leaves has another root than the leaves give.")


def _check_growth(log: LogExport) -> str:
    heads = _heads(log.checkpoints)
    for before, after in itertools.pairwise(heads):
        _check_pair(log.tree, before, after)
    return f"{max(0, len(heads) - 1)} times grown"


def _check_pair(tree: Tree, before: Checkpoint, after: Checkpoint) -> None:
    """From the empty tree everything grows, so that there is nothing to prove; otherwise the signed roots must fit."""
    if before.size > after.size or after.size > tree.size:
        raise ProofFailed("proof.consistency", f"A checkpoint of {after.size} leaves follows one of {before.size}.")
    if before.size:
        proof = consistency_proof(before.size, after.size, tree.node)
        verify_consistency(old=before.size, new=after.size, proof=proof, old_root=before.root, new_root=after.root)


def _check_end(log: LogExport) -> str:
    heads = _heads(log.checkpoints)
    covered = heads[-1].size if heads else 0
    if covered != log.tree.size or not heads:
        raise ProofFailed("proof.size", f"The newest checkpoint covers {covered} of {log.tree.size} leaves.")
    return f"{covered} leaves"


def _check_kept(log: LogExport, kept: Sequence[bytes], pin: Pin) -> str:
    for note in kept:
        _check_root(log.tree, verify_checkpoint(note, origin=pin.origin, public=pin.public).checkpoint)
    return f"{len(kept)} checkpoints"


def _check_receipts(log: LogExport, receipts: Sequence[Receipt]) -> str:
    for receipt in receipts:
        if receipt.index >= log.tree.size:
            raise ProofFailed("proof.leaf", f"The log ends before leaf {receipt.index}, for which you hold a receipt.")
        if log.tree.node(Node(level=0, index=receipt.index)) != claim_leaf(receipt.claim, receipt.key):
            raise ProofFailed("proof.leaf", f"Leaf {receipt.index} is another than the one your receipt is for.")
    return f"{len(receipts)} receipts"


def _heads(notes: Sequence[bytes]) -> list[Checkpoint]:
    return [read_checkpoint(note).checkpoint for note in notes]


def _line(value: _Line) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _read_line(line: bytes, number: int) -> LogHeader | _LeavesLine | _HeadLine:
    """One line, exactly as the writer would have written it: the header first, and only there."""
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a line is at most {MAX_LINE_BYTES} bytes")
    item = msgspec.json.decode(line, type=LogHeader | _LeavesLine | _HeadLine)
    if _line(item) != line.removesuffix(b"\n") + b"\n":
        raise ValueError("it is not in its one spelling")
    if isinstance(item, LogHeader) != (number == 1):
        raise ValueError("the header is the first line, and no other")
    return item


def _header_key(header: LogHeader) -> bytes:
    public = from_url_safe(header.public)
    if len(public) != PUBLIC_KEY_BYTES or kid_of(public).hex() != header.kid:
        raise ValueError("the key and its short name do not fit")
    return public


def _leaves(line: _LeavesLine, size: int) -> list[bytes]:
    data = from_url_safe(line.hashes)
    if line.first != size or not data or len(data) % HASH_BYTES:
        raise ValueError(f"the hashes of leaves {size} and following come next, 32 bytes each")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
