"""A station's process in the world: it starts, serves its doors, is killed, paused or stopped, and starts again.

What runs in it is the real station with the real datagram door, put together as ``service`` does it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from esos.carriers.address import UdpAddress
from esos.carriers.udp_door import UdpDoor
from esos.carriers.udp_intake import reader, station_keys, submit_to, teller
from esos.errors import Busy, EsosError
from esos.station.station import Station
from esos.station.visit import Visits
from simulated.channel import SimChannel
from simulated.datagrams import HOST, SimSocket
from simulated.storage import Crash, SimJournal

if TYPE_CHECKING:
    from simulated.world import World

T = TypeVar("T")
UDP_PORT = 4747
START_AGAIN_S = 0.5
"""How long a supervisor waits before it starts a process that could not start."""
DOWN_S = (0.0, 0.2, 0.2, 1.0, 3.0, 20.0)
"""How long a process stays down after a crash."""


class Unanswered(Exception):
    """No answer came in time; nobody knows whether the request arrived."""


class SeededDice:
    """The port's dice, thrown from a seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def bytes(self, count: int) -> bytes:
        return self._chance.randbytes(count)


class WrongClock:
    """Wall time as one machine has it: it runs a little fast or slow, and is set now and then."""

    def __init__(self, start_ms: int, *, offset_ms: int = 0, drift_ppm: int = 0) -> None:
        self.offset_ms = offset_ms
        self._start_ms = start_ms
        self._rate = 1000 * (1 + drift_ppm / 1_000_000)

    def now_ms(self) -> int:
        return self._start_ms + self.offset_ms + round(asyncio.get_running_loop().time() * self._rate)


class Life:
    """One life of a process, from its start to its end. It is the owner of what its journal asks the disk."""

    def __init__(self, process: "Process", name: str) -> None:
        self.name = name
        self.process = process
        self.is_dead = False
        self.station: Station
        self.visits: Visits
        self.inbound: dict[asyncio.Task[Any], None] = {}
        self._runs = asyncio.Event()
        self._runs.set()

    async def unpaused(self) -> None:
        while not self._runs.is_set() and not self.is_dead:
            await self._runs.wait()
        if self.is_dead:
            raise Crash

    def pause(self) -> None:
        """It stands still, as a machine that swaps or is being moved: whatever it waits for lapses meanwhile."""
        self._runs.clear()

    def resume(self) -> None:
        self._runs.set()

    def crash(self, why: str) -> None:
        self.process.crash(why)


class Process:
    """One place where a station process runs, again and again."""

    def __init__(self, world: "World", index: int) -> None:
        self.index = index
        self.host = f"198.51.100.{index + 1}"
        self.life: Life | None = None
        self.started = asyncio.Event()
        self._world = world
        self._chance = world.chance(f"process {index}")
        self.clock = WrongClock(
            world.start_ms,
            offset_ms=self._chance.choice((0, 0, 3, -40, 900, -900, 5_000, -5_000)) if world.plan.skews else 0,
            drift_ppm=self._chance.randint(-80, 80) if world.plan.skews else 0,
        )
        self._lives = 0
        self._main: asyncio.Task[None] | None = None
        self._is_closing = False

    # ------------------------------------------------------------------------------------- its lives
    async def live(self) -> None:
        """Start, serve until it dies, start again; ends when the world does."""
        HOST.set(self.host)
        try:
            while not self._is_closing:
                self._main = asyncio.create_task(self._one_life())
                await asyncio.wait({self._main})
                self._note_end(self._main)
                await asyncio.sleep(self._world.down_s(self._chance) or START_AGAIN_S)
        finally:
            self._end()

    def _note_end(self, main: "asyncio.Task[None]") -> None:
        """However it ended; what is no crash and no stop is a fault of the station."""
        if not main.cancelled() and main.exception() is not None and not _is_crash(main.exception()):
            cause = main.exception()
            if isinstance(cause, Busy):
                self._world.chronicle.note_aside("start failed")
            else:
                self._world.broken(f"a process ended by itself: {cause!r}")

    async def _one_life(self) -> None:
        self._lives += 1
        again = self._chance.random() < self._world.plan.same_holder
        name = f"p{self.index}" if again else f"p{self.index}.{self._lives}"
        life = Life(self, name)
        self.life = life
        try:
            await self._serve(life)
        finally:
            self._end_life(life)

    async def _serve(self, life: Life) -> None:
        world, chance = self._world, random.Random(self._chance.random())
        channel = SimChannel(life, world.chronicle, world.post_box, chance)
        station = Station(
            identity=world.identity,
            journal=SimJournal(world.disk, life),
            channels={channel.scheme: channel},
            clock=self.clock,
            dice=SeededDice(random.Random(chance.random())),
            base_url=lambda: "http://station.example",
            speed=world.plan.speed,
            holder=life.name,
            processes=world.plan.processes,
        )
        await station.open()
        life.station, life.visits = station, Visits(station)
        door = UdpDoor(
            station=station.identity.kid,
            key_for=(keys := station_keys(station)).current,
            older_key_for=keys.older,
            submit=submit_to(station),
            clock=self.clock.now_ms,
            jitter=lambda: chance.uniform(-1, 1),
            bind=lambda address, _, is_shared: SimSocket(world.internet, address),
        )
        station.folder.saved, station.seen.told = teller(station, door), reader(station, door)
        async with door.listening(UdpAddress(self.host, UDP_PORT)):
            world.chronicle.note("start", life.name)
            self.started.set()
            await station.run()

    def _end_life(self, life: Life) -> None:
        life.is_dead = True
        life.resume()
        self.started.clear()
        for task in life.inbound:
            task.cancel()
        if self.life is life:
            self.life = None

    # ----------------------------------------------------------------------------- what happens to it
    def crash(self, why: str) -> None:
        """It is gone from this very moment on."""
        life = self.life
        if life is None or life.is_dead:
            return
        self._world.chronicle.note("crash", life.name, why)
        self._world.trouble()
        life.is_dead = True
        life.resume()
        self._world.disk.forget(life)
        self._end()

    def stop(self) -> None:
        """It is asked to stop, as by a supervisor: what runs is ended in order."""
        if self.life is not None:
            self._world.chronicle.note("stop", self.life.name)
            self._world.trouble()
            self._end()

    def _end(self) -> None:
        if self._main is not None and not self._main.done():
            self._main.cancel()

    def close(self) -> None:
        """No more lives."""
        self._is_closing = True
        self._end()

    # ------------------------------------------------------------------------------ what is asked of it
    def take_request(self, act: Callable[[Life], Awaitable[T]], answer: Callable[[T | EsosError], None]) -> None:
        """A request arrived; it is answered, unless the process dies over it. Nobody is told where none runs."""
        life = self.life
        if life is None or life.is_dead or not self.started.is_set():
            self._world.chronicle.note_aside("nobody there")
            return

        async def work() -> None:
            try:
                said: T | EsosError = await act(life)
            except EsosError as refusal:
                said = refusal
            if not life.is_dead:
                answer(said)

        task = asyncio.get_running_loop().create_task(work())
        life.inbound[task] = None
        task.add_done_callback(lambda done: self._note_work(life, done))

    def _note_work(self, life: Life, done: "asyncio.Task[None]") -> None:
        life.inbound.pop(done, None)
        if not done.cancelled() and done.exception() is not None and not _is_crash(done.exception()):
            self._world.broken(f"a request ended in {done.exception()!r}")


def _is_crash(cause: BaseException | None) -> bool:
    if isinstance(cause, BaseExceptionGroup):
        return all(map(_is_crash, cause.exceptions))
    return isinstance(cause, (Crash, asyncio.CancelledError))


async def ask(
    world: "World",
    process: Process,
    act: Callable[[Life], Awaitable[T]],
    *,
    host: str,
    what: str,
    timeout_s: float = 10.0,
) -> T:
    """A request from a host to a process and its answer, over the simulated network.

    Raises what the station raised, and ``Unanswered`` where request or answer was lost.
    """
    net, loop = world.internet, asyncio.get_running_loop()
    answered: asyncio.Future[T | EsosError] = loop.create_future()

    def arrives(said: T | EsosError) -> None:
        if not answered.done():
            world.chronicle.note("answer", what, "from", process.host, "to", host)
            answered.set_result(said)

    def answer(said: T | EsosError) -> None:
        delay_s = net.stream_delay_s(process.host, host)
        if delay_s is not None:
            loop.call_later(delay_s, arrives, said)

    def request() -> None:
        world.chronicle.note("request", what, "from", host, "to", process.host)
        process.take_request(act, answer)

    for _ in range(1 + net.is_doubled()):
        delay_s = net.stream_delay_s(host, process.host)
        if delay_s is not None:
            loop.call_later(delay_s, request)
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            said = await answered
            if isinstance(said, EsosError):
                raise said
            return said
    raise Unanswered
