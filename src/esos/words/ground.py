"""The lawful grounds to decline: a closed list. Pages show the sentence, records keep the code."""

from enum import StrEnum


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
        return _SENTENCES[self]


_SENTENCES = {
    Ground.UNABLE: "We are not able to do this.",
    Ground.OWN_EMERGENCY: "We have an emergency of our own.",
    Ground.DANGER: "It would put our own people, systems or customers in serious danger.",
    Ground.UNREASONABLE: "Somebody nearer or better placed is already committed.",
    Ground.UNNECESSARY: "There is enough help already, or the need is over.",
    Ground.LAW: "The law forbids it to us.",
    Ground.INVESTIGATION: "It would harm an investigation.",
    Ground.FORCE_MAJEURE: "Events outside our control prevent us.",
    Ground.REFUSED_BY_CALLER: "The caller refused us, or we have a conflict of interest.",
    Ground.UNVERIFIED: "The call is not verified enough for this kind of help.",
}
NEVER_A_GROUND = (
    "who the caller is",
    "the caller's carelessness",
    "an unknown or suspected culprit",
    "publicity",
    "price within the free tier",
)
"""What may never be given as a reason to decline."""
