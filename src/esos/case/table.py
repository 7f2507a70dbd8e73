"""The two tables: which event may come in which state, from whom, under which guard, to what effect.

Code, diagrams, documentation and tests read these rows and nothing else. Source: brief 2, completed;
``docs/decisions/0020-case-tables.md`` records what was changed.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from esos.case import asking, calling, charge, clock, ends, guards
from esos.case.draft import Draft
from esos.case.event import Reason, Refused
from esos.case.model import CaseRole, Channel, Grant, Proof, Request
from esos.words.life import Life
from esos.words.request_state import RequestState

OPEN = frozenset(life for life in Life if life.is_open)
ENDED = frozenset(life for life in Life if life.is_ended)
CLOSED = frozenset({Life.CLOSED})
STARTED = ENDED | OPEN | CLOSED
ACTIVE = OPEN - {Life.SUSPENDED}
WORKING = ACTIVE - {Life.STABILISED}


class LifeRow(NamedTuple):
    """Table A. ``to`` is where it leads, for the diagram; empty where the life is kept. ``two`` says when a
    second officer must agree first.
    """

    event: str
    frm: frozenset[Life]
    to: tuple[Life, ...]
    who: frozenset[CaseRole]
    do: Callable[[Draft], None]
    guard: Callable[[Draft], Refused | None] = guards.free
    two: Callable[[Draft], bool] = guards.never


class RequestRow(NamedTuple):
    """Table B. ``to`` is where it leads; empty where the state is kept."""

    event: str
    frm: frozenset[RequestState]
    to: tuple[RequestState, ...]
    who: frozenset[CaseRole]
    do: Callable[[Draft, Request], None]
    guard: Callable[[Draft, Request], Refused | None] = guards.is_any
    two: Callable[[Draft], bool] = guards.never


def _stabilise(d: Draft) -> None:
    d.set(life=Life.STABILISED)
    d.stop("wave", "commit")
    d.start("stable", d.timers.stable_ms, "coordinator")


def _relapse(d: Draft) -> None:
    d.stop("stable")
    calling.resume(d)
    d.page(calling.Audience.COORDINATOR, Reason.RELAPSE)


def _change_urgency(d: Draft) -> None:
    calling.change_urgency(d, d.body.urgency)


def _raise_again(d: Draft) -> None:
    calling.reopen(d, d.body.urgency)


def _overrule(d: Draft) -> None:
    d.set(overruled=d.body.reason)
    calling.change_urgency(d, d.body.urgency)


def _give_sitrep(d: Draft) -> None:
    if {CaseRole.CALLER, CaseRole.COORDINATOR} & d.roles:
        asking.state_need(d)
    details = msgspec.structs.replace(d.case.details, facts={**d.case.details.facts, **d.body.facts})
    d.set(sections={**d.case.sections, **d.body.sections}, details=details, missed_sitreps=0)
    d.start("sitrep", d.timers.sitrep_ms, "coordinator")


def _second(d: Draft) -> None:
    proposal = d.case.proposals[d.body.proposal]
    charge.drop_proposal(d, proposal.id)
    if not d.body.agrees:
        return
    row = _proposed_row(d, proposal.kind)
    d.event = msgspec.structs.replace(d.event, kind=proposal.kind, body=_decode(proposal.kind, proposal.body))
    if isinstance(row, LifeRow):
        row.do(d)
        return
    request = d.case.requests.get(d.body.request)
    if request is not None and request.state in row.frm:
        asking.select_by_two(d, request)


def _proposed_row(d: Draft, kind: str) -> "LifeRow | RequestRow":
    rows = [row for row in LIFE_ROWS if row.event == kind and d.case.life in row.frm]
    return rows[0] if rows else next(row for row in REQUEST_ROWS if row.event == kind)


def _decode(kind: str, body: bytes) -> msgspec.Struct:
    from esos.message.kinds import KINDS  # noqa: PLC0415 - the table of kinds is needed here only

    return msgspec.msgpack.decode(body, type=KINDS[kind].body)


def _grant(d: Draft) -> None:
    body = d.body
    grant = Grant(
        id=d.event.id, help_class=body.help_class, scope=body.scope, to=body.to, expires_ms=body.expires_ms
    )
    d.set(grants={**d.case.grants, grant.id: grant})
    d.start_at(f"grant:{grant.id.hex()}", grant.expires_ms, "station")


def _revoke_grant(d: Draft) -> None:
    grant = msgspec.structs.replace(d.case.grants[d.body.grant], live=False)
    d.set(grants={**d.case.grants, grant.id: grant})
    d.stop(f"grant:{grant.id.hex()}")


def _lose_contact(d: Draft) -> None:
    d.set(lost_since_ms=d.case.lost_since_ms or d.now_ms)
    d.raise_concern()


def _regain_contact(d: Draft) -> None:
    charge.hear_from_caller(d)


def _set_channel(d: Draft) -> None:
    d.set(channel=Channel(d.body.channel))


def _prove(d: Draft) -> None:
    proof = Proof(resource=d.body.resource, rung=d.body.rung, expires_ms=d.body.expires_ms)
    others = tuple(one for one in d.case.proofs if one.resource != proof.resource)
    d.set(proofs=(*others, proof)[-100:])


def _call_back(d: Draft) -> None:
    charge.call_back(d)
    ends.end_if_cancel_was_waiting(d)


def _elapse(d: Draft) -> None:
    key = d.body.timer
    d.stop(key)
    clock.ON_ELAPSED[key.partition(":")[0]](d)


def _note(d: Draft) -> None:
    """The statement is in the history; nothing else changes."""


def _close(d: Draft) -> None:
    ends.close_case(d)


_R = CaseRole
_CALLER = frozenset({_R.CALLER})
_CALLER_SIDE = frozenset({_R.CALLER, _R.RELAY})
_OFFICER = frozenset({_R.OFFICER})
_COORDINATOR = frozenset({_R.COORDINATOR})
_STATION = frozenset({_R.STATION})
_ASKERS = _COORDINATOR | _STATION
_WATCHERS = _OFFICER | _STATION
_ON_CASE = frozenset({_R.CALLER, _R.RELAY, _R.OFFICER, _R.RESPONDER})
_ANY = frozenset({_R.ANY})
_NEW = frozenset({Life.CALLING})
_ASKABLE = frozenset({Life.ARRIVED, Life.ACKNOWLEDGED, Life.MOBILISING, Life.ASSISTING})
_MOB = (Life.MOBILISING,)

LIFE_ROWS: tuple[LifeRow, ...] = (
    LifeRow("called", _NEW, (Life.ARRIVED,), _ANY, calling.arrive),
    LifeRow("called", frozenset({Life.SUSPENDED}), (*_MOB, Life.ASSISTING), _CALLER, calling.join),
    LifeRow("called", ACTIVE, (), _CALLER, calling.join),
    LifeRow("called", ENDED, (Life.ARRIVED,), _CALLER, calling.call_again),
    LifeRow("relayed", _NEW, (Life.ARRIVED,), _ANY, calling.arrive),
    LifeRow("relayed", frozenset({Life.SUSPENDED}), (*_MOB, Life.ASSISTING), _ANY, calling.join),
    LifeRow("relayed", ACTIVE, (), _ANY, calling.join),
    LifeRow("relayed", ENDED, (Life.ARRIVED,), _ANY, calling.call_again),
    LifeRow("arrived", STARTED, (), _STATION, _note),
    LifeRow(
        "acknowledged", frozenset({Life.ARRIVED}), (Life.ACKNOWLEDGED,), _OFFICER, charge.take_charge,
        guards.nobody_has_charge,
    ),
    LifeRow("acknowledged", OPEN, (), _OFFICER, charge.take_charge, guards.nobody_has_charge),
    LifeRow("called_back", OPEN, (Life.CANCELLED,), _OFFICER, _call_back),
    LifeRow("updated", OPEN, (), _CALLER_SIDE, calling.update),
    LifeRow("sitrep_given", OPEN, (), _ON_CASE, _give_sitrep, guards.may_write),
    LifeRow("messaged", OPEN | ENDED, (), _ON_CASE, _note, guards.may_write),
    LifeRow("urgency_changed", OPEN, (), _CALLER | _COORDINATOR, _change_urgency, two=guards.lowers),
    LifeRow("urgency_changed", ENDED, (Life.ARRIVED,), _CALLER, _raise_again),
    LifeRow("severity_overruled", OPEN, (), _COORDINATOR, _overrule, two=guards.lowers),
    LifeRow("requested", _ASKABLE, _MOB, _ASKERS, asking.ask, guards.is_new_request),
    LifeRow("wave_called", _ASKABLE, (), _STATION, asking.note_wave),
    LifeRow("stabilised", frozenset({Life.ASSISTING}), (Life.STABILISED,), _COORDINATOR, _stabilise),
    LifeRow(
        "relapsed", frozenset({Life.STABILISED}), (Life.ASSISTING, Life.MOBILISING), _COORDINATOR | _CALLER, _relapse
    ),
    LifeRow(
        "stood_down", OPEN, (Life.STOOD_DOWN,), _COORDINATOR, ends.stand_down, guards.caller_agrees_or_is_lost,
        guards.before_stable,
    ),
    LifeRow("closed", ENDED, (Life.CLOSED,), _OFFICER, _close),
    LifeRow("suspended", ACTIVE, (Life.SUSPENDED,), _COORDINATOR, ends.suspend_case, two=guards.always),
    LifeRow(
        "resumed", frozenset({Life.SUSPENDED}), (*_MOB, Life.ASSISTING), _COORDINATOR, calling.resume,
        two=guards.always,
    ),
    LifeRow("cancelled", OPEN, (Life.CANCELLED,), _CALLER, ends.cancel),
    LifeRow("no_emergency", OPEN, (Life.NO_EMERGENCY,), _OFFICER, ends.find_no_emergency, two=guards.always),
    LifeRow("seconded", OPEN, (), frozenset({_R.SECOND}), _second, guards.is_another_person),
    LifeRow("handed_over", OPEN, (), _COORDINATOR, charge.offer_hand_over, guards.is_not_to_itself),
    LifeRow("hand_over_accepted", OPEN, (), _OFFICER, charge.accept_hand_over, guards.is_for_me),
    LifeRow("granted", OPEN, (), _CALLER, _grant, guards.may_grant),
    LifeRow("grant_revoked", OPEN, (), _CALLER, _revoke_grant, guards.grant_exists),
    LifeRow("elapsed", OPEN | ENDED, tuple(Life)[5:8], _STATION, _elapse, guards.is_running),
    LifeRow("contact_lost", OPEN, (), _WATCHERS, _lose_contact),
    LifeRow("contact_returned", OPEN, (), _WATCHERS, _regain_contact),
    LifeRow("channel_set", OPEN, (), _COORDINATOR, _set_channel),
    LifeRow("control_proven", OPEN, (), _WATCHERS, _prove),
    LifeRow("volunteered", ACTIVE, (), _ANY, asking.offer_unasked),
    LifeRow("stood_by", ACTIVE, (), _ANY, lambda d: asking.offer_unasked(d, how="standby")),
    LifeRow("erased", CLOSED, (), frozenset({_R.REGISTRAR}), _note),
)

_S = RequestState
_ASKED = frozenset({_S.SENT, _S.DELIVERED, _S.CONSIDERING})
_OFFERABLE = _ASKED | {_S.OFFERED}
_PENDING = _OFFERABLE | {_S.SELECTED}
_BOUND = frozenset({_S.COMMITTED, _S.ON_SCENE, _S.EXTENDING})
_AFTER_WORK = frozenset({_S.RELEASING, _S.RETURNED})
_RESPONDER = frozenset({_R.RESPONDER})
_DIRECTORS = _COORDINATOR | _CALLER

REQUEST_ROWS: tuple[RequestRow, ...] = (
    RequestRow("delivered", frozenset({_S.SENT}), (_S.DELIVERED,), _RESPONDER | _STATION, asking.deliver),
    RequestRow(
        "considering", frozenset({_S.SENT, _S.DELIVERED}), (_S.CONSIDERING,), _RESPONDER, asking.consider,
        guards.is_mine,
    ),
    RequestRow("offered", _OFFERABLE, (_S.OFFERED,), _RESPONDER, asking.offer, guards.is_mine),
    RequestRow("declined", _PENDING, (_S.DECLINED,), _RESPONDER, asking.decline, guards.is_mine),
    RequestRow(
        "selected", frozenset({_S.OFFERED}), (_S.SELECTED,), _COORDINATOR, asking.select,
        two=guards.touches_third_party,
    ),
    RequestRow(
        "committed", _PENDING, (_S.COMMITTED, _S.NOT_TAKEN), _RESPONDER | _STATION, asking.commit, guards.may_commit
    ),
    RequestRow("not_taken", _PENDING, (_S.NOT_TAKEN,), _COORDINATOR, asking.do_not_take),
    RequestRow("progressed", _BOUND, (_S.ON_SCENE,), _RESPONDER, asking.report_work, guards.may_begin),
    RequestRow(
        "extended", _BOUND, (_S.EXTENDING,), _RESPONDER | _COORDINATOR, asking.extend, guards.is_mine_or_coordinators
    ),
    RequestRow("released", _PENDING | _BOUND, (_S.RELEASING, _S.CANCELLED), _DIRECTORS, asking.release),
    RequestRow("returned", _BOUND | {_S.RELEASING}, (_S.RETURNED,), _RESPONDER, asking.come_back, guards.is_mine),
    RequestRow(
        "withdrew", _BOUND | {_S.OFFERED, _S.SELECTED}, (_S.WITHDRAWN,), _RESPONDER, asking.withdraw, guards.is_mine
    ),
    RequestRow(
        "settled", _AFTER_WORK, (_S.SETTLED,), _RESPONDER | _COORDINATOR, asking.settle,
        guards.is_mine_or_coordinators,
    ),
    RequestRow("request_cancelled", _PENDING, (_S.CANCELLED,), _COORDINATOR, asking.cancel_request),
    RequestRow("agreed", frozenset({_S.OFFERED, _S.SELECTED}) | _BOUND, (), _CALLER, asking.agree),
)
LATE_YES = frozenset({"offered", "committed"})
"""Answers that, after the first outcome stood, enter as an unsolicited offer."""
AFTER_END = frozenset({"returned", "settled"})
"""Answers still taken when the case itself has ended: they only close accounts."""
