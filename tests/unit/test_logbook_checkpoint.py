"""Checkpoints and the signed notes they travel in: what is written, what is read, what is believed."""

from functools import partial

import pytest

from esos.errors import Malformed, ProofFailed
from esos.keys.identity import public_of, sign
from esos.logbook.base64s import from_standard, from_url_safe, standard, url_safe
from esos.logbook.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint, verify_checkpoint
from esos.logbook.note import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Note,
    NoteSignature,
    check_name,
    key_id_of,
    read_note,
    sign_text,
    write_note,
)
from esos.logbook.tree import EMPTY_ROOT

SEED, OTHER = bytes(32), bytes([1]) * 32
PUBLIC = public_of(SEED)
ORIGIN = "north-station.example/esos-log"
HEAD = Checkpoint(origin=ORIGIN, size=5, root=bytes(range(32)))
SIGNED = sign_checkpoint(HEAD, public=PUBLIC, sign=partial(sign, SEED))


def refused(error, act, *args, **named):
    with pytest.raises(error) as caught:
        act(*args, **named)
    return caught.value.code


def with_line(data, name, seed):
    note = read_note(data)
    line = sign_text(note.text, name=name, public=public_of(seed), sign=partial(sign, seed))
    return write_note(Note(text=note.text, signatures=(*note.signatures, line)))


def test_a_checkpoint_is_three_lines_an_empty_one_and_a_signature():
    origin, size, root, empty, line, end = SIGNED.decode().split("\n")
    assert (origin, size, empty, end) == (ORIGIN, "5", "", "")
    assert from_standard(root) == HEAD.root
    dash, name, encoded = line.split(" ")
    assert (dash, name) == ("\u2014", ORIGIN)
    assert from_standard(encoded) == key_id_of(ORIGIN, PUBLIC) + sign(SEED, HEAD.text().encode())


def test_what_a_station_signed_verifies_under_its_pinned_key_and_no_other():
    assert verify_checkpoint(SIGNED, origin=ORIGIN, public=PUBLIC).checkpoint == HEAD
    stranger = public_of(OTHER)
    assert refused(ProofFailed, verify_checkpoint, SIGNED, origin=ORIGIN, public=stranger) == "proof.checkpoint"
    assert refused(ProofFailed, verify_checkpoint, SIGNED, origin="other/esos-log", public=PUBLIC) == "proof.origin"


def test_lines_of_other_names_are_tolerated_and_listed():
    signed = verify_checkpoint(with_line(SIGNED, "witness.example/one", OTHER), origin=ORIGIN, public=PUBLIC)
    assert [item.name for item in signed.signatures] == ["witness.example/one"]


def test_another_key_under_the_same_name_is_listed_and_does_not_count_as_the_station():
    alone = sign_checkpoint(HEAD, public=public_of(OTHER), sign=partial(sign, OTHER))
    assert refused(ProofFailed, verify_checkpoint, alone, origin=ORIGIN, public=PUBLIC) == "proof.checkpoint"
    both = verify_checkpoint(with_line(SIGNED, ORIGIN, OTHER), origin=ORIGIN, public=PUBLIC)
    assert [item.key_id for item in both.signatures] == [key_id_of(ORIGIN, public_of(OTHER))]


def test_reading_a_checkpoint_verifies_nothing_and_says_so_by_keeping_every_line():
    read = read_checkpoint(with_line(SIGNED, "witness.example/one", OTHER))
    assert [item.name for item in read.signatures] == [ORIGIN, "witness.example/one"]


@pytest.mark.parametrize("size", [0, 1, 2**63 - 1])
def test_every_size_a_tree_can_have_is_written_and_read(size):
    head = Checkpoint(origin=ORIGIN, size=size, root=HEAD.root if size else EMPTY_ROOT)
    data = sign_checkpoint(head, public=PUBLIC, sign=partial(sign, SEED))
    assert verify_checkpoint(data, origin=ORIGIN, public=PUBLIC).checkpoint == head


@pytest.mark.parametrize(
    "change",
    [{"size": -1}, {"size": 2**63}, {"root": bytes(31)}, {"size": 0}, {"extensions": ("",)}, {"extensions": ("a\nb",)}],
)
def test_a_checkpoint_that_cannot_be_is_never_made(change):
    fields = {"origin": ORIGIN, "size": 5, "root": bytes(32), **change}
    assert refused(Malformed, Checkpoint, **fields) == "checkpoint.malformed"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2003b", "a\x7fb"])
def test_a_log_cannot_bear_a_name_that_a_note_cannot_carry(name):
    assert refused(Malformed, check_name, name) == "note.name"
    assert refused(Malformed, Checkpoint, origin=name, size=5, root=bytes(32)) == "note.name"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        b"text\n\n\xe2\x80\x94 name\n",
        b"text\n\n\xe2\x80\x94  AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 na+me AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 name AAAAAA==\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAA= \n",
        b"text\n\n\xe2\x80\x94 name AAAAAAB=\n",
        b"te\txt\n\n\xe2\x80\x94 name AAAAAAA=\n",
        b"te\xffxt\n\n\xe2\x80\x94 name AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAA=",
    ],
)
def test_what_is_no_signed_note_is_refused(data):
    assert refused(Malformed, read_note, data) == "note.malformed"


def test_a_note_may_have_empty_lines_and_as_many_signatures_as_the_limit():
    line = NoteSignature(name="name", key_id=bytes(4), signature=b"x")
    note = Note(text="one\n\ntwo\n", signatures=(line,) * MAX_SIGNATURES)
    assert read_note(write_note(note)) == note
    more = Note(text=note.text, signatures=(line,) * (MAX_SIGNATURES + 1))
    assert refused(Malformed, read_note, write_note(more)) == "note.malformed"


def test_a_note_beyond_the_limit_is_refused_unread():
    line = NoteSignature(name="name", key_id=bytes(4), signature=b"x")
    note = write_note(Note(text="x" * MAX_NOTE_BYTES + "\n", signatures=(line,)))
    assert refused(Malformed, read_note, note) == "note.malformed"


def test_a_key_of_another_length_has_no_id():
    assert refused(Malformed, key_id_of, ORIGIN, bytes(31)) == "key.length"


@pytest.mark.parametrize("text", ["AA", "AB==", "AA=", "A A=", "_-8=", "é", "AA==\n"])
def test_standard_base64_has_one_spelling(text):
    assert refused(Malformed, from_standard, text) == "base64.malformed"


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "+/8", "é", "A\n"])
def test_url_safe_base64_has_one_spelling(text):
    assert refused(Malformed, from_url_safe, text) == "base64.malformed"


@pytest.mark.parametrize("length", range(8))
def test_base64_is_read_back_as_written(length):
    data = b"\xfb\xff\xfe\x00abcd"[:length]
    assert from_standard(standard(data)) == from_url_safe(url_safe(data)) == data
