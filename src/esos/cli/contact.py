"""``esos contact``: addresses that work. Add or remove one, ring yourself, send a code back, see what is proved."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import NONE, clock, emit, note, run, station_options, table
from esos.cli.where import Where
from esos.errors import Conflict, NotDelivered
from esos.words.language import LANGUAGES

if TYPE_CHECKING:
    from esos.cli.client import StationClient

LOOK_SECONDS = 0.5
"""How often it is looked whether a test came back."""
WAIT_SECONDS = 120
RING, CONFIRM = "ring", "confirm"


@click.group("contact")
def group() -> None:
    """Addresses that work: add and remove them, ring yourself, confirm, see what is proved."""


@group.command("list")
@click.argument("who")
@station_options
def list_contacts(who: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show somebody's addresses: which are proved, since when, and what came of the last tests.

    Example: esos contact list "Officer One" --home club
    """
    shown = run(_get(Where(home=home, url=url, token=token), who))
    emit(shown, as_json=as_json, words=_words(shown))


@group.command("ring")
@click.argument("who")
@click.option("--wait", type=click.IntRange(0, 3600), default=WAIT_SECONDS, show_default=True, help="Seconds to wait.")
@station_options
def ring(who: str, wait: int, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Ring now, by every address at once: a marked test, about no case. Ends when each came back, or with the wait.

    Exit code 4 when nothing came back in time.

    Example: esos contact ring "Officer One" --home club --wait 60
    """
    shown = run(_ring(Where(home=home, url=url, token=token), who, wait))
    emit(shown, as_json=as_json, words=_words(shown))
    if wait and not any(one["answered_ms"] for one in _newest(shown)):
        raise NotDelivered(
            "contact.unanswered",
            "No address has come back.",
            hint="Open the link that was sent, and press “I have it”: the press counts, not that the page was opened.",
        )


@group.command("add")
@click.argument("who")
@click.argument("address")
@station_options
def add(who: str, address: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Give an officer one more address. A code goes there at once; until it comes back, the address does not count.

    An officer does so with their own token, a registrar for any officer. A member's addresses stand on its card.

    Example: esos contact add "Officer One" mail:watch@example.org --home club
    """
    from esos.cli.text import read_contacts

    given = read_contacts([address])[0]
    shown = run(_post(Where(home=home, url=url, token=token), who, "add", given))
    emit(shown, as_json=as_json, words=_words(shown))


@group.command("remove")
@click.argument("who")
@click.argument("address")
@click.option("--sure", is_flag=True, help="Also the last address that would wake them.")
@station_options
def remove(who: str, address: str, home: Path, url: str, token: str, *, sure: bool, as_json: bool) -> None:
    """Take an officer's address back: no page is made for it from now on. Added again, it is confirmed anew.

    Example: esos contact remove "Officer One" mail:old@example.org --home club
    """
    channel, _, written = address.partition(":")
    given = {"channel": channel, "address": written, "sure": sure}
    shown = run(_post(Where(home=home, url=url, token=token), who, "remove", given, is_sent=False))
    emit(shown, as_json=as_json, words=_words(shown))


@group.command("language")
@click.argument("who")
@click.argument("code", type=click.Choice(tuple(LANGUAGES)))
@station_options
def language(who: str, code: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Choose the language of what the station writes to somebody.

    Example: esos contact language "Officer One" fr --home club
    """
    shown = run(_put_language(Where(home=home, url=url, token=token), who, code))
    emit(shown, as_json=as_json, words=f"The station writes to {shown['name']} in {LANGUAGES[code]}.")


@group.command("ask")
@click.argument("who")
@station_options
def ask(who: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Send a code to each address that its owner has not confirmed yet.

    Example: esos contact ask "Officer One" --home club
    """
    shown = run(_post(Where(home=home, url=url, token=token), who, CONFIRM))
    emit(shown, as_json=as_json, words=_words(shown))


@group.command("confirm")
@click.argument("code")
@station_options
def confirm(code: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Send back the code that reached you: the address it came to is yours, and proved.

    Example: esos contact confirm Q7KM-93TX-2BVH --home club
    """
    done = run(_confirm(Where(home=home, url=url, token=token), code))
    emit(done, as_json=as_json, words="Thank you. This address reached you, and the station knows it.")


async def _get(where: Where, who: str) -> Any:
    async with where.reached() as client:
        return await client.get(f"/contacts/{await _find(client, who)}")


async def _put_language(where: Where, who: str, code: str) -> Any:
    async with where.reached() as client:
        return await client.put(f"/contacts/{await _find(client, who)}/language", {"language": code})


async def _post(where: Where, who: str, act: str, given: dict[str, Any] | None = None, *, is_sent: bool = True) -> Any:
    async with where.reached() as client:
        shown = await client.post(f"/contacts/{await _find(client, who)}/{act}", given or {})
        if is_sent and not client.is_live:
            note("The station does not run: it sends them when it does.")
        return shown


async def _confirm(where: Where, code: str) -> Any:
    async with where.reached() as client:
        return await client.post("/contacts/answer", {"code": code})


async def _ring(where: Where, who: str, wait: int) -> Any:
    import asyncio

    async with where.reached() as client:
        if not client.is_live:
            raise Conflict("contact.not_running", "The station does not run, so it rings nobody.", hint=_RUN)
        party = await _find(client, who)
        shown = await client.post(f"/contacts/{party}/{RING}", {})
        until = time.monotonic() + wait
        said: set[str] = set()
        while not _is_done(shown) and time.monotonic() < until:
            _tell_news(shown, said)
            await asyncio.sleep(LOOK_SECONDS)
            shown = await client.get(f"/contacts/{party}")
        _tell_news(shown, said)
        return shown


_RUN = "Start it: esos station run"


def _newest(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The tests of the newest ringing."""
    rung = [one for one in shown["trials"] if one["why"] == RING]
    return [one for one in rung if one["asked_ms"] == rung[0]["asked_ms"]]


def _is_done(shown: dict[str, Any]) -> bool:
    return all(one["answered_ms"] for one in _newest(shown))


def _tell_news(shown: dict[str, Any], said: set[str]) -> None:
    """What has happened since the last look, one line each."""
    for one in reversed(_newest(shown)):
        for line in _steps(one):
            if line not in said:
                said.add(line)
                note(line)


def _steps(trial: dict[str, Any]) -> list[str]:
    way = f"{trial['channel']}:{trial['address']}"
    steps = [f"{way}  {trial['delivery']}"]
    if trial["answered_ms"]:
        steps.append(f"{way}  “I have it” came back after {trial['answered_seconds']} s.")
    return steps


async def _find(client: "StationClient", who: str) -> str:
    """An officer's or a member's id, from its id, its beginning, or the name."""
    from esos.cli.text import pick

    officers = [{"id": one["officer"], "name": one["name"]} for one in (await client.get("/officers"))["officers"]]
    members = [{"id": one["member"], "name": one["name"]} for one in (await client.get("/members"))["members"]]
    return str(pick([*officers, *members], who, names=("id", "name"), what="officer or member")["id"])


def _words(shown: dict[str, Any]) -> str:
    ways = [(f"{one['channel']}:{one['address']}", one["words"], clock(one["proven_ms"])) for one in shown["ways"]]
    trials = [
        (clock(one["asked_ms"]), f"{one['channel']}:{one['address']}", one["why_words"], one["delivery"], _after(one))
        for one in shown["trials"]
    ]
    parts = [shown["name"], table(ways, ("ADDRESS", "STANDS", "LAST PROVED"))]
    if trials:
        parts.append(table(trials, ("TRIED", "ADDRESS", "WHY", "DELIVERY", "CAME BACK")))
    return "\n\n".join(parts)


def _after(trial: dict[str, Any]) -> str:
    return f"after {trial['answered_seconds']} s" if trial["answered_ms"] else NONE
