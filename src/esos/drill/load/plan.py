"""What a load is: how many calls, by which doors, from how many callers; every limit with its name and unit.

Law 7: a load is put on an exercise station only, and only on one's own.
"""

from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from esos.errors import Forbidden, Malformed
from esos.words.realm import Realm

RATE_MAX_PER_S = 2_000.0
"""The most calls a second."""
SECONDS_MAX = 600.0
"""The longest load."""
CALLS_MAX = 100_000
"""The most calls of one load: each is proved afterwards."""
CALLERS_MAX = 1_000
"""The most distinct callers: each has a key, and is registered."""


class Door(StrEnum):
    """A door of a station that a load can use."""

    UDP = "udp"
    HTTP = "http"
    PAGES = "pages"


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One load: ``rate`` calls a second for ``seconds``, by these doors in turn, from ``callers`` distinct callers."""

    rate: float
    seconds: float
    doors: tuple[Door, ...]
    callers: int

    @property
    def calls(self) -> int:
        """How many calls that is."""
        return max(1, round(self.rate * self.seconds))

    def door(self, number: int) -> Door:
        """By which door a call goes, by its number from 0."""
        return self.doors[number % len(self.doors)]

    def caller(self, number: int) -> int:
        """Which caller makes a call: each in turn at each door."""
        return number // len(self.doors) % self.callers


def plan_load(*, rate: float, seconds: float, doors: str, callers: int) -> Load:
    """A load within its limits; raises ``Malformed`` (``load.doors``, ``load.size``)."""
    names = [name.strip() for name in doors.split(",") if name.strip()]
    if not names or not set(names) <= set(Door):
        raise Malformed("load.doors", f"{doors!r} names no doors.", hint=f"Some of: {','.join(Door)}.")
    load = Load(rate=rate, seconds=seconds, doors=tuple(Door(name) for name in dict.fromkeys(names)), callers=callers)
    is_within = 0 < rate <= RATE_MAX_PER_S and 0 < seconds <= SECONDS_MAX and 1 <= callers <= CALLERS_MAX
    if not is_within or load.calls > CALLS_MAX:
        raise Malformed(
            "load.size",
            f"A load is at most {RATE_MAX_PER_S:.0f} calls a second for {SECONDS_MAX:.0f} seconds, {CALLS_MAX} calls "
            f"in all, from 1 to {CALLERS_MAX} callers.",
        )
    return load


def need_own_address(url: str, *, of_home: str = "") -> str:
    """The address, if it is this machine's own, or where the station of one's own home listens.

    Raises ``Forbidden`` (``load.not_own``).
    """
    if of_home and url.rstrip("/") == of_home.rstrip("/"):
        return url.rstrip("/")
    if not _is_loopback(urlsplit(url).hostname or ""):
        raise Forbidden(
            "load.not_own",
            f"{url} is not on this machine's own loopback, and not the address of your own station's home.",
            hint="A load is for your own station: run it at the station's machine, with --home.",
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def need_exercise_card(realm: str) -> None:
    """Raise ``Forbidden`` (``load.realm``) unless the station is for exercises."""
    if realm != Realm.EXERCISE:
        raise Forbidden(
            "load.realm",
            "This station is for real calls, so no load is put on it.",
            hint="Make one for exercises: esos station init --exercise, or esos up.",
        )
