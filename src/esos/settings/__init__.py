"""Every setting, read once: flags before ``ESOS_*`` variables before one TOML file before the defaults.

What each is for stands here once; the reference, the example file and ``esos station settings`` are made from it.
"""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from esos.errors import Malformed, Unknown
from esos.message.card import MESH_NODE, SMS_NUMBER
from esos.settings.about import ABOUT

PREFIX = "ESOS_"
STOP_SECONDS = 5
"""How long a stop may take, with open streams."""
SETTINGS_FILE = "esos.toml"
FOR_VERBS = frozenset({"home", "url", "token"})
"""Keys of the file that say which station a verb is for; the station itself does not read them."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a running station can be told; ``ABOUT`` says what each is for."""

    http: str = "127.0.0.1:8765"
    udp: str = "127.0.0.1:8765"
    quic: str = ""
    public_url: str = ""
    public_udp: str = ""
    udp_strangers: str = ""
    public_udp_strangers: str = ""
    dns_zone: str = ""
    dns: str = "127.0.0.1:8753"
    public_dns: str = ""
    mail: str = ""
    mail_address: str = ""
    public_mail: str = ""
    public_quic: str = ""
    sms_number: Annotated[str, Meta(pattern=SMS_NUMBER)] = ""
    watch_telephone: str = ""
    watch_text: Annotated[str, Meta(pattern=SMS_NUMBER)] = ""
    watch_mailbox: str = ""
    mesh_node: Annotated[str, Meta(pattern=MESH_NODE)] = ""
    tls_cert: str = ""
    tls_key: str = ""
    trusted_proxies: str = ""
    cookie_secure: bool = False
    oidc_name: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret_file: str = ""
    oidc_claim: str = "sub"
    oidc_people: str = ""
    http_connections: Annotated[int, Meta(ge=16, le=65_536)] = 4_096
    http_per_address: Annotated[int, Meta(ge=1, le=65_536)] = 256
    database: str = ""
    processes: Annotated[int, Meta(ge=1, le=64)] = 1
    retain_daily: bool = False
    speed: Annotated[int, Meta(ge=1, le=100_000)] = 1
    smtp_host: str = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65_535)] = 25
    smtp_from: str = "esos@localhost"
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    text_gateway: str = ""
    voice_gateway: str = ""
    gateway_secret: str = ""
    webhook_secret: str = ""
    webhook_private: bool = False
    apprise_services: str = ""
    apprise_private: bool = False
    contact_checks: bool = True
    language: Literal["en", "fr", "es", "ar"] = "en"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_json: bool = False
    log_file: str = ""
    log_file_bytes: Annotated[int, Meta(ge=0, le=1_073_741_824)] = 10_485_760
    log_files_kept: Annotated[int, Meta(ge=1, le=1_000)] = 5


class InForce(NamedTuple):
    """A setting as it is: its value, and where that came from: ``flag``, ``environment``, ``file`` or ``default``."""

    name: str
    value: Any
    source: str


def read_settings(*, file: Path | None = None, flags: dict[str, Any] | None = None) -> Settings:
    """The settings in force. ``flags`` with value None are as if not given; tables in the file are not read here.

    Raises ``Unknown`` (``settings.file``) and ``Malformed`` (``settings.malformed``, ``settings.value``).
    """
    values: dict[str, Any] = {}
    for _, found in _sources(file, flags):
        values.update(found)
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as cause:
        raise Malformed(
            "settings.value",
            f"A setting is not as it should be: {cause}.",
            hint=f"The settings are: {', '.join(Settings.__struct_fields__)}.",
        ) from cause


def in_force(*, file: Path | None = None, flags: dict[str, Any] | None = None) -> tuple[InForce, ...]:
    """Every setting with where it came from; raises as ``read_settings`` does."""
    settings = read_settings(file=file, flags=flags)
    sources = {name: source for source, found in _sources(file, flags) for name in found}
    return tuple(InForce(name, getattr(settings, name), sources.get(name, "default")) for name in ABOUT)


def example_file() -> str:
    """A settings file in which every setting is explained and commented out."""
    return "\n".join(_example_lines()) + "\n"


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


def _sources(file: Path | None, flags: dict[str, Any] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each source says, weakest first."""
    written = read_settings_file(file) if file else {}
    yield (
        "file",
        {name: value for name, value in written.items() if not isinstance(value, dict) and name not in FOR_VERBS},
    )
    yield "environment", _from_environment()
    yield "flag", {name: value for name, value in (flags or {}).items() if value is not None}


def _from_environment() -> dict[str, str]:
    names = Settings.__struct_fields__
    given = {name: os.environ.get(f"{PREFIX}{name.upper()}") for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _example_lines() -> Iterator[str]:
    yield "# Settings of a station. Take the # away before a line to set it; chmod 600 the file if it holds a secret."
    group = ""
    defaults = Settings()
    for name, about in ABOUT.items():
        if about.group != group:
            group = about.group
            yield from ("", f"# --- {group} ---")
        default = msgspec.json.encode(getattr(defaults, name)).decode()
        of_unit = f" In {about.unit}." if about.unit and about.unit[0].islower() else ""
        yield from ("", f"# {about.says.replace('`', '')}{of_unit} Default: {default}", f"# {name} = {about.example}")
