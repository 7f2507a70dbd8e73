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


def headers_hook(*, is_secure: bool) -> Any:
    """A hook that adds them to every answer, errors included; what a handler set itself is kept."""
    wanted = {**_ALWAYS, **_SECURE} if is_secure else _ALWAYS

    async def add_headers(message: Message, scope: Scope) -> None:
        del scope
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in wanted.items():
            headers.setdefault(name, value)

    return add_headers
