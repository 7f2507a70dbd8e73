"""The station's own voice: its key, its name, its one realm, and how it signs what it says."""

from functools import lru_cache

import msgspec

from esos.keys.hpke import HpkeKey
from esos.keys.identity import kid_of, public_of
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import Body
from esos.message.statement import Attests, Statement, write_statement
from esos.message.stranger_packet import station_private
from esos.words.realm import Realm


class StationIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A station's signing key and public face. ``master`` seeds the sealing keys of callers' packets."""

    seed: bytes
    master: bytes
    name: str
    realm: Realm

    @property
    def public(self) -> bytes:
        """The raw public key that others pin."""
        return public_of(self.seed)

    @property
    def kid(self) -> bytes:
        """The 8-byte name of the key."""
        return kid_of(self.public)

    @property
    def hpke_public(self) -> bytes:
        """The key that strangers seal their calls to; it follows from ``master`` and stays as long as that does."""
        return _hpke_public(self.master)

    @property
    def party(self) -> str:
        """The station as a speaker: its kid in hex."""
        return self.kid.hex()

    @property
    def origin(self) -> str:
        """The name of its log (C2SP): the station's name without spaces, then ``/esos-log``."""
        slug = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in self.name.lower())
        return f"{slug.strip('-') or self.party}/esos-log"

    @property
    def speaker(self) -> Speaker:
        """How the station judges its own statements."""
        return Speaker(party=self.party, name=self.name, roles=frozenset({Role.STATION}), known_by=KnownBy.KEY)

    def say(
        self, kind: str, body: Body, *, now_ms: int, case: bytes | None = None, attests: Attests | None = None
    ) -> Statement:
        """Sign a statement in the station's realm."""
        return write_statement(
            seed=self.seed, realm=self.realm, kind=kind, body=body, time_ms=now_ms, case=case, attests=attests
        )


@lru_cache(maxsize=16)
def _hpke_public(master: bytes) -> bytes:
    return HpkeKey(station_private(master)).public
