"""Who keeps each key of a pact: the module of the program that acts on it, or people.

A rule that nobody keeps binds no one, so every key of the form stands here once. `esos pact show` marks
what is left to people; a test compares this table with the form and with what the program reads.
"""

from esos.words.language import later

PEOPLE = "people"
"""The program reads, checks and explains the key, and leaves keeping it to people."""
LEFT_TO_PEOPLE = later("left to people")
"""What is said of such a sentence."""

KEPT_BY: dict[str, str] = {
    "pact.name": "esos.station.accessions",
    "pact.title": "esos.station.enrol",
    "pact.version": "esos.pact.accession",
    "pact.in_force": "esos.pact.accession",
    "pact.parties": PEOPLE,
    "pact.members_min": PEOPLE,
    "pact.members_max": PEOPLE,
    "pact.accession_delay_days": "esos.pact.accession",
    "pact.withdrawal_notice_days": "esos.pact.accession",
    "callers.strangers": "esos.station.callers",
    "callers.member_kinds": "esos.station.callers",
    "callers.delegates": "esos.station.fold",
    "callers.relays": "esos.station.callers",
    "callers.silence": "esos.case.suspecting",
    "threshold.mayday": "esos.pact.classify",
    "threshold.pan-pan": "esos.pact.classify",
    "threshold.dependency": "esos.pact.classify",
    "threshold.sectors": "esos.pact.classify",
    "helpers.reach": "esos.station.waves",
    "helpers.tiers": "esos.station.waves",
    "helpers.wave_first_size": "esos.station.waves",
    "helpers.wave_cap": "esos.station.waves",
    "helpers.expected_answer_percent": "esos.station.waves",
    "helpers.open_requests_max": "esos.station.waves",
    "helpers.requests_a_month_max": "esos.station.waves",
    "helpers.share_cap_percent": "esos.pact.rules",
    "helpers.widen": "esos.case.clock",
    "helpers.second_officers": "esos.case.guards",
    "helpers.second_named": "esos.case.guards",
    "helpers.duty": "esos.station.enrol",
    "helpers.ladder": "esos.case.watching",
    "assistance.owed": "esos.station.enrol",
    "assistance.free_tier": "esos.pact.rules",
    "assistance.above_free": "esos.case.money",
    "assistance.ceiling": "esos.case.money",
    "assistance.currency": PEOPLE,
    "assistance.tariff": "esos.case.money",
    "assistance.agreement": PEOPLE,
    "assistance.agreement_days": "esos.case.asking",
    "assistance.liability": PEOPLE,
    "timers.mayday": "esos.pact.rules",
    "timers.pan-pan": "esos.pact.rules",
    "timers.advisory": "esos.pact.rules",
    "disclosure.tlp": PEOPLE,
    "disclosure.pap": PEOPLE,
    "disclosure.pseudonyms": PEOPLE,
    "disclosure.witnesses_asked": PEOPLE,
    "disclosure.witnesses_needed": PEOPLE,
    "disclosure.retention_days": "esos.station.retention",
    "disclosure.compliance_period": PEOPLE,
    "disclosure.privacy": PEOPLE,
    "law.hooks": PEOPLE,
}
"""Key of the file (``section.key``) to who keeps it."""


def is_left_to_people(key: str) -> bool:
    """Whether the program only shows this key; raises ``KeyError`` for a key that is not in the form."""
    return key == PEOPLE or KEPT_BY[key] == PEOPLE
