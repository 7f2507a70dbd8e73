"""What a load came to: sent, acknowledged, refused by code, how long until a receipt, and whether all can be proved."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from esos.drill.load.plan import Door


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one call: acknowledged with the statement's id after so many ms, or the code of the refusal.

    ``token`` opens the page of a call made at a page. Neither id nor token nor code: nothing was answered.
    """

    door: Door
    took_ms: float
    statement: str = ""
    token: str = ""
    code: str = ""

    @property
    def is_acknowledged(self) -> bool:
        """Whether the station said that it has it."""
        return bool(self.statement or self.token)


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a load.

    ``unanswered`` calls got neither receipt nor refusal. ``proved`` acknowledged calls have a receipt;
    ``verified`` of these were checked offline, step by step; ``lost`` could not be proved.
    """

    sent: int
    seconds: float
    per_second: float
    acknowledged: int
    by_door: dict[str, int]
    refused: dict[str, int]
    unanswered: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    proved: int
    verified: int
    lost: int


def summed(answers: Sequence[Answered], *, seconds: float, proved: int, verified: int) -> LoadResult:
    """The figures of these answers."""
    kept = [one for one in answers if one.is_acknowledged]
    times = sorted(one.took_ms for one in kept)
    return LoadResult(
        sent=len(answers),
        seconds=round(seconds, 2),
        per_second=round(len(answers) / seconds, 1) if seconds else 0.0,
        acknowledged=len(kept),
        by_door=dict(sorted(Counter(one.door.value for one in kept).items())),
        refused=dict(sorted(Counter(one.code for one in answers if one.code).items())),
        unanswered=sum(not one.is_acknowledged and not one.code for one in answers),
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
        p99_ms=percentile(times, 99),
        proved=proved,
        verified=verified,
        lost=len(kept) - proved,
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value below or at which so many in a hundred are; 0 of nothing. The values are in order."""
    if not ordered:
        return 0.0
    place = -(-len(ordered) * percent // 100)
    return round(ordered[max(0, place - 1)], 1)
