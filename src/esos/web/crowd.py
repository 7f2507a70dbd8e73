"""Who may stay at the HTTP door: so many connections in all and from one address, and none that only waits for ever.

A full door still lets the next one in: whoever has been silent longest makes room. So nobody can close it to a
registered caller by holding connections open (brief 7: refuse late and loudly, never forget silently).
"""

from collections import Counter, OrderedDict
from typing import Protocol

import msgspec


class CrowdLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many connections there may be in all, and from one address that is not this machine's own."""

    total_max: int = 4_096
    per_address_max: int = 256


class Guest(Protocol):
    """A connection. ``address`` is the other side's, empty where it is this machine or not known."""

    @property
    def address(self) -> str:
        """Where it comes from."""

    def make_room(self) -> None:
        """Go at once, without waiting for the other side."""


class Crowd:
    """The connections at one door. ``counters`` says what became of them."""

    def __init__(self, limits: CrowdLimits) -> None:
        self.limits = limits
        self._waiting: OrderedDict[Guest, None] = OrderedDict()  # those we wait for, silent longest first
        self._busy: set[Guest] = set()
        self._from: Counter[str] = Counter()
        self._refused = self._dropped = self._slow = 0

    @property
    def counters(self) -> dict[str, int]:
        """Connections open now; refused, dropped for others and ended for slowness since the start."""
        count = len(self._waiting) + len(self._busy)
        return {"open": count, "refused": self._refused, "dropped": self._dropped, "slow": self._slow}

    @property
    def busy_percent(self) -> int:
        """How much of the door is taken by those who are being served, and so make room for nobody."""
        return 100 * len(self._busy) // self.limits.total_max

    def enter(self, guest: Guest) -> bool:
        """Let one in, where need be in place of the one that has been silent longest; False where none is silent."""
        if not self._has_room(guest):
            self._refused += 1
            return False
        self._waiting[guest] = None
        self._from[guest.address] += 1
        return True

    def leave(self, guest: Guest) -> None:
        """One is gone. Safe to say twice, and of one that was refused."""
        if guest in self._waiting or guest in self._busy:
            self._waiting.pop(guest, None)
            self._busy.discard(guest)
            self._from[guest.address] -= 1
            if not self._from[guest.address]:
                del self._from[guest.address]

    def is_served(self, guest: Guest) -> None:
        """One has said all it had to say: it is our turn, and it makes room for nobody."""
        if guest in self._waiting:
            del self._waiting[guest]
            self._busy.add(guest)

    def is_waited_for(self, guest: Guest) -> None:
        """One is to speak again: it counts as silent from now."""
        if guest in self._busy:
            self._busy.discard(guest)
            self._waiting[guest] = None

    def send_off(self) -> None:
        """The door closes: whoever has not said all it had to say goes, and nothing of it was acknowledged."""
        for guest in list(self._waiting):
            self.leave(guest)
            guest.make_room()

    def was_slow(self) -> None:
        """Count one that was ended because it took too long."""
        self._slow += 1

    def _has_room(self, guest: Guest) -> bool:
        limits = self.limits
        if guest.address and self._from[guest.address] >= limits.per_address_max:
            return self._drop(guest.address)
        if len(self._waiting) + len(self._busy) >= limits.total_max:
            return self._drop("")
        return True

    def _drop(self, address: str) -> bool:
        """Whether one was silent, of this address if one is given, and has made room."""
        silent = next((one for one in self._waiting if address in {"", one.address}), None)
        if silent is None:
            return False
        self.leave(silent)
        self._dropped += 1
        silent.make_room()
        return True
