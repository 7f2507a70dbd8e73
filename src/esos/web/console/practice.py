"""Pages of practice: what is planned, begin one, tell what comes next, results, and certificates to print."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from esos.errors import EsosError, Malformed, Unknown
from esos.keys.speaker import Role
from esos.station import practice
from esos.station.desk import need_role
from esos.station.drills import need_exercise
from esos.station.practice_plan import PracticePlan
from esos.station.practice_results import (
    ANSWERS_GOAL_PERCENT,
    HELP_GOAL_MS,
    PERSON_GOAL_MS,
    PracticeResult,
    spoken_span,
    to_improve,
)
from esos.web.auth import AnyRequest
from esos.web.console.visit import TheVisit, Visit, form_of, go, page
from esos.web.given import TheCsrf
from esos.words.practice import SCENES
from esos.words.request_state import RequestState

CLUB = "club"
"""The certificate of everybody together."""
SHOWN_MAX_COUNT = 24
"""How many past practices the page shows with their figures."""
PIECE_MAX_DIGITS = 4
HOURS = tuple(range(25))


@get("/practice")
async def show_practice(visit: TheVisit) -> Response[str]:
    """The plan, the scenes to begin, and what earlier practices came to."""
    visit.need_anybody()
    return await _show(visit)


async def _show(visit: Visit, notice: EsosError | None = None) -> Response[str]:
    need_exercise(visit.station.identity)
    runs = (await practice.runs_shown(visit.station))[:SHOWN_MAX_COUNT]
    return page(
        visit,
        "practice.html",
        status=notice.status if notice else 200,
        plan=await practice.plan_of(visit.station),
        scenes=tuple(SCENES.values()),
        suggested=await practice.next_scene(visit.station),
        rows=[(run, SCENES.get(run.scene), await _result(visit, run.case)) for run in runs],
        may_lead=_may_lead(visit),
        hours=HOURS,
        notice=notice,
        goals=(PERSON_GOAL_MS, HELP_GOAL_MS, ANSWERS_GOAL_PERCENT),
        spoken=spoken_span,
    )


async def _result(visit: Visit, case: str) -> PracticeResult | None:
    """What it came to; None where its case was erased since."""
    try:
        return await practice.result(visit.station, case)
    except EsosError:
        return None


def _may_lead(visit: Visit) -> bool:
    return visit.speaker is not None and bool({Role.OFFICER, Role.REGISTRAR} & visit.speaker.roles)


def _need_lead(visit: Visit) -> None:
    need_role(visit.need_anybody(), Role.OFFICER, Role.REGISTRAR)


@post("/practice/plan", status_code=200)
async def plan_it(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Set how often the station practises by itself."""
    _need_lead(visit)
    form = await form_of(request, visit, csrf)
    try:
        given = PracticePlan(
            every=_every(form.get("every")),
            from_hour=_hour(form.get("from_hour")),
            to_hour=_hour(form.get("to_hour")),
            weekends=form.get("weekends") == "1",
            timezone=form.get("timezone").strip() or "UTC",
        )
        await practice.set_plan(visit.station, given)
    except EsosError as notice:
        return await _show(visit, notice)
    return go("/practice")


def _every(text: str) -> Any:
    if text not in {"never", "week", "month"}:
        raise Malformed("practice.every", "Choose never, every week or every month.")
    return text


def _hour(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) not in HOURS:
        raise Malformed("practice.hours", "An hour is a whole number from 0 to 24.")
    return int(text)


@post("/practice/begin", status_code=200)
async def begin(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """The practice caller calls now."""
    _need_lead(visit)
    form = await form_of(request, visit, csrf)
    try:
        run = await practice.begin(visit.station, form.get("scene"), by_hand=form.get("by_hand") == "1")
    except EsosError as notice:
        return await _show(visit, notice)
    return go(f"/practice/{run.case}")


@get("/practice/{case:str}")
async def show_run(case: FromPath[str], visit: TheVisit) -> Response[str]:
    """One practice: what was told, what comes next, and what it came to."""
    visit.need_anybody()
    return await _show_run(visit, case)


async def _show_run(visit: Visit, case: str, notice: EsosError | None = None) -> Response[str]:
    need_exercise(visit.station.identity)
    run = await practice.run_of(visit.station, case)
    came = await practice.result(visit.station, case)
    return page(
        visit,
        "practice_run.html",
        status=notice.status if notice else 200,
        run=run,
        scene=practice.scene_named(run.scene),
        told=practice.told_of(run),
        coming=practice.coming_of(run),
        came=came,
        better=to_improve(came, watched=bool(run.watch)),
        may_lead=_may_lead(visit),
        notice=notice,
        spoken=spoken_span,
        state_words={state.value: state.words for state in RequestState},
    )


@post("/practice/{case:str}/next", status_code=200)
async def tell(case: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """The caller tells the next piece of the scene."""
    _need_lead(visit)
    form = await form_of(request, visit, csrf)
    try:
        await practice.tell_next(visit.station, case, _piece(form.get("piece")))
    except EsosError as notice:
        return await _show_run(visit, case, notice)
    return go(f"/practice/{case}")


def _piece(text: str) -> int | None:
    """How many pieces were told when the button was shown."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= PIECE_MAX_DIGITS else None


@get("/practice/{case:str}/certificate/{party:str}")
async def certificate(case: FromPath[str], party: FromPath[str], visit: TheVisit) -> Response[str]:
    """A page to print for the club, a team that answered, or an officer who acted; raises ``practice.took_no_part``."""
    visit.need_anybody()
    need_exercise(visit.station.identity)
    run = await practice.run_of(visit.station, case)
    came = await practice.result(visit.station, case)
    if not came.ended:
        raise Unknown("practice.not_over", "A certificate is there when the practice is over.")
    return page(
        visit,
        "practice_certificate.html",
        run=run,
        scene=practice.scene_named(run.scene),
        came=came,
        spoken=spoken_span,
        **_part(came, party),
    )


def _part(came: PracticeResult, party: str) -> dict[str, Any]:
    """What is certified: of everybody, a team, or an officer."""
    if party == CLUB:
        return {"of": "club", "one": None}
    team = next((one for one in came.teams if one.member == party and one.answered_ms >= 0), None)
    officer = next((one for one in came.officers if one.officer == party and one.acts), None)
    if team is None and officer is None:
        raise Unknown("practice.took_no_part", "Nobody of this name took part in this practice.")
    return {"of": "team", "one": team} if team else {"of": "officer", "one": officer}


HANDLERS = [show_practice, plan_it, begin, show_run, tell, certificate]
