"""Every setting, read once: flags before ``ESOS_*`` variables before one TOML file before the defaults."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from esos.errors import Malformed, Unknown

PREFIX = "ESOS_"
SETTINGS_FILE = "esos.toml"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a running station can be told. ``http`` and ``udp`` are addresses to listen on; port 0 takes any.

    ``public_url`` is how people reach the pages (links in pages use it); ``speed`` divides every
    duration of the pact, for exercise stations only. ``smtp_*`` and ``webhook_secret`` configure paging.
    """

    http: str = "127.0.0.1:8765"
    udp: str = "127.0.0.1:8765"
    public_url: str = ""
    database: str = ""
    speed: Annotated[int, Meta(ge=1, le=100_000)] = 1
    smtp_host: str = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65_535)] = 25
    smtp_from: str = "esos@localhost"
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: str = "none"
    webhook_secret: str = ""
    cookie_secure: bool = False
    log_level: str = "info"
    log_json: bool = False


def read_settings(*, file: Path | None = None, flags: dict[str, Any] | None = None) -> Settings:
    """The settings in force. ``flags`` with value None are as if not given.

    Raises ``Unknown`` (``settings.file``) and ``Malformed`` (``settings.malformed``, ``settings.value``).
    """
    values: dict[str, Any] = {**_from_file(file), **_from_environment()}
    values.update({name: value for name, value in (flags or {}).items() if value is not None})
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as cause:
        raise Malformed("settings.value", f"A setting is not as it should be: {cause}.") from cause


def _from_environment() -> dict[str, str]:
    names = Settings.__struct_fields__
    given = {name: os.environ.get(f"{PREFIX}{name.upper()}") for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    if not file.is_file():
        raise Unknown("settings.file", f"There is no settings file {file}.")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise Malformed("settings.malformed", f"{file} is no TOML file: {cause}.") from cause
