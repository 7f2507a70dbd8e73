"""A tree of which only the upper part is in memory: 32 bytes for each block of 256 leaves, and the leaves at its edge.

A log of a million leaves is held in a quarter of a megabyte and is there again at once after a start. What stands
below a block's root is read when a proof asks for it, one block of leaves for each end of the proof.
"""

from collections.abc import Iterable, Mapping, Sequence

from esos.logbook.nodes import NodeSource, Tree, absent
from esos.logbook.tree import Frontier, Node, check_hashes, check_size, root_of

BLOCK_LEVEL = 8
BLOCK_LEAVES = 1 << BLOCK_LEVEL


class HighTree:
    """A tree that grows, knows its root at any time, and says which blocks of leaves a proof needs besides."""

    def __init__(self, block_roots: Iterable[bytes] = ()) -> None:
        self._above = Tree(block_roots)
        self._edge: list[bytes] = []

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._above.size * BLOCK_LEAVES + len(self._edge)

    @property
    def block_count(self) -> int:
        """How many blocks are complete."""
        return self._above.size

    def extend(self, leaf_hashes: Sequence[bytes]) -> None:
        """Append leaves in order, all or none; raises ``Malformed`` (``tree.*``)."""
        check_hashes(leaf_hashes)
        check_size(self.size + len(leaf_hashes))
        self._edge += leaf_hashes
        whole = len(self._edge) - len(self._edge) % BLOCK_LEAVES
        starts = range(0, whole, BLOCK_LEAVES)
        self._above.extend([root_of(self._edge[start : start + BLOCK_LEAVES]) for start in starts])
        del self._edge[:whole]

    def frontier(self) -> Frontier:
        """The tree's edge: all one needs to append and to know the root."""
        edge = Frontier().extended(self._edge)
        return Frontier(size=self.size, peaks=(*self._above.frontier().peaks, *edge.peaks))

    def root(self) -> bytes:
        """The root now."""
        return self.frontier().root()

    def block_roots(self, start: int, stop: int) -> list[bytes]:
        """The roots of complete blocks, to keep them."""
        return [self._above.node(Node(level=0, index=index)) for index in range(start, stop)]

    def blocks_for(self, nodes: Iterable[Node]) -> set[int]:
        """The complete blocks whose leaves have to be read before ``source`` can give these nodes."""
        below = {node.start // BLOCK_LEAVES for node in nodes if node.level < BLOCK_LEVEL}
        return {block for block in below if block < self._above.size}

    def source(self, leaves: Mapping[int, Sequence[bytes]]) -> NodeSource:
        """Gives nodes, those inside a complete block from its leaves; raises ``Malformed`` (``tree.node``)."""

        def node(wanted: Node) -> bytes:
            if wanted.level >= BLOCK_LEVEL:
                return self._above.node(Node(level=wanted.level - BLOCK_LEVEL, index=wanted.index))
            block, first = divmod(wanted.start, BLOCK_LEAVES)
            known = self._edge if block == self._above.size else leaves.get(block, ())
            hashes = known[first : first + (1 << wanted.level)]
            if wanted.start < 0 or len(hashes) != 1 << wanted.level:
                raise absent(wanted, self.size)
            return root_of(hashes)

        return node
