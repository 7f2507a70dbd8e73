"""Machine B: one request between station and responder, from asked to bound; ``leaving`` has the way out.

Law 6: every request ends in exactly one outcome, and the first stands. Law 9: consent gates the work,
never the answer.
"""

from esos.case.consent import touches_others
from esos.case.draft import Draft, timer_key
from esos.case.event import Audience, Reason
from esos.case.model import ASKED, CaseRole, Request, Search
from esos.case.money import cost_of
from esos.case.needing import need_asked, need_chosen, release_surplus, search_on, still_open, thank
from esos.case.timing import TIMERS
from esos.case.urgency import run_reply
from esos.case.watching import run_wave
from esos.message.bodies import NeedAsk
from esos.pact.timers import DAY_MS
from esos.words.life import Life
from esos.words.request_state import RequestState

REQUESTS_MAX_COUNT = 2000
"""How many requests one case may hold."""
OFFERS_MAX_COUNT = 8
"""How many open offers nobody asked for one party may have on a case."""
SENTENCE_MAX_CHARACTERS = 280


def ask(d: Draft) -> None:
    """One more responder is asked; it owes an answer by the reply time."""
    body = d.body
    due_ms = d.now_ms + TIMERS["reply"].lasts(d.timers)
    request = Request(
        id=body.request,
        responder=body.responder,
        name=body.name,
        state=RequestState.SENT,
        lines=body.lines,
        wave=body.wave,
        why=body.why,
        standing=body.automatic,
        asked_ms=d.now_ms,
        reply_due_ms=due_ms,
    )
    if CaseRole.COORDINATOR in d.roles:
        need_asked(d, body.lines)
    d.put_request(request)
    d.set(first_ask_ms=d.case.first_ask_ms or d.now_ms)
    run_reply(d, request.id, d.now_ms, due_ms)
    if d.case.life in {Life.ARRIVED, Life.ACKNOWLEDGED}:
        d.set(life=Life.MOBILISING)
    d.page_responder(request, Reason.ASKED, due_ms=due_ms)


def note_wave(d: Draft) -> None:
    """What a search came to. A wave that asked nobody is none; when nobody is left, the coordinator is told."""
    if d.body.asked:
        d.set(wave=max(d.case.wave, d.body.wave), search=Search.ASKED)
    elif any(request.is_pending for request in d.case.requests.values()):
        d.set(search=Search.WAITING)
    else:
        d.set(search=Search.NOBODY)
        d.page(Audience.COORDINATOR, Reason.NOBODY_LEFT)
    run_wave(d)


def deliver(d: Draft, request: Request) -> None:
    """The responder's own program or page shows that it has the request: the countersignature of delivery."""
    d.put_request(request, state=RequestState.DELIVERED)


def consider(d: Draft, request: Request) -> None:
    """Somebody there is thinking; the answer is still due."""
    d.put_request(request, state=RequestState.CONSIDERING)


def offer(d: Draft, request: Request) -> None:
    """What it can give; the coordinator is told, and an offer held until a time lapses then."""
    body = d.body
    d.stop_about(request.id)
    d.put_request(
        request,
        state=RequestState.OFFERED,
        answered=True,
        how=body.how,
        offered=body.lines or request.lines,
        terms=d.event.id,
        agreed=False,
        condition=body.condition,
        cost=body.cost,
        ceiling_eur=body.ceiling_eur,
        ready_minutes=body.ready_minutes,
    )
    _await_decision(d, request.id, body.until_ms if body.how == "provisional" else 0)


def _await_decision(d: Draft, request_id: bytes, until_ms: int = 0) -> None:
    if until_ms:
        d.start_at("lapse", until_ms, request_id)
    d.run("offer", request_id)
    d.page(Audience.COORDINATOR, Reason.COMMITMENT_DUE, ref=request_id)


def volunteer(d: Draft) -> None:
    """An offer enters by its own door; the coordinator decides on it."""
    _enter_unasked(d, "full", d.body.lines)


def stand_by(d: Draft) -> None:
    """A notice that one can help if needed enters by its own door; the coordinator may take it up."""
    _enter_unasked(d, "standby", d.body.lines)


def enter_late(d: Draft, request: Request) -> None:
    """A yes after the first outcome stood: that outcome stands, and the yes enters as an offer nobody asked for."""
    _enter_unasked(d, getattr(d.body, "how", "full"), d.body.lines or request.offered or request.lines)


def _enter_unasked(d: Draft, how: str, lines: tuple[NeedAsk, ...]) -> None:
    body, speaker = d.body, d.event.speaker
    request = Request(
        id=d.event.id[:16],
        responder=speaker.party,
        name=speaker.name,
        state=RequestState.OFFERED,
        how=how,
        lines=lines,
        offered=lines,
        condition=getattr(body, "condition", ""),
        cost=getattr(body, "cost", "free"),
        ceiling_eur=getattr(body, "ceiling_eur", 0),
        ready_minutes=body.ready_minutes,
        asked_ms=d.now_ms,
        terms=d.event.id,
        unsolicited=True,
        sentence=getattr(body, "note", ""),
    )
    d.put_request(request)
    _await_decision(d, request.id, getattr(body, "until_ms", 0) if how == "provisional" else 0)


def decline(d: Draft, request: Request) -> None:
    """A lawful no, with its ground; the search goes on when nothing else is expected."""
    d.end_request(request, RequestState.DECLINED, answered=True, ground=d.body.ground.value, sentence=d.body.sentence)
    search_on(d)


def select(d: Draft, request: Request) -> None:
    """The offer is taken; the responder is asked to commit."""
    need_chosen(d, request)
    d.stop(f"offer:{request.id.hex()}")
    d.put_request(request, state=RequestState.SELECTED, two_officers=touches_others(request))
    d.run("offer", request.id)
    d.page_responder(request, Reason.SELECTED)


def approve(d: Draft, request: Request) -> None:
    """Two officers agree that a bound helper may act although it affects others."""
    d.put_request(request, two_officers=True)
    d.page_responder(request, Reason.SELECTED)


def commit(d: Draft, request: Request) -> None:
    """The responder is bound for what is still open; what nobody needs any more is thanked for.

    What the station commits from a standing package is no answer: nobody there has spoken.
    """
    if d.event.speaker.party == request.responder:
        request = d.put_request(request, answered=True)
    lines = still_open(d, wanted_lines(d, request))
    if not lines:
        thank(d, request)
        return
    body, is_direct = d.body, request.state in ASKED
    asked = body if is_direct else request
    cost, ceiling = cost_of(d.case, request, lines, asked.cost, asked.ceiling_eur)
    is_as_offered = not is_direct and set(lines) <= set(request.offered)
    d.stop_about(request.id)
    d.put_request(
        request,
        state=RequestState.COMMITTED,
        committed=lines,
        committed_ms=d.now_ms,
        ready_minutes=body.ready_minutes or request.ready_minutes,
        cost=cost,
        ceiling_eur=ceiling,
        terms=request.terms if is_as_offered else d.event.id,
        agreed=request.agreed and is_as_offered,
    )
    d.run("scene", request.id)
    d.start("agreement", d.case.rules.agreement_days * DAY_MS, request.id)
    _count_commitment(d, request)


def wanted_lines(d: Draft, request: Request) -> tuple[NeedAsk, ...]:
    """What a responder commits: the lines it names, of those it was asked for or offered; where it names none, all."""
    named: tuple[NeedAsk, ...] = d.body.lines
    about = {ask.line for ask in request.all_lines}
    kept = tuple(ask for ask in named if ask.line in about or not about)
    return kept if named else request.offered or request.lines


def _count_commitment(d: Draft, request: Request) -> None:
    d.set(first_commit_ms=d.case.first_commit_ms or d.now_ms)
    if d.case.life in {Life.ACKNOWLEDGED, Life.MOBILISING}:
        d.set(life=Life.ASSISTING)
    d.page(Audience.CALLER, Reason.COMMITTED_TO_CALLER, ref=request.id)
    release_surplus(d)


def report_work(d: Draft, request: Request) -> None:
    """The first report is the first useful act; a report is due again after its time."""
    state = RequestState.EXTENDING if request.state is RequestState.EXTENDING else RequestState.ON_SCENE
    d.set(first_act_ms=d.case.first_act_ms or d.now_ms)
    d.stop(f"scene:{request.id.hex()}")
    note = d.body.note[:SENTENCE_MAX_CHARACTERS]
    d.put_request(request, state=state, done_percent=d.body.done_percent, sentence=note)
    d.run("sitrep")


def extend(d: Draft, request: Request) -> None:
    """The agreement runs for some days more, from its end; a helper asks for that, and caller or coordinator agree."""
    if CaseRole.COORDINATOR in d.roles:
        _run_longer(d, request, d.body.days)
        return
    d.put_request(request, longer=d.event.id, longer_days=d.body.days)
    for audience in (Audience.CALLER, Audience.COORDINATOR):
        d.page(audience, Reason.LONGER_ASKED, ref=request.id)


def _run_longer(d: Draft, request: Request, days: int) -> None:
    running = d.case.timers.get(timer_key("agreement", request.id))
    end_ms = max(d.now_ms, running.due_ms if running else 0) + days * DAY_MS
    d.put_request(request, state=RequestState.EXTENDING, longer=b"", longer_days=0)
    d.start_at("agreement", end_ms, request.id)
    d.page_responder(request, Reason.LONGER_AGREED, due_ms=end_ms)


def agree(d: Draft, request: Request) -> None:
    """Request, offer and acceptance: three signatures make the agreement."""
    d.put_request(request, agreed=True)


def agree_at_work(d: Draft, request: Request) -> None:
    """Acceptance of what was offered; or, of a helper's wish to stay longer, that the agreement runs on."""
    if d.body.offer == request.longer:
        _run_longer(d, request, request.longer_days)
    else:
        agree(d, request)
