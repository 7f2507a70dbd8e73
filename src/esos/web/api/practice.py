"""``/practice``: what an exercise station plans to practise, begins, tells in the course of it, and what came of it."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody
from msgspec import Meta

from esos.keys.speaker import Role
from esos.station import practice
from esos.station.practice_plan import Every, PracticePlan
from esos.station.practice_results import PracticeResult, to_improve
from esos.station.station import Station
from esos.web.api.common import ACTING, READING, SIGNED_IN, CaseId
from esos.web.given import Me, TheStation
from esos.web.problems import problems
from esos.words.practice import SCENES, Inject

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


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a scene: how many minutes after the call it is told by the clock, and the caller's words."""

    at_minutes: int
    says: str


class ToldView(RunView, frozen=True, kw_only=True):
    """A practice after a piece was told: that piece, and at a table the one that comes next (null: none, or hidden)."""

    piece: Piece | None
    coming: Piece | None


class NextGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many pieces were told before the one that is meant: told meanwhile, it is not told twice. -1: whichever."""

    piece: Annotated[int, Meta(ge=-1, le=1000)] = -1


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
    """A practice with what came of it, and what to do better in whole sentences.

    ``told`` is what the caller told, ``coming`` what it has still to tell: for officers and registrars, at a table.
    """

    run: RunView
    told: tuple[Piece, ...]
    coming: tuple[Piece, ...]
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


def told_view(run: practice.PracticeRun) -> ToldView:
    """A practice with the piece told last, and the next where the facilitator may read it."""
    told, coming = _pieces(practice.told_of(run)), _pieces(practice.coming_of(run))
    return ToldView(
        **msgspec.structs.asdict(run_view(run)),
        piece=told[-1] if told else None,
        coming=coming[0] if coming else None,
    )


def _pieces(injects: Iterable[Inject]) -> tuple[Piece, ...]:
    return tuple(Piece(at_minutes=one.at_minutes, says=one.says) for one in injects)


async def run_result(station: Station, case: str, *, may_lead: bool) -> RunResult:
    """One practice with its figures; what is still to come for whoever may lead it."""
    run = await practice.run_of(station, case)
    came = await practice.result(station, case)
    return RunResult(
        run=run_view(run),
        told=_pieces(practice.told_of(run)),
        coming=_pieces(practice.coming_of(run)) if may_lead else (),
        result=came,
        to_improve=to_improve(came, watched=bool(run.watch)),
    )


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
async def put_plan(data: JSONBody[PlanGiven], me: Me, station: TheStation) -> PlanGiven:
    """Set how often this exercise station practises by itself."""
    me.need_voice()
    me.need(Role.REGISTRAR, Role.OFFICER)
    plan = PracticePlan(**msgspec.structs.asdict(data))
    return plan_shown(await practice.set_plan(station, plan))


@post("/practice/runs", summary="Begin a practice", security=SIGNED_IN, responses=ACTING, tags=["practice"])
async def post_run(data: JSONBody[RunGiven], me: Me, station: TheStation) -> RunView:
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
    return await run_result(station, case_id, may_lead=me.has(Role.REGISTRAR, Role.OFFICER))


@post(
    "/practice/runs/{case_id:str}/next",
    summary="Tell what comes next",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["practice"],
)
async def post_next(case_id: CaseId, me: Me, station: TheStation, data: JSONBody[NextGiven]) -> ToldView:
    """A facilitator has the caller tell the next piece of the scene, once however many ask for the same."""
    me.need_voice()
    me.need(Role.REGISTRAR, Role.OFFICER)
    piece = data.piece if data.piece >= 0 else None
    return told_view(await practice.tell_next(station, case_id, piece))


HANDLERS = [get_practice, put_plan, post_run, get_run, post_next]
