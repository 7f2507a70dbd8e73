"""Machine B: one request between station and responder, from asked to its one outcome (law 6).

Law 9: no work begins outside what the caller allows. Law 10: nothing that harms a third party
without proof of control, two officers and an expiry.
"""

from esos.case.calling import set_needs
from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.model import Request
from esos.message.bodies import NeedAsk
from esos.pact.timers import DAY_MS, HOUR_MS
from esos.words.life import Life, Verification
from esos.words.need import HelpClass
from esos.words.request_state import RequestState

REQUESTS_MAX_COUNT = 2000
"""How many requests one case may hold."""
REPLY_FALLBACK_MS = 2 * HOUR_MS
"""Time to answer where the urgency has none of its own."""
PROOF_RUNG_NEEDED = 2
_ASKED = frozenset({RequestState.SENT, RequestState.DELIVERED, RequestState.CONSIDERING})
_PENDING = _ASKED | {RequestState.OFFERED, RequestState.SELECTED}


def ask(d: Draft) -> None:
    """One more responder is asked; it owes an answer by the reply time."""
    body = d.body
    reply_ms = d.timers.reply_ms or REPLY_FALLBACK_MS
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
        reply_due_ms=d.now_ms + reply_ms,
    )
    d.put_request(request)
    d.set(first_ask_ms=d.case.first_ask_ms or d.now_ms)
    key = request.id.hex()
    d.start(f"reply:{key}", reply_ms, "station")
    for number, after_ms in enumerate(d.timers.reply_reminders_ms):
        d.start(f"remind{number}:{key}", after_ms, "station")
    _mobilise(d)
    d.page(Audience.RESPONDER, Reason.ASKED, to=request.responder, ref=request.id, due_ms=request.reply_due_ms)


def _mobilise(d: Draft) -> None:
    if d.case.life in {Life.ARRIVED, Life.ACKNOWLEDGED}:
        d.set(life=Life.MOBILISING)
    if "commit" not in d.case.timers and d.case.first_commit_ms == 0:
        d.start("commit", d.timers.commit_ms, "coordinator")


def note_wave(d: Draft) -> None:
    """A wave went out; the next follows while the need is unmet."""
    d.set(wave=max(d.case.wave, d.body.wave))
    if d.case.open_need():
        d.start("wave", d.timers.wave_interval_ms, "station")


def deliver(d: Draft, request: Request) -> None:
    """The responder's own program or page shows that it has the request."""
    d.put_request(request, state=RequestState.DELIVERED)


def consider(d: Draft, request: Request) -> None:
    """Somebody there is thinking; the answer is still due."""
    d.put_request(request, state=RequestState.CONSIDERING)


def offer(d: Draft, request: Request) -> None:
    """What it can give; the coordinator is told, and an offer held until a time lapses then."""
    body = d.body
    offered = body.lines or request.lines
    d.stop_request_timers(request.id)
    d.put_request(
        request,
        state=RequestState.OFFERED,
        how=body.how,
        offered=offered,
        condition=body.condition,
        cost=body.cost,
        ceiling_eur=body.ceiling_eur,
        ready_minutes=body.ready_minutes,
    )
    _hold_offer(d, request.id, body.until_ms if body.how == "provisional" else 0)


def _hold_offer(d: Draft, request_id: bytes, until_ms: int) -> None:
    key = request_id.hex()
    if until_ms:
        d.start_at(f"lapse:{key}", until_ms, "station")
    d.start(f"offer:{key}", d.timers.reply_ms or REPLY_FALLBACK_MS, "coordinator")
    d.page(Audience.COORDINATOR, Reason.COMMITMENT_DUE, ref=request_id)


def offer_unasked(d: Draft, *, how: str = "full") -> None:
    """An offer by its own door: a volunteer, or a yes after the first outcome stood."""
    body, speaker = d.body, d.event.speaker
    request = Request(
        id=d.event.id[:16],
        responder=speaker.party,
        name=speaker.name,
        state=RequestState.OFFERED,
        how=how,
        lines=body.lines,
        offered=body.lines,
        ready_minutes=body.ready_minutes,
        asked_ms=d.now_ms,
        unsolicited=True,
        sentence=getattr(body, "note", ""),
    )
    d.put_request(request)
    _hold_offer(d, request.id, 0)


def decline(d: Draft, request: Request) -> None:
    """A lawful no, with its ground; told to the coordinator."""
    d.end_request(request, RequestState.DECLINED, ground=d.body.ground.value, sentence=d.body.sentence)
    search_on(d)


def select(d: Draft, request: Request) -> None:
    """The coordinator takes the offer; the responder is asked to commit."""
    d.stop_request_timers(request.id)
    d.put_request(request, state=RequestState.SELECTED)
    d.start(f"offer:{request.id.hex()}", d.timers.reply_ms or REPLY_FALLBACK_MS, "coordinator")
    d.page(Audience.RESPONDER, Reason.SELECTED, to=request.responder, ref=request.id)


def select_by_two(d: Draft, request: Request) -> None:
    """The same for an act that affects third parties, after the second officer agreed."""
    select(d, request)
    d.put_request(d.case.requests[request.id], two_officers=True)


def commit(d: Draft, request: Request) -> None:
    """The responder is bound for what is still open; what nobody needs any more is thanked for."""
    wanted = d.body.lines or request.offered or request.lines
    lines = _capped(d, wanted)
    if not lines:
        d.end_request(request, RequestState.NOT_TAKEN)
        d.page(Audience.RESPONDER, Reason.NOT_TAKEN, to=request.responder, ref=request.id)
        return
    d.stop_request_timers(request.id)
    d.put_request(
        request,
        state=RequestState.COMMITTED,
        committed=lines,
        committed_ms=d.now_ms,
        ready_minutes=d.body.ready_minutes or request.ready_minutes,
        cost=d.body.cost if request.state in _ASKED else request.cost,
    )
    key = request.id.hex()
    d.start(f"scene:{key}", d.timers.scene_ms or d.timers.reply_ms or REPLY_FALLBACK_MS, "coordinator")
    d.start(f"agreement:{key}", d.case.rules.agreement_days * DAY_MS, "coordinator")
    _count_commitment(d, request)


def _capped(d: Draft, wanted: tuple[NeedAsk, ...]) -> tuple[NeedAsk, ...]:
    """Only what is still open is taken, so that nobody's capacity is held for nothing."""
    rest = d.case.open_need()
    capped = ((ask.line, min(ask.quantity, rest.get(ask.line, 0))) for ask in wanted)
    return tuple(NeedAsk(line=line, quantity=units) for line, units in capped if units > 0)


def _count_commitment(d: Draft, request: Request) -> None:
    d.set(first_commit_ms=d.case.first_commit_ms or d.now_ms)
    if d.case.life in {Life.ARRIVED, Life.ACKNOWLEDGED, Life.MOBILISING}:
        d.set(life=Life.ASSISTING)
    d.stop("commit")
    d.page(Audience.CALLER, Reason.COMMITTED_TO_CALLER, ref=request.id)
    if not d.case.open_need():
        d.stop("wave")
    release_surplus(d)


def release_surplus(d: Draft) -> None:
    """Whoever was asked only for lines that are met now has done its duty, and is told so at once."""
    rest = d.case.open_need()
    for request in tuple(d.case.requests.values()):
        needed = any(ask.line in rest for ask in request.lines)
        if request.state in _PENDING and not needed:
            d.end_request(request, RequestState.NOT_TAKEN)
            d.page(Audience.RESPONDER, Reason.NOT_TAKEN, to=request.responder, ref=request.id)


def do_not_take(d: Draft, request: Request) -> None:
    """The coordinator does not need the offer: duty discharged, thanked."""
    d.end_request(request, RequestState.NOT_TAKEN)
    d.page(Audience.RESPONDER, Reason.NOT_TAKEN, to=request.responder, ref=request.id)


def report_work(d: Draft, request: Request) -> None:
    """The first report is the first useful act."""
    state = RequestState.EXTENDING if request.state is RequestState.EXTENDING else RequestState.ON_SCENE
    d.set(first_act_ms=d.case.first_act_ms or d.now_ms)
    d.stop(f"scene:{request.id.hex()}")
    d.put_request(request, state=state, done_percent=d.body.done_percent, sentence=d.body.note[:280])
    d.start("sitrep", d.timers.sitrep_ms, "coordinator")


def extend(d: Draft, request: Request) -> None:
    """The work goes on for some days more."""
    d.put_request(request, state=RequestState.EXTENDING)
    d.stop(f"scene:{request.id.hex()}")
    d.start(f"agreement:{request.id.hex()}", d.body.days * DAY_MS, "coordinator")


def release(d: Draft, request: Request) -> None:
    """Thank you, you may go. A responder not yet bound is simply let off."""
    if request.state in _PENDING:
        d.end_request(request, RequestState.CANCELLED)
    else:
        d.stop_request_timers(request.id)
        d.put_request(request, state=RequestState.RELEASING)
        d.start(f"return:{request.id.hex()}", d.timers.settle_ms, "station")
    d.page(Audience.RESPONDER, Reason.RELEASED, to=request.responder, ref=request.id)


def come_back(d: Draft, request: Request) -> None:
    """The responder ended its work; only the account is open."""
    d.stop_request_timers(request.id)
    d.put_request(request, state=RequestState.RETURNED)
    d.start(f"return:{request.id.hex()}", d.timers.settle_ms, "station")


def withdraw(d: Draft, request: Request) -> None:
    """A bound helper leaves: the need opens again and the search goes on at once."""
    was_bound = request.is_bound
    d.end_request(request, RequestState.WITHDRAWN, ground=d.body.ground.value, sentence=d.body.sentence)
    if was_bound:
        lose_helper(d)


def lose_helper(d: Draft) -> None:
    """Requests go out again at once; without any helper left the case is mobilising again."""
    d.page(Audience.COORDINATOR, Reason.HELPER_LOST)
    if any(request.is_bound for request in d.case.requests.values()):
        search_on(d)
        return
    if d.case.life in {Life.ASSISTING, Life.STABILISED}:
        d.set(life=Life.MOBILISING)
        d.stop("stable")
    search_on(d)


def search_on(d: Draft) -> None:
    """A no, or a loss, must not wait for the next wave when nothing else is expected."""
    expecting = any(request.state in _PENDING for request in d.case.requests.values())
    if d.case.open_need() and d.case.wave and not expecting and d.case.life is not Life.SUSPENDED:
        d.start("wave", 1, "station")


def settle(d: Draft, request: Request) -> None:
    """Hours and costs are known."""
    d.end_request(request, RequestState.SETTLED)


def cancel_request(d: Draft, request: Request) -> None:
    """The coordinator takes the question back."""
    d.end_request(request, RequestState.CANCELLED)
    d.page(Audience.RESPONDER, Reason.CANCELLED, to=request.responder, ref=request.id)


def agree(d: Draft, request: Request) -> None:
    """Request, offer and acceptance: three signatures make the agreement."""
    d.put_request(request, agreed=True)


def state_need(d: Draft) -> None:
    """Section E of a sitrep."""
    set_needs(d, d.body.needs)


def missing_consent(d: Draft, request: Request) -> str:
    """Why work may not begin yet, as a sentence; empty when it may (brief 2, consent and proof)."""
    classes = {ask.line.help_class for ask in request.committed or request.lines}
    for help_class in (HelpClass.THIRD_PARTY, HelpClass.ACCESS, HelpClass.CAPACITY):
        if help_class in classes:
            sentence = _GATES[help_class](d, request)
            if sentence:
                return sentence
    return ""


def _capacity_gate(d: Draft, request: Request) -> str:  # noqa: ARG001 - one signature for all gates
    known = d.case.verification.level >= Verification.KEY_OK.level
    vouched = d.case.corroborated or any(relay.vouched for relay in d.case.relays)
    return "" if known or vouched else "Nobody has vouched for the caller yet: advice and own-edge filtering may begin."


def _access_gate(d: Draft, request: Request) -> str:
    if d.case.verification.level < Verification.CALLED_BACK.level:
        return "The caller has not been called back yet."
    if d.case.live_grant(HelpClass.ACCESS, request.responder, d.now_ms) is None:
        return "The caller has not signed a grant for access to its systems."
    return ""


def _third_party_gate(d: Draft, request: Request) -> str:
    if d.case.verification is not Verification.CONFIRMED:
        return "The caller is not confirmed yet."
    if not any(proof.rung >= PROOF_RUNG_NEEDED and d.now_ms < proof.expires_ms for proof in d.case.proofs):
        return "The caller has not shown control of what is to be changed."
    if not request.two_officers:
        return "Two officers have not agreed to this yet."
    if d.case.live_grant(HelpClass.THIRD_PARTY, request.responder, d.now_ms) is None:
        return "The caller has not signed a grant with an expiry for this."
    return ""


_GATES = {
    HelpClass.CAPACITY: _capacity_gate,
    HelpClass.ACCESS: _access_gate,
    HelpClass.THIRD_PARTY: _third_party_gate,
}
