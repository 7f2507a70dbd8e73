"""Write docs/reference/settings.md: everything a running station can be told, read from the settings themselves.

What each is for stands here in a sentence; a setting without one stops the writing, so that none is forgotten.
"""

import sys
from typing import Any

import click
import msgspec
from reference_pages import REFERENCE, WRITTEN_BY, cell, table, write_or_check

from esos.cli.station import run_station
from esos.settings import Settings

PAGE = REFERENCE / "settings.md"
SAYS = {
    "http": "Address and port for programs and pages. Port 0 takes any that is free.",
    "udp": "Address and port for calls by datagram; an address, not a name. Empty: no datagram door.",
    "public_url": "How people reach the pages, as `https://esos.club.example`, where that differs from `http`. "
    "The links in pages that are sent out begin with it.",
    "public_udp": "Where callers send datagrams, where that differs from `udp`. It stands on the station's card.",
    "database": "Where the journal is; empty: the file `journal.sqlite` in the home.",
    "speed": "Divides every duration of the pact. At an exercise station only; elsewhere it is ignored, and said so.",
    "smtp_host": "The mail server that takes the station's mail. Empty: contacts by mail are not reached.",
    "smtp_port": "Its port. The default is the one of a relay on the same machine: with `starttls` it is often 587, "
    "with `tls` 465.",
    "smtp_from": "The address that mail comes from.",
    "smtp_user": "The name to sign in to the mail server with, if it wants one. Needs `starttls` or `tls`.",
    "smtp_password": "The password that goes with it.",
    "smtp_tls": "How the connection to the mail server is protected.",
    "webhook_secret": "With it each posted page carries `Esos-Signature: sha256=…`, an HMAC-SHA256 of its body.",
    "apprise_services": "Services that pages may go through by Apprise, with commas between. "
    "Empty: some fifty without a host to choose; `*`: all.",
    "apprise_private": "Whether Apprise may call services in the station's own network.",
    "webhook_private": "Whether pages may be posted into the station's own network, also without TLS.",
    "cookie_secure": "Whether the session cookie travels by HTTPS only. Switch it on wherever people come by HTTPS.",
    "http_connections": "Connections by HTTP at once, where the open files of the process allow it.",
    "http_per_address": "Connections at once from one address, other than this machine's own.",
    "log_level": "How much the program tells its operator on standard error.",
    "log_json": "Whether it does so as JSON, one object a line.",
}
HEAD = f"""\
# Settings

What a station can be told. A flag counts before a variable, a variable before the file, the file before the default.
The file is the one named with `--settings` or `ESOS_SETTINGS`, else `esos.toml` in the station's home; it is TOML, a
line for each setting. It may also set what every verb needs (`home`, `url`, `token`) and, in tables, the flags of
single verbs: see [use the command line](../how-to/use-the-command-line.md). A name that is none of these is refused.

```toml
http = "127.0.0.1:8765"
public_url = "https://esos.club.example"
cookie_secure = true
smtp_host = "mail.club.example"
```

Secrets (`smtp_password`, `webhook_secret`) belong in the file or in variables, not on the command line: the file can
be made readable by the station's user only.

{WRITTEN_BY}

"""


def page() -> str:
    """The whole page as text."""
    rows = [_row(field) for field in msgspec.structs.fields(Settings)]
    return HEAD + table(("setting", "variable", "flag", "kind", "default", "says"), rows) + "\n"


def _row(field: Any) -> tuple[object, ...]:
    flag = _flags().get(field.name, "none")
    default = msgspec.json.encode(field.default).decode()
    shown = "empty" if default == '""' else f"`{default}`"
    kind = _kind(msgspec.inspect.type_info(field.type))
    return f"`{field.name}`", f"`ESOS_{field.name.upper()}`", flag, kind, shown, cell(SAYS[field.name])


def _flags() -> dict[str, str]:
    options = [one for one in run_station.params if isinstance(one, click.Option) and not one.hidden]
    return {str(one.name): " ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts)) for one in options}


def _kind(info: Any) -> str:
    match info:
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.IntType(ge=low, le=high) if low is not None:
            return f"{low:,} to {high:,}"
        case msgspec.inspect.LiteralType(values=values):
            return ", ".join(f"`{value}`" for value in values)
        case _:
            return "text"


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page}))
