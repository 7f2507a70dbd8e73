"""The carrier port: one signed call inside, and every carrier wraps it its own way and says what it hears.

Law 4: what a carrier reports is that a machine or a person *heard*; it never says that help comes.
A station is believed only where the answer is proven, since a forged one would silence a victim.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from esos.message.card import HomeStation
from esos.message.packet import SignedPacket
from esos.message.packet_codes import AckState

STATIONS_ENOUGH = 2
STATIONS_MAX = 16


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the port's values."""


class Target(_Value, frozen=True, kw_only=True):
    """A station to call: its pinned home entry, the sealing key it gave us (empty: none), the measured round trip."""

    home: HomeStation
    sealing_key: bytes = b""
    rtt_ms: int | None = None


class Outgoing(_Value, frozen=True, kw_only=True):
    """One signed call on its way out. ``cose`` is its standard form; ``packet`` its compact one, where it has one."""

    cose: bytes
    statement_id: bytes
    targets: tuple[Target, ...]
    packet: SignedPacket | None = None


class Waiting(_Value, frozen=True, kw_only=True, tag="waiting"):
    """The carrier has not begun, or cannot now."""

    carrier: str
    why: str

    @property
    def words(self) -> str:
        """The line a terminal or page shows."""
        return f"Waiting: {self.why}"


class Sending(_Value, frozen=True, kw_only=True, tag="sending"):
    """A copy has left."""

    carrier: str
    station: str
    copies: int

    @property
    def words(self) -> str:
        """The line a terminal or page shows."""
        return f"Sending to {self.station}, copy {self.copies}."


class Heard(_Value, frozen=True, kw_only=True, tag="heard"):
    """A station answered. ``proven`` means that nobody else could have made this answer.

    ``at_ms`` is the station's clock, 0 not known; ``case`` its page code or id where it told one.
    """

    carrier: str
    station: str
    state: AckState
    proven: bool
    at_ms: int = 0
    case: str = ""
    receipt: str = ""

    @property
    def words(self) -> str:
        """The line a terminal or page shows."""
        doubt = "" if self.proven else " This answer is not proven; we go on calling."
        return f"{self.station}: {self.state.words}{doubt}"


class Failed(_Value, frozen=True, kw_only=True, tag="failed"):
    """One attempt failed. ``code`` is the refusal's stable code or empty.

    ``is_final`` says that trying again by this carrier cannot help.
    """

    carrier: str
    station: str
    why: str
    code: str = ""
    is_final: bool = False

    @property
    def words(self) -> str:
        """The line a terminal or page shows."""
        return f"Failed at {self.station}: {self.why}"


CarrierEvent = Waiting | Sending | Heard | Failed
Tell = Callable[[CarrierEvent], None]


class Carrier(Protocol):
    """A way a call travels. One small class each; they run side by side and are stopped by cancelling."""

    @property
    def name(self) -> str:
        """One word, as in ``CARRIER_START_MS``."""

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Send until ``is_enough`` of what was heard here, reporting each step to ``tell`` as it happens.

        Returns what was heard, or less when nothing further can come by this carrier. Network failures
        are reported as ``Failed`` and never raised. Sending the same call again is harmless.
        """


def is_enough(heard: Iterable[Heard], *, any_answer: bool = False) -> bool:
    """Whether repetition may stop: two stations have the call durably, or one person has seen it.

    Only proven answers count. ``any_answer`` is for a test of the way, where one answer is enough.
    """
    believed = [answer for answer in heard if answer.proven]
    if any(any_answer or answer.state >= AckState.PERSON_READING for answer in believed):
        return True
    kept = {answer.station for answer in believed if answer.state >= AckState.COMMITTED}
    return len(kept) >= STATIONS_ENOUGH
