"""``esos watch``: the watch floor in a terminal: who is in distress, who holds each case, and what is overdue."""

from pathlib import Path

import click

from esos.cli.common import run, station_options
from esos.cli.where import Where


@click.command("watch")
@click.option("--once", is_flag=True, help="Show the floor once and end.")
@click.option("--all", "show_all", is_flag=True, help="Ended cases too.")
@click.option("--no-bell", is_flag=True, help="Never ring the terminal's bell.")
@station_options
def command(home: Path, url: str, token: str, *, once: bool, show_all: bool, no_bell: bool, as_json: bool) -> None:
    """Watch the floor until Ctrl-C; --json gives one line for each change.

    Keys: j and k choose a case, a takes charge of it, Enter opens it, Esc goes back, q leaves.

    Example: esos watch --home club
    """
    from contextlib import suppress

    from esos.cli import watching

    where = Where(home=home, url=url, token=token)
    if once:
        run(watching.once(where, show_all=show_all, as_json=as_json))
        return
    with suppress(KeyboardInterrupt):
        if as_json:
            run(watching.lines(where, show_all=show_all))
        else:
            run(watching.live(where, show_all=show_all, is_loud=not no_bell))
