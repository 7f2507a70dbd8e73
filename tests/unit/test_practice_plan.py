from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.errors import Malformed
from esos.station.practice_plan import CHANCE_BYTES, PracticePlan, check_plan, drawn

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu")
plans = st.builds(
    PracticePlan,
    every=st.sampled_from(["week", "month"]),
    from_hour=st.integers(0, 11),
    to_hour=st.integers(12, 24),
    weekends=st.booleans(),
    timezone=st.sampled_from(ZONES),
)
moments = st.integers(0, 4_000_000_000_000)
chances = st.binary(min_size=CHANCE_BYTES, max_size=CHANCE_BYTES)


@given(plans, moments, chances, st.booleans())
def test_the_moment_lies_ahead_within_the_hours_and_days_of_the_plan(plan, now_ms, chance, this_period):
    next_ms = drawn(plan, now_ms, chance, this_period=this_period)
    assert next_ms > now_ms
    local = datetime.fromtimestamp(next_ms / 1000, ZoneInfo(plan.timezone))
    assert plan.weekends or local.weekday() < 5
    days = (local - datetime.fromtimestamp(now_ms / 1000, UTC)).days
    assert days <= (14 if plan.every == "week" else 63)
    assert plan.from_hour <= local.hour <= plan.to_hour  # where clocks skip an hour, it may be the one after


@given(plans, moments, chances)
def test_after_a_moment_the_next_one_lies_in_the_next_period(plan, now_ms, chance):
    next_ms = drawn(plan, now_ms, chance)
    zone = ZoneInfo(plan.timezone)
    now, then = (datetime.fromtimestamp(ms / 1000, zone) for ms in (now_ms, next_ms))
    if plan.every == "month":
        assert (then.year * 12 + then.month) - (now.year * 12 + now.month) == 1
    else:
        assert then.isocalendar()[:2] != now.isocalendar()[:2]


def test_never_draws_no_moment():
    assert drawn(PracticePlan(), 1, bytes(CHANCE_BYTES)) == 0


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (PracticePlan(from_hour=17, to_hour=9), "practice.hours"),
        (PracticePlan(timezone="Atlantis/Nowhere"), "practice.timezone"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(plan, code):
    with pytest.raises(Malformed) as refused:
        check_plan(plan)
    assert refused.value.code == code
