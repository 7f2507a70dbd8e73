"""``esos update``: add facts to your call; nothing that was said is ever deleted."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import json_option, note, run
from esos.cli.details import details_of, details_options
from esos.cli.party import PartyHere, case_option, open_circle, party_options
from esos.errors import NotDelivered, Unknown, Usage

if TYPE_CHECKING:
    from esos.caller.circle import Circle
    from esos.message.bodies import CallDetails

PACKET_WAIT_MS = 10_000


@click.command("update")
@party_options
@case_option
@details_options
@json_option
def command(key_file: Path, cards: tuple[str, ...], wanted: str, *, as_json: bool, **given: Any) -> None:
    """Add facts to your call: what you see now, what you need, how you can be reached.

    Example: esos update --station station.json --key hospital.key --need filtering=60Gbit/s --words "It grows"
    """
    run(_update(key_file, cards, wanted, given, as_json=as_json))


async def _update(key_file: Path, cards: tuple[str, ...], wanted: str, given: dict[str, Any], *, as_json: bool) -> None:
    from esos.caller.update import update
    from esos.cli.said import show_reached
    from esos.message.bodies import CallDetails

    details = details_of(given)
    if details == CallDetails():
        raise Usage("update.empty", "There is nothing to add.", hint="As --words TEXT or --need LINE=QUANTITY.")
    party, circle = await open_circle(key_file, cards, wanted)
    try:
        reached = await update(circle, details)
    except (NotDelivered, Unknown):
        if not await _by_packet(party, circle, details):
            raise
        note("No station answers over HTTP. What fits into a packet has reached one by datagram; say the rest later.")
    else:
        show_reached(reached, "Added.", as_json=as_json)


async def _by_packet(party: PartyHere, circle: "Circle", details: "CallDetails") -> bool:
    """What fits, the way a call goes; whether every packet reached a station."""
    from esos.caller.make import make_update
    from esos.caller.send import send_call
    from esos.caller.targets import packet_outgoing
    from esos.caller.way import GATEWAY_WAIT_MS
    from esos.cli.ways import carriers_for

    if circle.record is None:
        return False
    voice = party.voice
    record, packets = make_update(
        seed=voice.seed, realm=voice.realm, record=circle.record, details=details, now_ms=circle.clock.now_ms()
    )
    circle.book.keep(record)
    carriers = carriers_for(party)
    wait_ms = GATEWAY_WAIT_MS if {one.name for one in carriers} & {"sms", "mesh"} else PACKET_WAIT_MS
    for packet in packets:
        outgoing = packet_outgoing(packet.cose(), party.stations)
        sent = await send_call(outgoing, carriers, lambda _: None, wait_ms=wait_ms)
        if not sent.kept:
            return False
    return bool(packets)
