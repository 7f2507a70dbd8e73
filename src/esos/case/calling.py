"""How a case begins, is joined, and comes back to life: nobody ever calls into silence."""

from typing import Any

import msgspec

from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.model import CaseRole, Relay
from esos.keys.speaker import Role
from esos.message.bodies import CallDetails, NeedAsk
from esos.words.life import Concern, Life, Verification
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

_LADDER_PAGES = {
    "watch": (Audience.WATCH, Reason.WATCH_DUE),
    "backup": (Audience.BACKUP, Reason.BACKUP_DUE),
    "neighbour": (Audience.NEIGHBOUR, Reason.NEIGHBOUR_DUE),
    "everyone": (Audience.EVERYONE, Reason.WATCH_DUE),
}
CALLS_MAX_COUNT = 64
"""How many call ids of one caller a case remembers."""


def arrive(d: Draft) -> None:
    """The first call: durable, nobody has seen it yet, the ladder runs."""
    details = d.body.details
    d.set(
        life=Life.ARRIVED,
        opened_ms=d.case.opened_ms or d.now_ms,
        urgency=details.urgency or Urgency.MAYDAY,
        concern=_first_concern(d, details),
    )
    _take_in(d, details)
    _remember_call(d)
    start_ladder(d)
    start_first_wave(d)
    start_watching(d)


def join(d: Draft) -> None:
    """A call while the case is open: it joins, may raise the urgency, and never lowers it."""
    details = d.body.details
    _take_in(d, details)
    _remember_call(d)
    if details.urgency is not None and details.urgency.gravity > d.case.urgency.gravity:
        change_urgency(d, details.urgency)
    if d.case.life is Life.SUSPENDED:
        resume(d)
        start_ladder(d)


def call_again(d: Draft) -> None:
    """A call into an ended case opens it anew; earlier decisions stay in its history."""
    urgency = d.body.details.urgency or d.case.urgency
    reopen(d, urgency)
    _take_in(d, d.body.details)
    _remember_call(d)


def reopen(d: Draft, urgency: Urgency) -> None:
    """Back to arrived: a new ladder, a new wait for a person."""
    d.stop("settle")
    d.set(
        life=Life.ARRIVED, urgency=urgency, lease=None, offered_to="", resume_to=None, ended_ms=0, cancel_asked=False,
        denied=False, overruled="", concern=max(d.case.concern, Concern.ALERT, key=lambda c: c.level),
    )  # fmt: skip
    start_ladder(d)
    start_first_wave(d)
    start_watching(d)


def start_ladder(d: Draft) -> None:
    """Page people until one acknowledges: the pact's ladder to its end, then round again."""
    d.set(ladder_step=0, ladder_from_ms=d.now_ms)
    climb_ladder(d)


def climb_ladder(d: Draft) -> None:
    """Page every step that is due, and run the timer to the next; law 5 names who holds the case then."""
    ladder = d.case.rules.ladder(d.case.urgency)
    step = ladder.nth(d.case.ladder_step)
    while d.case.ladder_from_ms + step.after_ms <= d.now_ms:
        audience, reason = _LADDER_PAGES[step.page]
        d.page(audience, reason, due_ms=d.case.ladder_from_ms + d.timers.ack_ms)
        d.set(ladder_step=d.case.ladder_step + 1)
        step = ladder.nth(d.case.ladder_step)
    d.start_at("ack", d.case.ladder_from_ms + step.after_ms, step.page)


def start_first_wave(d: Draft) -> None:
    """Teams are asked by the station itself even if no person comes (at mayday)."""
    d.start("wave", d.timers.wave_first_unacked_ms, "station")


def start_watching(d: Draft) -> None:
    """Keep contact with the caller; an advisory is only looked at again."""
    d.start("heart", d.timers.heart_ms, "coordinator")
    if d.case.urgency is Urgency.ADVISORY:
        d.start("review", d.timers.review_ms, "watch")


def change_urgency(d: Draft, urgency: Urgency) -> None:
    """Another urgency re-times everything that runs."""
    if urgency is d.case.urgency:
        return
    d.set(urgency=urgency)
    if d.case.lease is None:
        start_ladder(d)
        start_first_wave(d)
    else:
        d.start("lease", d.timers.lease_ms, "backup")
        d.start("sitrep", d.timers.sitrep_ms, "coordinator")
        start_wave_when_charged(d)
    if urgency is not Urgency.ADVISORY:
        d.stop("review")
    start_watching(d)


def start_wave_when_charged(d: Draft) -> None:
    """The first wave after somebody took charge, never later than it was due before."""
    after_ms = d.timers.wave_first_ack_ms if d.case.wave == 0 else d.timers.wave_interval_ms
    running = d.case.timers.get("wave")
    if running is None or d.now_ms + after_ms < running.due_ms or after_ms == 0:
        d.start("wave", after_ms, "station")


def resume(d: Draft) -> None:
    """Out of a suspension: the search for help goes on."""
    bound = any(request.is_bound for request in d.case.requests.values())
    d.set(life=Life.ASSISTING if bound else Life.MOBILISING, resume_to=None)
    d.stop("review")
    d.start("wave", d.timers.wave_first_ack_ms, "station")
    d.start("sitrep", d.timers.sitrep_ms, "coordinator")
    start_watching(d)


def update(d: Draft) -> None:
    """More facts. A late one fills only what is still unknown; nothing is ever deleted."""
    is_late = d.body.number <= d.case.update_number
    d.set(update_number=max(d.body.number, d.case.update_number))
    _take_in(d, d.body.details, only_unknown=is_late)
    urgency = d.body.details.urgency
    if urgency is not None and not is_late and CaseRole.CALLER in d.roles:
        change_urgency(d, urgency)


def set_needs(d: Draft, asks: tuple[NeedAsk, ...]) -> None:
    """The need as its owner states it, line by line; a usual need makes way for a stated one."""
    if asks:
        kept = {} if d.case.needs_usual else d.case.needs
        d.set(needs={**kept, **{ask.line: ask.quantity for ask in asks}}, needs_usual=False)


def _take_in(d: Draft, details: CallDetails, *, only_unknown: bool = False) -> None:
    d.set(details=merge_details(d.case.details, details, only_unknown=only_unknown))
    if details.needs and not (only_unknown and not d.case.needs_usual):
        set_needs(d, details.needs)
    if d.case.needs_usual:
        d.set(needs=_usual_needs(d.case.details))


def merge_details(old: CallDetails, new: CallDetails, *, only_unknown: bool = False) -> CallDetails:
    """What is known after hearing more: known values replace, unknown ones change nothing."""
    empty = CallDetails()
    changes: dict[str, Any] = {}
    for name in CallDetails.__struct_fields__:
        value, before = getattr(new, name), getattr(old, name)
        if value == getattr(empty, name) or (only_unknown and before != getattr(empty, name)):
            continue
        changes[name] = {**before, **value} if isinstance(value, dict) else value
    return msgspec.structs.replace(old, **changes)


def _usual_needs(details: CallDetails) -> dict[NeedLine, int]:
    """What such a distress usually needs first, where the caller has not said."""
    needs: dict[NeedLine, int] = {}
    if details.urgency is Urgency.ADVISORY:
        return needs
    for code in details.natures or (Nature.UNDESIGNATED,):
        for line, units in Nature(code).usual_needs:
            needs[line] = max(units, needs.get(line, 0))
    return needs


def _first_concern(d: Draft, details: CallDetails) -> Concern:
    if d.event.kind == "relayed":
        return Concern.ALERT
    if d.case.verification is Verification.UNVERIFIED:
        return Concern.UNCERTAINTY
    if details.origin == "automatic":
        return Concern.ALERT
    return Concern.DISTRESS if d.case.urgency is Urgency.MAYDAY or details.urgency is None else Concern.ALERT


def _remember_call(d: Draft) -> None:
    """Keep the call id, who relayed it, and whether independent registered parties now agree."""
    calls = (*d.case.calls, d.body.call) if d.body.call not in d.case.calls else d.case.calls
    d.set(calls=calls[-CALLS_MAX_COUNT:], times_called=d.case.times_called + 1)
    if d.event.kind == "relayed" and d.event.speaker.party != d.case.caller:
        relay = Relay(party=d.event.speaker.party, name=d.event.speaker.name, vouched=_may_vouch(d))
        others = tuple(one for one in d.case.relays if one.party != relay.party)
        d.set(relays=(*others, relay))
    d.set(corroborated=d.case.corroborated or _independent_voices(d) > 1)


def _may_vouch(d: Draft) -> bool:
    return bool(d.body.vouched) and bool({Role.MEMBER, Role.OFFICER} & d.event.speaker.roles)


def _independent_voices(d: Draft) -> int:
    """Registered parties that said so: the caller by its own key, and each relay that vouches."""
    own = d.case.verification.level >= Verification.KEY_OK.level
    return int(own) + sum(relay.vouched for relay in d.case.relays)
