"""Bodies of what is said of a whole case: by caller, officers and the station.

Law 2: whatever a caller may not know has a default. Law 9: nothing here can ask for retaliation.
"""

from typing import Annotated, Literal

from msgspec import Meta

from esos.message.body import Body, Bytes8, Bytes16, Bytes32, Code, Instant, Long, NatureCode, NeedAsk, Party
from esos.message.card import Asn, Country, Text80, Text280
from esos.message.request_bodies import WAVES_MAX_COUNT
from esos.words.erasure import EraseGround
from esos.words.need import HelpClass
from esos.words.no_distress import NoDistress
from esos.words.silence import SILENT_MAX_MINUTES, SILENT_MIN_MINUTES
from esos.words.urgency import Urgency

REPORT_PARTS_MAX = 64
"""How many packets one situation report may take."""
PART_DATA_MAX_BYTES = 93
"""What one of them carries of it."""


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


class Suspected(Body, kw_only=True):
    """The station's own word that a beacon fell silent whose owner lodged instructions for that.

    ``call`` names this silence, ``instructions`` the owner's statement; ``heard_ms`` is when the beacon was last
    heard, by the station's clock. Nothing says why it is silent.
    """

    call: Bytes8
    caller: Party
    instructions: Bytes32
    heard_ms: Instant
    silent_minutes: Annotated[int, Meta(ge=SILENT_MIN_MINUTES, le=SILENT_MAX_MINUTES)]
    details: CallDetails = CallDetails()


class Updated(Body, kw_only=True):
    """More or newer facts from the caller; never deletes.

    ``number`` counts the caller's updates, 0 where it does not count; ``call`` is the call whose packet
    said it, and then the number counts within that call.
    """

    number: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    details: CallDetails = CallDetails()
    call: Bytes8 | None = None


class SitrepGiven(Body, kw_only=True):
    """Tier 2 of brief 2: sections A to M by letter, and need lines (section E) as data."""

    sections: Annotated[dict[Annotated[str, Meta(pattern=r"^[A-M]\Z")], Long], Meta(max_length=13)] = {}
    needs: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    facts: Annotated[dict[Code, str | bool], Meta(max_length=40)] = {}


class PartGiven(Body, kw_only=True):
    """One part of a situation report that travels in packets of its call.

    ``number`` is its packet's sequence number; the report has ``count`` parts, numbered from ``first`` on, and
    ``digest`` names it. Once all are there the case has the report as if it had come whole.
    """

    call: Bytes8
    number: Annotated[int, Meta(ge=1, le=255)]
    first: Annotated[int, Meta(ge=1, le=255)]
    count: Annotated[int, Meta(ge=1, le=REPORT_PARTS_MAX)]
    digest: Annotated[bytes, Meta(min_length=4, max_length=4)]
    data: Annotated[bytes, Meta(min_length=1, max_length=PART_DATA_MAX_BYTES)]


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


class SeverityAssessed(Body, kw_only=True):
    """The machine's reading of what was observed, by the pact's threshold (``severity.md``); it reads no culprit.

    ``low`` is established and decides who is bound, ``high`` is possible and decides who is woken. The scores
    are hundredths of a point; ``triggers`` are those that make it a mayday whatever the score.
    """

    low: Urgency
    proposed: Urgency
    high: Urgency
    score_low_hundredths: Annotated[int, Meta(ge=0, le=10_000)]
    score_high_hundredths: Annotated[int, Meta(ge=0, le=10_000)]
    triggers: Annotated[tuple[Code, ...], Meta(max_length=8)] = ()


class SeverityOverruled(Body, kw_only=True):
    """A person sets aside the machine's proposal; both stay on record."""

    urgency: Urgency
    reason: Annotated[str, Meta(min_length=1, max_length=280)]


class WaveCalled(Body, kw_only=True):
    """A search for helpers: how many were asked, what it aims at, and the register version it read.

    One that asked nobody is no wave: it carries the number of the next one, and ``note`` says why.
    """

    wave: Annotated[int, Meta(ge=1, le=WAVES_MAX_COUNT)]
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
    """The caller takes its call back: free, no reason needed.

    ``call`` is the call whose packet said it, ``sequence`` its number there: a cancel that was overtaken
    by something newer ends nothing.
    """

    reason: Text280 = ""
    sequence: Annotated[int, Meta(ge=0, le=255)] = 0
    call: Bytes8 | None = None


class NoEmergency(Body, kw_only=True):
    """The station's finding, never of intent: what shows that nobody is in distress, and a sentence about it."""

    shown_by: NoDistress = NoDistress.CALL_BACK
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


class LodgedGrant(Body, kw_only=True):
    """A standing grant that the caller lodged beforehand, as it applies to this case. ``grant`` is its statement."""

    grant: Bytes32
    help_class: HelpClass
    scope: Annotated[str, Meta(min_length=1, max_length=280)]
    to: Annotated[tuple[Party, ...], Meta(max_length=50)] = ()
    expires_ms: Instant


class Arrived(Body, kw_only=True):
    """The station has it durably: the call's statement, who calls, under which pact and which rules.

    With it the fold of the case can be redone by anybody: ``rules`` are the pact's, in force at that moment,
    and ``standing`` the caller's consents lodged in peace time.
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
    standing: Annotated[tuple[LodgedGrant, ...], Meta(max_length=20)] = ()


class Tested(Body, kw_only=True):
    """A test of the way to the station. It opens no case and reaches nobody."""

    call: Bytes8
    note: Text280 = ""


class CaseExported(Body, kw_only=True):
    """The station hands out a case: all that it has folded of it until then, and how the case stands.

    ``count`` statements, of which ``statements_sha256`` covers ids, verdicts and order; ``case_sha256`` is the
    digest of the case that they make. With it nobody can cut the file short, or put it in another order.
    """

    case: Bytes16
    count: Annotated[int, Meta(ge=1, le=1_000_000)]
    statements_sha256: Bytes32
    case_sha256: Bytes32


class Erased(Body, kw_only=True):
    """A tombstone: bodies and commitment keys of a case are destroyed, the tree stays. It alone is left of the case.

    ``statements`` is how many the case had when this was said.
    """

    ground: EraseGround
    statements: Annotated[int, Meta(ge=0)] = 0


class HoldSet(Body, kw_only=True):
    """The case is kept, whatever its time and whoever asks: for a court, an audit, or the caller's own claim."""

    reason: Annotated[str, Meta(min_length=1, max_length=280)]


class HoldReleased(Body, kw_only=True):
    """The case need not be kept any longer than others."""

    reason: Annotated[str, Meta(min_length=1, max_length=280)]


class Presented(Body, kw_only=True):
    """A party shows who it is to one station for a short time; it changes nothing and is not kept."""

    audience: Bytes8
    expires_ms: Instant
