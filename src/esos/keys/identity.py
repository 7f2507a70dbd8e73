"""Who signs: an Ed25519 public key, its short name, and the one verifier the project uses.

Two verifiers that differ on an edge case would let two honest readers disagree (a split view), so
everything, everywhere, asks the same one: libsodium's strict check, through PyNaCl.
"""

import hashlib
from functools import lru_cache

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import SigningKey

from esos.errors import Malformed

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
KID_BYTES = 8
SIGNING_KEYS_CACHED_MAX = 256
"""How many of its own keys a program keeps expanded."""


def kid_of(public: bytes) -> bytes:
    """The 8-byte name of a raw public key: the first bytes of its SHA-256 (brief 3)."""
    if len(public) != PUBLIC_KEY_BYTES:
        raise Malformed("key.length", f"A public key is {PUBLIC_KEY_BYTES} bytes, not {len(public)}.")
    return hashlib.sha256(public).digest()[:KID_BYTES]


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``message`` was made with the key (RFC 8032, strict). Never raises."""
    if len(public) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except (BadSignatureError, CryptoError, ValueError):
        return False
    return True


def sign(seed: bytes, message: bytes) -> bytes:
    """The 64-byte Ed25519 signature (RFC 8032, deterministic) by the key with this 32-byte seed."""
    return _signing_key(seed).sign(message).signature


@lru_cache(maxsize=SIGNING_KEYS_CACHED_MAX)
def public_of(seed: bytes) -> bytes:
    """The raw public key that belongs to a 32-byte seed."""
    return bytes(_signing_key(seed).verify_key)


@lru_cache(maxsize=SIGNING_KEYS_CACHED_MAX)
def _signing_key(seed: bytes) -> SigningKey:
    """Expanding a seed costs as much as signing; a program has few keys of its own."""
    return SigningKey(seed)
