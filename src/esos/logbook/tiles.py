"""C2SP tlog-tiles: the tree as immutable files of 256 hashes, from which anybody computes any proof.

A tile holds only complete subtrees; a partial one names its width and never feeds the level above.
"""

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from esos.errors import Malformed, Unknown
from esos.logbook.nodes import NodeSource, absent
from esos.logbook.tree import HASH_BYTES, MAX_SIZE, Node, check_size, fold

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_LEVEL = 7
_PATH = re.compile(r"tile/(\d{1,2})/((?:x\d{3}/){0,8}\d{3})(?:\.p/(\d{1,3}))?", re.ASCII)


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """The ``index``-th tile of a ``level``, 256 hashes wide or, at the right edge of a tree, fewer."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not (0 <= self.level <= MAX_LEVEL and 0 <= self.index <= MAX_SIZE and 1 <= self.width <= TILE_WIDTH):
            raise Malformed("tile.malformed", f"There is no tile of level {self.level} and width {self.width}.")

    def path(self) -> str:
        """Its address below the log's prefix: ``tile/<L>/<N>[.p/<W>]``, N in groups of three digits."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{self.level}/{number}" + ("" if self.width == TILE_WIDTH else f".p/{self.width}")

    def nodes(self) -> tuple[Node, ...]:
        """The complete subtrees whose hashes it holds, from the left."""
        first = self.index * TILE_WIDTH
        return tuple(Node(level=self.level * TILE_HEIGHT, index=first + at) for at in range(self.width))


def read_tile_path(path: str) -> Tile:
    """The tile a path names, the inverse of ``Tile.path``; raises ``Malformed`` (``tile.malformed``)."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("tile.malformed", "A tile's path is tile/<level>/<number> or tile/<level>/<number>.p/<width>.")
    level, number, width = match.groups()
    tile = Tile(
        level=int(level),
        index=int(number.replace("x", "").replace("/", "")),
        width=int(width) if width else TILE_WIDTH,
    )
    if tile.path() != path:
        raise Malformed("tile.malformed", f"That tile has another path: {tile.path()}.")
    return tile


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes that tile has in a tree of ``size`` leaves: 0 where there is none, 256 where it is full."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH))


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """The tiles that a tree of ``new`` leaves has and the same tree at ``old`` leaves had not; from 0, all.

    Raises ``Malformed`` (``tree.size``) for a tree that shrinks.
    """
    check_size(old)
    check_size(new - old)
    for level in range(MAX_LEVEL + 1):
        before, count = old >> (TILE_HEIGHT * level), new >> (TILE_HEIGHT * level)
        for index in range(before // TILE_WIDTH, -(-count // TILE_WIDTH)):
            width = width_at(level, index, new)
            if width > width_at(level, index, old):
                yield Tile(level=level, index=index, width=width)


def tile_bytes(tile: Tile, size: int, node: NodeSource) -> bytes:
    """A tile's content, its hashes one after another, from a tree of ``size`` leaves.

    A narrower tile than there is now may still be asked for. Raises ``Unknown`` (``tile.unknown``).
    """
    if tile.width > width_at(tile.level, tile.index, size):
        raise Unknown("tile.unknown", f"The log has {size} leaves, too few for {tile.path()}.")
    return b"".join([node(part) for part in tile.nodes()])


def tile_hashes(tile: Tile, data: bytes) -> tuple[bytes, ...]:
    """The hashes of a tile's content; raises ``Malformed`` (``tile.length``) unless there are just as many."""
    if len(data) != tile.width * HASH_BYTES:
        raise Malformed("tile.length", f"{tile.path()} is {tile.width * HASH_BYTES} bytes, not {len(data)}.")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def nodes_from_tiles(size: int, fetch: Callable[[Tile], bytes]) -> NodeSource:
    """Read complete subtrees from a log's published tiles, each fetched once; what an outsider proves with.

    Nothing is trusted by this: a proof made from wrong tiles does not verify.
    """
    fetched: dict[Tile, tuple[bytes, ...]] = {}

    def node(wanted: Node) -> bytes:
        if not 0 <= wanted.start < wanted.stop <= size:
            raise absent(wanted, size)
        level, height = divmod(wanted.level, TILE_HEIGHT)
        index, first = divmod(wanted.index << height, TILE_WIDTH)
        tile = Tile(level=level, index=index, width=width_at(level, index, size))
        if tile not in fetched:
            fetched[tile] = tile_hashes(tile, fetch(tile))
        return _complete_root(fetched[tile][first : first + (1 << height)])

    return node


def _complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of nodes, pair by pair."""
    row = list(hashes)
    while len(row) > 1:
        row = [fold(row[at : at + 2]) for at in range(0, len(row), 2)]
    return row[0]
