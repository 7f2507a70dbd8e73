"""A party's own voice: its key, its one realm, and how it signs what it says."""

import msgspec

from esos.keys.identity import kid_of, public_of
from esos.message.body import Body
from esos.message.statement import Statement, write_statement
from esos.words.realm import Realm


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """The key a party speaks with. Its seed never shows in a representation or a log."""

    seed: bytes
    realm: Realm

    def __repr__(self) -> str:
        return f"Voice({self.kid.hex()}, {self.realm.value})"

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return public_of(self.seed)

    @property
    def kid(self) -> bytes:
        """The 8-byte name of the key."""
        return kid_of(self.public)

    def say(self, kind: str, body: Body, *, now_ms: int, case: bytes | None = None) -> Statement:
        """Sign a statement; raises ``Malformed`` where nobody could read it back."""
        return write_statement(seed=self.seed, realm=self.realm, kind=kind, body=body, time_ms=now_ms, case=case)
