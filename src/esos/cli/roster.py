"""``esos roster``: who is on watch when, who comes next, when nobody would, and what the next watch must know."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import NONE, clock, emit, read_json, run, station_options, table
from esos.cli.roster_acts import VERBS
from esos.cli.roster_holidays import holiday
from esos.cli.where import Where
from esos.errors import Malformed
from esos.words.language import later, say, say_count

if TYPE_CHECKING:
    from esos.cli.client import StationClient

LISTS = ("watch", "backup", "second")
PARTS = (*LISTS, "neighbour")
RULES = (*PARTS, "timezone", "rotations", "holidays", "stations")
MINUTE_MS = 60_000
DUTY_WORDS = {"watch": later("On watch"), "backup": later("Backup"), "second": later("Second officer")}
_NOBODY = later("nobody is named: everybody is called")


@click.group("roster")
def group() -> None:
    """Who is on watch when."""


for _verb in (*VERBS, holiday):
    group.add_command(_verb)


@group.command("show")
@click.option("--days", type=click.IntRange(1, 60), default=7, show_default=True, help="How many days are laid out.")
@station_options
def show(days: int, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show who is on watch now and next, the days to come, whom each ladder means, swaps and changes.

    Example: esos roster show --home club
    """
    shown = run(_show(Where(home=home, url=url, token=token), days))
    emit(shown, as_json=as_json, words=_words(shown))


async def _show(where: Where, days: int) -> dict[str, Any]:
    async with where.reached() as client:
        rules = await client.get("/roster")
        now = await client.get("/roster/now")
        laid = (await client.get("/roster/stretches", days=days))["stretches"]
    return {**rules, "on_watch": now, "stretches": laid}


def _words(shown: dict[str, Any]) -> str:
    now = shown["on_watch"]
    following = {one["duty"]: one for one in now["next"]}
    parts = [
        "\n".join(_now_words(one, following.get(one["duty"])) for one in now["now"]),
        table([_row(one) for one in shown["stretches"]], ("FROM", "UNTIL", "DUTY", "WHO")),
        *(_ladder_words(one) for one in now["ladders"]),
        _open_words(now),
        _gap_words(now["gaps"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _now_words(now: dict[str, Any], following: dict[str, Any] | None) -> str:
    who = f"{say(DUTY_WORDS[now['duty']]):<15} {_names(now['people'])}"
    if following is None:
        return who
    return say(
        "{who}, until {until}; then {next}", who=who, until=clock(now["until_ms"]), next=_names(following["people"])
    )


def _names(people: list[dict[str, Any]]) -> str:
    named = [
        one["name"] if one["reached"] else say("{name} (no page reaches them)", name=one["name"]) for one in people
    ]
    return ", ".join(named) or say(_NOBODY)


def _row(one: dict[str, Any]) -> tuple[str, str, str, str]:
    return clock(one["from_ms"]), clock(one["until_ms"]), say(DUTY_WORDS[one["duty"]]), _names(one["people"])


def _ladder_words(ladder: dict[str, Any]) -> str:
    steps = [
        say("  after {minutes} min: {people}", minutes=step["after_ms"] // MINUTE_MS, people=_names(step["people"]))
        for step in ladder["steps"]
    ]
    return "\n".join((f"{ladder['urgency_words']} ({ladder['urgency']})", *steps))


def _open_words(now: dict[str, Any]) -> str:
    swaps = [
        say(
            "Swap {id} waits: {asker} asks {other} to be there from {start} until {end}.",
            id=one["swap"][:12],
            asker=one["asker"]["name"],
            other=one["other"]["name"],
            start=clock(one["give_from_ms"]),
            end=clock(one["give_until_ms"]),
        )
        for one in now["swaps"]
    ]
    return "\n".join((*swaps, *map(_change_words, now["changes"])))


def _change_words(one: dict[str, Any]) -> str:
    values = {
        "id": one["change"][:12],
        "people": _names(one["people"]),
        "instead": (one["instead_of"] or {}).get("name", ""),
        "start": clock(one["from_ms"]),
        "end": clock(one["until_ms"]),
    }
    if not one["people"]:
        return say("Change {id}: {instead} is away from {start} until {end}.", **values)
    if one["instead_of"]:
        return say("Change {id}: {people} stands in for {instead} from {start} until {end}.", **values)
    return say("Change {id}: {people}, whatever the rules say, from {start} until {end}.", **values)


def _gap_words(gaps: list[dict[str, Any]]) -> str:
    if not gaps:
        return say("No gap in the next 14 days.")
    rows = [f"  {clock(one['from_ms'])} {NONE} {clock(one['until_ms'])}" for one in gaps]
    count = say_count(
        "{count} gap: nobody whom a page would reach is on watch, so everybody is called.",
        "{count} gaps: nobody whom a page would reach is on watch, so everybody is called.",
        len(gaps),
    )
    return "\n".join((count, *rows))


@group.command("gaps")
@click.option("--days", type=click.IntRange(1, 60), default=14, show_default=True, help="How far ahead.")
@station_options
def gaps(days: int, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """List when nobody would be on watch; ends with 3 where there is a gap.

    Example: esos roster gaps --home club
    """
    found = run(_get(Where(home=home, url=url, token=token), "/roster/gaps", days=days))["stretches"]
    emit({"gaps": found}, as_json=as_json, words=_gap_words(found))
    if found:
        raise SystemExit(3)


@group.command("brief")
@station_options
def brief(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Print what the next watch must know: open cases, who holds them, what is due, and what is lacking.

    Example: esos roster brief --home club
    """
    from esos.cli.roster_brief import brief_words

    shown = run(_get(Where(home=home, url=url, token=token), "/roster/brief"))
    emit(shown, as_json=as_json, words=brief_words(shown))


async def _get(where: Where, path: str, **parameters: int) -> Any:
    async with where.reached() as client:
        return await client.get(path, **parameters)


@group.command("set")
@click.option("--watch", multiple=True, help="An officer who stands on watch when nothing else says who. Repeatable.")
@click.option("--backup", multiple=True, help="The same for the backup. Repeatable.")
@click.option("--second", multiple=True, help="The same for the second officer, who may be a neighbour's. Repeatable.")
@click.option("--neighbour", multiple=True, help="A way to reach a neighbour station, as mail:… Repeatable.")
@click.option("--timezone", default="", help="In which zone the roster is written, as Europe/Tallinn.")
@click.option("--clear", multiple=True, type=click.Choice(PARTS), help="Leave this part empty. Repeatable.")
@station_options
def set_roster(home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Set who stands when no rotation or shift names anybody; a part that is not named stays as it is.

    Example: esos roster set --home club --watch "Officer A" --backup "Officer B"
    """
    done = run(_set(Where(home=home, url=url, token=token), given))
    emit(done, as_json=as_json, words=say("The roster is set."))


@group.command("import")
@click.argument("file")
@click.option("--duty", type=click.Choice(LISTS), default="watch", show_default=True, help="What the shifts are for.")
@click.option("--source", default="", help="The calendar's name here; importing it again replaces it.")
@click.option("--timezone", default="", help="The zone of times that name none, instead of the roster's.")
@click.option("--days", type=click.IntRange(1, 400), default=120, show_default=True, help="How many days ahead.")
@station_options
def import_roster(file: str, home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
    """Import shifts from a calendar (.ics), or set the rules whole from JSON as esos roster export gives them.

    Example: esos roster import shifts.ics --home club
    """
    where = Where(home=home, url=url, token=token)
    if file.lower().endswith(".ics"):
        said = {**given, "source": given["source"] or Path(file).name[:80], "calendar": _calendar_in(Path(file))}
        done = run(_post(where, "/roster/shifts", said))
        emit(done, as_json=as_json, words=say("The shifts are on the roster."))
        return
    done = run(_set(where, {**_rules_in(read_json(file)), "clear": RULES}))
    emit(done, as_json=as_json, words=say("The roster is set."))


def _rules_in(given: object) -> dict[str, Any]:
    if not isinstance(given, dict) or not set(given) <= set(RULES):
        raise Malformed("roster.parts", f"A roster has no parts but {', '.join(RULES)}.")
    whole = {part: given.get(part, ()) for part in RULES}
    if not all(_is_list_of_texts(whole[part]) for part in LISTS):
        raise Malformed("roster.part", "Each list of a roster is one of names or ids.")
    return whole


def _is_list_of_texts(part: object) -> bool:
    return isinstance(part, (list, tuple)) and all(isinstance(one, str) for one in part)


def _calendar_in(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as cause:
        raise Malformed("input.file", f"{file} cannot be read.", hint="Name a calendar file in UTF-8.") from cause


async def _post(where: Where, path: str, said: dict[str, Any]) -> Any:
    async with where.reached() as client:
        return await client.post(path, said)


@group.command("export")
@click.option("--ics", "as_calendar", is_flag=True, help="A calendar (.ics) instead of the rules in JSON.")
@click.option("--officer", default="", help="Only this person's shifts, with --ics.")
@station_options
def export(home: Path, url: str, token: str, *, as_json: bool, as_calendar: bool, officer: str) -> None:
    """Write the rules as JSON, or the roster as a calendar, to standard output.

    Example: esos roster export --ics --home club
    """
    where = Where(home=home, url=url, token=token)
    if as_calendar:
        click.echo(run(_calendar(where, officer)), nl=False)
    else:
        emit(run(_get(where, "/roster")), as_json=as_json)


async def _calendar(where: Where, officer: str) -> bytes:
    from esos.cli.client import API

    async with where.reached() as client:
        party = (await _people(client, (officer,), {}))[0] if officer else ""
        return await client.raw(f"{API}/roster/calendar" + (f"?officer={party}" if party else ""))


async def _set(where: Where, given: dict[str, Any]) -> Any:
    from esos.cli.text import read_contacts

    async with where.reached() as client:
        roster = await client.get("/roster") | {part: [] for part in given["clear"] if part != "timezone"}
        for part in ("stations", "rotations", "holidays", "timezone"):
            roster[part] = given.get(part) or roster[part]
        for part in LISTS:
            roster[part] = await _people(client, given[part], roster) if given[part] else roster[part]
        for rule in roster["rotations"]:
            rule["officers"] = await _people(client, rule.get("officers", ()), roster)
        for rule in roster["holidays"]:
            rule |= {part: await _people(client, rule[part], roster) for part in LISTS if part in rule}
        if given["neighbour"]:
            roster["neighbour"] = _contacts(given["neighbour"], read_contacts)
        return await client.put("/roster", roster)


def _contacts(given: Any, read: Any) -> list[Any]:
    """Contacts as people write them, or as an export gives them."""
    return [one if isinstance(one, dict) else read((one,))[0] for one in given]


async def _people(client: "StationClient", named: tuple[str, ...], roster: dict[str, Any]) -> list[str]:
    from esos.cli.text import find_officer

    stations = {f"neighbour:{one['name']}" for one in roster.get("stations", ())}
    return [one if one in stations else await find_officer(client, one) for one in named]
