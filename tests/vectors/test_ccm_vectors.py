"""AES-CCM examples written by others (cose-wg) run through the primitive that seals our packets."""

import json
import sys

import cbor2
import pytest

from esos.errors import Malformed
from esos.message.packet_seal import ccm_open, ccm_seal

NONCE_LABEL = 5
TAG_BYTES = {"64": 8, "128": 16}
FEWEST = 16


@pytest.fixture(scope="module")
def examples(shared):
    folder = shared / "conformance" / "cose" / "aes-ccm-examples"
    if not folder.is_dir():
        pytest.skip("the shared COSE examples are not here: ESOS_SHARED has no conformance/cose")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def parts_of(example):
    """Key, nonce, Enc_structure, ciphertext and tag length of one example, read from its CBOR alone."""
    protected, unprotected, ciphertext = cbor2.loads(bytes.fromhex(example["output"]["cbor"])).value[:3]
    said = example["input"].get("enveloped") or example["input"]["encrypted"]
    context = "Encrypt" if "enveloped" in example["input"] else "Encrypt0"
    return {
        "key": bytes.fromhex(example["intermediates"]["CEK_hex"]),
        "nonce": unprotected[NONCE_LABEL],
        "aad": cbor2.dumps([context, protected, b""]),
        "sealed": ciphertext,
        "tag_bytes": TAG_BYTES[said["protected"]["alg"].rpartition("/")[2]],
    }


def test_every_public_example_opens_and_seals_again_to_the_same_bytes(examples, record_property, capsys):
    for name, example in examples.items():
        parts = parts_of(example)
        assert parts["aad"].hex().upper() == example["intermediates"]["AAD_hex"], name
        plaintext = ccm_open(**parts)
        assert plaintext == example["input"]["plaintext"].encode(), name
        sealed = parts.pop("sealed")
        assert ccm_seal(plaintext=plaintext, **parts) == sealed, name
    record_property("vectors", len(examples))
    with capsys.disabled():
        sys.stdout.write(f" [{len(examples)} AES-CCM examples]")
    assert len(examples) >= FEWEST


def test_every_public_example_is_refused_after_one_bit_is_changed(examples):
    for name, example in examples.items():
        parts = parts_of(example)
        changed = bytes((parts["sealed"][0] ^ 1,)) + parts["sealed"][1:]
        with pytest.raises(Malformed) as refusal:
            ccm_open(**parts | {"sealed": changed})
        assert refusal.value.code == "packet.tag", name
