"""``esos roster``: who is on watch, who is backup, and how a neighbour station is reached."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import emit, read_json, run, station_options
from esos.cli.where import Where
from esos.errors import Malformed

if TYPE_CHECKING:
    from esos.cli.client import StationClient

PARTS = ("watch", "backup", "neighbour")


@click.group("roster")
def group() -> None:
    """Who is on watch when."""


@group.command("show")
@station_options
def show(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show who is paged, in order.

    Example: esos roster show --home club
    """
    roster, names = run(_show(Where(home=home, url=url, token=token)))
    emit(roster, as_json=as_json, words=_words(roster, names))


def _words(roster: dict[str, Any], names: dict[str, str]) -> str:
    people: dict[str, list[str]] = {
        part: [names.get(str(one), str(one)) for one in roster[part]] for part in ("watch", "backup")
    }
    neighbours = [f"{one['channel']}:{one['address']}" for one in roster["neighbour"]]
    return "\n".join(
        (
            f"On watch   {', '.join(people['watch']) or 'nobody is named: every officer is paged'}",
            f"Backup     {', '.join(people['backup']) or 'nobody is named: everybody is paged'}",
            f"Neighbour  {', '.join(neighbours) or 'no neighbour station'}",
        )
    )


async def _show(where: Where) -> tuple[dict[str, Any], dict[str, str]]:
    async with where.reached() as client:
        roster = await client.get("/roster")
        officers = (await client.get("/officers"))["officers"]
    return roster, {one["officer"]: one["name"] for one in officers}


@group.command("set")
@click.option("--watch", multiple=True, help="An officer on watch, in the order of paging. Repeatable.")
@click.option("--backup", multiple=True, help="An officer who is paged next. Repeatable.")
@click.option("--neighbour", multiple=True, help="A way to reach a neighbour station, as mail:… Repeatable.")
@click.option("--clear", multiple=True, type=click.Choice(PARTS), help="Leave this part empty. Repeatable.")
@station_options
def set_roster(home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Set who is paged; a part that is not named stays as it is.

    Example: esos roster set --home club --watch "Officer A" --backup "Officer B"
    """
    done = run(_set(Where(home=home, url=url, token=token), given))
    emit(done, as_json=as_json, words="The roster is set.")


@group.command("import")
@click.argument("file")
@station_options
def import_roster(file: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Set the roster from JSON: {"watch": [names or ids], "backup": […], "neighbour": ["mail:…"]}.

    Example: esos roster import tonight.json --home club
    """
    given = read_json(file)
    if not isinstance(given, dict) or not set(given) <= set(PARTS):
        raise Malformed("roster.parts", f"A roster has no parts but {', '.join(PARTS)}.")
    whole = {part: given.get(part, ()) for part in PARTS}
    if not all(_is_list_of_texts(part) for part in whole.values()):
        raise Malformed("roster.part", "Each part of a roster is a list of names, ids or contacts.")
    done = run(_set(Where(home=home, url=url, token=token), {**whole, "clear": PARTS}))
    emit(done, as_json=as_json, words="The roster is set.")


def _is_list_of_texts(part: object) -> bool:
    return isinstance(part, (list, tuple)) and all(isinstance(one, str) for one in part)


async def _set(where: Where, given: dict[str, Any]) -> Any:
    from esos.cli.text import read_contacts

    async with where.reached() as client:
        roster = await client.get("/roster") | {part: [] for part in given["clear"]}
        for part in ("watch", "backup"):
            if given[part]:
                roster[part] = await _officers(client, given[part])
        if given["neighbour"]:
            roster["neighbour"] = read_contacts(given["neighbour"])
        return await client.put("/roster", roster)


async def _officers(client: "StationClient", named: tuple[str, ...]) -> list[str]:
    from esos.cli.text import find_officer

    return [await find_officer(client, one) for one in named]
