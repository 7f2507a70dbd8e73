"""What each kind of statement says: one frozen value a kind, unknown fields refused.

Law 1: there is no field for who did it. Law 2: whatever a caller may not know has a default.
Law 9: nothing here can ask for, offer or allow retaliation.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from esos.message.card import Asn, Contact, Country, MemberCard, PublicKey, Text80, Text280
from esos.words.ground import Ground
from esos.words.need import HelpClass, NeedLine
from esos.words.urgency import Urgency

Bytes8 = Annotated[bytes, Meta(min_length=8, max_length=8)]
Bytes16 = Annotated[bytes, Meta(min_length=16, max_length=16)]
Bytes32 = Annotated[bytes, Meta(min_length=32, max_length=32)]
Instant = Annotated[int, Meta(ge=0, le=32_503_680_000_000)]
Long = Annotated[str, Meta(max_length=4000)]
NatureCode = Annotated[int, Meta(ge=0, le=19)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Party = Annotated[str, Meta(min_length=1, max_length=80)]
Code = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,39}$")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every body: frozen, named, strict, defaults left out."""


class NeedAsk(Body, kw_only=True):
    """So many units of one need line."""

    line: NeedLine
    quantity: Quantity = 1


class CallDetails(Body, kw_only=True):
    """Tier 1 of brief 2: what a caller can see. None and empty mean not known, or in an update not changed.

    ``at_risk_log10`` is the power of ten of people or services at risk. ``state`` holds state bits by
    name (``inbound-flooded``, ``dns-gone``, ``mail-gone``, ``telephones-gone``, ``clock-unsure`` …).
    ``facts`` are answers to the severity questions, by effect name. ``words`` is for people only.
    """

    urgency: Urgency | None = None
    natures: Annotated[tuple[NatureCode, ...], Meta(max_length=8)] = ()
    origin: Literal["manual", "automatic"] = "manual"
    sector: Text80 | None = None
    country: Country | None = None
    asn: Asn | None = None
    prefix: Text80 | None = None
    products: Annotated[tuple[Text80, ...], Meta(max_length=20)] = ()
    at_risk_log10: Annotated[int, Meta(ge=0, le=9)] | None = None
    state: Annotated[tuple[Code, ...], Meta(max_length=16)] = ()
    reply: Text280 | None = None
    needs: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    facts: Annotated[dict[Code, str | bool], Meta(max_length=40)] = {}
    words: Long = ""


class Called(Body, kw_only=True):
    """A distress call. ``homes`` is the caller's ordered list of home stations, by kid."""

    call: Bytes8
    sequence: Annotated[int, Meta(ge=0, le=255)] = 0
    details: CallDetails = CallDetails()
    homes: Annotated[tuple[Bytes8, ...], Meta(max_length=8)] = ()


class Relayed(Body, kw_only=True):
    """A call made by somebody else for a caller who cannot. ``caller`` is a member id where it is known.

    ``card_token`` is the one-time token read from the caller's printed card; ``vouched`` means the
    relay knows the caller and vouches for it. A relay never relays a relay.
    """

    call: Bytes8
    caller: Party | None = None
    caller_name: Text80 = ""
    details: CallDetails = CallDetails()
    vouched: bool = False
    card_token: Annotated[str, Meta(max_length=40)] | None = None
    heard_from_relay: bool = False


class Updated(Body, kw_only=True):
    """More or newer facts from the caller; never deletes. ``number`` counts the caller's updates."""

    number: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    details: CallDetails = CallDetails()


class SitrepGiven(Body, kw_only=True):
    """Tier 2 of brief 2: sections A to M by letter, and need lines (section E) as data."""

    sections: Annotated[dict[Annotated[str, Meta(pattern="^[A-M]$")], Long], Meta(max_length=13)] = {}
    needs: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    facts: Annotated[dict[Code, str | bool], Meta(max_length=40)] = {}


class Messaged(Body, kw_only=True):
    """Plain talk on the case; ``to`` is empty for everybody on it, else party ids."""

    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    to: Annotated[tuple[Party, ...], Meta(max_length=50)] = ()


class Acknowledged(Body, kw_only=True):
    """An officer has charge."""

    note: Text280 = ""


class CalledBack(Body, kw_only=True):
    """What the officer heard when calling the caller back, and by which number or way fixed beforehand."""

    result: Literal["in_distress", "no_distress", "no_answer", "wrong_party"]
    by: Text280 = ""
    confirms: bool = False


class UrgencyChanged(Body, kw_only=True):
    """A new urgency, with the reason."""

    urgency: Urgency
    reason: Text280 = ""


class SeverityOverruled(Body, kw_only=True):
    """A person sets aside the machine's proposal; both stay on record."""

    urgency: Urgency
    reason: Annotated[str, Meta(min_length=1, max_length=280)]


class Why(Body, kw_only=True):
    """Why this responder: tier and legal basis, integer terms, total, runner-up, and the sentence."""

    tier: Annotated[int, Meta(ge=0, le=4)] = 1
    basis: Text280 = ""
    terms: dict[Code, int] = {}
    total: int = 0
    runner_up: Text80 = ""
    sentence: Annotated[str, Meta(max_length=1000)] = ""
    register_version: Annotated[int, Meta(ge=0)] = 0


class Requested(Body, kw_only=True):
    """One assistance request to one responder. ``wave`` 0 is an officer's own choice."""

    request: Bytes16
    responder: Party
    name: Text80 = ""
    lines: Annotated[tuple[NeedAsk, ...], Meta(min_length=1, max_length=24)]
    wave: Annotated[int, Meta(ge=0, le=1000)] = 0
    why: Why = Why()
    automatic: bool = False


class WaveCalled(Body, kw_only=True):
    """A wave went out: how many were asked, what it aims at, and the register version it read."""

    wave: Annotated[int, Meta(ge=1, le=1000)]
    asked: Annotated[int, Meta(ge=0, le=10_000)]
    register_version: Annotated[int, Meta(ge=0)] = 0
    unmet: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    note: Text280 = ""


class Noted(Body, kw_only=True):
    """An act that needs no more than a sentence: stabilise, relapse, resume, close and the like."""

    note: Long = ""


class StoodDown(Body, kw_only=True):
    """The coordinator ends the effort; ``caller_agrees`` says the caller was heard to agree."""

    note: Long = ""
    caller_agrees: bool = False


class Closed(Body, kw_only=True):
    """The last word on an ended case: report, costs, lessons."""

    report: Long = ""
    costs: Long = ""
    lessons: Long = ""


class Suspended(Body, kw_only=True):
    """Work stops although a need is unmet; ``unmet`` lists it."""

    unmet: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    reason: Text280 = ""


class Cancelled(Body, kw_only=True):
    """The caller takes its call back: free, no reason needed."""

    reason: Text280 = ""
    sequence: Annotated[int, Meta(ge=0, le=255)] = 0


class NoEmergency(Body, kw_only=True):
    """The station's finding, never of intent: ``evidence`` says what shows that nobody is in distress."""

    evidence: Annotated[str, Meta(min_length=1, max_length=280)]


class Seconded(Body, kw_only=True):
    """A second officer agrees to, or refuses, what another proposed in the named statement."""

    proposal: Bytes32
    agrees: bool = True
    reason: Text280 = ""


class HandedOver(Body, kw_only=True):
    """The coordinator offers the case to another officer; it moves only when accepted."""

    to: Party
    note: Text280 = ""


class HandOverAccepted(Body, kw_only=True):
    """The other officer takes it."""

    note: Text280 = ""


class Granted(Body, kw_only=True):
    """The caller's consent: what class of help, on what, to whom (empty: any committed responder), until when."""

    help_class: HelpClass
    scope: Annotated[str, Meta(min_length=1, max_length=280)]
    to: Annotated[tuple[Party, ...], Meta(max_length=50)] = ()
    expires_ms: Instant


class GrantRevoked(Body, kw_only=True):
    """The caller takes a grant back, at once."""

    grant: Bytes32


class Agreed(Body, kw_only=True):
    """The caller accepts an offer: the third signature of the agreement."""

    request: Bytes16
    template: Text80 = ""


class Elapsed(Body, kw_only=True):
    """A timer of the case ran out. Said by the station, so that a case is the fold of its statements."""

    timer: Annotated[str, Meta(min_length=1, max_length=80)]
    due_ms: Instant


class ContactLost(Body, kw_only=True):
    """A registered beacon is silent, or the caller cannot be reached."""

    by: Text280 = ""


class ChannelSet(Body, kw_only=True):
    """Who may write on the case: everybody on it, or only caller, coordinator and committed responders."""

    channel: Literal["open", "restricted"]


class ControlProven(Body, kw_only=True):
    """The caller showed control of a resource, on the ladder of brief 5 (4 best, 1 vouched)."""

    resource: Text80
    rung: Annotated[int, Meta(ge=0, le=4)]
    expires_ms: Instant
    evidence: Text280 = ""


class OnRequest(Body, kw_only=True):
    """An answer that needs no more than the request and a sentence."""

    request: Bytes16
    note: Text280 = ""


class Offered(Body, kw_only=True):
    """What the responder can give: ``full``, ``partial`` lines, under a condition, or held until a time."""

    request: Bytes16
    how: Literal["full", "partial", "conditional", "provisional"] = "full"
    lines: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    condition: Text280 = ""
    until_ms: Instant = 0
    cost: Literal["free", "at-rate", "ceiling"] = "free"
    ceiling_eur: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    ready_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0


class Declined(Body, kw_only=True):
    """A lawful no: the ground, one sentence, and which lines could be met instead."""

    request: Bytes16
    ground: Ground
    sentence: Text280 = ""
    could_meet: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()


class Committed(Body, kw_only=True):
    """The responder is bound: these lines (empty: as offered or asked), there in so many minutes."""

    request: Bytes16
    lines: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    ready_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0
    cost: Literal["free", "at-rate", "ceiling"] = "free"
    ceiling_eur: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0


class Progressed(Body, kw_only=True):
    """The first useful act, or news of the work."""

    request: Bytes16
    note: Long = ""
    done_percent: Annotated[int, Meta(ge=0, le=100)] = 0


class Extended(Body, kw_only=True):
    """The work goes on beyond the agreed time."""

    request: Bytes16
    days: Annotated[int, Meta(ge=1, le=90)] = 7
    note: Text280 = ""


class Withdrew(Body, kw_only=True):
    """A bound responder leaves: the ground and the notice it gives."""

    request: Bytes16
    ground: Ground
    notice_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 0
    sentence: Text280 = ""


class Settled(Body, kw_only=True):
    """Hours and costs of one request, closed."""

    request: Bytes16
    hours: Annotated[int, Meta(ge=0, le=100_000)] = 0
    cost_eur: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    note: Text280 = ""


class Volunteered(Body, kw_only=True):
    """An offer nobody asked for, or (``standby``) a notice that one could help if needed."""

    lines: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    note: Text280 = ""
    ready_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0


class Arrived(Body, kw_only=True):
    """The station has it durably: the call's statement, who calls, under which pact and which rules.

    With it the fold of the case can be redone by anybody: ``rules`` are the pact's, in force at that moment.
    """

    call: Bytes32
    caller: Party
    caller_name: Text80 = ""
    page_code: Text80 = ""
    linked_to: Bytes16 | None = None
    joined: bool = False
    verification: Code = "unverified"
    corroborated: bool = False
    rules: bytes = b""


class Tested(Body, kw_only=True):
    """A test of the way to the station. It opens no case and reaches nobody."""

    call: Bytes8
    note: Text280 = ""


class MemberRegistered(Body, kw_only=True):
    """A registrar enters a member's card; ``proof`` is the card as the member signed it."""

    member: Party
    card: MemberCard
    proof: Annotated[bytes, Meta(max_length=32_768)] = b""


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
    """A person of the station, by the name they want to be called on watch."""

    officer: Party
    name: Text80
    roles: Annotated[tuple[Literal["officer", "second", "registrar", "auditor"], ...], Meta(min_length=1, max_length=4)]
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=10)] = ()


class OfficerRemoved(Body, kw_only=True):
    """A person is no longer of the station."""

    officer: Party


class RosterSet(Body, kw_only=True):
    """Who is on watch: ordered officers for each step of the ladder."""

    watch: Annotated[tuple[Party, ...], Meta(max_length=20)] = ()
    backup: Annotated[tuple[Party, ...], Meta(max_length=20)] = ()
    neighbour: Annotated[tuple[Contact, ...], Meta(max_length=10)] = ()


class Erased(Body, kw_only=True):
    """A tombstone: bodies and commitment keys of a case are destroyed, the tree stays."""

    reason: Text280 = ""


class Presented(Body, kw_only=True):
    """A party shows who it is to one station for a short time; it changes nothing and is not kept."""

    audience: Bytes8
    expires_ms: Instant
