"""The five words a page shows for a request to one responder; records keep the exact state (brief 2).

Law 4: *coming* means that a helper is bound. Nothing a machine did makes a request say so.
"""

from enum import StrEnum

from esos.words.language import later, say


class PageWord(StrEnum):
    """What a reader sees first about a request, in the order in which a good one passes through it."""

    ASKED = "asked"
    THINKING = "thinking"
    OFFERING = "offering"
    COMING = "coming"
    DONE = "done"

    @property
    def words(self) -> str:
        """The word itself, in the language spoken now."""
        return say(_WORDS[self])

    @property
    def meaning(self) -> str:
        """The sentence that stands beside the word, for somebody who reads it the first time."""
        return say(_MEANINGS[self])


_WORDS = {
    PageWord.ASKED: later("asked"),
    PageWord.THINKING: later("thinking"),
    PageWord.OFFERING: later("offering"),
    PageWord.COMING: later("coming"),
    PageWord.DONE: later("done"),
}
_MEANINGS = {
    PageWord.ASKED: later("This team was asked; none of its people has answered yet."),
    PageWord.THINKING: later("A person of this team has seen the request and is deciding."),
    PageWord.OFFERING: later("This team says what it could give; it is not bound to come until it commits."),
    PageWord.COMING: later("This team has committed itself: it is on its way or at work."),
    PageWord.DONE: later(
        "Nothing more is expected of this team; the request has come to its end or is being wound up."
    ),
}
