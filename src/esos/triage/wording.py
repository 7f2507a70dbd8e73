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

FACT_WORDS: dict[str, str] = {
    "functional_impact": "what the services can still do",
    "observed_activity": "what is seen happening",
    "location": "where it is seen",
    "information": "what has happened to information",
    "recoverability": "what it takes to recover",
    "potential_impact": "who would feel it if it went on",
    "sector": "the sector",
    "threat_to_life_or_safety": "whether life or safety is in danger",
    "critical_service_denied": "whether a critical service is out of reach",
    "organisation": "what kind of organisation is hit",
    "outlook": "how the next six hours look",
    "disruption_sustained": "whether the disruption is lasting",
    "severe_financial_loss": "whether there is severe financial loss",
    "others_considerably_harmed": "whether others are considerably harmed",
    "unauthorised_access_may_lose_data": "whether unauthorised access may lose data",
    "clients_over_limit": "whether clients are hit above the limit",
    "reputation_harmed": "whether reputation is harmed",
    "duration_over_limit": "whether it lasts longer than the limit",
    "two_or_more_states_affected": "whether two or more States are affected",
    "data_lost": "whether data is lost",
    "cost_over_limit": "whether it costs more than the limit",
}

_SECTOR_NAMES = {Sector.IT: "information technology", Sector.EMERGENCY: "emergency services"}
_CODE_WORDS: dict[type[StrEnum], dict[str, str]] = {
    FunctionalImpact: {
        "none": "nothing is impaired",
        "no-service-affected": "something is impaired, but no service is",
        "minimal-non-critical": "an ordinary service is slightly impaired",
        "minimal-critical": "a critical service is slightly impaired",
        "significant-non-critical": "an ordinary service is badly impaired",
        "denial-non-critical": "an ordinary service is out of reach",
        "significant-critical": "a critical service is badly impaired",
        "denial-critical": "a critical service is out of reach",
        "loss-of-control": "control of a system is lost",
    },
    ObservedActivity: {
        "none": "nothing unusual is seen",
        "prepare": "signs of something being readied are seen",
        "engage": "attempts are seen",
        "presence": "something is inside, without harm yet",
        "effect": "harm is being done",
    },
    Location: {
        "business-dmz": "it is at the edge of the business network",
        "business-network": "it is in the business network",
        "not-located": "people looked and could not tell where it is",
        "business-management": "it is in the systems that manage the business network",
        "critical-dmz": "it is at the edge of the critical network",
        "critical-management": "it is in the systems that manage critical systems",
        "critical-systems": "it is in critical systems",
        "safety": "it is in safety systems",
    },
    Information: {
        "none": "no information is touched",
        "suspected": "information may be touched",
        "privacy": "personal data is exposed",
        "proprietary": "business secrets are exposed",
        "destruction-non-critical": "ordinary data or systems are destroyed",
        "critical-systems-data": "data about critical systems is exposed",
        "core-credentials": "the most powerful credentials are exposed",
        "destruction-critical": "critical data or systems are destroyed",
    },
    Recoverability: {
        "regular": "recovery is possible with what is at hand",
        "supplemented": "recovery is possible with more of one's own means",
        "extended": "recovery needs help from outside",
        "not-recoverable": "recovery is not possible",
    },
    PotentialImpact: {
        "minimal": "hardly anybody would feel it",
        "low": "the caller and its customers would feel it",
        "moderate": "a town or many customers would feel it",
        "high": "a region or a whole sector would feel it",
        "severe": "a whole country or several would feel it",
    },
    Sector: {sector.value: f"it is {_SECTOR_NAMES.get(sector, sector.value)}" for sector in Sector},
}


def clause(code: StrEnum) -> str:
    """What a scored code says, as a clause that can follow a colon."""
    return _CODE_WORDS[type(code)][code.value]


def fact_list(names: list[str]) -> str:
    """Several facts in one phrase: ``the sector; where it is seen``."""
    return "; ".join(FACT_WORDS[name] for name in names)
