"""How many to call and who is in the next wave: over-calling by the measured answer rate.

Whole numbers only, so that every station finds the same wave (law 12). What is called too many is
released again (``cover.surplus``).
"""

from collections.abc import Sequence
from math import comb

from esos.duty.cover import Commitment
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


def first_wave_size(ranking: Ranking, cap: int = CALLED_CAP) -> int:
    """How many to call first: helpers needed if all answered, over-called at the mean answer rate of those ranked."""
    candidates = ranking.candidates
    if not candidates or ranking.need.open_units == 0:
        return 0
    mean_permille = sum(candidate.answer_permille for candidate in candidates) // len(candidates)
    return over_call(_helpers_needed(candidates, ranking.need.open_units), mean_permille, cap)


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
    """The members of a wave: ``first_size`` in wave 1, twice as many in each that follows, never more than ``cap``.

    Nobody, while those asked before (``asked``: still unanswered) can be expected to cover what ``need`` has
    open now. The ranking must list at least ``cap`` members for a full wave. Raises ``Malformed`` (``duty.wave``).
    """
    if wave_number < 1:
        raise Malformed("duty.wave", f"Waves are counted from 1, not {wave_number}.")
    if expected_milliunits(asked) >= need.open_units * FULL_PERMILLE:
        return ()
    # Doubling is cut off early: no wave number, however large, makes a number that does not fit.
    size = min(cap, first_size << min(wave_number - 1, cap.bit_length()))
    known = {request.member for request in asked}
    return tuple([candidate for candidate in ranking.candidates if candidate.member not in known][:size])


def surplus(commitments: Sequence[Commitment], need: Need) -> tuple[str, ...]:
    """Members that can be released without opening the need again: lowest total first, of equals the last to commit.

    One whose going would leave a gap stays, and the next is tried.
    """
    left = sum(commitment.units for commitment in commitments)
    released: list[str] = []
    for commitment in sorted(commitments, key=lambda c: (c.total, -c.order, c.member)):
        if left - commitment.units >= need.needed:
            released.append(commitment.member)
            left -= commitment.units
    return tuple(released)


def _helpers_needed(candidates: Sequence[Candidate], open_units: int) -> int:
    """How many of the best it takes if all say yes; all of them where even that is not enough."""
    for number, candidate in enumerate(candidates, start=1):
        open_units -= candidate.units
        if open_units <= 0:
            return number
    return len(candidates)
