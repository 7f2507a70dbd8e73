"""The tree agrees with its definition, with another implementation, and with nobody who changes a bit."""

from functools import reduce
from itertools import pairwise

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.errors import ProofFailed
from esos.logbook.nodes import Tree
from esos.logbook.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from esos.logbook.tiles import nodes_from_tiles, tile_bytes
from esos.logbook.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root_of

DATA = [f"said {number}".encode() for number in range(70)]
LEAVES = [leaf_hash(data) for data in DATA]
TREE = Tree(LEAVES)
ROOTS = [TREE.root(size) for size in range(71)]


def defined_root(leaves):
    """RFC 6962, section 2.1, as it is written."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


def is_refused(verify, **named):
    try:
        verify(**named)
    except ProofFailed:
        return True
    return False


def flipped(values, bit):
    """The values with one bit, counted over all of them, turned over."""
    joined = bytearray(b"".join(values))
    joined[bit // 8 % len(joined)] ^= 1 << bit % 8
    return [bytes(joined[at : at + 32]) for at in range(0, len(joined), 32)]


sizes = st.integers(1, 70)
pairs = st.tuples(sizes, sizes).map(sorted)
bits = st.integers(0, 10**6)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=80), st.lists(st.integers(0, 80), max_size=5))
def test_however_leaves_arrive_the_root_is_the_one_defined(leaves, cuts):
    edge, tree = Frontier(), Tree()
    bounds = sorted({0, len(leaves), *(cut for cut in cuts if cut < len(leaves))})
    for start, stop in pairwise(bounds):
        edge = edge.extended(leaves[start:stop])
        tree.extend(leaves[start:stop])
    assert edge.root() == tree.root() == root_of(leaves) == defined_root(leaves)
    assert Frontier.decoded(edge.encoded()) == edge == tree.frontier()


@pytest.mark.parametrize("size", range(1, 71))
def test_every_leaf_of_every_tree_is_proven_at_its_place_and_at_no_other(size):
    for index in range(size):
        proof = inclusion_proof(index, size, TREE.node)
        known = {"leaf": LEAVES[index], "size": size, "proof": proof, "root": ROOTS[size]}
        verify_inclusion(index=index, **known)
        others = [place for place in range(size + 1) if place != index]
        assert all(is_refused(verify_inclusion, index=place, **known) for place in others)


@given(pairs, bits)
def test_no_bit_of_an_inclusion_proof_can_be_changed(pair, bit):
    index, size = pair[0] - 1, pair[1]
    proof = inclusion_proof(index, size, TREE.node)
    leaf, root, *rest = flipped([LEAVES[index], ROOTS[size], *proof], bit)
    assert is_refused(verify_inclusion, leaf=leaf, index=index, size=size, proof=rest, root=root)


@given(pairs, st.data())
def test_no_hash_of_an_inclusion_proof_can_be_left_out_doubled_or_cut(pair, data):
    index, size = pair[0] - 1, pair[1]
    proof = list(inclusion_proof(index, size, TREE.node))
    place = data.draw(st.integers(0, max(0, len(proof) - 1)))
    worse = [
        [*proof[:place], *proof[place + 1 :]],
        [*proof[:place], proof[0], *proof[place:]] if proof else [LEAVES[0]],
    ]
    worse.append([*proof[:place], *(item[:31] for item in proof[place : place + 1]), *proof[place + 1 :]])
    known = {"leaf": LEAVES[index], "index": index, "size": size, "root": ROOTS[size]}
    assert all(is_refused(verify_inclusion, proof=bad, **known) for bad in worse if bad != proof)


@pytest.mark.parametrize("new", range(1, 71))
def test_every_tree_is_shown_to_have_grown_from_every_earlier_one(new):
    for old in range(1, new + 1):
        proof = consistency_proof(old, new, TREE.node)
        verify_consistency(old=old, new=new, proof=proof, old_root=ROOTS[old], new_root=ROOTS[new])
        if old < new:
            backwards = {"old": new, "new": old, "old_root": ROOTS[new], "new_root": ROOTS[old]}
            assert is_refused(verify_consistency, proof=proof, **backwards)


@given(pairs, bits)
def test_no_bit_of_a_consistency_proof_can_be_changed(pair, bit):
    old, new = pair
    proof = consistency_proof(old, new, TREE.node)
    old_root, new_root, *rest = flipped([ROOTS[old], ROOTS[new], *proof], bit)
    assert is_refused(verify_consistency, old=old, new=new, proof=rest, old_root=old_root, new_root=new_root)


@given(pairs, st.integers(0, 69))
def test_a_rewritten_leaf_breaks_consistency_exactly_if_the_old_tree_had_it(pair, place):
    old, new = pair
    place %= new
    rewritten = Tree([*LEAVES[:place], leaf_hash(b"never said"), *LEAVES[place + 1 : new]])
    proof = consistency_proof(old, new, rewritten.node)
    roots = {"old_root": ROOTS[old], "new_root": rewritten.root()}
    assert is_refused(verify_consistency, old=old, new=new, proof=proof, **roots) == (place < old)


@given(
    st.integers(0, 70), st.lists(st.binary(min_size=32, max_size=32), max_size=4), st.binary(min_size=32, max_size=32)
)
def test_nothing_is_consistent_with_having_been_empty(new, proof, root):
    for old_root in (EMPTY_ROOT, root):
        assert is_refused(verify_consistency, old=0, new=new, proof=proof, old_root=old_root, new_root=root)


@pytest.fixture(scope="module")
def oracle():
    """Another implementation of RFC 6962, over the same data."""
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for data in DATA:
        tree.append_entry(data)
    return tree


@given(st.integers(0, 70))
def test_another_implementation_computes_the_same_roots(oracle, size):
    assert oracle.get_root(size) == ROOTS[size]


@given(pairs)
def test_another_implementation_makes_the_same_inclusion_proofs(oracle, pair):
    index, size = pair[0] - 1, pair[1]
    base, *path = oracle.prove_inclusion(index + 1, size).path
    assert (base, tuple(path)) == (LEAVES[index], inclusion_proof(index, size, TREE.node))


def as_rfc_6962_has_it(proof, old_root):
    """The oracle goes on down to the first new leaf; the RFC stops at the subtree that starts there."""
    first = proof.subset.index(1)
    beyond, seed, rest = proof.path[:first], proof.path[first], proof.path[first + 1 :]
    if beyond:
        rest = [reduce(node_hash, beyond), *rest]
    return tuple(rest if seed == old_root else [seed, *rest])


@given(pairs)
def test_another_implementation_makes_the_same_consistency_proofs(oracle, pair):
    old, new = pair
    theirs = as_rfc_6962_has_it(oracle.prove_consistency(old, new), ROOTS[old])
    assert consistency_proof(old, new, TREE.node) == theirs


@given(st.lists(st.integers(0, 699), min_size=1, max_size=5), st.integers(1, 700))
def test_any_proof_can_be_made_from_the_published_tiles_alone(places, size):
    large = Tree([leaf_hash(number.to_bytes(2, "big")) for number in range(size)])
    node = nodes_from_tiles(size, lambda tile: tile_bytes(tile, size, large.node))
    for place in places:
        assert inclusion_proof(place % size, size, node) == inclusion_proof(place % size, size, large.node)
        assert consistency_proof(place % size + 1, size, node) == consistency_proof(place % size + 1, size, large.node)
