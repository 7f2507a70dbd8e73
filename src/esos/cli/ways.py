"""The carriers of this machine for one party: every way that a call can take from here, and when each begins."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from esos.cli.party import PartyHere

if TYPE_CHECKING:
    from esos.beacon.carrier import Carrier


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
    carriers += _quic_for(party)
    # With no station to go to, a carrier could only say so, over and over.
    https = [HttpsCarrier(jitter=jitter(), stranger_key=party.voice.public)] if party.stations else []
    return [*carriers, *https]


def _quic_for(party: PartyHere) -> "list[Carrier]":
    """QUIC, where its library is installed and an earlier connection to some station was kept."""
    from esos.carriers.quic_extra import has_quic
    from esos.vault.resumptions import DiskResumptions

    kept = DiskResumptions(party.book)
    if not has_quic() or not any(station.home.quic and kept.find(station.home.kid) for station in party.stations):
        return []
    from esos.carriers.quic import QuicCarrier

    return [QuicCarrier(jitter=jitter(), resumptions=kept, author=party.voice.public)]


def quic_to_test(party: PartyHere) -> "Carrier | None":
    """QUIC for a test of the way, which leaves what a call begins with; None where its library is not installed."""
    from esos.carriers.quic_extra import has_quic
    from esos.vault.resumptions import DiskResumptions

    if not has_quic():
        return None
    from esos.carriers.quic import QuicCarrier

    resumptions = DiskResumptions(party.book)
    return QuicCarrier(jitter=jitter(), resumptions=resumptions, author=party.voice.public, is_test=True)


def starts(party: PartyHere) -> dict[str, int]:
    """HTTPS and QUIC wait their turn only where datagrams can go at once."""
    from esos.beacon.schedule import CARRIER_START_MS

    ready = any(station.sealing_key and station.home.udp for station in party.stations)
    return {name: CARRIER_START_MS[name] for name in ("https", "quic")} if ready else {}


def jitter() -> Callable[[], float]:
    """Spreads copies in time; guards nothing."""
    import random

    return lambda: random.uniform(-1, 1)  # noqa: S311 - spreads copies in time, guards nothing
