"""How one request to one responder stands: every state, which of them are ends, and the page's word for it.

Law 6: every request ends in exactly one outcome, and the outcomes are the states whose ``is_end`` is
true. ``returned`` is none yet: the help is back, its account is not settled.
"""

from enum import StrEnum
from typing import NamedTuple

from esos.words.five import PageWord
from esos.words.language import later, say


class RequestState(StrEnum):
    """Machine B of brief 2, in the order in which a request that is met passes through it, then its other ends."""

    SENT = "sent"
    DELIVERED = "delivered"
    CONSIDERING = "considering"
    OFFERED = "offered"
    SELECTED = "selected"
    COMMITTED = "committed"
    ON_SCENE = "on_scene"
    EXTENDING = "extending"
    RELEASING = "releasing"
    RETURNED = "returned"
    SETTLED = "settled"
    DECLINED = "declined"
    NO_REPLY = "no_reply"
    NOT_TAKEN = "not_taken"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """Whether this is an outcome: the first one stands, nothing leads out of it."""
        return self in _ENDS

    @property
    def page_word(self) -> PageWord:
        """Which of the five words a page shows."""
        return _STATES[self].page_word

    @property
    def words(self) -> str:
        """The state as a whole sentence about the team that was asked."""
        return say(_STATES[self].words)


class _Row(NamedTuple):
    page_word: PageWord
    words: str


_S, _W = RequestState, PageWord
_STATES: dict[RequestState, _Row] = {
    _S.SENT: _Row(_W.ASKED, later("The request is on its way to this team; its own program has not confirmed it yet.")),
    _S.DELIVERED: _Row(_W.ASKED, later("This team's own program has the request; no person there has answered yet.")),
    _S.CONSIDERING: _Row(_W.THINKING, later("A person of this team has seen the request and is deciding.")),
    _S.OFFERED: _Row(_W.OFFERING, later("This team has made an offer; it is not bound until it commits.")),
    _S.SELECTED: _Row(_W.OFFERING, later("Its offer was chosen; the team has yet to commit itself.")),
    _S.COMMITTED: _Row(_W.COMING, later("This team has committed itself and is coming.")),
    _S.ON_SCENE: _Row(_W.COMING, later("This team is at work.")),
    _S.EXTENDING: _Row(_W.COMING, later("This team is at work and asks to stay longer.")),
    _S.RELEASING: _Row(_W.DONE, later("This team is released and is handing back what it holds.")),
    _S.RETURNED: _Row(_W.DONE, later("This team has gone home; its account is not settled yet.")),
    _S.SETTLED: _Row(_W.DONE, later("This team has gone home and its account is settled.")),
    _S.DECLINED: _Row(_W.DONE, later("This team declined, with a ground.")),
    _S.NO_REPLY: _Row(_W.DONE, later("This team gave no answer in time.")),
    _S.NOT_TAKEN: _Row(_W.DONE, later("This team offered and was not needed; its duty is done, with thanks.")),
    _S.WITHDRAWN: _Row(_W.DONE, later("This team withdrew after it had offered or committed itself.")),
    _S.CANCELLED: _Row(_W.DONE, later("The request was cancelled; this team need do nothing more.")),
}
_ENDS = frozenset({_S.SETTLED, _S.DECLINED, _S.NO_REPLY, _S.NOT_TAKEN, _S.WITHDRAWN, _S.CANCELLED})
