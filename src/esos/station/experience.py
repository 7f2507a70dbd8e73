"""What the station has learnt of its members from cases: who answers, who was reached, who already carries how much.

Derived from the cases and nothing else, so that it can be redone at any time; rankings read it (law 12). Capacity
is reserved by it in the turn that plans a case, before the next case is planned, and given back when a save fails.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from esos.case.model import AFTER_WORK, Case, Request
from esos.duty.events import Answered, LoadCarried, Promise, Reached, RegisterEvent, RequestsCounted
from esos.duty.register import Register
from esos.errors import Unknown
from esos.message.card import UNITS_MAX
from esos.words.need import NeedLine
from esos.words.request_state import RequestState

REQUESTS_REMEMBERED_MAX = 200_000
"""How many requests are remembered as counted; the oldest are forgotten first, their counts stay."""


class Experience:
    """Feeds a register with what cases show. Learning the same case again changes nothing."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._answered: dict[bytes, None] = {}
        self._heard_ms: dict[bytes, int] = {}
        self._promises = _ByCase(in_order=lambda one: (one.at_ms, one.units, one.automatic))
        self._requests = _ByCase(in_order=lambda one: one)

    def learn(self, case: Case) -> None:
        """Take in how a case stands now that it is saved."""
        for request in case.requests.values():
            if not request.unsolicited:
                self._learn_request(request)
        self.reserve(case)

    def reserve(self, case: Case) -> None:
        """Hold what a case binds and asks as it is planned, so that no other case counts on the same units."""
        self._hold(case.id, _promises(case), _requests(case))

    def forget(self, case: bytes) -> None:
        """Give back what a case held that was never saved."""
        self._hold(case, {}, {})

    def _learn_request(self, request: Request) -> None:
        if request.heard_ms > self._heard_ms.get(request.id, 0):
            _keep(self._heard_ms, request.id, request.heard_ms)
            self._tell(Reached(member=request.responder, at_ms=request.heard_ms))
        is_silence = request.state is RequestState.NO_REPLY
        if (request.answered or is_silence) and request.id not in self._answered:
            _keep(self._answered, request.id, None)
            self._tell(Answered(member=request.responder, answered=request.answered))

    def _hold(self, case: bytes, promises: "_Held", requests: "_Held") -> None:
        """Tell the whole over all cases, and not the change, of whoever this case changes anything for."""
        for member, lines in self._promises.put(case, promises):
            for line in sorted(lines):
                held = self._promises.of(member, line)
                self._tell(LoadCarried(member=member, line=NeedLine(line), promises=tuple(held)))
        for member, _ in self._requests.put(case, requests):
            asked_ms = tuple(self._requests.of(member, _ASKED))
            open_count = len(self._requests.of(member, _OPEN))
            self._tell(RequestsCounted(member=member, open_count=open_count, asked_ms=asked_ms))

    def _tell(self, event: RegisterEvent) -> None:
        """A member who left the register meanwhile has nothing to be ranked by."""
        try:
            self.register.apply(self.register.version, event)
        except Unknown:
            return


class _ByCase:
    """Something of members that cases hold, under names: put case by case, kept in order member by member.

    A change costs what the case holds, and not what all cases hold of a member: a small club asks the same few in
    every case it ever had.
    """

    def __init__(self, *, in_order: Callable[[Any], Any]) -> None:
        self._in_order = in_order
        self._of_case: dict[bytes, _Held] = {}
        self._of_member: dict[tuple[str, str], list[Any]] = {}

    def put(self, case: bytes, now: "_Held") -> list[tuple[str, set[str]]]:
        """Replace what a case holds; the members for whom that changes anything, with the names concerned."""
        before = self._of_case.pop(case, {})
        if now:
            self._of_case[case] = now
        changed = [
            (member, before.get(member, {}).keys() | now.get(member, {}).keys())
            for member in sorted(before.keys() | now.keys())
            if before.get(member) != now.get(member)
        ]
        for member, names in changed:
            for name in names:
                self._change((member, name), before.get(member, {}).get(name, ()), now.get(member, {}).get(name, ()))
        return changed

    def _change(self, key: tuple[str, str], gone: Iterable[Any], come: Iterable[Any]) -> None:
        held = self._of_member.setdefault(key, [])
        for one in gone:
            del held[bisect_left(held, self._in_order(one), key=self._in_order)]
        for one in come:
            insort(held, one, key=self._in_order)
        if not held:
            del self._of_member[key]

    def of(self, member: str, name: str) -> Sequence[Any]:
        """Everything held of a member under a name, over all cases, in order."""
        return self._of_member.get((member, name), ())


_Held = dict[str, dict[str, list[Any]]]
"""By member and name (a need line, or one of the two below)."""
_OPEN, _ASKED = "open", "asked"


def _promises(case: Case) -> _Held:
    """What every bound helper promised, line by line, since it did."""
    promises: _Held = {}
    for request in case.requests.values() if case.is_open else ():
        for ask in request.committed if request.is_bound else ():
            units = min(ask.quantity, UNITS_MAX)
            promise = Promise(units=units, at_ms=request.committed_ms, automatic=request.standing)
            promises.setdefault(request.responder, {}).setdefault(ask.line, []).append(promise)
    return promises


def _requests(case: Case) -> _Held:
    """When each member was sent each request of a case, and those that are open: asked, offered or at work."""
    asked: _Held = {}
    for request in case.requests.values():
        if not request.unsolicited:
            held = asked.setdefault(request.responder, {_ASKED: [], _OPEN: []})
            held[_ASKED].append(request.asked_ms)
            if not request.is_ended and request.state not in AFTER_WORK:
                held[_OPEN].append(request.asked_ms)
    return asked


def _keep(seen: dict[bytes, Any], request: bytes, value: int | None) -> None:
    if request not in seen and len(seen) >= REQUESTS_REMEMBERED_MAX:
        seen.pop(next(iter(seen)))
    seen[request] = value
