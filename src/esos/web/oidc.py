"""Signing in through an organisation's own provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

The provider says who somebody is; what they may do here, only the register says. Issuer, audience, nonce and time are
checked exactly, and nothing unsigned is believed. Whoever the station does not know is refused, and that is on record.
"""

import asyncio
import base64
import tomllib
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
import structlog

from esos.errors import Busy, EsosError, Forbidden, Malformed, Unauthenticated
from esos.keys.speaker import KnownBy, Speaker
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.web.oidc_settings import OidcSettings
from esos.words.access import Act
from esos.words.language import later, say

PURPOSE = "oidc"
ALGORITHMS = ("RS256", "ES256")
"""The signatures that are believed; ``none``, and keys that the provider shares with others, never."""
LEEWAY_S = 60
"""How far two clocks may differ."""
WAIT_SECONDS = 10
ANSWER_MAX_BYTES = 262_144
"""How much of an answer is read at most."""
CONFIGURATION_MS = 600_000
"""How long is believed what the provider published of itself: whoever presses the button asks it nothing."""
PIECE_BYTES = 16_384
CLAIM_MAX = 200
BACK = "/enter/oidc/back"
_NOT_HELD = later("What your organisation's sign-in said of you does not hold here, so nobody was signed in.")
_TELL = later("Sign in by a one-time link, and tell whoever looks after the station.")
FAILURE_MS = 15_000
"""How long a provider that did not answer, or not rightly, is asked nothing more by whoever presses the button."""
_published: dict[str, tuple[int, dict[str, Any]]] = {}
"""By issuer, of which the settings name one: until when it is believed, and what it published."""
_failed: dict[str, tuple[int, str]] = {}
"""The same of failures: until when one is remembered, and its code."""
_turns: dict[str, asyncio.Lock] = {}
"""One look-up at a time: whoever presses the button meanwhile waits for what comes of it."""
_log = structlog.get_logger("esos.oidc")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Provider:
    """One provider, as a station asks it. What it signs with is asked anew for each sign-in."""

    def __init__(self, settings: OidcSettings, *, public_url: str) -> None:
        self._settings = settings
        self._back = f"{public_url.rstrip('/')}{BACK}"

    async def begin(self, station: Station) -> tuple[str, str]:
        """The state for this browser's cookie, and the address to send it to.

        Raises ``Busy`` (``oidc.unreachable``). What the browser must not know follows from the state, which is kept
        nowhere until somebody comes back with it.
        """
        found = await self._discovered(station.clock.now_ms())
        state = station.tokens.challenge(PURPOSE)
        digest = sha256(station.tokens.derived(state, "verifier").encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._back,
            "scope": "openid email profile",
            "state": state,
            "nonce": station.tokens.derived(state, "nonce"),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        address = _text(found, "authorization_endpoint")
        return state, f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def end(self, station: Station, *, state: str, cookie: str, code: str, device: str) -> Speaker:
        """Who came back. Raises ``Unauthenticated`` (``oidc.state``) and ``Forbidden`` (``oidc.*``)."""
        if state != cookie or not await station.tokens.is_open(state, PURPOSE):
            raise _stale()
        if not code:
            raise Forbidden(
                "oidc.denied",
                say("Your organisation did not let you in."),
                hint=say("Ask it why, or sign in by a one-time link."),
            )
        claims = await self._claims(code, state, station)
        if not await station.tokens.use_challenge(state, PURPOSE):
            raise _stale()
        return await self._known(station, claims, device)

    async def _claims(self, code: str, state: str, station: Station) -> Mapping[str, Any]:
        now_ms, tokens = station.clock.now_ms(), station.tokens
        found = await self._discovered(now_ms)
        try:
            answer, keys = await self._exchanged(found, code, tokens.derived(state, "verifier"))
        except Busy as cause:
            self._remember(cause, now_ms)
            raise
        claims = read_token(_text(answer, "id_token"), keys)
        check_claims(claims, self._settings, nonce=tokens.derived(state, "nonce"), now_s=now_ms // 1000)
        return claims

    async def _exchanged(
        self, found: Mapping[str, Any], code: str, verifier: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the provider gives for a code, and its keys as they are now."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back, "code_verifier": verifier,
        }  # fmt: skip
        async with _client() as client:
            auth = (self._settings.client_id, self._secret())
            answer = await _asked(client.stream("POST", _text(found, "token_endpoint"), auth=auth, data=form))
            return answer, await _asked(client.stream("GET", _text(found, "jwks_uri")))

    async def _discovered(self, now_ms: int) -> dict[str, Any]:
        """What the provider publishes of itself, as it was kept or asked for now."""
        issuer = self._settings.issuer
        async with _turns.setdefault(issuer, asyncio.Lock()):
            self._need_no_failure(now_ms)
            until_ms, kept = _published.get(issuer, (0, {}))
            if now_ms < until_ms <= now_ms + CONFIGURATION_MS:
                return kept
            try:
                found = await self._look_up()
            except (Busy, Forbidden) as cause:
                self._remember(cause, now_ms)
                raise
            _published[issuer] = (now_ms + CONFIGURATION_MS, found)
            return found

    async def _look_up(self) -> dict[str, Any]:
        """What the provider publishes now; its issuer must be, byte for byte, the one in the settings."""
        issuer = self._settings.issuer
        _need_safe(issuer)
        async with _client() as client:
            found = await _asked(client.stream("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        if found.get("issuer") != issuer:
            raise _other_issuer()
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _need_safe(_text(found, name))
        return found

    def _remember(self, failure: EsosError, now_ms: int) -> None:
        _failed[self._settings.issuer] = (now_ms + FAILURE_MS, failure.code)
        _log.warning("oidc_failed", code=failure.code)

    def _need_no_failure(self, now_ms: int) -> None:
        """Raise what a look-up a moment ago ended with, in the words of whoever asks now."""
        until_ms, code = _failed.get(self._settings.issuer, (0, ""))
        if not now_ms < until_ms <= now_ms + FAILURE_MS:
            return
        failure = _FAILURES[code]()
        raise failure

    def _secret(self) -> str:
        try:
            return Path(self._settings.secret_file).read_text(encoding="utf-8").strip()
        except OSError as cause:
            raise Busy("oidc.secret", say("The station cannot read its own secret for this sign-in.")) from cause

    async def _known(self, station: Station, claims: Mapping[str, Any], device: str) -> Speaker:
        value = str(claims.get(self._settings.claim) or "")[:CLAIM_MAX]
        is_proven = self._settings.claim != "email" or claims.get("email_verified") is True
        party = self._people().get(value, "") if value and is_proven else ""
        if not party:
            await station.accesses.note("", Act.REFUSED, way="oidc", device=device, about=value)
            raise _unknown()
        try:
            return await station.desk.known(Holder(party=party, purpose="session", known_by=KnownBy.SESSION))
        except Unauthenticated as cause:
            await station.accesses.note(party, Act.REFUSED, way="oidc", device=device, about=value)
            raise _unknown() from cause

    def _people(self) -> dict[str, str]:
        """Claim to party, read anew each time, so that a change needs no restart."""
        try:
            read = tomllib.loads(Path(self._settings.people).read_text(encoding="utf-8"))
        except (OSError, ValueError) as cause:
            raise Busy(
                "oidc.people", say("The station cannot read its list of who is who for this sign-in.")
            ) from cause
        return {name: party for name, party in read.items() if isinstance(party, str)}


def read_token(token: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of an ID token that one of the provider's keys signed; raises ``Forbidden`` (``oidc.signature``)."""
    from joserfc import errors, jwk, jwt  # noqa: PLC0415 - read when somebody comes this way

    try:
        return jwt.decode(token, jwk.KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims  # type: ignore[arg-type]
    except (errors.JoseError, ValueError, KeyError, TypeError) as cause:  # the library reads what came over the network
        raise Forbidden("oidc.signature", say(_NOT_HELD), hint=say(_TELL)) from cause


def check_claims(claims: Mapping[str, Any], settings: OidcSettings, *, nonce: str, now_s: int) -> None:
    """OpenID Connect Core 1.0, section 3.1.3.7.

    Raises ``Forbidden`` (``oidc.issuer``, ``oidc.audience``, ``oidc.nonce``, ``oidc.expired``).
    """
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, issued = claims.get("exp"), claims.get("iat")
    if claims.get("iss") != settings.issuer:
        raise _other_issuer()
    is_ours = settings.client_id in audiences and claims.get("azp", settings.client_id) == settings.client_id
    if not is_ours or (len(audiences) > 1 and "azp" not in claims):
        raise Forbidden("oidc.audience", say(_NOT_HELD), hint=say(_TELL))
    if claims.get("nonce") != nonce:
        raise Forbidden("oidc.nonce", say(_NOT_HELD), hint=say(_TELL))
    is_dated = isinstance(expires, int | float) and isinstance(issued, int | float)
    if not is_dated or not issued - LEEWAY_S <= now_s < expires + LEEWAY_S:  # type: ignore[operator]
        raise Forbidden("oidc.expired", say(_NOT_HELD), hint=say(_TELL))


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=WAIT_SECONDS, follow_redirects=False)


async def _asked(asking: Any) -> dict[str, Any]:
    """What the provider answers, as an object; raises ``Busy`` (``oidc.unreachable``) and ``Forbidden``."""
    content = bytearray()
    try:
        async with asking as answer:
            async for piece in answer.aiter_bytes(PIECE_BYTES):
                content += piece
                if len(content) > ANSWER_MAX_BYTES:
                    break
    except httpx.HTTPError as cause:
        raise _unreachable() from cause
    if not answer.is_success or len(content) > ANSWER_MAX_BYTES:
        raise _odd_answer()
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError as cause:
        raise _odd_answer() from cause


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise _odd_answer()
    return value


def _need_safe(address: str) -> None:
    """Raise ``Malformed`` (``oidc.address``) unless it is HTTPS, or on this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise Malformed("oidc.address", say("A provider is asked by HTTPS only."))


def _unreachable() -> Busy:
    return Busy(
        "oidc.unreachable",
        say("Your organisation's sign-in does not answer just now."),
        hint=say("Sign in with a passkey or a one-time link. In half a minute you can also try this way again."),
    )


def _odd_answer() -> Forbidden:
    return Forbidden("oidc.answer", say(_NOT_HELD), hint=say(_TELL))


def _other_issuer() -> Forbidden:
    return Forbidden("oidc.issuer", say(_NOT_HELD), hint=say(_TELL))


_FAILURES: Final[dict[str, Callable[[], EsosError]]] = {
    "oidc.unreachable": _unreachable,
    "oidc.answer": _odd_answer,
    "oidc.issuer": _other_issuer,
}
"""How a look-up may end, each said in the words of whoever asks now."""


def _stale() -> Unauthenticated:
    return Unauthenticated(
        "oidc.state",
        say("This sign-in took too long, or was begun in another browser."),
        hint=say("Begin again from the page for signing in."),
    )


def _unknown() -> Forbidden:
    return Forbidden(
        "oidc.unknown",
        say("Your organisation knows you, but this station does not. That gives no right here."),
        hint=say("Ask whoever looks after the station to add you. If you need help, call: nobody needs to sign in."),
    )
