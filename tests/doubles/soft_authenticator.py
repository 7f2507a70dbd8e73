"""A device that makes and uses passkeys, in software: real keys, real signatures, and whatever lies a test wants told."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def raw_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftAuthenticator:
    """One passkey. ``count`` grows with each use; ``verifies`` is whether the device checks its user."""

    origin: str
    rp_id: str = "localhost"
    verifies: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    owner: str = ""

    def make(self, options: dict) -> dict:
        """The answer to ``navigator.credentials.create``."""
        self.owner = options["user"]["id"]
        data = self._data("webauthn.create", options["challenge"])
        point = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
        held = bytes(16) + len(self.id).to_bytes(2) + self.id + public
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._flags(ATTESTED) + held})
        return self._answer({"clientDataJSON": b64(data), "attestationObject": b64(attested)})

    def use(self, options: dict, *, counts: bool = True) -> dict:
        """The answer to ``navigator.credentials.get``."""
        self.count += counts
        data, flags = self._data("webauthn.get", options["challenge"]), self._flags(0)
        signature = self.key.sign(flags + hashlib.sha256(data).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"clientDataJSON": b64(data), "authenticatorData": b64(flags), "signature": b64(signature)}
        return self._answer({**said, "userHandle": self.owner})

    def _data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _flags(self, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes((flags,)) + self.count.to_bytes(4)

    def _answer(self, response: dict) -> dict:
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
