"""``esos sitrep``: a situation report, in sections A to M, from a file or from options."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from esos.cli.common import emit, json_option, read_input, run
from esos.cli.party import PartyHere, case_option, open_circle, party_options
from esos.errors import Malformed, NotDelivered, Unknown, Usage

if TYPE_CHECKING:
    from esos.caller.circle import Circle
    from esos.caller.ports import KnownStation
    from esos.message.bodies import SitrepGiven

PACKETS_WAIT_SECONDS = 120
"""How long a report is sent in packets; what a station has by then need not be sent again."""
GATEWAY_PACKETS_WAIT_SECONDS = 900
"""The same where it may have to go in text messages or by mesh, one at a time."""


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
    party, circle = await open_circle(key_file, cards, wanted)
    try:
        reached = await give_sitrep(circle, sitrep)
    except (NotDelivered, Unknown):
        left_out = await _by_packets(party, circle, sitrep)
        if left_out is None:
            raise
        emit({"told": [], "by_packets": True, "left_out": left_out}, as_json=as_json, words=_in_packets(left_out))
    else:
        show_reached(reached, "Reported.", as_json=as_json)


async def _by_packets(party: PartyHere, circle: "Circle", sitrep: "SitrepGiven") -> list[str] | None:
    """The report in packets, the way the call went: the sections left out, None where no station got it whole."""
    from asyncio import TaskGroup, timeout

    from esos.caller.make import with_report
    from esos.caller.more import deliver, missing_at, with_delivered
    from esos.caller.sitrep import left_out_of
    from esos.cli.ways import carriers_for, is_short_of_room

    if circle.record is None:
        return None
    voice, before = party.voice, frozenset(circle.record.more)
    carriers, short = carriers_for(party), is_short_of_room(party)
    is_slow = bool({one.name for one in carriers} & {"sms", "mesh"})
    wait_s = GATEWAY_PACKETS_WAIT_SECONDS if is_slow else PACKETS_WAIT_SECONDS
    record = with_report(seed=voice.seed, realm=voice.realm, record=circle.record, sitrep=sitrep, short=short)
    circle.book.keep(record)
    packets = [cose for cose in record.more if cose not in before]
    left = {station.home.kid: len(packets) for station in party.stations}

    async def to(station: "KnownStation") -> None:
        def delivered(cose: bytes) -> None:
            nonlocal record
            record = with_delivered(record, station.home.kid, cose)
            circle.book.keep(record)
            left[station.home.kid] -= 1

        unheard = [cose for cose in missing_at(record, station.home.kid) if cose in packets]
        await deliver(unheard, station, carriers, delivered=delivered, is_wanted=lambda: 0 not in left.values())

    with suppress(TimeoutError):
        async with timeout(wait_s), TaskGroup() as group:
            for station in party.stations:
                group.create_task(to(station))
    is_there = bool(packets) and 0 in left.values()
    return left_out_of(sitrep, record) if is_there else None


def _in_packets(left_out: list[str]) -> str:
    rest = f" Sections {', '.join(left_out)} were too long for packets; say them when HTTP is back." if left_out else ""
    return f"No station answers over HTTP. One has the report, in packets.{rest}"


def _sections(written: tuple[str, ...]) -> dict[str, str]:
    sections: dict[str, str] = {}
    for one in written:
        letter, sign, text = one.partition("=")
        if not sign or letter.upper() not in set("ABCDEFGHIJKLM"):
            raise Malformed("sitrep.section", f"{one!r} is no section.", hint='As C="Two wards are without systems".')
        sections[letter.upper()] = text
    return sections
