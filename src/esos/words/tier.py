"""How strongly somebody is bound to help one caller: five tiers, always shown in words (brief 4).

A tier is computed for a responder, a caller and a need together, never stored; this is only the
table of what each number means.
"""

from enum import IntEnum
from typing import NamedTuple

from esos.words.language import later, say


class DutyTier(IntEnum):
    """A larger number binds more; no sum of comforts outranks a tier."""

    VOLUNTEER = 0
    ASKED = 1
    PACT = 2
    LAW = 3
    CONTRACT = 4

    @property
    def words(self) -> str:
        """What a page says, as ``bound by contract``."""
        return say(_TIERS[self].words)

    @property
    def you_are(self) -> str:
        """The same, said to the one who is asked."""
        return say(_YOU_ARE[self])

    @property
    def owed(self) -> str:
        """The sentence that tells the one who is asked what it owes."""
        return say(_TIERS[self].owed)

    @property
    def silence_escalates(self) -> bool:
        """Whether giving no answer at all is passed on, and not merely recorded."""
        return self >= DutyTier.PACT

    @property
    def owes_an_answer(self) -> bool:
        """Whether silence is recorded at all: a volunteer owes nothing."""
        return self >= DutyTier.ASKED


def what_is_owed(tier: DutyTier) -> str:
    """What ``owed`` says, as it is kept in the record."""
    return _TIERS[tier].owed


ANSWER_OWED_BY_PACT = later(
    "You accepted the pact: at this urgency you owe an answer; whether you help is yours to decide."
)
"""What is owed at the pact's tier where the pact asks for no more than an answer."""


class _Row(NamedTuple):
    words: str
    owed: str


_TIERS: dict[DutyTier, _Row] = {
    DutyTier.VOLUNTEER: _Row(
        later("volunteer"), later("You owe nothing here; any help is a gift, and so is an answer.")
    ),
    DutyTier.ASKED: _Row(later("asked to answer"), later("You owe an answer; whether you help is yours to decide.")),
    DutyTier.PACT: _Row(
        later("bound by the pact"), later("You accepted the pact: you owe an answer, and help if you reasonably can.")
    ),
    DutyTier.LAW: _Row(
        later("bound by law"), later("The law gives you this task: you owe an answer, and help if you reasonably can.")
    ),
    DutyTier.CONTRACT: _Row(
        later("bound by contract"),
        later("Your contract, your network or your product is concerned: you owe an answer and your help."),
    ),
}
_YOU_ARE = {
    DutyTier.VOLUNTEER: later("You are a volunteer."),
    DutyTier.ASKED: later("You are asked to answer."),
    DutyTier.PACT: later("You are bound by the pact."),
    DutyTier.LAW: later("You are bound by law."),
    DutyTier.CONTRACT: later("You are bound by contract."),
}
