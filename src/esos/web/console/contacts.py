"""Addresses and readiness for people: one's own ways with a button to ring them, and who would not wake tonight.

Law 7: what a test's link opens says so in its first line, and can do nothing but send that test's code back.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from esos.errors import EsosError, Forbidden
from esos.keys.speaker import Role
from esos.station.contact_desk import ContactDesk, may_ring
from esos.station.contact_views import person_view, trials_of
from esos.station.readiness import FINE, readiness
from esos.web.auth import AnyRequest
from esos.web.console.cuts import cut_of, starts_in
from esos.web.console.visit import TheVisit, Visit, form_of, go, page
from esos.web.given import TheCsrf

ROWS_ON_PAGE = 30
"""How many rows of each list the readiness page shows at once, those that lack something first."""
NAMED_MAX = 12
"""How many helpers of a need line are named; the others are counted."""


@get("/t/{code:str}")
async def show_test(code: FromPath[str], visit: TheVisit) -> Response[str]:
    """The button that sends a test's code back. Opening the page proves nothing: mail scanners open links too."""
    return _test_page(visit, code)


def _test_page(visit: Visit, code: str, *, notice: EsosError | None = None) -> Response[str]:
    ask = ContactDesk(visit.station).find(code)
    return page(
        visit,
        "contact_test.html",
        status=notice.status if notice else 200,
        ask=ask,
        name=visit.station.directory.name_of(ask.body.party),
        code=code,
        notice=notice,
    )


@post("/t/{code:str}", status_code=200)
async def answer_test(code: FromPath[str], visit: TheVisit) -> Response[Any]:
    """“I have it”, by whoever holds the code."""
    try:
        await ContactDesk(visit.station).answer(code)
        await visit.station.directory.refresh(visit.station.journal)
    except EsosError as cause:
        if cause.code in {"contact.code", "contact.code_form"}:
            raise
        return _test_page(visit, code, notice=cause)
    return go(f"/t/{code}")


@get("/contacts")
async def show_contacts(visit: TheVisit, of: FromQuery[str] = "") -> Response[str]:
    """One's own addresses; for the station's people anybody's."""
    return await _contacts_page(visit, of)


async def _contacts_page(visit: Visit, of: str, *, notice: EsosError | None = None) -> Response[str]:
    speaker = visit.need_anybody()
    party = of or speaker.party
    if party != speaker.party and not visit.is_officer:
        raise Forbidden("contact.not_yours_to_see", "These are somebody else's addresses.")
    return page(
        visit,
        "contacts.html",
        status=notice.status if notice else 200,
        person=person_view(visit.station, party, visit.now_ms),
        trials=await trials_of(visit.station, party),
        is_own=party == speaker.party,
        may_ring=may_ring(speaker, party),
        notice=notice,
    )


@post("/contacts/code", status_code=200)
async def type_code(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """A code that was typed in by somebody who is signed in."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    try:
        await ContactDesk(visit.station).answer(form.get("code", ""), speaker=speaker, channel="page")
        await visit.station.directory.refresh(visit.station.journal)
    except EsosError as cause:
        return await _contacts_page(visit, "", notice=cause)
    return go("/contacts")


@post("/contacts/{act:str}", status_code=200)
async def try_ways(act: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Ring every address now, or send codes to those that nobody confirmed."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    party = form.get("of", "") or speaker.party
    if not may_ring(speaker, party):
        raise Forbidden("contact.not_yours_to_ring", "You ring yourself; a registrar rings others.")
    desk = ContactDesk(visit.station)
    try:
        await (desk.confirm if act == "confirm" else desk.ring)(party, by=speaker.party)
    except EsosError as cause:
        return await _contacts_page(visit, party, notice=cause)
    return go(f"/contacts?of={party}" if party != speaker.party else "/contacts")


@get("/ready")
async def show_ready(visit: TheVisit) -> Response[str]:
    """Who would not wake tonight, in one glance."""
    speaker = visit.need_officer()
    shown = readiness(visit.station, visit.now_ms)
    starts = starts_in(visit.asked)
    lists: dict[str, Sequence[Any]] = {
        "findings": [one for one in shown.findings if one.mark != FINE],
        "red": shown.red,
        "officers": sorted(shown.officers, key=lambda one: (not one.turn, one.wakes)),
        "members": sorted(shown.members, key=lambda one: one.wakes),
        "expiries": shown.expiries,
    }
    return page(
        visit,
        "ready.html",
        ready=shown,
        cuts={name: cut_of(name, found, starts, ROWS_ON_PAGE) for name, found in lists.items()},
        named_max=NAMED_MAX,
        may_ring_others=Role.REGISTRAR in speaker.roles,
    )


HANDLERS = [show_test, answer_test, show_contacts, type_code, try_ways, show_ready]
