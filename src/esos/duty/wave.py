"""How many to call and who is in the next wave: over-calling by the measured answer rate.

Whole numbers only, so that every station finds the same wave (law 12). Who is called too many is thanked
as soon as the need is met.
"""

from collections.abc import Sequence
from math import comb

from esos.duty.picture import Need
from esos.duty.ranking import Candidate, Ranking
from esos.duty.value import Value
from esos.duty.weights import FULL_PERMILLE
from esos.errors import Malformed

SURE_PERMILLE = 990
"""How sure a wave is to bring what is needed."""
CALLED_CAP = 200
"""The most members one wave may call, whatever the answer rate."""


class Asked(Value, frozen=True, kw_only=True):
    """A request still unanswered: what it could bring and how likely, in thousandths."""

    member: str
    units: int
    answer_permille: int


def over_call(helpers_needed: int, answer_permille: int, cap: int = CALLED_CAP) -> int:
    """The smallest n for which P(Binomial(n, p) ≥ helpers_needed) ≥ 0.99, at most ``cap``.

    For one helper: 25, 13 and 7 at answer rates of .17, .30 and .50.
    """
    if helpers_needed <= 0:
        return 0
    low, high = helpers_needed, cap
    if low >= cap or not is_sure(cap, helpers_needed, answer_permille):
        return cap
    while low < high:
        middle = (low + high) // 2
        if is_sure(middle, helpers_needed, answer_permille):
            high = middle
        else:
            low = middle + 1
    return low


def is_sure(called: int, helpers_needed: int, answer_permille: int) -> bool:
    """Whether so many calls bring enough helpers with the wanted sureness; exact, in whole numbers."""
    yes, no = answer_permille, FULL_PERMILLE - answer_permille
    too_few = sum(comb(called, i) * yes**i * no ** (called - i) for i in range(min(helpers_needed, called + 1)))
    return bool(too_few * FULL_PERMILLE <= (FULL_PERMILLE - SURE_PERMILLE) * FULL_PERMILLE**called)


def sure_size(candidates: Sequence[Candidate], open_units: int, cap: int = CALLED_CAP) -> int:
    """How many to call for what is open: helpers needed if all say yes, over-called at their mean answer rate."""
    if not candidates or open_units <= 0:
        return 0
    mean_permille = sum(candidate.answer_permille for candidate in candidates) // len(candidates)
    return over_call(_helpers_needed(candidates, open_units), mean_permille, min(cap, CALLED_CAP))


def expected_milliunits(asked: Sequence[Asked]) -> int:
    """Thousandths of units that the requests still unanswered will bring on average."""
    return sum(request.units * request.answer_permille for request in asked)


def plan_wave(
    ranking: Ranking,
    need: Need,
    asked: Sequence[Asked],
    wave_number: int,
    cap: int,
    first_size: int,
) -> tuple[Candidate, ...]:
    """The members of a wave: as many as it takes to be sure, at least the pact's number, never more than ``cap``.

    The pact's number is ``first_size`` in wave 1 and twice as many in each that follows. Nobody, while those
    asked before (``asked``: still unanswered) can be expected to cover what ``need`` has open now. The ranking
    must list at least ``cap`` members for a full wave. Raises ``Malformed`` (``duty.wave``).
    """
    if wave_number < 1:
        raise Malformed("duty.wave", f"Waves are counted from 1, not {wave_number}.")
    expected = expected_milliunits(asked) // FULL_PERMILLE
    if expected >= need.open_units:
        return ()
    known = {request.member for request in asked}
    candidates = [candidate for candidate in ranking.candidates if candidate.member not in known]
    # Doubling is cut off early: no wave number, however large, makes a number that does not fit.
    by_pact = first_size << min(wave_number - 1, cap.bit_length())
    return tuple(candidates[: min(cap, max(by_pact, sure_size(candidates, need.open_units - expected, cap)))])


def _helpers_needed(candidates: Sequence[Candidate], open_units: int) -> int:
    """How many of the best it takes if all say yes; all of them where even that is not enough."""
    for number, candidate in enumerate(candidates, start=1):
        open_units -= candidate.units
        if open_units <= 0:
            return number
    return len(candidates)
