"""The division of scarce help against every division there is, tried one after another on small cases."""

import itertools
import json
import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from esos.duty.allocate import (
    BEST_TOTAL,
    CAPACITY_STEP_POINTS,
    CLASS_WEIGHTS,
    OVER_SHARE_POINTS,
    STEPS,
    UNSERVED_POINTS,
    UNSERVED_STEP_POINTS,
    DividedCall,
    allocate,
    share_of,
)
from esos.duty.flow import Arc, Network, cheapest_flow
from esos.duty.offline import register_members
from esos.duty.offline_member import OfflineMember
from esos.duty.picture import CallPicture, Need
from esos.duty.rank import rank
from esos.words.need import NeedLine

NOW_MS = 1_780_000_000_000
LINE = NeedLine.FILTERING


def a_register(members):
    return register_members(members, [member.id for member in members], NOW_MS)


@st.composite
def small_clubs(draw):
    members = [
        OfflineMember(
            id=f"m{at}",
            country=draw(st.sampled_from(("EE", "LV"))),
            capabilities={LINE: draw(st.integers(1, 4))},
            conflicts=draw(st.sampled_from(((), ("c0",)))),
        )
        for at in range(draw(st.integers(0, 3)))
    ]
    calls = [
        DividedCall(
            id=f"c{at}",
            picture=CallPicture(caller=f"c{at}", country="EE"),
            severity_class=draw(st.integers(1, 5)),
            needs={LINE: draw(st.integers(1, 4))},
        )
        for at in range(draw(st.integers(1, 3)))
    ]
    return members, calls, draw(st.sampled_from((50, 80, 100)))


def step_of(unit, whole):
    """Which tenth of a whole its n-th unit begins in."""
    return next(step for step in range(STEPS) if unit < -(-whole * (step + 1) // STEPS))


def cost_of(division, calls, frees, totals, share):
    """The cost of one division, from the text of the decision alone; ``division[call][member]`` are units."""
    cost = 0
    for call in calls:
        needed, given_units = call.needs[LINE], division[call.id]
        cost += sum((BEST_TOTAL - totals[call.id, member]) * units for member, units in given_units.items())
        fair = share_of(needed, share)
        cost += sum(OVER_SHARE_POINTS * max(0, units - fair) for units in given_units.values())
        for unit in range(needed - sum(given_units.values())):
            step = step_of(unit, needed)
            cost += CLASS_WEIGHTS[call.severity_class] * (UNSERVED_POINTS + step * UNSERVED_STEP_POINTS)
    for member, free in frees.items():
        for unit in range(sum(given_units.get(member, 0) for given_units in division.values())):
            cost += step_of(unit, free) * CAPACITY_STEP_POINTS
    return cost


def every_division(calls, frees, totals):
    ways = []
    for call in calls:
        able = [member for member in frees if (call.id, member) in totals]
        ranges = [range(min(frees[member], call.needs[LINE]) + 1) for member in able]
        fits = [way for way in itertools.product(*ranges) if sum(way) <= call.needs[LINE]]
        ways.append([dict(zip(able, way, strict=True)) for way in fits])
    for chosen in itertools.product(*ways):
        loads = {member: sum(way.get(member, 0) for way in chosen) for member in frees}
        if all(load <= frees[member] for member, load in loads.items()):
            yield dict(zip([call.id for call in calls], chosen, strict=True))


@settings(max_examples=60)
@given(small_clubs())
def test_no_other_division_of_a_small_club_costs_less(club):
    members, calls, share = club
    register = a_register(members)
    frees = {member.id: member.capabilities[LINE] for member in members}
    totals = {}
    for call in calls:
        need = Need(line=LINE, needed=call.needs[LINE], open_units=call.needs[LINE])
        for one in rank(register, call.picture, need, NOW_MS).candidates:
            totals[call.id, one.member] = one.total
    found = allocate(register, calls, NOW_MS, share_percent=share)
    taken = {need.call: {one.member: one.units for one in need.shares} for need in found.needs}
    assert found.cost == cost_of(taken, calls, frees, totals, share)
    assert found.cost == min(cost_of(one, calls, frees, totals, share) for one in every_division(calls, frees, totals))


@given(small_clubs(), st.randoms(use_true_random=False))
def test_the_order_of_calls_and_members_changes_no_byte_of_a_division(club, chance):
    members, calls, share = club
    shuffled, mixed = chance.sample(members, len(members)), chance.sample(calls, len(calls))
    first = allocate(a_register(members), calls, NOW_MS, share_percent=share)
    again = allocate(a_register(shuffled), mixed, NOW_MS, share_percent=share)
    assert msgspec.json.encode(first) == msgspec.json.encode(again)


@given(small_clubs())
def test_nobody_gives_more_than_it_has_and_nothing_stays_unserved_while_somebody_able_may_give(club):
    members, calls, share = club
    found = allocate(a_register(members), calls, NOW_MS, share_percent=share)
    loads = {one.member: one for one in found.helpers}
    assert all(one.given <= one.free for one in found.helpers)
    for need in found.needs:
        assert need.served + need.unserved == need.needed
        assert sum(one.units for one in need.shares) == need.served
        if need.unserved:
            able = [one for one in members if need.call not in one.conflicts and one.id != need.call]
            assert all(loads[one.id].given == loads[one.id].free for one in able)
            assert any("stay unserved" in sentence for sentence in need.why)


def test_where_half_is_missing_the_gravest_are_served_whole():
    members = [OfflineMember(id=f"m{at}", capabilities={LINE: 10}) for at in range(6)]
    calls = [
        DividedCall(id=f"c{at}", picture=CallPicture(), severity_class=1 + at % 5, needs={LINE: 10}) for at in range(10)
    ]
    found = allocate(a_register(members), calls, NOW_MS)
    by_class = {need.severity_class: need.served for need in found.needs}
    assert by_class[5] == by_class[4] == 10
    assert by_class[1] == 0
    assert json.loads(msgspec.json.encode(found))["needs"][0]["severity_class"] == 5


def test_nobody_carries_more_than_its_share_of_a_need_while_another_can():
    members = [
        OfflineMember(id=name, capabilities={LINE: 10}, lead_minutes=lead) for name, lead in (("a", 0), ("b", 600))
    ]
    calls = [DividedCall(id="c", picture=CallPicture(), severity_class=4, needs={LINE: 10})]
    both, alone = (allocate(a_register(some), calls, NOW_MS).needs[0] for some in (members, members[:1]))
    assert {one.member: one.units for one in both.shares} == {"a": 5, "b": 5}
    assert {one.member: one.units for one in alone.shares} == {"a": 10}
    assert alone.why == ("a gives 10 Gbit/s: volunteer; more than its share of 5, since others cannot.",)


def test_the_flow_is_exact_where_a_later_supply_must_push_an_earlier_one_aside():
    arcs = [Arc(0, 2, 1, 1), Arc(0, 3, 1, 5), Arc(1, 2, 1, 1), Arc(1, 3, 1, 100), Arc(2, 4, 1, 0), Arc(3, 4, 1, 0)]
    assert cheapest_flow(Network(nodes=5, arcs=arcs, supplies=[(0, 1), (1, 1)], sink=4)) == [0, 1, 1, 0, 1, 1]


def test_a_division_of_the_largest_size_is_found():
    chance = random.Random(7)
    members = [OfflineMember(id=f"m{at:03}", capabilities={LINE: chance.randint(1, 30)}) for at in range(60)]
    calls = [
        DividedCall(
            id=f"c{at:03}",
            picture=CallPicture(),
            severity_class=chance.randint(1, 5),
            needs={LINE: chance.randint(1, 20)},
        )
        for at in range(200)
    ]
    found = allocate(a_register(members), calls, NOW_MS)
    assert sum(need.served for need in found.needs) == sum(one.free for one in found.helpers)
