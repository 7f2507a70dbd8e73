"""``esos relay``: call for somebody who cannot, and say that it is not yourself."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.call import WAIT_SECONDS, conclude, send_and_show
from esos.cli.call_prepare import sitrep_of
from esos.cli.common import json_option, note, run
from esos.cli.details import details_of, details_options
from esos.cli.party import PartyHere, open_party, party_options
from esos.cli.ways import gateway_options, gateways_of, is_short_of_room, relay_option, resolver_option, sender_option
from esos.errors import EsosError

if TYPE_CHECKING:
    from esos.caller.relay import RelayFor
    from esos.message.bodies import CallDetails

MEMBER_HEX = 16


@click.command("relay")
@party_options
@click.option("--for", "caller", required=True, help="Whom you call for: a member id, or a name.")
@click.option("--card-number", default="", help="The one-time number on the caller's printed card.")
@click.option("--vouch", is_flag=True, help="You know the caller and answer for its being in distress.")
@details_options
@click.option("--sitrep", help="A situation report to follow: a file, or - for standard input.")
@click.option("--wait", "wait_s", type=click.FloatRange(0.1, 86_400), default=WAIT_SECONDS, show_default=True,
              help="Seconds to wait for a person.")  # fmt: skip
@click.option("--until", type=click.Choice(["arrived", "acknowledged"]), default="acknowledged", show_default=True,
              help="What to wait for: a station, or a person.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="One datagram in 3 seconds to each station.")
@resolver_option
@relay_option
@sender_option
@gateway_options
@json_option
def command(key_file: Path, cards: tuple[str, ...], *, as_json: bool, **given: Any) -> int:
    """Call for somebody who cannot. Its identity is kept, and you are called back too.

    Example: esos relay --for "Example Hospital" --vouch --nature cut-off --station station.json --key ours.key
    """
    return run(_relay(key_file, cards, given, as_json=as_json))


async def _relay(key_file: Path, cards: tuple[str, ...], given: dict[str, Any], *, as_json: bool) -> int:
    from esos.caller.make import CALL_ID_BYTES
    from esos.caller.relay import RelayFor, make_relay
    from esos.vault.chance import SystemClock, SystemDice

    details, sitrep = details_of(given), sitrep_of(given["sitrep"])
    party = await open_party(key_file, cards)
    is_member = len(given["caller"]) == MEMBER_HEX and all(letter in "0123456789abcdef" for letter in given["caller"])
    relay_for = RelayFor(
        member=given["caller"] if is_member else "",
        name="" if is_member else given["caller"],
        vouched=given["vouch"],
        card_number=given["card_number"],
    )
    call = SystemDice().bytes(CALL_ID_BYTES)
    made = make_relay(
        voice=party.voice,
        call=call,
        relay_for=await _by_card(party, call, relay_for, details),
        details=details,
        stations=tuple(station.home for station in party.stations),
        now_ms=SystemClock().now_ms(),
        sitrep=sitrep,
        short=is_short_of_room(party, gateways_of(given)),
    )
    return conclude(await send_and_show(party, made, given, as_json=as_json), key_file, as_json=as_json)


async def _by_card(party: PartyHere, call: bytes, relay_for: "RelayFor", details: "CallDetails") -> "RelayFor":
    """With a card's number the station itself knows the caller; without an answer the call goes on by name."""
    import msgspec

    if not relay_for.card_number:
        return relay_for
    for door in party.doors():
        try:
            caller = await _caller_by_card(door, call, relay_for, details)
        except EsosError as trouble:
            note(f"{door.home.name}: {trouble.detail} [{trouble.code}]")
            continue
        if caller:
            return msgspec.structs.replace(relay_for, member=caller, name="", card_number="")
        note(f"{door.home.name} does not know this card's number, or it was used; the call goes on by name.")
    return relay_for


async def _caller_by_card(door: Any, call: bytes, relay_for: "RelayFor", details: "CallDetails") -> str:
    """Hand the card's number in with a call, and read whose card it is; empty where it was not accepted."""
    import msgspec

    said = {
        "details": msgspec.to_builtins(details),
        "call": call.hex(),
        "relay_for": {
            "caller": relay_for.member, "caller_name": relay_for.name, "card_token": relay_for.card_number,
        },
    }  # fmt: skip
    return str((await door.call_by_card(said)).get("caller", ""))
