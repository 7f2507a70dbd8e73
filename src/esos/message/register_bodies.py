"""Bodies of what is said of the register: members, keys, pacts, officers. Never of a case."""

from typing import Annotated, Literal

from msgspec import Meta

from esos.message.body import Body, Bytes8, Bytes32, Code, Instant, NeedAsk, Party
from esos.message.card import Asn, Contact, Country, MemberCard, PublicKey, Text80, Text280
from esos.words.need import HelpClass, NeedLine
from esos.words.silence import SILENT_MAX_MINUTES, SILENT_MIN_MINUTES
from esos.words.urgency import Urgency

OFFICER_CONTACTS_MAX = 10
"""How many addresses an officer has at most."""


class MemberInvited(Body, kw_only=True):
    """A registrar invites somebody of whom a list told: no member yet, with no key and no duty.

    Whoever accepts does so by signing a card with its own key; ``source`` says which list it was.
    """

    invitation: Bytes8
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: Text80 = "team"
    country: Country | None = None
    sectors: Annotated[tuple[Text80, ...], Meta(max_length=20)] = ()
    languages: Annotated[tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,3}\Z")], ...], Meta(max_length=20)] = ()
    asns: Annotated[tuple[Asn, ...], Meta(max_length=100)] = ()
    prefixes: Annotated[tuple[Text80, ...], Meta(max_length=100)] = ()
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=20)] = ()
    source: Text280 = ""


class MemberRegistered(Body, kw_only=True):
    """A registrar enters a member's card; ``proof`` is the card as the member signed it.

    ``invitation`` is the one that was accepted with it, where there was one.
    """

    member: Party
    card: MemberCard
    proof: Annotated[bytes, Meta(max_length=32_768)] = b""
    invitation: Bytes8 | None = None


class CardSigned(Body, kw_only=True):
    """A member's own signed card, on its way to a registrar."""

    card: MemberCard


class MemberSuspended(Body, kw_only=True):
    """A member no longer helps, or again does (``suspended`` false)."""

    member: Party
    suspended: bool = True
    reason: Text280 = ""


class MemberSponsored(Body, kw_only=True):
    """A member answers for another."""

    member: Party
    sponsor: Party


class KeyEnrolled(Body, kw_only=True):
    """Another key of a member; ``temporary`` ones live at most 72 hours."""

    member: Party
    key: PublicKey
    temporary: bool = False
    until_ms: Instant = 0
    factors: Annotated[tuple[Code, ...], Meta(max_length=6)] = ()


class KeyRevoked(Body, kw_only=True):
    """A key is void from now on."""

    kid: Bytes8
    reason: Text280 = ""


class AvailabilityStated(Body, kw_only=True):
    """Units of a line that are free now; stale after ``ttl_minutes``."""

    member: Party
    line: NeedLine
    units: Annotated[int, Meta(ge=0, le=1_000_000)]
    ttl_minutes: Annotated[int, Meta(ge=1, le=525_600)] = 1440


class PackageLodged(Body, kw_only=True):
    """Help a member promises beforehand: a request within it is committed at once (the one-minute path)."""

    member: Party
    lines: Annotated[tuple[NeedAsk, ...], Meta(min_length=1, max_length=24)]
    urgencies: Annotated[tuple[Urgency, ...], Meta(max_length=3)] = (Urgency.MAYDAY,)
    valid_until_ms: Instant = 0


class GrantLodged(Body, kw_only=True):
    """A caller's standing grant, lodged in peace time."""

    help_class: HelpClass
    scope: Annotated[str, Meta(min_length=1, max_length=280)]
    to: Annotated[tuple[Party, ...], Meta(max_length=50)] = ()
    hours_after_call: Annotated[int, Meta(ge=1, le=8760)] = 72
    valid_until_ms: Instant = 0


class HomesStated(Body, kw_only=True):
    """The caller's ordered home list, by kid: what its calls and heartbeats name by a digest only."""

    homes: Annotated[tuple[Bytes8, ...], Meta(min_length=1, max_length=16)]


class InstructionsLodged(Body, kw_only=True):
    """What a member wants done when its beacon falls silent for so long: that an officer looks after it.

    The newest word counts whole; ``withdrawn`` takes it back. ``words`` is for the officer: whom to ring first.
    """

    silent_minutes: Annotated[int, Meta(ge=SILENT_MIN_MINUTES, le=SILENT_MAX_MINUTES)] = 30
    urgency: Urgency = Urgency.PAN_PAN
    words: Text280 = ""
    withdrawn: bool = False


class ConflictDeclared(Body, kw_only=True):
    """Two members that must not be brought together, said by one of them."""

    member: Party
    other: Party
    reason: Text280 = ""


class PactPublished(Body, kw_only=True):
    """A registrar puts a pact in force: its exact bytes."""

    raw: Annotated[bytes, Meta(min_length=1, max_length=60_000)]


class Acceded(Body, kw_only=True):
    """A member binds itself to a pact; ``reservations`` name need lines or sections it does not accept."""

    member: Party
    pact: Text80
    digest: Bytes32
    reservations: Annotated[tuple[Text80, ...], Meta(max_length=40)] = ()
    in_force_ms: Instant = 0


class AccessionWithdrawn(Body, kw_only=True):
    """A member leaves a pact, after the notice the pact asks for."""

    member: Party
    pact: Text80
    effective_ms: Instant = 0


class OfficerAdded(Body, kw_only=True):
    """A person of the station, by the name they want to be called on watch.

    ``station`` names the neighbour station they are lent by, empty for the station's own people.
    """

    officer: Party
    name: Text80
    roles: Annotated[tuple[Literal["officer", "second", "registrar", "auditor"], ...], Meta(min_length=1, max_length=4)]
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=OFFICER_CONTACTS_MAX)] = ()
    station: Text80 = ""


class OfficerRemoved(Body, kw_only=True):
    """A person is no longer of the station."""

    officer: Party
