"""The watch floor and the officer's view of a case: who is in distress, what is overdue, and what can be done now.

Law 4: a call without a person stands above everything else, in words, in colour and, where the officer
switched it on, in sound. One keystroke takes charge.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from esos.case.knowing import may_call_by_itself
from esos.case.model import Case
from esos.errors import EsosError, Forbidden, Unauthenticated, Unknown
from esos.keys.speaker import Role, Speaker
from esos.station.drafts import Drafts
from esos.station.law import law_views
from esos.station.narrow import seen_by
from esos.station.overdue import deadlines
from esos.station.station import Station
from esos.station.together import common_causes
from esos.station.views import TIMELINE_MAX_ITEMS, CaseRow, RequestView, TimelineItem
from esos.web.auth import AnyRequest
from esos.web.console import parts
from esos.web.console.act_tables import DIRECTOR_ACTS, LINK_ACTS, OFFICER_ACTS
from esos.web.console.acts import case_acts, needs_two, proposals_for, request_acts
from esos.web.console.cuts import cut_of, starts_in
from esos.web.console.fields import RUNGS, Act, Filled, read_body
from esos.web.console.proof import read_id, receipt_file
from esos.web.console.times import HOUR_MS
from esos.web.console.visit import TheVisit, Visit, filled, form_of, go, page, speaker_of
from esos.web.console.whom import with_parties
from esos.web.console.whose import whose_view
from esos.web.given import TheCsrf
from esos.words.life import Life
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

PEOPLE_FIELDS = frozenset({"responder", "to"})
"""Fields of an act that name somebody."""
CASE_ID_BYTES = REQUEST_ID_BYTES = 16
ROWS_ON_PAGE = 50
CASES_MAX = 2_000
HISTORY_SHOWN = 40
HISTORY_ON_PAGE = 100
"""How much of the history is shown at once where everything was asked for."""
HISTORY_DIGITS = 6
TEAMS_ON_PAGE = 8
"""How many teams that were asked a case shows at once, those at work first."""
PROOF_MAX_HOURS = 90 * 24
FRESH_HEADER = "esos-fresh"
"""What ``live.js`` sends when it fetches an open page again by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The watch floor at a glance."""

    rows: tuple[CaseRow, ...]
    alone: int
    alone_maydays: int
    waiting: int
    overdue: int
    open: int
    ended: int
    first: int
    total: int


@get("/watch")
async def show_floor(
    visit: TheVisit, start: FromQuery[int] = 0, ended: FromQuery[int] = 0, of: FromQuery[str] = ""
) -> Response[str]:
    """Every open case in the reader's view, or those of one constituency; those that need a person first."""
    speaker = visit.need_officer()
    rows = await visit.station.views.rows(now_ms=visit.now_ms, only_open=not ended, limit=CASES_MAX)
    whose = whose_view(visit.station.directory, speaker.party, of)
    rows = [row for row in rows if whose.holds(row.caller)]
    floor = floor_of(rows, start=max(0, start))
    pact = visit.station.directory.pact
    aside = await visit.station.calls_aside(now_ms=visit.now_ms)
    causes = common_causes(rows, pact.threshold if pact else None)
    return page(
        visit,
        "watch.html",
        floor=floor,
        whose=whose,
        causes=causes,
        aside=aside,
        drafts=await Drafts(visit.station).open(),
        trouble=await visit.station.trouble_of_late(),
        clock=visit.station.clock_view(),
        ended=bool(ended),
        size=ROWS_ON_PAGE,
    )


def floor_of(rows: list[CaseRow], *, start: int) -> Floor:
    """The rows of one page, and counts over all of them."""
    is_open = [row for row in rows if Life(row.state).is_open]
    return Floor(
        rows=tuple(rows[start : start + ROWS_ON_PAGE]),
        alone=sum(not row.holder for row in is_open),
        alone_maydays=sum(not row.holder and row.urgency == Urgency.MAYDAY for row in is_open),
        waiting=sum(bool(row.holder and row.waits) for row in is_open),
        overdue=sum(row.overdue for row in is_open),
        open=len(is_open),
        ended=len(rows) - len(is_open),
        first=start,
        total=len(rows),
    )


@get("/watch/{case:str}")
async def show_case(
    case: FromPath[str], request: AnyRequest, visit: TheVisit, history: FromQuery[str] = ""
) -> Response[str]:
    """One case. A page that only keeps itself fresh is no sign that a person reads it."""
    speaker = visit.need_officer()
    case_id = read_id(case, CASE_ID_BYTES)
    left = await visit.station.views.tombstone(case_id)
    if left is not None:
        return page(visit, "erased.html", left=left)
    shown = await _case_page(visit, case_id, speaker, f"/watch/{case}", history=history)
    if Role.OFFICER in speaker.roles and FRESH_HEADER not in request.headers:
        visit.station.seen.opened((await visit.station.views.record(case_id))[1])
    return shown


async def _case_page(
    visit: Visit,
    case_id: bytes,
    speaker: Speaker,
    base: str,
    *,
    notice: EsosError | None = None,
    by_link: bool = False,
    history: str = "",
) -> Response[str]:
    station = visit.station
    _, case = await station.views.record(case_id)
    view = await station.views.case(case_id, now_ms=visit.now_ms, zone=visit.zone)
    past = _past(view.timeline, history)
    acts = [act for act in case_acts(case, speaker, OFFICER_ACTS, visit.now_ms) if not by_link or act.kind in LINK_ACTS]
    return page(
        visit,
        "case.html",
        status=notice.status if notice else 200,
        view=view,
        speaker=speaker,
        base=base,
        acts=acts,
        two={act.kind for act in acts if needs_two(case, speaker, act.kind, visit.now_ms)},
        request_acts=_request_acts(case, speaker, visit.now_ms) if not by_link else {},
        proposals=proposals_for(case, speaker),
        overdue=[one for one in deadlines(case) if one.due_ms <= visit.now_ms],
        asks_nobody=case.is_open and not may_call_by_itself(case),
        score=parts.score_words,
        bars=parts.bars_of(view),
        counts=parts.counts_of(view),
        teams=cut_of("asked", _latest_first(view.requests), starts_in(visit.asked), TEAMS_ON_PAGE),
        talk=parts.talk_of(view),
        choices=_choices(station, case, speaker),
        history=past.items,
        left_out=len(view.timeline) - len(past.items) if not history else 0,
        earlier=past.earlier,
        goes_back=len(view.timeline) == TIMELINE_MAX_ITEMS,
        notice=notice,
        by_link=by_link,
        laws=law_views(station.laws, case, visit.now_ms),
        law_said=bool(case.laws),
    )


def _latest_first(requests: tuple[RequestView, ...]) -> list[RequestView]:
    """Requests that still go on, then those that ended; of each what changed last first."""
    return sorted(requests, key=lambda one: (one.word == "done", -one.changed_ms))


class _Past(NamedTuple):
    """A part of the history; ``earlier`` is how many newer ones the part before it leaves out, 0: there is none."""

    items: tuple[TimelineItem, ...]
    earlier: int


def _past(timeline: tuple[TimelineItem, ...], wanted: str) -> _Past:
    """What people look for first, without notes of timers; or everything, from the newest back, in parts."""
    if not wanted:
        return _Past(tuple(item for item in timeline if item.kind != "elapsed")[-HISTORY_SHOWN:], 0)
    newer = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= HISTORY_DIGITS else 0
    left = timeline[: len(timeline) - newer]
    return _Past(left[-HISTORY_ON_PAGE:], newer + HISTORY_ON_PAGE if len(left) > HISTORY_ON_PAGE else 0)


def _request_acts(case: Case, speaker: Speaker, now_ms: int) -> dict[str, tuple[Act, ...]]:
    return {
        request.id.hex(): request_acts(case, request, speaker, DIRECTOR_ACTS, now_ms)
        for request in case.requests.values()
    }


def _choices(station: Station, case: Case, speaker: Speaker) -> dict[str, list[tuple[str, str]]]:
    """Who can be chosen in a form, and which need lines are worth a row."""
    directory = station.directory
    asked = {request.responder for request in case.requests.values() if not request.is_ended}
    members = [
        (member, card.name)
        for member, card in directory.everybody.items()
        if member not in asked | directory.suspended and member != case.caller
    ]
    officers = [(one.officer, one.name) for one in directory.officers.values() if one.officer != speaker.party]
    lines = case.needs or dict.fromkeys((NeedLine.ADVICE, NeedLine.TRIAGE), 0)
    still = case.open_need()
    return {
        "member": sorted(members, key=lambda one: one[1].casefold()),
        "officer": sorted(officers, key=lambda one: one[1].casefold()),
        "needs": [(line.value, str(still.get(line, 0) or "")) for line in lines],
    }


@post("/watch/{case:str}/{kind:str}", status_code=200)
async def act_on_case(
    case: FromPath[str], kind: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf
) -> Response[Any]:
    """An officer's act on a case."""
    speaker = visit.need_officer()
    form = await form_of(request, visit, csrf)
    case_id = read_id(case, CASE_ID_BYTES)
    back = "/watch" if form.get("back") == "floor" else f"/watch/{case}"
    try:
        await _say(visit.station, speaker, kind, form, case_id, channel="page")
    except EsosError as cause:
        return await _case_page(visit, case_id, speaker, f"/watch/{case}", notice=cause)
    return go(back)


async def _say(station: Station, speaker: Speaker, kind: str, form: Filled, case_id: bytes, *, channel: str) -> None:
    """Turn a form into an act on the case, a request of it, or a proposal; raises what the desk raises."""
    form = with_parties(form, PEOPLE_FIELDS, station.directory)
    body = _SPECIAL[kind](station, form) if kind in _SPECIAL else _plain(kind, form)
    await station.desk.say(speaker, kind, body, case=case_id, channel=channel)


def _plain(kind: str, form: Filled) -> dict[str, Any]:
    wanted = next((one for one in OFFICER_ACTS if one.kind == kind), None)
    if wanted is not None:
        return read_body(wanted, form)
    wanted = next((one for one in DIRECTOR_ACTS if one.kind == kind), None)
    if wanted is None:
        raise Unknown("page.no_such_act", "This cannot be done here.", hint="Go back to the case.")
    return {**read_body(wanted, form), "request": read_id(form.get("request", ""), REQUEST_ID_BYTES)}


def _requested(station: Station, form: Filled) -> dict[str, Any]:
    body = read_body(next(one for one in OFFICER_ACTS if one.kind == "requested"), form)
    name = station.directory.name_of(body["responder"])
    return {**body, "request": station.dice.bytes(REQUEST_ID_BYTES), "name": name[:80]}


def _seconded(station: Station, form: Filled) -> dict[str, Any]:
    del station
    proposal = read_id(form.get("proposal", ""), 32)
    return {"proposal": proposal, "agrees": form.get("agrees") == "yes", "reason": form.get("reason", "").strip()}


def _control_proven(station: Station, form: Filled) -> dict[str, Any]:
    body = read_body(next(one for one in OFFICER_ACTS if one.kind == "control_proven"), form)
    hours = min(body.pop("hours"), PROOF_MAX_HOURS)
    rung = body["rung"] if body["rung"] in {value for value, _ in RUNGS} else "1"
    return {**body, "rung": int(rung), "expires_ms": station.clock.now_ms() + hours * HOUR_MS}


_SPECIAL: dict[str, Any] = {"requested": _requested, "seconded": _seconded, "control_proven": _control_proven}


@get("/watch/{case:str}/proof/{statement:str}")
async def proof(case: FromPath[str], statement: FromPath[str], visit: TheVisit) -> Response[bytes]:
    """The receipt of one statement."""
    speaker = visit.need_officer()
    return await receipt_file(visit.station, statement, case_id=read_id(case, CASE_ID_BYTES), speaker=speaker)


async def _officer_by_link(visit: Visit, token: str) -> tuple[Visit, Speaker, bytes]:
    """The visit as the officer sees it whom a page's link was sent to, and its case.

    Raises ``Unauthenticated`` or ``Forbidden``.
    """
    holder = await visit.station.tokens.holder(token)
    speaker = await speaker_of(visit.station, holder)
    if holder is None or speaker is None or holder.purpose != "ack":
        raise Unauthenticated(
            "session.link",
            "This link is no longer good.",
            hint="Sign in, and look on the watch floor.",
        )
    if not visit.station.directory.officers.get(speaker.party):
        raise Forbidden("session.role", "This link is for an officer of the station.")
    own = replace(visit, station=seen_by(visit.station, speaker.party))
    return own, speaker, holder.about[:CASE_ID_BYTES]


@get("/a/{token:str}")
async def show_by_link(token: FromPath[str], visit: TheVisit) -> Response[str]:
    """The case a page was about, with one big button."""
    visit, speaker, case_id = await _officer_by_link(visit, token)
    return await _case_page(visit, case_id, speaker, f"/a/{token}", by_link=True)


@post("/a/{token:str}/{kind:str}", status_code=200)
async def act_by_link(token: FromPath[str], kind: FromPath[str], request: AnyRequest, visit: TheVisit) -> Response[Any]:
    """An officer's act by a page's link: recorded as known by that link only."""
    visit, speaker, case_id = await _officer_by_link(visit, token)
    if kind not in LINK_ACTS | {"seconded"}:
        raise Forbidden("session.link_only", "This link lets you answer the page only.", hint="Sign in to do this.")
    try:
        await _say(visit.station, speaker, kind, await filled(request), case_id, channel="link")
    except EsosError as cause:
        return await _case_page(visit, case_id, speaker, f"/a/{token}", notice=cause, by_link=True)
    return go(f"/a/{token}")


HANDLERS = [show_floor, show_case, act_on_case, proof, show_by_link, act_by_link]
