"""Headers of every answer: nothing loads from another host, nothing frames us, nothing guesses a type."""

from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
_SECURE = {"strict-transport-security": "max-age=31536000"}


def _secured(name: bytes, value: bytes) -> bytes:
    is_bare = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return value + b"; Secure" if is_bare else value


def headers_hook(*, is_secure: bool) -> Any:
    """A hook that adds them to every answer, errors included; what a handler set itself is kept.

    What came by HTTPS, at this door or at a trusted proxy, goes back with cookies that travel by HTTPS only.
    """

    async def add_headers(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        by_tls = is_secure or scope.get("scheme") == "https"
        headers = MutableScopeHeaders.from_message(message)
        for name, value in (_ALWAYS | _SECURE if by_tls else _ALWAYS).items():
            headers.setdefault(name, value)
        if by_tls:
            message["headers"] = [(name, _secured(name, value)) for name, value in message["headers"]]

    return add_headers
