"""The words in which a fact and its codes appear in explanations and translations.

Law 12: an explanation is whole sentences; this table is where their nouns come from.
"""

from enum import StrEnum

from esos.triage.facts import (
    FunctionalImpact,
    Information,
    Location,
    ObservedActivity,
    PotentialImpact,
    Recoverability,
    Sector,
)
from esos.words.language import later, say

FACT_WORDS: dict[str, str] = {
    "functional_impact": later("what the services can still do"),
    "observed_activity": later("what is seen happening"),
    "location": later("where it is seen"),
    "information": later("what has happened to information"),
    "recoverability": later("what it takes to recover"),
    "potential_impact": later("who would feel it if it went on"),
    "sector": later("the sector"),
    "threat_to_life_or_safety": later("whether life or safety is in danger"),
    "critical_service_denied": later("whether a critical service is out of reach"),
    "organisation": later("what kind of organisation is hit"),
    "outlook": later("how the next six hours look"),
    "disruption_sustained": later("whether the disruption is lasting"),
    "severe_financial_loss": later("whether there is severe financial loss"),
    "others_considerably_harmed": later("whether others are considerably harmed"),
    "unauthorised_access_may_lose_data": later("whether unauthorised access may lose data"),
    "clients_over_limit": later("whether clients are hit above the limit"),
    "reputation_harmed": later("whether reputation is harmed"),
    "duration_over_limit": later("whether it lasts longer than the limit"),
    "two_or_more_states_affected": later("whether two or more States are affected"),
    "data_lost": later("whether data is lost"),
    "cost_over_limit": later("whether it costs more than the limit"),
}

_CODE_WORDS: dict[type[StrEnum], dict[str, str]] = {
    FunctionalImpact: {
        "none": later("nothing is impaired"),
        "no-service-affected": later("something is impaired, but no service is"),
        "minimal-non-critical": later("an ordinary service is slightly impaired"),
        "minimal-critical": later("a critical service is slightly impaired"),
        "significant-non-critical": later("an ordinary service is badly impaired"),
        "denial-non-critical": later("an ordinary service is out of reach"),
        "significant-critical": later("a critical service is badly impaired"),
        "denial-critical": later("a critical service is out of reach"),
        "loss-of-control": later("control of a system is lost"),
    },
    ObservedActivity: {
        "none": later("nothing unusual is seen"),
        "prepare": later("signs of something being readied are seen"),
        "engage": later("attempts are seen"),
        "presence": later("something is inside, without harm yet"),
        "effect": later("harm is being done"),
    },
    Location: {
        "business-dmz": later("it is at the edge of the business network"),
        "business-network": later("it is in the business network"),
        "not-located": later("people looked and could not tell where it is"),
        "business-management": later("it is in the systems that manage the business network"),
        "critical-dmz": later("it is at the edge of the critical network"),
        "critical-management": later("it is in the systems that manage critical systems"),
        "critical-systems": later("it is in critical systems"),
        "safety": later("it is in safety systems"),
    },
    Information: {
        "none": later("no information is touched"),
        "suspected": later("information may be touched"),
        "privacy": later("personal data is exposed"),
        "proprietary": later("business secrets are exposed"),
        "destruction-non-critical": later("ordinary data or systems are destroyed"),
        "critical-systems-data": later("data about critical systems is exposed"),
        "core-credentials": later("the most powerful credentials are exposed"),
        "destruction-critical": later("critical data or systems are destroyed"),
    },
    Recoverability: {
        "regular": later("recovery is possible with what is at hand"),
        "supplemented": later("recovery is possible with more of one's own means"),
        "extended": later("recovery needs help from outside"),
        "not-recoverable": later("recovery is not possible"),
    },
    PotentialImpact: {
        "minimal": later("hardly anybody would feel it"),
        "low": later("the caller and its customers would feel it"),
        "moderate": later("a town or many customers would feel it"),
        "high": later("a region or a whole sector would feel it"),
        "severe": later("a whole country or several would feel it"),
    },
    Sector: {
        "energy": later("it is energy"),
        "it": later("it is information technology"),
        "communications": later("it is communications"),
        "transport": later("it is transport"),
        "water": later("it is water"),
        "manufacturing": later("it is manufacturing"),
        "government": later("it is government"),
        "defence": later("it is defence"),
        "banking": later("it is banking"),
        "health": later("it is health"),
        "commercial": later("it is commercial"),
        "dams": later("it is dams"),
        "emergency": later("it is emergency services"),
        "agriculture": later("it is agriculture"),
        "chemical": later("it is chemical"),
        "nuclear": later("it is nuclear"),
    },
}


def clause(code: StrEnum) -> str:
    """What a scored code says, as a clause that can follow a colon."""
    return say(_CODE_WORDS[type(code)][code.value])


def fact_list(names: list[str]) -> str:
    """Several facts in one phrase: ``the sector; where it is seen``."""
    return "; ".join(say(FACT_WORDS[name]) for name in names)
