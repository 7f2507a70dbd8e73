"""Every setting, read once: flags before ``ESOS_*`` variables before one TOML file before the defaults."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from esos.errors import Malformed, Unknown

PREFIX = "ESOS_"
STOP_SECONDS = 5
"""How long a stop may take, with open streams."""
SETTINGS_FILE = "esos.toml"
FOR_VERBS = frozenset({"home", "url", "token"})
"""Keys of the file that say which station a verb is for; the station itself does not read them."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a running station can be told. ``http`` and ``udp`` are addresses to listen on; port 0 takes any.

    ``udp`` may be empty: no datagram door. ``public_url`` is how people reach the pages (links in pages
    use it) and ``public_udp`` where callers send datagrams, where that differs from what is listened on: one
    address, or those of several machines with commas between.
    ``speed`` divides every duration of the pact, for exercise stations only. ``smtp_*`` and ``webhook_*``
    configure paging; ``webhook_private`` lets pages be posted into the station's own network.
    ``apprise_services`` names the services Apprise may use, with commas between; empty: those without a
    host to choose, ``*``: all. ``apprise_private`` lets it call services in the station's own network.
    ``http_connections`` is how many connections the door takes in all, where the open files of the process
    allow it, and ``http_per_address`` from one address that is not this machine's own.
    ``processes`` is how many processes serve, on PostgreSQL; they share the addresses.
    ``log_level`` is debug, info, warning or error; ``log_json`` writes a JSON object a line.
    """

    http: str = "127.0.0.1:8765"
    udp: str = "127.0.0.1:8765"
    public_url: str = ""
    public_udp: str = ""
    database: str = ""
    processes: Annotated[int, Meta(ge=1, le=64)] = 1
    speed: Annotated[int, Meta(ge=1, le=100_000)] = 1
    smtp_host: str = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65_535)] = 25
    smtp_from: str = "esos@localhost"
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    webhook_secret: str = ""
    webhook_private: bool = False
    apprise_services: str = ""
    apprise_private: bool = False
    cookie_secure: bool = False
    http_connections: Annotated[int, Meta(ge=16, le=65_536)] = 4_096
    http_per_address: Annotated[int, Meta(ge=1, le=65_536)] = 256
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_json: bool = False


def read_settings(*, file: Path | None = None, flags: dict[str, Any] | None = None) -> Settings:
    """The settings in force. ``flags`` with value None are as if not given; tables in the file are not read here.

    Raises ``Unknown`` (``settings.file``) and ``Malformed`` (``settings.malformed``, ``settings.value``).
    """
    written = read_settings_file(file) if file else {}
    values: dict[str, Any] = {
        name: value for name, value in written.items() if not isinstance(value, dict) and name not in FOR_VERBS
    }
    values.update(_from_environment())
    values.update({name: value for name, value in (flags or {}).items() if value is not None})
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as cause:
        raise Malformed(
            "settings.value",
            f"A setting is not as it should be: {cause}.",
            hint=f"The settings are: {', '.join(Settings.__struct_fields__)}.",
        ) from cause


def read_settings_file(file: Path) -> dict[str, Any]:
    """What a settings file says: settings by name, and tables with defaults for the flags of verbs.

    Raises ``Unknown`` (``settings.file``) and ``Malformed`` (``settings.malformed``).
    """
    if not file.is_file():
        raise Unknown("settings.file", f"There is no settings file {file}.")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise Malformed("settings.malformed", f"{file} is no TOML file: {cause}.") from cause


def _from_environment() -> dict[str, str]:
    names = Settings.__struct_fields__
    given = {name: os.environ.get(f"{PREFIX}{name.upper()}") for name in names}
    return {name: value for name, value in given.items() if value is not None}
