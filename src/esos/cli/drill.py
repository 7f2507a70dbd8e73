"""``esos drill``: exercises and replays of real incidents, and the reports they leave (law 7: never a real call)."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import emit, home_option, json_option, table
from esos.cli.drill_load import load
from esos.cli.up import CALLERS_HELP, DATABASE_HELP, KILL_HELP, PROCESSES_HELP
from esos.errors import Unknown


@click.group("drill")
def group() -> None:
    """Exercises and replays of real incidents."""


@group.command("list")
@json_option
def list_drills(*, as_json: bool) -> None:
    """List the drills that can be played.

    Example: esos drill list
    """
    from esos.drill.incidents import INCIDENTS

    rows = [(one.name, one.when, one.title) for one in INCIDENTS.values()]
    drills = [{"name": name, "when": when, "title": title} for name, when, title in rows]
    emit({"drills": drills}, as_json=as_json, words=table(rows, ("DRILL", "WHEN", "WHAT")))


@group.command("run")
@click.argument("name")
@click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), help="Where to keep it. [default: a fresh folder]"
)
@click.option(
    "--speed", type=click.IntRange(1, 100_000), help="How many times faster than time. [default: the drill's own]"
)
@click.option("--visitor", is_flag=True, help="Wait at each part that a person may take.")
@click.option("--callers", type=click.IntRange(min=1), help=CALLERS_HELP)
@click.option("--kill-every", type=click.FloatRange(5, 3_600), help=KILL_HELP)
@click.option("--processes", type=click.IntRange(1, 64), help=PROCESSES_HELP)
@click.option("--database", help=DATABASE_HELP)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, show_default=True, help="0 takes any.")
@json_option
@click.pass_context
def run_drill(
    ctx: click.Context,
    /,
    name: str,
    home: Path | None,
    speed: int | None,
    callers: int | None,
    kill_every: float | None,
    port: int,
    *,
    visitor: bool,
    as_json: bool,
    **store: Any,
) -> None:
    """Play a drill on a station of its own, from call to release, and write its report.

    Example: esos drill run hse-2021 --home spring-drill
    """
    from esos.cli.up import command as up
    from esos.drill.incidents import need_incident

    need_incident(name).callers_of(callers or 0)
    ctx.invoke(
        up,
        home=home,
        drill=name,
        speed=speed,
        port=port,
        callers=callers,
        kill_every=kill_every,
        auto_exit=not visitor,
        no_browser=True,
        as_json=as_json,
        **store,
    )


@group.command("report")
@home_option
@json_option
def report(home: Path, *, as_json: bool) -> None:
    """Show the report that a drill left in its home: both timelines, every assumption, and the proof.

    Example: esos drill report --home spring-drill
    """
    from esos.cli.drill_report import show_report
    from esos.drill.report import read_report

    found = read_report(home)
    if found is None:
        raise Unknown("drill.no_report", f"No drill left a report in {home}.", hint="Play one: esos drill run NAME")
    show_report(found, home, as_json=as_json)


group.add_command(load)
