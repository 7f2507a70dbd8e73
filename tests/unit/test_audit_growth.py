"""A log that only grew is shown to have grown by one small file; one that was changed cannot be."""

from functools import partial

import msgspec
import pytest

from esos.audit.growth import verify_growth_file
from esos.errors import Malformed
from esos.keys.identity import public_of, sign
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.growth import Growth, read_growth, write_growth
from esos.logbook.nodes import Tree
from esos.logbook.proofs import consistency_proof
from esos.logbook.tree import leaf_hash

SEED, OTHER = bytes(32), bytes([1]) * 32
PUBLIC, ORIGIN = public_of(SEED), "north-station.example/esos-log"
TREE = Tree([leaf_hash(bytes([number])) for number in range(21)])
REWRITTEN = Tree([leaf_hash(bytes([number or 99])) for number in range(21)])


def head(tree, size, seed=SEED):
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=tree.root(size))
    return sign_checkpoint(checkpoint, public=public_of(seed), sign=partial(sign, seed))


def growth_of(old=13, tree=TREE, seed=SEED):
    return Growth(old=old, proof=consistency_proof(old, 21, tree.node), checkpoint=head(tree, 21, seed).decode())


def codes(growth, since, **pin):
    pinned = {"pinned_public": PUBLIC, "origin": ORIGIN, **pin}
    report = verify_growth_file(write_growth(growth), since=since, **pinned)
    return list(dict.fromkeys(step.code for step in report.steps if not step.passed))


@pytest.mark.parametrize("old", [1, 8, 13, 21])
def test_a_log_that_grew_holds_from_any_checkpoint_that_was_kept(old):
    assert codes(growth_of(old), head(TREE, old)) == []


def test_a_log_rewritten_before_the_kept_checkpoint_is_refused():
    assert codes(growth_of(tree=REWRITTEN), head(TREE, 13)) == ["proof.consistency"]


def test_a_proof_from_another_size_than_was_kept_is_refused():
    assert codes(growth_of(8), head(TREE, 13))[0] == "proof.size"


def test_a_checkpoint_by_another_key_or_of_another_log_is_refused():
    assert codes(growth_of(seed=OTHER), head(TREE, 13)) == ["proof.checkpoint"]
    assert codes(growth_of(), head(TREE, 13, OTHER)) == ["proof.checkpoint"]
    assert codes(growth_of(), head(TREE, 13), origin="south-station.example/esos-log") == ["proof.origin"]


def test_no_proof_of_growth_holds_with_any_one_byte_changed():
    data, since = write_growth(growth_of()), head(TREE, 13)
    for place in range(len(data)):
        broken = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert not verify_growth_file(broken, since=since, pinned_public=PUBLIC, origin=ORIGIN).accepted, place


@pytest.mark.parametrize("growth", [growth_of(), msgspec.structs.replace(growth_of(), proof=())])
def test_a_proof_of_growth_is_read_back_as_written(growth):
    assert read_growth(write_growth(growth)) == growth


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        bytes(600_000),
        write_growth(growth_of())[:-1],
        write_growth(growth_of()).replace(b"esos-growth", b"esos-receipt"),
        write_growth(growth_of()).replace(b'"old": 13', b'"old": -1'),
        write_growth(growth_of()).replace(b"\n  ", b"\n   "),
    ],
)
def test_bytes_that_are_no_proof_of_growth_are_refused(data):
    with pytest.raises(Malformed) as refusal:
        read_growth(data)
    assert refusal.value.code == "growth.malformed"
    assert len(verify_growth_file(data, since=b"", pinned_public=PUBLIC, origin=ORIGIN).steps) == 1
