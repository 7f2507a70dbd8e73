"""Our HPKE against the vectors of RFC 9180 (appendix A.1, base mode), and against another implementation both ways."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from esos.errors import Malformed, ProofFailed
from esos.keys.hpke import HpkeKey, derive_private, export, seal_to

INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
PLAINTEXT = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")
SENDER = bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
RECEIVER = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
OURS = b"\x07" * 32
OTHERS = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def test_a_message_of_the_rfc_is_sealed_and_exported_from_as_the_rfc_says():
    made = seal_to(HpkeKey(RECEIVER).public, PLAINTEXT, info=INFO, ephemeral=SENDER)
    assert made.enc.hex() == "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
    assert made.exporter.hex() == "45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8"
    exported = {
        b"": "3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee",
        b"\x00": "2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5",
        b"TestContext": "e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931",
    }
    assert {context: export(made.exporter, context).hex() for context in exported} == exported


def test_a_key_follows_from_its_material_as_the_rfc_says():
    material = bytes.fromhex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037")
    assert derive_private(material) == RECEIVER
    assert HpkeKey(RECEIVER).public.hex() == "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"


def test_what_we_seal_another_implementation_opens():
    receiver = X25519PrivateKey.from_private_bytes(OURS)
    made = seal_to(receiver.public_key().public_bytes_raw(), b"help", info=INFO, ephemeral=SENDER)
    assert OTHERS.decrypt(made.enc + made.ciphertext, receiver, INFO) == b"help"


def test_what_another_implementation_seals_we_open():
    key = HpkeKey(OURS)
    sealed = OTHERS.encrypt(b"help", X25519PublicKey.from_public_bytes(key.public), INFO)
    assert key.open(sealed[:32], sealed[32:], info=INFO).plaintext == b"help"


def test_both_sides_export_the_same_and_nobody_else_does():
    key = HpkeKey(OURS)
    made = seal_to(key.public, b"help", info=INFO, ephemeral=SENDER)
    opened = key.open(made.enc, made.ciphertext, info=INFO)
    assert opened == (b"help", made.exporter)
    assert seal_to(key.public, b"help", info=INFO, ephemeral=RECEIVER).exporter != made.exporter


@pytest.mark.parametrize("place", [0, 31, 32, 35, -1])
def test_one_changed_bit_opens_nothing(place):
    key = HpkeKey(OURS)
    made = seal_to(key.public, b"help", info=INFO, ephemeral=SENDER)
    sealed = bytearray(made.enc + made.ciphertext)
    sealed[place] ^= 1
    with pytest.raises(ProofFailed) as refusal:
        key.open(bytes(sealed[:32]), bytes(sealed[32:]), info=INFO)
    assert refusal.value.code == "hpke.open"


def test_another_info_and_another_key_open_nothing():
    made = seal_to(HpkeKey(OURS).public, b"help", info=INFO, ephemeral=SENDER)
    for key, info in ((HpkeKey(OURS), b"else"), (HpkeKey(RECEIVER), INFO)):
        with pytest.raises(ProofFailed):
            key.open(made.enc, made.ciphertext, info=info)


@pytest.mark.parametrize("enc", [b"", bytes(32), b"\x01" + bytes(31), bytes(31)])
def test_a_key_of_small_order_or_wrong_length_is_refused_on_either_side(enc):
    with pytest.raises(ProofFailed):
        HpkeKey(OURS).open(enc, bytes(20), info=INFO)
    with pytest.raises(Malformed) as refusal:
        seal_to(enc, b"help", info=INFO, ephemeral=SENDER)
    assert refusal.value.code == "hpke.key"


def test_too_little_material_makes_no_key():
    with pytest.raises(Malformed):
        derive_private(bytes(31))
    with pytest.raises(Malformed):
        HpkeKey(bytes(31))
