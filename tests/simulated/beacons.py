"""A caller with its real program for datagrams: it makes packets, repeats them on the schedule, and believes only
what a station proved. It updates, cancels, calls again, and gives up now and then to try later byte for byte.
"""

import random
from typing import TYPE_CHECKING

from esos.beacon.carrier import Target
from esos.beacon.schedule import Pace
from esos.caller.make import make_call, make_cancel, make_test, make_update
from esos.caller.send import send_call
from esos.caller.targets import packet_outgoing
from esos.carriers.udp import UdpCarrier
from esos.message.packet import SignedPacket
from esos.message.packet_seal import derive_key, epoch_of
from simulated import people

if TYPE_CHECKING:
    from esos.caller.ports import CallRecord
    from simulated.world import Person, World

WAITS_S = (2.0, 10.0, 60.0, 240.0)
"""How long a caller lets its program try before it does something else."""


class Beacon:
    """One member's calling program, with what it keeps between acts."""

    def __init__(self, world: "World", who: "Person") -> None:
        assert who.key is not None
        self._world = world
        self._who = who
        self._key = who.key
        self._record: CallRecord | None = None
        self._unheard: list[SignedPacket] = []
        self._sealing_key = derive_key(world.identity.master, who.key.kid, epoch_of(world.now_ms))

    async def act(self, world: "World", chance: random.Random, who: "Person") -> None:
        """One more thing said by datagram."""
        del world, who
        if self._unheard and chance.random() < 0.7:
            packets, self._unheard = self._unheard, []
        else:
            packets = self._next(chance)
        carrier = UdpCarrier(jitter=lambda: chance.uniform(-1, 1), pace=chance.choice((Pace.FULL, Pace.QUIET)))
        for packet in packets:
            await self._send(packet, carrier, chance)

    def _next(self, chance: random.Random) -> list[SignedPacket]:
        """A new call, or more about the last one."""
        seed, realm, now_ms = self._key.seed, self._key.realm, self._world.now_ms
        if self._record is None or chance.random() < 0.3:
            made = make_call(
                seed=seed, realm=realm, call=chance.randbytes(8), details=people.details(chance),
                stations=(self._world.home(),), now_ms=now_ms,
            )  # fmt: skip
            self._record = made.record
            return [made.packet] if made.packet else []
        luck = chance.random()
        if luck < 0.1:
            return [make_test(seed=seed, realm=realm, call=chance.randbytes(8), now_ms=now_ms)]
        if luck < 0.3:
            self._record, packet = make_cancel(seed=seed, realm=realm, record=self._record, now_ms=now_ms)
            return [packet] if packet else []
        self._record, packets = make_update(
            seed=seed, realm=realm, record=self._record, details=people.details(chance), now_ms=now_ms
        )
        return list(packets)

    async def _send(self, packet: SignedPacket, carrier: UdpCarrier, chance: random.Random) -> None:
        """Repeat it until a station has it, or this person's patience is over."""
        target = Target(home=self._world.home(), sealing_key=self._sealing_key)
        outgoing = packet_outgoing(packet.cose(), ())
        outgoing = type(outgoing)(
            cose=outgoing.cose, statement_id=outgoing.statement_id, packet=packet, targets=(target,)
        )
        sent = await send_call(outgoing, [carrier], lambda _: None, wait_ms=round(chance.choice(WAITS_S) * 1000))
        if sent.kept:
            self._world.watch.told(packet.statement_id(), 0)
        elif not sent.answered:
            self._unheard.append(packet)
