"""``esos station``: make a station's home, run it, show its card, and see whether it and its people are well."""

from pathlib import Path
from typing import Any

import click

from esos.cli.case_keeping import retain
from esos.cli.common import emit, home_option, json_option, note, run, settings_for, station_options
from esos.cli.papers import papers
from esos.cli.station_init import init
from esos.cli.station_settings import settings
from esos.cli.station_upgrade import upgrade
from esos.cli.where import Where
from esos.errors import Conflict


@click.group("station")
def group() -> None:
    """Make and run a station, and see whether it is well."""


@group.command("run")
@home_option
@click.option("--database", help="The journal's address; by default a file in the home.")
@click.option("--http", help="HOST:PORT for programs and pages; port 0 takes any. [default: 127.0.0.1:8765]")
@click.option("--udp", help="ADDRESS:PORT for calls by datagram; empty for none. [default: 127.0.0.1:8765]")
@click.option("--udp-strangers", help="ADDRESS:PORT for calls by datagram of whom nobody here knows. [default: none]")
@click.option("--quic", help="ADDRESS:PORT for calls by QUIC, an extra; empty for none. [default: none]")
@click.option("--public-url", help="Where people open the pages, if that is another address.")
@click.option("--processes", type=int, help="How many processes serve together, on PostgreSQL. [default: 1]")
@click.option("--speed", type=int, help="Divide every duration of the pact, at an exercise station.")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="A TOML file. [default: HOME/esos.toml]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="How much is logged.")
@click.option("--log-json/--log-text", default=None, help="Log JSON objects, one a line.")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when the program that started this one is gone.")
@json_option
def run_station(home: Path, file: Path | None, *, with_parent: bool, as_json: bool, **flags: Any) -> None:
    """Run a station until SIGTERM or Ctrl-C; prints one line when it is ready.

    Example: esos station run --home club --http 127.0.0.1:8765 --json
    """
    from esos.cli.logs import configure
    from esos.cli.several import need_shared_store, serve_by_several

    found = settings_for(home, file=file, flags=flags)
    configure(found, is_station=True)
    need_shared_store(found)
    if found.processes > 1:
        serve_by_several(home, found, with_parent=with_parent, as_json=as_json)
        return
    from esos.cli.serve import serve  # loads all of the station

    serve(home, found, with_parent=with_parent, as_json=as_json)


@group.command("move")
@home_option
@click.option("--from", "source", help="The journal to move. [default: the station's own]")
@click.option("--to", "target", required=True, help="An empty database, postgresql://…, or a file that is not there.")
@json_option
def move(home: Path, source: str | None, target: str, *, as_json: bool) -> None:
    """Copy the journal of a station that does not run into another database, and prove that nothing changed.

    Example: esos station move --home club --to postgresql://esos@db.example/esos
    """
    from esos.cli.moving import move_journal

    move_journal(home, source, target, as_json=as_json)


@group.command("card")
@station_options
def card(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Print the station's card: what callers keep, to know it and its addresses when names fail.

    Example: esos station card --home club > north-club.card
    """
    emit(run(_card(Where(home=home, url=url, token=token))), as_json=as_json)


async def _card(where: Where) -> Any:
    async with where.reached() as client:
        if not client.is_live:
            note("The station does not run; the addresses are those of its settings.")
        return await client.get("/station")


@group.command("doctor")
@home_option
@click.option("--whole", is_flag=True, help="Also read every page of the journal, which takes a while.")
@json_option
def doctor(home: Path, *, whole: bool, as_json: bool) -> None:
    """Say what is wrong with the station, and what to do next. Exit code 3 when there is anything to mend.

    Example: esos station doctor --home club
    """
    from esos.cli.doctor import examine
    from esos.cli.findings import show_findings

    show_findings(run(examine(home, whole=whole)), as_json=as_json)


@group.command("health")
@home_option
@json_option
def health(home: Path, *, as_json: bool) -> None:
    """Ask the running station of a home whether it would take a call and act on it; exit code 3 if not.

    Example: esos station health --home club
    """
    from esos.cli.doctor import health_of
    from esos.vault.home import Home

    finding = run(health_of(Home(home)))
    emit({"ok": finding.mark == "ok", "finding": finding}, as_json=as_json, words=finding.sentence)
    if finding.mark != "ok":
        raise Conflict(
            "station.unwell", "The station would not take a call now.", hint="esos station doctor says more."
        )


@group.command("ready")
@station_options
def ready(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Say who would not wake tonight, which help is missing, and whose card runs out.

    Exit code 3 when there is anything to mend.

    Example: esos station ready --home club
    """
    from esos.cli.readiness import look, show_readiness

    show_readiness(run(look(Where(home=home, url=url, token=token))), as_json=as_json)


for _command in (init, papers, retain, settings, upgrade):
    group.add_command(_command)
