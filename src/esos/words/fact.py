"""The names of what severity reads: a closed list, so that no crowd of other names takes the place of one of them.

Law 1: there is no name for who did it. Triage measures every one of them and no other.
"""

FACTS = frozenset({
    "functional_impact", "observed_activity", "location", "information", "recoverability", "potential_impact", "sector",
    "threat_to_life_or_safety", "critical_service_denied", "organisation", "outlook", "disruption_sustained",
    "severe_financial_loss", "others_considerably_harmed", "unauthorised_access_may_lose_data", "clients_over_limit",
    "reputation_harmed", "duration_over_limit", "two_or_more_states_affected", "data_lost", "cost_over_limit",
})  # fmt: skip
