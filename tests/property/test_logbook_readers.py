"""Every reader of the log is the inverse of its writer, and gives any other bytes one kind of refusal."""

from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.audit.log import verify_log, write_log
from esos.audit.receipt import verify_receipt_file
from esos.errors import EsosError, Malformed, ProofFailed
from esos.keys.identity import kid_of, public_of, sign
from esos.logbook.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint, verify_checkpoint
from esos.logbook.commitment import Claim, claim_leaf
from esos.logbook.nodes import Tree
from esos.logbook.note import Note, NoteSignature, read_note, write_note
from esos.logbook.proofs import inclusion_proof
from esos.logbook.receipt import Receipt, read_receipt, verify_receipt, write_receipt
from esos.logbook.tiles import Tile, read_tile_path

SEED = bytes(range(32))
PUBLIC = public_of(SEED)
ORIGIN = "north-station.example/esos-log"
SIGNER = partial(sign, SEED)
names = st.text(st.characters(exclude_characters="+", exclude_categories=("C", "Z")), min_size=1, max_size=20)
hashes = st.binary(min_size=32, max_size=32)
counts = st.integers(0, 2**63 - 1)


def signed_head(tree, size=None):
    head = Checkpoint(origin=ORIGIN, size=tree.size if size is None else size, root=tree.root(size))
    return sign_checkpoint(head, public=PUBLIC, sign=SIGNER)


@st.composite
def receipts(draw):
    claim = Claim(
        station=kid_of(PUBLIC),
        seq=draw(counts),
        statement=draw(hashes),
        at_ms=draw(counts),
        admission_sha256=draw(hashes),
    )
    key, leaves = draw(hashes), draw(st.lists(hashes, min_size=1, max_size=12))
    index = draw(st.integers(0, len(leaves) - 1))
    leaves[index] = claim_leaf(claim, key)
    tree = Tree(leaves)
    return Receipt(
        public=PUBLIC,
        claim=claim,
        key=key,
        index=index,
        size=tree.size,
        proof=inclusion_proof(index, tree.size, tree.node),
        checkpoint=signed_head(tree).decode(),
        statement=(statement := draw(st.binary(max_size=50))),
        author=draw(hashes) if statement else b"",
    )


@given(receipts())
def test_a_receipt_is_read_back_as_written_and_verifies(receipt):
    read = read_receipt(write_receipt(receipt))
    assert read == receipt
    assert verify_receipt(read, pinned_public=PUBLIC, origin=ORIGIN).claim == receipt.claim


@given(receipts(), st.integers(0, 10**9))
def test_a_receipt_with_any_bit_changed_is_refused(receipt, bit):
    bare = msgspec.structs.replace(receipt, statement=b"", author=b"")
    data = bytearray(write_receipt(bare))
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    with pytest.raises((Malformed, ProofFailed)):
        verify_receipt(read_receipt(bytes(data)), pinned_public=PUBLIC, origin=ORIGIN)
    assert not verify_receipt_file(bytes(data), pinned_public=PUBLIC, origin=ORIGIN).accepted


signatures = st.builds(
    NoteSignature, name=names, key_id=st.binary(min_size=4, max_size=4), signature=st.binary(min_size=1)
)
texts = st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)))).map(
    lambda rows: "\n".join(rows) + "\n"
)


@given(texts, st.lists(signatures, min_size=1, max_size=4))
def test_a_note_is_read_back_as_written(text, lines):
    note = Note(text=text, signatures=tuple(lines))
    assert read_note(write_note(note)) == note


@given(names, st.integers(1, 2**63 - 1), hashes, st.lists(names, max_size=2))
def test_a_checkpoint_is_read_back_as_written_and_verifies(origin, size, root, extensions):
    head = Checkpoint(origin=origin, size=size, root=root, extensions=tuple(extensions))
    data = sign_checkpoint(head, public=PUBLIC, sign=SIGNER)
    assert read_checkpoint(data).checkpoint == head
    assert verify_checkpoint(data, origin=origin, public=PUBLIC).checkpoint == head


@given(st.integers(0, 7), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_a_tile_is_found_under_the_path_it_names(level, index, width):
    tile = Tile(level=level, index=index, width=width)
    assert read_tile_path(tile.path()) == tile


@given(st.lists(hashes, min_size=1, max_size=600), st.lists(st.integers(0, 600), max_size=4), st.integers(0, 10**9))
def test_a_log_with_any_bit_changed_is_refused(leaves, sizes, bit):
    tree = Tree(leaves)
    heads = [signed_head(tree, size) for size in sorted({*(size % len(leaves) for size in sizes), len(leaves)})]
    lines = list(write_log(origin=ORIGIN, public=PUBLIC, leaf_hashes=leaves, checkpoints=heads))
    assert verify_log(lines, pinned_public=PUBLIC, origin=ORIGIN).accepted
    line = bytearray(lines[bit % len(lines)][:-1])
    line[bit // 8 % len(line)] ^= 1 << bit % 8
    lines[bit % len(lines)] = bytes(line) + b"\n"
    assert not verify_log(lines, pinned_public=PUBLIC, origin=ORIGIN).accepted


junk = st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))


def answer_of(reader, data):
    try:
        return reader(data)
    except EsosError as refusal:
        return refusal


@given(junk)
def test_any_bytes_get_a_refusal_or_a_value_and_never_an_accident(data):
    readers = (read_receipt, read_note, read_checkpoint, lambda raw: read_tile_path(raw.decode("latin-1")))
    for answer in (answer_of(reader, data) for reader in readers):
        assert isinstance(answer, (Malformed, Note))
    assert not verify_receipt_file(data, pinned_public=PUBLIC, origin=ORIGIN).accepted
    assert not verify_log(data.splitlines(keepends=True), pinned_public=PUBLIC, origin=ORIGIN).accepted
