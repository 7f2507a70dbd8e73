"""``esos station settings``: what is in force and where each value came from, or a file to begin with."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import emit, home_option, json_option, settings_file, table

HIDDEN = "set, and not shown"
SOURCES = {"flag": "a flag", "environment": "a variable", "file": "the file", "default": "the default"}


@click.command("settings")
@home_option
@click.option("--settings", "file", type=click.Path(path_type=Path), help="A TOML file. [default: HOME/esos.toml]")
@click.option("--example", is_flag=True, help="Print a settings file with every setting explained.")
@json_option
def settings(home: Path, file: Path | None, *, example: bool, as_json: bool) -> None:
    """Show every setting that is in force and where it came from; secrets are not shown.

    Example: esos station settings --home club
    """
    from esos.settings import example_file, in_force

    if example:
        emit({"example": example_file()}, as_json=as_json, words=example_file().rstrip())
        return
    found = [
        {"setting": one.name, "value": _shown(one.name, one.value), "source": one.source}
        for one in in_force(file=settings_file(home, file))
    ]
    rows = [(one["setting"], _written(one["value"]), SOURCES[one["source"]]) for one in found]
    emit({"settings": found}, as_json=as_json, words=table(rows, ("SETTING", "VALUE", "FROM")))


def _shown(name: str, value: Any) -> Any:
    from esos.settings.about import ABOUT
    from esos.storage.postgres_url import shown_url

    if value and ABOUT[name].is_secret:
        return HIDDEN
    return shown_url(value) if isinstance(value, str) else value


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != "" else "empty"
