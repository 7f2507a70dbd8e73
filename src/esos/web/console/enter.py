"""Signing in and out: with a passkey, or by a one-time link whose page has a button, so that no mail scanner spends it.

Whoever signs in, and how, is on record.
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from esos.errors import Conflict, EsosError, Forbidden, Malformed, TooLarge, Unknown
from esos.web import oidc, passkeys
from esos.web.auth import AnyRequest, no_session_cookie, session_cookie, way_of
from esos.web.console.tongue import language_cookie
from esos.web.console.visit import STAFF, TheVisit, Visit, form_of, go, page
from esos.web.given import TheCsrf
from esos.words.access import Act, device_of
from esos.words.language import say

CHALLENGE_COOKIE = "esos_challenge"
STATE_COOKIE = "esos_oidc"
CHALLENGE_SECONDS = 300
_JSON = "application/json"
_NO_ORIGIN = "null"
_OWN_SITES = frozenset({"same-origin", "none"})


def place_of(request: AnyRequest, visit: Visit) -> passkeys.Place:
    """Where passkeys are good as seen from this page; raises ``Conflict`` (``passkey.host``)."""
    url = request.url
    return passkeys.place_of(visit.settings.public_url, url.scheme, request.headers.get("host", url.netloc))


def why_not(request: AnyRequest, visit: Visit) -> EsosError | None:
    """Why passkeys cannot work at this address, None where they can."""
    try:
        place_of(request, visit)
    except Conflict as cause:
        return cause
    return None


def device(request: AnyRequest) -> str:
    """The kind of device that somebody sits at."""
    return device_of(request.headers.get("user-agent", ""))


async def answer_of(request: AnyRequest) -> dict[str, Any]:
    """What a device answered, as the page's script sends it; raises ``TooLarge`` or ``Malformed``."""
    raw = await request.body()
    if len(raw) > passkeys.CREDENTIAL_MAX_BYTES:
        raise TooLarge("passkey.too_large", "No device answers with so much.")
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.DecodeError as cause:
        raise Malformed("passkey.malformed", "What the device answered could not be read.") from cause


def challenged(options: str, challenge: str, visit: Visit) -> Response[bytes]:
    """Options for a device, and the cookie that ties the challenge to this browser."""
    response = Response(options.encode(), media_type=_JSON)
    response.set_cookie(_challenge_cookie(challenge, CHALLENGE_SECONDS, visit))
    return response


def _challenge_cookie(value: str, seconds: int, visit: Visit) -> Cookie:
    return Cookie(
        key=CHALLENGE_COOKIE, value=value, max_age=seconds, path="/", httponly=True, samesite="strict",
        secure=visit.settings.cookie_secure,
    )  # fmt: skip


def challenge_of(request: AnyRequest) -> str:
    """The challenge that this browser was given."""
    return request.cookies.get(CHALLENGE_COOKIE, "")


@get("/enter")
async def explain(visit: TheVisit) -> Response[str]:
    """How to come in: with a passkey, through one's organisation, or by a link."""
    return page(visit, "enter.html", secret="", provider=visit.provider)


@get(["/in/{secret:str}", "/enter/{secret:str}"])
async def offer(secret: FromPath[str], visit: TheVisit) -> Response[str]:
    """The button that spends the link."""
    return page(visit, "enter.html", secret=secret, provider="")


@post("/enter/{secret:str}", status_code=303)
async def enter(secret: FromPath[str], request: AnyRequest, visit: TheVisit) -> Response[Any]:
    """Spend the link for a session; raises ``Forbidden`` (``session.other_site``) where another site asks for it."""
    need_own_site(request, visit)
    station, at = visit.station, device(request)
    holder, session = await station.tokens.sign_in(secret, device=at)
    speaker = await station.desk.known(holder)
    await station.accesses.note(speaker.party, Act.SIGNED_IN, way="link", device=at)
    has_passkey = bool(await station.journal.passkeys_of(speaker.party))
    response = go(home_of(speaker.roles) if has_passkey or why_not(request, visit) else "/me?new=1")
    response.set_cookie(session_cookie(session, visit.settings))
    code = await visit.station.tongues.chosen(holder.party)
    if code in visit.station.tongues.known:
        response.set_cookie(language_cookie(code, visit))
    return response


def need_own_site(request: AnyRequest, visit: Visit) -> None:
    """Raise ``Forbidden`` (``session.other_site``) where a page of another site sends this browser to sign in.

    Else it could be signed in as somebody else without knowing. ``Origin`` is looked at where a browser does not say
    ``Sec-Fetch-Site``, as without TLS; our own page sends it as ``null``, since it passes no address on.
    """
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", _NO_ORIGIN)
    hosts = {request.headers.get("host", ""), urlsplit(visit.settings.public_url).netloc}
    is_own = site in _OWN_SITES if site else origin == _NO_ORIGIN or urlsplit(origin).netloc in hosts
    if not is_own:
        raise Forbidden(
            "session.other_site",
            say("Another site asked to sign this browser in, so nobody was signed in."),
            hint=say("Open the link that your station gave you, and press the button there."),
        )


def home_of(roles: Any) -> str:
    """Where somebody begins who has just signed in."""
    return "/watch" if STAFF & roles else "/inbox"


@post("/enter/passkey/begin", status_code=200)
async def begin(request: AnyRequest, visit: TheVisit) -> Response[bytes]:
    """A challenge for whoever has a passkey here; it says itself whose it is."""
    challenge, options = passkeys.entering_options(visit.station, place_of(request, visit))
    return challenged(options, challenge, visit)


@post("/enter/passkey/finish", status_code=200)
async def finish(request: AnyRequest, visit: TheVisit) -> Response[bytes]:
    """The device's answer for a session."""
    station, at = visit.station, device(request)
    speaker = await passkeys.enter(
        station,
        place_of(request, visit),
        challenge=challenge_of(request),
        credential=await answer_of(request),
        device=at,
    )
    session = await station.tokens.session(speaker.party, way="passkey", device=at)
    await station.accesses.note(speaker.party, Act.SIGNED_IN, way="passkey", device=at)
    response = Response(msgspec.json.encode({"go": home_of(speaker.roles)}), media_type=_JSON)
    response.set_cookie(session_cookie(session, visit.settings))
    response.set_cookie(_challenge_cookie("", 0, visit))
    return response


@get("/enter/oidc", status_code=303)
async def go_to_provider(visit: TheVisit) -> Response[Any]:
    """To the organisation's own sign-in."""
    state, address = await provider_of(visit).begin(visit.station)
    response = go(address)
    # Lax, since the way back comes from another site; what it is worth ends in five minutes.
    response.set_cookie(session_like(STATE_COOKIE, state, CHALLENGE_SECONDS, visit))
    return response


@get("/enter/oidc/back", status_code=303)
async def back_from_provider(request: AnyRequest, visit: TheVisit) -> Response[Any]:
    """Back from the organisation's own sign-in, for a session."""
    station, at, asked = visit.station, device(request), request.query_params
    speaker = await provider_of(visit).end(
        station,
        state=asked.get("state", ""),
        cookie=request.cookies.get(STATE_COOKIE, ""),
        code=asked.get("code", ""),
        device=at,
    )
    session = await station.tokens.session(speaker.party, way="oidc", device=at)
    await station.accesses.note(speaker.party, Act.SIGNED_IN, way="oidc", device=at)
    response = go(home_of(speaker.roles))
    response.set_cookie(session_cookie(session, visit.settings))
    response.set_cookie(session_like(STATE_COOKIE, "", 0, visit))
    return response


def provider_of(visit: Visit) -> oidc.Provider:
    """The provider in the settings; raises ``Unknown`` (``oidc.none``) where there is none."""
    wanted = visit.settings.oidc
    if not wanted.issuer:
        raise Unknown(
            "oidc.none", "No organisation's sign-in is set up here.", hint="Use a passkey or a one-time link."
        )
    return oidc.Provider(wanted, public_url=visit.settings.public_url)


def session_like(name: str, value: str, seconds: int, visit: Visit) -> Cookie:
    """A cookie that comes along when another site sends somebody back."""
    return Cookie(
        key=name, value=value, max_age=seconds, path="/enter", httponly=True, samesite="lax",
        secure=visit.settings.cookie_secure,
    )  # fmt: skip


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
        await visit.station.accesses.note(
            visit.speaker.party, Act.SIGNED_OUT, way=way_of(request), device=device(request)
        )
    response = go("/enter")
    response.set_cookie(no_session_cookie(visit.settings))
    return response


HANDLERS = [explain, offer, enter, begin, finish, go_to_provider, back_from_provider, ask_to_leave, leave]
