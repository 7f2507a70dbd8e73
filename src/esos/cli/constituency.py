"""``esos constituency``: groups of members served by one station, and which of them each officer sees."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import NONE, emit, run, station_options, table
from esos.cli.where import Where
from esos.words.language import say, say_count


@click.group("constituency")
def group() -> None:
    """Constituencies: groups of members, each seen by its own officers."""


@group.command("list")
@station_options
def list_constituencies(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """List constituencies with their members and the officers who see only them.

    Example: esos constituency list --home club
    """
    shown, names = run(_list(Where(home=home, url=url, token=token)))
    rows = [
        (
            one["constituency"],
            one["name"],
            _names(one["members"], names),
            _names(one["officers"], names),
        )
        for one in shown["constituencies"]
    ]
    words = table(rows, ("ID", "NAME", "MEMBERS", "SEEN BY")) if rows else say("There is none: everybody sees all.")
    if rows and shown["unplaced"]:
        words += "\n\n" + say_count(
            "{count} member is in none: only officers who see the whole station see its cases.",
            "{count} members are in none: only officers who see the whole station see their cases.",
            shown["unplaced"],
        )
    emit(shown, as_json=as_json, words=words)


def _names(parties: list[str], names: dict[str, str]) -> str:
    return ", ".join(names.get(one, one) for one in parties) or NONE


async def _list(where: Where) -> tuple[dict[str, Any], dict[str, str]]:
    async with where.reached() as client:
        shown = await client.get("/constituencies")
        officers = {one["officer"]: one["name"] for one in (await client.get("/officers"))["officers"]}
        members = {one["member"]: one["name"] for one in (await client.get("/members"))["members"]}
    return shown, {**officers, **members}


@group.command("add")
@click.argument("constituency")
@click.option("--name", required=True, help="What people call it.")
@station_options
def add(constituency: str, name: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Name a constituency by a short id, or give one another name.

    Example: esos constituency add north --name "Hospitals of the North" --home club
    """
    done = run(_put(Where(home=home, url=url, token=token), f"/constituencies/{constituency}", {"name": name}))
    emit(done, as_json=as_json, words=say("{name} is a constituency of this station.", name=name))


@group.command("end")
@click.argument("constituency")
@station_options
def end(constituency: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """End a constituency: its members stay members, in none; whoever saw only it sees nothing until that is changed.

    Example: esos constituency end north --home club
    """
    done = run(_end(Where(home=home, url=url, token=token), constituency))
    emit(done, as_json=as_json, words=say("{name} is no constituency any more.", name=constituency))


async def _end(where: Where, given: str) -> Any:
    async with where.reached() as client:
        found = await _find(client, given)
        said = {"name": found["name"], "ended": True}
        return await client.put(f"/constituencies/{found['constituency']}", said)


@group.command("members")
@click.argument("constituency")
@click.option("--put", "put_in", multiple=True, help="A member to put in: its id or name. Repeatable.")
@click.option("--take", "take_out", multiple=True, help="A member to take out. Repeatable.")
@station_options
def members(
    constituency: str,
    put_in: tuple[str, ...],
    take_out: tuple[str, ...],
    home: Path,
    url: str,
    token: str,
    *,
    as_json: bool,
) -> None:
    """Put members into a constituency or take them out, and list whom it has then.

    Example: esos constituency members north --put "Example Hospital" --home club
    """
    where = Where(home=home, url=url, token=token)
    shown = run(_members(where, constituency, put_in, take_out))
    words = table([(one["member"], one["name"]) for one in shown["members"]], ("MEMBER", "NAME"))
    emit(shown, as_json=as_json, words=words if shown["members"] else say("Nobody is in it yet."))


async def _members(where: Where, given: str, put_in: tuple[str, ...], take_out: tuple[str, ...]) -> dict[str, Any]:
    from esos.cli.text import find_member

    async with where.reached() as client:
        found = (await _find(client, given))["constituency"]
        for placed, wanted in ((True, put_in), (False, take_out)):
            if wanted:
                said = {"members": [await find_member(client, one) for one in wanted], "placed": placed}
                await client.put(f"/constituencies/{found}/members", said)
        now = set((await _find(client, found))["members"])
        rows = (await client.get("/members"))["members"]
    listed = [{"member": one["member"], "name": one["name"]} for one in rows if one["member"] in now]
    return {"constituency": found, "members": listed}


@group.command("view")
@click.argument("officer")
@click.argument("constituencies", nargs=-1)
@click.option("--whole", is_flag=True, help="Give back the view of the whole station.")
@station_options
def view(
    officer: str, constituencies: tuple[str, ...], home: Path, url: str, token: str, *, whole: bool, as_json: bool
) -> None:
    """Limit what an officer sees to these constituencies, or give back the whole station.

    Example: esos constituency view "Officer One" north --home club
    """
    if bool(constituencies) == whole:
        raise click.UsageError("Name the constituencies, or give --whole.")
    done = run(_view(Where(home=home, url=url, token=token), officer, constituencies))
    sees = say("the whole station") if whole else ", ".join(constituencies)
    emit(done, as_json=as_json, words=say("{officer} sees: {what}", officer=officer, what=sees))


async def _view(where: Where, given: str, constituencies: tuple[str, ...]) -> Any:
    from esos.cli.text import find_officer

    async with where.reached() as client:
        wanted = [(await _find(client, one))["constituency"] for one in constituencies]
        return await client.put(f"/officers/{await find_officer(client, given)}/view", {"constituencies": wanted})


async def _find(client: Any, given: str) -> dict[str, Any]:
    """A constituency from its id or name; raises ``Unknown`` (``input.nothing``)."""
    from esos.cli.text import pick

    rows = (await client.get("/constituencies"))["constituencies"]
    return pick(rows, given, names=("constituency", "name"), what="constituency")


async def _put(where: Where, path: str, said: dict[str, Any]) -> Any:
    async with where.reached() as client:
        return await client.put(path, said)
