"""A key pair on disk: private part readable by its owner only, written whole or not at all."""

import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

import msgspec

from esos.errors import Conflict, Malformed, Unknown
from esos.keys.identity import kid_of, public_of
from esos.words.realm import Realm

SEED_BYTES = 32
KEY_FILE_MAX_BYTES = 4096
OWNER_ONLY = 0o600


class KeyPair(msgspec.Struct, frozen=True, kw_only=True):
    """An Ed25519 key with the one realm it speaks in."""

    seed: bytes
    realm: Realm

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return public_of(self.seed)

    @property
    def kid(self) -> bytes:
        """Its 8-byte name."""
        return kid_of(self.public)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    esos: str
    realm: Realm
    kid: str
    public: str
    seed: str


def new_key(realm: Realm) -> KeyPair:
    """A fresh key."""
    return KeyPair(seed=secrets.token_bytes(SEED_BYTES), realm=realm)


def write_key(path: Path, key: KeyPair) -> None:
    """Keep a key; raises ``Conflict`` (``key.exists``) rather than overwrite one."""
    file = _File(
        esos="key",
        realm=key.realm,
        kid=key.kid.hex(),
        public=b64encode(key.public).decode(),
        seed=b64encode(key.seed).decode(),
    )
    write_private(path, msgspec.json.format(msgspec.json.encode(file)) + b"\n")


def write_private(path: Path, data: bytes, *, replace: bool = False) -> None:
    """Write bytes that only the owner may read, durably, whole or not at all; raises ``Conflict`` (``key.exists``).

    Durable is its name too: once this returns, a loss of power takes neither back.
    """
    if path.exists() and not replace:
        raise Conflict("key.exists", f"{path} exists already.", hint="Choose another name; keys are never overwritten.")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_key(path: Path) -> KeyPair:
    """Read a key file; raises ``Unknown`` (``key.missing``) or ``Malformed`` (``key.malformed``)."""
    if not path.is_file():
        raise Unknown("key.missing", f"There is no key file {path}.", hint="Make one with: esos key new --out FILE")
    raw = path.read_bytes()
    if len(raw) > KEY_FILE_MAX_BYTES:
        raise Malformed("key.malformed", f"{path} is no key file: it is too large.")
    try:
        file = msgspec.json.decode(raw, type=_File)
        key = KeyPair(seed=b64decode(file.seed, validate=True), realm=file.realm)
    except (msgspec.DecodeError, ValueError) as cause:
        raise Malformed("key.malformed", f"{path} is no key file.") from cause
    if len(key.seed) != SEED_BYTES or key.kid.hex() != file.kid:
        raise Malformed("key.malformed", f"{path} is damaged: its parts do not belong together.")
    return key
