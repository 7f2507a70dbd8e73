"""What happens when a timer runs out: a table from the timer's name to the act, each with a next holder (law 5)."""

import msgspec

from esos.case.asking import lose_helper, search_on
from esos.case.calling import climb_ladder, start_ladder
from esos.case.charge import drop_proposal
from esos.case.draft import Draft
from esos.case.ends import close_case
from esos.case.event import Audience, CallWave, Reason
from esos.case.model import Lease, Request
from esos.words.life import Life, Verification
from esos.words.request_state import RequestState

SITREPS_MISSED_MEANS_LOST = 2


def ring_ladder(d: Draft) -> None:
    """Nobody acknowledged: the next step of the ladder, to its end, and round again."""
    climb_ladder(d)


def call_wave(d: Draft) -> None:
    """Ask the next responders, if the station may by itself and something is unmet."""
    if not d.case.open_need() or d.case.life is Life.SUSPENDED:
        return
    d.start("wave", d.timers.wave_interval_ms, "station")
    if may_call_by_itself(d):
        d.effects.append(CallWave(wave=d.case.wave + 1, widen="widen" in d.event.body.timer))


def may_call_by_itself(d: Draft) -> bool:
    """Only for a caller known by its key or better, or for calls that corroborate each other."""
    known = d.case.verification.level >= Verification.KEY_OK.level
    return known or d.case.corroborated or any(relay.vouched for relay in d.case.relays)


def miss_call_back(d: Draft) -> None:
    """No call-back in time: concern up, go on mobilising, try again."""
    d.raise_concern()
    d.page(Audience.COORDINATOR, Reason.CALL_BACK_DUE)
    d.start("call_back", d.timers.call_back_ms, "coordinator")


def miss_commitment(d: Draft) -> None:
    """Nobody has committed: widen the search and tell the neighbour station."""
    if d.case.first_commit_ms:
        return
    d.page(Audience.NEIGHBOUR, Reason.COMMITMENT_DUE)
    d.page(Audience.COORDINATOR, Reason.COMMITMENT_DUE)
    d.start("commit", d.timers.commit_ms, "coordinator")
    if d.case.open_need() and may_call_by_itself(d):
        d.effects.append(CallWave(wave=d.case.wave + 1, widen=True))


def miss_sitrep(d: Draft) -> None:
    """One missed is prompted; two missed is lost contact."""
    missed = d.case.missed_sitreps + 1
    d.set(missed_sitreps=missed)
    d.page(Audience.COORDINATOR, Reason.SITREP_DUE)
    d.page(Audience.CALLER, Reason.SITREP_DUE)
    if missed == SITREPS_MISSED_MEANS_LOST:
        d.set(lost_since_ms=d.case.lost_since_ms or d.now_ms)
        d.raise_concern()
    d.start("sitrep", d.timers.sitrep_ms, "coordinator")


def miss_contact(d: Draft) -> None:
    """No word of the caller for too long."""
    d.raise_concern()
    d.start("heart", d.timers.heart_ms, "coordinator")


def lapse_lease(d: Draft) -> None:
    """A silent holder is prompted; silent again, the backup is paged to take over."""
    lease = d.case.lease
    if lease is None:
        return
    if not lease.prompted:
        d.set(lease=msgspec.structs.replace(lease, prompted=True))
        d.start("lease", _prompt_ms(d), "backup")
        d.page(Audience.COORDINATOR, Reason.LEASE_LOST)
        return
    _lose_lease(d, lease)


def _prompt_ms(d: Draft) -> int:
    """How long a prompted holder has: a tenth of the lease."""
    return max(1, d.timers.lease_ms // 10)


def _lose_lease(d: Draft, lease: Lease) -> None:
    d.set(lease=None, offered_to="")
    d.stop("hand")
    d.page(Audience.BACKUP, Reason.LEASE_LOST, to=lease.holder)
    start_ladder(d)


def propose_stand_down(d: Draft) -> None:
    """Stable for long: remind coordinator and caller that it can end."""
    d.page(Audience.COORDINATOR, Reason.STANDDOWN_PROPOSED)
    d.page(Audience.CALLER, Reason.STANDDOWN_PROPOSED)
    d.start("stable", d.timers.stable_ms, "coordinator")


def look_again(d: Draft) -> None:
    """A suspension or an advisory is looked at again, for as long as it is open."""
    d.page(Audience.COORDINATOR if d.case.lease else Audience.WATCH, Reason.REVIEW_DUE)
    d.start("review", d.timers.review_ms, "coordinator" if d.case.lease else "watch")


def close_by_time(d: Draft) -> None:
    """Settled and closed."""
    close_case(d)


def drop_hand_over(d: Draft) -> None:
    """The other did not accept: the lease stays, and its holder is told."""
    d.set(offered_to="")
    d.page(Audience.COORDINATOR, Reason.HANDED_OVER)


def lapse_proposal(d: Draft) -> None:
    """No second officer was to be had: nothing of it happens, the case stays open."""
    proposal_id = bytes.fromhex(_ref(d))
    drop_proposal(d, proposal_id)
    d.page(Audience.COORDINATOR, Reason.SECOND_NEEDED, ref=proposal_id)


def expire_grant(d: Draft) -> None:
    """A grant ends by itself."""
    grant_id = bytes.fromhex(_ref(d))
    grant = d.case.grants.get(grant_id)
    if grant is not None:
        d.set(grants={**d.case.grants, grant_id: msgspec.structs.replace(grant, live=False)})


def miss_reply(d: Draft) -> None:
    """Silence is an outcome too: no reply. The next wave repairs it."""
    request = _request(d)
    if request is None:
        return
    d.end_request(request, RequestState.NO_REPLY)
    search_on(d)


def remind(d: Draft) -> None:
    """Say again what is owed, and by when."""
    request = _request(d)
    if request is not None:
        d.page(
            Audience.RESPONDER, Reason.REMINDED, to=request.responder, ref=request.id, due_ms=request.reply_due_ms
        )


def chase_offer(d: Draft) -> None:
    """An offer nobody took, or a selected one not committed: the coordinator decides."""
    request = _request(d)
    if request is None:
        return
    d.page(Audience.COORDINATOR, Reason.COMMITMENT_DUE, ref=request.id)
    d.start(f"offer:{request.id.hex()}", d.timers.reply_ms or d.timers.review_ms, "coordinator")


def lapse_offer(d: Draft) -> None:
    """A provisional offer was held until now."""
    request = _request(d)
    if request is not None and request.state in {RequestState.OFFERED, RequestState.SELECTED}:
        d.end_request(request, RequestState.WITHDRAWN, sentence="The offer was held until now and has lapsed.")


def miss_scene(d: Draft) -> None:
    """A committed helper has not begun: both sides are asked."""
    request = _request(d)
    if request is None:
        return
    d.page(Audience.COORDINATOR, Reason.SCENE_DUE, ref=request.id)
    d.page(Audience.RESPONDER, Reason.SCENE_DUE, to=request.responder, ref=request.id)
    d.start(f"scene:{request.id.hex()}", d.timers.scene_ms or d.timers.review_ms, "coordinator")


def end_agreement(d: Draft) -> None:
    """The agreed time is over: the helper is released, and what it covered is open again only if it leaves."""
    request = _request(d)
    if request is None or not request.is_bound:
        return
    d.stop_request_timers(request.id)
    d.put_request(request, state=RequestState.RELEASING)
    d.start(f"return:{request.id.hex()}", d.timers.settle_ms, "station")
    d.page(Audience.RESPONDER, Reason.RELEASED, to=request.responder, ref=request.id)
    if d.case.life is Life.ASSISTING:
        lose_helper(d)


def settle_by_time(d: Draft) -> None:
    """Nobody sent an account in time: settled without one."""
    request = _request(d)
    if request is not None:
        d.end_request(request, RequestState.SETTLED)


def _ref(d: Draft) -> str:
    return str(d.body.timer).partition(":")[2]


def _request(d: Draft) -> Request | None:
    request = d.case.requests.get(bytes.fromhex(_ref(d)))
    return None if request is None or request.is_ended else request


ON_ELAPSED = {
    "ack": ring_ladder,
    "wave": call_wave,
    "call_back": miss_call_back,
    "commit": miss_commitment,
    "sitrep": miss_sitrep,
    "heart": miss_contact,
    "lease": lapse_lease,
    "stable": propose_stand_down,
    "review": look_again,
    "settle": close_by_time,
    "hand": drop_hand_over,
    "second": lapse_proposal,
    "grant": expire_grant,
    "reply": miss_reply,
    "remind0": remind,
    "remind1": remind,
    "remind2": remind,
    "remind3": remind,
    "offer": chase_offer,
    "lapse": lapse_offer,
    "scene": miss_scene,
    "agreement": end_agreement,
    "return": settle_by_time,
}
"""Timer name (before the colon) to what happens; the table in the documentation is made from it."""
