"""``esos sitrep``: a situation report, in sections A to M, from a file or from options."""

from pathlib import Path

import click

from esos.cli.common import json_option, read_input, run
from esos.cli.party import case_option, open_circle, party_options
from esos.errors import Malformed, Usage


@click.command("sitrep")
@click.argument("file", required=False)
@party_options
@case_option
@click.option("--section", "sections", multiple=True, help='As C="Two wards are without systems". Repeatable.')
@click.option("--need", "needs", multiple=True, help="Section E as data, as filtering=40Gbit/s. Repeatable.")
@click.option("--fact", "facts", multiple=True, help="As recoverability=extended. Repeatable.")
@json_option
def command(
    file: str | None,
    key_file: Path,
    cards: tuple[str, ...],
    wanted: str,
    sections: tuple[str, ...],
    needs: tuple[str, ...],
    facts: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Give a situation report: a FILE with lines as "C: what happens" (or JSON, or - for standard input), or options.

    Sections: A identity, B where, C situation, D at risk, E assistance required, F coordinating station,
    G description, H what still works, I actions taken, J consent, K coordination, L plans, M other.

    Example: esos sitrep report.txt --station station.json --key hospital.key
    """
    run(_sitrep(file, key_file, cards, wanted, sections, needs, facts, as_json=as_json))


async def _sitrep(
    file: str | None,
    key_file: Path,
    cards: tuple[str, ...],
    wanted: str,
    sections: tuple[str, ...],
    needs: tuple[str, ...],
    facts: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    from esos.caller.sitrep import give_sitrep, read_sitrep
    from esos.cli.details import read_facts, read_needs
    from esos.cli.said import show_reached
    from esos.message.bodies import SitrepGiven

    read = read_sitrep(read_input(file)) if file else SitrepGiven()
    sitrep = SitrepGiven(
        sections={**read.sections, **_sections(sections)},
        needs=read_needs(needs) or read.needs,
        facts={**read.facts, **read_facts(facts)},
    )
    if sitrep == SitrepGiven():
        raise Usage("sitrep.empty", "There is nothing to report.", hint='Give a file, or --section C="what happens".')
    _, circle = await open_circle(key_file, cards, wanted)
    show_reached(await give_sitrep(circle, sitrep), "Reported.", as_json=as_json)


def _sections(written: tuple[str, ...]) -> dict[str, str]:
    sections: dict[str, str] = {}
    for one in written:
        letter, sign, text = one.partition("=")
        if not sign or letter.upper() not in set("ABCDEFGHIJKLM"):
            raise Malformed("sitrep.section", f"{one!r} is no section.", hint='As C="Two wards are without systems".')
        sections[letter.upper()] = text
    return sections
