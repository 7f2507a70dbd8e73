"""The loss model of the mass: everybody's own call, advice that came sooner, help for few; never worse than history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES
from esos.drill.wannacry.facts import ADVICE_MINUTES, WANNACRY_2017
from esos.drill.wannacry.hours import HELP_MINUTES, Fared, back_in_drill, back_in_history, compare

minutes = st.integers(0, DAY_MINUTES)
fared = st.lists(
    st.builds(Fared, called=minutes, advised=minutes, covered=st.none() | st.integers(0, 3 * DAY_MINUTES)),
    min_size=1, max_size=30,
)  # fmt: skip


def test_history_is_a_line_from_the_first_service_to_the_last():
    back = back_in_history(WANNACRY_2017, 2_000)
    assert (back[0], back[-1], len(back)) == (DAY_MINUTES, 7 * DAY_MINUTES, 2_000)
    assert back == sorted(back)


@given(fared)
def test_advice_and_help_never_lose_more_than_history(told):
    compared = compare(WANNACRY_2017, told)
    assert compared.drill.service_hours <= compared.history.service_hours
    assert compared.drill.all_back_minutes <= compared.history.all_back_minutes


@given(st.permutations([Fared(called=30, advised=60), Fared(called=45, advised=90, covered=100), Fared(called=50, advised=700)]))  # fmt: skip
def test_the_order_in_which_callers_were_noted_does_not_matter(told):
    assert compare(WANNACRY_2017, told) == compare(WANNACRY_2017, sorted(told, key=lambda one: one.called))


def test_advice_counts_by_as_much_as_it_came_sooner_and_late_advice_for_nothing():
    one = Fared(called=60, advised=120)
    assert back_in_drill(one, 3 * DAY_MINUTES) == 3 * DAY_MINUTES - (ADVICE_MINUTES - 120)
    assert back_in_drill(Fared(called=60, advised=ADVICE_MINUTES + 1), 3 * DAY_MINUTES) == 3 * DAY_MINUTES


def test_help_that_covers_the_need_brings_a_service_back_after_its_time():
    one = Fared(called=60, advised=ADVICE_MINUTES, covered=180)
    assert back_in_drill(one, 5 * DAY_MINUTES) == 180 + HELP_MINUTES


@pytest.mark.parametrize(
    "figure",
    ["3 callers", "day 1", "day 7", f"{ADVICE_MINUTES // HOUR_MINUTES} hours", f"{HELP_MINUTES // HOUR_MINUTES} hours"],
)
def test_every_figure_of_the_model_is_among_its_assumptions(figure):
    assert figure in " ".join(compare(WANNACRY_2017, [Fared(called=1, advised=2)] * 3).assumptions)
