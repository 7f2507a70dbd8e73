"""Signatures on the edge of Ed25519 (C2SP/CCTV): every verifier in use gives the same verdict, and the counts are kept.

Two verifiers that differ on one of them would let two honest readers disagree about what was said.
"""

import json
import re
import sys
from collections import Counter

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from esos.errors import EsosError
from esos.keys import identity
from esos.keys.identity import kid_of, signature_holds
from esos.message.statement import Statement, check_signature
from esos.words.realm import Realm

COUNT = 914
ACCEPTED = 43
"""How many of the vectors the project's verifier takes; a new version of the library must not change it unseen."""
CALLS_THE_LIBRARY = re.compile(r"VerifyKey\([^)]*\)\.verify|crypto_sign_open|crypto_sign_verify|Ed25519PublicKey")
NEVER = ("low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue")
"""Flags with which no signature is taken."""


@pytest.fixture(scope="module")
def vectors(shared):
    path = shared / "conformance" / "ed25519" / "ed25519" / "ed25519vectors.json"
    if not path.is_file():
        pytest.skip("the shared Ed25519 vectors are not here: ESOS_SHARED has no conformance/ed25519")
    return json.loads(path.read_text(encoding="utf-8"))


def parts(vector):
    return bytes.fromhex(vector["key"]), vector["msg"].encode(), bytes.fromhex(vector["sig"])


def holds_as_statement(public, message, signature):
    """By the door that every statement, attested or not, goes through."""
    statement = Statement(
        id=bytes(32),
        realm=Realm.REAL,
        kind="tested",
        author=kid_of(public),
        time_ms=0,
        case=None,
        body=None,
        attests=None,
        raw=b"",
        signed=message,
        signature=signature,
    )
    try:
        check_signature(statement, public)
    except EsosError:
        return False
    return True


def holds_by_libsodium(public, message, signature):
    """By the library itself, without our one function in between."""
    try:
        return crypto_sign_open(signature + message, public) == message
    except BadSignatureError:
        return False


def holds_by_openssl(public, message, signature):
    """By the library that the project keeps away from signatures (decision 0002)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_every_verifier_in_use_gives_the_same_verdict_on_every_vector(vectors, record_property, capsys):
    verdicts = [signature_holds(*parts(vector)) for vector in vectors]
    assert [holds_as_statement(*parts(vector)) for vector in vectors] == verdicts
    assert [holds_by_libsodium(*parts(vector)) for vector in vectors] == verdicts
    differs = sum(
        holds_by_openssl(*parts(vector)) is not verdict for vector, verdict in zip(vectors, verdicts, strict=True)
    )
    record_property("accepted", sum(verdicts))
    record_property("refused", len(verdicts) - sum(verdicts))
    with capsys.disabled():
        shown = f"{sum(verdicts)} of {len(verdicts)} accepted by every verifier in use"
        sys.stdout.write(f" [{shown}; the other library would differ on {differs}]")
    assert len(vectors) == COUNT
    assert sum(verdicts) == ACCEPTED


def test_no_signature_with_a_dangerous_point_is_taken(vectors):
    taken = Counter(flag for vector in vectors for flag in vector["flags"] or [] if signature_holds(*parts(vector)))
    assert {flag: taken[flag] for flag in NEVER} == dict.fromkeys(NEVER, 0)


def test_a_verifier_never_raises(vectors):
    key, message, signature = parts(vectors[0])
    for public, given in ((b"", signature), (key[:-1], signature), (key, b""), (key, signature + b"\x00")):
        assert signature_holds(public, message, given) is False


def test_there_is_one_verifier_in_the_project(repo_root):
    """Who calls the library directly is the one function; everybody else asks it."""
    callers = [
        path.relative_to(repo_root)
        for path in (repo_root / "src").rglob("*.py")
        if CALLS_THE_LIBRARY.search(path.read_text("utf-8"))
    ]
    assert [path.as_posix() for path in callers] == ["src/esos/keys/identity.py"]
    assert identity.signature_holds is signature_holds
