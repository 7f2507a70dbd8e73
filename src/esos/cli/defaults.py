"""The settings file on the command line: one TOML file can set everything that a flag sets.

Plain keys are a station's settings; ``home``, ``url`` and ``token`` serve every verb; a table is named
after a verb, as ``[call]`` or ``[station.run]``, and holds its flags by name. Flags and ``ESOS_*`` come first.
"""

import os
from pathlib import Path
from typing import Any

import click

from esos.errors import Malformed
from esos.settings import FOR_VERBS, Settings, read_settings_file

FILE_VARIABLE = "ESOS_SETTINGS"
SHARED = {name: f"ESOS_{name.upper()}" for name in FOR_VERBS}


def apply_file(ctx: click.Context, file: Path) -> None:
    """Make the file's values the defaults of this command line.

    Raises ``Unknown`` (``settings.file``) and ``Malformed`` (``settings.malformed``, ``settings.value``,
    ``settings.flag``, ``settings.verb``).
    """
    written = read_settings_file(file)
    os.environ[FILE_VARIABLE] = str(file)
    for name, variable in SHARED.items():
        if name in written:
            os.environ.setdefault(variable, str(written[name]))
    tables = {name: value for name, value in written.items() if isinstance(value, dict)}
    plain = set(written) - set(tables) - set(SHARED) - set(Settings.__struct_fields__)
    if plain:
        raise Malformed("settings.value", f"There is no setting {min(plain)!r}.")
    ctx.default_map = {name: _flags(_verb(ctx.command, name, ctx), table, ctx) for name, table in tables.items()}


def _verb(group: click.Command, name: str, ctx: click.Context) -> click.Command:
    found = group.get_command(ctx, name) if isinstance(group, click.Group) else None
    if found is None:
        raise Malformed("settings.verb", f"The settings file names a verb that does not exist: {name!r}.")
    return found


def _flags(verb: click.Command, table: dict[str, Any], ctx: click.Context) -> dict[str, Any]:
    """Values by the names that the verb's parameters have inside, or those of its own verbs below it."""
    if isinstance(verb, click.Group):
        return {name: _flags(_verb(verb, name, ctx), below, ctx) for name, below in table.items()}
    names = {option.lstrip("-"): param.name for param in verb.params for option in param.opts}
    values: dict[str, Any] = {}
    for written, value in table.items():
        name = names.get(written.replace("_", "-"))
        if name is None:
            raise Malformed("settings.flag", f"{verb.name} has no flag --{written.replace('_', '-')}.")
        values[name] = value
    return values
