"""What the station has learnt of its members from cases: who answers, who was reached, who already carries how much.

Derived from the cases and nothing else, so that it can be redone at any time; rankings read it (law 12).
"""

from collections.abc import Iterable

from esos.case.model import Case, Request
from esos.duty.events import Answered, LoadCarried, Reached, RegisterEvent
from esos.duty.register import Register
from esos.errors import Unknown
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine
from esos.words.request_state import RequestState

REQUESTS_REMEMBERED_MAX = 200_000
"""How many requests are remembered as counted; the oldest are forgotten first, their counts stay."""
_ANSWERS = frozenset(
    {RequestState.OFFERED, RequestState.DECLINED, RequestState.SELECTED, RequestState.COMMITTED, RequestState.ON_SCENE}
)
_REACHED = _ANSWERS | {RequestState.DELIVERED, RequestState.CONSIDERING}


class Experience:
    """Feeds a register with what cases show. Learning the same case again changes nothing."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._answered: dict[bytes, None] = {}
        self._reached: dict[bytes, None] = {}
        self._carried: dict[str, dict[bytes, dict[NeedLine, int]]] = {}

    def learn(self, case: Case) -> None:
        """Take in how a case stands now."""
        for request in case.requests.values():
            if not request.unsolicited:
                self._learn_request(request)
        self._learn_loads(case)

    def _learn_request(self, request: Request) -> None:
        if request.state in _REACHED and _first_time(self._reached, request.id):
            self._tell(Reached(member=request.responder, at_ms=request.changed_ms))
        is_answer, is_silence = request.state in _ANSWERS, request.state is RequestState.NO_REPLY
        if (is_answer or is_silence) and _first_time(self._answered, request.id):
            self._tell(Answered(member=request.responder, answered=is_answer))

    def _learn_loads(self, case: Case) -> None:
        """What each helper carries over all open cases, line by line, the whole and not the change."""
        now = _loads(case)
        for member in now.keys() | {name for name, cases in self._carried.items() if case.id in cases}:
            before = self._carried.setdefault(member, {}).pop(case.id, {})
            if member in now:
                self._carried[member][case.id] = now[member]
            if before != now.get(member, {}):
                self._tell_loads(member, before.keys() | now.get(member, {}).keys(), case.opened_ms)

    def _tell_loads(self, member: str, lines: Iterable[NeedLine], at_ms: int) -> None:
        for line in sorted(lines):
            units = sum(loads.get(line, 0) for loads in self._carried[member].values())
            self._tell(LoadCarried(member=member, line=line, units=min(units, NEED_QUANTITY_MAX_UNITS), at_ms=at_ms))

    def _tell(self, event: RegisterEvent) -> None:
        """A member who left the register meanwhile has nothing to be ranked by."""
        try:
            self._register.apply(self._register.version, event)
        except Unknown:
            return


def _loads(case: Case) -> dict[str, dict[NeedLine, int]]:
    loads: dict[str, dict[NeedLine, int]] = {}
    for request in case.requests.values():
        if request.is_bound and case.is_open:
            lines = loads.setdefault(request.responder, {})
            for ask in request.committed:
                lines[ask.line] = lines.get(ask.line, 0) + ask.quantity
    return loads


def _first_time(seen: dict[bytes, None], request: bytes) -> bool:
    if request in seen:
        return False
    if len(seen) >= REQUESTS_REMEMBERED_MAX:
        seen.pop(next(iter(seen)))
    seen[request] = None
    return True
