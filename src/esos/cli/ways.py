"""The carriers of this machine for one party: every way that a call can take from here, and when each begins."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from esos.cli.common import note
from esos.cli.party import PartyHere
from esos.errors import EsosError

if TYPE_CHECKING:
    from esos.beacon.carrier import Carrier
    from esos.beacon.schedule import Pace
    from esos.caller.ports import KnownStation
    from esos.carriers.gateway_programs import Program
    from esos.vault.gateways import Gateways


_SLOW = ("mesh", "sms", "smtp")
"""Carriers that cost something, money or other people's time on the air: they wait for all others."""
_Command = TypeVar("_Command", bound=Callable[..., Any])
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


def gateway_options(command: _Command) -> _Command:
    """The flags that name a modem or a radio for this one time; what ``esos gateway set`` kept holds otherwise."""
    for name, what in (("mesh", "mesh packets"), ("sms", "text messages")):
        command = click.option(
            f"--{name}-gateway", f"{name}_gateway", envvar=f"ESOS_{name.upper()}_GATEWAY", default="",
            metavar="COMMAND|URL",
            help=f"What sends {what} from here: a command, or the address of a program that runs. [default: kept]",
        )(command)  # fmt: skip
    return command


class MailWay(NamedTuple):
    """How this machine sends mail: through which server, and from which address; empty for none."""

    relay: str = ""
    sender: str = ""


def carriers_for(
    party: PartyHere,
    *,
    quiet: bool = False,
    resolvers: Sequence[str] = (),
    mail: MailWay | None = None,
    gateways: "Gateways | None" = None,
) -> "list[Carrier]":
    """Every carrier there is; to stations without a sealing key, datagrams begin when one could be fetched.

    ``resolvers`` are name servers to ask besides this machine's own, as address literals. ``gateways`` are named for
    this time, instead of those that were kept.
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
    carriers += gateway_carriers(party, gateways)
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


def gateway_carriers(party: PartyHere, named: "Gateways | None" = None) -> "list[Carrier]":
    """Text messages and mesh packets, where a program of this machine sends them and some station takes them.

    Raises ``Malformed`` (``gateway.line``) for one that is named; one that was kept and is wrong stops no call.
    """
    from esos.carriers.gateway import GatewayCarrier
    from esos.carriers.gateway_programs import read_program
    from esos.message.packet_gateway import Gateway

    found: list[Carrier] = []
    for gateway in Gateway:
        if not any(getattr(station.home, gateway.value) for station in party.stations):
            continue
        line = getattr(named, gateway.value, "") if named else ""
        program = read_program(line) if line else _kept_program(party, gateway.value)
        found += [GatewayCarrier(gateway, program, jitter=jitter())] if program else []
    return found


def _kept_program(party: PartyHere, name: str) -> "Program | None":
    """What was kept for this carrier, None where nothing was, or nothing that can be used."""
    from esos.carriers.gateway_programs import read_program
    from esos.vault.gateways import DiskGateways

    try:
        line = getattr(DiskGateways(party.book).find(), name)
        return read_program(line) if line else None
    except EsosError as trouble:
        note(f"{trouble.detail} The call goes on without it. [{trouble.code}]")
        return None


def gateways_of(given: "Mapping[str, Any]") -> "Gateways":
    """The gateways that a command line names."""
    from esos.vault.gateways import Gateways

    return Gateways(sms=given["sms_gateway"], mesh=given["mesh_gateway"])


def is_short_of_room(party: PartyHere, named: "Gateways | None" = None) -> bool:
    """Whether what follows a call may have to go in text messages, which carry the shorter parts of a report only."""
    return any(carrier.name == "sms" for carrier in gateway_carriers(party, named))


def starts(party: PartyHere) -> dict[str, int]:
    """The others wait their turn only where datagrams can go at once, the slow ones where anything else can."""
    from esos.beacon.schedule import CARRIER_START_MS

    ready = any(station.sealing_key and station.home.udp for station in party.stations)
    others = ready or any(station.home.http or station.home.dns_zone for station in party.stations)
    waiting: tuple[str, ...] = ("dns", "https", *_SLOW) if ready else _SLOW if others else ()
    if ready and any(station.home.quic for station in party.stations):
        waiting += ("quic",)
    return {name: CARRIER_START_MS[name] for name in waiting}


def jitter() -> Callable[[], float]:
    """Spreads copies in time; guards nothing."""
    import random

    return lambda: random.uniform(-1, 1)  # noqa: S311 - spreads copies in time, guards nothing
