"""Practice with one's own people, at a station without sockets: plan, call, pieces of a scene, results, certificate."""

import asyncio
import html
import sys
from pathlib import Path

import msgspec
import pytest

from esos.errors import Conflict, Forbidden, Unknown
from esos.message import bodies as b
from esos.station import practice
from esos.station.practice_clock import MISSED_MS, PracticeClock
from esos.station.practice_plan import PracticePlan
from esos.station.practice_results import spoken_span, to_improve
from esos.words.need import NeedLine
from esos.words.practice import CALLER_NAME, SCENES
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
SCENE = "flooded-town"


@pytest.fixture
def live(tmp_path):
    return founded(tmp_path / "home", members=3)


@pytest.fixture
async def club(live):
    async with inside(live) as (client, station):
        yield client, station


class LaterClock:
    """The station's clock, set on."""

    def __init__(self, clock, by_ms: int) -> None:
        self._clock, self._by_ms = clock, by_ms

    def now_ms(self) -> int:
        return self._clock.now_ms() + self._by_ms


async def acted(client, live, case: str, kind: str, officer: int = 0, **body) -> None:
    path = f"/api/v1/cases/{case}/statements"
    answer = await client.post(path, headers=bearer(live.officers[officer].token), json={"kind": kind, "body": body})
    assert answer.status_code == 201, answer.text


async def test_a_practice_is_a_case_like_any_other_called_by_somebody_who_exists_only_there(club):
    _, station = club
    run = await practice.begin(station, SCENE)
    await station.fold_all()
    case = (await station.views.record(bytes.fromhex(run.case)))[1]
    assert (case.caller_name, case.realm, case.urgency) == (CALLER_NAME, Realm.EXERCISE, SCENES[SCENE].urgency)
    assert dict(SCENES[SCENE].needs).items() <= case.open_need().items()
    with pytest.raises(Conflict) as refused:
        await practice.begin(station)
    assert refused.value.code == "practice.open"


async def helped_by_one(client, live) -> str:
    """A practice in which an officer asks two teams, of which one commits itself; its case."""
    leader = bearer(live.officers[0].token)
    begun = await client.post("/api/v1/practice/runs", headers=leader, json={"scene": SCENE, "by_hand": True})
    case = begun.json()["case"]
    await acted(client, live, case, "acknowledged")
    lines = [{"line": "filtering", "quantity": 20}]
    for number, helper in enumerate(live.members[:2]):
        request = (bytes([number]) * 16).hex()
        await acted(client, live, case, "requested", request=request, responder=helper.id, lines=lines)
    body = b.Committed(request=bytes(16), lines=(b.NeedAsk(line=NeedLine.FILTERING, quantity=20),))
    said = live.members[0].say("committed", body, case=case)
    cose = {"Content-Type": "application/cose"}
    answer = await client.post("/api/v1/statements", content=said.raw, headers=cose)
    assert answer.status_code == 201, answer.text
    return case


@pytest.fixture
def real(tmp_path):
    return founded(tmp_path / "real", members=1, realm=Realm.REAL)


async def test_a_station_for_real_calls_practises_nothing(real):
    async with inside(real) as (client, station):
        for asked in (practice.begin, lambda one: practice.set_plan(one, PracticePlan(every="month"))):
            with pytest.raises(Forbidden) as refused:
                await asked(station)
            assert refused.value.code == "drill.realm"
        assert await PracticeClock(station).run_once() == 0
        assert await station.journal.cases() == []
        answer = await client.post("/api/v1/practice/runs", headers=bearer(real.officers[0].token), json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "drill.realm")


async def test_results_name_who_was_quick_who_was_silent_and_what_to_do_better(club, live):
    client, _ = club
    case = await helped_by_one(client, live)
    await client.post(f"/api/v1/practice/runs/{case}/next", headers=bearer(live.officers[0].token), json={})
    shown = (await client.get(f"/api/v1/practice/runs/{case}", headers=bearer(live.members[1].token))).json()
    came = shown["result"]
    assert (came["asked"], came["answered"], came["unmet"]["filtering"]) == (2, 1, 20)
    assert 0 <= came["person_ms"] <= came["first_ask_ms"] <= came["first_help_ms"]
    assert [(one["member"], one["answered_ms"] >= 0) for one in came["teams"]] == [
        (live.members[0].id, True),
        (live.members[1].id, False),
    ]
    assert [one["officer"] for one in came["officers"]] == [live.officers[0].id]
    assert any("1 of 2 teams answered" in sentence for sentence in shown["to_improve"])
    assert shown["run"]["told"] == 1


async def test_the_pieces_of_a_scene_are_the_callers_own_words_and_end_with_it(club):
    _, station = club
    run = await practice.begin(station, SCENE, by_hand=True)
    for _ in SCENES[SCENE].injects:
        run = await practice.tell_next(station, run.case)
    with pytest.raises(Conflict) as refused:
        await practice.tell_next(station, run.case)
    assert refused.value.code == "practice.all_told"
    await station.fold_all()
    _, case = await station.views.record(bytes.fromhex(run.case))
    assert case.urgency is SCENES[SCENE].injects[0].urgency
    history = [entry.kind for entry in await station.journal.read(case=case.id)]
    assert history.count("messaged") == len(SCENES[SCENE].injects)


async def test_two_facilitators_who_press_at_the_same_instant_tell_a_piece_once(club):
    _, station = club
    run = await practice.begin(station, SCENE, by_hand=True)
    said = await asyncio.gather(*(practice.tell_next(station, run.case, 0) for _ in range(4)), return_exceptions=True)
    refused = [one for one in said if isinstance(one, Conflict)]
    assert len(refused) == 3, said
    assert {one.code for one in refused} <= {"practice.telling", "practice.told"}
    with pytest.raises(Conflict) as late:
        await practice.tell_next(station, run.case, 0)
    assert late.value.code == "practice.told"
    await station.fold_all()
    history = [entry.kind for entry in await station.journal.read(case=bytes.fromhex(run.case))]
    assert history.count("messaged") == 1
    assert (await practice.run_of(station, run.case)).told == 1


@pytest.mark.parametrize("by_hand", [False, True])
async def test_what_is_still_to_come_is_read_by_a_facilitator_at_a_table_and_by_nobody_else(club, live, by_hand):
    client, station = club
    run = await practice.begin(station, SCENE, by_hand=by_hand)
    first, second = (one.says for one in SCENES[SCENE].injects)
    seen = {}
    for who in (live.officers[0], live.members[0]):
        client.cookies.clear()
        session = {"esos_session": await station.tokens.session(who.id)}
        page = (await client.get(f"/practice/{run.case}", cookies=session)).text
        shown = (await client.get(f"/api/v1/practice/runs/{run.case}", headers=bearer(who.token))).json()
        seen[who.id] = (html.unescape(page), [one["says"] for one in shown["coming"]])
    page, coming = seen[live.officers[0].id]
    assert (first in page, coming) == (by_hand, [first, second] if by_hand else [])
    page, coming = seen[live.members[0].id]
    assert (first in page, coming) == (False, [])
    client.cookies.clear()
    path = f"/api/v1/practice/runs/{run.case}/next"
    told = (await client.post(path, headers=bearer(live.officers[0].token), json={"piece": 0})).json()
    assert told["piece"]["says"] == first
    assert (told["coming"] or {}).get("says") == (second if by_hand else None)


async def test_what_was_planned_begins_at_its_moment_once_and_the_next_is_drawn(club, live):
    client, station = club
    planned = await practice.set_plan(station, PracticePlan(every="week", weekends=True, from_hour=0, to_hour=24))
    assert planned.next_ms > station.clock.now_ms()
    shown = await client.get("/api/v1/practice", headers=bearer(live.officers[0].token))
    assert "next_ms" not in shown.text
    station.clock = LaterClock(station.clock, planned.next_ms - station.clock.now_ms() + 1)
    clock = PracticeClock(station)
    assert await clock.run_once() == 1
    (run,) = await practice.runs_of(station)
    assert run.scene == next(iter(SCENES))
    assert (await practice.plan_of(station)).next_ms > station.clock.now_ms()
    assert await PracticeClock(station).run_once() == 0
    assert len(await practice.runs_of(station)) == 1


async def test_a_moment_that_passed_while_the_station_was_down_is_drawn_anew(club):
    _, station = club
    planned = await practice.set_plan(station, PracticePlan(every="month"))
    station.clock = LaterClock(station.clock, planned.next_ms - station.clock.now_ms() + MISSED_MS + 60_000)
    assert await PracticeClock(station).run_once() == 0
    assert await practice.runs_of(station) == ()
    assert (await practice.plan_of(station)).next_ms > station.clock.now_ms()


async def test_by_itself_the_clock_tells_the_pieces_of_a_scene_and_at_a_table_it_does_not(club):
    _, station = club
    run = await practice.begin(station, SCENE)
    minutes = SCENES[SCENE].injects[0].at_minutes
    early = PracticeClock(station)
    assert await early.run_once() == 0
    station.clock = LaterClock(station.clock, minutes * 60_000 + 1_000)
    assert await PracticeClock(station).run_once() == 1
    (told,) = await practice.runs_of(station)
    assert told.told == 1
    await practice._keep(station, msgspec.structs.replace(told, by_hand=True))
    station.clock = LaterClock(station.clock, 3_600_000)
    assert await PracticeClock(station).run_once() == 0
    assert run.case == told.case


async def test_pages_of_practice_are_for_leaders_and_a_certificate_only_for_whoever_took_part(club, live):
    client, station = club
    sessions = {one.id: await station.tokens.session(one.id) for one in (live.officers[0], live.members[0])}
    as_officer, as_member = ({"esos_session": sessions[one.id]} for one in (live.officers[0], live.members[0]))
    leader = await client.get("/practice", cookies=as_officer)
    assert "Begin the practice" in leader.text
    client.cookies.clear()
    member = await client.get("/practice", cookies=as_member)
    assert member.status_code == 200
    assert "Begin the practice" not in member.text
    client.cookies.clear()
    run = await practice.run_of(station, await helped_by_one(client, live))
    too_early = await client.get(f"/practice/{run.case}/certificate/club", cookies=as_officer)
    assert too_early.status_code == 404
    await acted(client, live, run.case, "called_back", result="in_distress", by="the number on the card")
    await acted(client, live, run.case, "stabilised")
    await acted(client, live, run.case, "stood_down", note="Practised.", caller_agrees=True)
    for party, status in (("club", 200), (live.officers[0].id, 200), (live.members[2].id, 404)):
        client.cookies.clear()
        shown = await client.get(f"/practice/{run.case}/certificate/{party}", cookies=as_officer)
        assert shown.status_code == status, party
    came = await practice.result(station, run.case)
    assert any("asked" in sentence or "aim" in sentence for sentence in to_improve(came))
    with pytest.raises(Unknown) as none:
        await practice.run_of(station, "00" * 16)
    assert none.value.code == "practice.none"


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (-1, "\N{EM DASH}"),
        (999, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (185_000, "3 min 5 s"),
        (7_440_000, "2 h 4 min"),
    ],
)
def test_a_span_is_spoken_in_the_two_largest_units(ms, words):
    assert spoken_span(ms) == words
