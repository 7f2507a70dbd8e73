"""The small parts of a case: its timers, the hold on it, consents, proofs, and what people said that must stay.

Law 5: a timer knows who holds the case next when it runs out.
"""

from typing import dataclass_transform

import msgspec

from esos.message.bodies import SeverityAssessed
from esos.words.need import HelpClass
from esos.words.urgency import Urgency


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the parts of a case."""


class Timer(Part, kw_only=True):
    """A running timer: when it runs out, and who holds the case next when it does."""

    key: str
    due_ms: int
    next_holder: str


class LawReminder(Part, kw_only=True):
    """The last reminder of one report: how long ahead it came, of which deadline, of which report under which law."""

    before_minutes: int
    due_ms: int
    title: str
    under: str


class LawKept(Part, kw_only=True):
    """What was said of one law: whether it applies, its moments, the newest text of each draft, and reminders."""

    applies: bool = True
    moments: dict[str, int] = {}
    drafts: dict[str, bytes] = {}
    reminded: dict[str, LawReminder] = {}


class Lease(Part, kw_only=True):
    """The coordinator's hold on the case, renewed by any act.

    From ``until_ms`` on it is dead for whoever wants to take charge, also where the station was away and has not
    prompted yet; 0 where the pact gives it no time.
    """

    holder: str
    name: str
    since_ms: int
    until_ms: int = 0
    prompted: bool = False

    def is_over(self, now_ms: int) -> bool:
        """Whether another officer may take charge."""
        return 0 < self.until_ms <= now_ms


class Grant(Part, kw_only=True):
    """A consent the caller signed. ``live`` turns false at expiry, when revoked, and at every end."""

    id: bytes
    help_class: HelpClass
    scope: str
    to: tuple[str, ...] = ()
    expires_ms: int
    live: bool = True


class Proof(Part, kw_only=True):
    """Shown control of a resource."""

    resource: str
    rung: int
    expires_ms: int


class Proposal(Part, kw_only=True):
    """An act that takes effect only when a second officer agrees."""

    id: bytes
    kind: str
    body: bytes
    by: str
    by_name: str
    at_ms: int


class Overruling(Part, kw_only=True):
    """A person's word against the machine's: who, which urgency, why, when, and what it set aside.

    ``second`` is the officer who agreed, where it took two.
    """

    urgency: Urgency
    reason: str
    by: str
    by_name: str
    at_ms: int
    second: str = ""
    against: SeverityAssessed | None = None


class Relay(Part, kw_only=True):
    """Somebody who called for the caller. ``registered``: a party of its own here, whose word corroborates.

    ``of_station``: an officer, who says what somebody told the station; all of them are one voice.
    """

    party: str
    name: str
    vouched: bool = False
    registered: bool = False
    of_station: bool = False


class Unfinished(Part, kw_only=True):
    """A situation report of which some parts are there: whose it is, which call's, and the pieces by their number."""

    by: str
    call: bytes
    first: int
    count: int
    digest: bytes
    pieces: dict[int, bytes] = {}

    def is_of_same(self, other: "Unfinished") -> bool:
        """Whether both are pieces of one report."""
        return (self.by, self.call, self.first, self.count, self.digest) == (
            other.by,
            other.call,
            other.first,
            other.count,
            other.digest,
        )
