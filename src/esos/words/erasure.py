"""Why a case's content was destroyed: a closed list, so that the tombstone itself tells nothing of the case."""

from enum import StrEnum

from esos.words.language import later, say


class EraseGround(StrEnum):
    """The grounds of an erasure. The first is the only one a station may have by itself."""

    RETENTION = "retention"
    ASKED = "asked"
    ORDERED = "ordered"
    MISTAKE = "mistake"

    @property
    def words(self) -> str:
        """The ground as a clause after "because"."""
        return say(_CLAUSES[self])


_CLAUSES = {
    EraseGround.RETENTION: later("its time to be kept, as the pact has it, was over"),
    EraseGround.ASKED: later("somebody whom it concerned asked for it"),
    EraseGround.ORDERED: later("an authority ordered it"),
    EraseGround.MISTAKE: later("it was entered by mistake"),
}
