"""The loss model of the flood: history twice, and never worse in the drill, in neither of the two floods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.drill.estonia.facts import ESTONIA_2007, SECOND_FLOOD_MINUTES
from esos.drill.estonia.hours import ADAPT_MINUTES, FILTER_MINUTES, GROWTH, Filtered, back_again, compare
from esos.drill.incident import DAY_MINUTES

NEEDS = [(one.services, dict(one.needs)[ESTONIA_2007.counted]) for one in ESTONIA_2007.callers]
bound = st.lists(st.tuples(st.integers(0, 20 * DAY_MINUTES), st.integers(0, 20)), max_size=6).map(tuple)
floods = st.tuples(*(st.tuples(bound, bound) for _ in NEEDS))


def filtered(told) -> list[Filtered]:
    return [
        Filtered(services=services, needed=needed, first=first, second=second)
        for (services, needed), (first, second) in zip(NEEDS, told, strict=True)
    ]


def nothing() -> list[Filtered]:
    return filtered([((), ())] * len(NEEDS))


def test_where_nobody_filters_the_drill_is_history_and_history_was_flooded_twice():
    compared = compare(ESTONIA_2007, nothing())
    assert compared.drill == compared.history
    assert compared.history.service_hours == 12 * (6.5 * 24) + 12 * 24
    assert compared.history.all_back_minutes == SECOND_FLOOD_MINUTES + DAY_MINUTES


@given(floods)
def test_filters_never_lose_more_than_history(told):
    compared = compare(ESTONIA_2007, filtered(told))
    assert compared.drill.service_hours <= compared.history.service_hours
    assert compared.drill.all_back_minutes <= compared.history.all_back_minutes


@given(floods, st.integers(0, len(NEEDS) - 1), st.tuples(st.integers(0, 20 * DAY_MINUTES), st.integers(0, 20)))
def test_one_more_filter_never_loses_more(told, which, another):
    more = [list(one) for one in told]
    more[which][0] = (*more[which][0], another)
    more[which][1] = (*more[which][1], another)
    lost = [compare(ESTONIA_2007, filtered(one)).drill.service_hours for one in (more, told)]
    assert lost[0] <= lost[1]


def test_services_come_back_in_the_share_in_which_the_need_is_bound():
    assert back_again([(100, 2), (50, 1)], needed=4, services=4) == [50 + FILTER_MINUTES] + [100 + FILTER_MINUTES] * 2
    assert back_again([(100, 8)], needed=4, services=3) == [100 + FILTER_MINUTES] * 3
    assert back_again([], needed=4, services=3) == []


def test_filters_that_are_in_place_are_adapted_to_the_second_flood():
    kept = [
        Filtered(services=services, needed=needed, first=((840, needed),), second=((840, needed * GROWTH),))
        for services, needed in NEEDS
    ]
    compared = compare(ESTONIA_2007, kept)
    assert compared.drill.all_back_minutes == SECOND_FLOOD_MINUTES + ADAPT_MINUTES
    assert compared.drill.service_hours == 12 * (840 + FILTER_MINUTES) // 60 + 12 * ADAPT_MINUTES // 60


@pytest.mark.parametrize("figure", ["12 services", "day 6", "day 7", "day 11", "24 hours", "14 hours", "60 minutes", "2 times", "30 minutes"])  # fmt: skip
def test_every_figure_of_the_model_is_among_its_assumptions(figure):
    assert figure in " ".join(compare(ESTONIA_2007, nothing()).assumptions)
