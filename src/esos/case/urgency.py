"""Another urgency re-times everything that runs: graver never later than before, less grave never sooner.

What the machine makes of the facts moves it like a person's word: the upper end wakes, the lower end binds
(``Case.waking``, ``Case.binding``), until a person overrules it with a reason.
"""

from collections.abc import Callable
from typing import Any

from esos.case.draft import Draft
from esos.case.event import Assess, Audience, Reason
from esos.case.model import ASKED, Case, Request
from esos.case.needing import count_needs, release_surplus
from esos.case.parts import Overruling
from esos.case.timing import REMINDERS, TIMERS
from esos.case.watching import note_hold, run_lease, run_wave, start_ladder
from esos.pact.timers import Timers
from esos.words.life import Life
from esos.words.urgency import Urgency

OVERRULINGS_MAX_COUNT = 50
"""How many overrulings a case remembers; the newest stay, all are in its history."""


def change_urgency(d: Draft, urgency: Urgency) -> None:
    """Take on an urgency; the usual need and all timers follow."""
    _weigh_anew(d, urgency=urgency)


def heed_assessment(d: Draft) -> None:
    """The machine's word on the facts. One graver than a person overruled counts again; a coordinator is told."""
    said, before = d.body, d.case.waking
    still_overruled = d.case.overruled and not _is_graver(said, d.case.overrulings[-1].against)
    _weigh_anew(d, assessed=said, overruled=still_overruled)
    if d.case.lease is not None and d.case.waking.gravity > before.gravity:
        d.page(Audience.COORDINATOR, Reason.GRAVER)


def overrule(d: Draft) -> None:
    """The person's judgement stands instead of the machine's; both stay on record, and all that runs is re-timed."""
    speaker, proposal = d.event.speaker, d.agreed
    one = Overruling(
        urgency=d.body.urgency,
        reason=d.body.reason,
        by=proposal.by if proposal else speaker.party,
        by_name=proposal.by_name if proposal else speaker.name,
        at_ms=d.now_ms,
        second=(speaker.name or speaker.party) if proposal else "",
        against=d.case.assessed,
    )
    kept = (*d.case.overrulings, one)[-OVERRULINGS_MAX_COUNT:]
    _weigh_anew(d, urgency=one.urgency, overruled=True, overrulings=kept)


def ask_assessment(d: Draft, before: Case) -> None:
    """Where what was observed has changed, or the case has begun anew, the station weighs it."""
    case = d.case
    if case.details.facts and case.is_open and _observed(case) != _observed(before):
        d.effects.append(Assess())


def _observed(case: Case) -> tuple[object, ...]:
    return case.details.facts, case.details.sector, case.arrived_ms


def _is_graver(said: Any, against: Any) -> bool:
    """Whether an assessment is graver at either end than the one a person knew when overruling."""
    return against is None or said.low.gravity > against.low.gravity or said.high.gravity > against.high.gravity


def _weigh_anew(d: Draft, **changes: Any) -> None:
    """Take on what bears on the urgency; whatever hangs on it follows, and nothing where it stays the same."""
    before, old = d.case, d.timers
    d.set(**changes)
    if d.case.binding is not before.binding:
        if d.case.binding is Urgency.ADVISORY:
            d.set(needs_asked={})
        count_needs(d)
    if d.case.waking is not before.waking:
        _retime(d, old, is_graver=d.case.waking.gravity > before.waking.gravity)
    release_surplus(d)


def _retime(d: Draft, old: Timers, *, is_graver: bool) -> None:
    _retime_standing(d, old, is_graver=is_graver)
    _retime_search(d, is_graver=is_graver)
    for request in tuple(d.case.requests.values()):
        if request.state in ASKED:
            _retime_reply(d, request, is_graver=is_graver)


def _retime_standing(d: Draft, old: Timers, *, is_graver: bool) -> None:
    for key, timer in tuple(d.case.timers.items()):
        row = TIMERS[key.partition(":")[0]]
        if row.retimed:
            due_ms = _retimed(d, timer.due_ms, row.lasts, old, is_graver=is_graver)
            _put_due(d, key, due_ms)
    if d.case.lease is None:
        start_ladder(d)
    elif d.case.life is Life.SUSPENDED or "lease" not in d.case.timers:
        run_lease(d)
    else:
        note_hold(d)


def _retimed(d: Draft, due_ms: int, lasts: Callable[[Timers], int], old: Timers, *, is_graver: bool) -> int:
    """When the timer is due now; 0 where it does not run at the new urgency."""
    after_ms = lasts(d.timers)
    if after_ms == 0:
        return 0
    if is_graver:
        return min(due_ms, d.now_ms + after_ms)
    return max(due_ms, due_ms - lasts(old) + after_ms)


def _put_due(d: Draft, key: str, due_ms: int) -> None:
    if due_ms == 0:
        d.stop(key)
        return
    name, _, about = key.partition(":")
    d.start_at(name, due_ms, bytes.fromhex(about))


def _retime_search(d: Draft, *, is_graver: bool) -> None:
    """The next wave at the new pace."""
    running = d.case.timers.get("wave")
    d.stop("wave")
    if d.case.life is Life.SUSPENDED:
        return
    run_wave(d)
    begun = d.case.timers.get("wave")
    if running is not None and begun is not None and is_graver and running.due_ms < begun.due_ms:
        d.start_at("wave", running.due_ms)


def _retime_reply(d: Draft, request: Request, *, is_graver: bool) -> None:
    """The answer is due by the new urgency; whoever has less time than before is told."""
    reply_ms = TIMERS["reply"].lasts(d.timers)
    if is_graver:
        due_ms = min(request.reply_due_ms, d.now_ms + reply_ms)
        from_ms = due_ms - reply_ms
    else:
        due_ms = max(request.reply_due_ms, request.asked_ms + reply_ms)
        from_ms = request.asked_ms
    d.put_request(request, reply_due_ms=due_ms)
    run_reply(d, request.id, from_ms, due_ms)
    if due_ms < request.reply_due_ms:
        d.page_responder(request, Reason.REMINDED, due_ms=due_ms)


def run_reply(d: Draft, request_id: bytes, from_ms: int, due_ms: int) -> None:
    """The time to answer, and the pact's reminders on the way, as far as they are still to come."""
    d.start_at("reply", due_ms, request_id)
    d.stop(*(f"{name}:{request_id.hex()}" for name in REMINDERS))
    for name, after_ms in zip(REMINDERS, d.timers.reply_reminders_ms, strict=False):
        if d.now_ms < from_ms + after_ms < due_ms:
            d.start_at(name, from_ms + after_ms, request_id)
