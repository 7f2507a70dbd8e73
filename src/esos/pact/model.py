"""A pact as values: seven sections that answer who may call, when, who must help, and with what.

Law 1: no section has a field that could name an actor. The structures carry shapes and ranges;
``read.py`` fills them from TOML, ``check.py`` holds what one field alone cannot say.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from esos.pact.ladder import DEFAULT_LADDERS, Ladder
from esos.pact.timers import DEFAULT_TIMERS, Timers
from esos.words.language import later, say
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

LIST_MAX_ITEMS = 100
PRICE_MAX = 1_000_000_000
"""The highest price or ceiling, in whole units of the pact's currency."""
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+\Z"

SLUG_PATTERN = "^[a-z][a-z0-9-]{0,39}\\Z"
CURRENCY_PATTERN = "^([A-Z]{3})?\\Z"

Slug = Annotated[str, Meta(pattern=SLUG_PATTERN)]
Line80 = Annotated[str, Meta(min_length=1, max_length=80, pattern=_PRINTABLE)]
Line280 = Annotated[str, Meta(min_length=1, max_length=280, pattern=_PRINTABLE)]
Version = Annotated[int, Meta(ge=1, le=1_000_000)]
Days = Annotated[int, Meta(ge=0, le=3_650)]
Percent = Annotated[int, Meta(ge=1, le=100)]
Level = Annotated[int, Meta(ge=0, le=100)]
Members = Annotated[int, Meta(ge=1, le=1_000_000)]
Units = Annotated[int, Meta(ge=1, le=1_000_000)]
Price = Annotated[int, Meta(ge=0, le=PRICE_MAX)]
Witnesses = Annotated[int, Meta(ge=0, le=15)]
Reach = Literal["own-teams", "members", "members-and-neighbours", "anyone"]
"""Who is asked, narrowest first."""
Few = Meta(max_length=LIST_MAX_ITEMS)
Widening = Literal["sector", "nation", "neighbour-station"]
SecondOffice = Literal["own-station", "neighbour-station", "named"]
AboveFree = Literal["free", "at-rate", "ceiling"]


class Parties(StrEnum):
    """What kind of party a pact is made between."""

    ORGANISATION = "organisation"
    TEAMS = "teams"
    STATES = "states"
    FEDERATION = "federation"


class Duty(StrEnum):
    """What somebody who acceded owes when asked, weakest first."""

    NOTHING = "nothing"
    ANSWER = "answer"
    HELP = "help"

    @property
    def strength(self) -> int:
        """0 for nothing, 1 for an answer, 2 for help."""
        return _STRENGTH[self]


_STRENGTH = {Duty.NOTHING: 0, Duty.ANSWER: 1, Duty.HELP: 2}


class Tier(StrEnum):
    """Why somebody is asked, strongest first; computed for each pair and need, never stored."""

    CONTRACT = "contract"
    LAW = "law"
    PACT = "pact"
    ABLE = "able"
    VOLUNTEER = "volunteer"

    @property
    def words(self) -> str:
        """What a page calls it."""
        return say(_TIER_WORDS[self])


_TIER_WORDS = {
    Tier.CONTRACT: later("bound by contract"),
    Tier.LAW: later("bound by law"),
    Tier.PACT: later("bound by the pact"),
    Tier.ABLE: later("asked to answer"),
    Tier.VOLUNTEER: later("volunteer"),
}


class PactPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a pact's tables: frozen, named arguments, unknown keys refused."""


class Heading(PactPart, frozen=True, kw_only=True):
    """``[pact]``: its name, from when it holds, between whom, how many, how one enters and leaves.

    An accession enters into force ``accession_delay_days`` after it was signed, at the earliest; a
    withdrawal ends it ``withdrawal_notice_days`` after notice.
    """

    name: Slug
    title: Line80
    version: Version
    in_force: date
    parties: Parties
    members_min: Members = 1
    members_max: Members = 1_000_000
    accession_delay_days: Days = 0
    withdrawal_notice_days: Days = 30


AS_CALL: Final = "as-call"


class Callers(PactPart, frozen=True, kw_only=True):
    """``[callers]``: who may call. Nobody is ever refused a hearing (law 2); this says what a call binds.

    ``member_kinds`` empty means every member. ``strangers`` once called back are given advice only,
    or treated as members. ``silence`` says what it means when a beacon falls silent whose owner lodged
    instructions for that: nobody is asked before somebody confirms it (also where this is left out), or it
    counts as the caller's own call.
    """

    strangers: Literal["advice-only", "as-members"]
    member_kinds: Annotated[tuple[Line80, ...], Few] = ()
    delegates: bool = True
    relays: Literal["anyone", "members"] = "anyone"
    silence: Literal["as-call", "confirm"] | UnsetType = UNSET


class SectorWeight(PactPart, frozen=True, kw_only=True):
    """How strongly other sectors depend on this one, 0 to 100, in the severity score."""

    sector: Slug
    dependency: Level


class Threshold(PactPart, frozen=True, kw_only=True):
    """``[threshold]``: rules over observed effects, in the grammar of ``threshold.py``; one that holds suffices.

    What satisfies neither list is an advisory. ``dependency`` counts for every sector not listed.
    """

    mayday: Annotated[tuple[str, ...], Meta(min_length=1, max_length=LIST_MAX_ITEMS)]
    pan_pan: Annotated[tuple[str, ...], Meta(min_length=1, max_length=LIST_MAX_ITEMS)]
    dependency: Level = 50
    sectors: Annotated[tuple[SectorWeight, ...], Few] = ()


class DutyByUrgency(PactPart, frozen=True, kw_only=True):
    """What a member that acceded owes at each urgency."""

    mayday: Duty = Duty.HELP
    pan_pan: Duty = Duty.ANSWER
    advisory: Duty = Duty.NOTHING


class Ladders(PactPart, frozen=True, kw_only=True):
    """The escalation ladder of each urgency."""

    mayday: Ladder = DEFAULT_LADDERS[Urgency.MAYDAY]
    pan_pan: Ladder = DEFAULT_LADDERS[Urgency.PAN_PAN]
    advisory: Ladder = DEFAULT_LADDERS[Urgency.ADVISORY]


class Helpers(PactPart, frozen=True, kw_only=True):
    """``[helpers]``: who is reached and who must answer; the times themselves are in ``[timers]``.

    Waves count members asked, doubling from ``wave_first_size`` to ``wave_cap``: 7 reach one that helps
    with 99 % at an answer rate of 50 %. Quotas: requests
    open with one member at once, requests to one member in a month, and the share of one case's need
    that one member may carry. ``second_named`` are offices a second decision may come from.
    """

    reach: Reach
    tiers: Annotated[tuple[Tier, ...], Meta(min_length=1, max_length=5)] = tuple(Tier)
    wave_first_size: Annotated[int, Meta(ge=1, le=1_000)] = 7
    wave_cap: Annotated[int, Meta(ge=1, le=10_000)] = 56
    expected_answer_percent: Percent = 50
    open_requests_max: Annotated[int, Meta(ge=1, le=1_000)] = 3
    requests_a_month_max: Annotated[int, Meta(ge=1, le=10_000)] = 10
    share_cap_percent: Percent = 100
    widen: Annotated[tuple[Widening, ...], Meta(max_length=3)] = (
        "sector",
        "nation",
        "neighbour-station",
    )
    second_officers: Annotated[tuple[SecondOffice, ...], Meta(min_length=1, max_length=3)] = (
        "own-station",
        "neighbour-station",
    )
    second_named: Annotated[tuple[Line80, ...], Few] = ()
    duty: DutyByUrgency = DutyByUrgency()
    ladder: Ladders = Ladders()


class FreeLine(PactPart, frozen=True, kw_only=True):
    """So many units of a need line cost the caller of a mayday nothing, for each helper and case."""

    line: NeedLine
    units: Units


class TariffLine(PactPart, frozen=True, kw_only=True):
    """The price of one unit of a need line, in whole units of the pact's currency."""

    line: NeedLine
    price: Price


class Assistance(PactPart, frozen=True, kw_only=True):
    """``[assistance]``: which help is owed, what of it is free at mayday, and what the rest costs.

    ``ceiling`` is the most one case may cost its caller, in whole units of ``currency``; 0: no ceiling.
    ``agreement`` and ``liability`` name templates.
    """

    owed: Annotated[tuple[NeedLine, ...], Few]
    free_tier: Annotated[tuple[FreeLine, ...], Few] = ()
    above_free: AboveFree = "free"
    ceiling: Price = 0
    currency: Annotated[str, Meta(pattern=CURRENCY_PATTERN)] = ""
    tariff: Annotated[tuple[TariffLine, ...], Few] = ()
    agreement: Slug = "agreement"
    agreement_days: Annotated[int, Meta(ge=1, le=365)] = 7
    liability: Slug = "liability"


class TimersByUrgency(PactPart, frozen=True, kw_only=True):
    """``[timers]``: the durations of each urgency."""

    mayday: Timers = DEFAULT_TIMERS[Urgency.MAYDAY]
    pan_pan: Timers = DEFAULT_TIMERS[Urgency.PAN_PAN]
    advisory: Timers = DEFAULT_TIMERS[Urgency.ADVISORY]


class Disclosure(PactPart, frozen=True, kw_only=True):
    """``[disclosure]``: who may learn what. Compliance is published as counts only.

    ``witnesses_needed`` of ``witnesses_asked`` other stations must cosign a checkpoint of the log.
    """

    tlp: Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"] = "AMBER"
    pap: Literal["CLEAR", "GREEN", "AMBER", "RED"] = "AMBER"
    pseudonyms: bool = True
    witnesses_asked: Witnesses = 0
    witnesses_needed: Witnesses = 0
    retention_days: Annotated[int, Meta(ge=1, le=36_500)] = 365
    compliance_period: Literal["month", "quarter", "year"] = "quarter"
    privacy: Slug = "privacy"


class LawStep(PactPart, frozen=True, kw_only=True):
    """A report the law wants: due ``after_ms`` from the moment that ``counted_from`` names."""

    after_ms: int
    counted_from: Line80
    what: Line280


class LawHook(PactPart, frozen=True, kw_only=True):
    """One law whose reporting runs beside the help and never before it."""

    name: Line80
    applies_to: Line280
    steps: Annotated[tuple[LawStep, ...], Meta(min_length=1, max_length=10)]


class Law(PactPart, frozen=True, kw_only=True):
    """``[law]``: hooks beside help."""

    hooks: Annotated[tuple[LawHook, ...], Meta(max_length=20)] = ()


class Pact(PactPart, frozen=True, kw_only=True):
    """A whole pact. ``digest`` is the SHA-256 of the exact bytes it was read from, empty if it never was."""

    pact: Heading
    callers: Callers
    threshold: Threshold
    helpers: Helpers
    assistance: Assistance
    timers: TimersByUrgency = TimersByUrgency()
    disclosure: Disclosure = Disclosure()
    law: Law = Law()
    digest: bytes = b""

    @property
    def name(self) -> str:
        """The short name cases and accessions refer to."""
        return self.pact.name

    @property
    def version(self) -> int:
        """Its version, rising by one with each publication."""
        return self.pact.version
