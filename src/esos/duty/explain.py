"""Why you: the reasons of a ranking as data and as sentences, said with every request.

Law 1 is said aloud in each of them: nobody is asked because of who attacked, for no such field is read.
"""

from esos.duty.picture import CallPicture, Need
from esos.duty.ranking import Candidate, Ranking
from esos.duty.tier import Duty
from esos.duty.value import Value
from esos.duty.weights import TIER_POINTS, WEIGHTS, Term
from esos.errors import Unknown
from esos.words.ground import NEVER_A_GROUND
from esos.words.kept import (
    BOUND,
    CAN_BRING,
    COST,
    COST_NOTHING,
    COUNTED,
    COUNTED_DUTY,
    COUNTED_POINTS,
    DECLINE,
    NEVER,
    NEXT_BEHIND,
    NEXT_EQUAL,
    NOBODY_AFTER,
    NOT_BECAUSE,
    PACKAGE,
    REPORTS,
    WHEN_RELEASED,
)
from esos.words.nature import kept_words
from esos.words.tier import DutyTier

HOW_TO_DECLINE = f"{DECLINE} {NEVER.write(list='; '.join(NEVER_A_GROUND))}"


class TermLine(Value, frozen=True, kw_only=True):
    """One counted term: points given, the most there are, and what it measures."""

    term: str
    points: int
    of: int
    words: str


class Explanation(Value, frozen=True, kw_only=True):
    """Why one member is asked.

    ``next_member`` and ``next_total`` are whoever stands after it in the ranking; ``cost_without_you_units``
    is how much more of the need would stay unmet without it.
    """

    member: str
    tier: DutyTier
    tier_words: str
    basis: str
    owed: str
    units: int
    unit: str
    terms: tuple[TermLine, ...]
    total: int
    next_member: str | None
    next_total: int | None
    cost_without_you_units: int
    sentences: tuple[str, ...]


def why_you(duty: Duty, picture: CallPicture, need: Need, units: int, automatic_units: int) -> tuple[str, ...]:
    """The sentences every candidate carries: duty and basis, what it can bring, and what was never read."""
    seen = "; ".join(kept_words(nature) for nature in picture.natures)
    unit = need.line.unit
    sentences = [
        f"{BOUND[duty.tier]} {duty.basis}",
        REPORTS.write(seen=seen) if seen else "",
        CAN_BRING.write(line=need.line.words, units=units, open=need.open_units, unit=unit),
        PACKAGE.write(units=automatic_units, unit=unit) if automatic_units else "",
        duty.owed,
        NOT_BECAUSE,
    ]
    return tuple(sentence for sentence in sentences if sentence)


def explain(ranking: Ranking, member: str) -> Explanation:
    """Everything a request says about why this member; raises ``Unknown`` (``duty.not_ranked``) if it is not listed."""
    at = next((i for i, candidate in enumerate(ranking.candidates) if candidate.member == member), None)
    if at is None:
        raise Unknown("duty.not_ranked", f"Member {member!r} is not in this ranking.", hint="Ask why_not instead.")
    you = ranking.candidates[at]
    following = (*ranking.candidates[at + 1 : at + 2], ranking.runner_up)[0]
    cost = cost_without(ranking, you)
    return Explanation(
        member=you.member,
        tier=you.tier,
        tier_words=you.tier.words,
        basis=you.basis,
        owed=you.owed,
        units=you.units,
        unit=ranking.need.line.unit,
        terms=term_lines(you),
        total=you.total,
        next_member=None if following is None else following.member,
        next_total=None if following is None else following.total,
        cost_without_you_units=cost,
        sentences=(
            *you.explanation,
            _counted(you),
            _runner_up(you, following),
            _cost(ranking, cost),
            HOW_TO_DECLINE,
            WHEN_RELEASED,
        ),
    )


def term_lines(candidate: Candidate) -> tuple[TermLine, ...]:
    """The terms of a candidate with their maxima and words, in the order of the table."""
    return tuple(
        TermLine(term=term, points=points, of=WEIGHTS[Term(term)].points, words=WEIGHTS[Term(term)].words)
        for term, points in candidate.terms.items()
    )


def cost_without(ranking: Ranking, candidate: Candidate) -> int:
    """Units of the need that would stay unmet without this member, beyond those unmet with it."""
    open_units, useful = ranking.need.open_units, ranking.eligible_units
    return max(0, open_units - useful + candidate.units) - max(0, open_units - useful)


def _counted(you: Candidate) -> str:
    points = you.tier * TIER_POINTS
    lines = [line for line in term_lines(you) if line.points]
    counted = ", ".join(COUNTED_POINTS.write(points=one.points, most=one.of, what=one.words) for one in lines)
    return COUNTED.write(points=points, list=counted) if counted else COUNTED_DUTY.write(points=points)


def _runner_up(you: Candidate, following: Candidate | None) -> str:
    if following is None:
        return NOBODY_AFTER
    lead = you.total - following.total
    return NEXT_BEHIND.write(points=lead) if lead else NEXT_EQUAL


def _cost(ranking: Ranking, cost: int) -> str:
    if cost == 0:
        return COST_NOTHING
    return COST.write(units=cost, unit=ranking.need.line.unit)
