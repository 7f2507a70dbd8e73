"""In which language a page is written: the reader's own choice, else what its browser asks for, else the station's.

Programs are answered in English: what they read are codes, and sentences for whoever reads their logs.
"""

from http.cookies import CookieError, SimpleCookie

from litestar.types import ASGIApp, Receive, Scope, Send

from esos.station.tongues import Tongues
from esos.words.language import Tongue, best_language, speaking

LANGUAGE_COOKIE = "esos_language"
LANGUAGE_MAX_AGE_S = 400 * 86_400
"""How long a browser keeps the choice: the longest that browsers allow (RFC 6265bis)."""
INTERFACES = ("/api/", "/v2/", "/log/", "/schema", "/metrics", "/healthz", "/readyz", "/static/")
"""What programs ask for."""


def in_own_language(app: ASGIApp, tongues: Tongues) -> ASGIApp:
    """The application, speaking each reader's language while it answers a page."""

    async def spoken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(INTERFACES):
            await app(scope, receive, send)
            return
        with speaking(tongue_of(scope, tongues)):
            await app(scope, receive, send)

    return spoken


def tongue_of(scope: Scope, tongues: Tongues) -> Tongue:
    """The language for whoever sent this request."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return tongues.best(_chosen(headers.get(b"cookie", "")), best_language(headers.get(b"accept-language", "")))


def _chosen(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(LANGUAGE_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
