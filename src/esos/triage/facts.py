"""What can be observed of an incident, each fact with unknown as a value of its own.

Law 1: the facts are closed codes and yes or no; there is no field for who did it, none that takes
text, and a field nobody declared is refused. Law 2: every fact may be unknown (``None``).
The codes follow CISA's National Cyber Incident Scoring System, without its actor category.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from esos.errors import Malformed
from esos.triage.truth import Truth


class FunctionalImpact(StrEnum):
    """What the services of the caller can still do."""

    NONE = "none"
    NO_SERVICE_AFFECTED = "no-service-affected"
    MINIMAL_NON_CRITICAL = "minimal-non-critical"
    MINIMAL_CRITICAL = "minimal-critical"
    SIGNIFICANT_NON_CRITICAL = "significant-non-critical"
    DENIAL_NON_CRITICAL = "denial-non-critical"
    SIGNIFICANT_CRITICAL = "significant-critical"
    DENIAL_CRITICAL = "denial-critical"
    LOSS_OF_CONTROL = "loss-of-control"


class ObservedActivity(StrEnum):
    """What is seen happening, whatever causes it: an accident that does harm is an effect too."""

    NONE = "none"
    PREPARE = "prepare"
    ENGAGE = "engage"
    PRESENCE = "presence"
    EFFECT = "effect"


class Location(StrEnum):
    """The innermost place where it is seen. ``not-located`` means: looked, and could not tell."""

    BUSINESS_DMZ = "business-dmz"
    BUSINESS_NETWORK = "business-network"
    NOT_LOCATED = "not-located"
    BUSINESS_MANAGEMENT = "business-management"
    CRITICAL_DMZ = "critical-dmz"
    CRITICAL_MANAGEMENT = "critical-management"
    CRITICAL_SYSTEMS = "critical-systems"
    SAFETY = "safety"


class Information(StrEnum):
    """What has happened to information."""

    NONE = "none"
    SUSPECTED = "suspected"
    PRIVACY = "privacy"
    PROPRIETARY = "proprietary"
    DESTRUCTION_NON_CRITICAL = "destruction-non-critical"
    CRITICAL_SYSTEMS_DATA = "critical-systems-data"
    CORE_CREDENTIALS = "core-credentials"
    DESTRUCTION_CRITICAL = "destruction-critical"


class Recoverability(StrEnum):
    """What it takes to recover (NIST SP 800-61, recoverability effort)."""

    REGULAR = "regular"
    SUPPLEMENTED = "supplemented"
    EXTENDED = "extended"
    NOT_RECOVERABLE = "not-recoverable"


class PotentialImpact(StrEnum):
    """Who would feel it if it went on."""

    MINIMAL = "minimal"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    SEVERE = "severe"


class Sector(StrEnum):
    """The sector the caller serves; what depends on it is the pact's own data."""

    ENERGY = "energy"
    IT = "it"
    COMMUNICATIONS = "communications"
    TRANSPORT = "transport"
    WATER = "water"
    MANUFACTURING = "manufacturing"
    GOVERNMENT = "government"
    DEFENCE = "defence"
    BANKING = "banking"
    HEALTH = "health"
    COMMERCIAL = "commercial"
    DAMS = "dams"
    EMERGENCY = "emergency"
    AGRICULTURE = "agriculture"
    CHEMICAL = "chemical"
    NUCLEAR = "nuclear"


class Organisation(StrEnum):
    """What kind of caller is hit; read by one translation, never by the score."""

    INDIVIDUAL = "individual"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    LOCAL_GOVERNMENT = "local-government"
    CENTRAL_GOVERNMENT = "central-government"
    ESSENTIAL_SERVICE = "essential-service"


class Outlook(StrEnum):
    """How the next six hours look; read by one translation, never by the score."""

    IMPROVING = "improving"
    STABLE = "stable"
    WORSENING = "worsening"


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything severity may know. The first seven are scored, the next two are hard triggers.

    The others are read only by the translations. ``None`` is unknown, and is the default.
    """

    functional_impact: FunctionalImpact | None = None
    observed_activity: ObservedActivity | None = None
    location: Location | None = None
    information: Information | None = None
    recoverability: Recoverability | None = None
    potential_impact: PotentialImpact | None = None
    sector: Sector | None = None
    threat_to_life_or_safety: Truth = None
    critical_service_denied: Truth = None
    organisation: Organisation | None = None
    outlook: Outlook | None = None
    disruption_sustained: Truth = None
    severe_financial_loss: Truth = None
    others_considerably_harmed: Truth = None
    unauthorised_access_may_lose_data: Truth = None
    clients_over_limit: Truth = None
    reputation_harmed: Truth = None
    duration_over_limit: Truth = None
    two_or_more_states_affected: Truth = None
    data_lost: Truth = None
    cost_over_limit: Truth = None


_OF_THE_CALLER = frozenset({"sector", "organisation", "outlook"})
"""Facts that say who is hit or what is expected; they are no observation of harm."""


def is_founded(facts: Facts) -> bool:
    """Whether any effect has been observed: of nothing at all every urgency is possible, and none is meant."""
    return any(getattr(facts, name) is not None for name in Facts.__struct_fields__ if name not in _OF_THE_CALLER)


class Heeded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a statement's facts counts, and the names of those that were set aside."""

    facts: Facts
    set_aside: tuple[str, ...]


def read_facts(written: Mapping[str, object]) -> Facts:
    """Read facts from parsed JSON or TOML.

    Raises ``Malformed`` with code ``triage.facts`` for a code or a field that does not exist; a
    field that names who did it is such a field.
    """
    try:
        return msgspec.convert(written, Facts)
    except msgspec.ValidationError as error:
        raise Malformed(
            "triage.facts",
            f"These facts cannot be read: {error}.",
            hint=f"Leave out what is not known. The facts are: {', '.join(Facts.__struct_fields__)}.",
        ) from error


def heed_facts(written: Mapping[str, object], earlier: Facts | None = None) -> Heeded:
    """The facts of a call or an update, upon those known ``earlier``; never refuses (law 2).

    A name or a code that does not exist is set aside and named, so that a signed call is never
    lost for it, and a name such as an actor's never counts (law 1).
    """
    known: dict[str, object] = msgspec.to_builtins(earlier or Facts())
    set_aside = []
    for name in sorted(written):
        if _is_fact(name, written[name]):
            known[name] = written[name]
        else:
            set_aside.append(name)
    return Heeded(facts=read_facts(known), set_aside=tuple(set_aside))


def write_facts(facts: Facts) -> dict[str, str | bool]:
    """The known facts by name, as statements carry them; the inverse of ``read_facts``."""
    written: dict[str, str | bool] = msgspec.to_builtins(facts)
    return written


def _is_fact(name: str, code: object) -> bool:
    try:
        read_facts({name: code})
    except Malformed:
        return False
    return True
