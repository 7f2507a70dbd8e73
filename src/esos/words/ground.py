"""The lawful grounds to decline: a closed list. Pages show the sentence, records keep the code."""

from enum import StrEnum

from esos.words.language import later, say


class Ground(StrEnum):
    """Why somebody who was asked may lawfully say no (brief 2)."""

    UNABLE = "D1"
    OWN_EMERGENCY = "D2"
    DANGER = "D3"
    UNREASONABLE = "D4"
    UNNECESSARY = "D5"
    LAW = "D6"
    INVESTIGATION = "D7"
    FORCE_MAJEURE = "D8"
    REFUSED_BY_CALLER = "D9"
    UNVERIFIED = "D10"

    @property
    def words(self) -> str:
        """The sentence a page shows for this ground."""
        return say(_SENTENCES[self])


_SENTENCES = {
    Ground.UNABLE: later("We are not able to do this."),
    Ground.OWN_EMERGENCY: later("We have an emergency of our own."),
    Ground.DANGER: later("It would put our own people, systems or customers in serious danger."),
    Ground.UNREASONABLE: later("Somebody nearer or better placed is already committed."),
    Ground.UNNECESSARY: later("There is enough help already, or the need is over."),
    Ground.LAW: later("The law forbids it to us."),
    Ground.INVESTIGATION: later("It would harm an investigation."),
    Ground.FORCE_MAJEURE: later("Events outside our control prevent us."),
    Ground.REFUSED_BY_CALLER: later("The caller refused us, or we have a conflict of interest."),
    Ground.UNVERIFIED: later("The call is not verified enough for this kind of help."),
}
NEVER_A_GROUND = (
    later("who the caller is"),
    later("the caller's carelessness"),
    later("an unknown or suspected culprit"),
    later("publicity"),
    later("price within the free tier"),
)
"""What may never be given as a reason to decline."""


def never_a_ground() -> str:
    """The same as one list, for a sentence."""
    return "; ".join(say(one) for one in NEVER_A_GROUND)
