"""What a station is told of an organisation's own sign-in."""

import msgspec


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which provider, who we are there, and which claim is whose party here.

    ``name`` is what people call it. ``people`` is a TOML file: each line a claim's value and the id of an officer or
    member of this station.
    """

    name: str = ""
    issuer: str = ""
    client_id: str = ""
    secret_file: str = ""
    claim: str = "sub"
    people: str = ""
