"""Where proofs get their hashes: a tree in memory, or whatever can give the leaf hashes of a range.

A proof never depends on how the hashes are kept: it asks for complete subtrees, by level and index.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from esos.errors import Malformed
from esos.logbook.tree import EMPTY_ROOT, HASH_BYTES, Frontier, Node, check_hashes, check_size, cover, fold, root_of

NodeSource = Callable[[Node], bytes]
"""Gives the 32-byte root of a complete subtree."""

LeafSource = Callable[[int, int], Sequence[bytes]]
"""Gives the leaf hashes with ``start <= index < stop``."""


def nodes_from_leaves(source: LeafSource) -> NodeSource:
    """Read complete subtrees from leaf hashes, hashing each anew: right for a proof now and then.

    The source raises ``Malformed`` (``tree.hash_length``, ``tree.source``) where it was given too little.
    """

    def node(wanted: Node) -> bytes:
        hashes = source(wanted.start, wanted.stop)
        if len(hashes) != wanted.stop - wanted.start:
            raise Malformed(
                "tree.source", f"Leaves {wanted.start} to {wanted.stop - 1} were asked for, {len(hashes)} came."
            )
        return root_of(hashes)

    return node


def range_root(start: int, stop: int, node: NodeSource) -> bytes:
    """The hash of the RFC 6962 subtree over the leaves ``start <= index < stop``, of which there is at least one."""
    width = stop - start
    if width & (width - 1) == 0:
        return node(Node(level=width.bit_length() - 1, index=start // width))
    return fold([node(part) for part in cover(start, stop)])


def absent(wanted: Node, size: int) -> Malformed:
    """The refusal of a complete subtree that a tree of this size has not."""
    return Malformed(
        "tree.node", f"A tree of {size} leaves has no complete subtree {wanted.index} of level {wanted.level}."
    )


class Tree:
    """A whole tree in memory, 64 bytes a leaf: appends in bulk, gives any node at once, and cannot shrink."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaf_hashes)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0]) // HASH_BYTES

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaves in order, all or none; raises ``Malformed`` (``tree.*``)."""
        added = list(leaf_hashes)
        check_hashes(added)
        check_size(self.size + len(added))
        self._levels[0] += b"".join(added)
        level = 0
        while self._grow_above(level):
            level += 1

    def node(self, wanted: Node) -> bytes:
        """The root of a complete subtree: a ``NodeSource``. Raises ``Malformed`` (``tree.node``) where it is not."""
        at = wanted.index * HASH_BYTES
        if not 0 <= wanted.level < len(self._levels) or not 0 <= at < len(self._levels[wanted.level]):
            raise absent(wanted, self.size)
        return bytes(self._levels[wanted.level][at : at + HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """The root now, or when the tree had ``size`` leaves."""
        wanted = self.size if size is None else size
        check_size(wanted)
        return range_root(0, wanted, self.node) if wanted else EMPTY_ROOT

    def frontier(self) -> Frontier:
        """The tree's edge."""
        return Frontier(size=self.size, peaks=tuple(self.node(part) for part in cover(0, self.size)))

    def _grow_above(self, level: int) -> bool:
        """Hash the pairs of a level that have no parent yet; whether there were any."""
        below = self._levels[level]
        pairs = len(below) // (2 * HASH_BYTES)
        if pairs and level + 1 == len(self._levels):
            self._levels.append(bytearray())
        first = len(self._levels[level + 1]) // HASH_BYTES if pairs else 0
        if first == pairs:
            return False
        sha256, width = hashlib.sha256, 2 * HASH_BYTES
        starts = range(first * width, pairs * width, width)
        self._levels[level + 1] += b"".join([sha256(b"\x01" + below[at : at + width]).digest() for at in starts])
        return True
