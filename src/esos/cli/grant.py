"""``esos grant``: consent to help, with scope and expiry, signed with your own key; and take it back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from esos.cli.common import json_option, run
from esos.cli.party import case_option, open_circle, party_options
from esos.errors import Forbidden, Malformed, Usage
from esos.words.need import HelpClass

if TYPE_CHECKING:
    from esos.caller.circle import Circle, Reached
    from esos.carriers.station_door import HttpStationDoor
    from esos.cli.party import PartyHere

STATEMENT_BYTES = 32


@click.command("grant")
@party_options
@case_option
@click.option("--class", "help_class", type=click.Choice([one.value for one in HelpClass]), help="What kind of help.")
@click.option("--scope", default="", help="On what, in words: which systems, which data.")
@click.option("--for", "to", multiple=True, help="A member's id or name. Repeatable; none: any committed helper.")
@click.option("--hours", type=click.IntRange(1, 2160), default=24, show_default=True, help="How long.")
@click.option("--revoke", default="", help="Take this grant back (its id), at once.")
@click.option("--standing", is_flag=True, help="Lodge it beforehand: it comes to life with your next call.")
@json_option
def command(
    key_file: Path,
    cards: tuple[str, ...],
    wanted: str,
    help_class: str | None,
    scope: str,
    to: tuple[str, ...],
    hours: int,
    revoke: str,
    *,
    standing: bool,
    as_json: bool,
) -> None:
    """Consent to help on your own systems; no helper may touch them without it.

    The id that is printed is what --revoke takes.

    Example: esos grant --class access --scope "both mail servers" --for 0123456789abcdef --hours 24 --key hospital.key
    """
    if bool(revoke) == bool(help_class):
        raise Usage("grant.what", "Either consent (--class and --scope), or take back (--revoke GRANT).")
    if help_class and not scope:
        raise Usage("grant.no_scope", "Say on what: --scope TEXT.", hint="Help beyond its scope is not allowed.")
    run(_grant(key_file, cards, wanted, help_class, scope, to, hours, revoke, standing=standing, as_json=as_json))


async def _grant(
    key_file: Path,
    cards: tuple[str, ...],
    wanted: str,
    help_class: str | None,
    scope: str,
    to: tuple[str, ...],
    hours: int,
    revoke: str,
    *,
    standing: bool,
    as_json: bool,
) -> None:
    from esos.caller.grant import grant, lodge_grant
    from esos.cli.said import show_reached

    party, circle = await open_circle(key_file, cards, wanted)
    if revoke:
        show_reached(await _revoke(circle, revoke), "Taken back.", as_json=as_json)
        return
    to = await _members(party, circle, to)
    kind = HelpClass(help_class or "")
    if standing:
        reached = await lodge_grant(circle, help_class=kind, scope=scope, to=to, hours_after_call=hours)
    else:
        reached = await grant(circle, help_class=kind, scope=scope, to=to, hours=hours)
    identity = reached.told[0].statement
    show_reached(reached, f"Grant {identity}, for {hours} hours.", as_json=as_json, grant=identity)


async def _members(party: "PartyHere", circle: "Circle", named: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of those the consent is for; a consent for nobody would look like one and let nobody in.

    Raises ``Unknown`` (``input.nothing``) for whoever is neither on the case nor in the register.
    """
    from esos.cli.text import pick

    if not named:
        return ()
    known = {row["member"]: row for door in party.doors() for row in await _known_at(door, circle)}
    found = [pick(list(known.values()), one, names=("member", "name"), what="member") for one in named]
    return tuple(str(row["member"]) for row in found)


async def _known_at(door: "HttpStationDoor", circle: "Circle") -> list[dict[str, str]]:
    """Members at one station: the register where the caller may read it, and whoever was asked on its case."""
    case = circle.cases.get(door.home.kid.hex())
    asked = (await door.case(case))["requests"] if case else []
    rows = [{"member": one["responder"], "name": one["name"]} for one in asked]
    try:
        return [*rows, *({"member": one["member"], "name": one["name"]} for one in await door.members())]
    except Forbidden:
        return rows  # a stranger calls too, and may let in whoever was asked for it


async def _revoke(circle: "Circle", text: str) -> "Reached":
    from esos.caller.grant import revoke

    try:
        granted = bytes.fromhex(text)
    except ValueError:
        granted = b""
    if len(granted) != STATEMENT_BYTES:
        raise Malformed("grant.id", "A grant's id is 32 bytes in hexadecimal, as esos grant printed it.")
    return await revoke(circle, granted)
