"""The process of a station's strangers' door: one socket, one queue, and no way into the station but its pipes.

A flood there costs this process its own time and nobody else's: it gives way to every other process of the machine,
holds only so much at once, and ends when the station that started it is gone.
"""

import asyncio
import os
import random
import secrets
import signal
import sys
import time
from collections.abc import Sequence

import msgspec
import structlog

from esos.carriers.address import address_taken, read_listening, write_address
from esos.carriers.stranger_door import StrangerDoor
from esos.carriers.stranger_words import (
    LINE_MAX_BYTES,
    Counted,
    FromDoor,
    Handed,
    Listening,
    Refused,
    Risen,
    Said,
    Task,
    ToDoor,
)
from esos.carriers.udp_book import AckInfo, Arrival, DoorLimits, KeyBudget
from esos.carriers.udp_door import Outcome
from esos.errors import Busy, EsosError
from esos.keys.hpke import HpkeKey
from esos.message.packet_codes import AckState

NICENESS = 10
"""How far this process gives way to the others where processors are short."""
IN_HAND_MAX = 16
"""Calls handed over and not answered by the station yet; further ones wait in the door's own queue."""
HANDED_PER_S = 40
"""Calls handed over each second, on average; the station takes fewer of strangers (``STRANGERS_CALLS_PER_S``)."""
HANDED_BURST = 200
"""How many of them at once."""
COUNTED_SECONDS = 1.0
_ROOT_BYTES = 32
_ALL = b""


class Hatch:
    """Hands calls over to the station, a few at a time, and takes in what it says of them."""

    def __init__(self) -> None:
        self._numbers = 0
        self._waiting: dict[int, asyncio.Future[Said]] = {}
        self._places = asyncio.Semaphore(IN_HAND_MAX)
        self._budget = KeyBudget(
            DoorLimits(packets_per_key_per_s=HANDED_PER_S, packets_per_key_burst=HANDED_BURST), now_ms
        )

    async def submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """What the station says of each, in order; see ``UdpDoor``."""
        return list(await asyncio.gather(*(self._hand_over(arrival) for arrival in arrivals)))

    def heard(self, said: Said) -> None:
        """The station said something of a call that it was handed."""
        waiting = self._waiting.get(said.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(said)

    async def _hand_over(self, arrival: Arrival) -> Outcome:
        if not self._budget.take(_ALL):
            return Busy("stranger.handed_over_budget", "More calls come from strangers than are handed over.")
        async with self._places:
            self._numbers += 1
            number, opened = self._numbers, arrival.opened
            self._waiting[number] = asyncio.get_running_loop().create_future()
            try:
                tell(Handed(number=number, call=opened.signed.compact(), public=opened.key.public))
                said = await self._waiting[number]
            finally:
                del self._waiting[number]
        if said.refused:
            return Busy(said.refused, "The station did not take it.")
        return AckInfo(state=AckState(said.state), at_ms=said.at_ms)


def main() -> None:
    """Listen until told to stop, or until nobody is there to hand anything to."""
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    os.nice(NICENESS)
    log_aside()
    try:
        asyncio.run(_serve(task))
    except EsosError as refusal:
        tell(Refused(code=refusal.code, detail=refusal.detail, hint=refusal.hint))
        sys.exit(1)


def log_aside() -> None:
    """Facts go to standard error, which is the station's: standard output belongs to the news."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


async def _serve(task: Task) -> None:
    hatch = Hatch()
    door = StrangerDoor(
        station=task.station,
        realm=task.realm,
        key=HpkeKey(task.private),
        submit=hatch.submit,
        clock=now_ms,
        jitter=lambda: random.uniform(-1, 1),  # noqa: S311 - spreads answers in time, guards nothing
        secret=secrets.token_bytes(_ROOT_BYTES),
        limits=task.limits,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with door.listening(read_listening(task.address)) as where:
            tell(Listening(udp=write_address(where)))
            parts = [asyncio.create_task(work) for work in (_listen(hatch, door, stop), _count(door), stop.wait())]
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            os._exit(0)  # what is in hand belongs to the station; nothing here is worth waiting for
    except OSError as cause:
        raise address_taken(f"UDP {task.address}", cause) from cause


async def _listen(hatch: Hatch, door: StrangerDoor, stop: asyncio.Event) -> None:
    """Take in what the station says; its end is ours."""
    reader = asyncio.StreamReader(limit=LINE_MAX_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    while line := await reader.readline():
        said = msgspec.json.decode(line, type=ToDoor)
        if isinstance(said, Said):
            hatch.heard(said)
        else:
            _rise(door, said)
    stop.set()


def _rise(door: StrangerDoor, risen: Risen) -> None:
    door.tell(kid=risen.kid, call=risen.call, info=AckInfo(state=AckState(risen.state), at_ms=risen.at_ms))


async def _count(door: StrangerDoor) -> None:
    while True:
        tell(Counted(counters=door.figures()))
        await asyncio.sleep(COUNTED_SECONDS)


def tell(news: FromDoor) -> None:
    """A line to the station; where it is gone, so is the reason for this process."""
    try:
        sys.stdout.buffer.write(msgspec.json.encode(news) + b"\n")
        sys.stdout.buffer.flush()
    except OSError:
        os._exit(0)


def now_ms() -> int:
    """A clock that only goes forward, for budgets and cookies; nothing of it leaves this process."""
    return time.monotonic_ns() // 1_000_000


if __name__ == "__main__":
    main()
