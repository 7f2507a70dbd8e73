"""``esos roster holiday``: days on which others are on duty than the rotations say."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import emit, run, station_options
from esos.cli.where import Where
from esos.errors import Conflict, Malformed, Unknown
from esos.words.language import say

_LISTS = ("watch", "backup", "second")


@click.group("holiday")
def holiday() -> None:
    """Days on which others are on duty than the rotations say. See them all: esos roster export."""


@holiday.command("add")
@click.argument("name")
@click.argument("day")
@click.option("--days", type=click.IntRange(1, 31), default=1, show_default=True, help="How many days it lasts.")
@click.option("--watch", multiple=True, help="Who is on watch then, in order; or neighbour:NAME. Repeatable.")
@click.option("--backup", multiple=True, help="Who is backup then, in order. Repeatable.")
@click.option("--second", multiple=True, help="Who is the second officer then. Repeatable.")
@station_options
def add(home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Add a holiday on DAY, as 2026-12-24, or every year as 12-24; one of this name and day is set anew.

    Example: esos roster holiday add "New year" 01-01 --watch "Officer B" --home club
    """
    if not any(given[part] for part in _LISTS):
        raise Malformed("roster.holiday", "A holiday says who is on duty then: --watch, --backup or --second.")
    done = run(_add(Where(home=home, url=url, token=token), given))
    emit(done, as_json=as_json, words=say("The roster is set."))


async def _add(where: Where, given: dict[str, Any]) -> Any:
    from esos.cli.text import find_officer

    async with where.reached() as client:
        roster = await client.get("/roster")
        named = {
            part: [one if one.startswith("neighbour:") else await find_officer(client, one) for one in given[part]]
            for part in _LISTS
        }
        others = [one for one in roster["holidays"] if (one["name"], one["day"]) != (given["name"], given["day"])]
        return await client.put("/roster", {**roster, "holidays": [*others, {**given, **named}]})


@holiday.command("drop")
@click.argument("name")
@click.option("--day", default="", help="Which, where several have this name: as 12-24.")
@station_options
def drop(name: str, day: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Take a holiday away.

    Example: esos roster holiday drop "New year" --home club
    """
    done = run(_drop(Where(home=home, url=url, token=token), name, day))
    emit(done, as_json=as_json, words=say("The roster is set."))


async def _drop(where: Where, name: str, day: str) -> Any:
    async with where.reached() as client:
        roster = await client.get("/roster")
        found = [one for one in roster["holidays"] if one["name"] == name and day in {"", one["day"]}]
        if not found:
            raise Unknown("roster.no_holiday", f"There is no holiday {name!r}.", hint="esos roster export")
        if len(found) > 1:
            days = ", ".join(one["day"] for one in found)
            raise Conflict("roster.several_holidays", f"Several are named {name!r}: {days}.", hint="Give --day.")
        left = [one for one in roster["holidays"] if one not in found]
        return await client.put("/roster", {**roster, "holidays": left})
