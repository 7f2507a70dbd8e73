"""Why you: what goes with every request, whether a wave found its responder or an officer chose it (law 12)."""

from esos.duty.explain import HOW_TO_DECLINE, explain
from esos.duty.ranking import Ranking
from esos.duty.tier import Duty
from esos.message.request_bodies import REASON_MAX_CHARACTERS, Why
from esos.words.kept import CHOSEN, NOT_BECAUSE, NOT_BY_ITSELF, WHEN_RELEASED

BASIS_MAX_CHARACTERS = 280


def why_asked(ranking: Ranking, member: str) -> Why:
    """The explanation of one member of a ranking, as data and as sentences."""
    reasons = explain(ranking, member)
    return Why(
        tier=reasons.tier,
        basis=reasons.basis[:BASIS_MAX_CHARACTERS],
        owed=reasons.owed,
        terms={line.term: line.points for line in reasons.terms},
        total=reasons.total,
        runner_up=reasons.next_member or "",
        runner_up_total=reasons.next_total or 0,
        cost_without_you=reasons.cost_without_you_units,
        sentence=" ".join(reasons.sentences)[:REASON_MAX_CHARACTERS],
        register_version=ranking.register_version,
        weights_version=ranking.weights_version,
    )


def why_chosen(ranking: Ranking, duty: Duty, against: tuple[str, ...]) -> Why:
    """Why a member that no ranking lists was chosen by an officer: its duty, and what speaks against it."""
    sentences = (
        f"{CHOSEN[duty.tier]} {duty.basis}",
        f"{NOT_BY_ITSELF} {' '.join(against)}" if against else "",
        duty.owed,
        NOT_BECAUSE,
        HOW_TO_DECLINE,
        WHEN_RELEASED,
    )
    return Why(
        tier=duty.tier,
        basis=duty.basis[:BASIS_MAX_CHARACTERS],
        owed=duty.owed,
        sentence=" ".join(sentence for sentence in sentences if sentence)[:REASON_MAX_CHARACTERS],
        register_version=ranking.register_version,
        weights_version=ranking.weights_version,
    )
