"""Send a call by every carrier at once, each from its time on, and remember what was heard of it.

Law 4: that a station has it, that a person has charge, and that help is coming are told apart.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from esos.beacon.carrier import Carrier, CarrierEvent, Failed, Heard, Outgoing, Tell, Waiting
from esos.message.packet_codes import AckState

AT_ONCE: Mapping[str, int] = {}
"""Every carrier begins at once."""


class Ears:
    """What was heard of one call, by every carrier. Only proven answers count."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.heard: list[Heard] = []
        self.refused: list[Failed] = []
        self.any = asyncio.Event()
        self.kept = asyncio.Event()
        self.person = asyncio.Event()
        self._kept_at: dict[str, asyncio.Event] = {}

    def hear(self, event: CarrierEvent) -> None:
        """One event of a carrier: told on, and remembered."""
        if isinstance(event, Heard):
            self.heard.append(event)
            self._ring(event)
        elif isinstance(event, Failed) and event.is_final and event.code:
            self.refused.append(event)
        self._tell(event)

    def kept_at(self, station: str) -> asyncio.Event:
        """Set as soon as this station (by name) has proved that it has the call."""
        return self._kept_at.setdefault(station, asyncio.Event())

    def _ring(self, event: Heard) -> None:
        """Wake whoever waits for an answer as good as this."""
        if not event.proven:
            return
        self.any.set()
        if event.state >= AckState.COMMITTED:
            self.kept.set()
            self.kept_at(event.station).set()
        if event.state >= AckState.ASSIGNED:
            self.person.set()


class SendResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard, by station and carrier, and refusals for good."""

    heard: tuple[Heard, ...]
    refused: tuple[Failed, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether a station proved that it hears us."""
        return any(answer.proven for answer in self.heard)

    @property
    def kept(self) -> bool:
        """Whether at least one station has it durably and proved it."""
        return any(answer.proven and answer.state >= AckState.COMMITTED for answer in self.heard)

    @property
    def person(self) -> bool:
        """Whether a person has charge, as far as carriers told."""
        return any(answer.proven and answer.state >= AckState.ASSIGNED for answer in self.heard)


async def send_call(
    outgoing: Outgoing,
    carriers: Sequence[Carrier],
    tell: Tell,
    *,
    wait_ms: int,
    starts_ms: Mapping[str, int] = AT_ONCE,
    any_answer: bool = False,
) -> SendResult:
    """Race the carriers until one station has it, nobody is left to ask, or the wait is over.

    ``any_answer`` is for a test of the way. A call is followed further by ``Calling``.
    """
    ears = Ears(tell)
    async with asyncio.TaskGroup() as group:
        racing = group.create_task(race(outgoing, carriers, ears, starts_ms))
        waiting = group.create_task((ears.any if any_answer else ears.kept).wait())
        await asyncio.wait({racing, waiting}, timeout=wait_ms / 1000, return_when=asyncio.FIRST_COMPLETED)
        racing.cancel()
        waiting.cancel()
    return SendResult(heard=tuple(ears.heard), refused=tuple(ears.refused))


async def race(
    outgoing: Outgoing, carriers: Sequence[Carrier], ears: Ears, starts_ms: Mapping[str, int] = AT_ONCE
) -> None:
    """Run the carriers side by side, each from its time on, until every one has ended. Cancel it to stop."""
    async with asyncio.TaskGroup() as group:
        for carrier in carriers:
            group.create_task(_run(carrier, outgoing, ears, starts_ms.get(carrier.name, 0)), name=carrier.name)


async def _run(carrier: Carrier, outgoing: Outgoing, ears: Ears, start_ms: int) -> None:
    """One carrier. What breaks in it is told and must not stop the others."""
    if start_ms:
        ears.hear(Waiting(carrier=carrier.name, why=f"begins after {start_ms // 1000} s without an answer."))
        await _until(ears.kept, start_ms)
        if ears.kept.is_set():
            return
    try:
        await carrier.send(outgoing, ears.hear)
    except Exception as cause:  # noqa: BLE001 - a fault in one carrier must never end a call by the others
        failed = Failed(carrier=carrier.name, station="this machine", why=f"{type(cause).__name__}: {cause}")
        ears.hear(msgspec.structs.replace(failed, is_final=True))


async def _until(event: asyncio.Event, limit_ms: int) -> None:
    try:
        async with asyncio.timeout(limit_ms / 1000):
            await event.wait()
    except TimeoutError:
        return
