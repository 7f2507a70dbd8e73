"""``esos first-aid``: the card for what you see, in the terminal or as a sheet for the wall; needs no station."""

from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import emit, json_option, table

if TYPE_CHECKING:
    from esos.words.first_aid_whole import WholeCard


@click.command("first-aid")
@click.argument("nature", required=False)
@click.option(
    "--print", "for_paper", is_flag=True, help="The whole card as plain text for a printer; all without NATURE."
)
@json_option
def command(nature: str | None, *, for_paper: bool, as_json: bool) -> None:
    """Show what to do in the next ten minutes, what to leave alone, why, and what to keep.

    \b
    Example: esos first-aid held-to-ransom
             esos first-aid --print > wall.txt
    """  # noqa: D301 - click wants the backspace as it is
    from esos.words.first_aid_whole import named_card, whole_cards

    cards = (named_card(nature),) if nature else whole_cards()
    if nature or for_paper:
        words = "\f\n".join(_sheet(card) for card in cards)
    else:
        words = table([(card.slug, card.title) for card in cards], ("NATURE", "WHAT YOU SEE"))
    emit({"cards": [_plain(card) for card in cards]}, as_json=as_json, words=words)


def _plain(card: "WholeCard") -> dict[str, Any]:
    return {
        "nature": card.slug,
        "title": card.title,
        "do": [line._asdict() for line in card.do],
        "do_not": [line._asdict() for line in card.do_not],
        "keep": [one._asdict() for one in card.keep],
        "sources": [one._asdict() for one in card.sources],
        "checked": card.checked,
    }


def _sheet(card: "WholeCard") -> str:
    from esos.words.evidence import FIRST
    from esos.words.language import say

    numbered = [f"{number}. {say(line.text)}\n   {say(line.why)}" for number, line in enumerate(card.do, start=1)]
    alone = [f"x  {say(line.text)}\n   {say(line.why)}" for line in card.do_not]
    kept = [f"[ ] {number}. {say(one.what)}. {say(one.how)}" for number, one in enumerate(card.keep, start=1)]
    rests = [f"{one.document}: {one.section}. {one.link}" for one in card.sources]
    parts = (
        [say(card.title).upper(), say("The next ten minutes. People first.")],
        [say("DO"), *numbered],
        [say("LEAVE ALONE"), *alone],
        [say("KEEP, WHAT FADES FIRST AT THE TOP"), say(FIRST), *kept],
        [say("It rests on, as looked up on {date}:", date=card.checked), *rests],
    )
    return "\n\n".join("\n".join(part) for part in parts)
