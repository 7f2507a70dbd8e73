"""When a station practises by itself: once a month or week, at an hour that nobody knows, within hours that suit.

Pure: the zone's rules, the time and the chance come from outside.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Meta

from esos.errors import Malformed
from esos.words.language import apart, say

Every = Literal["never", "week", "month"]
WEEK_DAYS, SATURDAY = 7, 5
CHANCE_BYTES = 8


class PracticePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was planned: how often, between which full hours of which zone, and whether on weekends and at night too.

    ``next_ms`` is the moment drawn, 0 while none is; it is shown to nobody before it has come. ``owed_ms`` is one that
    came and for which no practice has begun yet, 0 for none: a station stopped in between makes up for it.
    """

    every: Every = "never"
    from_hour: Annotated[int, Meta(ge=0, le=23)] = 9
    to_hour: Annotated[int, Meta(ge=1, le=24)] = 17
    weekends: bool = False
    timezone: Annotated[str, Meta(max_length=60)] = "UTC"
    next_ms: Annotated[int, Meta(ge=0)] = 0
    owed_ms: Annotated[int, Meta(ge=0)] = 0


def check_plan(plan: PracticePlan) -> PracticePlan:
    """The same plan; raises ``Malformed`` (``practice.hours``, ``practice.timezone``)."""
    if plan.from_hour >= plan.to_hour:
        raise Malformed("practice.hours", "Practice begins before it ends: give an earlier hour first, as 9-17.")
    if plan.timezone not in available_timezones():
        raise Malformed(
            "practice.timezone",
            say("{zone} is no time zone known here.", zone=apart(plan.timezone)),
            hint="Give one as Europe/Berlin.",
        )
    return plan


def period_of(plan: PracticePlan, at: datetime) -> tuple[datetime, datetime]:
    """The days of the week or month in which an instant lies, as midnights of the plan's zone."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if plan.every == "week":
        first = midnight - timedelta(days=midnight.weekday())
        return first, first + timedelta(days=WEEK_DAYS)
    first = midnight.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def drawn(
    plan: PracticePlan,
    now_ms: int,
    chance: bytes,
    *,
    this_period: bool = False,
    shut: Iterable[tuple[int, int]] = (),
) -> int:
    """The next moment to practise, in ms since 1970: somewhere in the next period's hours; 0 for never.

    With ``this_period`` what is left of the present one counts too, as when a plan is made. No minute in a span of
    ``shut`` is drawn, unless there is no other: where the roster never names anybody there is practice all the same.
    """
    if plan.every == "never":
        return 0
    zone = ZoneInfo(plan.timezone)
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    first, after = period_of(plan, now)
    if not this_period:
        first, after = after, period_of(plan, after)[1]
    days = [day for day in _days(first, after) if plan.weekends or day.weekday() < SATURDAY]
    minutes = [moment for day in days for moment in _minutes(plan, day) if moment > now]
    if not minutes:
        return drawn(plan, int(after.timestamp() * 1000), chance, this_period=True, shut=shut)
    moments = [int(one.astimezone(UTC).timestamp() * 1000) for one in minutes]
    spans = tuple(shut)
    suited = [one for one in moments if not any(from_ms <= one < until_ms for from_ms, until_ms in spans)] or moments
    return suited[int.from_bytes(chance) % len(suited)]


def _days(first: datetime, after: datetime) -> list[datetime]:
    count = (after.date() - first.date()).days
    return [first + timedelta(days=number) for number in range(count)]


def _minutes(plan: PracticePlan, day: datetime) -> list[datetime]:
    """Every minute of the plan's hours of a day."""
    hours = range(plan.from_hour, plan.to_hour)
    return [datetime.combine(day.date(), time(hour, minute), day.tzinfo) for hour in hours for minute in range(60)]
