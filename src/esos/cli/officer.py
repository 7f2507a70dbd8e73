"""``esos officer``: the people of a station, and the links and tokens by which they are known."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import NONE, emit, home_option, json_option, open_home, run, settings_for, station_options, table
from esos.cli.where import Where

ROLES = ("officer", "second", "registrar", "auditor")


@click.group("officer")
def group() -> None:
    """People of the station: add, list, remove, sign in."""


@group.command("add")
@click.option("--name", required=True, help="The name they want to be called on watch.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="Repeatable.")
@click.option("--contact", "contacts", multiple=True, help="A way to wake them, as mail:ada@example.org. Repeatable.")
@click.option("--station", default="", help="The neighbour station that lends this person, as for a second officer.")
@station_options
def add(
    name: str,
    roles: tuple[str, ...],
    contacts: tuple[str, ...],
    station: str,
    home: Path,
    url: str,
    token: str,
    *,
    as_json: bool,
) -> None:
    """Add a person; prints a one-time link to sign in and a token for programs, both shown only now.

    Example: esos officer add --home club --name "Officer A" --role officer --contact mail:watch@example.org
    """
    from esos.cli.text import read_contacts

    said = {"name": name, "roles": list(dict.fromkeys(roles)), "contacts": read_contacts(contacts), "station": station}
    made = run(_add(Where(home=home, url=url, token=token), said))
    words = f"officer {made['officer']}\nlink    {made['link']}\ntoken   {made['token']}\n\n{_WARNING}"
    if not contacts:
        words += f"\n{name} has no contact and will not wake: see esos station ready."
    emit(made, as_json=as_json, words=words)


_WARNING = "The link serves once, within 48 hours. Neither link nor token is shown again."


async def _add(where: Where, said: dict[str, Any]) -> Any:
    async with where.reached() as client:
        return await client.post("/officers", said)


@group.command("list")
@station_options
def list_officers(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """List the people of the station.

    Example: esos officer list --home club
    """
    shown = run(_get(Where(home=home, url=url, token=token)))
    rows = [
        (one["officer"], one["name"], ", ".join(one["roles"]), ", ".join(map(_contact, one["contacts"])) or NONE)
        for one in shown["officers"]
    ]
    emit(shown, as_json=as_json, words=table(rows, ("OFFICER", "NAME", "ROLES", "CONTACTS")))


def _contact(contact: dict[str, Any]) -> str:
    return f"{contact['channel']}:{contact['address']}"


async def _get(where: Where) -> Any:
    async with where.reached() as client:
        return await client.get("/officers")


@group.command("remove")
@click.argument("officer")
@station_options
def remove(officer: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Remove a person: tokens and sessions end at once; what they said stays.

    Example: esos officer remove "Officer A" --home club
    """
    done = run(_remove(Where(home=home, url=url, token=token), officer))
    emit(done, as_json=as_json, words=f"Removed {officer}.")


async def _remove(where: Where, officer: str) -> Any:
    from esos.cli.text import find_officer

    async with where.reached() as client:
        return await client.delete(f"/officers/{await find_officer(client, officer)}")


@group.command("link")
@click.argument("officer")
@click.option("--token", "as_token", is_flag=True, help="A token for programs instead.")
@home_option
@json_option
def link(officer: str, home: Path, *, as_token: bool, as_json: bool) -> None:
    """Make a new one-time link for a person who needs one, at the station's own machine.

    Example: esos officer link "Officer A" --home club
    """
    made = run(_link(home, officer, as_token=as_token))
    emit(made, as_json=as_json, words=made.get("link") or made["token"])


async def _link(home: Path, officer: str, *, as_token: bool) -> dict[str, str]:
    from esos.cli.text import pick
    from esos.vault.home import Home

    async with open_home(home) as station:
        rows = [{"officer": row.officer, "name": row.name} for row in station.directory.officers.values()]
        found = str(pick(rows, officer, names=("officer", "name"), what="officer")["officer"])
        if as_token:
            return {"officer": found, "token": await station.tokens.program_token(found)}
        secret = await station.tokens.link(found)
    settings, run_file = settings_for(home), Home(home).read_run()
    base = settings.public_url or (run_file.http if run_file else f"http://{settings.http}")
    return {"officer": found, "link": f"{base}/in/{secret}"}
