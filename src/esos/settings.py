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
    webhook_secret: str = ""
    webhook_private: bool = False
    apprise_services: str = ""
    apprise_private: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_json: bool = False
    log_file: str = ""
    log_file_bytes: Annotated[int, Meta(ge=0, le=1_073_741_824)] = 10_485_760
    log_files_kept: Annotated[int, Meta(ge=1, le=1_000)] = 5


class About(NamedTuple):
    """What an operator is told of a setting. ``example`` is a value as it stands in the file; ``unit`` of a number."""

    group: str
    says: str
    example: str
    unit: str = ""
    is_secret: bool = False


class InForce(NamedTuple):
    """A setting as it is: its value, and where that came from: ``flag``, ``environment``, ``file`` or ``default``."""

    name: str
    value: Any
    source: str


_DOORS, _STORE, _PAGES, _LOG = "Doors", "Store", "Pages to people", "Log"
ABOUT: dict[str, About] = {
    "http": About(
        _DOORS, "Address and port for programs and pages. Port 0 takes any that is free.", '"0.0.0.0:443"', "HOST:PORT"
    ),
    "udp": About(
        _DOORS,
        "Address and port for calls by datagram; an address, not a name. Empty: no datagram door.",
        '"0.0.0.0:8765"',
        "ADDRESS:PORT",
    ),
    "quic": About(
        _DOORS,
        "Address and port for calls by QUIC; an address, not a name, and another port than `udp`. "
        "It needs `pip install 'esos[quic]'`. Empty: no such door.",
        '"0.0.0.0:8766"',
        "ADDRESS:PORT",
    ),
    "public_url": About(
        _DOORS,
        "How people reach the pages, where that differs from `http`. "
        "The links in pages that are sent out begin with it.",
        '"https://esos.club.example"',
    ),
    "public_udp": About(
        _DOORS,
        "Where callers send datagrams, where that differs from `udp`: one address, or those of several machines with "
        "commas between. It stands on the station's card.",
        '"192.0.2.10:8765"',
        "ADDRESS:PORT",
    ),
    "udp_strangers": About(
        _DOORS,
        "Address and port for calls by datagram of those whom the station does not know, served by a process of its "
        "own. Empty: they are heard by HTTPS only.",
        '"0.0.0.0:8766"',
        "ADDRESS:PORT",
    ),
    "public_udp_strangers": About(
        _DOORS,
        "Where strangers send datagrams, where that differs from `udp_strangers`: one address, or several with commas "
        "between. It stands on the station's card.",
        '"192.0.2.10:8766"',
        "ADDRESS:PORT",
    ),
    "dns_zone": About(
        _DOORS,
        "The zone beneath which a DNS question is a call; it must be delegated to this station. Empty: no DNS door.",
        '"sos.club.example"',
    ),
    "dns": About(
        _DOORS,
        "Address and port of the DNS door, by UDP and by TCP. Resolvers come to port 53.",
        '"192.0.2.10:53"',
        "ADDRESS:PORT",
    ),
    "public_dns": About(
        _DOORS,
        "Where the world reaches the DNS door, where that differs from `dns`: one address, or several with commas "
        "between. It stands on the station's card and in the zone.",
        '"192.0.2.10:53"',
        "ADDRESS:PORT",
    ),
    "mail": About(
        _DOORS,
        "Address and port of the mail door, a mail server that takes calls and nothing else; it needs `mail_address`. "
        "Mail servers come to port 25. Empty: no mail door. With `tls_cert` it offers STARTTLS.",
        '"192.0.2.10:25"',
        "ADDRESS:PORT",
    ),
    "mail_address": About(
        _DOORS, "The one address that the mail door takes mails for. It stands on the station's card.",
        '"sos@club.example"',
    ),
    "public_mail": About(
        _DOORS,
        "Where callers reach the mail door, where that differs from `mail`: one address, or several with commas.",
        '"192.0.2.10:25"',
        "ADDRESS:PORT",
    ),
    "public_quic": About(
        _DOORS,
        "Where callers send calls by QUIC, where that differs from `quic`; with commas between several.",
        '"192.0.2.10:8766"',
        "ADDRESS:PORT",
    ),
    "sms_number": About(
        _DOORS,
        "The telephone number of the gateway that takes calls in text messages for this station. It stands on the "
        "station's card; the gateway hands them in with `esos gateway post`. Empty: none.",
        '"+353999000111"',
    ),
    "watch_telephone": About(
        _DOORS,
        "The telephone numbers at which a person of the watch answers, with commas between. They stand on the "
        "station's card and on the page that a caller keeps on its telephone. Empty: none.",
        '"+353999000112, +353999000113"',
    ),
    "watch_text": About(
        _DOORS,
        "A telephone number whose text messages a person of the watch reads. It stands where `watch_telephone` does. "
        "Empty: none.",
        '"+353999000112"',
    ),
    "watch_mailbox": About(
        _DOORS,
        "A mailbox that a person of the watch reads; it is not the `mail_address` of the mail door, which takes signed "
        "calls and nothing else. It stands where `watch_telephone` does. Empty: none.",
        '"watch@club.example"',
    ),
    "mesh_node": About(
        _DOORS,
        "The Meshtastic node of the gateway that takes calls by mesh radio for this station. It stands on the "
        "station's card. Empty: none.",
        '"!a1b2c3d4"',
    ),
    "tls_cert": About(
        _DOORS,
        "The station's certificate with those that lead to its root, in PEM. "
        "With it the HTTP door speaks TLS by itself. "
        "Renewed files are read without a restart.",
        '"/etc/esos/esos.pem"',
        "file",
    ),
    "tls_key": About(
        _DOORS,
        "The private key that belongs to `tls_cert`, in PEM, without a password.", '"/etc/esos/esos.key"', "file"
    ),
    "trusted_proxies": About(
        _DOORS,
        "Addresses or networks of proxies in front of the station, with commas between. `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed from these alone.",
        '"127.0.0.1, 192.0.2.0/28"',
        "addresses",
    ),
    "cookie_secure": About(
        _DOORS,
        "Whether the session cookie travels by HTTPS only. Switch it on wherever people come by HTTPS. "
        "With `tls_cert` it is on in any case.",
        "true",
    ),
    "http_connections": About(
        _DOORS,
        "Connections by HTTP at once, where the open files of the process allow it.",
        "4096",
        "connections",
    ),
    "http_per_address": About(
        _DOORS, "Connections at once from one address, other than this machine's own.", "256", "connections"
    ),
    "database": About(
        _STORE,
        "Where the journal is: a file, or a database of a PostgreSQL server by its URL. "
        "Empty: the file `journal.sqlite` in the home.",
        '"postgresql://esos@db.club.example/esos?sslmode=verify-full"',
    ),
    "processes": About(
        _STORE,
        "How many processes serve together, sharing the addresses. More than one needs a journal on PostgreSQL.",
        "4",
        "processes",
    ),
    "retain_daily": About(
        _STORE,
        "Whether the running station erases each day the closed cases that its pact keeps no longer. "
        "Off: `esos station retain --apply` does it.",
        "true",
    ),
    "speed": About(
        _STORE,
        "Divides every duration of the pact. At an exercise station only; elsewhere it is ignored, and said so.",
        "60",
        "times",
    ),
    "smtp_host": About(
        _PAGES, "The mail server that takes the station's mail. Empty: contacts by mail are not reached.",
        '"mail.club.example"',
    ),
    "smtp_port": About(
        _PAGES,
        "Its port. The default is the one of a relay on the same machine: with `starttls` it is often 587, "
        "with `tls` 465.",
        "587",
        "port",
    ),
    "smtp_from": About(_PAGES, "The address that mail comes from.", '"watch@club.example"'),
    "smtp_user": About(
        _PAGES, "The name to sign in to the mail server with, if it wants one. Needs `starttls` or `tls`.", '"esos"'
    ),
    "smtp_password": About(_PAGES, "The password that goes with it.", '"…"', is_secret=True),
    "smtp_tls": About(_PAGES, "How the connection to the mail server is protected.", '"starttls"'),
    "webhook_secret": About(
        _PAGES,
        "With it each posted page carries `Esos-Signature: sha256=…`, an HMAC-SHA256 of its body.",
        '"…"',
        is_secret=True,
    ),
    "webhook_private": About(
        _PAGES, "Whether pages may be posted into the station's own network, also without TLS.", "true"
    ),
    "apprise_services": About(
        _PAGES,
        "Services that pages may go through by Apprise, with commas between. "
        "Empty: some fifty without a host to choose; `*`: all.",
        '"ntfy, matrix"',
        "names",
    ),
    "apprise_private": About(_PAGES, "Whether Apprise may call services in the station's own network.", "true"),
    "log_level": About(_LOG, "How much the program tells its operator.", '"info"'),
    "log_json": About(_LOG, "Whether it does so as JSON, one object a line.", "true"),
    "log_file": About(
        _LOG, "The file it tells it in; empty: standard error.", '"/var/log/esos/station.log"', "file"
    ),
    "log_file_bytes": About(
        _LOG,
        "The size at which that file is turned over. 0: another tool does that, and is noticed without a signal.",
        "10485760",
        "bytes",
    ),
    "log_files_kept": About(_LOG, "How many files that were turned over are kept.", "5", "files"),
}  # fmt: skip
"""Every setting, in the order of the reference; a test holds it against ``Settings``."""


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
