"""What happens when a timer runs out: a table from its name to the act; ``timing`` says who holds the case then.

Law 5. A boundary belongs to the later state: at the very millisecond a timer is due, it has run out.
"""

from collections.abc import Callable

from esos.case.charge import drop_proposal
from esos.case.consent import kill_grant
from esos.case.draft import Draft
from esos.case.ends import close
from esos.case.event import Audience, CallWave, Reason
from esos.case.knowing import may_call_by_itself
from esos.case.leaving import end_agreement, settle
from esos.case.model import ASKED, Request
from esos.case.needing import search_on
from esos.case.timing import REMINDERS
from esos.case.watching import SEEKING, climb_ladder, mark_prompted, prompt_holder, run_wave
from esos.words.language import later
from esos.words.request_state import RequestState
from esos.words.tier import DutyTier

SITREPS_MISSED_MEANS_LOST = 2


def elapse(d: Draft) -> None:
    """The timer is stopped and its row of the timer table acts; what must go on running starts again."""
    key = d.body.timer
    d.stop(key)
    ON_ELAPSED[key.partition(":")[0]](d)


def call_wave(d: Draft) -> None:
    """Ask the next responders, if the station may by itself; the timer runs only while something is unmet."""
    run_wave(d, again=True)
    if may_call_by_itself(d.case):
        d.effects.append(CallWave(wave=d.case.wave + 1))


def miss_call_back(d: Draft) -> None:
    """No call-back in time: concern up, go on mobilising, try again."""
    d.raise_concern()
    d.page(Audience.COORDINATOR, Reason.CALL_BACK_DUE)


def miss_commitment(d: Draft) -> None:
    """Nobody has committed: widen the search and tell the neighbour station."""
    if not d.case.has_helper:
        _widen(d, Reason.COMMITMENT_DUE)


def _widen(d: Draft, reason: Reason, request: Request | None = None) -> None:
    ref = request.id if request else b""
    if "neighbour-station" in d.case.rules.widen:
        d.page(Audience.NEIGHBOUR, reason, ref=ref)
    d.page(Audience.COORDINATOR, reason, ref=ref)
    if d.case.rules.widen and d.case.life in SEEKING and d.case.open_need() and may_call_by_itself(d.case):
        d.effects.append(CallWave(wave=d.case.wave + 1, widen=True))


def miss_sitrep(d: Draft) -> None:
    """One missed is prompted; two missed is lost contact, since as long ago as that."""
    missed = d.case.missed_sitreps + 1
    d.set(missed_sitreps=missed)
    d.page(Audience.COORDINATOR, Reason.SITREP_DUE)
    d.page(Audience.CALLER, Reason.SITREP_DUE)
    if missed == SITREPS_MISSED_MEANS_LOST:
        d.set(lost_since_ms=d.case.lost_since_ms or max(1, d.now_ms - d.timers.lost_ms))
        d.raise_concern()


def lapse_lease(d: Draft) -> None:
    """A silent holder is prompted; silent again, the backup is paged to take over and the ladder starts."""
    lease = d.case.lease
    if lease is not None and not lease.prompted:
        prompt_holder(d)
        d.page(Audience.COORDINATOR, Reason.LEASE_LOST)
    else:
        _lose_lease(d)


def _lose_lease(d: Draft) -> None:
    holder = d.case.lease.holder if d.case.lease else ""
    d.set(lease=None, offered_to="")
    d.stop("hand")
    d.page(Audience.BACKUP, Reason.LEASE_LOST, to=holder)


def propose_stand_down(d: Draft) -> None:
    """Stable for long: remind coordinator and caller that it can end."""
    d.page(Audience.COORDINATOR, Reason.STANDDOWN_PROPOSED)
    d.page(Audience.CALLER, Reason.STANDDOWN_PROPOSED)


def look_again(d: Draft) -> None:
    """A suspension or a warning is looked at again. Where no lease runs, a second look missed loses the case."""
    lease = d.case.lease
    if lease is not None and d.timers.lease_ms == 0:
        if lease.prompted:
            _lose_lease(d)
            return
        mark_prompted(d)
    d.page(Audience.COORDINATOR if lease else Audience.WATCH, Reason.REVIEW_DUE)


def drop_hand_over(d: Draft) -> None:
    """The other did not accept: the case stays, and its holder is told."""
    d.set(offered_to="")
    d.page(Audience.COORDINATOR, Reason.HANDED_OVER)


def lapse_proposal(d: Draft) -> None:
    """No second officer was to be had: nothing of it happens, the case stays open."""
    proposal_id = _about(d)
    drop_proposal(d, proposal_id)
    d.page(Audience.COORDINATOR, Reason.SECOND_NEEDED, ref=proposal_id)


def expire_grant(d: Draft) -> None:
    """A grant ends by itself."""
    one = d.case.grants.get(_about(d))
    if one is not None:
        kill_grant(d, one)


def miss_reply(d: Draft, request: Request) -> None:
    """Silence is an outcome too: no reply. The next wave repairs it; of somebody bound the coordinator hears."""
    if request.state in ASKED:
        d.end_request(request, RequestState.NO_REPLY)
        if DutyTier(request.why.tier).silence_escalates:
            d.page(Audience.COORDINATOR, Reason.BOUND_AND_SILENT, ref=request.id)
        search_on(d)


def remind(d: Draft, request: Request) -> None:
    """Say again what is owed, and by when."""
    d.page_responder(request, Reason.REMINDED, due_ms=request.reply_due_ms)


def chase_offer(d: Draft, request: Request) -> None:
    """An offer nobody took, or a selected one not committed: the coordinator decides."""
    d.page(Audience.COORDINATOR, Reason.COMMITMENT_DUE, ref=request.id)
    d.run("offer", request.id)


def lapse_offer(d: Draft, request: Request) -> None:
    """A provisional offer was held until now."""
    if request.is_pending:
        sentence = later("The offer was held until now and has lapsed.")
        d.end_request(request, RequestState.WITHDRAWN, sentence=sentence)
        search_on(d)


def miss_scene(d: Draft, request: Request) -> None:
    """A committed helper has not begun: both sides are asked, and the search widens over what is unmet."""
    d.page_responder(request, Reason.SCENE_DUE)
    _widen(d, Reason.SCENE_DUE, request)
    d.run("scene", request.id)


def miss_end_of_agreement(d: Draft, request: Request) -> None:
    """The agreed time is over: the helper is released."""
    if request.is_bound:
        end_agreement(d, request)


def _about(d: Draft) -> bytes:
    return bytes.fromhex(str(d.body.timer).partition(":")[2])


def _on_request(act: Callable[[Draft, Request], None]) -> Callable[[Draft], None]:
    """For a timer of a request: nothing happens where the request has ended."""

    def acts(d: Draft) -> None:
        request = d.case.requests.get(_about(d))
        if request is not None and not request.is_ended:
            act(d, request)

    acts.__doc__ = act.__doc__
    return acts


ON_ELAPSED: dict[str, Callable[[Draft], None]] = {
    "ack": climb_ladder,
    "wave": call_wave,
    "call_back": miss_call_back,
    "commit": miss_commitment,
    "sitrep": miss_sitrep,
    "heart": lambda d: d.raise_concern(),
    "lease": lapse_lease,
    "stable": propose_stand_down,
    "review": look_again,
    "settle": close,
    "hand": drop_hand_over,
    "second": lapse_proposal,
    "grant": expire_grant,
    "reply": _on_request(miss_reply),
    **dict.fromkeys(REMINDERS, _on_request(remind)),
    "offer": _on_request(chase_offer),
    "lapse": _on_request(lapse_offer),
    "scene": _on_request(miss_scene),
    "agreement": _on_request(miss_end_of_agreement),
    "return": _on_request(settle),
}
"""Timer name (before the colon) to what happens; ``timing.TIMERS`` has the same names."""
