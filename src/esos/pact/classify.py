"""From observed effects to an urgency, by a pact's own threshold, with the rules that decided.

Law 12: the same effects under the same pact give the same answer and the same reasons. The lower end
decides who is bound, the upper end who is woken. An effect that is a mayday whatever the score stands
above every pact: no threshold can make less of it.
"""

from collections.abc import Mapping

import msgspec

from esos.pact.model import Threshold
from esos.pact.threshold import Observed, Truth, holds, parse_rule, some
from esos.words.language import later
from esos.words.urgency import Urgency

ALWAYS_MAYDAY = later(
    "life or safety is in danger, a critical service is out of reach, or services are badly hit and recovery "
    "needs help from outside or is not possible"
)
"""The hard triggers in words; which they are, ``severity.md`` says."""


class Weighed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule with its urgency and whether it holds (None: not known yet)."""

    urgency: Urgency
    rule: str
    holds: bool | None


class Classified(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The least and the gravest urgency the effects allow; equal where the unknowns do not matter.

    ``trigger`` says whether an effect holds that is a mayday under every pact.
    """

    lower: Urgency
    upper: Urgency
    weighed: tuple[Weighed, ...]
    trigger: bool | None = False


def classify(threshold: Threshold, effects: Mapping[str, Observed], *, trigger: Truth = False) -> Classified:
    """Which urgency these effects have under this threshold, the hard triggers first. Raises as ``parse_rule`` does."""
    weighed = tuple(
        Weighed(urgency=urgency, rule=rule, holds=holds(parse_rule(rule), effects))
        for urgency, rules in ((Urgency.MAYDAY, threshold.mayday), (Urgency.PAN_PAN, threshold.pan_pan))
        for rule in rules
    )
    states = [
        (Urgency.MAYDAY, some([trigger, _state(Urgency.MAYDAY, weighed)])),
        (Urgency.PAN_PAN, _state(Urgency.PAN_PAN, weighed)),
    ]
    lower = next((urgency for urgency, state in states if state is True), Urgency.ADVISORY)
    upper = next((urgency for urgency, state in states if state is not False), Urgency.ADVISORY)
    return Classified(lower=lower, upper=upper, weighed=weighed, trigger=trigger)


def dependency_of(threshold: Threshold, sector: str) -> int:
    """How strongly others depend on a sector, 0 to 100; the pact's default where it does not list it."""
    return next((one.dependency for one in threshold.sectors if one.sector == sector), threshold.dependency)


def _state(urgency: Urgency, weighed: tuple[Weighed, ...]) -> Truth:
    return some([one.holds for one in weighed if one.urgency is urgency])
