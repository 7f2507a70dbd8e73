"""The effects a pact's threshold may speak of: a closed list of what can be observed.

Law 1: the list has no name for an actor, a motive or a culprit, and a rule that uses any other name
is refused. The scales and their values are those of CISA's National Cyber Incident Scoring System
without its actor category.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from esos.words.language import later

LEVEL_MAX = 100
"""Every scale runs from 0 to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing that can be observed. A scale has a value from 0 to 100; a fact is true or false.

    ``words`` say it: for a scale as a noun, for a fact as a clause. ``levels`` are names of values.
    """

    words: str
    is_scale: bool = False
    levels: Mapping[str, int] = field(default_factory=dict)


def _scale(words: str, **levels: int) -> Effect:
    named = {name.replace("_", "-"): value for name, value in levels.items()}
    return Effect(words=words, is_scale=True, levels=named)


EFFECTS: Mapping[str, Effect] = {
    "score": _scale(later("the severity score")),
    "functional_impact": _scale(
        later("the impact on services"),
        none=0,
        no_service_affected=20,
        minimal_non_critical=35,
        minimal_critical=40,
        significant_non_critical=50,
        denial_non_critical=60,
        significant_critical=70,
        denial_critical=100,
        loss_of_control=100,
    ),
    "observed_activity": _scale(later("the activity seen"), none=0, prepare=40, engage=70, presence=80, effect=100),
    "location": _scale(
        later("the place where it is seen"),
        business_dmz=30,
        business_network=40,
        not_located=50,
        business_management=60,
        critical_dmz=70,
        critical_management=80,
        critical_systems=90,
        safety=100,
    ),
    "information": _scale(
        later("the harm to information"),
        none=0,
        suspected=10,
        privacy=20,
        proprietary=50,
        destruction_non_critical=60,
        critical_systems_data=70,
        core_credentials=80,
        destruction_critical=100,
    ),
    "recoverability": _scale(
        later("the effort to recover"), regular=20, supplemented=40, extended=60, not_recoverable=100
    ),
    "potential_impact": _scale(later("the possible reach"), minimal=0, low=25, moderate=50, high=75, severe=100),
    "threat_to_life_or_safety": Effect(words=later("life or safety is in danger")),
    "critical_service_denied": Effect(words=later("a critical service is out of reach")),
    "disruption_sustained": Effect(words=later("the disruption is lasting")),
    "severe_financial_loss": Effect(words=later("there is severe financial loss")),
    "others_considerably_harmed": Effect(words=later("others are considerably harmed")),
    "unauthorised_access_may_lose_data": Effect(words=later("unauthorised access may lose data")),
    "clients_over_limit": Effect(words=later("more clients are hit than the limit")),
    "reputation_harmed": Effect(words=later("reputation is harmed")),
    "duration_over_limit": Effect(words=later("it lasts longer than the limit")),
    "two_or_more_states_affected": Effect(words=later("two or more States are affected")),
    "data_lost": Effect(words=later("data is lost")),
    "cost_over_limit": Effect(words=later("it costs more than the limit")),
}
"""Every name a rule may use. The triage package measures them under the same names."""

SECTORS = (
    "energy",
    "it",
    "communications",
    "transport",
    "water",
    "manufacturing",
    "government",
    "defence",
    "banking",
    "health",
    "commercial",
    "dams",
    "emergency",
    "agriculture",
    "chemical",
    "nuclear",
)
"""The sectors whose dependency a pact may weigh."""
