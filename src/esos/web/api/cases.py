"""``/cases``: what the station keeps of each caller's situation, and what is said on it."""

from functools import partial

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody

from esos.case.model import Case
from esos.errors import Forbidden
from esos.logbook.base64s import url_safe
from esos.message.kinds import Scope
from esos.station.desk import Outcome
from esos.station.records import Entry
from esos.station.station import Station
from esos.station.views import (
    TIMELINE_MAX_ITEMS,
    CaseRow,
    CaseView,
    RequestView,
    TimelineItem,
    request_view,
    timeline_item,
)
from esos.web.api.common import (
    READING,
    SAYING,
    SIGNED_IN,
    AfterSeq,
    CaseId,
    OfConstituency,
    OnlyOpen,
    SayingOnCase,
    answer,
    body_for,
)
from esos.web.auth import Party
from esos.web.given import Me, TheSettings, TheStation
from esos.web.problems import problems
from esos.web.sight import hidden_from, may_have_of_register, need_reach, need_sight, seen_view, sees_all, visible


class Cases(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, those that need a person first."""

    cases: tuple[CaseRow, ...]


class StatementRow(TimelineItem, frozen=True, kw_only=True):
    """One statement of a case: what the history says of it, its place in the fold, and its exact bytes (base64url)."""

    id: str
    place: int
    cose: str


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """Statements of a case in the order in which they were folded."""

    statements: tuple[StatementRow, ...]


class Requests(msgspec.Struct, frozen=True, kw_only=True):
    """Assistance requests."""

    requests: tuple[RequestView, ...]


@get("/cases", summary="Cases", security=SIGNED_IN, responses=problems(401, 403), tags=["cases"])
async def get_cases(
    me: Me, station: TheStation, settings: TheSettings, open_only: OnlyOpen = 0, constituency: OfConstituency = ""
) -> Cases:
    """Officers and auditors see all cases of their view, a member those it is part of, a link's holder its one."""
    records = await station.views.records(only_open=bool(open_only), limit=settings.list_max_items)
    if constituency:
        records = [one for one in records if constituency in station.directory.constituencies.of(one.caller)]
    rows = station.views.rows_of(visible(me, records), station.clock.now_ms())
    return Cases(cases=tuple(rows[: settings.list_max_items]))


async def seen_case(case_id: str, me: Party, station: Station) -> Case:
    """The case, if the party may read it; raises ``Unknown`` (``case.unknown``), ``Forbidden`` (``case.not_yours``)."""
    _, case = await station.views.record(bytes.fromhex(case_id))
    need_sight(me, case)
    return case


@get("/cases/{case_id:str}", summary="A case whole", security=SIGNED_IN, responses=READING, tags=["cases"])
async def get_case(case_id: CaseId, me: Me, station: TheStation) -> CaseView:
    """State, holder, timers, need, requests and pages of one case, and the newest of its history."""
    case = await seen_case(case_id, me, station)
    view = await station.views.case(case.id, now_ms=station.clock.now_ms())
    entries = await station.journal.newest(case.id, limit=TIMELINE_MAX_ITEMS)
    return seen_view(view, me.speaker, entries, case)


@get(
    "/cases/{case_id:str}/statements",
    summary="Statements of a case",
    security=SIGNED_IN,
    responses=READING,
    tags=["cases"],
)
async def get_case_statements(
    case_id: CaseId, me: Me, station: TheStation, settings: TheSettings, after: AfterSeq = 0
) -> Statements:
    """Every statement of the case with its bytes, in the order of the fold: enough to redo it."""
    case = await seen_case(case_id, me, station)
    entries = await station.journal.read(case=case.id, after_seq=after, limit=settings.statements_max_items)
    hidden = hidden_from(me.speaker, entries, case)
    return Statements(statements=tuple(_row(entry, station) for entry in entries if entry.id not in hidden))


def _row(entry: Entry, station: Station) -> StatementRow:
    item = timeline_item(entry, station.directory)
    return StatementRow(
        **{name: getattr(item, name) for name in TimelineItem.__struct_fields__},
        id=entry.id.hex(),
        place=entry.place,
        cose=url_safe(entry.cose),
    )


@post(
    "/cases/{case_id:str}/statements",
    summary="Say something on a case",
    security=SIGNED_IN,
    response_description="It was said, and changed something.",
    responses=SAYING,
    tags=["cases"],
)
async def post_case_statement(
    case_id: CaseId, data: JSONBody[SayingOnCase], me: Me, station: TheStation
) -> Response[Outcome]:
    """Say something on the case with a token; the station signs that you said it, and how it knew you.

    201: it changed the case. 202: it is kept, not folded yet. 409: it is kept and changed nothing, with the reason.
    """
    me.need_voice()
    need_reach(me, bytes.fromhex(case_id))
    body = body_for(data, Scope.CASE)
    return answer(await station.desk.say_body(me.speaker, data.kind, body, case=bytes.fromhex(case_id), channel="api"))


@get(
    "/cases/{case_id:str}/requests",
    summary="Requests of a case",
    security=SIGNED_IN,
    responses=READING,
    tags=["requests"],
)
async def get_case_requests(case_id: CaseId, me: Me, station: TheStation) -> Requests:
    """Who was asked for what, why, and what each answered."""
    case = await seen_case(case_id, me, station)
    return Requests(requests=tuple(request_view(case, one) for one in case.requests.values()))


@get(
    "/cases/{case_id:str}/export",
    summary="A case to verify offline",
    security=SIGNED_IN,
    responses=READING,
    media_type="application/octet-stream",
    tags=["cases"],
)
async def get_case_export(case_id: CaseId, me: Me, station: TheStation) -> Response[bytes]:
    """The case's statements, receipts and checkpoint in one file, for ``esos verify case``.

    Of an erased case the erasure itself, for the same command.
    """
    from esos.station.export import export_case, export_erased  # noqa: PLC0415 - read only when somebody exports

    headers = {"Content-Disposition": f'attachment; filename="case-{case_id}.esos"'}
    if sees_all(me) and await station.views.tombstone(bytes.fromhex(case_id)) is not None:
        left = await export_erased(station, bytes.fromhex(case_id))
        return Response(left, media_type="application/octet-stream", headers=headers)
    case = await seen_case(case_id, me, station)
    file = await export_case(station, case.id, judge=partial(_need_whole, me, station))
    return Response(file, media_type="application/octet-stream", headers=headers)


def _need_whole(me: Party, station: Station, entries: list[Entry], register: list[Entry], case: Case) -> None:
    """Raise ``Forbidden`` unless the case is the party's to read, and everything said in it and beside it."""
    need_sight(me, case)
    if not all(may_have_of_register(me, station, entry) for entry in register):
        raise Forbidden("case.partly_hidden", "Somebody else's card goes with this case; the station can export it.")
    if hidden_from(me.speaker, entries, case):
        raise Forbidden("case.partly_hidden", "This case holds messages to others, so only the station can export it.")


HANDLERS = [get_cases, get_case, get_case_statements, post_case_statement, get_case_requests, get_case_export]
