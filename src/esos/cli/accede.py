"""``esos accede``: bind yourself to a pact, with your reservations, by signing exactly what it says now."""

from pathlib import Path

import click

from esos.cli.common import json_option, run
from esos.cli.party import open_party, party_options


@click.command("accede")
@party_options
@click.option("--pact", required=True, help="The pact's name, as esos pact show says it.")
@click.option("--reserve", "reservations", multiple=True, help="A need line or section you do not accept. Repeatable.")
@click.option("--member", default="", help="Your member id, where this key is not your first one.")
@json_option
def command(
    key_file: Path, cards: tuple[str, ...], pact: str, reservations: tuple[str, ...], member: str, *, as_json: bool
) -> None:
    """Accept the duties of a pact. Read it first: esos pact show.

    Example: esos accede --pact club --reserve people-on-site --station station.json --key net.key
    """
    run(_accede(key_file, cards, pact, reservations, member, as_json=as_json))


async def _accede(
    key_file: Path, cards: tuple[str, ...], pact: str, reservations: tuple[str, ...], member: str, *, as_json: bool
) -> None:
    from esos.caller.accede import accede
    from esos.cli.said import show_reached
    from esos.vault.chance import SystemClock

    party = await open_party(key_file, cards)
    reached = await accede(
        party.first_door(), voice=party.voice, clock=SystemClock(), pact=pact, reservations=reservations, member=member
    )
    show_reached(reached, f"You are bound by {pact}.", as_json=as_json, pact=pact)
