"""Who to ask for one need of one call, best first, with reasons; and why somebody is not among them.

Laws 1 and 12: a pure function of register, picture, need and instant. Gates come first, then 1000 points
a duty tier, then comfort terms that together stay below one tier; ties go by member id.
"""

from esos.duty.explain import why_you
from esos.duty.gates import NO_LIMITS, Limits, Question, gates_failed
from esos.duty.index import Index, Score
from esos.duty.picture import CallPicture, Need
from esos.duty.ranking import Candidate, Ranking
from esos.duty.record import answer_permille
from esos.duty.register import Register
from esos.duty.standing import automatic_units
from esos.duty.tier import Duty, duty_of
from esos.duty.weights import RANK_LIMIT_MAX, WEIGHTS_VERSION
from esos.errors import Malformed
from esos.words.tier import DutyTier

NOBODY: frozenset[str] = frozenset()


def rank(
    register: Register,
    picture: CallPicture,
    need: Need,
    now_ms: int,
    limit: int = 20,
    asked: frozenset[str] = NOBODY,
    *,
    limits: Limits = NO_LIMITS,
    index: Index | None = None,
) -> Ranking:
    """The best ``limit`` members for a need, without those already ``asked``, within the ``limits`` of a pact.

    ``index`` is the search to use, the register's own where none is given. Raises ``Malformed``
    (``duty.limit``) for a limit that is not 1 to 1000.
    """
    if not 1 <= limit <= RANK_LIMIT_MAX:
        raise Malformed("duty.limit", f"A ranking lists 1 to {RANK_LIMIT_MAX} members, not {limit}.")
    question = question_of(register, picture, need, now_ms, limit + 1, asked, limits)
    found = (index or register.index).find(question)
    listed = tuple(_candidate(register, question, score) for score in found.best)
    return Ranking(
        register_version=register.version,
        weights_version=WEIGHTS_VERSION,
        now_ms=now_ms,
        need=need,
        candidates=listed[:limit],
        runner_up=listed[limit] if len(listed) > limit else None,
        eligible=found.eligible,
        eligible_units=found.eligible_units,
        excluded={gate.value: count for gate, count in found.excluded.items() if count},
        considered=found.considered,
    )


def why_not(
    register: Register,
    picture: CallPicture,
    need: Need,
    now_ms: int,
    member: str,
    asked: frozenset[str] = NOBODY,
    *,
    limits: Limits = NO_LIMITS,
) -> tuple[str, ...]:
    """Every reason why a member cannot be asked, as sentences; one look-up, no search.

    Where no gate stops it, one sentence says so with its duty: then only others with more points stand before it.
    """
    if member not in register:
        return ("It is not in the register.",)
    failed = gates_against(register, picture, need, now_ms, member, asked, limits=limits)
    if failed:
        return failed
    duty = duty_between(register, picture, need, now_ms, member)
    return (f"Nothing stops it: it is ranked as {duty.tier.words}; whoever is asked before it has more points.",)


def gates_against(
    register: Register,
    picture: CallPicture,
    need: Need,
    now_ms: int,
    member: str,
    asked: frozenset[str] = NOBODY,
    *,
    limits: Limits = NO_LIMITS,
) -> tuple[str, ...]:
    """Every gate that stops a member, as sentences, empty where none does; raises ``Unknown`` (``duty.member``)."""
    question = question_of(register, picture, need, now_ms, 1, asked, limits)
    return tuple(gate.words for gate in gates_failed(question, register.record(member)))


def duty_between(register: Register, picture: CallPicture, need: Need, now_ms: int, member: str) -> Duty:
    """The duty of one member towards this call for this need; raises ``Unknown`` (``duty.member``)."""
    record = register.record(member)
    return duty_of(question_of(register, picture, need, now_ms, 1, NOBODY, NO_LIMITS).pair_with(record))


def question_of(
    register: Register,
    picture: CallPicture,
    need: Need,
    now_ms: int,
    count: int,
    asked: frozenset[str],
    limits: Limits,
) -> Question:
    """A question with what the register knows of the caller and of pacts."""
    return Question(
        picture=picture,
        need=need,
        now_ms=now_ms,
        count=count,
        asked=asked,
        caller=register.find(picture.caller),
        pacts=register.pacts,
        limits=limits,
    )


def _candidate(register: Register, question: Question, score: Score) -> Candidate:
    picture, need = question.picture, question.need
    pair = question.pair_with(register.record(score.member))
    duty, automatic = duty_of(pair), min(automatic_units(pair), score.units)
    return Candidate(
        member=score.member,
        name=pair.responder.card.name,
        tier=DutyTier(score.tier),
        basis=duty.basis,
        owed=duty.owed,
        units=score.units,
        automatic_units=automatic,
        answer_permille=answer_permille(pair.responder, question.limits.prior_permille),
        terms={term.value: points for term, points in score.terms.items()},
        total=score.total,
        explanation=why_you(duty, picture, need, score.units, automatic),
    )
