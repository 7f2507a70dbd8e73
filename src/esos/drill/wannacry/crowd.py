"""The crowd of callers: who they are, when each calls, and what the station has told each of them."""

import hashlib
from itertools import accumulate
from typing import Any

from esos.drill.stage import Actor
from esos.drill.wannacry.facts import CALL_MINUTES, COUNTRY, KINDS, NATURES, PRODUCT, SECTOR, Kind, window_minutes
from esos.vault.chance import SystemDice

BURST_SIZE = 8
"""So many call at once on average: variance ÷ mean of arrivals as observed for reports of incidents."""
_WHOLE = 1000
_dice = SystemDice()


class Voice:
    """One caller. ``case`` and ``token`` are what the station gave it, ``kept`` the statement that is its call.

    ``advised_minutes`` is when a person had given it advice, ``covered_minutes`` when its need was bound.
    """

    def __init__(self, number: int, kind: Kind, at_minutes: int) -> None:
        self.number = number
        self.kind = kind
        self.at_minutes = at_minutes
        self.name = f"{kind.name} {number} (as in May 2017)"
        self.actor = Actor(self.name) if kind.is_registered else None
        self.call_id = _dice.bytes(8)
        self.sealing_key = b""
        self.signed = b""
        self.case = ""
        self.token = ""
        self.kept = ""
        self.called_minutes = 0
        self.advised_minutes: int | None = None
        self.covered_minutes: int | None = None
        self.has_taken_back = False

    @property
    def member(self) -> str:
        """Its id in the register, empty for somebody unknown."""
        return self.actor.member if self.actor else ""

    def details(self) -> dict[str, Any]:
        """Its call as the doors of a station take it."""
        return {
            "urgency": self.kind.urgency.value,
            "natures": [nature.slug for nature in NATURES],
            "sector": SECTOR,
            "country": COUNTRY,
            "products": [PRODUCT],
            "facts": self.kind.facts,
            "words": "Our screens demand money, one after the other.",
            "needs": [{"line": line.value, "quantity": units} for line, units in self.kind.needs],
        }


def crowd(callers: int) -> list[Voice]:
    """So many callers in the order of their calls, the same in every performance: kinds by share, calls in bursts."""
    window, bursts = window_minutes(callers), max(1, callers // BURST_SIZE)
    voices = [
        Voice(
            number, _kind_of(number, callers), CALL_MINUTES + _some(b"burst", _some(b"caller", number, bursts), window)
        )
        for number in range(1, callers + 1)
    ]
    return sorted(voices, key=lambda one: (one.at_minutes, one.number))


def _kind_of(number: int, callers: int) -> Kind:
    """Evenly by the shares of the table; each kind comes at least once where there are as many callers as kinds."""
    place = (number - 1) * _WHOLE // callers
    ends = accumulate(kind.permille for kind in KINDS)
    return next(kind for kind, end in zip(KINDS, ends, strict=True) if place < end)


def _some(of: bytes, number: int, count: int) -> int:
    """One of so many for a number, by a hash: a caller's burst, and a burst's minute."""
    return int.from_bytes(hashlib.blake2b(of + number.to_bytes(4), digest_size=8).digest()) % count
