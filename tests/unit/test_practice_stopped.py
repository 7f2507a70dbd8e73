"""Practice stopped between any two of its steps goes on as if it had not been; and it keeps clear of holidays and gaps."""

import asyncio
import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from esos.errors import Conflict
from esos.message.roster_bodies import Holiday, RosterSet, Rotation
from esos.roster.watch import DAY_MS
from esos.station import practice
from esos.station.practice_clock import PracticeClock
from esos.station.practice_plan import PracticePlan, drawn
from esos.station.practice_shut import is_shut, shut_of
from esos.words.practice import SCENES

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside
from test_practice_runs import LaterClock

pytestmark = pytest.mark.anyio
SCENE = "flooded-town"


class Stopped(BaseException):
    """The process is gone: nothing after this line happened."""


@pytest.fixture
def live(tmp_path):
    return founded(tmp_path / "home", members=1)


@pytest.fixture
async def station(live):
    async with inside(live) as (_, opened):
        yield opened


@contextlib.contextmanager
def stopping(monkeypatch, owner, name: str, *, at: int = 1):
    """The process stops where this is called for the ``at``-th time."""
    kept, calls = getattr(owner, name), iter(range(1, 100))

    async def stop(*args, **more):
        if next(calls) == at:
            raise Stopped
        return await kept(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, stop)
        with pytest.raises(Stopped):
            yield


def set_on(station, by_ms: int) -> None:
    station.clock = LaterClock(station.clock, by_ms)


async def told_in(station, case: str) -> list[str]:
    await station.fold_all()
    return [entry.kind for entry in await station.journal.read(case=bytes.fromhex(case))]


async def test_stopped_between_registering_the_caller_and_its_accession_the_caller_accedes_at_the_next_beginning(
    station, monkeypatch
):
    with stopping(monkeypatch, practice.PracticeCaller, "_say"):
        await practice.begin(station, SCENE)
    caller, pact = practice.PracticeCaller(station), station.directory.pact
    await station.directory.refresh(station.journal)
    assert caller.member in station.directory.members
    assert (caller.member, pact.digest) not in station.directory.accessions.held
    await practice.begin(station, SCENE)
    assert (caller.member, pact.digest) in station.directory.accessions.held


async def test_stopped_between_the_call_and_its_note_the_practice_is_known_at_the_next_look(station, monkeypatch):
    with stopping(monkeypatch, practice, "_keep"):
        await practice.begin(station, SCENE, by_hand=True)
    assert await practice.runs_of(station) == ()
    await PracticeClock(station).run_once()
    (run,) = await practice.runs_of(station)
    assert (run.scene, run.by_hand) == (SCENE, True)
    assert (await told_in(station, run.case)).count("called") == 1
    assert (await practice.tell_next(station, run.case)).told == 1


async def test_a_call_that_is_not_folded_in_time_stays_noted_and_is_a_practice_once_it_has_a_case(station, monkeypatch):
    submit = station.desk.submit

    async def slowly(raw):
        return msgspec.structs.replace(await submit(raw), case="")

    with monkeypatch.context() as slow:
        slow.setattr(station.desk, "submit", slowly)
        await practice.begin(station, SCENE)
        with pytest.raises(Conflict):
            await practice.begin(station, SCENE)
    assert await practice.runs_of(station) == ()
    await PracticeClock(station).run_once()
    (run,) = await practice.runs_of(station)
    assert run.case
    assert run.scene == SCENE


async def test_of_many_runs_that_are_noted_at_once_none_is_lost(station):
    runs = [practice.PracticeRun(case=f"{number:032x}", scene=SCENE, began_ms=number) for number in range(8)]
    await asyncio.gather(*(practice._keep(station, run) for run in runs))
    assert {one.case for one in await practice.runs_of(station)} == {one.case for one in runs}


async def test_stopped_before_the_call_left_nothing_calls_afterwards(station, monkeypatch):
    with stopping(monkeypatch, practice, "_call"):
        await practice.begin(station, SCENE)
    set_on(station, practice.BEGINNING_MS + 1_000)
    await PracticeClock(station).run_once()
    assert await practice.runs_of(station) == ()
    assert await practice._beginning(station) is None
    assert await station.journal.cases() == []


@pytest.mark.parametrize("at", [1, 2, 3], ids=["nothing was told", "half was told", "most was told"])
async def test_stopped_while_telling_a_piece_it_is_told_once_and_whole(station, monkeypatch, at):
    run = await practice.begin(station, SCENE, by_hand=True)
    with stopping(monkeypatch, practice.PracticeCaller, "_say", at=at):
        await practice.tell_next(station, run.case)
    set_on(station, practice.TELLING_MS + 1_000)
    await PracticeClock(station).run_once()
    (told,) = await practice.runs_of(station)
    assert (told.told, told.telling_ms) == (1, 0)
    kinds = await told_in(station, run.case)
    assert [kinds.count(kind) for kind in ("messaged", "updated", "urgency_changed")] == [1, 1, 1]


async def test_stopped_between_telling_a_piece_and_noting_it_the_piece_is_told_once(station, monkeypatch):
    run = await practice.begin(station, SCENE, by_hand=True)
    with stopping(monkeypatch, practice, "_keep", at=2):
        await practice.tell_next(station, run.case)
    assert (await practice.tell_next(station, run.case)).told == 1
    assert (await told_in(station, run.case)).count("messaged") == 1


async def test_stopped_between_drawing_the_next_moment_and_the_call_the_planned_practice_still_begins_once(
    station, monkeypatch
):
    planned = await practice.set_plan(station, PracticePlan(every="week", weekends=True, from_hour=0, to_hour=24))
    set_on(station, planned.next_ms - station.clock.now_ms() + 1)
    with stopping(monkeypatch, practice, "begin"):
        await PracticeClock(station).run_once()
    assert (await practice.plan_of(station)).owed_ms
    assert await PracticeClock(station).run_once() == 1
    await PracticeClock(station).run_once()
    assert len(await practice.runs_of(station)) == 1
    assert (await practice.plan_of(station)).owed_ms == 0


async def rostered(station, live, **rules) -> str:
    officer = live.officers[0]
    speaker = await station.desk.known(await station.tokens.holder(officer.token))
    await station.desk.say_body(speaker, "roster_set", RosterSet(**rules))
    await station.directory.refresh(station.journal)
    return officer.id


async def test_no_moment_is_drawn_on_a_holiday_or_where_the_roster_names_nobody(station, live):
    now_ms = station.clock.now_ms()
    today = datetime.fromtimestamp(now_ms / 1000, UTC)
    workdays = Rotation(
        name="days", officers=(live.officers[0].id,), from_day=f"{today.year - 1}-01-01", hours="Mo-Fr 08:00-12:00"
    )
    feast_ms = now_ms + 3 * DAY_MS
    feast = datetime.fromtimestamp(feast_ms / 1000, UTC).strftime("%Y-%m-%d")
    holiday = Holiday(name="Feast", day=feast, days=2, watch=(live.officers[1].id,))
    await rostered(station, live, rotations=(workdays,), holidays=(holiday,))
    shut = shut_of(station.directory, now_ms)
    assert is_shut(feast_ms, shut)
    plan = PracticePlan(every="month", weekends=True, from_hour=0, to_hour=24)
    for chance in range(0, 40_000, 4_001):
        at_ms = drawn(plan, now_ms, chance.to_bytes(8), shut=shut)
        assert not is_shut(at_ms, shut)
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        assert at.weekday() < 5
        assert 8 <= at.hour < 12


class Tenth:
    """A clock that stands on the tenth of a month, so that a month has a later moment."""

    def now_ms(self) -> int:
        """That instant."""
        return int(datetime(2026, 11, 10, 12, tzinfo=UTC).timestamp() * 1000)


async def test_a_moment_that_became_a_gap_is_put_off_and_a_roster_without_anybody_practises_and_says_so(
    station, live, monkeypatch
):
    monkeypatch.setattr(station, "clock", Tenth())
    plan = PracticePlan(every="month", weekends=True, from_hour=0, to_hour=24)
    planned = await practice.set_plan(station, plan)
    begins = datetime.fromtimestamp(station.clock.now_ms() / 1000 + 5 * 86_400, UTC)
    first = Rotation(
        name="later", officers=(live.officers[0].id,), from_day=begins.strftime("%Y-%m-%d"), handover="23:59"
    )
    await rostered(station, live, rotations=(first,))
    await practice.keep_plan(station, PracticePlan(**{**plan_fields(planned), "next_ms": station.clock.now_ms()}))
    assert await PracticeClock(station).run_once() == 0
    moved = await practice.plan_of(station)
    assert moved.next_ms > station.clock.now_ms()
    assert not is_shut(moved.next_ms, shut_of(station.directory, station.clock.now_ms()))
    await rostered(station, live)
    run = await practice.begin(station, SCENE)
    assert run.watch == ()


def plan_fields(plan: PracticePlan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in PracticePlan.__struct_fields__}


@pytest.fixture
async def club(live):
    async with inside(live) as both:
        yield both


async def test_the_result_names_who_was_on_watch_or_that_nobody_was(club, live):
    client, station = club
    me = bearer(live.officers[0].token)
    await rostered(station, live, watch=(live.officers[1].id,))
    run = await practice.begin(station, SCENE, by_hand=True)
    shown = (await client.get(f"/api/v1/practice/runs/{run.case}", headers=me)).json()
    assert shown["run"]["watch"] == [station.directory.name_of(live.officers[1].id)]
    assert not any("named nobody" in sentence for sentence in shown["to_improve"])
    assert len(SCENES[SCENE].injects) == shown["run"]["to_tell"]
