"""Machine B: one request between station and responder, from asked to bound; ``leaving`` has the way out.

Law 6: every request ends in exactly one outcome, and the first stands. Law 9: consent gates the work,
never the answer.
"""

from esos.case.consent import touches_others
from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.model import ASKED, Request
from esos.case.money import cost_of
from esos.case.needing import release_surplus, search_on, still_open, thank
from esos.case.timing import TIMERS
from esos.case.urgency import run_reply
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
    d.put_request(request)
    d.set(first_ask_ms=d.case.first_ask_ms or d.now_ms)
    run_reply(d, request.id, d.now_ms, due_ms)
    if d.case.life in {Life.ARRIVED, Life.ACKNOWLEDGED}:
        d.set(life=Life.MOBILISING)
    d.page_responder(request, Reason.ASKED, due_ms=due_ms)


def note_wave(d: Draft) -> None:
    """A wave went out; the next follows after the interval while something is unmet."""
    d.set(wave=max(d.case.wave, d.body.wave))
    d.start("wave", d.timers.wave_interval_ms)


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
        how=body.how,
        offered=body.lines or request.lines,
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
        unsolicited=True,
        sentence=getattr(body, "note", ""),
    )
    d.put_request(request)
    _await_decision(d, request.id, getattr(body, "until_ms", 0) if how == "provisional" else 0)


def decline(d: Draft, request: Request) -> None:
    """A lawful no, with its ground; the search goes on when nothing else is expected."""
    d.end_request(request, RequestState.DECLINED, ground=d.body.ground.value, sentence=d.body.sentence)
    search_on(d)


def select(d: Draft, request: Request) -> None:
    """The offer is taken; the responder is asked to commit."""
    d.stop(f"offer:{request.id.hex()}")
    d.put_request(request, state=RequestState.SELECTED, two_officers=touches_others(request))
    d.run("offer", request.id)
    d.page_responder(request, Reason.SELECTED)


def approve(d: Draft, request: Request) -> None:
    """Two officers agree that a bound helper may act although it affects others."""
    d.put_request(request, two_officers=True)
    d.page_responder(request, Reason.SELECTED)


def commit(d: Draft, request: Request) -> None:
    """The responder is bound for what is still open; what nobody needs any more is thanked for."""
    lines = still_open(d, wanted_lines(d, request))
    if not lines:
        thank(d, request)
        return
    body, asked = d.body, d.body if request.state in ASKED else request
    cost, ceiling = cost_of(d.case, request, lines, asked.cost, asked.ceiling_eur)
    d.stop_about(request.id)
    d.put_request(
        request,
        state=RequestState.COMMITTED,
        committed=lines,
        committed_ms=d.now_ms,
        ready_minutes=body.ready_minutes or request.ready_minutes,
        cost=cost,
        ceiling_eur=ceiling,
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
    """The work goes on for some days more, under the same agreement."""
    d.put_request(request, state=RequestState.EXTENDING)
    d.start("agreement", d.body.days * DAY_MS, request.id)


def agree(d: Draft, request: Request) -> None:
    """Request, offer and acceptance: three signatures make the agreement."""
    d.put_request(request, agreed=True)
