"""Why a call gets what it gets when there is not enough, in sentences; and why not more.

Law 12: what is unserved is never hidden, and its reason is one that can be looked up in the same division.
"""

from collections.abc import Mapping, Sequence

from esos.duty.allocation import Share
from esos.duty.gates import Gate
from esos.duty.ranking import Ranking

_NAMED_CALLS = 3
Holders = Mapping[str, Sequence[tuple[str, int]]]
"""By member: which calls it serves, and of which class they are."""


def why_served(
    call: str, ranking: Ranking, shares: Sequence[Share], fair_units: int, holders: Holders
) -> tuple[str, ...]:
    """The sentences of one need; ``fair_units`` are the most one helper carries while others can."""
    need = ranking.need
    unserved = need.needed - sum(share.units for share in shares)
    said = [_given(share, need.line.unit, fair_units) for share in shares]
    if unserved:
        said.append(f"{unserved} of {need.needed} {need.line.unit} stay unserved.")
        said.extend(_why_not(call, ranking, holders))
    return tuple(said)


def _given(share: Share, unit: str, fair_units: int) -> str:
    said = f"{share.name} gives {share.units} {unit}: {share.tier.words}"
    return (
        f"{said}; more than its share of {fair_units}, since others cannot." if share.units > fair_units else f"{said}."
    )


def _why_not(call: str, ranking: Ranking, holders: Holders) -> list[str]:
    if not ranking.candidates:
        return ["Nobody in the register can serve it.", *_left_out(ranking)]
    able = [one.member for one in ranking.candidates]
    others = sorted({(-gravity, other) for one in able for other, gravity in holders.get(one, ()) if other != call})
    said = (
        f"Whoever can serve it ({len(able)}) gives all it has free.",
        f"They serve also {_listed(others)}." if others else "",
        f"Only the best {len(able)} of {ranking.eligible} were looked at." if ranking.eligible > len(able) else "",
    )
    return [sentence for sentence in said if sentence]


def _left_out(ranking: Ranking) -> list[str]:
    return [f"{count}: {Gate(gate).words}" for gate, count in ranking.excluded.items() if count]


def _listed(others: Sequence[tuple[int, str]]) -> str:
    named = ", ".join(f"{call} (class {-gravity})" for gravity, call in others[:_NAMED_CALLS])
    more = len(others) - _NAMED_CALLS
    return f"{named} and {more} more" if more > 0 else named
