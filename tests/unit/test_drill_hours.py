"""The loss model of a drill: history as it was, and never worse for help that came sooner or was more."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.drill.hse.facts import HSE_2021
from esos.drill.hse.hours import FROM_BACKUP_PERCENT, TRAVEL_MINUTES, compare, drill_back, restored
from esos.drill.incident import DAY_MINUTES
from esos.drill.loss import history_back
from esos.drill.report import span
from esos.web.console.drill_parts import after

commitments = st.lists(
    st.tuples(st.integers(HSE_2021.call_minutes, 400 * DAY_MINUTES), st.integers(0, HSE_2021.systems)), max_size=12
)


def lost(taken_on) -> int:
    return compare(HSE_2021, taken_on).drill.service_hours


def test_history_is_a_line_from_the_first_service_to_the_last():
    back = history_back(HSE_2021)
    assert (back[0], back[-1], len(back)) == (7 * DAY_MINUTES, 130 * DAY_MINUTES, 40)
    steps = {later - sooner for sooner, later in itertools.pairwise(back)}
    assert max(steps) - min(steps) <= 1
    assert compare(HSE_2021, ()).history.service_hours == 65_760  # 40 services, 68.5 days each


def test_where_nobody_commits_the_drill_is_history():
    compared = compare(HSE_2021, ())
    assert compared.drill == compared.history


@given(commitments)
def test_help_never_loses_more_than_history(taken_on):
    compared = compare(HSE_2021, taken_on)
    assert compared.drill.service_hours <= compared.history.service_hours
    assert compared.drill.first_back_minutes <= compared.history.first_back_minutes
    assert compared.drill.all_back_minutes <= compared.history.all_back_minutes


@given(commitments, st.data())
def test_help_that_comes_sooner_never_loses_more(taken_on, data):
    sooner = [(at - data.draw(st.integers(0, at)), systems) for at, systems in taken_on]
    assert lost(sooner) <= lost(taken_on)


@given(commitments, st.tuples(st.integers(0, 400 * DAY_MINUTES), st.integers(0, 40)))
def test_more_help_never_loses_more(taken_on, another):
    assert lost([*taken_on, another]) <= lost(taken_on)


@given(st.permutations([(120, 15), (125, 7), (130, 10), (190, 8)]))
def test_the_order_in_which_commitments_were_noted_does_not_matter(taken_on):
    assert lost(taken_on) == lost(sorted(taken_on))


def test_what_teams_took_on_is_back_when_the_drill_says_so_and_no_later_than_in_history():
    taken_on = [(120, 15), (125, 7)]
    worked = restored(HSE_2021, taken_on)
    assert len(worked) == 22
    assert drill_back(HSE_2021, taken_on)[:22] == worked
    assert restored(HSE_2021, ()) == []


@given(st.integers(0, 400 * DAY_MINUTES))
def test_spans_are_said_alike_in_the_report_and_on_the_page(minutes):
    assert span(minutes) == after(minutes)


def test_one_team_with_four_systems():
    back = drill_back(HSE_2021, [(120, 4)])
    assert back[:4] == [120 + TRAVEL_MINUTES + 24 * 60] * 4
    assert back[4:] == history_back(HSE_2021)[4:]


def test_a_team_works_on_four_at_a_time():
    assert drill_back(HSE_2021, [(120, 9)])[:9] == [1800] * 4 + [3240] * 4 + [4680]


def test_ten_teams_at_once_wait_for_the_tool_with_four_in_ten():
    """24 systems from backups after 4 h of travel and 24 h of work; 16 with the tool of day 7, a day later."""
    compared = compare(HSE_2021, [(180, 4)] * 10)
    from_backup, with_tool = 1860, 8 * DAY_MINUTES
    assert drill_back(HSE_2021, [(180, 4)] * 10) == [from_backup] * 24 + [with_tool] * 16
    assert msgspec.structs.astuple(compared.drill) == (
        (24 * from_backup + 16 * with_tool) // 60,
        from_backup,
        with_tool,
    )
    assert compared.drill.service_hours == 3_816


def test_the_drill_of_2021_as_it_is_usually_played():
    taken_on = [(118, 15), (121, 7), (123, 10), (139, 6), (141, 2)]
    compared = compare(HSE_2021, taken_on)
    assert compared.drill.service_hours == 3_938
    assert compared.history.service_hours // compared.drill.service_hours == 16


@pytest.mark.parametrize(
    "figure",
    ["40 services", "24 hours", "4 at the same time", "4 hours", f"{FROM_BACKUP_PERCENT} in 100", "day 7", "day 130"],
)
def test_every_figure_of_the_model_is_among_its_assumptions(figure):
    assert figure in " ".join(compare(HSE_2021, ()).assumptions)
