"""Changes of the roster: rotations, overrides, absences and swaps, each a signed statement once it is said.

Times are written as on a clock on the wall, in the roster's zone, unless they name another.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import emit, run, station_options
from esos.cli.where import Where
from esos.errors import Malformed, Unknown
from esos.words.language import say

if TYPE_CHECKING:
    from esos.cli.client import StationClient

DUTIES = ("watch", "backup", "second")
_duty = click.option("--duty", type=click.Choice(DUTIES), default="watch", show_default=True, help="Which duty.")
_from = click.option("--from", "begins", required=True, help="As 2026-12-24T08:00, in the roster's zone.")
_until = click.option("--until", "ends", required=True, help="As 2026-12-25T08:00.")
_reason = click.option("--reason", default="", help="Why, for whoever reads the roster.")


def read_time(text: str, timezone: str) -> int:
    """An instant, in ms, from a date and time; raises ``Malformed`` (``roster.time``)."""
    from datetime import datetime

    from esos.roster.wall import instant_of, zone_named

    try:
        read = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Malformed("roster.time", f"{text!r} is no time.", hint="Write it as 2026-12-24T08:00.") from cause
    return instant_of(read, zone_named(timezone)) if read.tzinfo is None else round(read.timestamp()) * 1000


async def _span(client: "StationClient", begins: str, ends: str) -> tuple[int, int]:
    timezone = (await client.get("/roster"))["timezone"]
    return read_time(begins, timezone), read_time(ends, timezone)


async def _who(client: "StationClient", named: str) -> str:
    from esos.cli.text import find_officer

    return named if named.startswith("neighbour:") else await find_officer(client, named)


@click.command("rotate")
@click.argument("name")
@click.option("--officer", "officers", multiple=True, help="Who takes turns, in order; or neighbour:NAME. Repeatable.")
@click.option("--from", "from_day", default="", help="The first day, as 2026-11-30.")
@click.option("--until", "until_day", default="", help="The first day without it.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="How long a turn is.")
@click.option("--handover", default="00:00", show_default=True, help="At what time of day turns change.")
@click.option("--at-once", type=click.IntRange(1, 5), default=1, show_default=True, help="How many are on together.")
@click.option("--hours", default="24/7", show_default=True, help="At which hours, as Mo-Fr 08:00-18:00.")
@click.option("--timezone", default="", help="Its own zone, instead of the roster's.")
@click.option("--drop", is_flag=True, help="Take the rotation away.")
@_duty
@station_options
def rotate(home: Path, url: str, token: str, *, as_json: bool, drop: bool, **given: Any) -> None:
    """Set one rotation by its name, or take it away; all others stay.

    Example: esos roster rotate week --officer "Officer A" --officer "Officer B" --from 2026-11-30 --home club
    """
    done = run(_rotate(Where(home=home, url=url, token=token), given, drop=drop))
    emit(done, as_json=as_json, words=say("The roster is set."))


async def _rotate(where: Where, given: dict[str, Any], *, drop: bool) -> Any:
    async with where.reached() as client:
        roster = await client.get("/roster")
        others = [one for one in roster["rotations"] if one["name"] != given["name"]]
        if drop and len(others) == len(roster["rotations"]):
            raise Unknown("roster.no_rotation", f"There is no rotation {given['name']!r}.", hint="esos roster export")
        if not drop:
            if not given["officers"] or not given["from_day"]:
                raise Malformed("roster.rotation", "A rotation has officers and a first day: --officer, --from.")
            others.append({**given, "officers": [await _who(client, one) for one in given["officers"]]})
        return await client.put("/roster", {**roster, "rotations": others})


@click.command("override")
@click.argument("officers", nargs=-1, required=True)
@click.option("--instead-of", default="", help="Change only this person; without it, whoever is on duty.")
@_from
@_until
@_duty
@_reason
@station_options
def override(home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Put others on duty for one span, whatever the rules say.

    Example: esos roster override "Officer B" --from 2026-12-24T08:00 --until 2026-12-25T08:00 --home club
    """
    done = run(_override(Where(home=home, url=url, token=token), **given))
    emit(done, as_json=as_json, words=say("The roster is changed for this time. To take it back: esos roster show"))


async def _override(
    where: Where, *, officers: tuple[str, ...], instead_of: str, begins: str, ends: str, duty: str, reason: str
) -> Any:
    async with where.reached() as client:
        from_ms, until_ms = await _span(client, begins, ends)
        said = {
            "duty": duty,
            "officers": [await _who(client, one) for one in officers],
            "instead_of": await _who(client, instead_of) if instead_of else "",
            "from_ms": from_ms,
            "until_ms": until_ms,
            "reason": reason,
        }
        return await client.post("/roster/overrides", said)


@click.command("absent")
@click.argument("officer")
@_from
@_until
@_reason
@station_options
def absent(
    officer: str, begins: str, ends: str, reason: str, home: Path, url: str, token: str, *, as_json: bool
) -> None:
    """Say that somebody is away: the next of the rotation stands in.

    Example: esos roster absent "Officer A" --from 2026-12-24T00:00 --until 2027-01-02T00:00 --home club
    """
    done = run(_absent(Where(home=home, url=url, token=token), officer, (begins, ends), reason))
    emit(done, as_json=as_json, words=say("It is on the roster. Look whether a gap is left: esos roster gaps"))


async def _absent(where: Where, officer: str, span: tuple[str, str], reason: str) -> Any:
    async with where.reached() as client:
        from_ms, until_ms = await _span(client, *span)
        said = {"officer": await _who(client, officer), "from_ms": from_ms, "until_ms": until_ms, "reason": reason}
        return await client.post("/roster/absences", said)


@click.command("swap")
@click.argument("other", default="")
@click.option("--from", "begins", default="", help="From when the other is asked to stand in for you.")
@click.option("--until", "ends", default="", help="Until when.")
@click.option("--take-from", default="", help="From when you stand in for the other in return.")
@click.option("--take-until", default="", help="Until when.")
@click.option("--note", default="", help="A word to the other.")
@click.option("--accept", default="", metavar="SWAP", help="Accept this swap, which you were asked for.")
@click.option("--refuse", default="", metavar="SWAP", help="Do not accept it.")
@_duty
@station_options
def swap(home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Ask another officer to take a shift of yours, or answer when you were asked. Use your own token.

    Example: esos roster swap "Officer B" --from 2026-12-24T08:00 --until 2026-12-25T08:00 --token "$MINE"
    """
    where = Where(home=home, url=url, token=token)
    if given["accept"] or given["refuse"]:
        done = run(_answer(where, given["accept"] or given["refuse"], accepted=bool(given["accept"])))
        words = say("You have each other's shifts now.") if given["accept"] else say("The roster stays as it is.")
    elif not (given["other"] and given["begins"] and given["ends"]):
        raise Malformed("roster.swap", "Say with whom, and which shift of yours: OTHER --from … --until …")
    else:
        done, words = run(_ask(where, given)), say("Asked. Nothing changes until the other accepts.")
    emit(done, as_json=as_json, words=words)


async def _ask(where: Where, given: dict[str, Any]) -> Any:
    async with where.reached() as client:
        give = await _span(client, given["begins"], given["ends"])
        both = given["take_from"] and given["take_until"]
        take = await _span(client, given["take_from"], given["take_until"]) if both else (0, 0)
        said = {
            "other": await _who(client, given["other"]),
            "duty": given["duty"],
            "give_from_ms": give[0],
            "give_until_ms": give[1],
            "take_from_ms": take[0],
            "take_until_ms": take[1],
            "note": given["note"],
        }
        return await client.post("/roster/swaps", said)


async def _answer(where: Where, begun: str, *, accepted: bool) -> Any:
    from esos.cli.text import pick

    async with where.reached() as client:
        swaps = (await client.get("/roster/now"))["swaps"]
        found = pick(swaps, begun, names=("swap",), what="swap")
        return await client.post(f"/roster/swaps/{found['swap']}", {"accepted": accepted})


@click.command("withdraw")
@click.argument("change")
@station_options
def withdraw(change: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Take back an override, an absence or a swap, by the beginning of its id (see esos roster show).

    Example: esos roster withdraw 3f2a --home club
    """
    done = run(_withdraw(Where(home=home, url=url, token=token), change))
    emit(done, as_json=as_json, words=say("It holds no longer."))


async def _withdraw(where: Where, begun: str) -> Any:
    from esos.cli.text import pick

    async with where.reached() as client:
        now = await client.get("/roster/now")
        changes = {one["change"] for one in now["changes"]} | {one["swap"] for one in now["swaps"]}
        found = pick([{"change": one} for one in sorted(changes)], begun, names=("change",), what="change")
        return await client.delete(f"/roster/changes/{found['change']}")


@click.command("feed")
@click.option("--all", "whole", is_flag=True, help="The whole watch, instead of your own shifts.")
@station_options
def feed(home: Path, url: str, token: str, *, as_json: bool, whole: bool) -> None:
    """Make a secret address of your shifts for a calendar program; an earlier one ends.

    Example: esos roster feed --token "$MINE" --url http://127.0.0.1:8765
    """
    made = run(_feed(Where(home=home, url=url, token=token), "all" if whole else "own"))
    words = say("{link}\nWhoever has this address can read these shifts. It is not shown again.", link=made["link"])
    emit(made, as_json=as_json, words=words)


async def _feed(where: Where, of: str) -> Any:
    async with where.reached() as client:
        return await client.post("/roster/feeds", {"of": of})


VERBS = (rotate, override, absent, swap, withdraw, feed)
