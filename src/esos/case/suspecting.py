"""Suspected distress: a beacon fell silent whose owner asked, in peace time, that somebody then look after it.

Law 5: the case has a ladder like any other. No duty comes of it: nobody is asked for help before the caller
itself, a call-back or a person at first hand confirms it, unless the pact says that silence counts as a call.
"""

from esos.case.calling import reopen, take_in
from esos.case.draft import Draft
from esos.case.event import Refused
from esos.case.knowing import CALLS_MAX_COUNT, lose_contact
from esos.pact.model import AS_CALL
from esos.words.life import Concern, Life, Verification
from esos.words.urgency import Urgency


def suspect(d: Draft) -> None:
    """The station suspects distress: people are called to look, and nobody is asked to help yet."""
    urgency = d.body.details.urgency or Urgency.PAN_PAN
    d.set(life=Life.ARRIVED, opened_ms=d.now_ms, arrived_ms=d.now_ms, urgency=urgency)
    _begin(d)


def suspect_again(d: Draft) -> None:
    """A new silence opens the ended case anew, as a suspicion."""
    reopen(d, d.body.details.urgency or Urgency.PAN_PAN)
    _begin(d)


def miss_beacon(d: Draft) -> None:
    """In an open case the beacon's silence is lost contact; of a mere suspicion it makes no more than that."""
    _remember(d)
    d.set(beacon_silent_ms=d.now_ms)
    if d.case.suspected:
        d.raise_concern()
    else:
        lose_contact(d)


def is_new_suspicion(d: Draft) -> Refused | None:
    """Each silence is said once, so that a case that was taken back stays so."""
    if d.body.call in d.case.calls:
        return Refused(code="call.repeated", reason="This silence of the beacon is known here already.")
    return None


def _begin(d: Draft) -> None:
    is_as_call = d.case.rules.callers.silence == AS_CALL
    d.set(
        suspected=not is_as_call,
        silence_counts=is_as_call,
        beacon_silent_ms=d.now_ms,
        concern=Concern.ALERT if is_as_call else Concern.SUSPECTED,
    )
    if is_as_call and d.case.verification is Verification.UNVERIFIED:
        d.set(verification=Verification.KEY_OK)  # the caller's own key signed the instructions
    take_in(d, d.body.details)
    _remember(d)


def _remember(d: Draft) -> None:
    if d.body.call not in d.case.calls:
        d.set(calls=(*d.case.calls, d.body.call)[-CALLS_MAX_COUNT:], times_called=d.case.times_called + 1)
