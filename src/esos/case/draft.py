"""The next state of a case while one step works it out: small moves, each keeping the values frozen."""

from typing import Any

import msgspec

from esos.case.event import Audience, Effect, Event, Page, Reason
from esos.case.model import Case, CaseRole, Request, Timer
from esos.keys.speaker import Role
from esos.message.bodies import Body
from esos.pact.timers import Timers
from esos.words.life import Concern
from esos.words.request_state import RequestState


class Draft:
    """One step's work in progress: ``case`` so far, ``effects`` so far, and the event at hand."""

    def __init__(self, case: Case, event: Event, now_ms: int) -> None:
        self.case = case
        self.event = event
        self.now_ms = now_ms
        self.effects: list[Effect] = []
        self.roles = roles_in(case, event)

    @property
    def body(self) -> Any:
        """The event's body."""
        return self.event.body

    @property
    def timers(self) -> Timers:
        """The durations in force at the case's urgency."""
        return self.case.rules.timers(self.case.urgency)

    def set(self, **changes: Any) -> None:
        """Replace fields of the case."""
        self.case = msgspec.structs.replace(self.case, **changes)

    def start(self, key: str, after_ms: int, next_holder: str) -> None:
        """Run a timer from now, replacing one of the same key; a duration of 0 stops it."""
        if after_ms <= 0:
            self.stop(key)
            return
        self.start_at(key, self.now_ms + after_ms, next_holder)

    def start_at(self, key: str, due_ms: int, next_holder: str) -> None:
        """Run a timer until an instant."""
        timer = Timer(key=key, due_ms=due_ms, next_holder=next_holder)
        self.set(timers={**self.case.timers, key: timer})

    def stop(self, *keys: str) -> None:
        """Stop timers; those that do not run are no matter."""
        gone = set(keys)
        if gone & self.case.timers.keys():
            self.set(timers={key: timer for key, timer in self.case.timers.items() if key not in gone})

    def page(
        self, audience: Audience, reason: Reason, *, to: str = "", ref: bytes = b"", due_ms: int = 0
    ) -> None:
        """Ask the station to wake or tell somebody."""
        self.effects.append(Page(audience=audience, reason=reason, to=to, ref=ref, due_ms=due_ms))

    def put_request(self, request: Request, **changes: Any) -> Request:
        """Keep a request, changed and stamped."""
        changed = msgspec.structs.replace(request, changed_ms=self.now_ms, **changes)
        self.set(requests={**self.case.requests, request.id: changed})
        return changed

    def end_request(self, request: Request, state: RequestState, **changes: Any) -> None:
        """Give a request its one outcome (law 6) and stop its timers."""
        if request.is_ended:
            return
        self.put_request(request, state=state, **changes)
        self.stop_request_timers(request.id)

    def stop_request_timers(self, request_id: bytes) -> None:
        """Stop every timer that belongs to a request."""
        suffix = f":{request_id.hex()}"
        self.stop(*(key for key in self.case.timers if key.endswith(suffix)))

    def raise_concern(self) -> None:
        """The station worries one step more (IAMSAR); people are told when it does."""
        steps = tuple(Concern)
        level = steps.index(self.case.concern)
        if level + 1 < len(steps):
            self.set(concern=steps[level + 1])
            self.page(Audience.COORDINATOR, Reason.CONCERN_UP)


def roles_in(case: Case, event: Event) -> frozenset[CaseRole]:
    """What the speaker is to this case, from what the station knew and what the case holds."""
    speaker = event.speaker
    return frozenset(role for role, holds in _ROLE_TESTS.items() if holds(case, speaker))


def _is_responder(case: Case, party: str) -> bool:
    return any(request.responder == party for request in case.requests.values())


_ROLE_TESTS: dict[CaseRole, Any] = {
    CaseRole.ANY: lambda case, speaker: True,  # noqa: ARG005
    CaseRole.CALLER: lambda case, speaker: speaker.party == case.caller,
    CaseRole.RELAY: lambda case, speaker: any(relay.party == speaker.party for relay in case.relays),
    CaseRole.OFFICER: lambda case, speaker: Role.OFFICER in speaker.roles,  # noqa: ARG005
    CaseRole.COORDINATOR: lambda case, speaker: (
        case.lease is not None and case.lease.holder == speaker.party and Role.OFFICER in speaker.roles
    ),
    CaseRole.SECOND: lambda case, speaker: bool({Role.OFFICER, Role.SECOND} & speaker.roles),  # noqa: ARG005
    CaseRole.RESPONDER: lambda case, speaker: _is_responder(case, speaker.party),
    CaseRole.STATION: lambda case, speaker: Role.STATION in speaker.roles,  # noqa: ARG005
    CaseRole.REGISTRAR: lambda case, speaker: Role.REGISTRAR in speaker.roles,  # noqa: ARG005
}


def plain_body(body: Body) -> bytes:
    """A body kept inside a proposal until a second officer has spoken."""
    return msgspec.msgpack.encode(body)
