"""``esos up``: a station with pages and demonstration members in one command; with ``--drill`` it plays an incident.

Law 3 on stage: the station is a process of its own under a supervisor, which starts it again whenever it
dies, with nothing lost.
"""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from esos.cli.common import json_option, run, settings_for

DEFAULT_PORT = 8765
CALLERS_HELP = "How many call, in a drill with several callers. [default: the drill's own number]"
KILL_HELP = "Kill a process of the station every so many seconds, to the end. [default: once]"
PROCESSES_HELP = "How many processes serve together, on PostgreSQL. [default: 1]"
DATABASE_HELP = "The journal's address, an empty database. [default: a file in the home]"
DEFAULT_HOME = Path("esos-demo")


@click.command("up")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="ESOS_HOME",
    help="Where to keep it. [default: esos-demo; a fresh folder for a drill]",
)
@click.option("--drill", help="Play this drill: see esos drill list.")
@click.option(
    "--speed", type=click.IntRange(1, 100_000), help="How many times faster than time. [default: 1; a drill's own]"
)
@click.option("--exit", "auto_exit", is_flag=True, help="Play without waiting for a person, then end.")
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, show_default=True, help="0 takes any.")
@click.option("--callers", type=click.IntRange(min=1), help=CALLERS_HELP)
@click.option("--kill-every", type=click.FloatRange(5, 3_600), help=KILL_HELP)
@click.option("--processes", type=click.IntRange(1, 64), help=PROCESSES_HELP)
@click.option("--database", help=DATABASE_HELP)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    home: Path | None,
    drill: str | None,
    speed: int | None,
    port: int,
    callers: int | None,
    kill_every: float | None,
    *,
    auto_exit: bool,
    no_browser: bool,
    as_json: bool,
    **store: Any,
) -> None:
    """Start a demonstration station with its pages; Ctrl-C ends it.

    Example: esos up --drill hse-2021
    """
    import tempfile

    from esos.cli.logs import configure
    from esos.cli.scene import Scene
    from esos.drill.options import Options

    folder = home or (Path(tempfile.mkdtemp(prefix="esos-drill-")) if drill else DEFAULT_HOME)
    settings = settings_for(folder, flags=store)
    configure(settings)
    scene = Scene(
        folder=folder,
        drill=drill,
        speed=speed,
        port=port,
        is_port_chosen=ctx.get_parameter_source("port") is not ParameterSource.DEFAULT,
        auto_exit=auto_exit,
        may_open=not (auto_exit or no_browser),
        as_json=as_json,
        options=Options(with_visitor=not auto_exit, callers=callers or 0, kill_every_seconds=kill_every or 0.0),
        settings=settings,
    )
    run(scene.play())
