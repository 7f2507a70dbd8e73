"""What one person has here to sign in with: passkeys by name, open sessions, and who looked at what is theirs."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery

from esos.errors import EsosError
from esos.logbook.base64s import from_url_safe, url_safe
from esos.station.accesses import AccessView, access_view
from esos.web import passkeys
from esos.web.auth import AnyRequest, way_of
from esos.web.console.enter import answer_of, challenge_of, challenged, device, place_of, why_not
from esos.web.console.visit import TheVisit, Visit, form_of, go, page
from esos.web.csrf import HEADER, SESSION_COOKIE
from esos.web.given import TheCsrf
from esos.words.access import Act

OWN_ACCESSES_SHOWN = 50


@get("/me")
async def show_mine(request: AnyRequest, visit: TheVisit, new: FromQuery[int] = 0) -> Response[str]:
    """One's own passkeys, sessions and latest accesses."""
    return await _mine(request, visit, is_new=bool(new))


async def _mine(
    request: AnyRequest, visit: Visit, *, is_new: bool = False, notice: EsosError | None = None
) -> Response[str]:
    station, party = visit.station, visit.need_anybody().party
    return page(
        visit,
        "mine.html",
        status=notice.status if notice else 200,
        notice=notice,
        is_new=is_new,
        no_passkeys=why_not(request, visit),
        must_verify=passkeys.is_staff(visit.need_anybody()),
        passkeys=[(url_safe(one.id), one) for one in await station.journal.passkeys_of(party)],
        sessions=await station.tokens.sessions(party, secret=request.cookies.get(SESSION_COOKIE, "")),
        rows=await own_accesses(visit, party),
    )


async def own_accesses(visit: Visit, party: str) -> list[AccessView]:
    """What this party did and what others looked at of it, newest first."""
    journal, name_of = visit.station.journal, visit.station.directory.name_of
    rows = await journal.accesses(limit=OWN_ACCESSES_SHOWN, party=party)
    rows += await journal.accesses(limit=OWN_ACCESSES_SHOWN, about=party)
    newest = sorted({row.num: row for row in rows}.values(), key=lambda row: row.num, reverse=True)
    return [access_view(row, name_of) for row in newest[:OWN_ACCESSES_SHOWN]]


@post("/me/passkeys/begin", status_code=200)
async def begin_passkey(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[bytes]:
    """A challenge for a device that is to make a passkey."""
    speaker = visit.need_anybody()
    csrf.check_token(request.headers.get(HEADER, ""), request)
    challenge, options = await passkeys.adding_options(visit.station, place_of(request, visit), speaker)
    return challenged(options, challenge, visit)


@post("/me/passkeys", status_code=201)
async def add_passkey(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[bytes]:
    """The passkey that the device made, under the name its owner gave it."""
    speaker = visit.need_anybody()
    csrf.check_token(request.headers.get(HEADER, ""), request)
    answered = await answer_of(request)
    made = await passkeys.add(
        visit.station,
        place_of(request, visit),
        speaker,
        challenge=challenge_of(request),
        credential=answered.get("credential"),
        name=str(answered.get("name") or ""),
    )
    await visit.station.accesses.note(
        speaker.party, Act.PASSKEY_ADDED, way=way_of(request), device=device(request), about=made.name
    )
    return Response(msgspec.json.encode({"go": "/me"}), media_type="application/json", status_code=201)


@post("/me/passkeys/remove", status_code=303)
async def remove_passkey(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Remove one of one's own passkeys; it signs nobody in from now on."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    journal, wanted = visit.station.journal, from_url_safe(form.get("passkey", ""))
    found = await journal.passkey(wanted)
    if found is not None and await journal.drop_passkey(wanted, party=speaker.party):
        await visit.station.accesses.note(
            speaker.party, Act.PASSKEY_REMOVED, way=way_of(request), device=device(request), about=found.name
        )
    return go("/me")


@post("/me/sessions/end", status_code=303)
async def end_session(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Sign out one other device."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    await visit.station.tokens.end_session(speaker.party, form.get("session", ""))
    return go("/me")


HANDLERS = [show_mine, begin_passkey, add_passkey, remove_passkey, end_session]
