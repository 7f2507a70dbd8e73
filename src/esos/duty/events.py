"""What the register is folded from: one small event for each statement of the register kinds.

The station translates admitted statements into these and applies them in journal order, so the
register is a view that can be rebuilt at any time and names the journal number it stands at (law 12).
"""

from bisect import bisect_right
from typing import Annotated

from msgspec import Meta

from esos.duty.value import Value
from esos.message.card import MemberCard, Units
from esos.pact.model import Duty
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

MEMBER_ID_MAX_CHARACTERS = 80
AVAILABILITY_TTL_MAX_MS = 366 * 86_400_000

MemberId = Annotated[str, Meta(min_length=1, max_length=MEMBER_ID_MAX_CHARACTERS)]
PactId = Annotated[str, Meta(min_length=1, max_length=80)]
Instant = Annotated[int, Meta(ge=0, le=2**53)]


class MemberRegistered(Value, frozen=True, kw_only=True):
    """A registrar entered a member, or replaced its card; everything else on record stays."""

    member: MemberId
    card: MemberCard
    at_ms: Instant


class MemberRemoved(Value, frozen=True, kw_only=True):
    """A member left the register for good: its record is dropped, its id may be registered anew."""

    member: MemberId


class MemberSuspended(Value, frozen=True, kw_only=True):
    """A registrar suspended a member, or lifted the suspension."""

    member: MemberId
    suspended: bool


class AvailabilityStated(Value, frozen=True, kw_only=True):
    """A member said how many units of a line are free: believed for ``ttl_ms``, fading to zero in as long again."""

    member: MemberId
    line: NeedLine
    units_free: Units
    as_of_ms: Instant
    ttl_ms: Annotated[int, Meta(ge=1, le=AVAILABILITY_TTL_MAX_MS)]


class Promise(Value, frozen=True, kw_only=True):
    """Units of a line a member is bound to bring in an open case since an instant.

    ``automatic``: its standing package promised them, and no person.
    """

    units: Units
    at_ms: Instant
    automatic: bool = False


class LoadCarried(Value, frozen=True, kw_only=True):
    """What a member is bound to in open cases on one line, as the station counted: the whole, not the change."""

    member: MemberId
    line: NeedLine
    promises: tuple[Promise, ...]


class RequestsCounted(Value, frozen=True, kw_only=True):
    """How many requests are open with a member, and when it was sent each, in order: the whole, not the change."""

    member: MemberId
    open_count: Annotated[int, Meta(ge=0)]
    asked_ms: tuple[Instant, ...]

    def is_asked_often(self, most: int, since_ms: int) -> bool:
        """Whether it was asked at least so often since an instant; whoever was rarely asked at all is not counted."""
        return len(self.asked_ms) >= most and len(self.asked_ms) - bisect_right(self.asked_ms, since_ms) >= most


class PackageLodged(Value, frozen=True, kw_only=True):
    """A member lodged its standing package: help that commits by itself where its class allows.

    It replaces the one before; an empty one withdraws it. ``valid_until_ms`` 0 means without end.
    """

    member: MemberId
    lines: dict[NeedLine, Units]
    urgencies: tuple[Urgency, ...]
    valid_until_ms: Instant = 0


class ConflictDeclared(Value, frozen=True, kw_only=True):
    """Somebody declared that these two must not meet in a case; ``by`` is who said so. It counts both ways."""

    member: MemberId
    other: MemberId
    by: str = ""


class PactPublished(Value, frozen=True, kw_only=True):
    """One version of a pact: its name, the lines it owes (None: all), what it owes at each urgency (None: help).

    ``pact`` identifies the version, ``family`` is the short name all its versions share.
    """

    pact: PactId
    name: Annotated[str, Meta(max_length=80)]
    family: Annotated[str, Meta(max_length=80)] = ""
    owed_lines: tuple[NeedLine, ...] | None = None
    duties: dict[Urgency, Duty] | None = None


class Acceded(Value, frozen=True, kw_only=True):
    """A member accepted a pact from ``in_force_ms`` on, but for the lines it reserved. ``until_ms`` 0: without end."""

    member: MemberId
    pact: PactId
    in_force_ms: Instant
    reserved_lines: tuple[NeedLine, ...] = ()
    until_ms: Instant = 0


class AccessionWithdrawn(Value, frozen=True, kw_only=True):
    """A member left a pact; its duty lasts until the notice is over at ``until_ms``."""

    member: MemberId
    pact: PactId
    until_ms: Instant


class Reached(Value, frozen=True, kw_only=True):
    """The member was proven reachable: a person or its program answered a check."""

    member: MemberId
    at_ms: Instant


class Answered(Value, frozen=True, kw_only=True):
    """One request ran its course: the member gave an answer of any kind, or none."""

    member: MemberId
    answered: bool


class AnswersCounted(Value, frozen=True, kw_only=True):
    """How many requests a member was sent and answered so far, as a whole: replaces what was counted before."""

    member: MemberId
    asked: Annotated[int, Meta(ge=0, le=1_000_000)]
    answered: Annotated[int, Meta(ge=0, le=1_000_000)]


RegisterEvent = (
    MemberRegistered
    | MemberRemoved
    | MemberSuspended
    | AvailabilityStated
    | LoadCarried
    | RequestsCounted
    | PackageLodged
    | ConflictDeclared
    | PactPublished
    | Acceded
    | AccessionWithdrawn
    | Reached
    | Answered
    | AnswersCounted
)
