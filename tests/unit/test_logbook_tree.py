"""The tree: its hashes, its edge, its nodes, and what it refuses."""

import hashlib

import pytest

from esos.errors import Malformed
from esos.logbook.blocks import BLOCK_LEAVES, HighTree
from esos.logbook.nodes import Tree, nodes_from_leaves
from esos.logbook.proofs import consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof
from esos.logbook.tree import EMPTY_ROOT, MAX_SIZE, Frontier, Node, cover, leaf_hash, node_hash, root_of

LEAVES = [leaf_hash(bytes([number])) for number in range(40)]


def refused(act, *args, **named):
    with pytest.raises(Malformed) as caught:
        act(*args, **named)
    return caught.value.code


def test_a_leaf_and_a_node_over_the_same_bytes_have_different_hashes():
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"") == hashlib.sha256(b"\x00").digest()


def test_the_root_of_no_leaves_is_the_hash_of_nothing():
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()
    assert Tree().root() == EMPTY_ROOT


def test_three_leaves_hash_as_two_and_one():
    assert root_of(LEAVES[:3]) == node_hash(node_hash(*LEAVES[:2]), LEAVES[2])


def test_an_edge_grows_alike_by_one_or_by_many():
    one_by_one = Frontier()
    for leaf in LEAVES:
        one_by_one = one_by_one.extended([leaf])
    assert one_by_one == Frontier().extended(LEAVES) == Frontier().extended(iter(LEAVES)) == Tree(LEAVES).frontier()


def test_an_edge_is_read_back_from_its_bytes():
    edge = Frontier().extended(LEAVES[:21])
    assert Frontier.decoded(edge.encoded()) == edge
    assert Frontier.decoded(Frontier().encoded()) == Frontier()


@pytest.mark.parametrize(
    "data", [b"", bytes(7), bytes(9), (3).to_bytes(8, "big") + bytes(32), (1).to_bytes(8, "big") + bytes(31)]
)
def test_an_edge_that_does_not_fit_its_size_is_refused(data):
    assert refused(Frontier.decoded, data) in {"tree.frontier", "tree.hash_length"}


def test_a_tree_larger_than_all_trees_is_refused():
    assert refused(Frontier, size=MAX_SIZE + 1) == "tree.size"
    full = Frontier(size=MAX_SIZE, peaks=(bytes(32),) * 63)
    assert refused(full.extended, LEAVES[:1]) == "tree.size"
    assert refused(Tree(LEAVES).root, -1) == "tree.size"


def test_a_leaf_hash_that_is_not_32_bytes_is_refused_and_nothing_is_appended():
    tree = Tree(LEAVES[:3])
    assert refused(tree.extend, [LEAVES[3], LEAVES[4][:31]]) == "tree.hash_length"
    assert refused(Frontier().extended, [b""]) == "tree.hash_length"
    assert (tree.size, tree.root()) == (3, root_of(LEAVES[:3]))


def test_the_tree_remembers_every_root_it_had():
    tree = Tree(LEAVES)
    assert [tree.root(size) for size in range(41)] == [root_of(LEAVES[:size]) for size in range(41)]


def test_a_range_is_covered_by_complete_subtrees_from_the_left():
    assert cover(0, 7) == (Node(level=2, index=0), Node(level=1, index=2), Node(level=0, index=6))
    assert [(node.start, node.stop) for node in cover(8, 11)] == [(8, 10), (10, 11)]
    assert cover(5, 5) == ()


@pytest.mark.parametrize("node", [(0, 7), (2, 1), (3, 0), (60, 0), (0, -1), (-1, 0)])
def test_a_subtree_that_is_not_complete_is_not_given(node):
    level, index = node
    assert refused(Tree(LEAVES[:7]).node, Node(level=level, index=index)) == "tree.node"


def test_proofs_from_leaf_hashes_are_those_from_a_tree():
    tree, source = Tree(LEAVES), nodes_from_leaves(lambda start, stop: LEAVES[start:stop])
    assert inclusion_proof(17, 33, source) == inclusion_proof(17, 33, tree.node)
    assert consistency_proof(17, 33, source) == consistency_proof(17, 33, tree.node)


def test_what_a_proof_will_ask_for_is_known_beforehand():
    tree = Tree(LEAVES)
    for expected, proof in (
        (inclusion_nodes(17, 37), lambda node: inclusion_proof(17, 37, node)),
        (consistency_nodes(17, 37), lambda node: consistency_proof(17, 37, node)),
    ):
        asked = []
        proof(lambda node, asked=asked: asked.append(node) or tree.node(node))
        assert tuple(asked) == expected


def test_a_source_that_gives_too_few_leaves_is_found_out():
    source = nodes_from_leaves(lambda start, stop: LEAVES[start : stop - 1])
    assert refused(inclusion_proof, 0, 4, source) == "tree.source"


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (0, MAX_SIZE + 1)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index, size):
    assert refused(inclusion_proof, index, size, Tree(LEAVES).node) == "tree.index"
    assert refused(inclusion_nodes, index, size) == "tree.index"


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (5, 4), (-1, 4), (1, MAX_SIZE + 1)])
def test_no_proof_of_growth_is_made_from_nothing_or_backwards(old, new):
    assert refused(consistency_proof, old, new, Tree(LEAVES).node) == "tree.size"
    assert refused(consistency_nodes, old, new) == "tree.size"


def test_no_proof_is_longer_than_63_hashes():
    assert max(len(inclusion_nodes(index, MAX_SIZE)) for index in (0, 1, MAX_SIZE - 1)) >= 62
    stub = lambda _node: bytes(32)  # noqa: E731 - a source whose hashes do not matter here
    assert len(inclusion_proof(0, MAX_SIZE, stub)) == 63
    assert len(consistency_proof(1, MAX_SIZE, stub)) == 63
    assert len(consistency_proof(MAX_SIZE - 1, MAX_SIZE, stub)) <= 64


# ------------------------------------------------------------------------- a tree of which only the top is in memory
MANY = [leaf_hash(number.to_bytes(4)) for number in range(3 * BLOCK_LEAVES + 77)]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 700, len(MANY)])
def test_a_tree_of_which_only_the_top_is_in_memory_has_the_same_edge_and_root(size):
    high = HighTree()
    for start in range(0, size, 100):
        high.extend(MANY[start : min(size, start + 100)])
    assert high.frontier() == Tree(MANY[:size]).frontier()
    assert (high.size, high.root()) == (size, Tree(MANY[:size]).root())


@pytest.mark.parametrize("size", [1, 255, 256, 700, len(MANY)])
def test_it_proves_every_leaf_with_at_most_two_blocks_of_leaves_read(size):
    high, whole = HighTree(), Tree(MANY[:size])
    high.extend(MANY[:size])
    for index in range(0, size, 13):
        blocks = high.blocks_for(inclusion_nodes(index, size))
        assert len(blocks) <= 2
        read = {block: MANY[block * BLOCK_LEAVES : (block + 1) * BLOCK_LEAVES] for block in blocks}
        assert inclusion_proof(index, size, high.source(read)) == inclusion_proof(index, size, whole.node)
        old = index + 1
        blocks = high.blocks_for(consistency_nodes(old, size))
        read = {block: MANY[block * BLOCK_LEAVES : (block + 1) * BLOCK_LEAVES] for block in blocks}
        assert consistency_proof(old, size, high.source(read)) == consistency_proof(old, size, whole.node)


def test_it_goes_on_from_the_roots_of_its_blocks():
    high = HighTree()
    high.extend(MANY)
    again = HighTree(high.block_roots(0, high.block_count))
    again.extend(MANY[again.size :])
    assert again.frontier() == high.frontier()


def test_it_refuses_a_node_that_is_not_there():
    high = HighTree()
    high.extend(MANY)
    node = high.source({})
    for wanted in (
        Node(level=0, index=0),
        Node(level=0, index=len(MANY)),
        Node(level=8, index=3),
        Node(level=0, index=-1),
    ):
        assert refused(node, wanted) == "tree.node"
    assert refused(high.extend, [b"short"]) == "tree.hash_length"
