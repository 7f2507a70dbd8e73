"""What a case is at one moment: frozen values, the fold of its statements so far.

Law 5: ``Case.timers`` is the one truth about what runs; the station's due rows are copied from it.
Law 1: nothing here says who did it.
"""

from enum import StrEnum
from typing import dataclass_transform

import msgspec

from esos.message.bodies import CallDetails, NeedAsk, SeverityAssessed, Why
from esos.pact.rules import Rules
from esos.words.life import Concern, Life, Verification
from esos.words.need import HelpClass, NeedLine
from esos.words.realm import Realm
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency


class CaseRole(StrEnum):
    """Who somebody is to one case. One party may have several."""

    CALLER = "caller"
    RELAY = "relay"
    OFFICER = "officer"
    COORDINATOR = "coordinator"
    SECOND = "second"
    RESPONDER = "responder"
    STATION = "station"
    REGISTRAR = "registrar"
    ANY = "anybody"


class Channel(StrEnum):
    """Who may write on the case."""

    OPEN = "open"
    RESTRICTED = "restricted"


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the parts of a case."""


class Timer(Part, kw_only=True):
    """A running timer: when it runs out, and who holds the case next when it does."""

    key: str
    due_ms: int
    next_holder: str


class Lease(Part, kw_only=True):
    """The coordinator's hold on the case, renewed by any act."""

    holder: str
    name: str
    since_ms: int
    prompted: bool = False


class Request(Part, kw_only=True):
    """Machine B: one assistance request to one responder (``AssistanceRequest`` in the API).

    ``spent``: what it committed counts no more against the need, because it never began or belongs to
    an earlier life of the case.
    """

    id: bytes
    responder: str
    name: str
    state: RequestState
    lines: tuple[NeedAsk, ...]
    wave: int = 0
    why: Why = Why()
    asked_ms: int = 0
    changed_ms: int = 0
    reply_due_ms: int = 0
    how: str = ""
    condition: str = ""
    cost: str = "free"
    ceiling_eur: int = 0
    ready_minutes: int = 0
    offered: tuple[NeedAsk, ...] = ()
    committed: tuple[NeedAsk, ...] = ()
    committed_ms: int = 0
    ground: str = ""
    sentence: str = ""
    done_percent: int = 0
    unsolicited: bool = False
    standing: bool = False
    agreed: bool = False
    two_officers: bool = False
    spent: bool = False

    @property
    def is_ended(self) -> bool:
        """Whether it has its one outcome (law 6)."""
        return self.state.is_end

    @property
    def counts(self) -> bool:
        """Whether its committed lines count against the need: bound, or given."""
        return self.state in _COUNTING and not self.spent

    @property
    def is_bound(self) -> bool:
        """Whether the responder is bound now: committed, at work, or extending."""
        return self.state in BOUND

    @property
    def is_pending(self) -> bool:
        """Whether something may still come of it: asked, offered or selected, and not bound yet."""
        return self.state in PENDING

    @property
    def may_be_asked_again(self) -> bool:
        """Whether its responder may get another request: it did its duty, or that was an earlier life of the case."""
        return self.spent or self.state in _DISCHARGED

    @property
    def all_lines(self) -> tuple[NeedAsk, ...]:
        """Every line it was ever about: asked, offered and committed."""
        return (*self.lines, *self.offered, *self.committed)


ASKED = frozenset({RequestState.SENT, RequestState.DELIVERED, RequestState.CONSIDERING})
"""An answer is owed."""
PENDING = ASKED | {RequestState.OFFERED, RequestState.SELECTED}
"""Something may still come of it."""
AT_WORK = frozenset({RequestState.ON_SCENE, RequestState.EXTENDING})
"""The responder has begun."""
BOUND = AT_WORK | {RequestState.COMMITTED}
"""The responder is bound."""
AFTER_WORK = frozenset({RequestState.RELEASING, RequestState.RETURNED})
"""Released; only the way home and the account are open."""
_COUNTING = BOUND | AFTER_WORK | {RequestState.SETTLED}
_DISCHARGED = frozenset({RequestState.NOT_TAKEN, RequestState.CANCELLED})


class Grant(Part, kw_only=True):
    """A consent the caller signed. ``live`` turns false at expiry, when revoked, and at every end."""

    id: bytes
    help_class: HelpClass
    scope: str
    to: tuple[str, ...] = ()
    expires_ms: int
    live: bool = True


class Proof(Part, kw_only=True):
    """Shown control of a resource."""

    resource: str
    rung: int
    expires_ms: int


class Proposal(Part, kw_only=True):
    """An act that takes effect only when a second officer agrees."""

    id: bytes
    kind: str
    body: bytes
    by: str
    by_name: str
    at_ms: int


class Overruling(Part, kw_only=True):
    """A person's word against the machine's: who, which urgency, why, when, and what it set aside.

    ``second`` is the officer who agreed, where it took two.
    """

    urgency: Urgency
    reason: str
    by: str
    by_name: str
    at_ms: int
    second: str = ""
    against: SeverityAssessed | None = None


class Relay(Part, kw_only=True):
    """Somebody who called for the caller. ``registered``: a party of its own here, whose word corroborates."""

    party: str
    name: str
    vouched: bool = False
    registered: bool = False


class Case(Part, kw_only=True):
    """Everything about one caller's situation, as folded so far.

    ``opened_ms`` is the arrival of the first call, ``arrived_ms`` that of the call that began this life;
    acknowledgement and the firsts after it are of this life too, and so are the waves above ``wave_from``.
    ``ladder_step`` counts pages of the present ladder, which started at ``ladder_from_ms``. ``own_call``
    and ``own_sequence`` are the caller's newest own call and the highest number heard in it, by which a
    packet that was overtaken is known. ``reached`` are the audiences that were told of the call, and
    ``warned`` says that members were warned by it: they learn of its end (law 8).
    ``urgency`` is what the caller or an officer says; ``assessed`` what the machine makes of the facts. While
    ``overruled`` a person's word stands instead of the machine's; every such word stays in ``overrulings``.
    """

    id: bytes
    realm: Realm
    caller: str
    caller_name: str
    home: str
    rules: Rules
    life: Life = Life.CALLING
    concern: Concern = Concern.UNCERTAINTY
    verification: Verification = Verification.UNVERIFIED
    channel: Channel = Channel.OPEN
    urgency: Urgency = Urgency.MAYDAY
    details: CallDetails = CallDetails()
    sections: dict[str, str] = {}
    needs: dict[NeedLine, int] = {}
    needs_usual: bool = True
    lease: Lease | None = None
    offered_to: str = ""
    timers: dict[str, Timer] = {}
    requests: dict[bytes, Request] = {}
    grants: dict[bytes, Grant] = {}
    proofs: tuple[Proof, ...] = ()
    proposals: dict[bytes, Proposal] = {}
    relays: tuple[Relay, ...] = ()
    calls: tuple[bytes, ...] = ()
    own_call: bytes = b""
    own_sequence: int = 0
    caller_heard_ms: int = 0
    reached: tuple[str, ...] = ()
    warned: bool = False
    corroborated: bool = False
    called_back_ms: int = 0
    cancel_asked: bool = False
    denied: bool = False
    update_number: int = -1
    wave: int = 0
    wave_from: int = 0
    ladder_step: int = 0
    ladder_from_ms: int = 0
    missed_sitreps: int = 0
    lost_since_ms: int = 0
    times_called: int = 0
    linked_to: bytes | None = None
    opened_ms: int = 0
    arrived_ms: int = 0
    acknowledged_ms: int = 0
    first_ask_ms: int = 0
    first_commit_ms: int = 0
    first_act_ms: int = 0
    ended_ms: int = 0
    assessed: SeverityAssessed | None = None
    overrulings: tuple[Overruling, ...] = ()
    overruled: bool = False

    @property
    def is_open(self) -> bool:
        """Arrived to stabilised, or suspended."""
        return self.life.is_open

    @property
    def waking(self) -> Urgency:
        """The urgency by which people are woken and everything is timed: the gravest of what is said and possible."""
        if self.assessed is None or self.overruled:
            return self.urgency
        return max(self.urgency, self.assessed.high, key=lambda urgency: urgency.gravity)

    @property
    def binding(self) -> Urgency:
        """The urgency by which others are bound: what is said, as far as the facts neither exceed nor exclude it."""
        if self.assessed is None or self.overruled:
            return self.urgency
        ends = (self.urgency, self.assessed.low, self.assessed.high)
        return sorted(ends, key=lambda urgency: urgency.gravity)[1]

    @property
    def has_helper(self) -> bool:
        """Whether anybody is bound to help now."""
        return any(request.is_bound for request in self.requests.values())

    def committed_units(self, line: NeedLine) -> int:
        """Units of a line that are bound or were given."""
        return sum(
            ask.quantity
            for request in self.requests.values()
            if request.counts
            for ask in request.committed
            if ask.line == line
        )

    def open_need(self) -> dict[NeedLine, int]:
        """What is still unmet: needed minus committed, never below zero, lines that are met left out."""
        rest = {line: needed - self.committed_units(line) for line, needed in self.needs.items()}
        return {line: units for line, units in rest.items() if units > 0}

    def live_grants(self, help_class: HelpClass, responder: str, now_ms: int) -> tuple[Grant, ...]:
        """The grants that let this responder do this class of help now."""
        return tuple(
            grant
            for grant in self.grants.values()
            if grant.live
            and now_ms < grant.expires_ms
            and grant.help_class is help_class
            and (not grant.to or responder in grant.to)
        )

    def live_grant(self, help_class: HelpClass, responder: str, now_ms: int) -> Grant | None:
        """The grant that lets this responder do this class of help now, if the caller signed one."""
        return next(iter(self.live_grants(help_class, responder, now_ms)), None)


class Opening(Part, kw_only=True):
    """What the station settles when a call opens a case; it says so in ``arrived``, so that a fold can be redone."""

    case: bytes
    realm: Realm
    caller: str
    caller_name: str
    home: str
    rules: Rules
    verification: Verification = Verification.UNVERIFIED
    linked_to: bytes | None = None


def begin(opening: Opening) -> Case:
    """A case before its first statement: ``calling``, nothing running."""
    return Case(
        id=opening.case,
        realm=opening.realm,
        caller=opening.caller,
        caller_name=opening.caller_name,
        home=opening.home,
        rules=opening.rules,
        verification=opening.verification,
        linked_to=opening.linked_to,
    )


def encode_case(case: Case) -> bytes:
    """The stored form of a case."""
    return _ENCODER.encode(case)


def decode_case(blob: bytes) -> Case:
    """The inverse of ``encode_case``."""
    return _DECODER.decode(blob)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Case)
