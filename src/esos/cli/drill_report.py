"""The report of a drill on a terminal, and whether there is such a drill."""

from pathlib import Path
from typing import Any

import click
import msgspec

from esos.cli.common import emit
from esos.drill.incident import INCIDENTS
from esos.drill.report import REPORT_TEXT, DrillReport, lines_of
from esos.errors import Unknown


def need_drill(name: str) -> None:
    """Raise ``Unknown`` (``drill.unknown``) unless there is such a drill."""
    if name not in INCIDENTS:
        raise Unknown("drill.unknown", f"There is no drill {name!r}.", hint=f"There are: {', '.join(INCIDENTS)}.")


def show_report(found: DrillReport, folder: Path, *, as_json: bool) -> None:
    """The report for a person, or as JSON without the case file, which stands beside it."""
    if as_json:
        plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(found, case_file=b""))
        emit({**plain, "folder": str(folder)}, as_json=True)
        return
    _print_markdown("\n".join(lines_of(found)))
    click.echo(f"\nThe report is kept in {folder / REPORT_TEXT}")


def _print_markdown(text: str) -> None:
    """Laid out for a terminal; as it is elsewhere."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        click.echo(text)
