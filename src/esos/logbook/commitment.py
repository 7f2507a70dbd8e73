"""What a leaf of the log hides: a fixed-length commitment to one claim of the station, under a fresh key.

Law 11 with brief 5: the log names nobody and leaks no plaintext. Whoever holds the key can show what
the leaf says; once the key is destroyed nobody can, and the leaf tells nothing any more.
"""

import hashlib
import hmac

import cbor2
import msgspec

from esos.errors import Malformed
from esos.keys.identity import KID_BYTES
from esos.logbook.tree import HASH_BYTES, MAX_SIZE, leaf_hash

CLAIM_VERSION = 1
KEY_BYTES = 32


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a station commits itself to: this statement had this journal number at this time.

    ``station`` is the station's kid, ``seq`` its journal number, ``statement`` the statement's id,
    ``at_ms`` when the station first had it, ``admission_sha256`` the SHA-256 of its record of who spoke.
    """

    station: bytes
    seq: int
    statement: bytes
    at_ms: int
    admission_sha256: bytes

    def __post_init__(self) -> None:
        lengths = (len(self.station), len(self.statement), len(self.admission_sha256))
        if lengths != (KID_BYTES, HASH_BYTES, HASH_BYTES):
            raise Malformed("claim.length", "A claim has a kid of 8 bytes and two hashes of 32 bytes.")
        if not (0 <= self.seq <= MAX_SIZE and 0 <= self.at_ms <= MAX_SIZE):
            raise Malformed("claim.number", "The numbers of a claim lie between 0 and 2^63 - 1.")

    def encoded(self) -> bytes:
        """The claim's one encoding, deterministic CBOR (RFC 8949, 4.2.1): what the commitment covers."""
        parts = [CLAIM_VERSION, self.station, self.seq, self.statement, self.at_ms, self.admission_sha256]
        return cbor2.dumps(parts, canonical=True)


def claim_of(*, station: bytes, seq: int, statement: bytes, at_ms: int, admission: bytes) -> Claim:
    """The claim about a journal entry, from the entry's own fields."""
    digest = hashlib.sha256(admission).digest()
    return Claim(station=station, seq=seq, statement=statement, at_ms=at_ms, admission_sha256=digest)


def commit(claim: Claim, key: bytes) -> bytes:
    """The 32 bytes a leaf holds: HMAC-SHA-256 of the claim under a fresh 32-byte key (RFC 2104)."""
    if len(key) != KEY_BYTES:
        raise Malformed("commitment.key", f"The key of a commitment is {KEY_BYTES} fresh bytes, not {len(key)}.")
    return hmac.digest(key, claim.encoded(), "sha256")


def claim_leaf(claim: Claim, key: bytes) -> bytes:
    """The leaf hash of a claim; a verifier computes it, never takes it from the prover."""
    return leaf_hash(commit(claim, key))
