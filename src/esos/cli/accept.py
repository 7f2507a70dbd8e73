"""``esos accept``: accept an offer; after request and offer it is the third signature of the agreement."""

from pathlib import Path

import click

from esos.cli.common import json_option, run
from esos.cli.party import case_option, open_circle, party_options


@click.command("accept")
@click.argument("request")
@party_options
@case_option
@click.option("--template", default="", help="The pact's agreement template that applies.")
@json_option
def command(request: str, key_file: Path, cards: tuple[str, ...], wanted: str, template: str, *, as_json: bool) -> None:
    """Accept what a helper offers on REQUEST (its id, or the start of it), or that it stays longer where it asks to.

    Example: esos accept 3f2a9c --station station.json --key hospital.key
    """
    run(_accept(request, key_file, cards, wanted, template, as_json=as_json))


async def _accept(
    request: str, key_file: Path, cards: tuple[str, ...], wanted: str, template: str, *, as_json: bool
) -> None:
    from esos.caller.accept import accept
    from esos.cli.said import show_reached

    _, circle = await open_circle(key_file, cards, wanted)
    show_reached(await accept(circle, request, template), "Agreed.", as_json=as_json)
