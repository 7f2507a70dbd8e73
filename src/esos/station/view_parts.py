"""The parts a case is shown in: lines, requests, timers, consents, history and pages, each a plain value.

Law 4: arrived, taken by a person, and helped are three different sentences everywhere.
"""

from collections.abc import Iterator
from typing import dataclass_transform

import msgspec

from esos.case.knowing import may_call_by_itself
from esos.case.model import Case, Proposal, Request, Timer
from esos.message.bodies import NeedAsk
from esos.station.overdue import Deadline, deadlines
from esos.station.paging import PageOrder
from esos.station.ports import CaseRecord, ParcelRecord
from esos.station.severity import OverrulingView, SeverityView
from esos.station.telling import is_checked
from esos.words.ground import Ground
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.proposal import proposal_words
from esos.words.request_state import RequestState
from esos.words.sentences import Told
from esos.words.tier import DutyTier


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the views; every one is plain JSON."""


class LineView(View, kw_only=True):
    """A need line against its cover, in the line's unit."""

    line: str
    words: str
    unit: str
    needed: int
    committed: int
    open: int


class AskView(View, kw_only=True):
    """So much of a line."""

    line: str
    words: str
    unit: str
    quantity: int


class TimerView(View, kw_only=True):
    """What runs, until when, and who holds the case then."""

    timer: str
    due_ms: int
    next_holder: str


class RequestView(View, kw_only=True):
    """One assistance request as the station and the responder see it."""

    request: str
    case: str
    responder: str
    name: str
    state: str
    state_words: str
    word: str
    lines: tuple[AskView, ...]
    offered: tuple[AskView, ...]
    committed: tuple[AskView, ...]
    how: str
    condition: str
    cost: str
    ceiling_eur: int
    ready_minutes: int
    wave: int
    asked_ms: int
    changed_ms: int
    reply_due_ms: int
    tier: int
    tier_words: str
    basis: str
    terms: dict[str, int]
    total: int
    why: str
    ground: str
    ground_words: str
    sentence: str
    done_percent: int
    unsolicited: bool
    agreed: bool
    caller_name: str = ""
    urgency: str = ""
    urgency_words: str = ""
    caller_checked: bool = True


class GrantView(View, kw_only=True):
    """A consent the caller signed."""

    grant: str
    help_class: str
    scope: str
    to: tuple[str, ...]
    expires_ms: int
    live: bool


class ProposalView(View, kw_only=True):
    """An act that waits for a second officer; ``words`` are a clause, as after "wishes to"."""

    proposal: str
    kind: str
    words: str
    by: str
    by_name: str
    at_ms: int


class TimelineItem(View, kw_only=True):
    """One statement of the history: when the station had it, who said what, and whether it changed anything.

    ``signed`` is ``own key``, ``station`` or ``attested`` (the station signed for a person).
    """

    statement: str
    seq: int
    at_ms: int
    kind: str
    who: str
    party: str
    says: str
    text: str
    signed: str
    known_by: str
    verdict: str
    reason: str


class PageView(View, kw_only=True):
    """A page that was ordered, and what its channel said: "sent" is not "delivered".

    ``reason`` is the case tables', ``says`` that of the words its reader got.
    """

    at_ms: int
    reason: str
    says: str
    audience: str
    to: str
    channel: str
    state: str
    attempts: int
    error: str


class CaseRow(View, kw_only=True):
    """A case in a list, by the urgency that wakes people. ``waits`` are sentences about what waits for a person now.

    ``deadlines`` are the things it waits for with the times at which they were first due; ``overdue`` says
    that one of these has passed. ``caller_checked`` is false while only the caller itself says who it is.
    ``products``, ``asn`` and ``facts`` are what may show that several calls have one cause.
    """

    case: str
    code: str
    state: str
    state_words: str
    urgency: str
    urgency_words: str
    concern: str
    verification: str
    caller: str
    caller_name: str
    holder: str
    holder_name: str
    natures: tuple[str, ...]
    opened_ms: int
    updated_ms: int
    next_due_ms: int
    next_timer: str
    asked: int
    coming: int
    open_units: int
    overdue: bool
    caller_checked: bool
    deadlines: tuple[Deadline, ...] = ()
    waits: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    asn: int | None = None
    facts: dict[str, str | bool] = {}


class CaseView(View, kw_only=True):
    """A case whole. ``needs_assumed`` says that the station took the usual needs: the caller named none."""

    case: str
    code: str
    realm: str
    state: str
    state_words: str
    told: Told
    concern: str
    concern_words: str
    verification: str
    verification_words: str
    channel: str
    urgency: str
    urgency_words: str
    counts_as: tuple[str, ...]
    overrulings: tuple[OverrulingView, ...]
    caller: str
    caller_name: str
    caller_checked: bool
    holder: str
    holder_name: str
    offered_to: str
    natures: tuple[str, ...]
    nature_words: tuple[str, ...]
    rsit: tuple[str, ...]
    details: dict[str, object]
    sections: dict[str, str]
    needs: tuple[LineView, ...]
    needs_assumed: bool
    timers: tuple[TimerView, ...]
    requests: tuple[RequestView, ...]
    grants: tuple[GrantView, ...]
    proposals: tuple[ProposalView, ...]
    relays: tuple[str, ...]
    severity: SeverityView
    corroborated: bool
    called_back_ms: int
    cancel_asked: bool
    times_called: int
    linked_to: str
    pact: str
    pact_digest: str
    opened_ms: int
    acknowledged_ms: int
    first_ask_ms: int
    first_commit_ms: int
    first_act_ms: int
    ended_ms: int
    timeline: tuple[TimelineItem, ...]
    pages: tuple[PageView, ...]


def case_row(case: Case, record: CaseRecord) -> CaseRow:
    """One case for a list, but for ``overdue``, which depends on when one looks."""
    timers = timers_shown(case)
    first = timers[0] if timers else None
    return CaseRow(
        case=case.id.hex(),
        code=record.page_code,
        state=case.life.value,
        state_words=case.life.words,
        urgency=case.waking.value,
        urgency_words=case.waking.words,
        concern=case.concern.value,
        verification=case.verification.value,
        caller=case.caller,
        caller_name=case.caller_name,
        holder=case.lease.holder if case.lease else "",
        holder_name=case.lease.name if case.lease else "",
        natures=tuple(Nature(code).words for code in case.details.natures),
        opened_ms=case.opened_ms,
        updated_ms=record.updated_ms,
        next_due_ms=first.due_ms if first else 0,
        next_timer=first.key.partition(":")[0] if first else "",
        asked=len(case.requests),
        coming=sum(request.is_bound for request in case.requests.values()),
        open_units=sum(case.open_need().values()),
        overdue=False,
        caller_checked=is_checked(case),
        deadlines=tuple(deadlines(case)),
        waits=tuple(_waits(case)),
        products=case.details.products,
        asn=case.details.asn,
        facts=case.details.facts,
    )


def timers_shown(case: Case) -> list[Timer]:
    """What runs, the first first; where the station asks nobody by itself, no next teams are promised."""
    asks = may_call_by_itself(case)
    shown = (one for one in case.timers.values() if asks or one.key != "wave")
    return sorted(shown, key=lambda timer: timer.due_ms)


def _waits(case: Case) -> Iterator[str]:
    """What only a person can move on, gravest first."""
    if not case.is_open:
        return
    if case.lease is None:
        yield "No person has charge."
    if case.cancel_asked:
        yield "The caller wants to cancel: call back first."
    if case.lost_since_ms:
        yield "Contact with the caller is lost."
    for proposal in case.proposals.values():
        yield f"A second officer is asked: {proposal.by_name} wishes to {proposal_words(proposal.kind)}."
    if case.offered_to:
        yield "The case is offered to another officer."
    offers = sum(request.state is RequestState.OFFERED for request in case.requests.values())
    if offers:
        yield f"{offers} {'offer waits' if offers == 1 else 'offers wait'} for a decision."


def _asks(asks: tuple[NeedAsk, ...]) -> tuple[AskView, ...]:
    return tuple(
        AskView(line=ask.line.value, words=ask.line.words, unit=ask.line.unit, quantity=ask.quantity) for ask in asks
    )


def line_views(case: Case) -> list[LineView]:
    """Every need line against its cover; of a case that has ended, what had been committed by its end."""
    return [_line_view(line, needed, _units_committed(case, line)) for line, needed in case.needs.items()]


def _line_view(line: NeedLine, needed: int, committed: int) -> LineView:
    still = max(0, needed - committed)
    return LineView(line=line.value, words=line.words, unit=line.unit, needed=needed, committed=committed, open=still)


def _units_committed(case: Case, line: NeedLine) -> int:
    """For the fold nothing counts any more once everybody is released; people still want to see what was given."""
    if case.is_open:
        return case.committed_units(line)
    given = (one for one in case.requests.values() if one.state in _GIVEN and one.committed_ms >= case.arrived_ms)
    return sum(ask.quantity for one in given for ask in one.committed if ask.line == line)


_GIVEN = frozenset({RequestState.RELEASING, RequestState.RETURNED, RequestState.SETTLED})


def request_view(case: Case, request: Request) -> RequestView:
    """One request."""
    ground = Ground(request.ground) if request.ground else None
    return RequestView(
        request=request.id.hex(),
        case=case.id.hex(),
        responder=request.responder,
        name=request.name,
        state=request.state.value,
        state_words=request.state.words,
        word=request.state.page_word.value,
        lines=_asks(request.lines),
        offered=_asks(request.offered),
        committed=_asks(request.committed),
        how=request.how,
        condition=request.condition,
        cost=request.cost,
        ceiling_eur=request.ceiling_eur,
        ready_minutes=request.ready_minutes,
        wave=request.wave,
        asked_ms=request.asked_ms,
        changed_ms=request.changed_ms,
        reply_due_ms=request.reply_due_ms,
        tier=request.why.tier,
        tier_words=DutyTier(request.why.tier).words,
        basis=request.why.basis,
        terms=request.why.terms,
        total=request.why.total,
        why=request.why.sentence,
        ground=request.ground,
        ground_words=ground.words if ground else "",
        sentence=request.sentence,
        done_percent=request.done_percent,
        unsolicited=request.unsolicited,
        agreed=request.agreed,
        caller_name=case.caller_name,
        caller_checked=is_checked(case),
        urgency=case.binding.value,
        urgency_words=case.binding.words,
    )


def proposal_view(proposal: Proposal) -> ProposalView:
    """An act that waits for a second officer."""
    return ProposalView(
        proposal=proposal.id.hex(),
        kind=proposal.kind,
        words=proposal_words(proposal.kind),
        by=proposal.by,
        by_name=proposal.by_name,
        at_ms=proposal.at_ms,
    )


def grant_view(grant: object) -> GrantView:
    """A consent."""
    plain = msgspec.to_builtins(grant, builtin_types=(bytes,))
    return GrantView(
        grant=plain["id"].hex(),
        help_class=plain["help_class"],
        scope=plain["scope"],
        to=tuple(plain.get("to", ())),
        expires_ms=plain["expires_ms"],
        live=plain.get("live", True),
    )


def page_view(record: ParcelRecord) -> PageView:
    """A page and its fate."""
    order = msgspec.msgpack.decode(record.parcel.blob, type=PageOrder)
    return PageView(
        at_ms=order.ordered_ms,
        reason=order.reason,
        says=order.says,
        audience=order.audience,
        to=order.name or order.party,
        channel=order.channel,
        state=record.state,
        attempts=record.attempts,
        error=record.error,
    )
