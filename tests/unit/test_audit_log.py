"""An exported log is verified against a pinned key and what the reader kept; a rewritten one is found out."""

from functools import partial

import msgspec
import pytest

from esos.audit.log import LEAVES_PER_LINE, MAX_LINE_BYTES, read_log, verify_log, write_log
from esos.errors import Malformed
from esos.keys.identity import kid_of, public_of, sign
from esos.logbook.base64s import url_safe
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.nodes import Tree
from esos.logbook.proofs import inclusion_proof
from esos.logbook.receipt import Receipt
from esos.logbook.tree import leaf_hash

SEED = bytes(32)
PUBLIC = public_of(SEED)
ORIGIN = "north-station.example/esos-log"
KEY = bytes(range(32))
CLAIM = claim_of(station=kid_of(PUBLIC), seq=1, statement=bytes(32), at_ms=5, admission=b"who")
LEAVES = [leaf_hash(number.to_bytes(32, "big")) for number in range(600)]
LEAVES[300] = claim_leaf(CLAIM, KEY)
TREE = Tree(LEAVES)


def head(tree, size, seed=SEED):
    point = Checkpoint(origin=ORIGIN, size=size, root=tree.root(size))
    return sign_checkpoint(point, public=public_of(seed), sign=partial(sign, seed))


HEADS = [head(TREE, size) for size in (0, 1, 256, 300, 300, 600)]


def report_of(leaves=LEAVES, heads=HEADS, *, origin=ORIGIN, public=PUBLIC, **kept):
    lines = list(write_log(origin=ORIGIN, public=PUBLIC, leaf_hashes=leaves, checkpoints=heads))
    return verify_log(lines, pinned_public=public, origin=origin, **kept)


def codes(report):
    return [step.code for step in report.steps if not step.passed]


def receipt(tree=TREE, size=600, index=300):
    return Receipt(
        public=PUBLIC,
        claim=CLAIM,
        key=KEY,
        index=index,
        size=size,
        proof=inclusion_proof(index, size, tree.node),
        checkpoint=head(tree, size).decode(),
    )


def test_a_log_that_is_whole_is_accepted_with_all_that_was_kept():
    report = report_of(kept=[HEADS[2], HEADS[3]], receipts=[receipt()])
    assert report.accepted, report.lines()
    assert len(report.steps) == 8
    assert report.remarks == ()


def test_without_anything_kept_the_report_says_what_that_leaves_open():
    report = report_of()
    assert report.accepted
    assert report.remarks == (
        "No checkpoint kept from earlier was given: a history rewritten as a whole would not show.",
    )


def test_a_history_rewritten_and_signed_anew_shows_against_one_kept_checkpoint():
    forged = Tree([*LEAVES[:100], leaf_hash(bytes(32)), *LEAVES[101:]])
    leaves = [*LEAVES[:100], leaf_hash(bytes(32)), *LEAVES[101:]]
    assert report_of(leaves, [head(forged, 600)]).accepted
    assert codes(report_of(leaves, [head(forged, 600)], kept=[HEADS[3]])) == ["proof.root"]


def test_a_history_rewritten_shows_against_one_receipt():
    leaves = [*LEAVES[:300], leaf_hash(bytes(32)), *LEAVES[301:]]
    assert codes(report_of(leaves, [head(Tree(leaves), 600)], receipts=[receipt()])) == ["proof.leaf"]
    assert codes(report_of(LEAVES[:200], [head(TREE, 200)], receipts=[receipt()])) == ["proof.leaf"]


def test_a_kept_checkpoint_beyond_the_log_shows_that_leaves_were_dropped():
    assert codes(report_of(LEAVES[:300], HEADS[:4], kept=[HEADS[5]])) == ["proof.size"]


def test_a_kept_checkpoint_that_the_station_never_signed_proves_nothing_and_is_refused():
    assert codes(report_of(kept=[head(TREE, 300, seed=KEY)])) == ["proof.checkpoint"]


def test_two_views_of_one_size_are_refused():
    other = Tree([leaf_hash(bytes([9]) * 32), *LEAVES[1:]])
    report = report_of(heads=[*HEADS[:4], head(other, 300), HEADS[5]])
    assert codes(report) == ["proof.root", "proof.consistency"]


def test_a_checkpoint_by_another_key_is_refused():
    assert codes(report_of(heads=[*HEADS[:-1], head(TREE, 600, seed=KEY)])) == ["proof.checkpoint"]


def test_the_log_of_another_station_is_refused():
    stranger = public_of(KEY)
    assert codes(report_of(public=stranger))[:2] == ["proof.station", "proof.checkpoint"]
    assert codes(report_of(origin="other.example/esos-log"))[:2] == ["proof.station", "proof.origin"]


def test_a_checkpoint_that_is_none_fails_each_step_that_reads_it():
    assert set(codes(report_of(heads=[b"no checkpoint\n"]))) == {"note.malformed"}


def test_leaves_are_exported_as_tiles_are_256_to_a_line():
    lines = list(write_log(origin=ORIGIN, public=PUBLIC, leaf_hashes=LEAVES, checkpoints=HEADS))
    assert len(lines) == 1 + 3 + len(HEADS)
    assert LEAVES_PER_LINE == 256
    read = read_log(lines)
    assert (read.tree.root(), read.checkpoints, read.origin, read.public) == (TREE.root(), tuple(HEADS), ORIGIN, PUBLIC)


def test_an_empty_log_is_accepted_once_its_station_says_so():
    assert report_of([], [HEADS[0]]).accepted
    assert "proof.checkpoint" in codes(report_of([], []))


HEADER, FIRST, *_ = write_log(origin=ORIGIN, public=PUBLIC, leaf_hashes=LEAVES, checkpoints=[])
FIELDS = msgspec.json.decode(HEADER)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b""],
        [b"\n"],
        [FIRST],
        [HEADER, HEADER],
        [HEADER, FIRST, FIRST],
        [HEADER, b"{}"],
        [HEADER, b'{"is":"leaves","first":0,"hashes":""}'],
        [HEADER, b'{"is":"leaves","first":0,"hashes":"AAAA"}'],
        [HEADER, b'{"is":"leaves","first":0,"hashes":"AAAA="}'],
        [HEADER, b'{"is":"leaves","first":0.0,"hashes":"%s"}' % url_safe(bytes(32)).encode()],
        [HEADER, b'{"is":"leaves","first":0,"first":0,"hashes":"%s"}' % url_safe(bytes(32)).encode()],
        [HEADER, b'{"is":"checkpoint"}'],
        [HEADER, b'{"is":"checkpoint","note":"x"}\n\n'],
        [HEADER, b"[" * 100_000],
        [HEADER, b" " * (MAX_LINE_BYTES + 1)],
        [msgspec.json.encode({**FIELDS, "kid": "0011223344556677"})],
        [msgspec.json.encode({**FIELDS, "public": "AAAA"})],
        [msgspec.json.encode({**FIELDS, "version": 2})],
        [msgspec.json.encode({**FIELDS, "more": 1})],
    ],
)
def test_lines_that_are_no_export_are_refused_with_the_number_of_the_line(lines):
    with pytest.raises(Malformed) as caught:
        read_log(lines)
    assert caught.value.code == "log.malformed"
    assert codes(verify_log(lines, pinned_public=PUBLIC, origin=ORIGIN)) == ["log.malformed"]
