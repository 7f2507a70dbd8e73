"""The next state of a case while one step works it out: small moves, each keeping the values frozen."""

from collections.abc import Callable
from typing import Any

import msgspec

from esos.case.event import Audience, Effect, Event, Page, Reason
from esos.case.model import Case, CaseRole, Request
from esos.case.parts import Proposal, Timer
from esos.case.timing import TIMERS
from esos.keys.speaker import Role, Speaker
from esos.message.bodies import Body
from esos.pact.timers import Timers
from esos.words.life import Concern
from esos.words.request_state import RequestState

_CALLED_BY_LADDER = frozenset({Audience.WATCH, Audience.BACKUP, Audience.NEIGHBOUR, Audience.EVERYONE})
"""Audiences that learn of the call as a whole, and so must learn of its end."""


class Draft:
    """One step's work in progress: ``case`` so far, ``effects`` so far, and the event at hand.

    ``agreed`` is the proposal a second officer has just agreed to, until it is carried out.
    """

    def __init__(self, case: Case, event: Event, now_ms: int) -> None:
        self.case = case
        self.event = event
        self.now_ms = now_ms
        self.effects: list[Effect] = []
        self.roles = roles_in(case, event)
        self.agreed: Proposal | None = None

    @property
    def body(self) -> Any:
        """The event's body."""
        return self.event.body

    @property
    def timers(self) -> Timers:
        """The durations in force: those of the gravest urgency that is said or possible."""
        return self.case.rules.timers(self.case.waking)

    def set(self, **changes: Any) -> None:
        """Replace fields of the case."""
        self.case = msgspec.structs.replace(self.case, **changes)

    def run(self, name: str, about: bytes = b"") -> None:
        """Run a timer from now for as long as its row says; it stops where the urgency has none."""
        self.start(name, TIMERS[name].lasts(self.timers), about)

    def start(self, name: str, after_ms: int, about: bytes = b"") -> None:
        """Run a timer from now, replacing one of the same key; a duration of 0 stops it."""
        if after_ms <= 0:
            self.stop(timer_key(name, about))
        else:
            self.start_at(name, self.now_ms + after_ms, about)

    def start_at(self, name: str, due_ms: int, about: bytes = b"", *, holder: str = "") -> None:
        """Run a timer until an instant. ``about`` is the request, grant or proposal it belongs to."""
        key = timer_key(name, about)
        timer = Timer(key=key, due_ms=due_ms, next_holder=holder or TIMERS[name].holder)
        self.set(timers={**self.case.timers, key: timer})

    def stop(self, *keys: str) -> None:
        """Stop timers; those that do not run are no matter."""
        gone = set(keys)
        if gone & self.case.timers.keys():
            self.set(timers={key: timer for key, timer in self.case.timers.items() if key not in gone})

    def stop_about(self, about: bytes) -> None:
        """Stop every timer that belongs to a request, a grant or a proposal."""
        suffix = f":{about.hex()}"
        self.stop(*(key for key in self.case.timers if key.endswith(suffix)))

    def page(self, audience: Audience, reason: Reason, *, to: str = "", ref: bytes = b"", due_ms: int = 0) -> None:
        """Ask the station to wake or tell somebody."""
        self.effects.append(Page(audience=audience, reason=reason, to=to, ref=ref, due_ms=due_ms))
        if audience in _CALLED_BY_LADDER and audience.value not in self.case.reached:
            self.set(reached=(*self.case.reached, audience.value))

    def page_responder(self, request: Request, reason: Reason, *, due_ms: int = 0) -> None:
        """Tell a responder something about its request."""
        self.page(Audience.RESPONDER, reason, to=request.responder, ref=request.id, due_ms=due_ms)

    def put_request(self, request: Request, **changes: Any) -> Request:
        """Keep a request, changed and stamped; also with when its responder itself was last heard."""
        if self.event.speaker.party == request.responder:
            changes["heard_ms"] = self.now_ms
        changed = msgspec.structs.replace(request, changed_ms=self.now_ms, **changes)
        self.set(requests={**self.case.requests, request.id: changed})
        return changed

    def end_request(self, request: Request, state: RequestState, **changes: Any) -> None:
        """Give a request its one outcome (law 6) and stop its timers."""
        if request.is_ended:
            return
        self.put_request(request, state=state, **changes)
        self.stop_about(request.id)

    def raise_concern(self) -> None:
        """The station worries one step more (IAMSAR), as far as there is one; people are told either way."""
        steps = tuple(Concern)
        level = steps.index(self.case.concern)
        self.set(concern=steps[min(level + 1, len(steps) - 1)])
        self.page(Audience.COORDINATOR, Reason.CONCERN_UP)


def timer_key(name: str, about: bytes = b"") -> str:
    """The key of a timer: its name, and what it belongs to."""
    return f"{name}:{about.hex()}" if about else name


def roles_in(case: Case, event: Event) -> frozenset[CaseRole]:
    """What the speaker is to this case, from what the station knew and what the case holds."""
    speaker = event.speaker
    return frozenset(role for role, holds in _ROLE_TESTS.items() if holds(case, speaker))


def _is_anybody(case: Case, speaker: Speaker) -> bool:
    del case, speaker
    return True


def _is_caller(case: Case, speaker: Speaker) -> bool:
    return speaker.party == case.caller


def _is_relay(case: Case, speaker: Speaker) -> bool:
    return any(relay.party == speaker.party for relay in case.relays)


def _is_coordinator(case: Case, speaker: Speaker) -> bool:
    return case.lease is not None and case.lease.holder == speaker.party and Role.OFFICER in speaker.roles


def _is_second(case: Case, speaker: Speaker) -> bool:
    """An officer or a named second, and not the one whose case it is."""
    return bool({Role.OFFICER, Role.SECOND} & speaker.roles) and not _is_caller(case, speaker)


def _is_responder(case: Case, speaker: Speaker) -> bool:
    return any(request.responder == speaker.party for request in case.requests.values())


def _has(role: Role) -> Callable[[Case, Speaker], bool]:
    def holds(case: Case, speaker: Speaker) -> bool:
        del case
        return role in speaker.roles

    return holds


_ROLE_TESTS: dict[CaseRole, Callable[[Case, Speaker], bool]] = {
    CaseRole.ANY: _is_anybody,
    CaseRole.CALLER: _is_caller,
    CaseRole.RELAY: _is_relay,
    CaseRole.OFFICER: _has(Role.OFFICER),
    CaseRole.COORDINATOR: _is_coordinator,
    CaseRole.SECOND: _is_second,
    CaseRole.RESPONDER: _is_responder,
    CaseRole.STATION: _has(Role.STATION),
    CaseRole.REGISTRAR: _has(Role.REGISTRAR),
}


def plain_body(body: Body) -> bytes:
    """A body kept inside a proposal until a second officer has spoken."""
    return msgspec.msgpack.encode(body)
