"""The carriers of this machine for one party: every way that a call can take from here, and when each begins."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from esos.cli.party import PartyHere

if TYPE_CHECKING:
    from esos.beacon.carrier import Carrier
    from esos.beacon.schedule import Pace
    from esos.caller.ports import KnownStation


resolver_option = click.option(
    "--resolver", "resolvers", multiple=True, envvar="ESOS_RESOLVER",
    help="A name server to ask besides this machine's own: an address, with a port or without. Repeatable.",
)  # fmt: skip
relay_option = click.option(
    "--mail-relay", envvar="ESOS_MAIL_RELAY", default="",
    help="A mail server to mail the call through besides: submission://user:password@mail.example",
)  # fmt: skip
sender_option = click.option(
    "--mail-from", envvar="ESOS_MAIL_FROM", default="",
    help="The address that a mailed call comes from. [default: esos@ and this machine's name]",
)  # fmt: skip


class MailWay(NamedTuple):
    """How this machine sends mail: through which server, and from which address; empty for none."""

    relay: str = ""
    sender: str = ""


def carriers_for(
    party: PartyHere, *, quiet: bool = False, resolvers: Sequence[str] = (), mail: MailWay | None = None
) -> "list[Carrier]":
    """Every carrier there is; to stations without a sealing key, datagrams begin when one could be fetched.

    ``resolvers`` are name servers to ask besides this machine's own, as address literals.
    """
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
    if any(station.sealing_key and station.home.dns_zone for station in party.stations):
        carriers.append(dns_carrier(resolvers, pace=pace))
    if any(station.home.mail for station in party.stations):
        carriers.append(smtp_carrier(party, mail or MailWay()))
    carriers += _quic_for(party)
    # With no station to go to, a carrier could only say so, over and over.
    https = [HttpsCarrier(jitter=jitter(), stranger_key=party.voice.public)] if party.stations else []
    return [*carriers, *https]


def _quic_for(party: PartyHere) -> "list[Carrier]":
    """QUIC, where its library is installed and an earlier connection to some station was kept."""
    from esos.carriers.quic_extra import has_quic
    from esos.vault.resumptions import DiskResumptions

    doors = [station.home.kid for station in party.stations if station.home.quic]
    if not doors or not has_quic():
        return []
    kept = DiskResumptions(party.book)
    if not any(kept.find(kid) for kid in doors):
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


def dns_carrier(resolvers: Sequence[str], *, pace: "Pace | None" = None) -> "Carrier":
    """The carrier by DNS: through those named, then this machine's own, then the station itself."""
    from esos.beacon.schedule import Pace
    from esos.carriers.dns import DnsCarrier, machine_resolvers, read_resolver

    named = tuple(map(read_resolver, resolvers))
    return DnsCarrier(jitter=jitter(), resolvers=(*named, *machine_resolvers()), pace=pace or Pace.FULL)


def smtp_carrier(party: PartyHere, mail: MailWay) -> "Carrier":
    """The carrier by mail; the public key goes along, for stations that do not know it."""
    import socket

    from esos.carriers.smtp import SmtpCarrier, read_relay
    from esos.vault.chance import SystemClock

    return SmtpCarrier(
        jitter=jitter(),
        now_ms=SystemClock().now_ms,
        sender=mail.sender or f"esos@{socket.gethostname()}",
        public=party.voice.public,
        relay=read_relay(mail.relay) if mail.relay else None,
    )


def starts(party: PartyHere) -> dict[str, int]:
    """The others wait their turn only where datagrams can go at once, mail where anything else can."""
    from esos.beacon.schedule import CARRIER_START_MS

    ready = any(station.sealing_key and station.home.udp for station in party.stations)
    others = ready or any(station.home.http or station.home.dns_zone for station in party.stations)
    waiting: tuple[str, ...] = ("dns", "https", "smtp") if ready else ("smtp",) if others else ()
    if ready and any(station.home.quic for station in party.stations):
        waiting += ("quic",)
    return {name: CARRIER_START_MS[name] for name in waiting}


def jitter() -> Callable[[], float]:
    """Spreads copies in time; guards nothing."""
    import random

    return lambda: random.uniform(-1, 1)  # noqa: S311 - spreads copies in time, guards nothing
