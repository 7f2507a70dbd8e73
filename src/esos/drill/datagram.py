"""A call by datagram as a caller's program makes it: the same packet again until the station says that it has it."""

import asyncio
import random
from collections.abc import Callable

from esos.beacon.carrier import CarrierEvent, Heard, Outgoing, Target
from esos.carriers.udp import UdpCarrier
from esos.drill.host import Doors
from esos.drill.stage import Actor
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_payload import CallFields
from esos.vault.chance import SystemClock
from esos.words.realm import Realm

ROUND_TRIP_MS = 50
_clock = SystemClock()


async def call_by_datagram(
    doors: Doors, actor: Actor, sealing_key: bytes, call: bytes, fields: CallFields, kept: Callable[[bytes], None]
) -> None:
    """Call at every datagram door of the station in turn; ends as soon as one has proved that it has the call.

    ``kept`` gets the id of the statement that the call is.
    """
    header = Header(type=PacketType.EXERCISE, kid=kid_of(public_of(actor.seed)), call=call, sequence=0)
    packet = sign_packet(actor.seed, header, fields)
    outgoing = Outgoing(
        cose=packet.cose(),
        statement_id=packet.statement_id(),
        packet=packet,
        targets=(Target(home=_home(doors), sealing_key=sealing_key, rtt_ms=ROUND_TRIP_MS),),
    )
    heard = asyncio.Event()

    def tell(event: CarrierEvent) -> None:
        if isinstance(event, Heard) and event.proven and event.state >= AckState.COMMITTED:
            heard.set()

    sending = asyncio.create_task(UdpCarrier(jitter=_jitter).send(outgoing, tell), name="drill datagram")
    try:
        await heard.wait()
        kept(packet.statement_id())
    finally:
        sending.cancel()
        await asyncio.wait({sending})


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - when a copy leaves is no secret


def _home(doors: Doors) -> HomeStation:
    card = doors.card
    return HomeStation(
        name=str(card["name"]),
        kid=bytes.fromhex(card["kid"]),
        public=bytes.fromhex(card["public"]),
        realm=Realm.EXERCISE,
        udp=doors.udps,
    )


def now_s() -> int:
    """The caller's clock, in whole seconds."""
    return _clock.now_ms() // 1000
