"""Which words a page carries: the reason the case tables give, as it is for this reader at this moment.

Law 4: an offer that arrived is no lost helper, and whoever was only asked is not sent home.
"""

from collections.abc import Callable

from esos.case.event import Audience, Page, Reason
from esos.case.knowing import may_call_by_itself
from esos.case.model import AFTER_WORK, Case, Request
from esos.words.page_reasons import PageReason
from esos.words.request_state import RequestState

NEIGHBOUR = "neighbour"
"""The party under which a neighbour station is paged; whoever else stands in for it is one of our own officers."""
MINUTE_MS = 60_000


def page_reason(page: Page, case: Case, party: str) -> PageReason:
    """The text for one recipient of a page."""
    special = _SPECIAL.get(page.reason)
    found = special(page, case, party) if special else None
    return found or PageReason(page.reason.value)


def request_of(page: Page, case: Case, party: str) -> Request | None:
    """The request a page is about: the one it names, else the reader's newest."""
    named = case.requests.get(page.ref)
    return named or next((one for one in reversed(case.requests.values()) if one.responder == party), None)


def since_ms(reason: PageReason, case: Case, request: Request | None, now_ms: int) -> int:
    """When that of which the page speaks began; 0 where the case does not say."""
    began = _SINCE.get(reason)
    return began(case, request or _NO_REQUEST) if began else now_ms if reason in _NOW else 0


def due_ms(reason: PageReason, page: Page, case: Case, request: Request | None) -> int:
    """By when the reader should answer, or what the page tells of is due; 0 where nothing is."""
    if reason is PageReason.OFFICER_HAS_YOUR_CASE:
        return _timer(case, "call_back")
    if reason is PageReason.COMMITTED_TO_CALLER and request is not None and request.ready_minutes:
        return request.committed_ms + request.ready_minutes * MINUTE_MS
    return page.due_ms


def escalates_ms(reason: PageReason, case: Case) -> int:
    """When somebody else is asked without an answer; 0 where nobody is."""
    key = _ESCALATES.get(reason, "")
    return 0 if key == "wave" and not may_call_by_itself(case) else _timer(case, key)


def _timer(case: Case, key: str) -> int:
    timer = case.timers.get(key)
    return timer.due_ms if timer else 0


# --- which text -------------------------------------------------------------------------------


def _to_watch(page: Page, case: Case, party: str) -> PageReason | None:
    """A neighbour's watch may stand in for ours at some hours; and at the end of the ladder all are called."""
    del case
    if party == NEIGHBOUR:
        return PageReason.NEIGHBOUR_WATCH
    return PageReason.EVERYONE_DUE if page.audience is Audience.EVERYONE else None


def _to_neighbour(page: Page, case: Case, party: str) -> PageReason | None:
    """With no neighbour named, everybody on the roster is called instead, and told so."""
    del page, case
    return None if party == NEIGHBOUR else PageReason.EVERYONE_DUE


def _commitment(page: Page, case: Case, party: str) -> PageReason | None:
    if party == NEIGHBOUR:
        return PageReason.NEIGHBOUR_WIDENS
    request = case.requests.get(page.ref)
    if request is None:
        return None
    return PageReason.COMMITMENT_WAITS if request.state is RequestState.SELECTED else PageReason.OFFER_WAITS


def _scene(page: Page, case: Case, party: str) -> PageReason | None:
    del case
    if party == NEIGHBOUR:
        return PageReason.NEIGHBOUR_WIDENS
    return PageReason.WORK_DUE if page.audience is Audience.RESPONDER else None


def _call_back(page: Page, case: Case, party: str) -> PageReason | None:
    del page, party
    return PageReason.CANCEL_ASKED if case.cancel_asked else None


def _end(page: Page, case: Case, party: str) -> PageReason | None:
    """A helper that was bound is sent home, one that was only asked is let off; others hear how the case ended."""
    if page.audience not in _HELPERS:
        return _TOLD_OF_END.get(page.reason)
    request = request_of(page, case, party)
    if request is None:
        return PageReason.WARNING_OVER
    if page.reason is Reason.CANCELLED:
        return None
    return PageReason.RELEASED if request.state in AFTER_WORK else PageReason.NOT_NEEDED


def _cancelled(page: Page, case: Case, party: str) -> PageReason | None:
    if page.audience is Audience.CALLER:
        return PageReason.CALL_TAKEN_BACK
    return _end(page, case, party) if page.audience in _HELPERS else None


def _hand_over(page: Page, case: Case, party: str) -> PageReason | None:
    del case, party
    return None if page.to else PageReason.HAND_OVER_LAPSED


def _second(page: Page, case: Case, party: str) -> PageReason | None:
    del case, party
    return PageReason.SECOND_LACKING if page.audience is Audience.COORDINATOR else None


def _lease(page: Page, case: Case, party: str) -> PageReason | None:
    del party
    is_held = page.audience is Audience.COORDINATOR and case.lease is not None
    return PageReason.LEASE_PROMPT if is_held else None


def _message(page: Page, case: Case, party: str) -> PageReason | None:
    """Where the channel is restricted a page says that there is something to read, and no more."""
    del case, party
    return None if page.said else PageReason.MESSAGE_QUIET


_HELPERS = frozenset({Audience.ASKED, Audience.RESPONDER})
_TOLD_OF_END = {Reason.RELEASED: PageReason.STOOD_DOWN}
_SPECIAL: dict[Reason, Callable[[Page, Case, str], PageReason | None]] = {
    Reason.WATCH_DUE: _to_watch,
    Reason.NEIGHBOUR_DUE: _to_neighbour,
    Reason.COMMITMENT_DUE: _commitment,
    Reason.SCENE_DUE: _scene,
    Reason.CALL_BACK_DUE: _call_back,
    Reason.RELEASED: _end,
    Reason.ENDED: _end,
    Reason.CANCELLED: _cancelled,
    Reason.HANDED_OVER: _hand_over,
    Reason.SECOND_NEEDED: _second,
    Reason.LEASE_LOST: _lease,
    Reason.MESSAGE: _message,
}
"""Reasons that mean another thing to another reader, or at another moment; every other reason has one text."""

# --- since when, and until when ---------------------------------------------------------------

_NO_REQUEST = Request(id=b"", responder="", name="", state=RequestState.SENT, lines=())
_SINCE: dict[PageReason, Callable[[Case, Request], int]] = {
    PageReason.REMINDED: lambda _, request: request.asked_ms,
    PageReason.HELPER_LOST: lambda _, request: request.changed_ms,
    PageReason.OFFICER_HAS_YOUR_CASE: lambda case, _: case.lease.since_ms if case.lease else 0,
    PageReason.CALL_BACK_DUE: lambda case, _: case.acknowledged_ms,
    PageReason.COMMITMENT_DUE: lambda case, _: case.first_ask_ms,
    PageReason.OFFER_WAITS: lambda _, request: request.changed_ms,
    PageReason.COMMITMENT_WAITS: lambda _, request: request.changed_ms,
    PageReason.SCENE_DUE: lambda _, request: request.committed_ms,
    PageReason.WORK_DUE: lambda _, request: request.committed_ms,
}
_NOW = frozenset({
    PageReason.RELEASED, PageReason.CANCELLED, PageReason.CALL_TAKEN_BACK, PageReason.STOOD_DOWN, PageReason.ENDED,
    PageReason.NOT_NEEDED, PageReason.WARNING_OVER, PageReason.RELAPSE, PageReason.GRAVER, PageReason.CANCEL_ASKED,
})  # fmt: skip
"""Pages about what has just happened."""
_ESCALATES = {
    **dict.fromkeys(
        (PageReason.WATCH_DUE, PageReason.BACKUP_DUE, PageReason.EVERYONE_DUE, PageReason.LEASE_LOST), "ack"
    ),
    PageReason.LEASE_PROMPT: "lease",
    PageReason.HELPER_LOST: "wave",
    PageReason.BOUND_AND_SILENT: "wave",
    PageReason.OFFICER_HAS_YOUR_CASE: "wave",
}
"""The timer whose end brings somebody else in."""
