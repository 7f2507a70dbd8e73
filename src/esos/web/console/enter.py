"""Signing in and out: a one-time link opens a page with one button, so that no mail scanner spends it."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from esos.web.auth import AnyRequest, no_session_cookie, session_cookie
from esos.web.console.tongue import language_cookie
from esos.web.console.visit import STAFF, TheVisit, form_of, go, page
from esos.web.given import TheCsrf


@get("/enter")
async def explain(visit: TheVisit) -> Response[str]:
    """How to get a link."""
    return page(visit, "enter.html", secret="")


@get(["/in/{secret:str}", "/enter/{secret:str}"])
async def offer(secret: FromPath[str], visit: TheVisit) -> Response[str]:
    """The button that spends the link."""
    return page(visit, "enter.html", secret=secret)


@post("/enter/{secret:str}", status_code=303)
async def enter(secret: FromPath[str], visit: TheVisit) -> Response[Any]:
    """Spend the link for a session."""
    holder, session = await visit.station.tokens.sign_in(secret)
    speaker = await visit.station.desk.known(holder)
    response = go("/watch" if STAFF & speaker.roles else "/inbox")
    response.set_cookie(session_cookie(session, visit.settings))
    code = await visit.station.tongues.chosen(holder.party)
    if code in visit.station.tongues.known:
        response.set_cookie(language_cookie(code, visit))
    return response


@get("/sign-out")
async def ask_to_leave(visit: TheVisit) -> Response[str]:
    """The button that signs out."""
    return page(visit, "sign_out.html")


@post("/sign-out", status_code=303)
async def leave(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """End every session of whoever is signed in."""
    await form_of(request, visit, csrf)
    if visit.speaker is not None:
        await visit.station.tokens.sign_out(visit.speaker.party)
    response = go("/enter")
    response.set_cookie(no_session_cookie(visit.settings))
    return response


HANDLERS = [explain, offer, enter, ask_to_leave, leave]
