"""``/accesses``: who signed in how and who opened what, for auditors, and of a case for its caller."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from esos.errors import Forbidden
from esos.keys.speaker import Role
from esos.station.accesses import LIST_MAX, AccessView, access_view
from esos.web.api.cases import seen_case
from esos.web.api.common import READING, SAFE_MAX, SIGNED_IN, CaseId
from esos.web.given import Me, TheStation
from esos.web.problems import problems
from esos.web.sight import speaks_for

Before = Annotated[
    int, QueryParameter(ge=0, le=SAFE_MAX, description="Only what has a lower number; 0: from the newest.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=LIST_MAX, description="How many at most.")]


class Accesses(msgspec.Struct, frozen=True, kw_only=True):
    """Accesses, newest first. ``next`` goes into ``before`` for those that came earlier; 0 where there are none."""

    accesses: tuple[AccessView, ...]
    next: int


@get("/accesses", summary="The record of accesses", security=SIGNED_IN, responses=problems(401, 403), tags=["accesses"])
async def get_accesses(me: Me, station: TheStation, before: Before = 0, limit: Limit = LIST_MAX) -> Accesses:
    """Who signed in how, and who opened which case, card, attachment or export, and when: for auditors."""
    me.need(Role.AUDITOR)
    rows = await station.journal.accesses(limit=limit, before_num=before)
    views = tuple(access_view(row, station.directory.name_of) for row in rows)
    return Accesses(accesses=views, next=rows[-1].num if len(rows) == limit else 0)


@get(
    "/cases/{case_id:str}/accesses",
    summary="Who looked at a case",
    security=SIGNED_IN,
    responses=READING,
    tags=["accesses"],
)
async def get_case_accesses(case_id: CaseId, me: Me, station: TheStation) -> Accesses:
    """The newest accesses to one case: for its caller, whom they concern, and for auditors."""
    case = await seen_case(case_id, me, station)
    if not (me.has(Role.AUDITOR) or speaks_for(case, me.name)):
        raise Forbidden("access.not_yours", "Who looked at a case is shown to its caller and to auditors.")
    rows = await station.journal.accesses(limit=LIST_MAX, case=case.id)
    return Accesses(accesses=tuple(access_view(row, station.directory.name_of) for row in rows), next=0)


HANDLERS = [get_accesses, get_case_accesses]
