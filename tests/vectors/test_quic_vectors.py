"""Every file in ``spec/vectors/quic`` is read as it says, or refused with the code that it says."""

import json
from pathlib import Path

import pytest

from esos.carriers.quic_wire import Kept, read_answer, read_call, write_answer, write_call
from esos.errors import EsosError

FILES = sorted((Path(__file__).parents[2] / "spec" / "vectors" / "quic").glob("*.json"))
READERS = {"call": (read_call, write_call), "answer": (read_answer, write_answer)}


def said_of(value):
    """A value in the words of a vector."""
    if isinstance(value, Kept):
        return {"statement": value.statement.hex(), "state": value.state.name.lower(), "at_ms": value.at_ms}
    if hasattr(value, "cose"):
        return {"statement": value.cose.hex(), "author": value.author.hex()}
    return {"code": value.code, "sentence": value.detail, "is_final": value.is_final}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_vector_is_read_or_refused_as_it_says(file):
    vector = json.loads(file.read_text())
    read, write = READERS[vector["kind"]]
    raw = bytes.fromhex(vector["bytes"])
    if refused := vector["expect"].get("refused"):
        with pytest.raises(EsosError) as refusal:
            read(raw)
        assert refusal.value.code == refused
        return
    value = read(raw)
    assert said_of(value) == vector["expect"]
    assert write(value) == raw


def test_there_are_vectors_of_both_kinds():
    assert {json.loads(file.read_text())["kind"] for file in FILES} == set(READERS)
