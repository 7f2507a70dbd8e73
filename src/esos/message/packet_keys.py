"""Whose packet it may be: the keys under which a station opens a caller's packets.

A sealing key follows from the station's master key, so nothing is stored for it. Older epochs are
kept apart: they go through a slower door, never to the floor (law 2).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import msgspec

from esos.message.packet_seal import Sealer, derive_key
from esos.words.realm import Realm

KEYS_CACHED_MAX = 65_536
"""How many (kid, epoch) pairs a station keeps ready; others are derived again in about 20 microseconds."""
OLDER_EPOCHS_MAX = 12
"""How many epochs before the last one the slower door still tries."""


class Registered(NamedTuple):
    """What the register knows of a live key: the raw public key and the one realm it speaks in."""

    public: bytes
    realm: Realm


class CallerKey(msgspec.Struct, frozen=True, kw_only=True):
    """Everything needed to open a caller's packet: public key, realm, and at least one sealing key, newest first."""

    kid: bytes
    public: bytes
    realm: Realm
    sealers: tuple[Sealer, ...]


class StationKeys:
    """A station's key ring: ``current`` for the door, ``older`` for the slower door.

    ``registered`` is asked every time, so a revoked key stops at once; it must answer from memory.
    ``epoch`` gives the present epoch's number.
    """

    def __init__(
        self,
        master: bytes,
        *,
        registered: Callable[[bytes], Registered | None],
        epoch: Callable[[], int],
        cached_max: int = KEYS_CACHED_MAX,
    ) -> None:
        derive_key(master, bytes(8), 0)
        self._registered = registered
        self._epoch = epoch
        self._rings: dict[bytes, tuple[int, Registered, CallerKey]] = {}
        self._cached_max = cached_max

        @lru_cache(maxsize=cached_max)
        def sealer(kid: bytes, number: int) -> Sealer:
            return Sealer(derive_key(master, kid, number))

        self._sealer = sealer

    def current(self, kid: bytes) -> CallerKey | None:
        """Keys of the present and the last epoch; None where nobody live is registered under the kid."""
        known, epoch = self._registered(kid), self._epoch()
        made = self._rings.get(kid)
        if made is not None and made[:2] == (epoch, known):
            return made[2]
        ring = self._ring(kid, newest=epoch, count=2)
        if known is not None and ring is not None:
            if len(self._rings) >= self._cached_max:
                self._rings.clear()
            self._rings[kid] = (epoch, known, ring)
        return ring

    def older(self, kid: bytes) -> CallerKey | None:
        """Keys of the epochs before those; None where nobody live is registered, or there are none."""
        return self._ring(kid, newest=self._epoch() - 2, count=OLDER_EPOCHS_MAX)

    def issue(self, kid: bytes) -> bytes:
        """The sealing key to hand to a caller at registration or renewal, for the present epoch."""
        return self._sealer(kid, self._epoch()).key

    def _ring(self, kid: bytes, *, newest: int, count: int) -> CallerKey | None:
        known = self._registered(kid)
        numbers = range(newest, max(newest - count, -1), -1)
        if known is None or not numbers:
            return None
        sealers = tuple(self._sealer(kid, number) for number in numbers)
        return CallerKey(kid=kid, public=known.public, realm=known.realm, sealers=sealers)
