"""COSE messages signed by others (cose-wg): read by our reader, verified over our Sig_structure, refused where marked."""

import json
import sys
from base64 import urlsafe_b64decode

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from esos.errors import Malformed
from esos.keys.identity import signature_holds
from esos.message.cose import ALG, EDDSA, decode_sign1, sig_structure
from esos.message.statement import read_statement

ES256 = -7
FEWEST = {"sign1-tests": 9, "eddsa-examples": 4}
UNTAGGED = {"sign-pass-03"}
"""Signed messages without their tag: our profile asks for it, COSE does not."""
SEVERAL_SIGNERS = {"eddsa-01", "eddsa-02"}
"""Messages of another kind (COSE_Sign): refused by our reader, their signatures checked all the same."""


@pytest.fixture(scope="module")
def examples(shared):
    folder = shared / "conformance" / "cose"
    if not folder.is_dir():
        pytest.skip("the shared COSE examples are not here: ESOS_SHARED has no conformance/cose")
    paths = [path for name in FEWEST for path in sorted((folder / name).glob("*.json"))]
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def raw_of(name, example):
    """The message's bytes, with the tag where the example leaves it out."""
    raw = bytes.fromhex(example["output"]["cbor"])
    return b"\xd2" + raw if name in UNTAGGED else raw


def unbase(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def es256_holds(key, message, signature):
    numbers = EllipticCurvePublicNumbers(
        int.from_bytes(unbase(key["x"])), int.from_bytes(unbase(key["y"])), SECP256R1()
    )
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        numbers.public_key().verify(der, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def eddsa_holds(key, message, signature):
    """Ed25519 by the project's own verifier; Ed448, which the project does not use, by the library."""
    public = bytes.fromhex(key["x_hex"])
    if key["crv"] == "Ed25519":
        return signature_holds(public, message, signature)
    try:
        Ed448PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


HOLDS = {ES256: es256_holds, EDDSA: eddsa_holds}


def covered(sign1, external):
    """What the signature is over; an empty protected header counts as no bytes (RFC 9052, section 3)."""
    return sig_structure(sign1.protected_bytes if sign1.protected else b"", sign1.payload, external)


def verify(name, example):
    """Whether our reader takes the message and its signature holds."""
    said = example["input"]["sign0"]
    try:
        sign1 = decode_sign1(raw_of(name, example))
    except Malformed:
        return False
    holds = HOLDS.get(sign1.protected.get(ALG, sign1.unprotected.get(ALG)))
    message = covered(sign1, bytes.fromhex(said.get("external", "")))
    return holds is not None and holds(said["key"], message, sign1.signature)


def single(examples):
    return {name: example for name, example in examples.items() if name not in SEVERAL_SIGNERS}


def test_every_public_message_verifies_or_is_refused_as_marked(examples, record_property, capsys):
    verdicts = {name: verify(name, example) for name, example in single(examples).items()}
    expected = {name: not example.get("fail", False) for name, example in single(examples).items()}
    assert verdicts == expected
    counts = (sum(verdicts.values()), len(verdicts) - sum(verdicts.values()))
    record_property("verified_and_refused", counts)
    with capsys.disabled():
        sys.stdout.write(f" [{counts[0]} COSE messages verified, {counts[1]} refused]")
    assert len(examples) >= sum(FEWEST.values())
    assert all(counts)


def test_what_we_say_is_signed_is_what_the_authors_say_is_signed(examples):
    """For those that must hold; of the others the authors give the bytes before they were spoiled."""
    for name, example in single(examples).items():
        if not example.get("fail"):
            said = bytes.fromhex(example["input"]["sign0"].get("external", ""))
            wanted = example["intermediates"]["ToBeSign_hex"]
            assert covered(decode_sign1(raw_of(name, example)), said).hex().upper() == wanted, name


def test_a_changed_bit_of_any_message_that_holds_is_refused(examples):
    for name, example in single(examples).items():
        if not example.get("fail"):
            output = bytearray.fromhex(example["output"]["cbor"])
            output[-1] ^= 1
            assert not verify(name, {**example, "output": {"cbor": output.hex()}}), name


def test_a_message_of_several_signers_is_no_statement_and_its_signatures_hold_all_the_same(examples):
    for name in SEVERAL_SIGNERS & examples.keys():
        example = examples[name]
        with pytest.raises(Malformed) as refusal:
            decode_sign1(raw_of(name, example))
        assert refusal.value.code == "cose.tag"
        signer = example["input"]["sign"]["signers"][0]
        message = bytes.fromhex(example["intermediates"]["signers"][0]["ToBeSign_hex"])
        signature = cbor2.loads(raw_of(name, example)).value[3][0][2]
        assert eddsa_holds(signer["key"], message, signature), name


def test_none_of_them_is_a_statement(examples):
    for name, example in examples.items():
        with pytest.raises(Malformed):
            read_statement(raw_of(name, example))
