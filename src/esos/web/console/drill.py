"""The page of a drill: choose a part, see it happen from both sides, and afterwards history and drill side by side.

Law 7: only an exercise station has it. Everything on it is practice, so whoever looks on may see it all.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from esos.errors import Conflict, EsosError, Unauthenticated, Unknown
from esos.station import drills
from esos.station.drills import Act, BeatKind, DrillState, Seat, Standing, need_exercise
from esos.station.export import export_case
from esos.station.station import Station
from esos.station.views import CaseView, RequestView, TimerView
from esos.web.auth import AnyRequest, session_cookie
from esos.web.console import drill_parts, parts
from esos.web.console.visit import HEADERS, TheVisit, Visit, form_of, go, page
from esos.web.given import CardOf, TheCsrf
from esos.words.language import say

CALLER_PAGE_WAIT_SECONDS = 5.0
"""How long the button waits for the call it set off, to go straight to the caller's page."""
POLL_SECONDS = 0.1
TIMERS_SHOWN = 4
NEWEST_SHOWN = 4
CASE_FILE = "drill-case.esos"
CHANGED_FILE = "drill-case-changed.esos"
CARD_FILE = "drill-station-card.json"
SEATS_OPEN = frozenset({Act.SETTING, Act.OPENING})
"""Acts in which the caller's button has not been pressed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What caller and watch see just now, side by side; ``timers`` are those that run out first, each kind once."""

    view: CaseView
    steps: tuple[parts.Step, ...]
    bars: tuple[parts.Bar, ...]
    coming: tuple[RequestView, ...]
    asked: tuple[RequestView, ...]
    timers: tuple[TimerView, ...]


@get("/drill")
async def show(visit: TheVisit) -> Response[str]:
    """The newest drill of this station."""
    need_exercise(visit.station.identity)
    found = await drills.drills(visit.station.journal)
    return await _show(visit, found[0] if found else None)


async def _show(visit: Visit, standing: Standing | None, *, notice: EsosError | None = None) -> Response[str]:
    state = standing.state if standing else None
    return page(
        visit,
        "drill.html",
        status=notice.status if notice else 200,
        state=state,
        seats=standing.seats if standing else (),
        stage=await _stage(visit, state) if state and state.case else None,
        steps=drill_parts.steps_of(state) if state else (),
        beats=tuple(reversed(state.beats)) if state else (),
        newest_shown=NEWEST_SHOWN,
        words=drill_parts.BEAT_WORDS,
        answers=drill_parts.ANSWER_WORDS,
        can_call=state is not None and state.act in SEATS_OPEN,
        compared=_compared(state) if state and state.ending else None,
        refresh_seconds=_refresh_seconds(state),
        notice=notice,
        own_club=drills.OWN_CLUB,
    )


def _refresh_seconds(state: DrillState | None) -> int:
    """How often the page loads itself again without a script; slowly while the station is about to be gone."""
    if state is None:
        return 5
    if state.act.is_end:
        return 0
    return 12 if state.act is Act.KILLING else 3


async def _stage(visit: Visit, state: DrillState) -> Stage | None:
    views = visit.station.views
    try:
        view = await views.case(bytes.fromhex(state.case), now_ms=visit.now_ms, zone=visit.zone)
    except Unknown:
        return None
    return Stage(
        view=view,
        steps=parts.steps_of(view),
        bars=parts.bars_of(view),
        coming=parts.coming_of(view),
        asked=tuple(sorted(view.requests, key=lambda one: (one.asked_ms, one.total), reverse=True)),
        timers=_first_of_each(view.timers),
    )


def _first_of_each(timers: tuple[TimerView, ...]) -> tuple[TimerView, ...]:
    """The timers that run out first, one of each kind."""
    first: dict[str, TimerView] = {}
    for timer in sorted(timers, key=lambda one: one.due_ms):
        first.setdefault(timer.timer.partition(":")[0].rstrip("0123456789"), timer)
    return tuple(first.values())[:TIMERS_SHOWN]


def _compared(state: DrillState) -> dict[str, Any]:
    """Everything the end of the page shows."""
    ending = state.ending
    if ending is None:
        return {}
    loss = ending.comparison
    most = max(loss.history.service_hours, loss.drill.service_hours)
    return {
        "ending": ending,
        "bars": [
            (words, side, drill_parts.bar_width(side.service_hours, most))
            for words, side in ((say("What really happened"), loss.history), (say("In the drill"), loss.drill))
        ],
        "lanes": drill_parts.lanes_of(state, ending),
        "marks": drill_parts.marks(),
        "bands": drill_parts.bands_of(state),
        "figures": drill_parts.figures_of(state),
        "outcomes": drill_parts.outcomes_of(ending),
        "unmet": drill_parts.unmet_of(ending),
        "killed": next((beat for beat in state.beats if beat.kind is BeatKind.KILLED), None),
        "after": drill_parts.after,
        "files": (CASE_FILE, CHANGED_FILE, CARD_FILE),
    }


@post("/drill/{name:str}/{seat:str}", status_code=200)
async def sit_down(
    name: FromPath[str], seat: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf
) -> Response[Any]:
    """A visitor takes a part, and is led to its page."""
    need_exercise(visit.station.identity)
    await form_of(request, visit, csrf)
    standing = await drills.drill(visit.station.journal, name)
    try:
        return await _SEATS[_read_seat(seat)](visit, standing.state)
    except EsosError as notice:
        return await _show(visit, standing, notice=notice)


def _read_seat(seat: str) -> Seat:
    try:
        return Seat(seat)
    except ValueError as cause:
        raise Unknown("drill.no_such_part", "There is no such part in a drill.") from cause


async def _be_the_caller(visit: Visit, state: DrillState) -> Response[Any]:
    """The button is pressed; as soon as the call is there, to the caller's page."""
    await drills.take_seat(visit.station.journal, state.name, Seat.CALLER)
    deadline_ms = visit.station.clock.now_ms() + int(CALLER_PAGE_WAIT_SECONDS * 1000)
    while not state.caller_page and visit.station.clock.now_ms() < deadline_ms:
        await visit.station.signal.wait(POLL_SECONDS)
        state = (await drills.drill(visit.station.journal, state.name)).state
    return go(state.caller_page or "/drill")


async def _be_on_watch(visit: Visit, state: DrillState) -> Response[Any]:
    """The visitor is signed in as the drill's officer, once."""
    if visit.is_officer:
        return go("/watch")
    try:
        _, session = await visit.station.tokens.sign_in(state.watch_link)
    except Unauthenticated as cause:
        raise Conflict(
            "drill.seat_taken",
            "Somebody sits at the watch already, on another device.",
            hint="You can press the caller's button, or look on here.",
        ) from cause
    await drills.take_seat(visit.station.journal, state.name, Seat.WATCH)
    response = go("/watch")
    response.set_cookie(session_cookie(session, visit.settings))
    return response


async def _look_on(visit: Visit, state: DrillState) -> Response[Any]:
    await drills.take_seat(visit.station.journal, state.name, Seat.LOOKING_ON)
    return go("/drill")


_SEATS = {Seat.CALLER: _be_the_caller, Seat.WATCH: _be_on_watch, Seat.LOOKING_ON: _look_on}


@get("/drill/{name:str}/files/{file:str}")
async def download(name: FromPath[str], file: FromPath[str], visit: TheVisit, card_of: CardOf) -> Response[bytes]:
    """The case file of a drill that is over, the same with one byte changed, or the station's card to check it by."""
    need_exercise(visit.station.identity)
    standing = await drills.drill(visit.station.journal, name)
    if standing.state.ending is None:
        raise Unknown("drill.not_over", "The drill is not over yet.", hint="Its files are there when it is.")
    if file == CARD_FILE:
        return _file(msgspec.json.encode(card_of()), file)
    if file not in {CASE_FILE, CHANGED_FILE}:
        raise Unknown("drill.no_such_file", "A drill leaves no such file.", hint="Follow a link on its page.")
    data = await _case_file(visit.station, standing.state)
    return _file(drills.one_byte_changed(data) if file == CHANGED_FILE else data, file)


async def _case_file(station: Station, state: DrillState) -> bytes:
    return await export_case(station, bytes.fromhex(state.case))


def _file(data: bytes, name: str) -> Response[bytes]:
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


HANDLERS = [show, sit_down, download]
