"""Who is at the door: a token's holder, a page's session, or a party that shows itself with its own key.

Law 2: nobody needs to be known to call. Law 4: what is done with a token or session is attested by the
station and marked so for ever; a key alone proves a party for reading, since its acts are signed statements.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from esos.errors import EsosError, Forbidden, Malformed, Unauthenticated
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.logbook.base64s import from_url_safe
from esos.message.bodies import Presented
from esos.message.statement import Statement, check_signature, read_statement
from esos.station.desk import need_role
from esos.station.station import Station
from esos.station.tokens import SESSION_LONGEST_MS, Holder
from esos.station.visit import CASE_LINK_MS
from esos.web.csrf import HEADER, SESSION_COOKIE, VISIT_COOKIE, Csrf
from esos.web.settings import WebSettings

PRESENTED_MAX_MS = 600_000
"""The longest that a party may show itself for with one statement."""
VISIT_MAX_AGE_S = CASE_LINK_MS // 1000
KEY_HEADER = "esos-key"
PARTY_STATE = "esos_party"
"""Under what name a request remembers who asked, for the record of accesses."""
CASE_STATE = "esos_case"
_BEARER_PURPOSES = frozenset({"token", "session", "case", "ack"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PUBLIC_KEY_BYTES = 32

AnyRequest = Request[Any, Any, Any]


class Way(StrEnum):
    """How a party came to be known at this door."""

    BEARER = "bearer"
    SESSION = "session"
    PRESENTED = "presented"


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. ``about`` limits a page's link to its case (16 bytes, perhaps a request's behind them)."""

    speaker: Speaker
    way: Way
    about: bytes = b""
    key: bytes = b""

    @property
    def name(self) -> str:
        """The party's id."""
        return self.speaker.party

    def has(self, *roles: Role) -> bool:
        """Whether the party has one of these roles."""
        return bool(set(roles) & self.speaker.roles)

    def need(self, *roles: Role) -> None:
        """Raise ``Forbidden`` (``session.role``, ``session.link_only``) unless it has one of them, as itself."""
        need_role(self.speaker, *roles)
        if self.about:
            raise Forbidden("session.link_only", "This link is for one case only.", hint="Sign in to do this.")

    def need_voice(self) -> None:
        """Raise ``Unauthenticated`` (``session.read_only``) where the party came to read: its acts it signs itself."""
        if self.way is Way.PRESENTED:
            raise Unauthenticated(
                "session.read_only",
                "Showing your key lets you read; what you do is a statement that you sign.",
                hint="Post it to /api/v1/statements, or use a token.",
            )


class Asked:
    """Whoever asks with one request, found once: who one is and what one sees follow from the same answer."""

    def __init__(self, find: Callable[[], Awaitable[Party | None]]) -> None:
        self._find = find
        self._lock = asyncio.Lock()
        self._found: list[Party | EsosError | None] = []

    async def party(self) -> Party | None:
        """Who asks, None for somebody nobody knows; raises what finding it raised."""
        async with self._lock:
            if not self._found:
                self._found.append(await self._look())
        found = self._found[0]
        if isinstance(found, EsosError):
            raise found
        return found

    async def known(self) -> Party | None:
        """The same, None also for whoever is refused."""
        try:
            return await self.party()
        except EsosError:  # whoever needs to know who asks asks for ``party``, and refuses
            return None

    async def _look(self) -> Party | EsosError | None:
        try:
            return await self._find()
        except EsosError as refusal:
            return refusal


async def find_party(request: AnyRequest, station: Station, csrf: Csrf) -> Party | None:
    """Who asks, remembered with the request; raises as ``_find`` does."""
    party = await _find(request, station, csrf)
    request.scope["state"][PARTY_STATE] = party
    return party


def remember_case(request: AnyRequest, case_id: bytes) -> None:
    """Which case is shown, where its address does not say so: for the record of accesses."""
    request.scope["state"][CASE_STATE] = case_id


def way_of(request: AnyRequest) -> str:
    """How whoever asks came to be known, empty for nobody."""
    party: Party | None = request.scope["state"].get(PARTY_STATE)
    return party.way.value if party else ""


async def _find(request: AnyRequest, station: Station, csrf: Csrf) -> Party | None:
    """Who asks, None for somebody nobody knows.

    Raises ``Unauthenticated`` (``session.token``, ``session.scheme``, ``session.gone``), what
    ``presented_party`` raises, and ``Forbidden`` (``csrf.*``) where a cookie acts without its token.
    """
    written = request.headers.get("authorization", "")
    scheme, _, credentials = written.partition(" ")
    if not written:
        return await _party_of_cookie(request, station, csrf)
    if scheme.lower() == "bearer":
        return await bearer_party(credentials.strip(), station)
    if scheme.lower() == "esos":
        stranger_key = read_key_header(request)
        return await presented_party(credentials.strip(), station, stranger_key=stranger_key)
    raise Unauthenticated(
        "session.scheme", "Authorization is by Bearer or ESOS here.", hint="See /schema/openapi.json."
    )


async def need_party(asked: Asked) -> Party:
    """Who asks; raises ``Unauthenticated`` (``session.needed``) for somebody nobody knows."""
    party = await asked.party()
    if party is None:
        raise Unauthenticated(
            "session.needed", "This needs to know who you are.", hint="Sign in, or send Authorization: Bearer TOKEN."
        )
    return party


async def bearer_party(secret: str, station: Station) -> Party:
    """Whoever holds this token; raises ``Unauthenticated`` (``session.token``, ``session.gone``)."""
    holder = await station.tokens.holder(secret) if secret else None
    if holder is None or holder.purpose not in _BEARER_PURPOSES:
        raise Unauthenticated("session.token", "This token is not, or no longer, valid.", hint="Ask for a new one.")
    speaker = await station.desk.known(holder)
    return Party(speaker=speaker, way=Way.BEARER, about=_about(holder))


async def session_party(request: AnyRequest, station: Station) -> Party | None:
    """Whoever is signed in with the session cookie, None for nobody. Forms check their own token."""
    secret = request.cookies.get(SESSION_COOKIE, "")
    holder = await station.tokens.in_session(secret) if secret else None
    if holder is None:
        return None
    try:
        speaker = await station.desk.known(holder)
    except Unauthenticated:
        return None
    party = Party(speaker=speaker, way=Way.SESSION)
    request.scope["state"][PARTY_STATE] = party
    return party


async def presented_party(written: str, station: Station, *, stranger_key: bytes = b"") -> Party:
    """The party that signed a ``presented`` statement for this station.

    Raises ``Malformed``, ``ProofFailed`` (``statement.signature``) and ``Unauthenticated``
    (``presented.kind``, ``presented.audience``, ``presented.expired``, ``key.unknown``).
    """
    statement = read_statement(from_url_safe(written))
    _check_presented(statement, station)
    if station.directory.key(statement.author, station.clock.now_ms()) is None:
        await station.directory.refresh(station.journal)
    entry = station.directory.key(statement.author, station.clock.now_ms())
    public = entry.public if entry else stranger_key
    if not public:
        raise Unauthenticated("key.unknown", "No live key with this name is registered here.")
    check_signature(statement, public)
    speaker = station.directory.speaker_of_key(statement.author, station.clock.now_ms()) or _stranger(statement)
    return Party(speaker=speaker, way=Way.PRESENTED, key=public)


def _check_presented(statement: Statement, station: Station) -> None:
    body, now_ms = statement.body, station.clock.now_ms()
    if not isinstance(body, Presented) or statement.realm is not station.identity.realm:
        raise Unauthenticated("presented.kind", "To show who you are, sign a statement of the kind 'presented'.")
    if body.audience != station.identity.kid:
        raise Unauthenticated("presented.audience", "This was signed for another station.")
    if not now_ms < body.expires_ms <= now_ms + PRESENTED_MAX_MS:
        raise Unauthenticated(
            "presented.expired",
            "What you show must end within ten minutes from now.",
            hint="Check your clock; sign anew.",
        )


def _stranger(statement: Statement) -> Speaker:
    return Speaker(
        party=f"stranger:{statement.author.hex()}", roles=frozenset({Role.STRANGER}), known_by=KnownBy.NOTHING
    )


def read_key_header(request: AnyRequest) -> bytes:
    """The public key a stranger sends along in ``Esos-Key``, empty without; raises ``Malformed`` (``key.header``)."""
    written = request.headers.get(KEY_HEADER, "")
    try:
        key = bytes.fromhex(written)
    except ValueError as cause:
        raise Malformed("key.header", "Esos-Key is a public key in hexadecimal.") from cause
    if key and len(key) != _PUBLIC_KEY_BYTES:
        raise Malformed("key.header", f"Esos-Key is {_PUBLIC_KEY_BYTES} bytes in hexadecimal.")
    return key


async def _party_of_cookie(request: AnyRequest, station: Station, csrf: Csrf) -> Party | None:
    party = await session_party(request, station)
    if party is not None and request.method not in _SAFE_METHODS:
        csrf.check_token(request.headers.get(HEADER, ""), request)
    return party


def _about(holder: Holder) -> bytes:
    return holder.about if holder.purpose in {"case", "ack"} else b""


def session_cookie(secret: str, settings: WebSettings) -> Cookie:
    """The cookie of a session: it lasts as long as one may; whether the session still does, the station knows."""
    return _cookie(SESSION_COOKIE, secret, SESSION_LONGEST_MS // 1000, settings)


def no_session_cookie(settings: WebSettings) -> Cookie:
    """The same, taken back."""
    return _cookie(SESSION_COOKIE, "", 0, settings)


def visit_of(request: AnyRequest) -> str:
    """The secret of the live page of the call made last in this browser, empty where there was none."""
    return request.cookies.get(VISIT_COOKIE, "")


def visit_cookie(link: str, settings: WebSettings) -> Cookie:
    """The cookie by which somebody nobody knows finds the way back to its call, and joins it by calling again."""
    return _cookie(VISIT_COOKIE, link, VISIT_MAX_AGE_S, settings)


def _cookie(name: str, value: str, max_age_s: int, settings: WebSettings) -> Cookie:
    return Cookie(
        key=name, value=value, max_age=max_age_s, path="/", httponly=True, samesite="lax", secure=settings.cookie_secure
    )
