"""A drill as it is told on a terminal: what happened, what comes next, and how far it has come."""

import textwrap
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

import click

from esos.cli.common import note
from esos.station.drills import Act, Beat, BeatKind

STYLES: dict[BeatKind, str] = {
    BeatKind.CALLED: "bold red",
    BeatKind.ARRIVED: "red",
    BeatKind.IN_CHARGE: "bold cyan",
    BeatKind.CALLED_BACK: "cyan",
    BeatKind.NEW_KEY: "cyan",
    BeatKind.CONSENT: "cyan",
    BeatKind.ASKED: "bold",
    BeatKind.WHY: "dim",
    BeatKind.COMING: "green",
    BeatKind.PART: "yellow",
    BeatKind.DECLINED: "yellow",
    BeatKind.SILENT: "bold yellow",
    BeatKind.WITHDREW: "bold yellow",
    BeatKind.THANKED: "dim",
    BeatKind.MET: "bold green",
    BeatKind.UNMET: "bold red",
    BeatKind.KILLED: "bold white on red",
    BeatKind.BACK: "bold green",
    BeatKind.AT_WORK: "green",
    BeatKind.RESTORED: "green",
    BeatKind.STABLE: "green",
    BeatKind.RELEASED: "bold green",
    BeatKind.CLOSED: "green",
    BeatKind.PROVED: "bold green",
    BeatKind.CONTROL: "cyan",
    BeatKind.AGAIN: "bold red",
    BeatKind.WARNED: "cyan",
    BeatKind.DIVIDED: "bold",
}
"""How each kind of beat looks where there are colours."""
_PLAYED = [act for act in Act if act is not Act.BROKEN]
_WIDTH = 100
_INDENT = " " * 7


class PlainScreen(AbstractContextManager["PlainScreen"]):
    """Lines of text: for a file, a pipe, or (on standard error) beside JSON."""

    def __init__(self, *, on_error: bool = False) -> None:
        self._echo: Any = note if on_error else click.echo

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace

    def act(self, act: Act, now: str, following: str) -> None:
        """A new act begins."""
        self._echo("")
        self._echo(textwrap.fill(now, _WIDTH))
        if following and not act.is_end:
            self._echo(textwrap.fill(f"Next: {following}", _WIDTH))

    def beat(self, beat: Beat) -> None:
        """Something happened."""
        self._echo(textwrap.fill(f"{beat.clock}  {beat.says}", _WIDTH, subsequent_indent=_INDENT))

    def progress(self, text: str) -> None:
        """How far it is."""
        self._echo(textwrap.fill(text, _WIDTH))

    def note(self, text: str) -> None:
        """Something else worth knowing."""
        self._echo(textwrap.fill(text, _WIDTH))


class RichScreen(AbstractContextManager["RichScreen"]):
    """A terminal: beats scroll by in colours, and below them a bar says how far it has come."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.table import Column

        self._bar = Progress(
            TextColumn("[bold magenta]DRILL"),
            BarColumn(bar_width=24, complete_style="magenta"),
            TimeElapsedColumn(),
            TextColumn(
                "{task.description}", style="dim", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")
            ),
            transient=True,
        )
        self._task = self._bar.add_task("", total=len(_PLAYED) - 1)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace
        self._bar.stop()

    def act(self, act: Act, now: str, following: str) -> None:
        """A new act begins."""
        self._print("")
        self._print(now, style="bold magenta")
        done = _PLAYED.index(act) if act in _PLAYED else len(_PLAYED) - 1
        self._bar.update(self._task, completed=done, description=f"Next: {following}" if following else "")

    def beat(self, beat: Beat) -> None:
        """Something happened."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(padding=(0, 2))
        row.add_column(width=5, style="dim")
        row.add_column(ratio=1)
        row.add_row(beat.clock, Text(beat.says, style=STYLES.get(beat.kind, "")))
        self._bar.console.print(Padding(row, (0, 0)))

    def progress(self, text: str) -> None:
        """How far it is, beside the bar."""
        self._bar.update(self._task, description=text)

    def note(self, text: str) -> None:
        """Something else worth knowing."""
        self._print(text)

    def _print(self, text: str, style: str = "") -> None:
        self._bar.console.print(text, style=style, markup=False, highlight=False)


def screen_for(*, as_json: bool) -> "PlainScreen | RichScreen":
    """Colours and a bar on a terminal, plain lines elsewhere."""
    import sys

    if as_json:
        return PlainScreen(on_error=True)
    return RichScreen() if sys.stdout.isatty() else PlainScreen()
