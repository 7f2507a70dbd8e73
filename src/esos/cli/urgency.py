"""``esos urgency``: raise or lower the urgency of your own call."""

from pathlib import Path

import click

from esos.cli.common import json_option, run
from esos.cli.party import case_option, open_circle, party_options
from esos.words.urgency import Urgency


@click.command("urgency")
@click.argument("level", type=click.Choice([one.value for one in Urgency]))
@party_options
@case_option
@click.option("--reason", default="", help="Why, in a sentence.")
@json_option
def command(level: str, key_file: Path, cards: tuple[str, ...], wanted: str, reason: str, *, as_json: bool) -> None:
    """Raise or lower the urgency of your call; nobody can refuse it to you.

    mayday: grave harm, under way, beyond your own means. pan-pan: serious, may become an emergency.
    advisory: a warning useful to others.

    Example: esos urgency pan-pan --station station.json --key hospital.key --reason "The flood has stopped"
    """
    run(_urgency(level, key_file, cards, wanted, reason, as_json=as_json))


async def _urgency(
    level: str, key_file: Path, cards: tuple[str, ...], wanted: str, reason: str, *, as_json: bool
) -> None:
    from esos.caller.urgency import change_urgency
    from esos.cli.said import show_reached

    _, circle = await open_circle(key_file, cards, wanted)
    urgency = Urgency(level)
    show_reached(
        await change_urgency(circle, urgency, reason), f"The urgency is now: {urgency.words.lower()}.", as_json=as_json
    )
