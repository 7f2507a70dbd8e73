"""What the caller needs, line by line, and what is made of it: never below zero, never more than is open (law 12)."""

from esos.case.draft import Draft
from esos.case.event import Reason
from esos.case.model import Case, Request
from esos.case.watching import AT_ONCE_MS, SEEKING, hasten_wave
from esos.message.bodies import NeedAsk
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency


def set_needs(d: Draft, asks: tuple[NeedAsk, ...]) -> None:
    """The need as its owner states it, line by line; a usual need makes way for a stated one."""
    if asks:
        kept = {} if d.case.needs_usual else d.case.needs
        d.set(needs={**kept, **{ask.line: ask.quantity for ask in asks}}, needs_usual=False)


def assume_needs(d: Draft) -> None:
    """Where nobody has stated a need, what such a distress usually needs first."""
    if d.case.needs_usual:
        d.set(needs=_usual_needs(d.case))


def _usual_needs(case: Case) -> dict[NeedLine, int]:
    needs: dict[NeedLine, int] = {}
    if case.binding is Urgency.ADVISORY:
        return needs
    for code in case.details.natures or (Nature.UNDESIGNATED,):
        for line, units in Nature(code).usual_needs:
            needs[line] = max(units, needs.get(line, 0))
    return needs


def still_open(d: Draft, wanted: tuple[NeedAsk, ...]) -> tuple[NeedAsk, ...]:
    """Of what is wanted, what is still open, so that nobody's capacity is held for nothing."""
    rest, taken = d.case.open_need(), dict[NeedLine, int]()
    for ask in wanted:
        already = taken.get(ask.line, 0)
        units = min(ask.quantity, rest.get(ask.line, 0) - already)
        if units > 0:
            taken[ask.line] = already + units
    return tuple(NeedAsk(line=line, quantity=units) for line, units in taken.items())


def release_surplus(d: Draft) -> None:
    """Whoever was asked only for lines that are met now has done its duty, and is told so at once."""
    rest = d.case.open_need()
    for request in tuple(d.case.requests.values()):
        if request.is_pending and not _is_wanted(request, rest):
            thank(d, request)


def _is_wanted(request: Request, rest: dict[NeedLine, int]) -> bool:
    """Whether it could still bring something; an offer of help of any kind is wanted while anything is open."""
    lines = {ask.line for ask in request.all_lines}
    return bool(lines & rest.keys()) if lines else bool(rest)


def thank(d: Draft, request: Request) -> None:
    """Not taken: duty discharged, and told so."""
    d.end_request(request, RequestState.NOT_TAKEN)
    d.page_responder(request, Reason.NOT_TAKEN)


def search_on(d: Draft) -> None:
    """A no must not wait for the next wave when nothing else is expected."""
    if not any(request.is_pending for request in d.case.requests.values()):
        search_at_once(d)


def search_at_once(d: Draft) -> None:
    """Requests go out again at once, once waves have begun; before that the first keeps its time."""
    if d.case.life in SEEKING and d.case.open_need() and d.case.wave > d.case.wave_from:
        hasten_wave(d, AT_ONCE_MS)
