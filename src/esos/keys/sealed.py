"""A secret for the holder of one key: a libsodium sealed box to the X25519 form of its Ed25519 key.

Chance is an argument: the ephemeral key. Whoever has libsodium opens it with ``crypto_box_seal_open``.
"""

import hashlib

from nacl.bindings import crypto_box, crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from esos.errors import Malformed, ProofFailed

SEAL_SEED_BYTES = 32
_NONCE_BYTES = 24


def seal_for(public: bytes, message: bytes, *, ephemeral: bytes) -> bytes:
    """The message so that only the key's holder reads it. ``ephemeral`` is 32 fresh bytes, used once.

    Raises ``Malformed`` (``key.unsealable``) for a key that cannot be sealed to.
    """
    try:
        theirs = bytes(VerifyKey(public).to_curve25519_public_key())
    except (CryptoError, ValueError, RuntimeError, TypeError) as cause:
        raise Malformed("key.unsealable", "Nothing can be sealed to this key.") from cause
    ours = crypto_scalarmult_base(ephemeral)
    nonce = hashlib.blake2b(ours + theirs, digest_size=_NONCE_BYTES).digest()
    return ours + crypto_box(message, nonce, theirs, ephemeral)


def unseal(seed: bytes, sealed: bytes) -> bytes:
    """The inverse, with the key's 32-byte seed; raises ``ProofFailed`` (``key.unseal``)."""
    private = SigningKey(seed).to_curve25519_private_key()
    try:
        return crypto_box_seal_open(sealed, bytes(private.public_key), bytes(private))
    except (CryptoError, ValueError, TypeError) as cause:
        raise ProofFailed("key.unseal", "This was sealed for another key, or changed on the way.") from cause
