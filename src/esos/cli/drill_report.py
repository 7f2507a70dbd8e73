"""The report of a drill on a terminal, and whether there is such a drill."""

from pathlib import Path
from typing import Any

import click
import msgspec

from esos.cli.common import emit, table
from esos.drill.report import CARD_FILE, CASE_FILE, REPORT_TEXT, DrillReport, figure, killed_words, lines_of, span


def show_report(found: DrillReport, folder: Path, *, as_json: bool) -> None:
    """The report for a person, or as JSON without the case files, which stand beside it."""
    if as_json:
        plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(found, case_files=()))
        emit({**plain, "folder": str(folder)}, as_json=True)
        return
    _print_markdown("\n".join(lines_of(found)))
    click.echo(f"\nThe report is kept in {folder / REPORT_TEXT}")


def show_ending(found: DrillReport, folder: Path) -> None:
    """The end of a drill in a few lines; the whole report is kept in the folder."""
    ending, loss = found.ending, found.ending.comparison
    ended = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(ending.outcomes.items()))
    rows = (
        ("service-hours lost", figure(loss.history.service_hours), figure(loss.drill.service_hours)),
        ("first service back", span(loss.history.first_back_minutes), span(loss.drill.first_back_minutes)),
        ("last service back", span(loss.history.all_back_minutes), span(loss.drill.all_back_minutes)),
    )
    click.echo(f"\n{table(rows, ('By the model', 'in history', 'in the drill'))}")
    click.echo(f"\nRequests: {ended}.")
    click.echo(f"Counted: {', '.join(f'{words} {figure(count)}' for words, count in ending.figures.items())}.")
    if ending.killed:
        click.echo(killed_words(ending))
    click.echo(f"Check it yourself:\n  esos verify case {folder / CASE_FILE} --station {folder / CARD_FILE}")
    click.echo(f"Both timelines and every assumption: {folder / REPORT_TEXT}")


def _print_markdown(text: str) -> None:
    """Laid out for a terminal; as it is elsewhere."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        click.echo(text)
