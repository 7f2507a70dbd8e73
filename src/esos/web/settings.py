"""What the HTTP door can be told: cookies and limits, each limit with its name and unit."""

from typing import Any, Self

import msgspec

from esos.web.oidc_settings import OidcSettings

KIB = 1024


class WebSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the door behaves. ``cookie_secure`` is on wherever people come by HTTPS.

    Passkeys are bound to the host of ``public_url``; ``oidc`` is an organisation's own sign-in.
    ``events_poll_ms`` bounds how long a stream of events sleeps before it looks whether the station
    stops; ``events_kept_percent`` of the streams are kept for the watch; ``fold_wait_ms`` is how long a
    posted statement waits for its verdict before "kept, not folded yet".
    """

    cookie_secure: bool = False
    public_url: str = ""
    oidc: OidcSettings = OidcSettings()
    json_max_bytes: int = 256 * KIB
    statement_max_bytes: int = 64 * KIB
    list_max_items: int = 1_000
    statements_max_items: int = 5_000
    events_poll_ms: int = 1_000
    events_beat_ms: int = 15_000
    events_max_streams: int = 1_000
    events_per_party_max: int = 16
    events_kept_percent: int = 20
    fold_wait_ms: int = 2_000
    inbox_age_max_ms: int = 30_000

    @classmethod
    def of(cls, settings: Any) -> Self:
        """What the station's own settings say of this door; they come as they are, since nothing here may read them."""
        return cls(
            cookie_secure=settings.cookie_secure or bool(settings.tls_cert),
            public_url=settings.public_url,
            oidc=OidcSettings(**{name: getattr(settings, f"oidc_{name}") for name in OidcSettings.__struct_fields__}),
        )
