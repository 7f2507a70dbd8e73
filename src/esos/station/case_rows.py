"""A case as one row of a list: what it waits for, what is overdue in it, and when something happens next.

Law 4: that a call has no person stands before everything else that is said of it.
"""

from collections.abc import Iterator

from esos.case.knowing import may_call_by_itself
from esos.case.model import Case
from esos.case.parts import Timer
from esos.station.overdue import Deadline, deadlines
from esos.station.records import CaseRecord
from esos.station.telling import is_checked
from esos.station.view_parts import View
from esos.words.language import apart, say, say_count
from esos.words.nature import Nature
from esos.words.proposal import proposal_words
from esos.words.request_state import RequestState


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
    country: str = ""
    facts: dict[str, str | bool] = {}


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
        country=case.details.country or "",
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
        yield say("No person has charge.")
    if case.cancel_asked:
        yield say("The caller wants to cancel: call back first.")
    if case.lost_since_ms:
        yield say("Contact with the caller is lost.")
    for proposal in case.proposals.values():
        yield say(
            "A second officer is asked: {officer} wishes to {do}.",
            officer=apart(proposal.by_name),
            do=proposal_words(proposal.kind),
        )
    if case.offered_to:
        yield say("The case is offered to another officer.")
    offers = sum(request.state is RequestState.OFFERED for request in case.requests.values())
    if offers:
        yield say_count("{count} offer waits for a decision.", "{count} offers wait for a decision.", offers)
