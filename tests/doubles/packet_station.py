"""A station that only judges packets: keys for one caller, a journal that counts, and the DNS door before them."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from esos.beacon.carrier import Outgoing, Target
from esos.carriers.address import UdpAddress, write_address
from esos.carriers.dns_door import DnsDoor, DnsLimits
from esos.carriers.udp_book import AckInfo, Arrival, DoorLimits
from esos.carriers.udp_door import Outcome, UdpDoor
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.message.packet import Header, SignedPacket, sign_packet
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_name import read_zone
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer
from esos.words.realm import Realm
from esos.words.urgency import Urgency

SEED = b"\x05" * 32
PUBLIC = public_of(SEED)
KID = kid_of(PUBLIC)
STATION = b"station1"
CALL = b"call-id!"
ZONE = "sos.club.example"
AT_MS = 1_764_000_000_123
EPOCH = 20
LOCAL = UdpAddress("127.0.0.1", 0)
KEYS = StationKeys(
    b"m" * 32, registered=lambda kid: Registered(PUBLIC, Realm.REAL) if kid == KID else None, epoch=lambda: EPOCH
)
SEALER = Sealer(KEYS.issue(KID))


class CountingJournal:
    """Commits by counting, once its ``gate`` is open; what it says of a call can be changed."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.batches = 0
        self.says: Outcome = AckInfo(state=AckState.COMMITTED, at_ms=AT_MS)
        self.gate = asyncio.Event()
        self.gate.set()

    async def submit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """As the station's own."""
        self.batches += 1
        await self.gate.wait()
        self.arrivals.extend(arrivals)
        return [self.says for _ in arrivals]


class PacketStation:
    """Where it listens by DNS, and what is before its journal."""

    def __init__(self, packets: UdpDoor, dns: DnsDoor, where: UdpAddress) -> None:
        self.packets = packets
        self.dns = dns
        self.where = where

    @property
    def counters(self) -> dict[str, int]:
        """What became of questions and packets."""
        return {**self.packets.counters, **self.dns.counters}


@asynccontextmanager
async def packet_station(
    journal: CountingJournal,
    *,
    kid: bytes = STATION,
    keys: StationKeys = KEYS,
    limits: DnsLimits | None = None,
    door_limits: DoorLimits | None = None,
) -> AsyncIterator[PacketStation]:
    """A DNS door on a free port, before a journal that counts."""
    packets = UdpDoor(
        station=kid,
        key_for=keys.current,
        older_key_for=keys.older,
        submit=journal.submit,
        clock=lambda: round(time.time() * 1000),
        jitter=lambda: 0.0,
        limits=door_limits,
    )
    dns = DnsDoor(
        zone=read_zone(ZONE), ask=packets.ask, clock=lambda: round(time.time() * 1000),
        addresses=("192.0.2.10", "2001:db8::10"), limits=limits,
    )  # fmt: skip
    async with packets.working(), dns.listening(LOCAL) as where:
        yield PacketStation(packets, dns, where)


def signed(kind: PacketType = PacketType.CALL, *, sequence: int = 0, call: bytes = CALL, **fields: Any) -> SignedPacket:
    """A packet of the one caller."""
    header = Header(type=kind, kid=KID, call=call, sequence=sequence)
    return sign_packet(SEED, header, CallFields(time_s=1_764_000_000, urgency=Urgency.MAYDAY, **fields))


def dns_target(*ways: UdpAddress, name: str = "North", kid: bytes = STATION) -> Target:
    """The station as a caller pins it."""
    home = HomeStation(
        name=name, kid=kid, public=PUBLIC, realm=Realm.REAL, dns_zone=ZONE, dns=tuple(map(write_address, ways))
    )
    return Target(home=home, sealing_key=SEALER.key)


def outgoing(*targets: Target, packet: SignedPacket | None = None) -> Outgoing:
    """A call on its way out."""
    call = packet or signed()
    return Outgoing(cose=call.cose(), statement_id=call.statement_id(), packet=call, targets=targets)


async def until(claim: Any, seconds: float = 20.0) -> None:
    """Wait for something to come true; fails loudly where it does not."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.005)
