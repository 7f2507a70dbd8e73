"""What a coordinator proposes that takes a second officer, as a clause after "wishes to"."""

from esos.words.language import later, say

PROPOSAL_WORDS: dict[str, str] = {
    "urgency_changed": later("lower the urgency"),
    "severity_overruled": later("set the proposed severity aside for a lower one"),
    "stood_down": later("stand everybody down before the case is stable"),
    "suspended": later("suspend the search for help"),
    "resumed": later("resume the search for help"),
    "no_emergency": later("end the case because nobody is in distress"),
    "selected": later("choose an offer that would affect others"),
}
"""Kind of statement to what it does when two agree; every row of the case tables that may take two has one."""


def proposal_words(kind: str) -> str:
    """What is proposed, in words; never a code."""
    return say(PROPOSAL_WORDS.get(kind, later("do something that takes two people")))
