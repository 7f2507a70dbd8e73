"""The parts a case is shown in: lines, requests, timers, consents, history and pages, each a plain value.

Law 4: arrived, taken by a person, and helped are three different sentences everywhere.
"""

from typing import dataclass_transform

import msgspec

from esos.case.model import Case, Request
from esos.case.parts import Proposal
from esos.message.bodies import NeedAsk
from esos.station.paging import PageOrder
from esos.station.records import ParcelRecord
from esos.station.severity import OverrulingView, SeverityView
from esos.station.telling import is_checked
from esos.words.ground import Ground
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
    """One assistance request as the station and the responder see it.

    ``offer`` is the statement whose terms the caller may accept; ``longer`` the one by which the helper asks to
    stay ``longer_days`` more, empty where it does not.
    """

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
    tier_says: str
    basis: str
    owed: str
    runner_up: str
    runner_up_total: int
    cost_without_you: int
    register_version: int
    weights_version: int
    terms: dict[str, int]
    total: int
    why: str
    ground: str
    ground_words: str
    sentence: str
    done_percent: int
    unsolicited: bool
    agreed: bool
    offer: str
    longer: str
    longer_days: int
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
    on_hold: bool
    timeline: tuple[TimelineItem, ...]
    pages: tuple[PageView, ...]


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
        tier_says=DutyTier(request.why.tier).you_are,
        basis=request.why.basis,
        owed=request.why.owed,
        runner_up=request.why.runner_up,
        runner_up_total=request.why.runner_up_total,
        cost_without_you=request.why.cost_without_you,
        register_version=request.why.register_version,
        weights_version=request.why.weights_version,
        terms=request.why.terms,
        total=request.why.total,
        why=request.why.sentence,
        ground=request.ground,
        ground_words=ground.words if ground else "",
        sentence=request.sentence,
        done_percent=request.done_percent,
        unsolicited=request.unsolicited,
        agreed=request.agreed,
        offer=request.terms.hex(),
        longer=request.longer.hex(),
        longer_days=request.longer_days,
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


def page_view(record: ParcelRecord, returned: frozenset[bytes] = frozenset()) -> PageView:
    """A page and its fate; ``returned`` are the pages that came back after their channel took them."""
    order = msgspec.msgpack.decode(record.parcel.blob, type=PageOrder)
    return PageView(
        at_ms=order.ordered_ms,
        reason=order.reason,
        says=order.says,
        audience=order.audience,
        to=order.name or order.party,
        channel=order.channel,
        state="returned" if record.parcel.id in returned else record.state,
        attempts=record.attempts,
        error=record.error,
    )
