"""The Merkle tree of RFC 6962 over SHA-256: its hashes, its shape, and its growing edge.

Law 11, prove it: a tree only ever grows, and every hash in it is exactly 32 bytes or is refused.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from esos.errors import Malformed

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
_SIZE_BYTES = 8


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A complete subtree: the ``index``-th, from the left, of those with 2**``level`` leaves."""

    level: int
    index: int

    @property
    def start(self) -> int:
        """Its first leaf."""
        return self.index << self.level

    @property
    def stop(self) -> int:
        """One past its last leaf."""
        return (self.index + 1) << self.level


def leaf_hash(data: bytes) -> bytes:
    """The 32-byte hash of a leaf: SHA-256 over a zero byte and its data (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of a node over its two children: SHA-256 over a one byte and both (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_hashes(hashes: Iterable[bytes]) -> None:
    """Refuse (``tree.hash_length``) anything that is not exactly 32 bytes."""
    wrong = set(map(len, hashes)) - {HASH_BYTES}
    if wrong:
        raise Malformed("tree.hash_length", f"A hash is {HASH_BYTES} bytes, not {min(wrong)}.")


def check_size(size: int) -> None:
    """Refuse (``tree.size``) a number of leaves that no tree can have."""
    if not 0 <= size <= MAX_SIZE:
        raise Malformed("tree.size", f"A tree has between 0 and {MAX_SIZE} leaves.")


def left_width(width: int) -> int:
    """How many leaves the left child of a tree of ``width`` ≥ 2 leaves has: the largest power of two below."""
    return 1 << ((width - 1).bit_length() - 1)


def cover(start: int, stop: int) -> tuple[Node, ...]:
    """The complete subtrees, from the left, that make up the RFC 6962 subtree over these leaves."""
    nodes = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        nodes.append(Node(level=level, index=start >> level))
        start += 1 << level
    return tuple(nodes)


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees given from the left, as ``cover`` lists them; at least one."""
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root of the tree with these leaf hashes; that of no leaves is SHA-256 of nothing."""
    return Frontier().extended(leaf_hashes).root()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a tree: all one needs to append and to know the root, in at most 63 hashes.

    ``peaks`` are the roots of the complete subtrees from the left, one for each bit set in ``size``.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        check_size(self.size)
        if len(self.peaks) != self.size.bit_count():
            raise Malformed("tree.frontier", f"The edge of {self.size} leaves is {self.size.bit_count()} hashes.")
        check_hashes(self.peaks)

    def extended(self, leaf_hashes: Iterable[bytes]) -> "Frontier":
        """The edge after these leaves were appended, in order. Raises ``Malformed`` (``tree.*``)."""
        added = leaf_hashes if isinstance(leaf_hashes, (list, tuple)) else list(leaf_hashes)
        check_hashes(added)
        check_size(self.size + len(added))
        return Frontier(size=self.size + len(added), peaks=_append(self.size, self.peaks, added))

    def root(self) -> bytes:
        """The root of the tree so far."""
        return fold(self.peaks) if self.peaks else EMPTY_ROOT

    def encoded(self) -> bytes:
        """The edge as bytes: its size (8, big-endian), then its hashes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.peaks)

    @classmethod
    def decoded(cls, data: bytes) -> "Frontier":
        """The inverse of ``encoded``; raises ``Malformed`` (``tree.*``). Compare its root before trusting it."""
        if len(data) < _SIZE_BYTES:
            raise Malformed("tree.frontier", "The edge of a tree starts with its size in 8 bytes.")
        hashes = data[_SIZE_BYTES:]
        peaks = tuple(hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES))
        return cls(size=int.from_bytes(data[:_SIZE_BYTES], "big"), peaks=peaks)


def _append(size: int, peaks: tuple[bytes, ...], added: Sequence[bytes]) -> tuple[bytes, ...]:
    """The hot loop: each leaf joins as many complete subtrees to its left as the size has one bits at its end."""
    sha256 = hashlib.sha256
    stack = list(peaks)
    pop, push = stack.pop, stack.append
    for leaf in added:
        merged, ones = leaf, size
        while ones & 1:
            merged = sha256(b"\x01" + pop() + merged).digest()
            ones >>= 1
        push(merged)
        size += 1
    return tuple(stack)
