"""The commitment in a leaf: hiding, binding, of one length, and never made with a weak key."""

import cbor2
import pytest

from esos.errors import Malformed
from esos.logbook.commitment import Claim, claim_leaf, claim_of, commit
from esos.logbook.tree import MAX_SIZE, leaf_hash

KEY = bytes(range(32))
FIELDS = {"station": b"station!", "seq": 7, "statement": bytes(32), "at_ms": 1_790_000_000_000, "admission": b"who"}


def refused(act, *args, **named):
    with pytest.raises(Malformed) as caught:
        act(*args, **named)
    return caught.value.code


def test_a_claim_names_version_station_number_statement_time_and_the_hash_of_the_admission():
    claim = claim_of(**FIELDS)
    version, station, seq, statement, at_ms, admission = cbor2.loads(claim.encoded())
    assert (version, station, seq, statement, at_ms) == (1, b"station!", 7, bytes(32), 1_790_000_000_000)
    assert admission == claim.admission_sha256 != b"who"


@pytest.mark.parametrize(
    "change", [{"station": b"station?"}, {"seq": 8}, {"statement": b"\x01" * 32}, {"at_ms": 1}, {"admission": b"other"}]
)
def test_every_part_of_a_claim_changes_the_leaf(change):
    assert claim_leaf(claim_of(**{**FIELDS, **change}), KEY) != claim_leaf(claim_of(**FIELDS), KEY)


def test_the_same_claim_under_another_key_is_another_leaf_so_that_nobody_can_guess_it():
    claim = claim_of(**FIELDS)
    assert commit(claim, KEY) != commit(claim, bytes(32))
    assert len(commit(claim, KEY)) == 32


def test_a_leaf_is_the_hash_of_its_commitment():
    assert claim_leaf(claim_of(**FIELDS), KEY) == leaf_hash(commit(claim_of(**FIELDS), KEY))


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length):
    assert refused(commit, claim_of(**FIELDS), bytes(length)) == "commitment.key"


@pytest.mark.parametrize("change", [{"station": b"short"}, {"statement": bytes(31)}, {"admission_sha256": bytes(33)}])
def test_a_claim_with_ids_of_another_length_cannot_exist(change):
    right = {"station": b"station!", "seq": 7, "statement": bytes(32), "at_ms": 1, "admission_sha256": bytes(32)}
    assert refused(Claim, **{**right, **change}) == "claim.length"


@pytest.mark.parametrize("change", [{"seq": -1}, {"at_ms": -1}, {"seq": MAX_SIZE + 1}, {"at_ms": MAX_SIZE + 1}])
def test_a_claim_with_numbers_out_of_bounds_cannot_exist(change):
    assert refused(claim_of, **{**FIELDS, **change}) == "claim.number"
