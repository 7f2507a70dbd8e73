"""Tiles: which there are, where they stand, and that they are enough to prove everything."""

import hashlib
from itertools import pairwise

import pytest

from esos.errors import Malformed, Unknown
from esos.logbook.nodes import Tree
from esos.logbook.proofs import consistency_proof, inclusion_proof, verify_inclusion
from esos.logbook.tiles import Tile, nodes_from_tiles, read_tile_path, tile_bytes, tile_hashes, tiles_between, width_at
from esos.logbook.tree import Node

LEAVES = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(1030)]
TREE = Tree(LEAVES)


def refused(error, act, *args, **named):
    with pytest.raises(error) as caught:
        act(*args, **named)
    return caught.value.code


def published(size):
    return {tile.path(): tile_bytes(tile, size, TREE.node) for tile in tiles_between(0, size)}


def test_a_full_tile_is_8192_bytes_and_a_partial_one_names_its_width():
    files = published(1030)
    assert {len(data) for path, data in files.items() if ".p/" not in path} == {8192}
    assert len(files["tile/0/004.p/6"]) == 6 * 32
    assert len(files["tile/1/000.p/4"]) == 4 * 32
    assert len(files) == 6


def test_a_tile_of_the_level_above_holds_the_roots_of_full_tiles():
    tile = Tile(level=1, index=0, width=4)
    assert tile_hashes(tile, tile_bytes(tile, 1030, TREE.node))[3] == Tree(LEAVES[768:1024]).root()


def test_an_outsider_proves_any_leaf_from_the_published_tiles_alone():
    files = published(1030)
    node = nodes_from_tiles(1030, lambda tile: files[tile.path()])
    for index in (0, 255, 256, 700, 1023, 1024, 1029):
        proof = inclusion_proof(index, 1030, node)
        verify_inclusion(leaf=LEAVES[index], index=index, size=1030, proof=proof, root=TREE.root())
    assert consistency_proof(257, 1030, node) == consistency_proof(257, 1030, TREE.node)


def test_each_tile_is_fetched_once():
    fetched = []
    node = nodes_from_tiles(1030, lambda tile: fetched.append(tile) or tile_bytes(tile, 1030, TREE.node))
    for index in range(0, 1030, 50):
        inclusion_proof(index, 1030, node)
    assert len(fetched) == len(set(fetched)) == 6


def test_growing_step_by_step_publishes_what_growing_at_once_would():
    sizes = [0, 1, 255, 256, 257, 512, 1030]
    by_steps = {tile.path() for old, new in pairwise(sizes) for tile in tiles_between(old, new)}
    assert {tile.path() for tile in tiles_between(0, 1030)} <= by_steps
    assert list(tiles_between(1030, 1030)) == []


def test_a_tile_of_a_smaller_tree_may_still_be_asked_for_and_one_of_a_larger_tree_may_not():
    tile = Tile(level=0, index=4, width=3)
    assert tile_bytes(tile, 1030, TREE.node) == b"".join(LEAVES[1024:1027])
    assert refused(Unknown, tile_bytes, Tile(level=0, index=4, width=7), 1030, TREE.node) == "tile.unknown"
    assert refused(Unknown, tile_bytes, Tile(level=2, index=0, width=1), 1030, TREE.node) == "tile.unknown"


def test_widths_follow_from_the_size():
    assert [width_at(level, 0, 70_000) for level in range(4)] == [256, 256, 1, 0]
    assert (width_at(0, 273, 70_000), width_at(1, 1, 70_000), width_at(0, 274, 70_000)) == (112, 17, 0)


def test_a_log_that_shrinks_has_no_new_tiles():
    assert refused(Malformed, list, tiles_between(5, 4)) == "tree.size"


@pytest.mark.parametrize(
    "path",
    ["", "tile/0", "tile/0/1", "tile/0/0001", "tile/0/x001", "tile/a/001", "/tile/0/001", "tile/8/000", "tile/0/001\n"],
)
def test_a_path_that_names_no_tile_is_refused(path):
    assert refused(Malformed, read_tile_path, path) == "tile.malformed"


@pytest.mark.parametrize("fields", [{"level": 8}, {"level": -1}, {"index": -1}, {"width": 0}, {"width": 257}])
def test_a_tile_that_cannot_be_is_never_made(fields):
    assert refused(Malformed, Tile, **{"level": 0, "index": 0, **fields}) == "tile.malformed"


def test_a_tile_cut_short_is_refused():
    assert refused(Malformed, tile_hashes, Tile(level=0, index=0, width=2), bytes(63)) == "tile.length"


def test_a_subtree_beyond_the_published_size_is_not_given():
    node = nodes_from_tiles(6, lambda tile: tile_bytes(tile, 6, TREE.node))
    assert refused(Malformed, node, Node(level=2, index=1)) == "tree.node"
