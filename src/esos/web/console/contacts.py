"""Addresses and readiness for people: one's own ways with a button to ring them, and who would not wake tonight.

Law 7: what a test's link opens says so in its first line, and can do nothing but send that test's code back.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from esos.errors import EsosError, Forbidden, Unknown
from esos.keys.speaker import Role
from esos.message.card import Contact
from esos.station.contact_changes import ways_out
from esos.station.contact_desk import ContactDesk, may_change, may_ring
from esos.station.contact_views import person_view, trials_of
from esos.station.readiness import FINE, readiness
from esos.web.auth import AnyRequest
from esos.web.console.cuts import cut_of, starts_in
from esos.web.console.fields import Filled
from esos.web.console.visit import TheVisit, Visit, form_of, go, page
from esos.web.csrf import Csrf
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


async def _contacts_page(
    visit: Visit,
    of: str,
    *,
    notice: EsosError | None = None,
    doubted: Contact | None = None,
    typed: Contact | None = None,
) -> Response[str]:
    """``doubted`` is an address that is removed only when they say that they are sure, ``typed`` one to correct."""
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
        may_change=may_change(speaker, party) and party in visit.station.directory.officers,
        is_member=party in visit.station.directory.members,
        ways_out=ways_out(visit.station.channels),
        typed=typed or Contact(channel="mail", address=""),
        doubted=doubted,
        language_of=(await visit.station.tongues.of(party)).code,
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


@post("/contacts/add", status_code=200)
async def add_address(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """One more address of one's own, or of an officer's by a registrar; a code goes there at once."""
    form, party = await _changing(request, visit, csrf)
    way, address = form.get("channel"), form.get("address")
    try:
        await ContactDesk(visit.station).add(party, way, address, speaker=visit.need_anybody())
    except EsosError as cause:
        return await _contacts_page(visit, party, notice=cause, typed=Contact(channel="mail", address=address[:280]))
    return _back(visit, party)


@post("/contacts/remove", status_code=200)
async def remove_address(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """An address less; for the last that would wake them, after the page was told that they are sure."""
    form, party = await _changing(request, visit, csrf)
    channel, _, address = form.get("way").partition(":")
    contact = Contact(channel=channel, address=address[:280])
    try:
        await ContactDesk(visit.station).remove(
            party, contact, speaker=visit.need_anybody(), is_sure=form.get("sure") == "yes"
        )
    except EsosError as cause:
        doubted = contact if cause.code == "contact.last_way" else None
        return await _contacts_page(visit, party, notice=cause, doubted=doubted)
    return _back(visit, party)


async def _changing(request: AnyRequest, visit: Visit, csrf: Csrf) -> tuple[Filled, str]:
    """The form, and whose addresses it changes; raises ``Forbidden`` where they are not the reader's to change."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    party = form.get("of") or speaker.party
    if not may_ring(speaker, party):
        raise Forbidden("contact.not_yours_to_change", "You change your own addresses; a registrar an officer's.")
    ContactDesk(visit.station).need_officer(party)
    return form, party


def _back(visit: Visit, party: str) -> Response[Any]:
    is_own = visit.speaker is not None and visit.speaker.party == party
    return go("/contacts" if is_own else f"/contacts?{urlencode({'of': party})}")


@post("/contacts/language", status_code=200)
async def choose_for(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """The language in which the station writes to somebody: their own choice, or a registrar's for them."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    party, code = form.get("of") or speaker.party, form.get("language")
    if not may_ring(speaker, party):
        raise Forbidden("contact.not_yours_to_change", "You change your own addresses; a registrar an officer's.")
    ContactDesk(visit.station).contacts_of(party)
    if code not in visit.station.tongues.known:
        raise Unknown("page.no_such_language", "This station does not speak that language.")
    await visit.station.tongues.choose(party, code)
    return _back(visit, party)


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
    return _back(visit, party)


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


HANDLERS = [
    show_test, answer_test, show_contacts, type_code, add_address, remove_address, choose_for,
    try_ways, show_ready
]  # fmt: skip
