"""What the caller needs, line by line, and what is made of it: never below zero, never more than is open (law 12)."""

from esos.case.draft import Draft
from esos.case.event import Reason
from esos.case.model import Case, Request, Search
from esos.case.watching import AT_ONCE_MS, SEEKING, hasten_wave
from esos.message.bodies import NeedAsk
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency


def set_needs(d: Draft, asks: tuple[NeedAsk, ...]) -> None:
    """The need as its owner states it, line by line; a usual need makes way for a stated one."""
    stated = {ask.line: ask.quantity for ask in asks}
    asked = {line: units for line, units in d.case.needs_asked.items() if line not in stated}
    d.set(needs_stated={**d.case.needs_stated, **stated}, needs_asked=asked)
    count_needs(d)


def count_needs(d: Draft) -> None:
    """What was stated, or else what such a distress usually needs first; and what was asked for by hand."""
    needs = dict(d.case.needs_stated or _usual_needs(d.case))
    for line, units in d.case.needs_asked.items():
        needs[line] = max(units, needs.get(line, 0))
    d.set(needs=needs)


def need_asked(d: Draft, asks: tuple[NeedAsk, ...]) -> None:
    """What a coordinator asks for is needed: of each line at least what is bound and what is asked."""
    asked = dict(d.case.needs_asked)
    for line, units in _by_line(asks).items():
        wanted = d.case.committed_units(line) + units
        if wanted > d.case.needs.get(line, 0):
            asked[line] = wanted
    d.set(needs_asked=asked)
    count_needs(d)


def need_chosen(d: Draft, request: Request) -> None:
    """What a coordinator chooses is needed too, where nobody has counted it; what is open needs no more for it."""
    offered, rest = request.offered or request.lines, d.case.open_need()
    is_met = not any(ask.line in rest for ask in offered)
    need_asked(d, tuple(ask for ask in offered if is_met or ask.line not in d.case.needs))


def need_asked_no_more(d: Draft, request: Request) -> None:
    """A question that its coordinator takes back needs nothing more than others it still waits for."""
    gone = {ask.line for ask in request.lines} if request.is_by_hand else set()
    d.set(needs_asked={line: units for line, units in d.case.needs_asked.items() if line not in gone})
    count_needs(d)
    for other in tuple(d.case.requests.values()):
        if other.is_by_hand and other.is_pending:
            need_asked(d, tuple(ask for ask in other.lines if ask.line in gone))


def _by_line(asks: tuple[NeedAsk, ...]) -> dict[NeedLine, int]:
    units: dict[NeedLine, int] = {}
    for ask in asks:
        units[ask.line] = units.get(ask.line, 0) + ask.quantity
    return units


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
        if request.is_pending and not _is_wanted(d.case, request, rest):
            thank(d, request)


def _is_wanted(case: Case, request: Request, rest: dict[NeedLine, int]) -> bool:
    """Whether it could still bring something.

    An offer of help of any kind is wanted while anything is open. One that nobody asked for, of what nobody has
    counted yet, waits for the coordinator.
    """
    lines = {ask.line for ask in request.all_lines}
    is_new = request.unsolicited and not lines <= case.needs.keys()
    return is_new or bool(lines & rest.keys()) if lines else bool(rest)


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
    if d.case.life in SEEKING and d.case.open_need() and d.case.search is not Search.UNTRIED:
        hasten_wave(d, AT_ONCE_MS)
