"""``/practice``: what an exercise station plans to practise, begins, tells in the course of it, and what came of it."""

from typing import Annotated

import msgspec
from litestar import get, post, put
from msgspec import Meta

from esos.keys.speaker import Role
from esos.station import practice
from esos.station.practice_plan import Every, PracticePlan
from esos.station.practice_results import PracticeResult, to_improve
from esos.station.station import Station
from esos.web.api.common import ACTING, READING, SIGNED_IN, CaseId
from esos.web.given import Me, TheStation
from esos.web.problems import problems
from esos.words.practice import SCENES

SceneName = Annotated[str, Meta(max_length=40)]


class PlanGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often to practise, and between which full hours of which zone; the minute is drawn and told to nobody."""

    every: Every = "month"
    from_hour: Annotated[int, Meta(ge=0, le=23)] = 9
    to_hour: Annotated[int, Meta(ge=1, le=24)] = 17
    weekends: bool = False
    timezone: Annotated[str, Meta(max_length=60)] = "UTC"


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A practice in a list: its case, scene, when it began, how much of it was told, and who was on watch by name."""

    case: str
    scene: str
    title: str
    began_ms: int
    told: int
    to_tell: int
    by_hand: bool
    watch: tuple[str, ...] = ()


class SceneView(msgspec.Struct, frozen=True, kw_only=True):
    """A scene that can be played."""

    scene: str
    title: str


class Practices(msgspec.Struct, frozen=True, kw_only=True):
    """The plan without its secret moment, the practices of this station with the newest first, and the scenes."""

    plan: PlanGiven
    runs: tuple[RunView, ...]
    scenes: tuple[SceneView, ...]


class RunGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which scene to begin, empty for the one not played for longest; ``by_hand`` for a table with a facilitator."""

    scene: SceneName = ""
    by_hand: bool = False


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """A practice with what came of it, and what to do better in whole sentences."""

    run: RunView
    result: PracticeResult
    to_improve: tuple[str, ...]


def plan_shown(plan: PracticePlan) -> PlanGiven:
    """A plan without the moment that was drawn."""
    fields = {name: getattr(plan, name) for name in PlanGiven.__struct_fields__}
    return PlanGiven(**fields)


def run_view(run: practice.PracticeRun) -> RunView:
    """A practice as lists show it; a scene that is no longer among ours keeps its name."""
    scene = SCENES.get(run.scene)
    return RunView(
        case=run.case,
        scene=run.scene,
        title=scene.title if scene else run.scene,
        began_ms=run.began_ms,
        told=run.told,
        to_tell=len(scene.injects) if scene else run.told,
        by_hand=run.by_hand,
        watch=run.watch,
    )


async def run_result(station: Station, case: str) -> RunResult:
    """One practice with its figures."""
    run = await practice.run_of(station, case)
    came = await practice.result(station, case)
    return RunResult(run=run_view(run), result=came, to_improve=to_improve(came, watched=bool(run.watch)))


@get("/practice", summary="Plan, runs and scenes", security=SIGNED_IN, responses=problems(401), tags=["practice"])
async def get_practice(me: Me, station: TheStation) -> Practices:
    """What is planned and what was practised; a station for real calls has neither."""
    me.need_voice()
    return Practices(
        plan=plan_shown(await practice.plan_of(station)),
        runs=tuple(run_view(run) for run in await practice.runs_shown(station)),
        scenes=tuple(SceneView(scene=one.name, title=one.title) for one in SCENES.values()),
    )


@put(
    "/practice/plan",
    summary="Plan practice",
    security=SIGNED_IN,
    responses=problems(401, 403, 413, 422),
    tags=["practice"],
)
async def put_plan(data: PlanGiven, me: Me, station: TheStation) -> PlanGiven:
    """Set how often this exercise station practises by itself."""
    me.need_voice()
    me.need(Role.REGISTRAR, Role.OFFICER)
    plan = PracticePlan(**msgspec.structs.asdict(data))
    return plan_shown(await practice.set_plan(station, plan))


@post("/practice/runs", summary="Begin a practice", security=SIGNED_IN, responses=ACTING, tags=["practice"])
async def post_run(data: RunGiven, me: Me, station: TheStation) -> RunView:
    """The fictitious practice caller calls now."""
    me.need_voice()
    me.need(Role.REGISTRAR, Role.OFFICER)
    return run_view(await practice.begin(station, data.scene, by_hand=data.by_hand))


@get(
    "/practice/runs/{case_id:str}",
    summary="What a practice came to",
    security=SIGNED_IN,
    responses=READING,
    tags=["practice"],
)
async def get_run(case_id: CaseId, me: Me, station: TheStation) -> RunResult:
    """Figures of the club, each team and each officer, so far or at the end."""
    me.need_voice()
    return await run_result(station, case_id)


@post(
    "/practice/runs/{case_id:str}/next",
    summary="Tell what comes next",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["practice"],
)
async def post_next(case_id: CaseId, me: Me, station: TheStation) -> RunView:
    """A facilitator has the caller tell the next piece of the scene."""
    me.need_voice()
    me.need(Role.REGISTRAR, Role.OFFICER)
    return run_view(await practice.tell_next(station, case_id))


HANDLERS = [get_practice, put_plan, post_run, get_run, post_next]
