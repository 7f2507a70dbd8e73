"""What a coordinator proposes that takes a second officer, as a clause after "wishes to"."""

PROPOSAL_WORDS: dict[str, str] = {
    "urgency_changed": "lower the urgency",
    "severity_overruled": "set the proposed severity aside for a lower one",
    "stood_down": "stand everybody down before the case is stable",
    "suspended": "suspend the search for help",
    "resumed": "resume the search for help",
    "no_emergency": "end the case because nobody is in distress",
    "selected": "choose an offer that would affect others",
}
"""Kind of statement to what it does when two agree; every row of the case tables that may take two has one."""


def proposal_words(kind: str) -> str:
    """What is proposed, in words; never a code."""
    return PROPOSAL_WORDS.get(kind, "do something that takes two people")
