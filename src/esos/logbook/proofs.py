"""Inclusion and consistency proofs of RFC 6962: made from any source of hashes, checked without trust.

Law 11: a verifier believes no length, no order and no size it was not told to expect. A hash that is
not 32 bytes, a leaf beyond the tree, a tree that shrank or that began empty: all are refused.
"""

from collections.abc import Sequence

from esos.errors import Malformed, ProofFailed
from esos.logbook.nodes import NodeSource, range_root
from esos.logbook.tree import HASH_BYTES, MAX_SIZE, Node, cover, left_width, node_hash

Range = tuple[int, int]
"""The leaves ``start <= index < stop`` of one subtree."""


def inclusion_ranges(index: int, size: int) -> tuple[Range, ...]:
    """Which subtrees' hashes prove a leaf, from its sibling up (RFC 6962, 2.1.1); ``0 <= index < size``."""
    start, stop = 0, size
    ranges = []
    while stop - start > 1:
        middle = start + left_width(stop - start)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return tuple(reversed(ranges))


def consistency_ranges(old: int, new: int) -> tuple[Range, ...]:
    """Which subtrees' hashes prove that a tree grew (RFC 6962, 2.1.2); ``0 < old <= new``.

    Where the old tree is itself one complete subtree of the new one, its own root is not listed.
    """
    start, stop = 0, new
    ranges = []
    while old != stop:
        middle = start + left_width(stop - start)
        if old <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, stop))
    return tuple(reversed(ranges))


def inclusion_nodes(index: int, size: int) -> tuple[Node, ...]:
    """The complete subtrees that ``inclusion_proof`` will ask its source for, to fetch beforehand."""
    _check_leaf(index, size)
    return tuple(node for part in inclusion_ranges(index, size) for node in cover(*part))


def consistency_nodes(old: int, new: int) -> tuple[Node, ...]:
    """The complete subtrees that ``consistency_proof`` will ask its source for, to fetch beforehand."""
    _check_growth(old, new)
    return tuple(node for part in consistency_ranges(old, new) for node in cover(*part))


def inclusion_proof(index: int, size: int, node: NodeSource) -> tuple[bytes, ...]:
    """The proof that leaf ``index`` is in the tree of ``size`` leaves; raises ``Malformed`` (``tree.index``)."""
    _check_leaf(index, size)
    return tuple(range_root(start, stop, node) for start, stop in inclusion_ranges(index, size))


def consistency_proof(old: int, new: int, node: NodeSource) -> tuple[bytes, ...]:
    """The proof that the tree of ``new`` leaves begins with that of ``old``; raises ``Malformed`` (``tree.size``)."""
    _check_growth(old, new)
    return tuple(range_root(start, stop, node) for start, stop in consistency_ranges(old, new))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if the leaf hash stands at ``index`` in the tree of ``size`` leaves with this root.

    Raises ``ProofFailed``: ``proof.hash_length``, ``proof.index`` or ``proof.inclusion``.
    """
    _expect_hashes(leaf, root, *proof)
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofFailed("proof.index", f"A tree of {size} leaves has no leaf {index}.")
    ranges = inclusion_ranges(index, size)
    if len(proof) != len(ranges):
        raise ProofFailed("proof.inclusion", f"The proof has {len(proof)} hashes; {len(ranges)} are needed.")
    computed = leaf
    for (start, _stop), sibling in zip(ranges, proof, strict=True):
        computed = node_hash(sibling, computed) if start < index else node_hash(computed, sibling)
    if computed != root:
        raise ProofFailed("proof.inclusion", f"Leaf {index} is not in the tree of {size} leaves with this root.")


def verify_consistency(*, old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Return if the tree of ``new`` leaves with ``new_root`` begins with the tree of ``old`` leaves with ``old_root``.

    Raises ``ProofFailed``: ``proof.hash_length``, ``proof.size`` (an old size of 0 says nothing, and
    no log shrinks) or ``proof.consistency``.
    """
    _expect_hashes(old_root, new_root, *proof)
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofFailed("proof.size", f"A tree of {old} leaves cannot be shown to have grown to {new}.")
    ranges = consistency_ranges(old, new)
    if len(proof) != len(ranges):
        raise ProofFailed("proof.consistency", f"The proof has {len(proof)} hashes; {len(ranges)} are needed.")
    if _grown(old, ranges, proof, old_root) != (old_root, new_root):
        raise ProofFailed("proof.consistency", f"The tree of {new} leaves does not begin with that of {old}.")


def _grown(old: int, ranges: tuple[Range, ...], proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """Both roots as the proof has them. A subtree inside the old tree hashes into both, one beyond into the new."""
    before = after = old_root
    rest = list(zip(ranges, proof, strict=True))
    if rest and rest[0][0][0] < old:
        before = after = rest.pop(0)[1]
    for (start, _stop), sibling in rest:
        if start < old:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    return before, after


def _expect_hashes(*hashes: bytes) -> None:
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise ProofFailed("proof.hash_length", f"A hash is {HASH_BYTES} bytes, not {len(value)}.")


def _check_leaf(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise Malformed("tree.index", f"A tree of {size} leaves has no leaf {index}.")


def _check_growth(old: int, new: int) -> None:
    if not 0 < old <= new <= MAX_SIZE:
        raise Malformed("tree.size", f"No proof leads from {old} leaves to {new}.")
