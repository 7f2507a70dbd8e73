"""What a case is at one moment: frozen values, the fold of its statements so far.

Law 5: ``Case.timers`` is the one truth about what runs; the station's due rows are copied from it.
Law 1: nothing here says who did it.
"""

from enum import StrEnum

import msgspec

from esos.case.parts import Grant, LawKept, Lease, Overruling, Part, Proof, Proposal, Relay, Timer, Unfinished
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


class Search(StrEnum):
    """What the last search for helpers of this life came to."""

    UNTRIED = "untried"
    ASKED = "asked"
    WAITING = "waiting"
    """Nobody else was asked while answers are still to come."""
    NOBODY = "nobody"
    """Nobody is left to ask, and no answer is to come."""


class Request(Part, kw_only=True):
    """Machine B: one assistance request to one responder (``AssistanceRequest`` in the API).

    ``terms`` is the statement that says what is offered, the one that the caller's agreement names; ``longer``
    the one by which the helper wishes to stay ``longer_days`` more. ``spent``: what it committed counts no more
    against the need, because it never began or belongs to an earlier life of the case. ``refused``: the caller
    or the coordinator sent this responder away. ``answered`` and ``heard_ms`` stay whatever becomes of it:
    whether its responder gave an answer of any kind, and when the responder itself last said something of it
    (0: never).
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
    terms: bytes = b""
    agreed: bool = False
    longer: bytes = b""
    longer_days: int = 0
    two_officers: bool = False
    spent: bool = False
    refused: bool = False
    answered: bool = False
    heard_ms: int = 0

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
    def is_by_hand(self) -> bool:
        """Whether a coordinator asked it: no wave did, and it did not offer by itself."""
        return self.wave == 0 and not self.unsolicited

    @property
    def may_be_asked_again(self) -> bool:
        """Whether its responder may get another request: it did its duty, or that was an earlier life of the case.

        Never whoever was sent away.
        """
        return not self.refused and (self.spent or self.state in _DISCHARGED)

    @property
    def all_lines(self) -> tuple[NeedAsk, ...]:
        """Every line it was ever about: asked, offered and committed."""
        return (*self.lines, *self.offered, *self.committed)

    def is_about(self, line: NeedLine) -> bool:
        """Whether it concerns a line; an offer without lines concerns every one."""
        return not self.all_lines or any(ask.line is line for ask in self.all_lines)


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


class Case(Part, kw_only=True):
    """Everything about one caller's situation, as folded so far.

    ``opened_ms`` is the arrival of the first call, ``arrived_ms`` that of the call that began this life;
    acknowledgement and the firsts after it are of this life too, and so are the waves above ``wave_from``.
    ``ladder_step`` counts pages of the present ladder, which started at ``ladder_from_ms``. ``own_call``
    and ``own_sequence`` are the caller's newest own call and the highest number heard in it, by which a
    packet that was overtaken is known. ``reached`` are the audiences that were told of the call, and
    ``warned`` says that members were warned by it: they learn of its end (law 8). ``search`` is what the
    last search for helpers came to. ``needs`` is what counts: the need as its owner stated it
    (``needs_stated``) or the usual one, and what the coordinator asked for by hand (``needs_asked``).
    ``denied``: in the last call-back the caller said that all is well, and nothing newer says otherwise.
    ``urgency`` is what the caller or an officer says; ``assessed`` what the machine makes of the facts. While
    ``overruled`` a person's word stands instead of the machine's; every such word stays in ``overrulings``.
    ``on_hold``: somebody of the station wants it kept, so that it is not erased. ``unfinished`` are situation
    reports of which parts are still on their way.
    ``suspected``: only a beacon's silence speaks for it, and nobody is asked; ``silence_counts``: under the pact
    that is as good as a call. ``beacon_silent_ms`` is since when its silence stands in the case, 0 while it does not.
    ``laws`` are those that the caller or an officer named; no decision about the case reads them.
    ``shown_to`` are the officers who were woken for it although their view does not hold its caller.
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
    needs_stated: dict[NeedLine, int] = {}
    needs_asked: dict[NeedLine, int] = {}
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
    search: Search = Search.UNTRIED
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
    on_hold: bool = False
    unreached: tuple[str, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    suspected: bool = False
    silence_counts: bool = False
    beacon_silent_ms: int = 0
    laws: dict[str, LawKept] = {}
    shown_to: tuple[str, ...] = ()

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
    def refused(self) -> frozenset[str]:
        """Responders the caller or the coordinator sent away; asking one again by hand takes that back."""
        newest = {request.responder: request for request in self.requests.values()}
        return frozenset(party for party, request in newest.items() if request.refused)

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
