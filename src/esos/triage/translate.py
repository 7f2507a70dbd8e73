"""The same facts in other people's scales: UK NCSC, NIS2, DORA and the EU blueprint's tags.

Law 1: no translation says what caused it or who; the tags for a root cause are left out on
purpose. Law 2: where a fact is missing the answer is "unknown", and says which fact. None of it is
legal advice, and none of it is read by score, duty or help.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from esos.triage.facts import Facts, FunctionalImpact, Information, ObservedActivity, Organisation
from esos.triage.trigger import critical_service_denied
from esos.triage.truth import Truth, all_of, any_of, at_least, is_among
from esos.triage.wording import fact_list
from esos.words.language import later, say

UNKNOWN = "unknown"
"""The code of every translation that lacks a fact."""


class Translation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reading: the scale, its code or ``unknown``, a sentence, and what is missing for certainty."""

    scheme: str
    code: str
    sentence: str
    missing: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def translations(facts: Facts) -> tuple[Translation, ...]:
    """All four readings, always in the same order."""
    return uk_ncsc(facts), nis2(facts), dora(facts), eu_blueprint(facts)


# UK NCSC and National Crime Agency, cyber incident prioritisation framework, 2018.

_SERIOUS_SERVICE = frozenset(
    {
        FunctionalImpact.SIGNIFICANT_NON_CRITICAL,
        FunctionalImpact.DENIAL_NON_CRITICAL,
        FunctionalImpact.SIGNIFICANT_CRITICAL,
        FunctionalImpact.DENIAL_CRITICAL,
        FunctionalImpact.LOSS_OF_CONTROL,
    }
)
_SERIOUS_INFORMATION = frozenset(
    {
        Information.DESTRUCTION_NON_CRITICAL,
        Information.CRITICAL_SYSTEMS_DATA,
        Information.CORE_CREDENTIALS,
        Information.DESTRUCTION_CRITICAL,
    }
)
_RISK_SERVICE = _SERIOUS_SERVICE | {FunctionalImpact.MINIMAL_NON_CRITICAL, FunctionalImpact.MINIMAL_CRITICAL}
_RISK_INFORMATION = _SERIOUS_INFORMATION | {Information.PRIVACY, Information.PROPRIETARY}
_RISK_ACTIVITY = frozenset({ObservedActivity.PRESENCE, ObservedActivity.EFFECT})

_NCSC_TITLES = {
    1: later("national cyber emergency"),
    2: later("highly significant incident"),
    3: later("significant incident"),
    4: later("substantial incident"),
    5: later("moderate incident"),
    6: later("localised incident"),
}
_NCSC_CATEGORY: dict[Organisation, tuple[int, int, int]] = {
    Organisation.ESSENTIAL_SERVICE: (2, 3, 5),
    Organisation.CENTRAL_GOVERNMENT: (2, 3, 5),
    Organisation.LOCAL_GOVERNMENT: (3, 4, 5),
    Organisation.LARGE: (3, 4, 5),
    Organisation.MEDIUM: (4, 5, 6),
    Organisation.SMALL: (5, 6, 6),
    Organisation.INDIVIDUAL: (6, 6, 6),
}
"""Category by kind of organisation for serious impact, considerable risk, and first indications."""

_SERIOUS, _RISK, _INDICATIONS = range(3)
_EMERGENCY, _HIGHLY_SIGNIFICANT = 1, 2
_NCSC_GRADE_FACTS = ("functional_impact", "information", "observed_activity")
_NCSC_EMERGENCY_FACTS = ("disruption_sustained", "potential_impact", "threat_to_life_or_safety")


def uk_ncsc(facts: Facts) -> Translation:
    """The UK category from ``1`` (national cyber emergency) to ``6`` (localised)."""
    grade = _ncsc_grade(facts)
    if facts.organisation is None or grade is None:
        reads = ("organisation", *(_NCSC_GRADE_FACTS if grade is None else ()))
        return _lacking("uk-ncsc", later("The UK category is not known yet."), facts, reads)
    category = _NCSC_CATEGORY[facts.organisation][grade]
    emergency = _ncsc_emergency(facts) if category == _HIGHLY_SIGNIFICANT else False
    if emergency is None:
        return _lacking(
            "uk-ncsc", later("Whether it is UK category 1 or 2 is not known yet."), facts, _NCSC_EMERGENCY_FACTS
        )
    category = _EMERGENCY if emergency else category
    sentence = say(
        "On the UK scale this would be category {category}, {title}.",
        category=category,
        title=say(_NCSC_TITLES[category]),
    )
    return Translation(scheme="uk-ncsc", code=str(category), sentence=sentence)


def _ncsc_grade(facts: Facts) -> int | None:
    serious = any_of(
        (is_among(facts.functional_impact, _SERIOUS_SERVICE), is_among(facts.information, _SERIOUS_INFORMATION))
    )
    risk = any_of(
        (
            is_among(facts.functional_impact, _RISK_SERVICE),
            is_among(facts.information, _RISK_INFORMATION),
            is_among(facts.observed_activity, _RISK_ACTIVITY),
        )
    )
    if serious is not False:
        return _SERIOUS if serious else None
    return None if risk is None else (_RISK if risk else _INDICATIONS)


def _ncsc_emergency(facts: Facts) -> Truth:
    severe = is_among(facts.potential_impact, frozenset({"severe"}))
    return all_of((facts.disruption_sustained, any_of((severe, facts.threat_to_life_or_safety))))


# Directive (EU) 2022/2555 (NIS2), Article 23(3).

_SEVERE_DISRUPTION = _SERIOUS_SERVICE - {FunctionalImpact.SIGNIFICANT_NON_CRITICAL}
_FAR_REACHING = frozenset({"high", "severe"})
_NIS2_FACTS = (
    "functional_impact",
    "severe_financial_loss",
    "others_considerably_harmed",
    "threat_to_life_or_safety",
    "potential_impact",
)


def nis2(facts: Facts) -> Translation:
    """Whether the incident is significant: ``yes``, ``no`` or ``unknown``."""
    significant = any_of(
        (
            is_among(facts.functional_impact, _SEVERE_DISRUPTION),
            facts.severe_financial_loss,
            facts.others_considerably_harmed,
            facts.threat_to_life_or_safety,
            is_among(facts.potential_impact, _FAR_REACHING),
        )
    )
    return _yes_no("nis2", _NIS2, significant, facts, _NIS2_FACTS)


# Regulation (EU) 2022/2554 (DORA), Article 18, with Delegated Regulation (EU) 2024/1772, Articles 6, 8 and 9.

_CRITICAL_SERVICE = frozenset(
    {
        FunctionalImpact.MINIMAL_CRITICAL,
        FunctionalImpact.SIGNIFICANT_CRITICAL,
        FunctionalImpact.DENIAL_CRITICAL,
        FunctionalImpact.LOSS_OF_CONTROL,
    }
)
_DORA_THRESHOLDS = (
    "clients_over_limit",
    "reputation_harmed",
    "duration_over_limit",
    "two_or_more_states_affected",
    "data_lost",
    "cost_over_limit",
)
_DORA_THRESHOLDS_NEEDED = 2
_DORA_SERVICE_FACTS = ("functional_impact", "critical_service_denied")
_DORA_HARM_FACTS = ("unauthorised_access_may_lose_data", *_DORA_THRESHOLDS)


def dora(facts: Facts) -> Translation:
    """Whether the incident is major: ``yes``, ``no`` or ``unknown``.

    It is if a critical service is affected, and either unauthorised access may lose data or two of
    the six thresholds are passed.
    """
    critical = any_of((is_among(facts.functional_impact, _CRITICAL_SERVICE), facts.critical_service_denied))
    passed = at_least(_DORA_THRESHOLDS_NEEDED, (getattr(facts, name) for name in _DORA_THRESHOLDS))
    harmful = any_of((facts.unauthorised_access_may_lose_data, passed))
    reads = (*(() if critical else _DORA_SERVICE_FACTS), *(() if harmful else _DORA_HARM_FACTS))
    return _yes_no("dora", _DORA, all_of((critical, harmful)), facts, reads)


# NIS Cooperation Group, Cybersecurity Incident Taxonomy (2018), in the machine tags of the "nis" namespace.

_COLOUR_SENTENCES = {
    "red": later("In the EU taxonomy the impact is red: very large."),
    "yellow": later("In the EU taxonomy the impact is yellow: large."),
    "green": later("In the EU taxonomy the impact is green: minor."),
    "white": later("In the EU taxonomy the impact is white: none."),
}
_COLOURS: dict[FunctionalImpact, str] = {
    FunctionalImpact.NONE: "white",
    FunctionalImpact.NO_SERVICE_AFFECTED: "white",
    FunctionalImpact.MINIMAL_NON_CRITICAL: "green",
    FunctionalImpact.MINIMAL_CRITICAL: "green",
    FunctionalImpact.SIGNIFICANT_NON_CRITICAL: "green",
    FunctionalImpact.DENIAL_NON_CRITICAL: "yellow",
    FunctionalImpact.SIGNIFICANT_CRITICAL: "yellow",
    FunctionalImpact.DENIAL_CRITICAL: "red",
    FunctionalImpact.LOSS_OF_CONTROL: "red",
}
_SECTOR_TAGS = {
    "energy": "energy",
    "it": "digital-services",
    "communications": "communications",
    "transport": "transport",
    "water": "drinking-water",
    "government": "government",
    "emergency": "government",
    "banking": "banking",
    "health": "health",
}
"""Sectors the taxonomy has a tag for; the others get none."""

_BLUEPRINT_SEVERITY_FACTS = ("functional_impact", "critical_service_denied", "threat_to_life_or_safety")


def eu_blueprint(facts: Facts) -> Translation:
    """The severity of the impact as a colour, and the tags that go with it."""
    colour = _colour(facts)
    tags = tuple(f'nis:{predicate}="{value}"' for predicate, value in _blueprint_values(facts, colour) if value)
    if colour is None:
        lacking = _lacking(
            "eu-blueprint", later("The severity of the impact is not known yet."), facts, _BLUEPRINT_SEVERITY_FACTS
        )
        return msgspec.structs.replace(lacking, tags=tags)
    sentence = say(_COLOUR_SENTENCES[colour])
    return Translation(scheme="eu-blueprint", code=colour, sentence=sentence, tags=tags)


def _colour(facts: Facts) -> str | None:
    red = any_of((facts.threat_to_life_or_safety, critical_service_denied(facts)))
    if red:
        return "red"
    functional = facts.functional_impact
    colour = None if functional is None else _COLOURS[functional]
    return colour if colour == "red" or red is False else None


def _blueprint_values(facts: Facts, colour: str | None) -> tuple[tuple[str, str | None], ...]:
    sector = None if facts.sector is None else _SECTOR_TAGS.get(facts.sector)
    return ("impact-sectors-impacted", sector), ("impact-severity", colour), ("impact-outlook", facts.outlook)


class _Claim(NamedTuple):
    """What is said where it holds, where it does not, and where nobody knows."""

    yes: str
    no: str
    unknown: str


_NIS2 = _Claim(
    later("It is significant under Article 23(3) of NIS2."),
    later("It is not significant under Article 23(3) of NIS2."),
    later("Whether it is significant under Article 23(3) of NIS2 is not known yet."),
)
_DORA = _Claim(
    later("It is a major incident under DORA."),
    later("It is not a major incident under DORA."),
    later("Whether it is a major incident under DORA is not known yet."),
)


def _yes_no(scheme: str, claim: _Claim, holds: Truth, facts: Facts, reads: Sequence[str]) -> Translation:
    if holds is None:
        return _lacking(scheme, claim.unknown, facts, reads)
    sentence = say(claim.yes if holds else claim.no)
    return Translation(scheme=scheme, code="yes" if holds else "no", sentence=sentence)


def _lacking(scheme: str, subject: str, facts: Facts, reads: Sequence[str]) -> Translation:
    missing = [name for name in reads if getattr(facts, name) is None]
    sentence = say("{subject} Missing: {facts}.", subject=say(subject), facts=fact_list(missing))
    return Translation(scheme=scheme, code=UNKNOWN, sentence=sentence, missing=tuple(missing))
