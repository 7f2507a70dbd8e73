"""``/cases/{id}/laws``: which legal clocks run in a case, when each is due, and the draft of each report."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import PathParameter

from esos.errors import Forbidden, Unknown
from esos.station.law import LawView, clock_of, draft_of, law_views
from esos.web.api.cases import seen_case
from esos.web.api.common import READING, SIGNED_IN, CaseId
from esos.web.auth import Party
from esos.web.given import Me, TheStation
from esos.web.sight import may_have, sees_all, speaks_for

LawId = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9_-]{0,39}$", description="A law's id.")]
ReportId = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9_-]{0,39}$", description="One of its reports.")]


class Laws(msgspec.Struct, frozen=True, kw_only=True):
    """The laws this station knows, those first that were named in the case."""

    laws: tuple[LawView, ...]


class LawDraftView(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as plain text, and how many blanks are marked in it. The station sends it to nobody."""

    law: str
    clock: str
    due_ms: int
    blanks: int
    text: str


@get("/cases/{case_id:str}/laws", summary="Legal clocks", security=SIGNED_IN, responses=READING, tags=["cases"])
async def get_laws(case_id: CaseId, me: Me, station: TheStation) -> Laws:
    """What runs, and when each report is due; for the caller, whoever called for it, and the station's people."""
    case = await seen_case(case_id, me, station)
    _need_caller(me, speaks=speaks_for(case, me.speaker.party))
    return Laws(laws=law_views(station.laws, case, station.clock.now_ms()))


@get(
    "/cases/{case_id:str}/laws/{law:str}/{report:str}",
    summary="Draft of a report",
    security=SIGNED_IN,
    responses=READING,
    tags=["cases"],
)
async def get_law_draft(case_id: CaseId, law: LawId, report: ReportId, me: Me, station: TheStation) -> LawDraftView:
    """The draft of one report, as it was left or made from what was said in the case."""
    case = await seen_case(case_id, me, station)
    _need_caller(me, speaks=speaks_for(case, me.speaker.party))
    known = next((one for one in station.laws if one.id == law), None)
    clock = clock_of(known, case, report) if known else None
    if known is None or clock is None:
        raise Unknown("law.unknown", "This station knows no such report.", hint="See the list of laws of the case.")
    made = await draft_of(station, known, clock, case, may_read=partial(may_have, me.speaker, case))
    return LawDraftView(law=known.id, clock=clock.clock.id, due_ms=clock.due_ms, blanks=made.blanks, text=made.text)


def _need_caller(me: Party, *, speaks: bool) -> None:
    """A caller's dealings with its authorities are no helper's business."""
    if not (speaks or sees_all(me)):
        raise Forbidden("case.not_yours", "This is between the caller and its authorities.")


HANDLERS = [get_laws, get_law_draft]
