"""The five words a page shows for a request to one responder; records keep the exact state (brief 2).

Law 4: *coming* means that a helper is bound. Nothing a machine did makes a request say so.
"""

from enum import StrEnum


class PageWord(StrEnum):
    """What a reader sees first about a request, in the order in which a good one passes through it."""

    ASKED = "asked"
    THINKING = "thinking"
    OFFERING = "offering"
    COMING = "coming"
    DONE = "done"

    @property
    def meaning(self) -> str:
        """The sentence that stands beside the word, for somebody who reads it the first time."""
        return _MEANINGS[self]


_MEANINGS = {
    PageWord.ASKED: "This team was asked; none of its people has answered yet.",
    PageWord.THINKING: "A person of this team has seen the request and is deciding.",
    PageWord.OFFERING: "This team says what it could give; it is not bound to come until it commits.",
    PageWord.COMING: "This team has committed itself: it is on its way or at work.",
    PageWord.DONE: "Nothing more is expected of this team; the request has come to its end or is being wound up.",
}
