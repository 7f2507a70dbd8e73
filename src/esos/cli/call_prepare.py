"""A call before it is sent: made from the options, or taken up again from the book, for the stations that are known."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from esos.cli.common import read_input
from esos.cli.details import details_of
from esos.cli.party import PartyHere, no_station, open_party
from esos.cli.ways import gateways_of, is_short_of_room
from esos.errors import Conflict, Unknown, Usage

if TYPE_CHECKING:
    from esos.caller.make import MadeCall
    from esos.message.bodies import CallDetails, SitrepGiven

NEWEST = "newest"
ASK_AGAIN_SECONDS = 2.0


async def prepared(key_file: Path, cards: tuple[str, ...], given: dict[str, Any]) -> "tuple[PartyHere, MadeCall]":
    """The party and its call: new from the options, or kept and taken up again."""
    if given["resume"]:
        return await resumed(key_file, cards, given["resume"])
    details, sitrep = details_of(given), sitrep_of(given["sitrep"])
    party = await open_party(key_file, cards, need_station=False)
    if not party.stations and not party.unreached:
        raise no_station()
    return party, new_call(party, details, sitrep, short=is_short_of_room(party, gateways_of(given)))


async def prepared_offline(
    key_file: Path, cards: tuple[str, ...], given: dict[str, Any]
) -> "tuple[PartyHere, MadeCall]":
    """The same without asking anybody for a card; raises ``Usage`` (``call.offline_card``)."""
    if any(card.startswith(("http://", "https://")) for card in cards):
        raise Usage("call.offline_card", "Offline there is nobody to ask for a card.", hint="Give the card as a file.")
    if given["resume"]:
        return await resumed(key_file, cards, given["resume"])
    party = await open_party(key_file, cards, need_station=False)
    return party, new_call(party, details_of(given), sitrep_of(given["sitrep"]))


def sitrep_of(path: str | None) -> "SitrepGiven | None":
    """The situation report in a file, None where none is given."""
    from esos.caller.sitrep import read_sitrep

    return read_sitrep(read_input(path)) if path else None


def new_call(
    party: PartyHere, details: "CallDetails", sitrep: "SitrepGiven | None", *, short: bool = False
) -> "MadeCall":
    """A call to the party's stations, signed and not kept yet; ``short`` as ``with_report`` takes it."""
    import msgspec

    from esos.caller.make import CALL_ID_BYTES, MadeCall, make_call
    from esos.vault.chance import SystemClock, SystemDice

    made = make_call(
        seed=party.voice.seed,
        realm=party.voice.realm,
        call=SystemDice().bytes(CALL_ID_BYTES),
        details=details,
        stations=tuple(station.home for station in party.stations),
        now_ms=SystemClock().now_ms(),
        sitrep=sitrep,
        short=short,
    )
    record = msgspec.structs.replace(made.record, unreached=party.unreached)
    return MadeCall(record=record, packet=made.packet)


async def resumed(key_file: Path, cards: tuple[str, ...], wanted: str) -> "tuple[PartyHere, MadeCall]":
    """A kept call, to the stations it was for and those that are named now.

    Raises ``Unknown`` (``call.none_kept``), ``Conflict`` (``call.was_cancelled``).
    """
    from esos.caller.find import find_record
    from esos.caller.make import made_again
    from esos.caller.ports import KnownStation
    from esos.vault.callbook import DiskCallBook

    book = DiskCallBook(key_file)
    record = find_record(book, "" if wanted == NEWEST else wanted)
    if record is None:
        raise Unknown("call.none_kept", "There is no call to resume beside this key.", hint="Call anew: esos call")
    if record.state == "cancelled":
        raise Conflict("call.was_cancelled", "You took this call back.", hint="If you need help again: esos call")
    named = await open_party(key_file, (*cards, *record.unreached), need_station=False, take_pinned=False)
    stations = {home.kid: book.station(home.kid) or KnownStation(home=home) for home in record.stations}
    stations |= {station.home.kid: station for station in named.stations}
    party = PartyHere(voice=named.voice, book=book, stations=tuple(stations.values()), unreached=named.unreached)
    return party, made_again(_for_stations(record, party))


def _for_stations(record: Any, party: PartyHere) -> Any:
    import msgspec

    homes = tuple(station.home for station in party.stations)
    return msgspec.structs.replace(record, stations=homes, unreached=party.unreached)


async def wait_for_a_card(
    key_file: Path, party: PartyHere, made: "MadeCall", *, wait_s: float
) -> "tuple[PartyHere, MadeCall]":
    """Where no station's card is known yet, ask its address again and again, as long as the call may wait."""
    import asyncio

    from esos.caller.make import MadeCall

    deadline = asyncio.get_running_loop().time() + wait_s
    while not party.stations and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(min(ASK_AGAIN_SECONDS, max(0.0, deadline - asyncio.get_running_loop().time())))
        party = await open_party(key_file, party.unreached, need_station=False, take_pinned=False)
    return party, MadeCall(record=_for_stations(made.record, party), packet=made.packet)
