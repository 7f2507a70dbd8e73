"""Who has charge: acknowledging, calling back, handing over, and two-person acts (laws 4, 5 and 8)."""

from collections.abc import Callable

from esos.case.draft import Draft, plain_body
from esos.case.event import Audience, Reason
from esos.case.knowing import note_contact
from esos.case.model import Search
from esos.case.parts import Lease, Proposal
from esos.case.watching import hasten_wave, renew_lease, run_call_back
from esos.words.life import Concern, Life, Verification

PROPOSALS_MAX_COUNT = 20
"""How many acts of one case may wait for a second officer at a time."""


def take_charge(d: Draft) -> None:
    """The first officer in journal order has the case; the caller's repetition may stop, and the first wave is near."""
    if d.case.lease is not None:
        d.page(Audience.COORDINATOR, Reason.LEASE_LOST, to=d.case.lease.holder)
    _hold(d)
    d.set(acknowledged_ms=d.case.acknowledged_ms or d.now_ms)
    if d.case.life is Life.ARRIVED:
        d.set(life=Life.ACKNOWLEDGED)
    if d.case.search is Search.UNTRIED and d.case.open_need():
        hasten_wave(d, d.timers.wave_first_ack_ms)


def _hold(d: Draft) -> None:
    """The lease is the speaker's; nobody else is looked for."""
    speaker = d.event.speaker
    d.set(lease=Lease(holder=speaker.party, name=speaker.name, since_ms=d.now_ms), offered_to="")
    d.stop("ack", "hand")
    renew_lease(d)
    d.page(Audience.CALLER, Reason.OFFICER_HAS_YOUR_CASE)


def call_back(d: Draft) -> None:
    """What the officer heard moves verification; silence or a wrong voice moves concern."""
    _CALL_BACKS[d.body.result](d)


def _in_distress(d: Draft) -> None:
    """The caller's own voice stands above a cancel that waited: that one was not the caller's wish."""
    level = Verification.CONFIRMED if d.body.confirms else Verification.CALLED_BACK
    known = max(level, d.case.verification, key=lambda verification: verification.level)
    d.set(verification=known, called_back_ms=d.now_ms, cancel_asked=False, denied=False, concern=Concern.DISTRESS)
    d.set(suspected=False)
    note_contact(d)


def _no_distress(d: Draft) -> None:
    """The caller says that all is well: a cancel that waited for this may take effect (duress was ruled out)."""
    d.set(called_back_ms=d.now_ms, denied=True)
    note_contact(d)


def _no_answer(d: Draft) -> None:
    d.raise_concern()
    run_call_back(d)


def _wrong_party(d: Draft) -> None:
    d.set(verification=Verification.DISPUTED, denied=False)
    _no_answer(d)


_CALL_BACKS: dict[str, Callable[[Draft], None]] = {
    "in_distress": _in_distress,
    "no_distress": _no_distress,
    "no_answer": _no_answer,
    "wrong_party": _wrong_party,
}


def offer_hand_over(d: Draft) -> None:
    """The case is offered; it stays where it is until the other accepts."""
    d.set(offered_to=d.body.to)
    d.run("hand")
    d.page(Audience.COORDINATOR, Reason.HANDED_OVER, to=d.body.to)


def accept_hand_over(d: Draft) -> None:
    """Now it moves: the other officer is coordinator."""
    _hold(d)


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
    d.run("second", event.id)
    d.page(Audience.SECOND, Reason.SECOND_NEEDED, ref=event.id, due_ms=d.now_ms + d.timers.second_ms)


def give_second_word(d: Draft) -> None:
    """With two agreed, the act happens, if it still may; refused by one, nothing of it does."""
    proposal = d.case.proposals[d.body.proposal]
    drop_proposal(d, proposal.id)
    d.agreed = proposal if d.body.agrees else None


def drop_proposal(d: Draft, proposal_id: bytes) -> None:
    """A proposal is spent: agreed, refused or lapsed."""
    d.set(proposals={key: one for key, one in d.case.proposals.items() if key != proposal_id})
    d.stop_about(proposal_id)
