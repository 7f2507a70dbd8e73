"""The carriers of this machine for one party: every way that a call can take from here, and when each begins."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from esos.cli.party import PartyHere

if TYPE_CHECKING:
    from esos.beacon.carrier import Carrier
    from esos.beacon.schedule import Pace
    from esos.caller.ports import KnownStation


def carriers_for(party: PartyHere, *, quiet: bool = False) -> "list[Carrier]":
    """Every carrier there is; to stations without a sealing key, datagrams begin when one could be fetched."""
    from esos.beacon.schedule import Pace
    from esos.caller.register import RegisteringCarrier, without_key
    from esos.carriers.https import HttpsCarrier
    from esos.carriers.udp import UdpCarrier

    pace = Pace.QUIET if quiet else Pace.FULL
    carriers: list[Carrier] = [
        RegisteringCarrier(
            UdpCarrier(jitter=jitter(), pace=pace), door=party.door(station), book=party.book, station=station
        )
        for station in without_key(party.stations)
        if station.home.http
    ]
    if any(station.sealing_key and station.home.udp for station in party.stations):
        carriers.insert(0, UdpCarrier(jitter=jitter(), pace=pace))
    if any(has_strangers_door(station) and not station.sealing_key for station in party.stations):
        carriers.insert(0, stranger_carrier(party, pace))
    # With no station to go to, a carrier could only say so, over and over.
    https = [HttpsCarrier(jitter=jitter(), stranger_key=party.voice.public)] if party.stations else []
    return [*carriers, *https]


def stranger_carrier(party: PartyHere, pace: "Pace | None" = None) -> "Carrier":
    """Datagrams to stations that gave us no sealing key."""
    from esos.beacon.schedule import Pace
    from esos.carriers.udp_stranger import UdpStrangerCarrier
    from esos.vault.chance import SystemDice

    return UdpStrangerCarrier(
        public=party.voice.public, dice=SystemDice().bytes, jitter=jitter(), pace=pace or Pace.FULL
    )


def has_strangers_door(station: "KnownStation") -> bool:
    """Whether a station can be reached by datagram without a sealing key: its card says how."""
    return bool(station.home.udp_strangers and station.home.hpke)


def starts(party: PartyHere) -> dict[str, int]:
    """HTTPS waits its turn only where datagrams can go at once."""
    from esos.beacon.schedule import CARRIER_START_MS

    ready = any(station.sealing_key and station.home.udp for station in party.stations)
    return {"https": CARRIER_START_MS["https"]} if ready else {}


def jitter() -> Callable[[], float]:
    """Spreads copies in time; guards nothing."""
    import random

    return lambda: random.uniform(-1, 1)  # noqa: S311 - spreads copies in time, guards nothing
