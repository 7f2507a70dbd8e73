"""Every log vector gets, from this implementation, what its first key expects."""

import json
from functools import partial

import pytest

from esos.audit.log import verify_log
from esos.audit.receipt import verify_receipt_file
from esos.errors import EsosError
from esos.keys.identity import public_of, sign
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from esos.logbook.commitment import Claim, claim_leaf, commit
from esos.logbook.nodes import Tree
from esos.logbook.note import verifier_key
from esos.logbook.proofs import verify_consistency, verify_inclusion
from esos.logbook.receipt import read_receipt, verify_receipt
from esos.logbook.tiles import Tile, read_tile_path, tile_bytes, tiles_between
from esos.logbook.tree import leaf_hash, root_of

VECTOR_COUNT = 101
FULL_TILE = 256


@pytest.fixture(scope="module")
def vectors(repo_root):
    folder = repo_root / "spec" / "vectors" / "log"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def unhex(values):
    return [bytes.fromhex(value) for value in values]


def leaves_of(vector):
    return [leaf_hash(text.encode()) for text in vector["leaves"]]


def claim_from(fields):
    numbers = {name: fields[name] for name in ("seq", "at_ms")}
    texts = {name: bytes.fromhex(fields[name]) for name in ("station", "statement", "admission_sha256")}
    return Claim(**numbers, **texts)


def roots(vector):
    leaves = leaves_of(vector)
    return {"roots": [root_of(leaves[:size]).hex() for size in range(len(leaves) + 1)]}


def inclusion(vector):
    leaf, root = unhex([vector["leaf"], vector["root"]])
    verify_inclusion(leaf=leaf, index=vector["index"], size=vector["size"], proof=unhex(vector["proof"]), root=root)
    return {"accepted": True}


def consistency(vector):
    old_root, new_root = unhex([vector["old_root"], vector["new_root"]])
    sizes = {"old": vector["old"], "new": vector["new"]}
    verify_consistency(**sizes, proof=unhex(vector["proof"]), old_root=old_root, new_root=new_root)
    return {"accepted": True}


def commitment(vector):
    claim, key = claim_from(vector["claim"]), bytes.fromhex(vector["key"])
    values = {"claim_cbor": claim.encoded(), "commitment": commit(claim, key), "leaf": claim_leaf(claim, key)}
    return {name: value.hex() for name, value in values.items()}


def signing(vector):
    seed = bytes.fromhex(vector["seed"])
    head = Checkpoint(origin=vector["origin"], size=vector["size"], root=bytes.fromhex(vector["root"]))
    note = sign_checkpoint(head, public=public_of(seed), sign=partial(sign, seed))
    return {"note": note.decode(), "verifier_key": verifier_key(head.origin, public_of(seed))}


def checkpoint(vector):
    pinned = bytes.fromhex(vector["public"])
    signed = verify_checkpoint(vector["note"].encode(), origin=vector["origin"], public=pinned)
    head, others = signed.checkpoint, [item.name for item in signed.signatures]
    return {"accepted": True, "size": head.size, "root": head.root.hex(), "others": others}


def tile_paths(vector):
    paths = [Tile(**fields).path() for fields in vector["tiles"]]
    assert [read_tile_path(path) for path in paths] == [Tile(**fields) for fields in vector["tiles"]]
    return {"paths": paths}


def tile_path(vector):
    return {"tile": read_tile_path(vector["path"]).path()}


def tiles(vector):
    found = list(tiles_between(0, vector["size"]))
    full = [str(tile.level) for tile in found if tile.width == FULL_TILE]
    partials = [tile.path() for tile in found if tile.width < FULL_TILE]
    return {"full": {level: full.count(level) for level in sorted(set(full))}, "partial": partials}


def tile_content(vector):
    tree = Tree(leaves_of(vector))
    tile = Tile(level=vector["level"], index=vector["index"], width=vector["width"])
    return {"content": tile_bytes(tile, tree.size, tree.node).hex()}


def spelled(vector):
    """A receipt's bytes: as they stand there, or the parts in the one spelling of the file."""
    text = vector.get("text") or json.dumps(vector["receipt"], indent=2, ensure_ascii=False) + "\n"
    return text.encode()


def receipt(vector):
    data, pinned = spelled(vector), {"pinned_public": bytes.fromhex(vector["public"]), "origin": vector["origin"]}
    report = verify_receipt_file(data, **pinned)
    if not report.accepted:
        return {"refused": report.first_failure.code}
    read = read_receipt(data)
    proven = verify_receipt(read, **pinned)
    leaf = claim_leaf(proven.claim, read.key).hex()
    return {"accepted": True, "leaf": leaf, "index": proven.index, "size": proven.size, "root": proven.root.hex()}


def export(vector):
    lines = [line.encode() + b"\n" for line in vector["lines"]]
    kept = [note.encode() for note in vector.get("kept", ())]
    receipts = [read_receipt(spelled({"receipt": one})) for one in vector.get("receipts", ())]
    pinned = {"pinned_public": bytes.fromhex(vector["public"]), "origin": vector["origin"]}
    report = verify_log(lines, **pinned, kept=kept, receipts=receipts)
    return {"accepted": True} if report.accepted else {"refused": report.first_failure.code}


RUNNERS = {
    "roots": roots,
    "inclusion": inclusion,
    "consistency": consistency,
    "commitment": commitment,
    "signing": signing,
    "checkpoint": checkpoint,
    "tile-paths": tile_paths,
    "tile-path": tile_path,
    "tiles": tiles,
    "tile-content": tile_content,
    "receipt": receipt,
    "export": export,
}


def outcome_of(vector):
    try:
        return RUNNERS[vector["kind"]](vector)
    except EsosError as refusal:
        return {"refused": refusal.code}


def test_no_log_vector_is_missing_and_each_says_first_what_it_expects(vectors):
    assert len(vectors) == VECTOR_COUNT
    assert {next(iter(vector)) for vector in vectors.values()} == {"expect"}


def test_every_kind_of_log_vector_has_a_runner_and_every_runner_a_vector(vectors):
    assert {vector["kind"] for vector in vectors.values()} == set(RUNNERS)


def test_every_log_vector_ends_as_it_expects(vectors):
    ends = {name: (vector["expect"], outcome_of(vector)) for name, vector in vectors.items()}
    assert {name: end for name, end in ends.items() if end[0] != end[1]} == {}
