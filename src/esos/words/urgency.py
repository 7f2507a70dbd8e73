"""How urgent a call is, with the page words that stand beside the code word (brief 2)."""

from enum import StrEnum

from esos.words.language import later, say


class Urgency(StrEnum):
    """Three levels of effect. The order of declaration is the order of gravity, gravest first."""

    MAYDAY = "mayday"
    PAN_PAN = "pan-pan"
    ADVISORY = "advisory"

    @property
    def words(self) -> str:
        """What a page says: ``Emergency now``, ``Urgent`` or ``Warning``."""
        return say(_WORDS[self])

    @property
    def test(self) -> str:
        """The question that decides whether a situation has this urgency."""
        return say(_TESTS[self])

    @property
    def gravity(self) -> int:
        """3 for mayday, 2 for pan-pan, 1 for advisory: larger is graver."""
        return _GRAVITY[self]


_WORDS = {
    Urgency.MAYDAY: later("Emergency now"),
    Urgency.PAN_PAN: later("Urgent"),
    Urgency.ADVISORY: later("Warning"),
}
_TESTS = {
    Urgency.MAYDAY: (
        later(
            "Grave harm to life, to an essential service, or irreversible loss of control or data; "
            "it is imminent or under way; and your own means do not suffice."
        )
    ),
    Urgency.PAN_PAN: later("Serious, and it may become an emergency."),
    Urgency.ADVISORY: later("A warning that is useful to others; nobody asks for help."),
}
_GRAVITY = {Urgency.MAYDAY: 3, Urgency.PAN_PAN: 2, Urgency.ADVISORY: 1}
