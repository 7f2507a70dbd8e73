"""A call by text message or mesh radio: the sealed packet, handed to a program that has the modem or the radio.

That a gateway took it says nothing of the station: only an acknowledgement with a valid MAC counts, whoever brings it.
A modem has one packet at a time, and while the call's own program runs none is ended half-way.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Tell, Waiting, is_enough
from esos.beacon.schedule import GATEWAY_GAPS_MS, JITTER_SHARE
from esos.carriers.gateway_programs import Handed, Program
from esos.errors import EsosError
from esos.message.packet import Header, SignedPacket, seal_packet
from esos.message.packet_ack import Ack, open_answer
from esos.message.packet_codes import ONE_ANSWER_IS_ENOUGH
from esos.message.packet_gateway import Gateway, acks_in, check_fits
from esos.message.packet_seal import Sealer

PARCELS_MAX = 512
"""Packets to stations of which it is remembered when they were sent, and what came back; the oldest are forgotten."""


class GatewayCarrier:
    """Hands the call over until enough is heard, one packet at a time. ``jitter`` gives values in [-1, 1].

    What is asked of it one after the other shares one memory: a packet that was handed over a moment ago is not handed
    over again, and an answer that comes late still counts.
    """

    def __init__(
        self,
        gateway: Gateway,
        program: Program,
        *,
        jitter: Callable[[], float],
        gaps_ms: tuple[int, ...] = (),
    ) -> None:
        self._gateway = gateway
        self._program = program
        self._jitter = jitter
        self._gaps_ms = gaps_ms or GATEWAY_GAPS_MS[gateway.value]
        self._parcels: OrderedDict[bytes, _Parcel] = OrderedDict()
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[Handed]] = set()

    @property
    def name(self) -> str:
        """``sms`` or ``mesh``."""
        return self._gateway.value

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Hand over until enough is heard; see the port ``Carrier``. Without any usable station it returns at once."""
        if outgoing.packet is None:
            tell(Waiting(carrier=self.name, why=f"This message does not fit into a {self._gateway.words}."))
            return ()
        reachable = [one for one in outgoing.targets if one.sealing_key and _address(one, self._gateway)]
        if not reachable:
            why = f"No station gave us a sealing key and an address for a {self._gateway.words}."
            tell(Waiting(carrier=self.name, why=why))
            return ()
        session = _Session(self.name, outgoing.packet.header, tell)
        packet = outgoing.packet
        parcels = [one for target in reachable if (one := self._parcel(target, packet, tell)) is not None]
        if not parcels:
            return ()
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._repeat(session, parcel)) for parcel in parcels]
            await session.enough.wait()
            for task in running:
                task.cancel()
        return tuple(session.heard.values())

    def _parcel(self, target: Target, packet: SignedPacket, tell: Tell) -> "_Parcel | None":
        """The packet for one station, with what is remembered of it; one that does not fit is reported."""
        try:
            sealer = Sealer(target.sealing_key)
            sealed = seal_packet(packet, sealer)
            check_fits(sealed, self._gateway)
        except EsosError as refusal:
            name, why = target.home.name, refusal.detail
            tell(Failed(carrier=self.name, station=name, why=why, code=refusal.code, is_final=True))
            return None
        parcel = self._parcels.setdefault(target.home.kid + sealed, _Parcel(target, packet.header, sealer, sealed))
        self._parcels.move_to_end(target.home.kid + sealed)
        if len(self._parcels) > PARCELS_MAX:
            self._parcels.popitem(last=False)
        return parcel

    async def _repeat(self, session: "_Session", parcel: "_Parcel") -> None:
        """Copies for one station for ever, each when it is due and the gateway is free."""
        loop = asyncio.get_running_loop()
        with parcel.answers_to(session):
            while True:
                await asyncio.sleep(max(0.0, parcel.due_s - loop.time()))
                await self._turn.acquire()
                if loop.time() < parcel.due_s:  # somebody else has sent it meanwhile
                    self._turn.release()
                    continue
                parcel.copies += 1
                handing = asyncio.create_task(self._hand(parcel), name=f"{self.name} gateway")
                self._under_way.add(handing)
                handing.add_done_callback(self._under_way.discard)
                session.tell(Sending(carrier=self.name, station=parcel.station, copies=parcel.copies))
                session.report(parcel, await asyncio.shield(handing))

    async def _hand(self, parcel: "_Parcel") -> Handed:
        """One copy through the gateway, to its end whoever waits for it; what comes back goes to whose it is."""
        loop = asyncio.get_running_loop()
        gap_ms = self._gaps_ms[min(parcel.copies, len(self._gaps_ms)) - 1]
        try:
            address = _address(parcel.target, self._gateway)
            handed = await self._program.hand(parcel.sealed, self._gateway, address)
            known = [self._is_known(raw) for raw in acks_in(handed.output)]
            if all(known) or handed.trouble:
                return handed
            why = "An answer came that is not from a station we called; it does not count."
            return msgspec.structs.replace(handed, trouble=why, code="ack.mac")
        finally:
            parcel.due_s = loop.time() + gap_ms / 1000 * (1 + JITTER_SHARE * abs(self._jitter()))
            self._turn.release()

    def _is_known(self, raw: bytes) -> bool:
        """Whether this acknowledges anything that was handed over; whoever waits for it is told."""
        return any(parcel.offer(raw) for parcel in self._parcels.values())


class _Parcel:
    """One sealed packet for one station: how often it was handed over, when it is due again, and what came back."""

    __slots__ = ("_header", "_sealer", "_sessions", "ack", "copies", "due_s", "sealed", "target")

    def __init__(self, target: Target, header: Header, sealer: Sealer, sealed: bytes) -> None:
        self.target = target
        self.sealed = sealed
        self.copies = 0
        self.due_s = 0.0
        self.ack: Ack | None = None
        self._header = header
        self._sealer = sealer
        self._sessions: list[_Session] = []

    @property
    def station(self) -> str:
        """The station's name."""
        return self.target.home.name

    def offer(self, raw: bytes) -> bool:
        """Whether this is a true acknowledgement of this packet; if it says more than before, it is told."""
        ack = open_answer(raw, self._header, station=self.target.home.kid, sealer=self._sealer)
        if ack is not None and (self.ack is None or ack.state > self.ack.state):
            self.ack = ack
            for session in self._sessions:
                session.note(self)
        return ack is not None

    @contextmanager
    def answers_to(self, session: "_Session") -> Iterator[None]:
        """Tell this session what comes, and at once what came before."""
        self._sessions.append(session)
        try:
            if self.ack is not None:
                session.note(self)
            yield
        finally:
            self._sessions.remove(session)


class _Session:
    """One sending of a call, and what was heard in answer."""

    def __init__(self, carrier: str, header: Header, tell: Tell) -> None:
        self.heard: dict[bytes, Heard] = {}
        self.enough = asyncio.Event()
        self.tell = tell
        self._carrier = carrier
        self._one_is_enough = header.type in ONE_ANSWER_IS_ENOUGH

    def note(self, parcel: _Parcel) -> None:
        """A station answered, or said more than before; stop when it is enough."""
        if parcel.ack is None:
            return
        state, at_ms = parcel.ack.state, parcel.ack.time_ms
        heard = Heard(carrier=self._carrier, station=parcel.station, state=state, proven=True, at_ms=at_ms)
        self.heard[parcel.target.home.kid] = heard
        self.tell(heard)
        if is_enough(self.heard.values(), any_answer=self._one_is_enough):
            self.enough.set()

    def report(self, parcel: _Parcel, handed: Handed) -> None:
        """How one hand-over ended, where it ended without an answer."""
        name = parcel.station
        if handed.trouble:
            self.tell(Failed(carrier=self._carrier, station=name, why=handed.trouble, code=handed.code))
        elif parcel.ack is None:
            why = f"The gateway took copy {parcel.copies} for {name}; no answer has come back this way."
            self.tell(Waiting(carrier=self._carrier, why=why))


def _address(target: Target, gateway: Gateway) -> str:
    """The number or node by which this station is reached, empty for none."""
    return target.home.sms if gateway is Gateway.SMS else target.home.mesh
