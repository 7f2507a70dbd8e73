"""A load: its limits, whose station it may be put on, and its figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.drill.load.plan import CALLS_MAX, Door, need_exercise_card, need_own_address, plan_load
from esos.drill.load.result import Answered, percentile, summed
from esos.errors import Forbidden, Malformed


def planned(**changed):
    return plan_load(**{"rate": 10.0, "seconds": 2.0, "doors": "udp,http", "callers": 3, **changed})


def test_calls_go_by_the_doors_in_turn_and_from_every_caller():
    load = planned()
    made = [(load.door(number), load.caller(number)) for number in range(load.calls)]
    assert load.calls == 20
    assert {door for door, _ in made} == {Door.UDP, Door.HTTP}
    assert {(door, caller) for door, caller in made} == {(door, caller) for door in load.doors for caller in range(3)}


@pytest.mark.parametrize("changed", [
    {"rate": 0.0}, {"rate": 2_001.0}, {"seconds": 0.0}, {"seconds": 601.0}, {"callers": 0}, {"callers": 1_001},
    {"rate": 2_000.0, "seconds": 600.0},
])  # fmt: skip
def test_a_load_without_bounds_is_refused(changed):
    with pytest.raises(Malformed) as refused:
        planned(**changed)
    assert refused.value.code == "load.size"
    assert str(CALLS_MAX) in refused.value.detail


@pytest.mark.parametrize("doors", ["", "udp,window", ","])
def test_doors_that_there_are_not_are_refused(doors):
    with pytest.raises(Malformed) as refused:
        planned(doors=doors)
    assert refused.value.code == "load.doors"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8765", "http://127.9.9.9:1", "http://[::1]:8765", "http://localhost:8765/"]
)
def test_ones_own_machine_is_ones_own(url):
    assert need_own_address(url) == url.rstrip("/")


@pytest.mark.parametrize("url", [
    "http://192.0.2.1:8765", "https://station.example", "http://127.0.0.1.station.example", "http://0.0.0.0:80", "", "file:///etc",
    "http://localhost.station.example", "http://127.0.0.1@192.0.2.1/",
])  # fmt: skip
def test_anybody_elses_address_is_refused(url):
    with pytest.raises(Forbidden) as refused:
        need_own_address(url)
    assert refused.value.code == "load.not_own"


def test_the_address_of_ones_own_home_is_ones_own_and_no_other():
    assert need_own_address("http://192.0.2.1:8765", of_home="http://192.0.2.1:8765/") == "http://192.0.2.1:8765"
    with pytest.raises(Forbidden):
        need_own_address("http://192.0.2.2:8765", of_home="http://192.0.2.1:8765")


def test_a_station_for_real_calls_gets_no_load():
    need_exercise_card("exercise")
    with pytest.raises(Forbidden) as refused:
        need_exercise_card("real")
    assert refused.value.code == "load.realm"


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_so_many_in_a_hundred_are_at_or_below_a_percentile(values):
    ordered = sorted(values)
    for percent in (50, 95, 99):
        found = percentile(ordered, percent)
        assert sum(value <= found + 0.1 for value in values) * 100 >= percent * len(values)


def test_the_figures_add_up():
    answers = [
        Answered(door=Door.HTTP, took_ms=10, statement="aa"),
        Answered(door=Door.UDP, took_ms=30, statement="bb"),
        Answered(door=Door.PAGES, took_ms=20, token="secret"),
        Answered(door=Door.HTTP, took_ms=5, code="stranger.busy"),
        Answered(door=Door.UDP, took_ms=20_000),
    ]
    found = summed(answers, seconds=2.0, proved=2, verified=1)
    assert (found.sent, found.acknowledged, found.refused, found.unanswered) == (5, 3, {"stranger.busy": 1}, 1)
    assert (found.p50_ms, found.p99_ms, found.per_second) == (20.0, 30.0, 2.5)
    assert (found.proved, found.verified, found.lost) == (2, 1, 1)
    assert found.by_door == {"http": 1, "pages": 1, "udp": 1}
