"""Against forms posted from elsewhere: each form carries a token that follows from the visitor's own cookie.

The key follows from the station's master key, so a form opened before a restart still works after it.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from litestar.connection import ASGIConnection

from esos.errors import Forbidden
from esos.logbook.base64s import url_safe

SESSION_COOKIE = "esos_session"
VISIT_COOKIE = "esos_visit"
FIELD = "csrf"
"""The hidden field of every form."""
HEADER = "esos-csrf"
"""The header for scripts that act with the session cookie."""
_INFO = b"esos-csrf-1"
_SALT = bytes(32)

Connection = ASGIConnection[Any, Any, Any, Any]


def derive_secret(master: bytes, info: bytes) -> bytes:
    """A 32-byte key for one use: HKDF-SHA256 (RFC 5869) without salt, one block."""
    return _mac(_mac(_SALT, master), info + b"\x01")


class Csrf:
    """Makes and checks the tokens of forms."""

    def __init__(self, master: bytes) -> None:
        self._key = derive_secret(master, _INFO)

    def token_for(self, cookie: str) -> str:
        """The token for whoever holds this cookie: the session's, or for a stranger the visit's."""
        return url_safe(_mac(self._key, cookie.encode()))

    def check(self, form: Mapping[str, Any], request: Connection) -> None:
        """Raise ``Forbidden`` (``csrf.cookie``, ``csrf.token``) unless the form was ours and theirs."""
        self.check_token(str(form.get(FIELD) or ""), request)

    def check_token(self, token: str, request: Connection) -> None:
        """The same for a token that came another way, as in the header ``Esos-Csrf``."""
        cookie = cookie_of(request)
        if not cookie:
            raise Forbidden(
                "csrf.cookie", "This form came without the cookie it was given.", hint="Open the page again and resend."
            )
        if not hmac.compare_digest(self.token_for(cookie).encode(), token.encode()):
            raise Forbidden("csrf.token", "This form is not from this visit.", hint="Open the page again and resend.")


def cookie_of(request: Connection) -> str:
    """The cookie that forms are tied to: the session's before the visit's; empty where there is none."""
    return request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISIT_COOKIE) or ""


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, sha256).digest()
