"""What kinds of members call themselves on their cards: the usual ones in words, any other as it is written."""

from esos.words.language import later, say

_KINDS = {
    "team": later("team"),
    "hospital": later("hospital"),
    "network": later("network"),
    "exchange": later("Internet exchange"),
    "university": later("university"),
    "municipality": later("municipality"),
    "provider": later("provider"),
    "state": later("State"),
    "national-csirt": later("national CSIRT"),
    "authority": later("authority"),
    "caller": later("caller"),
}


def kind_words(kind: str) -> str:
    """The kind in the language spoken now."""
    return say(_KINDS.get(kind, kind))
