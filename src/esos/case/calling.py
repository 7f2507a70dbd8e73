"""How a case begins, is joined, and comes back to life: nobody ever calls into silence."""

from typing import Any

import msgspec

from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.knowing import first_concern, is_known_caller, is_registered, know_caller, remember_call, worry
from esos.case.model import AFTER_WORK, CaseRole, Search
from esos.case.needing import count_needs, release_surplus, search_at_once, set_needs
from esos.case.urgency import change_urgency
from esos.case.watching import prompt_holder
from esos.message.bodies import CallDetails
from esos.words.fact import FACTS
from esos.words.life import Concern, Life, Verification
from esos.words.urgency import Urgency

OTHER_FACTS_MAX_COUNT = 40
"""How many answers to questions that severity does not ask a case remembers; those it asks all have their place."""


def arrive(d: Draft) -> None:
    """It is kept for good; nobody has seen it yet, and the ladder calls people until one takes charge."""
    details = d.body.details
    d.set(life=Life.ARRIVED, opened_ms=d.now_ms, arrived_ms=d.now_ms, urgency=details.urgency or Urgency.MAYDAY)
    know_caller(d)
    d.set(concern=first_concern(d, details))
    take_in(d, details)
    remember_call(d)


def join(d: Draft) -> None:
    """It joins the open case: what is new is added, the urgency may rise by it and never sinks.

    The caller's own new call ends a suspension or a stable time, and takes back a cancel that waits. To a mere
    suspicion it is the first call, and counts as gravely as if it had opened the case.
    """
    details, is_new = d.body.details, d.body.call not in d.case.calls
    was_suspected = d.case.suspected
    is_own, is_first_word, is_late = d.event.kind == "called", d.case.caller_heard_ms == 0, is_overtaken(d)
    know_caller(d)
    take_in(d, details, only_unknown=is_late or not _may_replace(d))
    remember_call(d)
    if is_own:
        if not is_late:
            d.set(cancel_asked=False, denied=False)
        urgency = details.urgency or (Urgency.MAYDAY if was_suspected else None)
        _heed_urgency(d, urgency, may_sink=is_first_word)
        _wake(d, is_new=is_new)
    else:
        _heed_relay(d, details.urgency, is_new=is_new)
        if is_new and is_registered(d):
            d.set(denied=False, suspected=False)
    worry(d, details)


def _heed_urgency(d: Draft, urgency: Urgency | None, *, may_sink: bool) -> None:
    """The caller's own first word about a relayed call counts in either direction; later calls only raise."""
    if urgency is not None and (may_sink or urgency.gravity > d.case.urgency.gravity):
        change_urgency(d, urgency)


def _heed_relay(d: Draft, urgency: Urgency | None, *, is_new: bool) -> None:
    """A relay that answers for the caller raises the urgency; what another says is for a person to judge."""
    is_graver = urgency is not None and urgency.gravity > d.case.urgency.gravity
    is_vouching = any(relay.vouched and relay.party == d.event.speaker.party for relay in d.case.relays)
    if urgency is not None and is_graver and is_vouching:
        change_urgency(d, urgency)
    if is_new and (is_graver or d.case.life in {Life.SUSPENDED, Life.STABILISED}):
        d.page(Audience.COORDINATOR, Reason.RELAPSE)


def _wake(d: Draft, *, is_new: bool) -> None:
    if d.case.life is Life.SUSPENDED or (d.case.life is Life.STABILISED and is_new):
        relapse(d)


def call_again(d: Draft) -> None:
    """The ended case arrives anew, with a new wait for a person; earlier decisions stay in its history."""
    details = d.body.details
    if details.natures and set(details.natures) != set(d.case.details.natures):
        _forget_situation(d)
    reopen(d, details.urgency or d.case.urgency)
    know_caller(d)
    take_in(d, details)
    remember_call(d)
    worry(d, details)


def _forget_situation(d: Draft) -> None:
    """Another nature is another situation: facts and needs of before count no more."""
    old = d.case.details
    kept = CallDetails(
        sector=old.sector, country=old.country, asn=old.asn, prefix=old.prefix, products=old.products, reply=old.reply
    )
    d.set(details=kept, sections={}, unfinished=(), needs={}, needs_stated={}, needs_asked={}, assessed=None)


def raise_again(d: Draft) -> None:
    """A raised urgency calls again too."""
    details = getattr(d.body, "details", CallDetails(urgency=getattr(d.body, "urgency", None)))
    reopen(d, details.urgency or d.case.urgency)
    know_caller(d)
    take_in(d, details)
    count_number(d)


def reopen(d: Draft, urgency: Urgency) -> None:
    """Back to arrived: what was known by call-back, vouched or given before counts no more for this call."""
    d.stop("settle")
    d.set(
        life=Life.ARRIVED, urgency=urgency, lease=None, offered_to="", ended_ms=0, arrived_ms=d.now_ms,
        acknowledged_ms=0, first_ask_ms=0, first_commit_ms=0, first_act_ms=0, called_back_ms=0, missed_sitreps=0,
        lost_since_ms=0, wave_from=d.case.wave, cancel_asked=False, denied=False, overruled=False, corroborated=False,
        suspected=False, silence_counts=False, beacon_silent_ms=0,
        needs_asked={}, relays=(), reached=(), warned=False, verification=_verification_anew(d),
        concern=max(d.case.concern, Concern.ALERT, key=lambda concern: concern.level),
    )  # fmt: skip
    d.set(search=Search.UNTRIED)
    _spend_requests(d)


def _spend_requests(d: Draft) -> None:
    """Help of an earlier life counts no more; who is on the way home still has the time for its account."""
    spent = {key: msgspec.structs.replace(request, spent=True) for key, request in d.case.requests.items()}
    d.set(requests=spent)
    for request in spent.values():
        if request.state in AFTER_WORK:
            d.run("return", request.id)


def _verification_anew(d: Draft) -> Verification:
    """What contradicted the call before still does; else the new call is known by its own key, or not yet."""
    if d.case.verification is Verification.DISPUTED:
        return Verification.DISPUTED
    return Verification.KEY_OK if is_known_caller(d) else Verification.UNVERIFIED


def resume(d: Draft) -> None:
    """Out of a suspension: the search for help goes on at once."""
    d.set(life=Life.ASSISTING if d.case.has_helper else Life.MOBILISING)
    search_at_once(d)


def relapse(d: Draft) -> None:
    """Worse again: the search goes on at once; a coordinator who did not say so itself is told, and must act soon."""
    resume(d)
    d.set(denied=False)
    if CaseRole.COORDINATOR not in d.roles:
        d.page(Audience.COORDINATOR, Reason.RELAPSE)
        prompt_holder(d)


def update(d: Draft) -> None:
    """More facts. One that was overtaken fills only what is still unknown; nothing is ever deleted."""
    is_late = is_overtaken(d)
    know_caller(d)
    if not is_late and _speaks_of_distress(d, d.body.details):
        d.set(denied=False)
    take_in(d, d.body.details, only_unknown=is_late or not _may_replace(d))
    count_number(d)
    urgency = d.body.details.urgency
    if urgency is not None and not is_late and CaseRole.CALLER in d.roles:
        set_urgency(d, urgency)


def _speaks_of_distress(d: Draft, details: CallDetails) -> bool:
    """Whether an update says anything of distress, so that an earlier "no distress" stands no more."""
    urgency = details.urgency
    is_as_grave = urgency is not None and urgency.gravity >= d.case.urgency.gravity
    return is_as_grave or bool(details.natures or details.needs) or is_telling(details.facts)


def is_telling(facts: dict[str, str | bool]) -> bool:
    """Whether any answer says more than no."""
    return any(answer is not False for answer in facts.values())


def set_urgency(d: Draft, urgency: Urgency) -> None:
    """Another urgency. The caller's own raising ends a stable time, and the coordinator is told of it."""
    is_raised = urgency.gravity > d.case.urgency.gravity
    change_urgency(d, urgency)
    if not is_raised or CaseRole.CALLER not in d.roles:
        return
    d.set(denied=False)
    if d.case.life is Life.STABILISED:
        relapse(d)
    elif d.case.lease is not None:
        d.page(Audience.COORDINATOR, Reason.RELAPSE)


def is_overtaken(d: Draft) -> bool:
    """Whether something newer was heard before: of a later call, or with a higher number of the same one.

    Number 0 says that the sender does not count; a packet's number counts within its call, a
    statement's among all numbered updates of the case.
    """
    call, number = _call_of(d.body), _number_of(d.body)
    if call is None:
        return 0 < number <= d.case.update_number
    if call != d.case.own_call:
        return call in d.case.calls and d.event.kind != "relayed"
    return number < d.case.own_sequence


def _call_of(body: Any) -> bytes | None:
    """The call a packet belongs to; statements name none."""
    call: bytes | None = getattr(body, "call", None)
    return call


def _number_of(body: Any) -> int:
    """A packet's number in its call, else an update's own; 0 where the sender does not count."""
    return int(getattr(body, "number", getattr(body, "sequence", 0) if _call_of(body) else 0))


def count_number(d: Draft) -> None:
    """Remember the highest number heard, of packets and of statements, so that what it overtook is known."""
    number, call = _number_of(d.body), _call_of(d.body)
    if call is None:
        d.set(update_number=max(number, d.case.update_number))
    elif call == d.case.own_call:
        d.set(own_sequence=max(number, d.case.own_sequence))


def _may_replace(d: Draft) -> bool:
    """The caller speaks for itself; a relay replaces what is known only while the caller has not spoken."""
    return CaseRole.CALLER in d.roles or d.case.caller_heard_ms == 0


def take_in(d: Draft, details: CallDetails, *, only_unknown: bool = False) -> None:
    """Add what a call or an update says to what is known."""
    d.set(details=merge_details(d.case.details, details, only_unknown=only_unknown))
    if details.needs and not (only_unknown and d.case.needs_stated):
        set_needs(d, details.needs)
    count_needs(d)
    release_surplus(d)


def merge_details(old: CallDetails, new: CallDetails, *, only_unknown: bool = False) -> CallDetails:
    """What is known after hearing more: known values replace, unknown ones change nothing."""
    empty = CallDetails()
    changes: dict[str, Any] = {}
    for name in CallDetails.__struct_fields__:
        value, before = getattr(new, name), getattr(old, name)
        if value == getattr(empty, name):
            continue
        if isinstance(value, dict):
            changes[name] = merge_facts(before, value, only_unknown=only_unknown)
        elif not only_unknown or before == getattr(empty, name):
            changes[name] = value
    return msgspec.structs.replace(old, **changes)


def merge_facts(
    old: dict[str, str | bool], new: dict[str, str | bool], *, only_unknown: bool = False
) -> dict[str, str | bool]:
    """Answers to severity questions, by name. Of names that nobody reads the first few are kept, for people to see."""
    merged = {**old, **({**new, **old} if only_unknown else new)}
    read = {name: answer for name, answer in merged.items() if name in FACTS}
    others = [(name, answer) for name, answer in merged.items() if name not in FACTS]
    return {**read, **dict(others[:OTHER_FACTS_MAX_COUNT])}
