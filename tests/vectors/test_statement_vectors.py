"""The published vectors of statements: each gets the verdict that stands first in its file."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from esos.errors import EsosError
from esos.keys.identity import kid_of, public_of, sign
from esos.message.jsonform import body_from_json, body_to_json
from esos.message.kinds import KINDS
from esos.message.reading import read_any
from esos.message.statement import check_signature, to_plain, write_statement

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "spec" / "vectors" / "statements"
FILES = sorted(FOLDER.glob("*.json"))
READERS = ("statement.py", "cbor.py", "cose.py")
MET_BY_OTHERS = {
    "cbor.too_large",  # a statement is too large first
    "cose.too_large",  # likewise
}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def raw_of(vector):
    repeated = vector.get("statement_repeated")
    return bytes.fromhex(repeated["byte"]) * repeated["times"] if repeated else bytes.fromhex(vector["statement"])


def read(vector):
    """What the vector's bytes say, once the signature holds."""
    statement = read_any(raw_of(vector))
    check_signature(statement, bytes.fromhex(vector["public"]))
    return statement


def shown(statement):
    return {
        "accepted": True,
        "id": statement.id.hex(),
        "kind": statement.kind,
        "realm": statement.realm.value,
        "author": statement.author.hex(),
        "time_ms": statement.time_ms,
        "case": statement.case.hex() if statement.case else None,
        "body": body_to_json(statement.body),
        "attests": to_plain(statement.attests) if statement.attests else None,
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_vector_gets_the_verdict_it_expects(path):
    vector = load(path)
    try:
        got = shown(read(vector))
    except EsosError as refusal:
        got = {"refused": refusal.code}
    assert got == vector["expect"], vector["sentence"]


ACCEPTED = [path for path in FILES if "accepted" in load(path)["expect"]]


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_an_accepted_vector_is_made_again_byte_for_byte_from_its_seed(path):
    vector = load(path)
    seed, steps = bytes.fromhex(vector["steps"]["seed"]), vector["steps"]
    statement = read(vector)
    assert kid_of(public_of(seed)) == statement.author
    assert sign(seed, bytes.fromhex(steps["sig_structure"])).hex() == steps["signature"]
    if path.stem.startswith("packet-"):
        return
    written = write_statement(
        seed=seed,
        realm=statement.realm,
        kind=statement.kind,
        body=statement.body,
        time_ms=statement.time_ms,
        case=statement.case,
        attests=statement.attests,
    )
    assert written.raw.hex() == vector["statement"]


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_an_accepted_body_fits_the_published_schema_and_reads_back_from_json(path):
    expect = load(path)["expect"]
    said = {"kind": expect["kind"], "body": expect["body"]}
    schema = load(ROOT / "spec" / "schemas" / "statement.json")
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(said)] == []
    assert body_to_json(body_from_json(expect["kind"], expect["body"])) == expect["body"]


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_every_bit_of_an_accepted_statement_is_covered(path):
    """Any one bit changed, anywhere: refused, or another statement whose signature does not hold."""
    vector = load(path)
    raw = raw_of(vector)
    places = range(0, len(raw) * 8, 7)
    for place in places:
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << (place % 8)
        with pytest.raises(EsosError):
            read({**vector, "statement": bytes(changed).hex()})


def test_the_schema_refuses_a_field_for_who_did_it():
    schema = jsonschema_rs.validator_for(load(ROOT / "spec" / "schemas" / "statement.json"))
    body = {"text": "We are on it."}
    assert schema.is_valid({"kind": "messaged", "body": body})
    assert not schema.is_valid({"kind": "messaged", "body": {**body, "attacker": "somebody"}})
    assert not schema.is_valid({"kind": "attributed", "body": body})


def test_there_is_a_vector_for_every_kind():
    kinds = {load(path)["expect"]["kind"] for path in ACCEPTED if path.stem.startswith("kind-")}
    assert kinds == KINDS.keys()


def codes_raised():
    """Every code that a reader of statements can refuse with."""
    for name in READERS:
        tree = ast.parse((ROOT / "src" / "esos" / "message" / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and isinstance(node.exc.args[0], ast.Constant)
            ):
                yield node.exc.args[0].value


def test_there_is_a_vector_for_every_way_to_be_refused():
    refused = {load(path)["expect"].get("refused") for path in FILES} - {None}
    assert set(codes_raised()) - MET_BY_OTHERS == refused


def test_every_file_begins_with_what_is_expected():
    assert [path.name for path in FILES if next(iter(load(path))) != "expect"] == []


def test_the_schema_is_what_its_script_writes(capsys):
    script = "write_statement_spec.py"
    program = [sys.executable, ROOT / "scripts" / script, "--check"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nRun: scripts/{script}"
    with capsys.disabled():
        sys.stdout.write(f" [{len(ACCEPTED)} statements accepted, {len(FILES) - len(ACCEPTED)} refused]")
    assert len(ACCEPTED) > 66
    assert len(FILES) - len(ACCEPTED) > 70
