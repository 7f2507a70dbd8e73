"""Who has charge: acknowledging, calling back, handing over, and two-person acts (laws 4, 5 and 8)."""

import msgspec

from esos.case.calling import start_wave_when_charged
from esos.case.draft import Draft, plain_body
from esos.case.event import Audience, Reason, WarnOthers
from esos.case.model import Lease, Proposal
from esos.words.life import Concern, Life, Verification
from esos.words.urgency import Urgency


def take_charge(d: Draft) -> None:
    """The first officer in journal order has the case; the caller's repetition may stop."""
    speaker = d.event.speaker
    d.set(
        lease=Lease(holder=speaker.party, name=speaker.name, since_ms=d.now_ms),
        acknowledged_ms=d.case.acknowledged_ms or d.now_ms,
        offered_to="",
    )
    if d.case.life is Life.ARRIVED:
        d.set(life=Life.ACKNOWLEDGED)
    d.stop("ack")
    renew_lease(d)
    if d.case.life is Life.SUSPENDED:
        d.start("review", d.timers.review_ms, "coordinator")
    else:
        _start_work(d)
    d.page(Audience.CALLER, Reason.OFFICER_HAS_YOUR_CASE)


def _start_work(d: Draft) -> None:
    if d.case.called_back_ms == 0:
        d.start("call_back", d.timers.call_back_ms, "coordinator")
    d.start("sitrep", d.timers.sitrep_ms, "coordinator")
    if d.case.life is not Life.STABILISED:
        start_wave_when_charged(d)
    if d.case.urgency is Urgency.ADVISORY:
        d.start("review", d.timers.review_ms, "coordinator")
        d.effects.append(WarnOthers())


def renew_lease(d: Draft) -> None:
    """Any act of the holder shows that somebody is there."""
    if d.case.lease is not None:
        d.set(lease=msgspec.structs.replace(d.case.lease, prompted=False))
        d.start("lease", d.timers.lease_ms, "backup")


def hear_from_caller(d: Draft) -> None:
    """Any word of the caller is contact: it is not lost."""
    d.set(missed_sitreps=0, lost_since_ms=0)
    d.start("heart", d.timers.heart_ms, "coordinator")


def call_back(d: Draft) -> None:
    """What the officer heard moves verification; silence or a wrong voice moves concern."""
    _CALL_BACKS[d.body.result](d)


def _in_distress(d: Draft) -> None:
    level = Verification.CONFIRMED if d.body.confirms else Verification.CALLED_BACK
    if d.case.cancel_asked:
        level = Verification.DISPUTED
    d.set(verification=level, called_back_ms=d.now_ms, cancel_asked=False, denied=False, concern=Concern.DISTRESS)
    d.stop("call_back")
    hear_from_caller(d)


def _no_distress(d: Draft) -> None:
    """The caller says that all is well. A cancellation that waited for this takes effect (duress was ruled out)."""
    d.set(called_back_ms=d.now_ms, denied=True)
    d.stop("call_back")


def _no_answer(d: Draft) -> None:
    d.raise_concern()
    d.start("call_back", d.timers.call_back_ms, "coordinator")


def _wrong_party(d: Draft) -> None:
    d.set(verification=Verification.DISPUTED)
    _no_answer(d)


_CALL_BACKS = {
    "in_distress": _in_distress,
    "no_distress": _no_distress,
    "no_answer": _no_answer,
    "wrong_party": _wrong_party,
}


def offer_hand_over(d: Draft) -> None:
    """The lease stays where it is until the other accepts."""
    d.set(offered_to=d.body.to)
    d.start("hand", d.timers.ack_ms, "coordinator")
    d.page(Audience.COORDINATOR, Reason.HANDED_OVER, to=d.body.to)


def accept_hand_over(d: Draft) -> None:
    """Now it moves."""
    speaker = d.event.speaker
    d.set(lease=Lease(holder=speaker.party, name=speaker.name, since_ms=d.now_ms), offered_to="")
    d.stop("hand", "ack")
    renew_lease(d)
    d.page(Audience.CALLER, Reason.OFFICER_HAS_YOUR_CASE)


def propose(d: Draft) -> None:
    """Keep an act until a second officer has spoken; nothing of it happens before."""
    event = d.event
    proposal = Proposal(
        id=event.id,
        kind=event.kind,
        body=plain_body(event.body),
        by=event.speaker.party,
        by_name=event.speaker.name,
        at_ms=d.now_ms,
    )
    d.set(proposals={**d.case.proposals, event.id: proposal})
    d.start(f"second:{event.id.hex()}", d.timers.second_ms, "coordinator")
    d.page(Audience.SECOND, Reason.SECOND_NEEDED, ref=event.id, due_ms=d.now_ms + d.timers.second_ms)


def drop_proposal(d: Draft, proposal_id: bytes) -> None:
    """A proposal is spent: agreed, refused or lapsed."""
    d.set(proposals={key: one for key, one in d.case.proposals.items() if key != proposal_id})
    d.stop(f"second:{proposal_id.hex()}")
