"""The record of accesses as a page: who came in how, and who opened what, for auditors."""

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from esos.keys.speaker import Role
from esos.station.accesses import ACCESSES_KEPT_MAX, ACCESSES_KEPT_MS, access_view
from esos.station.desk import need_role
from esos.station.records import AccessRecord
from esos.web.console.caller import entrance
from esos.web.console.visit import TheVisit, page

ROWS_ON_PAGE = 100
DAY_MS = 86_400_000


@get("/access")
async def show_accesses(visit: TheVisit, before: FromQuery[int] = 0) -> Response[str]:
    """Accesses, newest first."""
    need_role(visit.need_anybody(), Role.AUDITOR)
    directory = visit.station.directory
    rows = await visit.station.journal.accesses(limit=ROWS_ON_PAGE + 1, before_num=max(0, before))
    return page(
        visit,
        "access.html",
        rows=[access_view(row, directory.name_of) for row in rows[:ROWS_ON_PAGE]],
        more=_more(rows),
        kept_days=ACCESSES_KEPT_MS // DAY_MS,
        kept_max=ACCESSES_KEPT_MAX,
    )


@get("/c/{token:str}/looks")
async def show_looks(token: FromPath[str], visit: TheVisit, before: FromQuery[int] = 0) -> Response[str]:
    """Who looked at a case, for its caller."""
    come = await entrance(visit.station, token)
    come.need_reading()
    rows = await visit.station.journal.accesses(limit=ROWS_ON_PAGE + 1, before_num=max(0, before), case=come.case_id)
    name_of = visit.station.directory.name_of
    return page(
        visit,
        "looks.html",
        rows=[access_view(row, name_of) for row in rows[:ROWS_ON_PAGE]],
        more=_more(rows),
        base=f"/c/{come.token}",
    )


def _more(rows: list[AccessRecord]) -> int:
    """Before which number there are more than these; 0 where there are none."""
    return rows[ROWS_ON_PAGE - 1].num if len(rows) > ROWS_ON_PAGE else 0


HANDLERS = [show_accesses, show_looks]
