"""Who is on watch, against a slow reckoning of its own: at every instant exactly the people whom the rules say."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from esos.message.roster_bodies import Holiday, RosterSet, Rotation, Shift
from esos.roster.wall import instant_of, reading_at, zone_named
from esos.roster.watch import Able, Act, Plan

HOUR_MS, MINUTE_MS, DAY_MS = 3_600_000, 60_000, 86_400_000
ZONES = ("UTC", "Europe/Tallinn", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo")
PEOPLE = ("a", "b", "c", "d")
ALL = Able(by_duty=dict.fromkeys(("watch", "backup", "second"), frozenset(PEOPLE)))
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5))
"""Days on which clocks of some of these zones change."""

zones = st.sampled_from(ZONES)
people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=True).map(tuple)
near_changes = st.builds(lambda day, shift: day + timedelta(days=shift), st.sampled_from(CHANGES), st.integers(-3, 3))
minutes = st.integers(0, 1439)
clocks = minutes.map(lambda one: f"{one // 60:02}:{one % 60:02}")


@st.composite
def hours(draw) -> str:
    if draw(st.booleans()):
        return "24/7"
    first, last = sorted((draw(st.integers(0, 6)), draw(st.integers(0, 6))))
    return f"{DAYS[first]}-{DAYS[last]} {draw(clocks)}-{draw(clocks)}"


rotations = st.builds(
    Rotation,
    name=st.uuids().map(str),
    officers=people,
    from_day=near_changes.map(date.isoformat),
    days=st.integers(1, 9),
    handover=clocks,
    at_once=st.integers(1, 2),
    hours=hours(),
    timezone=zones,
)
instants = st.builds(
    lambda day, at: int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) + at * MINUTE_MS,
    near_changes,
    st.integers(0, 3 * 1440),
)


@st.composite
def spans(draw) -> tuple[int, int]:
    begins = draw(instants)
    return begins, begins + draw(st.integers(1, 4000)) * MINUTE_MS


@st.composite
def acts(draw) -> Act:
    begins, ends = draw(spans())
    kind = draw(st.sampled_from(("overridden", "swapped", "absent")))
    one = draw(st.sampled_from(PEOPLE))
    return Act(
        id=b"",
        kind=kind,
        duty="" if kind == "absent" else "watch",
        officers=() if kind == "absent" else draw(people),
        instead_of="" if kind == "overridden" else one,
        from_ms=begins,
        until_ms=ends,
    )


@st.composite
def shifts(draw) -> Shift:
    begins, ends = draw(spans())
    return Shift(officer=draw(st.sampled_from(PEOPLE)), from_ms=begins, until_ms=ends)


holidays = st.builds(
    Holiday, name=st.just("h"), day=near_changes.map(date.isoformat), days=st.integers(1, 3), watch=people
)
plans = st.builds(
    lambda turns, free, single, changed, standing, zone, able: Plan(
        rules=RosterSet(rotations=tuple(turns), holidays=tuple(free), watch=standing, timezone=zone),
        shifts=tuple(single),
        acts=tuple(changed),
        able=Able(by_duty={"watch": frozenset(able)}),
    ),
    st.lists(rotations, max_size=3),
    st.lists(holidays, max_size=2),
    st.lists(shifts(), max_size=2),
    st.lists(acts(), max_size=4),
    st.one_of(st.just(()), people),
    zones,
    st.sets(st.sampled_from(PEOPLE), min_size=1),
)


# --- a reckoning of its own: the year as stretches with one offset each ---------------------------


@lru_cache
def stretches_of(zone: str) -> list[tuple[datetime, datetime, timedelta]]:
    """From when until when, in UTC, clocks of the zone are how far ahead; found by looking every half hour."""
    at, end, found = datetime(2025, 12, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC), []
    while at < end:
        ahead = at.astimezone(ZoneInfo(zone)).utcoffset()
        if not found or found[-1][2] != ahead:
            found.append((at, end, ahead))
            if len(found) > 1:
                found[-2] = (found[-2][0], at, found[-2][2])
        at += timedelta(minutes=30)
    return found


@lru_cache(maxsize=65_536)
def when(reading: datetime, zone: str) -> int:
    """The first instant at which a clock shows this reading, or one after it."""
    for begins, ends, ahead in stretches_of(zone):
        at = max(begins, reading.replace(tzinfo=UTC) - ahead)
        if at < ends:
            return int(at.timestamp()) * 1000
    raise AssertionError(reading)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def turn_of(one: Rotation, zone: str, at_ms: int) -> int | None:
    hour, minute = map(int, one.handover.split(":"))
    begins = midnight(date.fromisoformat(one.from_day)) + timedelta(hours=hour, minutes=minute)
    number = None
    while when(begins, zone) <= at_ms:
        number = 0 if number is None else number + 1
        begins += timedelta(days=one.days)
    return number


def is_hour(text: str, zone: str, at_ms: int) -> bool:
    if text == "24/7":
        return True
    span, _, times = text.partition(" ")
    first, last = (DAYS.index(one) for one in span.split("-"))
    start, end = (int(one[:2]) * 60 + int(one[3:]) for one in times.split("-"))
    end += 1440 if end <= start else 0
    today = midnight(datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).date())
    for back in range(4):
        day = today + timedelta(days=1 - back)
        if first <= day.weekday() <= last:
            begins, ends = (when(day + timedelta(minutes=one), zone) for one in (start, end))
            if begins <= at_ms < ends:
                return True
    return False


def reckoned(plan: Plan, at_ms: int) -> tuple[str, ...]:
    rules = plan.rules
    changed = [one for one in plan.acts if one.from_ms <= at_ms < one.until_ms]
    away = {one.instead_of for one in changed if one.kind == "absent"}
    able = plan.able.by_duty["watch"]

    def fit(names):
        return [one for one in names if one in able and one not in away]

    usual: list[str] = []
    for one in rules.rotations:
        zone = one.timezone or rules.timezone
        number = turn_of(one, zone, at_ms)
        if number is not None and is_hour(one.hours, zone, at_ms):
            order = [one.officers[(number + step) % len(one.officers)] for step in range(len(one.officers))]
            usual += fit(order)[: one.at_once]
    usual += fit(one.officer for one in plan.shifts if one.from_ms <= at_ms < one.until_ms)
    for one in rules.holidays:
        first = midnight(date.fromisoformat(one.day))
        begins, ends = when(first, rules.timezone), when(first + timedelta(days=one.days), rules.timezone)
        if begins <= at_ms < ends and fit(one.watch):
            usual = fit(one.watch)
    found = usual or fit(rules.watch)
    for one in changed:
        named = [each for each in one.officers if each in able]
        if one.kind == "absent":
            found = [each for each in found if each != one.instead_of]
        elif named and one.kind == "overridden":
            found = named
        elif named and one.instead_of in found:
            place = found.index(one.instead_of)
            found = found[:place] + named + found[place + 1 :]
    return tuple(dict.fromkeys(found))


# --- the laws -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(plan=plans, at_ms=instants)
def test_at_every_instant_exactly_the_people_the_rules_say_are_on_watch(plan, at_ms):
    assert plan.at(at_ms).watch == reckoned(plan, at_ms)


@settings(deadline=None)
@given(plan=plans, begins_ms=instants, minutes_long=st.integers(1, 10_000), where=st.floats(0, 1))
def test_a_week_laid_out_says_of_every_instant_what_the_instant_says(plan, begins_ms, minutes_long, where):
    ends_ms = begins_ms + minutes_long * MINUTE_MS
    laid = plan.stretches("watch", begins_ms, ends_ms)
    assert (laid[0].from_ms, laid[-1].until_ms) == (begins_ms, ends_ms)
    assert all(one.until_ms == after.from_ms for one, after in pairwise(laid))
    assert all(one.people != after.people for one, after in pairwise(laid))
    for at_ms in {begins_ms + int((ends_ms - 1 - begins_ms) * where), *(one.from_ms for one in laid)}:
        stretch = next(one for one in laid if one.from_ms <= at_ms < one.until_ms)
        assert stretch.people == plan.at(at_ms).watch


@settings(deadline=None)
@given(zone=zones, day=near_changes, first=minutes, later=st.integers(0, 4000))
def test_readings_of_a_clock_and_their_instants_have_the_same_order(zone, day, first, later):
    where, reading = zone_named(zone), midnight(day) + timedelta(minutes=first)
    assert instant_of(reading, where) <= instant_of(reading + timedelta(minutes=later), where)
    assert instant_of(reading, where) == when(reading, zone)


@settings(deadline=None)
@given(zone=zones, day=near_changes, cuts=st.lists(minutes, min_size=1, max_size=5, unique=True))
def test_shifts_that_share_a_day_cover_every_minute_of_it_once_also_when_clocks_change(zone, day, cuts):
    """However a day of 23, 24 or 25 hours is cut on the clock, somebody has each minute and nobody else has it."""
    edges = sorted({0, *cuts})
    ends = [*edges[1:], 0]
    turns = tuple(
        Rotation(
            name=f"{begin}",
            officers=(f"p{begin}",),
            from_day="2026-01-01",
            hours=f"Mo-Su {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}",
        )
        for begin, end in zip(edges, ends, strict=True)
    )
    able = Able(by_duty={"watch": frozenset(one.officers[0] for one in turns)})
    plan = Plan(rules=RosterSet(rotations=turns, timezone=zone), able=able)
    begins_ms = instant_of(midnight(day), zone_named(zone))
    ends_ms = instant_of(midnight(day + timedelta(days=1)), zone_named(zone))
    laid = plan.stretches("watch", begins_ms, ends_ms)
    assert all(len(one.people) == 1 for one in laid)
    assert sum(one.until_ms - one.from_ms for one in laid) == ends_ms - begins_ms


@settings(deadline=None)
@given(day=near_changes, zone=zones, handover=clocks)
def test_a_hand_over_happens_once_also_when_its_hour_comes_twice_or_never(day, zone, handover):
    one = Rotation(name="r", officers=("a", "b"), from_day="2026-01-01", days=1, handover=handover)
    plan = Plan(rules=RosterSet(rotations=(one,), timezone=zone), able=ALL)
    begins_ms = instant_of(midnight(day), zone_named(zone))
    laid = plan.stretches("watch", begins_ms, begins_ms + 10 * DAY_MS)
    assert all(one.people != after.people for one, after in pairwise(laid))
    assert all(22 * HOUR_MS < one.until_ms - one.from_ms < 26 * HOUR_MS for one in laid[1:-1])
    for one in laid[1:]:
        shown = reading_at(one.from_ms, zone_named(zone))
        assert f"{shown:%H:%M}" == handover or one.from_ms == instant_of(
            midnight(shown.date()) + timedelta(hours=int(handover[:2]), minutes=int(handover[3:])), zone_named(zone)
        )
