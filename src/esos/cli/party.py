"""What a caller's and a responder's verbs share: their key, the stations they name, and the doors to them.

A station's card is explicit where it is given as a file or inline; a card fetched from an address is
pinned on first use, and the pin stands when the address does not answer.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from esos.cli.common import note, read_input
from esos.errors import EsosError, Forbidden, NotDelivered, Usage

if TYPE_CHECKING:
    from esos.caller.circle import Circle
    from esos.caller.ports import KnownStation
    from esos.carriers.station_door import HttpStationDoor
    from esos.message.voice import Voice
    from esos.responder.desk import ResponderDesk
    from esos.vault.callbook import DiskCallBook

Verb = TypeVar("Verb", bound=Callable[..., Any])
FETCH_TIMEOUT_MS = 5_000


class Cards(click.ParamType[str]):
    """A station's card: a file, JSON, ``-`` for standard input, or an address. ``ESOS_STATION`` may hold several."""

    name = "card"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """One card of JSON, or files and addresses with white space between them."""
        return [rv] if rv.lstrip().startswith("{") else rv.split()


station_option = click.option(
    "--station", "cards", multiple=True, type=Cards(), envvar="ESOS_STATION",
    help="A station's card: file, JSON, - or http address. Repeatable; the first is your home station.",
)  # fmt: skip
key_option = click.option(
    "--key", "key_file", type=click.Path(path_type=Path), envvar="ESOS_KEY", required=True, help="Your key file."
)
case_option = click.option("--case", "wanted", default="", help="A case or call id; else your newest open case.")


def party_options(verb: Verb) -> Verb:
    """``--station`` and ``--key``."""
    return station_option(key_option(verb))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyHere:
    """Whoever runs this command: key, book of calls, and the stations named; ``unreached`` showed no card yet."""

    voice: "Voice"
    book: "DiskCallBook"
    stations: "tuple[KnownStation, ...]"
    unreached: tuple[str, ...] = ()

    def door(self, station: "KnownStation") -> "HttpStationDoor":
        """The way to one station, as this party."""
        from esos.carriers.station_door import HttpStationDoor
        from esos.vault.chance import SystemClock

        return HttpStationDoor(station.home, voice=self.voice, now_ms=SystemClock().now_ms)

    def doors(self) -> "tuple[HttpStationDoor, ...]":
        """The ways to every station that has a web address."""
        return tuple(self.door(station) for station in self.stations if station.home.http)

    def first_door(self) -> "HttpStationDoor":
        """The way to the home station."""
        return self.door(self.stations[0])


async def open_party(
    key_file: Path, cards: Sequence[str], *, need_station: bool = True, take_pinned: bool = True
) -> PartyHere:
    """Read the key and the cards; without cards the stations that were pinned, unless ``take_pinned`` is false.

    Raises ``Usage`` (``station.none``), ``NotDelivered`` (``station.no_card``), ``Forbidden`` (``key.realm``).
    """
    from esos.message.voice import Voice
    from esos.vault.callbook import DiskCallBook
    from esos.vault.keyfile import read_key

    key = read_key(key_file)
    book = DiskCallBook(key_file)
    stations, unreached = await _stations(cards, book)
    if not cards and take_pinned:
        stations = [station for station in book.stations() if station.home.realm is key.realm]
    if need_station and not stations:
        raise _no_card() if unreached else no_station()
    for station in stations:
        _check_realm(key.realm, station)
    voice = Voice(seed=key.seed, realm=key.realm)
    near = tuple(_with_rtt(station, book) for station in stations)
    return PartyHere(voice=voice, book=book, stations=near, unreached=tuple(unreached))


def _with_rtt(station: "KnownStation", book: "DiskCallBook") -> "KnownStation":
    """A station with the round trip that heartbeats measured of late, so that a call need not guess it."""
    import msgspec

    from esos.beacon.pulse import known_rtt_ms
    from esos.vault.chance import SystemClock

    rtt_ms = known_rtt_ms(book.pulse(station.home.kid), SystemClock().now_ms())
    return msgspec.structs.replace(station, rtt_ms=rtt_ms)


async def open_circle(key_file: Path, cards: Sequence[str], wanted: str) -> "tuple[PartyHere, Circle]":
    """The caller with its case at each station: those named, else those of the kept call."""
    from esos.caller.find import find_circle
    from esos.vault.chance import SystemClock

    party = await open_party(key_file, cards)
    circle = await find_circle(
        voice=party.voice, clock=SystemClock(), book=party.book, doors=party.doors(), wanted=wanted
    )
    return party, circle


async def open_desk(key_file: Path, cards: Sequence[str], member: str = "") -> "ResponderDesk":
    """A responder at the first station named."""
    from esos.responder.desk import ResponderDesk
    from esos.vault.chance import SystemClock

    party = await open_party(key_file, cards)
    return ResponderDesk(
        voice=party.voice,
        clock=SystemClock(),
        door=party.first_door(),
        member=member or party.voice.kid.hex(),
    )


async def _stations(cards: Sequence[str], book: "DiskCallBook") -> "tuple[list[KnownStation], list[str]]":
    """The stations of these cards, each with what was pinned of it, and the addresses that did not answer."""
    found: dict[bytes, KnownStation] = {}
    unreached: list[str] = []
    for card in cards:
        try:
            station = await _station(card, book)
        except NotDelivered as cause:
            note(cause.detail)
            unreached.append(card)
        else:
            found.setdefault(station.home.kid, station)
    return list(found.values()), unreached


async def _station(card: str, book: "DiskCallBook") -> "KnownStation":
    from esos.caller.ports import KnownStation
    from esos.carriers.station_door import read_home

    if card.startswith(("http://", "https://")):
        return await _station_at(card, book)
    raw = card.encode() if card.lstrip().startswith("{") else read_input(card)
    home, origin = read_home(raw)
    pinned = book.station(home.kid)
    return _pinned_anew(KnownStation(home=home, origin=origin), pinned, book)


async def _station_at(address: str, book: "DiskCallBook") -> "KnownStation":
    """The station behind an address; what was pinned of it stands where it does not answer, or answers as another."""
    from esos.caller.ports import KnownStation
    from esos.carriers.station_door import fetch_card, read_home

    pinned = next((one for one in book.stations() if one.home.http.rstrip("/") == address.rstrip("/")), None)
    try:
        home, origin = read_home(await fetch_card(address, timeout_ms=FETCH_TIMEOUT_MS))
    except NotDelivered:
        if pinned is None:
            raise
        return pinned
    if pinned is not None and pinned.home.kid != home.kid:
        note(
            f"{address} now shows another key than the one pinned, which is used. If the station told you of"
            f" a new key, take its old entry out of {book.pins}."
        )
        return pinned
    return _pinned_anew(KnownStation(home=home, origin=origin), book.station(home.kid), book)


def _pinned_anew(station: "KnownStation", pinned: "KnownStation | None", book: "DiskCallBook") -> "KnownStation":
    """A newer card with the key that the station gave before, pinned."""
    import msgspec

    if pinned is not None:
        kept = {"sealing_key": pinned.sealing_key, "sealing_epoch": pinned.sealing_epoch}
        station = msgspec.structs.replace(station, **kept)
    _pin(book, station)
    return station


def _pin(book: "DiskCallBook", station: "KnownStation") -> None:
    """Pin it; a full disk is said, and stops nothing."""
    if book.station(station.home.kid) == station:
        return
    try:
        book.pin(station)
    except EsosError as trouble:
        note(f"{trouble.detail} [{trouble.code}]")


def _check_realm(realm: Any, station: "KnownStation") -> None:
    """Law 7: practice cannot reach a real station, nor a real key an exercise."""
    if station.home.realm is not realm:
        raise Forbidden(
            "key.realm",
            f"{station.home.name} is a station for {station.home.realm.value} use; this key is for {realm.value} use.",
            hint="Use the key that is registered there. Keys for practice: esos key new --exercise --out FILE",
        )


def _no_card() -> EsosError:
    return NotDelivered(
        "station.no_card",
        "No station showed its card, and none of them was pinned before.",
        hint="Keep the station's card as a file: then a call needs nothing but the station.",
    )


def no_station() -> EsosError:
    """Nobody to call: neither named nor pinned."""
    return Usage("station.none", "No station is known.", hint="Give --station CARD, or set ESOS_STATION.")


def is_terminal() -> bool:
    """Whether a person looks at standard error."""
    return os.isatty(2)


def card_of(home: Any, book: "DiskCallBook") -> str:
    """A pinned station as the JSON of its card."""
    import msgspec

    pinned = book.station(home.kid)
    plain = {
        "name": home.name, "kid": home.kid.hex(), "public": home.public.hex(), "realm": home.realm.value,
        "http": home.http, "udp": home.udp, "quic": home.quic,
        "hpke": home.hpke.hex(), "udp_strangers": home.udp_strangers,
        "dns_zone": home.dns_zone, "dns": home.dns, "mail": home.mail, "mail_hosts": home.mail_hosts,
        "sms": home.sms, "mesh": home.mesh,
        "origin": pinned.origin if pinned else "",
    }  # fmt: skip
    return msgspec.json.encode(plain).decode()
