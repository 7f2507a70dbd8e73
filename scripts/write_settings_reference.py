"""Write docs/reference/settings.md: everything a running station can be told, read from the settings themselves.

What each is for stands beside it there; a setting without a word stops the writing, so that none is forgotten.
"""

import sys
from typing import Any

import click
import msgspec
from reference_pages import REFERENCE, WRITTEN_BY, cell, table, write_or_check

from esos.cli.station import run_station
from esos.settings import Settings
from esos.settings.about import ABOUT

PAGE = REFERENCE / "settings.md"
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

`esos station settings` shows what is in force and where each value came from. `esos station settings --example` prints
a file in which every setting is explained, to begin with.

Secrets (`smtp_password`, `webhook_secret`, a password in `database`) belong in the file or in variables, not on the
command line: the file can be made readable by the station's user only.

{WRITTEN_BY}

"""


def page() -> str:
    """The whole page as text."""
    return HEAD + "\n".join(_group(name) for name in dict.fromkeys(about.group for about in ABOUT.values()))


def _group(name: str) -> str:
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    rows = [_row(fields[one]) for one, about in ABOUT.items() if about.group == name]
    head = ("setting", "variable", "flag", "kind", "unit", "default", "example", "says")
    return f"## {name}\n\n{table(head, rows)}\n"


def _row(field: Any) -> tuple[object, ...]:
    about = ABOUT[field.name]
    flag = _flags().get(field.name, "none")
    default = msgspec.json.encode(field.default).decode()
    shown = "empty" if default == '""' else f"`{default}`"
    kind = "secret" if about.is_secret else _kind(msgspec.inspect.type_info(field.type))
    names = f"`{field.name}`", f"`ESOS_{field.name.upper()}`"
    return *names, flag, kind, about.unit, shown, f"`{about.example}`", cell(about.says)


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
