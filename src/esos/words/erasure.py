"""Why a case's content was destroyed: a closed list, so that the tombstone itself tells nothing of the case."""

from enum import StrEnum


class EraseGround(StrEnum):
    """The grounds of an erasure. The first is the only one a station may have by itself."""

    RETENTION = "retention"
    ASKED = "asked"
    ORDERED = "ordered"
    MISTAKE = "mistake"

    @property
    def words(self) -> str:
        """The ground as a clause after "because"."""
        return _CLAUSES[self]


_CLAUSES = {
    EraseGround.RETENTION: "its time to be kept, as the pact has it, was over",
    EraseGround.ASKED: "somebody whom it concerned asked for it",
    EraseGround.ORDERED: "an authority ordered it",
    EraseGround.MISTAKE: "it was entered by mistake",
}
