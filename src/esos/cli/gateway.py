"""``esos gateway``: text messages and mesh radio, at the caller's end and at the station's.

Law 4: that a gateway took a packet is no answer; what a station says back is handed on for the caller to check.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import NONE, emit, json_option, read_input, run, table
from esos.cli.gateway_people import admit, answer, dismiss
from esos.cli.party import key_option, station_option
from esos.errors import Busy, NotDelivered, Usage

if TYPE_CHECKING:
    from esos.carriers.gateway_programs import Handed
    from esos.vault.gateways import DiskGateways

WAIT_SECONDS = 60
AGAIN_SECONDS = 2.0
"""Between one try to hand a packet in and the next."""
_ABOUT = (("sms", "text messages"), ("mesh", "mesh packets"))


@click.group("gateway")
def group() -> None:
    """Text messages and mesh radio: send calls by them, and hand in at a station what came by them."""


@group.command("set")
@key_option
@click.option("--sms", metavar="COMMAND|URL", help="What sends text messages from here; empty for nothing.")
@click.option("--mesh", metavar="COMMAND|URL", help="What sends mesh packets from here; empty for nothing.")
@json_option
def set_gateways(key_file: Path, *, sms: str | None, mesh: str | None, as_json: bool) -> None:
    """Keep beside your key what sends text messages and mesh packets, for every command that calls.

    A command gets the packet in hexadecimal on its input, and in the environment ESOS_GATEWAY_TO (the number or the
    node) and ESOS_GATEWAY_CARRIER. It ends with code 0 once the message is out, and prints what came back, in
    hexadecimal. An address gets the same by HTTP.

    Example: esos gateway set --sms "/usr/local/bin/send-sms --modem 0" --key hospital.key
    """
    import msgspec

    from esos.carriers.gateway_programs import read_program

    if sms is None and mesh is None:
        raise Usage("gateway.what", "There is nothing to keep.", hint="Give --sms, --mesh, or both.")
    given = {name: line for name, line in (("sms", sms), ("mesh", mesh)) if line is not None}
    for line in filter(None, given.values()):
        read_program(line)
    kept = _kept(key_file)
    kept.keep(msgspec.structs.replace(kept.find(), **given))
    _show(kept, as_json=as_json)


@group.command("show")
@key_option
@json_option
def show(key_file: Path, *, as_json: bool) -> None:
    """Show what is kept beside your key. To see whether it works: esos call --test.

    Example: esos gateway show --key hospital.key
    """
    _show(_kept(key_file), as_json=as_json)


@group.command("post")
@click.argument("file", default="-")
@station_option
@click.option("--carrier", type=click.Choice([name for name, _ in _ABOUT]), required=True, help="What brought it.")
@click.option("--wait", "wait_s", type=click.FloatRange(0.1, 86_400), default=WAIT_SECONDS, show_default=True,
              help="Seconds to go on trying.")  # fmt: skip
@json_option
def post(file: str, cards: tuple[str, ...], carrier: str, wait_s: float, *, as_json: bool) -> None:
    """At the station's end: hand in a packet that a modem or a radio received, and print what to send back.

    FILE holds the packet as it came, or in hexadecimal; - is standard input. What is printed is the
    acknowledgement in hexadecimal, 38 bytes: send it back the way the packet came. You need no key.

    Example: esos gateway post message.bin --station station.json --carrier sms
    """
    run(_post(file, cards, carrier, wait_s, as_json=as_json))


async def _post(file: str, cards: tuple[str, ...], carrier: str, wait_s: float, *, as_json: bool) -> None:
    """Raises what refuses the packet, and ``NotDelivered`` (``gateway.no_answer``) where nothing came in time."""
    import asyncio

    from esos.carriers.gateway_programs import Post
    from esos.message.packet_gateway import Gateway, acks_in, check_fits, read_packet_letters

    packet, gateway = read_packet_letters(read_input(file)), Gateway(carrier)
    check_fits(packet, gateway)
    if len(cards) != 1:
        raise Usage("gateway.no_station", "Hand in to which station?", hint="Give --station CARD, once.")
    url = await _door_of(cards[0])
    loop = asyncio.get_running_loop()
    deadline, last = loop.time() + wait_s, ""
    while (left_s := deadline - loop.time()) > 0:
        handed = await Post(url, within_ms=round(left_s * 1000) + 1).hand(packet, gateway, "")
        acks = acks_in(handed.output)
        if acks:
            emit({"ack": acks[0].hex(), "carrier": carrier}, as_json=as_json, words=acks[0].hex())
            return
        last = _said(handed) or "The station cannot say yet what became of it."
        await asyncio.sleep(min(AGAIN_SECONDS, max(0.0, deadline - loop.time())))
    raise NotDelivered("gateway.no_answer", f"No acknowledgement within {wait_s:g} s. {last}",
                       hint="Hand the same packet in again.")  # fmt: skip


def _said(handed: "Handed") -> str:
    """What went wrong and may be better in a moment; raises what the station refuses for good."""
    from esos.carriers.station_door import refusal_of

    if handed.status:
        refusal = refusal_of(handed.status, handed.output)
        if not isinstance(refusal, Busy):
            raise refusal
    return handed.trouble


async def _door_of(card: str) -> str:
    """Where this station takes packets from gateways; its address alone is enough, and asks nobody for a card."""
    from esos.carriers.station_door import API, read_home

    if card.startswith(("http://", "https://")):
        http = card
    else:
        http = read_home(card.encode() if card.lstrip().startswith("{") else read_input(card))[0].http
    if not http:
        raise Usage("gateway.no_door", "This station's card names no web address.", hint="Give its address: https://…")
    return f"{http.rstrip('/')}{API}/packets"


def _kept(key_file: Path) -> "DiskGateways":
    from esos.vault.callbook import DiskCallBook
    from esos.vault.gateways import DiskGateways

    return DiskGateways(DiskCallBook(key_file))


def _show(kept: "DiskGateways", *, as_json: bool) -> None:
    gateways = kept.find()
    rows = [(words, getattr(gateways, name) or NONE) for name, words in _ABOUT]
    emit({**_plain(gateways), "file": str(kept.file)}, as_json=as_json, words=table(rows, ("what", "sent by")))


def _plain(gateways: Any) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(gateways)
    return plain


for verb in (admit, dismiss, answer):
    group.add_command(verb)
