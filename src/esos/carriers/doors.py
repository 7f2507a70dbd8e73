"""A station's doors for call packets: which carriers it has, all before one book, one budget and one commit.

Law 3 is kept behind them (``udp_intake``): whatever carrier brought a packet, nothing is said before the commit.
"""

import contextlib
import random
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from esos.carriers.address import address_taken, read_address, read_listening, write_address
from esos.carriers.dns_door import DnsDoor
from esos.carriers.gateway_door import GatewayDoor
from esos.carriers.letter_post import LetterPost
from esos.carriers.mail_door import MailDoor
from esos.carriers.mail_intake import mail_take
from esos.carriers.stranger_link import StrangersLink
from esos.carriers.stranger_words import Task
from esos.carriers.udp_door import UdpDoor
from esos.carriers.udp_intake import Teller, reader, submit_to, take_for, teller
from esos.errors import Malformed
from esos.message.packet_keys import StationKeys
from esos.message.packet_name import read_zone
from esos.message.stranger_packet import station_private
from esos.station.station import Station


class WantedDoors(msgspec.Struct, frozen=True, kw_only=True):
    """Which doors: where to listen for datagrams, and the zone to answer for with where and under which addresses."""

    udp: str = ""
    udp_strangers: str = ""
    dns_zone: str = ""
    dns: str = ""
    public_dns: tuple[str, ...] = ()
    mail: str = ""
    mail_address: str = ""


class PacketDoors:
    """The doors that are open. Those ending in ``_at`` say where they really listen, empty for none."""

    def __init__(self) -> None:
        self.packets: UdpDoor | None = None
        self.dns: DnsDoor | None = None
        self.mail: MailDoor | None = None
        self.gateways: GatewayDoor | None = None
        self.strangers: StrangersLink | None = None
        self.udp_at = ""
        self.dns_at = ""
        self.mail_at = ""

    @property
    def strangers_at(self) -> str:
        """Where the process for strangers listens."""
        return self.strangers.udp if self.strangers else ""

    def strangers_figures(self) -> dict[str, int]:
        """What became of strangers' datagrams."""
        return self.strangers.figures() if self.strangers else {}

    def is_strangers_shut(self) -> bool:
        """Whether the door for strangers should be open and is not."""
        return self.strangers is not None and not self.strangers.is_open

    def figures(self) -> dict[str, int]:
        """What became of all that came, by what became of it."""
        others = [door.counters for door in (self.dns, self.mail, self.gateways) if door is not None]
        found = Counter(self.packets.figures() if self.packets else {})
        for counters in others:
            found.update(counters)
        return dict(found)


@asynccontextmanager
async def packet_doors(
    station: Station,
    keys: StationKeys,
    wanted: WantedDoors,
    *,
    tls: ssl.SSLContext | None = None,
    instead: Callable[[], str] = lambda: "",
) -> AsyncIterator[PacketDoors]:
    """The doors that are wanted, open while the block runs.

    ``tls`` is what the mail door offers, ``instead`` what it tells a person who wrote without a call.
    Raises ``Conflict`` (``station.address_taken``) and ``Malformed`` (``udp.address``, ``dns.zone``,
    ``mail.no_address``).
    """
    doors, is_shared = PacketDoors(), station.processes > 1
    async with contextlib.AsyncExitStack() as stack:
        if wanted.mail:
            mail = doors.mail = _mail(station, keys, wanted, tls, instead)
            with _named(f"mail {wanted.mail}"):
                taking = mail.listening(read_listening(wanted.mail), is_shared=is_shared)
                doors.mail_at = write_address(await stack.enter_async_context(taking))
        if wanted.udp_strangers:
            doors.strangers = await stack.enter_async_context(_strangers(station, wanted.udp_strangers))
        packets = doors.packets = _packets(station, keys)
        doors.gateways = GatewayDoor(ask=packets.ask)
        if wanted.udp:
            with _named(f"UDP {wanted.udp}"):
                listening = packets.listening(read_listening(wanted.udp), is_shared=is_shared)
                doors.udp_at = write_address(await stack.enter_async_context(listening))
        else:
            await stack.enter_async_context(packets.working())
        if wanted.dns_zone:
            dns = doors.dns = _dns(station, packets, wanted)
            with _named(f"DNS {wanted.dns}"):
                answering = dns.listening(read_listening(wanted.dns), is_shared=is_shared)
                doors.dns_at = write_address(await stack.enter_async_context(answering))
        yield doors


def _packets(station: Station, keys: StationKeys) -> UdpDoor:
    """What judges packets, told by the station what people do about them."""
    door = UdpDoor(
        station=station.identity.kid,
        key_for=keys.current,
        older_key_for=keys.older,
        submit=submit_to(station),
        clock=station.clock.now_ms,
        jitter=lambda: random.uniform(-1, 1),  # noqa: S311 - spreads answers in time, guards nothing
    )
    _tell_by(door, station)
    return door


@asynccontextmanager
async def _strangers(station: Station, address: str) -> AsyncIterator[StrangersLink]:
    """The door of whom the station does not know, in a process of its own; raises as ``packet_doors`` does."""
    read_listening(address)
    identity = station.identity
    private = station_private(identity.master)
    task = Task(address=address, station=identity.kid, realm=identity.realm, private=private)
    async with StrangersLink(task, take_for(station)).open() as link:
        _tell_by(link, station)
        yield link


def _tell_by(door: Teller, station: Station) -> None:
    """Whatever a person does about a call is told through this door too."""
    folder, seen = station.folder, station.seen
    folder.saved = _both(folder.saved, teller(station, door))
    seen.told = _both(seen.told, reader(station, door))


def _both(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
    def told(*about: Any) -> None:
        first(*about)
        second(*about)

    return told


def _dns(station: Station, packets: UdpDoor, wanted: WantedDoors) -> DnsDoor:
    addresses = tuple(read_address(one).host for one in wanted.public_dns) or (read_listening(wanted.dns).host,)
    return DnsDoor(zone=read_zone(wanted.dns_zone), ask=packets.ask, clock=station.clock.now_ms, addresses=addresses)


def _mail(
    station: Station,
    keys: StationKeys,
    wanted: WantedDoors,
    tls: ssl.SSLContext | None,
    instead: Callable[[], str],
) -> MailDoor:
    if not wanted.mail_address:
        raise Malformed(
            "mail.no_address", "A mail door needs the address that it takes mails for.", hint="mail_address"
        )
    take = mail_take(station, keys, station.channels.get("mail"))
    post = LetterPost(station) if station.replies is not None else None
    return MailDoor(address=wanted.mail_address, take=take, post=post, instead=instead, tls=tls)


@contextlib.contextmanager
def _named(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise address_taken(what, cause) from cause
