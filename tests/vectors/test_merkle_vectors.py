"""Merkle proofs written by others are accepted or refused as their authors say, and counted."""

import json
from base64 import b64decode

import pytest

from esos.errors import ProofFailed
from esos.logbook.proofs import verify_consistency, verify_inclusion
from esos.logbook.tree import HASH_BYTES


@pytest.fixture(scope="module")
def folder(shared):
    found = shared / "conformance" / "merkle"
    if not found.is_dir():
        pytest.skip("the shared Merkle vectors are not here: ESOS_SHARED has no conformance/merkle")
    return found


def unbase(text):
    return b64decode(text or "")


def check_inclusion(vector):
    verify_inclusion(
        leaf=unbase(vector["leafHash"]),
        index=vector["leafIdx"],
        size=vector["treeSize"],
        proof=[unbase(item) for item in vector["proof"] or ()],
        root=unbase(vector["root"]),
    )


def check_consistency(vector):
    verify_consistency(
        old=vector["size1"],
        new=vector["size2"],
        proof=[unbase(item) for item in vector["proof"] or ()],
        old_root=unbase(vector["root1"]),
        new_root=unbase(vector["root2"]),
    )


def is_beneath_our_rules(vector):
    """Some suites accept roots that are no hashes, or growth from nothing; brief and spec/log.md refuse both."""
    if "size1" not in vector:
        return False
    return vector["size1"] == 0 or {len(unbase(vector["root1"])), len(unbase(vector["root2"]))} != {HASH_BYTES}


def is_refused(vector):
    try:
        (check_consistency if "size1" in vector else check_inclusion)(vector)
    except ProofFailed:
        return True
    return False


def test_every_public_merkle_vector_gets_the_verdict_its_author_wrote(folder, record_property, capsys):
    vectors = {path: json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))}
    wrong = [
        str(path.relative_to(folder))
        for path, vector in vectors.items()
        if is_refused(vector) != (vector["wantErr"] or is_beneath_our_rules(vector))
    ]
    record_property("merkle_vectors", len(vectors))
    with capsys.disabled():
        print(f"\n{len(vectors)} public Merkle vectors ran, {len(wrong)} disagree.")
    assert wrong == []
    assert {bool(vector["wantErr"]) for vector in vectors.values()} == {True, False}
