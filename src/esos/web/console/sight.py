"""A case as one reader may see it: what was written to others only is left out of history, talk and proofs."""

from esos.keys.speaker import Speaker
from esos.station.views import TIMELINE_MAX_ITEMS, CaseView
from esos.web.console.visit import STAFF, Visit
from esos.web.sight import MAY_BE_HIDDEN, seen_view


async def view_for(visit: Visit, case_id: bytes, speaker: Speaker) -> CaseView:
    """The case whole for the people of the station; for others without what was not written to them."""
    view = await visit.station.views.case(case_id, now_ms=visit.now_ms, zone=visit.zone)
    if STAFF & speaker.roles or not any(item.kind in MAY_BE_HIDDEN for item in view.timeline):
        return view
    _, case = await visit.station.views.record(case_id)
    entries = await visit.station.journal.newest(case_id, limit=TIMELINE_MAX_ITEMS)
    return seen_view(view, speaker, entries, case)
