"""HPKE (RFC 9180) in base mode: one message sealed to a public key by somebody nobody knows, and a secret of both.

The suite is DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. The library's own HPKE seals and opens as well, but
draws its key itself and exports no secret (section 5.3), which the answer to a stranger is proved with; so the two
steps of the RFC between X25519 and AES-GCM stand here, and tests hold them against its vectors and that library.
"""

import hmac
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from esos.errors import Malformed, ProofFailed

HPKE_KEY_BYTES = 32
"""Of a private key, of a public key, and of the encapsulated key that travels before what is sealed."""
HPKE_TAG_BYTES = 16
EXPORT_MAX_BYTES = 32
_KEM_ID, _KDF_ID, _AEAD_ID = 0x0020, 0x0001, 0x0001
_KEM: Final = b"KEM" + _KEM_ID.to_bytes(2, "big")
_SUITE: Final = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (_KEM_ID, _KDF_ID, _AEAD_ID))
_BASE_MODE: Final = b"\x00"
_AES_KEY_BYTES, _NONCE_BYTES, _SECRET_BYTES = 16, 12, 32


class Sealed(NamedTuple):
    """What the sender has: the encapsulated key, the ciphertext with its tag, and the secret to export from."""

    enc: bytes
    ciphertext: bytes
    exporter: bytes


class Unsealed(NamedTuple):
    """What the receiver has: the plaintext, and the same secret to export from."""

    plaintext: bytes
    exporter: bytes


class HpkeKey:
    """A receiver's key pair, from its 32 private bytes."""

    __slots__ = ("_private", "public")

    def __init__(self, private: bytes) -> None:
        self._private = _private_key(private)
        self.public = self._private.public_key().public_bytes_raw()

    def open(self, enc: bytes, ciphertext: bytes, *, info: bytes) -> Unsealed:
        """What was sealed to this key under this info; raises ``ProofFailed`` (``hpke.open``)."""
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(enc))
            key, nonce, exporter = _schedule(shared, enc + self.public, info)
            return Unsealed(AESGCM(key).decrypt(nonce, ciphertext, b""), exporter)
        except (InvalidTag, ValueError) as cause:
            raise ProofFailed("hpke.open", "This was sealed to another key, or changed on its way.") from cause


def seal_to(public: bytes, plaintext: bytes, *, info: bytes, ephemeral: bytes) -> Sealed:
    """Seal to the holder of a key. ``ephemeral`` is 32 fresh random bytes, used for nothing else.

    Raises ``Malformed`` (``hpke.key``) for a public key that nothing can be sealed to.
    """
    ours = _private_key(ephemeral)
    enc = ours.public_key().public_bytes_raw()
    try:
        shared = ours.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as cause:
        raise Malformed("hpke.key", "Nothing can be sealed to this key.") from cause
    key, nonce, exporter = _schedule(shared, enc + public, info)
    return Sealed(enc, AESGCM(key).encrypt(nonce, plaintext, b""), exporter)


def export(exporter: bytes, context: bytes, length_bytes: int = EXPORT_MAX_BYTES) -> bytes:
    """A secret of at most 32 bytes that only the two sides have (section 5.3)."""
    return _expand(_SUITE, exporter, b"sec", context, length_bytes)


def derive_private(material: bytes) -> bytes:
    """The private key that follows from secret material of at least 32 bytes (section 7.1.3, DeriveKeyPair)."""
    if len(material) < HPKE_KEY_BYTES:
        raise Malformed("hpke.material", f"A key is derived from at least {HPKE_KEY_BYTES} bytes.")
    return _expand(_KEM, _extract(_KEM, b"", b"dkp_prk", material), b"sk", b"", HPKE_KEY_BYTES)


def _schedule(dh: bytes, kem_context: bytes, info: bytes) -> tuple[bytes, bytes, bytes]:
    """Key, nonce of the first message, and exporter secret (sections 4.1 and 5.1)."""
    shared = _expand(_KEM, _extract(_KEM, b"", b"eae_prk", dh), b"shared_secret", kem_context, _SECRET_BYTES)
    context = _BASE_MODE + _NO_PSK_ID + _extract(_SUITE, b"", b"info_hash", info)
    secret = _extract(_SUITE, shared, b"secret", b"")
    return (
        _expand(_SUITE, secret, b"key", context, _AES_KEY_BYTES),
        _expand(_SUITE, secret, b"base_nonce", context, _NONCE_BYTES),
        _expand(_SUITE, secret, b"exp", context, _SECRET_BYTES),
    )


def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + material, "sha256")


def _expand(suite: bytes, secret: bytes, label: bytes, info: bytes, length_bytes: int) -> bytes:
    """HKDF-Expand with a label; one block is all that this suite ever needs."""
    labelled = length_bytes.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(secret, labelled + b"\x01", "sha256")[:length_bytes]


def _private_key(private: bytes) -> X25519PrivateKey:
    if len(private) != HPKE_KEY_BYTES:
        raise Malformed("hpke.key", f"A key of this kind has {HPKE_KEY_BYTES} bytes.")
    return X25519PrivateKey.from_private_bytes(private)


_NO_PSK_ID: Final = _extract(_SUITE, b"", b"psk_id_hash", b"")
