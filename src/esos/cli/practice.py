"""``esos practice``: plan practice with one's own people, begin it, tell what comes next, and see what came of it."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import clock, emit, run, station_options, table
from esos.cli.text import find_case
from esos.cli.where import Where
from esos.errors import Malformed, Unknown
from esos.words.language import say

HOURS_HELP = "Between which full hours, as 9-17."


@click.group("practice")
def group() -> None:
    """Practise with your own people, at an exercise station; nothing of it can become a call."""


@group.command("list")
@station_options
def list_practice(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show the plan, the scenes, and what was practised.

    Example: esos practice list --home practice
    """
    found = run(_get(Where(home=home, url=url, token=token), "/practice"))
    emit(found, as_json=as_json, words=_list_words(found))


def _list_words(found: dict[str, Any]) -> str:
    plan = found["plan"]
    often = {"never": "Nothing is planned.", "week": "Once a week", "month": "Once a month"}[plan["every"]]
    hours = f"{plan['from_hour']} and {plan['to_hour']} {plan['timezone']}"
    planned = "" if plan["every"] == "never" else f" between {hours}."
    scenes = table([(one["scene"], one["title"]) for one in found["scenes"]], ("SCENE", "WHAT"))
    rows = [(one["case"], one["title"], clock(one["began_ms"]), _so_far(one)) for one in found["runs"]]
    runs = table(rows, ("CASE", "SCENE", "BEGAN", "TOLD")) if rows else "Nothing was practised yet."
    return f"{often}{planned}\n\n{scenes}\n\n{runs}"


def _so_far(practice: dict[str, Any]) -> str:
    return f"{practice['told']} of {practice['to_tell']}"


@group.command("plan")
@click.option("--every", type=click.Choice(("never", "week", "month")), required=True, help="How often.")
@click.option("--between", default="9-17", show_default=True, help=HOURS_HELP)
@click.option("--timezone", default="UTC", show_default=True, help="As Europe/Berlin.")
@click.option("--weekends", is_flag=True, help="Also on Saturday and Sunday.")
@station_options
def plan(
    every: str, between: str, timezone: str, home: Path, url: str, token: str, *, weekends: bool, as_json: bool
) -> None:
    """Let the station practise by itself, at a moment that nobody is told beforehand.

    Example: esos practice plan --every month --between 9-17 --timezone Europe/Berlin --home practice
    """
    from_hour, to_hour = _hours(between)
    said = {"every": every, "from_hour": from_hour, "to_hour": to_hour, "weekends": weekends, "timezone": timezone}
    done = run(_put(Where(home=home, url=url, token=token), "/practice/plan", said))
    emit(done, as_json=as_json, words="Planned.")


def _hours(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not dash or not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise Malformed("practice.hours", "Hours are given as 9-17.")
    return int(first), int(last)


@group.command("begin")
@click.argument("scene", default="")
@click.option("--table", "by_hand", is_flag=True, help="A facilitator tells piece by piece what happens next.")
@station_options
def begin(scene: str, home: Path, url: str, token: str, *, by_hand: bool, as_json: bool) -> None:
    """Have the practice caller call now; without SCENE, the one not played for longest.

    Example: esos practice begin night-ward --table --home practice
    """
    said = {"scene": scene, "by_hand": by_hand}
    done = run(_post(Where(home=home, url=url, token=token), "/practice/runs", said))
    emit(done, as_json=as_json, words=f"{done['title']} began as case {done['case']}.")


@group.command("next")
@click.argument("case")
@station_options
def tell_next(case: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Have the caller tell the next piece of the scene.

    Example: esos practice next CASE --home practice
    """
    done = run(_tell_next(Where(home=home, url=url, token=token), case))
    emit(done, as_json=as_json, words=_told_words(done))


def _told_words(done: dict[str, Any]) -> str:
    told = say(
        "Told, {told} of {to_tell}: {says}", told=done["told"], to_tell=done["to_tell"], says=_says(done["piece"])
    )
    if done["coming"]:
        return "\n".join((told, _coming_words(done["coming"])))
    if done["told"] >= done["to_tell"]:
        return "\n".join((told, say("That was the last piece of the scene.")))
    return told


def _says(piece: dict[str, Any] | None) -> str:
    return say(piece["says"]) if piece else ""


def _coming_words(piece: dict[str, Any]) -> str:
    return say("Next, after {minutes} min: {says}", minutes=piece["at_minutes"], says=_says(piece))


@group.command("results")
@click.argument("case")
@station_options
def results(case: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show what a practice came to, for the club, each team and each officer, and what to do better.

    Example: esos practice results CASE --home practice
    """
    found = run(_results(Where(home=home, url=url, token=token), case))
    emit(found, as_json=as_json, words=_result_words(found))


def _result_words(found: dict[str, Any]) -> str:
    from esos.station.practice_results import spoken_span

    came = found["result"]
    head = [
        f"{found['run']['title']}: case {came['code']}, {'over' if came['ended'] else 'going on'}.",
        f"On watch           {', '.join(found['run']['watch']) or 'nobody by the roster: everybody was called'}",
        f"A person took it   {spoken_span(came['person_ms'])}",
        f"First team asked   {spoken_span(came['first_ask_ms'])}",
        f"First team bound   {spoken_span(came['first_help_ms'])}",
        f"Teams answered     {came['answered']} of {came['asked']}",
    ]
    teams = [(one["name"], spoken_span(one["answered_ms"]), one["state"].replace("_", " ")) for one in came["teams"]]
    parts = ["\n".join(head), table(teams, ("TEAM", "ANSWERED AFTER", "STATE")) if teams else ""]
    parts.append("\n".join(f"- {sentence}" for sentence in found["to_improve"]))
    parts += [_coming_words(one) for one in found["coming"][:1]]
    return "\n\n".join(part for part in parts if part)


@group.command("certificate")
@click.argument("case")
@click.argument("party", default="")
@station_options
def certificate(case: str, party: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show the certificate of a practice that is over: of the club, or of PARTY, a team or officer by name or id.

    Example: esos practice certificate CASE "Officer One" --home practice
    """
    found = run(_certificate(Where(home=home, url=url, token=token), case, party))
    emit(found, as_json=as_json, words=_certificate_words(found))


async def _certificate(where: Where, case: str, party: str) -> dict[str, Any]:
    async with where.reached() as client:
        found = await client.get(f"/practice/runs/{await find_case(client, case)}")
        if not found["result"]["ended"]:
            raise Unknown("practice.not_over", "A certificate is there when the practice is over.")
        club = (await client.get("/station"))["name"]
    came = found["result"]
    of, one = _part(came, party) if party else ("club", {"name": club})
    return {"of": of, "part": one, "run": found["run"], "code": came["code"], "facts": _facts(of, one, came)}


def _part(came: dict[str, Any], party: str) -> tuple[str, dict[str, Any]]:
    """A team that answered, or an officer who acted; raises ``Unknown`` (``practice.took_no_part``)."""
    of_team = [{**one, "of": "team", "id": one["member"]} for one in came["teams"] if one["answered_ms"] >= 0]
    of_officer = [{**one, "of": "officer", "id": one["officer"]} for one in came["officers"] if one["acts"]]
    wanted = party.strip().casefold()
    found = [one for one in (*of_team, *of_officer) if wanted in {one["id"].casefold(), one["name"].casefold()}]
    if not found:
        raise Unknown("practice.took_no_part", "Nobody of this name took part in this practice.")
    return found[0]["of"], found[0]


def _facts(of: str, one: dict[str, Any], came: dict[str, Any]) -> list[tuple[str, str]]:
    from esos.station.practice_results import spoken_span

    if of == "team":
        return [(say("Answered after"), spoken_span(one["answered_ms"]))]
    if of == "officer":
        took = [(say("Took the call after"), spoken_span(one["took_ms"]))] if one["took_ms"] >= 0 else []
        return [*took, (say("Acts as an officer"), str(one["acts"]))]
    answered = say("{answered} of {asked}", answered=came["answered"], asked=came["asked"])
    return [
        (say("A person took the call after"), spoken_span(came["person_ms"])),
        (say("Teams that answered"), answered),
        (say("First team bound after"), spoken_span(came["first_help_ms"])),
    ]


def _certificate_words(found: dict[str, Any]) -> str:
    begun = found["run"]
    lines = [
        say("Certificate of practice"),
        found["part"]["name"],
        say("took part in the practice “{title}”.", title=say(begun["title"])) + " " + clock(begun["began_ms"]),
    ]
    facts = table([*found["facts"], (say("Case"), found["code"])], ("", ""))
    figures = say(
        "Every figure follows from the signed statements of this case. "
        "Whoever has the case file can check them without this station:"
    )
    parts = ["\n".join(lines), facts, f"{figures} esos verify case FILE"]
    return "\n\n".join([*parts, say("This was practice. Nobody was in distress.")])


async def _tell_next(where: Where, case: str) -> Any:
    async with where.reached() as client:
        path = f"/practice/runs/{await find_case(client, case)}"
        told = (await client.get(path))["run"]["told"]
        return await client.post(f"{path}/next", {"piece": told})


async def _results(where: Where, case: str) -> Any:
    async with where.reached() as client:
        return await client.get(f"/practice/runs/{await find_case(client, case)}")


async def _get(where: Where, path: str) -> Any:
    async with where.reached() as client:
        return await client.get(path)


async def _put(where: Where, path: str, said: object) -> Any:
    async with where.reached() as client:
        return await client.put(path, said)


async def _post(where: Where, path: str, said: object) -> Any:
    async with where.reached() as client:
        return await client.post(path, said)
