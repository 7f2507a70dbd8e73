"""Choosing the language at the foot of a page: a cookie for this browser, and kept for whoever is signed in."""

from typing import Any

from litestar import Response, post
from litestar.datastructures import Cookie

from esos.errors import Unknown
from esos.web.auth import AnyRequest
from esos.web.console.visit import TheVisit, Visit, form_of, go
from esos.web.given import TheCsrf
from esos.web.speaking import LANGUAGE_COOKIE, LANGUAGE_MAX_AGE_S


@post("/language", status_code=303)
async def choose_language(request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Speak this language from now on, and show the same page again."""
    form = await form_of(request, visit, csrf)
    code, back = form.get("language"), form.get("back")
    if code not in visit.station.tongues.known:
        raise Unknown("page.no_such_language", "This station does not speak that language.")
    if visit.speaker is not None:
        await visit.station.tongues.choose(visit.speaker.party, code)
    response = go(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    response.set_cookie(language_cookie(code, visit))
    return response


def language_cookie(code: str, visit: Visit) -> Cookie:
    """The cookie of a choice."""
    return Cookie(
        key=LANGUAGE_COOKIE,
        value=code,
        max_age=LANGUAGE_MAX_AGE_S,
        path="/",
        httponly=True,
        samesite="lax",
        secure=visit.settings.cookie_secure,
    )


HANDLERS = [choose_language]
