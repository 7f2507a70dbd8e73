"""A receipt: written, read, verified with nothing but a pinned key, and refused when anything is off."""

import json
from functools import partial

import msgspec
import pytest

from esos.errors import Malformed, ProofFailed
from esos.keys.identity import kid_of, public_of, sign
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.nodes import Tree
from esos.logbook.proofs import inclusion_proof
from esos.logbook.receipt import MAX_RECEIPT_BYTES, Receipt, read_receipt, verify_receipt, write_receipt
from esos.logbook.tree import leaf_hash

SEED = bytes(32)
PUBLIC = public_of(SEED)
ORIGIN = "north-station.example/esos-log"
CLAIM = claim_of(station=kid_of(PUBLIC), seq=3, statement=bytes(32), at_ms=1_790_000_000_000, admission=b"who")
KEY = bytes(range(32))


def made(size=5, index=2):
    leaves = [leaf_hash(bytes([number]) * 32) for number in range(size)]
    leaves[index] = claim_leaf(CLAIM, KEY)
    tree = Tree(leaves)
    head = Checkpoint(origin=ORIGIN, size=size, root=tree.root())
    return Receipt(
        public=PUBLIC,
        claim=CLAIM,
        key=KEY,
        index=index,
        size=size,
        proof=inclusion_proof(index, size, tree.node),
        checkpoint=sign_checkpoint(head, public=PUBLIC, sign=partial(sign, SEED)).decode(),
    )


def changed(**change):
    return msgspec.structs.replace(made(), **change)


def refused(error, act, *args, **named):
    with pytest.raises(error) as caught:
        act(*args, **named)
    return caught.value.code


def verdict(receipt, public=PUBLIC, origin=ORIGIN):
    return refused(ProofFailed, verify_receipt, receipt, pinned_public=public, origin=origin)


def test_a_receipt_proves_its_claim_under_the_pinned_key():
    proven = verify_receipt(made(), pinned_public=PUBLIC, origin=ORIGIN)
    assert (proven.claim, proven.index, proven.size, proven.others) == (CLAIM, 2, 5, ())


def test_a_receipt_in_a_log_of_one_needs_no_hashes():
    receipt = made(size=1, index=0)
    assert receipt.proof == ()
    assert verify_receipt(receipt, pinned_public=PUBLIC, origin=ORIGIN).size == 1


@pytest.mark.parametrize(("statement", "author"), [(b"", b""), (b"\x00\xffsigned", PUBLIC)])
def test_a_receipt_is_read_back_as_written(statement, author):
    receipt = changed(statement=statement, author=author)
    assert read_receipt(write_receipt(receipt)) == receipt


def test_a_receipt_is_written_as_every_json_writer_indents_it():
    data = write_receipt(changed(statement=b"signed", author=PUBLIC))
    assert data.decode() == json.dumps(json.loads(data), indent=2, ensure_ascii=False) + "\n"


def test_a_receipt_in_any_other_spelling_is_refused():
    data = write_receipt(made())
    for other in (json.dumps(json.loads(data)).encode(), data + b"\n", data[:-1], data.replace(b": ", b":  ", 1)):
        assert refused(Malformed, read_receipt, other) == "receipt.malformed"


def test_the_verifier_takes_the_leaf_from_the_claim_so_that_another_claim_fails():
    other = claim_of(station=kid_of(PUBLIC), seq=4, statement=bytes(32), at_ms=1, admission=b"who")
    assert verdict(changed(claim=other)) == "proof.inclusion"
    assert verdict(changed(key=bytes(32))) == "proof.inclusion"


def test_a_receipt_of_another_station_or_log_is_refused():
    stranger = public_of(bytes([1]) * 32)
    assert verdict(made(), public=stranger) == "proof.station"
    assert verdict(made(), origin="other.example/esos-log") == "proof.origin"
    borrowed = claim_of(station=kid_of(stranger), seq=3, statement=bytes(32), at_ms=1, admission=b"who")
    assert verdict(changed(claim=borrowed)) == "proof.station"


def test_a_receipt_whose_parts_are_from_different_moments_is_refused():
    assert verdict(changed(checkpoint=made(size=6).checkpoint)) == "proof.size"
    assert verdict(changed(index=5)) == "proof.index"


def test_a_proof_hash_of_another_length_is_refused_even_where_no_file_was_read():
    short = (made().proof[0][:31], *made().proof[1:])
    assert verdict(changed(proof=short)) == "proof.hash_length"


@pytest.mark.parametrize(
    "change",
    [
        {"public": bytes(31)},
        {"key": bytes(33)},
        {"index": -1},
        {"size": 2**63},
        {"proof": (bytes(32),) * 64},
        {"author": PUBLIC},
        {"statement": b"signed"},
    ],
)
def test_a_receipt_that_cannot_be_is_never_made(change):
    assert refused(Malformed, changed, **change) == "receipt.malformed"


FILE = msgspec.json.decode(write_receipt(made()))


def without(name):
    return {key: value for key, value in FILE.items() if key != name}


@pytest.mark.parametrize(
    "content",
    [
        *(without(name) for name in FILE),
        {**FILE, "extra": 1},
        {**FILE, "format": "esos-log"},
        {**FILE, "version": True},
        {**FILE, "index": "2"},
        {**FILE, "index": True},
        {**FILE, "index": 2.5},
        {**FILE, "proof": None},
        {**FILE, "proof": ["AA"]},
        {**FILE, "station": {**FILE["station"], "kid": "00"}},
        {**FILE, "station": {**FILE["station"], "kid": " " + FILE["station"]["kid"]}},
        {**FILE, "claim": {**FILE["claim"], "seq": -1}},
        [],
        None,
    ],
)
def test_a_file_that_is_no_receipt_is_refused(content):
    data = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    assert refused(Malformed, read_receipt, data) == "receipt.malformed"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"index": 2', b'"index": 2,\n  "index": 2'),
        (b'"index": 2', b'"index": 2.0'),
        (b'"index": 2', b'"index": -0'),
        (b'"index": 2', b'"index": NaN'),
        (b'"index": 2', b'"index": 1e1'),
        (b'"index": 2', b'"index": ' + b"9" * 5000),
        (b'"index": 2', b'"index": ' + b"[" * 100_000),
        (b"\xe2\x80\x94", b"\\ud800"),
        (b"\xe2\x80\x94", b"\xe2\x80"),
        (b"{", b"\xef\xbb\xbf{"),
        (b"}", b"}}"),
    ],
)
def test_json_that_two_readers_could_read_in_two_ways_is_refused(old, new):
    data = write_receipt(made())
    assert old in data
    assert refused(Malformed, read_receipt, data.replace(old, new, 1)) == "receipt.malformed"


def test_a_file_beyond_the_limit_is_refused_unread():
    data = write_receipt(made()) + b" " * MAX_RECEIPT_BYTES
    assert refused(Malformed, read_receipt, data) == "receipt.malformed"


def test_a_receipt_with_a_broken_checkpoint_is_malformed_not_false():
    broken = changed(checkpoint="no checkpoint at all")
    assert refused(Malformed, verify_receipt, broken, pinned_public=PUBLIC, origin=ORIGIN) == "note.malformed"
