"""Many calls, few helpers: who serves whom when there is not enough for all, exactly and with reasons.

Laws 1 and 12: a pure function of register, calls and instant. A unit that stays unserved costs by the gravity of its
call, more with each tenth of the need; a unit given costs the points its helper lacks, more with each tenth of what
that helper has free, and much more beyond its share of one need. The cheapest division is taken; among equals a hash of
call and helper decides, so that there is one answer whatever the order of the input and whichever engine finds it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from esos.duty.allocation import Allocation, Load, Served, Share
from esos.duty.flow import Arc, Engine, Network, cheapest_flow
from esos.duty.picture import CallPicture, Need
from esos.duty.rank import rank
from esos.duty.ranking import Ranking
from esos.duty.record import units_free
from esos.duty.register import Register
from esos.duty.scarcity import why_served
from esos.duty.value import Value
from esos.duty.weights import TIER_POINTS, WEIGHTS_VERSION
from esos.errors import Malformed, TooLarge
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

CLASS_WEIGHTS = {1: 1, 2: 4, 3: 16, 4: 64, 5: 256}
"""What one unserved unit weighs by severity class."""
GRAVE_PAN_PAN_SCORE = 55
UNSERVED_POINTS, UNSERVED_STEP_POINTS = 20_000, 2_000
"""Dearer than the least of helpers beyond its share and at the end of its capacity, so that nobody is left without for
comfort's sake; and with all steps less than the next class begins with."""
CAPACITY_STEP_POINTS = 50
"""All steps together stay below one duty tier."""
STEPS = 10
BEST_TOTAL = (len(DutyTier) * TIER_POINTS) - 1
"""No ranking total is higher."""
OVER_SHARE_POINTS = BEST_TOTAL + 1
"""Beyond its share a helper gives only what no other can."""
SHARE_PERCENT = 50
"""How much of one need one helper carries while others can, where nothing else is said."""
CANDIDATES_MAX = 100
"""How many of the best are looked at for one need."""
ALLOCATE_NEEDS_MAX = 200
"""How many needs one division holds; a quicker engine may hold more."""
_TIE_BITS = 20


class DividedCall(Value, frozen=True, kw_only=True):
    """One call of many: its id, what ranking reads of it, how grave it is (1 to 5), and what it needs."""

    id: str
    picture: CallPicture
    severity_class: Annotated[int, Meta(ge=1, le=5)]
    needs: dict[NeedLine, Annotated[int, Meta(ge=1, le=NEED_QUANTITY_MAX_UNITS)]]


class Wanted(Value, frozen=True, kw_only=True):
    """One need of one call, with those who could serve it, best first."""

    call: str
    severity_class: int
    ranking: Ranking

    @property
    def line(self) -> NeedLine:
        """The kind of help."""
        return self.ranking.need.line

    @property
    def units(self) -> int:
        """How much of it is needed."""
        return self.ranking.need.needed


def severity_class(urgency: Urgency, *, score: int | None = None, threatens_life: bool = False) -> int:
    """1 to 5: threat to life or safety, other mayday, pan-pan scored 55 or more, other pan-pan, advisory.

    Without a score a pan-pan is of the lower class: only what is known makes a call graver than others.
    """
    if threatens_life:
        return 5
    if urgency is Urgency.PAN_PAN and score is not None and score >= GRAVE_PAN_PAN_SCORE:
        return 3
    return {Urgency.MAYDAY: 4, Urgency.PAN_PAN: 2}.get(urgency, 1)


def allocate(
    register: Register,
    calls: Sequence[DividedCall],
    now_ms: int,
    *,
    share_percent: int = SHARE_PERCENT,
    engine: Engine = cheapest_flow,
) -> Allocation:
    """Divide what the members have free among all needs of all calls, at the lowest cost there is.

    Raises ``TooLarge`` (``duty.allocate_size``) for more than ``ALLOCATE_NEEDS_MAX`` needs and ``Malformed``
    (``duty.share``) for a share that is not 1 to 100 percent.
    """
    if not 1 <= share_percent <= 100:  # noqa: PLR2004 - percent
        raise Malformed("duty.share", f"One helper's share is 1 to 100 percent, not {share_percent}.")
    wanted = _wanted(register, calls, now_ms)
    helpers = _helpers(register, wanted, now_ms)
    needs: list[Served] = []
    cost = 0
    for line in sorted({want.line for want in wanted}):
        # Members state what is free for each kind of help by itself, so the kinds do not compete.
        division = _Division([want for want in wanted if want.line is line], helpers, share_percent, engine)
        needs += division.served()
        cost += division.cost
    return Allocation(
        register_version=register.version,
        weights_version=WEIGHTS_VERSION,
        now_ms=now_ms,
        share_percent=share_percent,
        needs=tuple(sorted(needs, key=lambda need: (-need.severity_class, need.call, need.line))),
        helpers=tuple(_with_load(load, needs) for _, load in sorted(helpers.items())),
        cost=cost,
    )


def _wanted(register: Register, calls: Sequence[DividedCall], now_ms: int) -> list[Wanted]:
    """Every need with its candidates, the gravest first and by call, whatever the order they came in."""
    count = sum(len(call.needs) for call in calls)
    if count > ALLOCATE_NEEDS_MAX:
        raise TooLarge(
            "duty.allocate_size",
            f"{count} needs are more than the {ALLOCATE_NEEDS_MAX} that can be divided at once.",
            hint="Divide the gravest calls first, and what is left among the others.",
        )
    return [
        Wanted(
            call=call.id,
            severity_class=call.severity_class,
            ranking=rank(
                register, call.picture, Need(line=line, needed=units, open_units=units), now_ms, CANDIDATES_MAX
            ),
        )
        for call in sorted(calls, key=lambda call: (-call.severity_class, call.id))
        for line, units in sorted(call.needs.items())
    ]


def _helpers(register: Register, wanted: Sequence[Wanted], now_ms: int) -> dict[tuple[str, NeedLine], Load]:
    """Everybody who can serve anything, with what it has free."""
    helpers: dict[tuple[str, NeedLine], Load] = {}
    for want in wanted:
        for one in want.ranking.candidates:
            free = units_free(register.record(one.member), want.line, now_ms)
            helpers[one.member, want.line] = Load(
                member=one.member, name=one.name, line=want.line, unit=want.line.unit,
                free=free, given=0, calls=(),
            )  # fmt: skip
    return helpers


def _with_load(load: Load, needs: Sequence[Served]) -> Load:
    shares = [
        (need.call, share.units)
        for need in needs
        for share in need.shares
        if (share.member, need.line) == (load.member, load.line)
    ]
    return Load(
        member=load.member, name=load.name, line=load.line, unit=load.unit, free=load.free,
        given=sum(units for _, units in shares), calls=tuple(call for call, _ in shares),
    )  # fmt: skip


class _Division:
    """The needs of one kind of help as a network, and what its cheapest flow means."""

    def __init__(
        self,
        wanted: Sequence[Wanted],
        helpers: dict[tuple[str, NeedLine], Load],
        share_percent: int,
        engine: Engine,
    ) -> None:
        self._wanted = wanted
        self._percent = share_percent
        names = sorted({one.member for want in wanted for one in want.ranking.candidates})
        self._loads = {name: helpers[name, wanted[0].line] for name in names}
        self._node = {name: len(wanted) + at for at, name in enumerate(names)}
        self._sink = len(wanted) + len(names)
        # So much finer than one point that all ties of all units together stay below it.
        self._scale = 1 + (sum(want.units for want in wanted) << _TIE_BITS)
        arcs = [*self._giving(), *self._leaving(), *self._bearing()]
        supplies = [(at, want.units) for at, want in enumerate(wanted)]
        flows = engine(Network(nodes=self._sink + 1, arcs=arcs, supplies=supplies, sink=self._sink))
        self.cost = sum(arc.cost * units for arc, units in zip(arcs, flows, strict=True)) // self._scale
        self._given: Counter[tuple[int, int]] = Counter()
        for arc, units in zip(arcs, flows, strict=True):
            self._given[arc.tail, arc.head] += units

    def _giving(self) -> Iterator[Arc]:
        """From each need to everybody who can serve it: within its share, and beyond it."""
        for at, want in enumerate(self._wanted):
            share = share_of(want.units, self._percent)
            for one in want.ranking.candidates:
                cost = (BEST_TOTAL - one.total) * self._scale + _tie(want.call, one.member)
                yield Arc(at, self._node[one.member], min(one.units, share), cost)
                if one.units > share:
                    over = OVER_SHARE_POINTS * self._scale
                    yield Arc(at, self._node[one.member], one.units - share, cost + over)

    def _leaving(self) -> Iterator[Arc]:
        """From each need past everybody: what stays unserved."""
        for at, want in enumerate(self._wanted):
            weight = CLASS_WEIGHTS[want.severity_class] * self._scale
            for step, units in _steps(want.units):
                yield Arc(at, self._sink, units, weight * (UNSERVED_POINTS + step * UNSERVED_STEP_POINTS))

    def _bearing(self) -> Iterator[Arc]:
        """What each helper can bear."""
        for name, load in self._loads.items():
            for step, units in _steps(load.free):
                yield Arc(self._node[name], self._sink, units, step * CAPACITY_STEP_POINTS * self._scale)

    def served(self) -> Iterator[Served]:
        """How each need fares."""
        shares = {at: self._shares(at) for at in range(len(self._wanted))}
        holders: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for at, want in enumerate(self._wanted):
            for share in shares[at]:
                holders[share.member].append((want.call, want.severity_class))
        for at, want in enumerate(self._wanted):
            served = sum(share.units for share in shares[at])
            yield Served(
                call=want.call, severity_class=want.severity_class, line=want.line, unit=want.line.unit,
                needed=want.units, served=served, unserved=want.units - served, shares=shares[at],
                why=why_served(want.call, want.ranking, shares[at], share_of(want.units, self._percent), holders),
            )  # fmt: skip

    def _shares(self, at: int) -> tuple[Share, ...]:
        """What one need is given, in the order of its ranking."""
        return tuple(
            Share(member=one.member, name=one.name, units=units, tier=one.tier, total=one.total)
            for one in self._wanted[at].ranking.candidates
            if (units := self._given[at, self._node[one.member]])
        )


def share_of(needed: int, percent: int) -> int:
    """How much of a need one helper carries while others can: at least one unit."""
    return -(-needed * percent // 100)


def _steps(whole: int) -> Iterator[tuple[int, int]]:
    """The tenths of a whole with their units; the first tenth of one unit is that unit."""
    ends = [-(-whole * step // STEPS) for step in range(STEPS + 1)]
    for step, (begin, end) in enumerate(pairwise(ends)):
        if end > begin:
            yield step, end - begin


def _tie(call: str, member: str) -> int:
    """Decides between equals: the same for the same two everywhere, and no favourite over many calls."""
    raw = blake2b(f"{call}\0{member}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big") % (1 << _TIE_BITS)
