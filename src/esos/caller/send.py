"""Send a call by every carrier at once until enough is heard, and follow it until a person has charge.

Law 4: that a station has it, that a person has charge, and that help is coming are told apart.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from esos.beacon.carrier import Carrier, CarrierEvent, Heard, Outgoing, Tell, is_enough

FOLLOW_SECONDS = 1.0


class SendResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard, by station and carrier; ``kept`` says that a station has the call durably, proven."""

    heard: tuple[Heard, ...]

    @property
    def kept(self) -> bool:
        """Whether at least one station has it and proved it."""
        return any(answer.proven and answer.state.value >= 1 for answer in self.heard)

    @property
    def person(self) -> bool:
        """Whether a person has charge, as far as carriers told."""
        return any(answer.proven and answer.state.value > 1 for answer in self.heard)


async def send_call(
    outgoing: Outgoing,
    carriers: Sequence[Carrier],
    tell: Tell,
    *,
    wait_ms: int,
    one_is_enough: bool = False,
) -> SendResult:
    """Race the carriers until enough stations have the call, nobody is left to ask, or the wait is over.

    ``one_is_enough`` is for callers that know a single station only.
    """
    heard: list[Heard] = []
    enough = asyncio.Event()

    def listen(event: CarrierEvent) -> None:
        tell(event)
        if isinstance(event, Heard):
            heard.append(event)
            kept = any(answer.proven and answer.state.value >= 1 for answer in heard)
            if is_enough(heard) or (one_is_enough and kept):
                enough.set()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(carrier.send(outgoing, listen), name=carrier.name) for carrier in carriers]
        waiting = group.create_task(enough.wait())
        await _until_enough(tasks, waiting, wait_ms)
        for task in (*tasks, waiting):
            task.cancel()
    return SendResult(heard=tuple(heard))


async def _until_enough(tasks: list[asyncio.Task[Any]], enough: asyncio.Task[Any], wait_ms: int) -> None:
    """Until the event, the end of the wait, or the end of every carrier."""
    deadline = asyncio.get_running_loop().time() + wait_ms / 1000
    pending: set[asyncio.Task[Any]] = {*tasks}
    while pending and not enough.done():
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0:
            return
        done, _ = await asyncio.wait({*pending, enough}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        pending -= done


async def follow(look: Callable[[], Awaitable[str]], *, wait_ms: int) -> str:
    """Look again and again until a person has charge of the case, or the wait is over; the last state seen.

    ``look`` gives the holder's name, empty while there is none.
    """
    deadline = asyncio.get_running_loop().time() + wait_ms / 1000
    holder = await look()
    while not holder and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(min(FOLLOW_SECONDS, max(0.05, deadline - asyncio.get_running_loop().time())))
        holder = await look()
    return holder
