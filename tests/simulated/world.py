"""One world: station processes on one store, people around them, a network between, and whatever goes wrong.

Everything from ``esos.station`` inwards is the real thing, and so are the datagram door and the caller's
program that sends datagrams. All chance comes from the seed, all time from the loop.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from structlog.testing import capture_logs

from esos.case.model import Case
from esos.errors import Busy
from esos.message import bodies as b
from esos.message.card import Capability, Contact, HomeStation, MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.station.found import Founder
from esos.station.identity import StationIdentity
from esos.station.station import Station
from esos.vault.keyfile import KeyPair
from esos.words.need import NeedLine
from simulated.channel import ChannelFaults, PostBox
from simulated.chronicle import Chronicle, Violation
from simulated.datagrams import Internet, Weather
from simulated.judgement import judge_at_rest, judge_in_calm
from simulated.loop import run_virtually
from simulated.plan import Plan, drawn
from simulated.process import DOWN_S, UDP_PORT, Life, Process, SeededDice, Unanswered, WrongClock, ask
from simulated.reading import read_once
from simulated.storage import Disk, DiskFaults
from simulated.watch import Watch

T = TypeVar("T")
START_MS = 1_800_000_000_000
MEMBERS_COUNT, OFFICERS_COUNT = 6, 3
FOUNDING_TRIES = 20
JUMPS_MS = (1_500, -1_500, 8_000, -8_000, 40_000, -40_000)
WRONG_MAX_MS = 60_000
STORE_JUMPS_MS = (*JUMPS_MS, 3_600_000, -3_600_000)
STORE_WRONG_MAX_MS = 3_660_000
"""Nothing but leases is counted by the store's clock, so it may be an hour wrong and nothing else is late."""
PAUSES_S = (0.5, 4.0, 12.0, 70.0)
"""How long a process stands still: also beyond its leases."""
STORE_DOWN_S = (0.1, 2.0, 15.0)
PARTITION_S = (1.0, 10.0, 45.0)
CALM_LOOK_S = 5.0
LATE_MS = 2_000
REST_S = 0.2
REST_MAX_S = 900.0
STUMBLES = frozenset(
    {"loop_failed", "fold_set_aside", "register_set_aside", "timer_set_aside", "case_unreadable", "page_failed",
     "udp_batch_failed", "wave_failed", "fold_unsaveable", "fold_said_too_much"}
)  # fmt: skip
"""What a station logs where something in it broke: it goes on, and the world does not."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member with a key; an officer has none."""

    id: str
    key: KeyPair | None = None
    host: str = ""


class World:
    """One seed's world. ``run`` plays it to its end or to the first breach of a law."""

    def __init__(self, seed: int, plan: Plan | None = None) -> None:
        self.seed = seed
        self.plan = plan or drawn(seed)
        self.start_ms = START_MS
        self.chronicle = Chronicle()
        self.internet = Internet(self.chance("network"), self.chronicle)
        self.store_clock = WrongClock(START_MS)
        self.disk = Disk(self.chance("disk"), self.chronicle, self.store_clock.now_ms)
        self.post_box = PostBox()
        self.identity = StationIdentity(
            seed=self.chance("station").randbytes(32), master=b"m" * 32, name="Example Watch", realm=self.plan.realm
        )
        self.watch = Watch(self)
        self.members: list[Person] = []
        self.officers: list[Person] = []
        self.processes: list[Process] = []
        self.violations: list[str] = []
        self.is_calm = True
        self.is_over: Callable[[], bool] = lambda: False
        self.trouble_s = 0.0
        self._broken: asyncio.Future[None] | None = None
        self.disk.watch = self.watch.committed
        self.disk.switch = self._switch
        self.post_box.watch = self.watch.reached
        self._cuts = dict(self.plan.cut_power_at)
        self.written_before = 0

    # -------------------------------------------------------------------------- what everybody may ask
    def chance(self, name: str) -> random.Random:
        """Chance of its own for one purpose, the same for the same seed."""
        return random.Random(f"{self.seed}/{name}")

    @property
    def now_ms(self) -> int:
        """The true time."""
        return START_MS + round(asyncio.get_running_loop().time() * 1000)

    @property
    def cases(self) -> list[Case]:
        """Every case as it was last saved."""
        return list(self.watch.cases.values())

    def broken(self, words: str) -> None:
        """A law is broken: the world ends here."""
        self.violations.append(words)
        self.chronicle.is_closed = True
        if self._broken is not None and not self._broken.done():
            self._broken.set_exception(Violation(words))

    def trouble(self) -> None:
        """Something went wrong just now: lateness is judged only after a calm while."""
        self.trouble_s = asyncio.get_running_loop().time()

    def down_s(self, chance: random.Random) -> float:
        """How long a process stays down."""
        return chance.choice(DOWN_S) if not self.is_calm else 0.1

    def _switch(self, number: int, name: str) -> str:
        del name
        return self._cuts.get(number - self.written_before, "") if not self.is_calm else ""

    def home(self) -> HomeStation:
        """The station as callers pin it, with the datagram doors of all its processes."""
        one = self.identity
        udp = tuple(f"{process.host}:{UDP_PORT}" for process in self.processes)
        return HomeStation(name=one.name, kid=one.kid, public=one.public, realm=one.realm, udp=udp)

    # --------------------------------------------------------------------------------------- its course
    def run(self, play: Callable[["World"], Awaitable[None]]) -> "World":
        """Play to the end; raises ``Violation`` at the first breach of a law."""
        with capture_logs() as said, self.watch.over_steps(), read_once():
            try:
                run_virtually(self._whole(play, said), self.internet)
            except BaseExceptionGroup as group:
                raise _first(group) from group
        return self

    async def _whole(self, play: Callable[["World"], Awaitable[None]], said: list[object]) -> None:
        self._broken = asyncio.get_running_loop().create_future()
        self.processes = [Process(self, index) for index in range(self.plan.processes)]
        story = asyncio.create_task(self._story(play))
        await asyncio.wait({story, self._broken}, return_when=asyncio.FIRST_COMPLETED)
        for line in said:
            if isinstance(line, dict) and line["event"] in STUMBLES:
                self.violations.append(f"the station stumbled: {line}")
        if not story.done():
            story.cancel()
            await asyncio.wait({story})
        if self._broken.done():
            self._broken.exception()
        if self.violations:
            raise Violation(self.violations[0])
        story.result()

    async def _story(self, play: Callable[["World"], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(process.live()) for process in self.processes]
            await self._found()
            self.written_before = len(self.disk.written)
            faults = [group.create_task(work) for work in self._faults()]
            self._set_weather(calm=False)
            await play(self)
            for task in faults:
                task.cancel()
            self._set_weather(calm=True)
            await self._rest()
            await judge_at_rest(self, await self.any_station())
            for process in self.processes:
                process.close()
            for task in lives:
                task.cancel()

    def _set_weather(self, *, calm: bool) -> None:
        self.is_calm = calm
        self.internet.weather = Weather() if calm else self.plan.weather
        self.disk.faults = replace(DiskFaults(), is_lying=self.plan.disk.is_lying) if calm else self.plan.disk
        self.post_box.faults = ChannelFaults() if calm else self.plan.channel
        self.trouble()

    async def _rest(self) -> None:
        """Until everything is folded and logged, and no page is overdue; an open case goes on paging for ever."""
        store, waited_s = self.disk.store, 0.0
        while waited_s < REST_MAX_S:
            await asyncio.sleep(REST_S)
            waited_s += REST_S
            late_ms = self.now_ms - LATE_MS - 50_000
            is_late = any(one.record.parcel.not_before_ms < late_ms for one in store.waits.values())
            if not store.inbox and not store.unlogged and not is_late:
                return
        self.broken(f"the station never came to rest: {len(store.inbox)} unfolded, {len(store.unlogged)} unlogged")

    # ---------------------------------------------------------------------------------- what goes wrong
    def _faults(self) -> list[Coroutine[None, None, None]]:
        plan = self.plan
        table = (
            (plan.crash_every_s, self._crash_one), (plan.pause_every_s, self._pause_one),
            (plan.jump_every_s, self._jump_a_clock), (plan.store_crash_every_s, self._crash_store),
            (plan.partition_every_s, self._part), (CALM_LOOK_S, self._look_in_calm),
        )  # fmt: skip
        return [self._again_and_again(every_s, act) for every_s, act in table if every_s]

    async def _again_and_again(self, every_s: float, act: Callable[[random.Random], Awaitable[None]]) -> None:
        chance = self.chance(act.__name__)
        while True:
            await asyncio.sleep(chance.expovariate(1 / every_s))
            await act(chance)

    async def _crash_one(self, chance: random.Random) -> None:
        process = chance.choice(self.processes)
        if chance.random() < 0.2:
            process.stop()
        else:
            process.crash("killed")

    async def _pause_one(self, chance: random.Random) -> None:
        life = chance.choice(self.processes).life
        if life is None:
            return
        pause_s = chance.choice(PAUSES_S)
        self.chronicle.note("pause", life.name, "for", pause_s, "s")
        self.trouble()
        life.pause()
        try:
            await asyncio.sleep(pause_s)
        finally:
            life.resume()
            self.trouble()

    async def _jump_a_clock(self, chance: random.Random) -> None:
        clock = chance.choice([*(process.clock for process in self.processes), self.store_clock])
        is_of_store = clock is self.store_clock
        jump_ms = chance.choice(STORE_JUMPS_MS if is_of_store else JUMPS_MS)
        most_ms = STORE_WRONG_MAX_MS if is_of_store else WRONG_MAX_MS
        clock.offset_ms = max(-most_ms, min(most_ms, clock.offset_ms + jump_ms))
        self.chronicle.note("clock set", jump_ms, "ms")
        self.trouble()

    async def _crash_store(self, chance: random.Random) -> None:
        self.disk.crash()
        self.watch.store_crashed()
        self.trouble()
        try:
            await asyncio.sleep(chance.choice(STORE_DOWN_S))
        finally:
            self.disk.is_down = False
            self.chronicle.note("store back")
            self.trouble()

    async def _part(self, chance: random.Random) -> None:
        """Some people are cut off from some processes for a while."""
        hosts = [person.host for person in (*self.members, *self.officers) if chance.random() < 0.5]
        pairs = [(host, process.host) for host in hosts for process in self.processes if chance.random() < 0.7]
        self.chronicle.note("partition", len(pairs), "ways are cut")
        for pair in pairs:
            self.internet.cut(*pair)
        try:
            await asyncio.sleep(chance.choice(PARTITION_S))
        finally:
            for pair in pairs:
                self.internet.heal(*pair)
            self.chronicle.note("healed", len(pairs), "ways")

    async def _look_in_calm(self, chance: random.Random) -> None:
        del chance
        judge_in_calm(self)

    # --------------------------------------------------------------------------------------- its people
    async def any_station(self) -> Station:
        """The station as a process that runs has it."""
        while True:
            for process in self.processes:
                if process.started.is_set() and process.life is not None:
                    return process.life.station
            await asyncio.sleep(0.1)

    async def _found(self) -> None:
        chance, station = self.chance("people"), await self.any_station()
        founder = Founder(
            identity=self.identity,
            journal=station.journal,
            directory=station.directory,
            clock=station.clock,
            dice=SeededDice(chance),
        )
        await founder.publish_pact(shipped.load("club")[0])
        for number in range(OFFICERS_COUNT):
            roles = ("officer", "registrar") if number == 0 else ("officer",)
            contact = Contact(channel="file", address=f"officer{number}")
            officer = await founder.add_officer(f"Officer {number}", roles, (contact,))  # type: ignore[arg-type]
            self.officers.append(Person(officer, host=f"192.0.2.{number + 1}"))
        await founder.say("roster_set", b.RosterSet(watch=(self.officers[0].id,), backup=(self.officers[1].id,)))
        for number in range(MEMBERS_COUNT):
            key = KeyPair(seed=chance.randbytes(32), realm=self.plan.realm)
            member = await founder.register(_card(f"Example Team {number}", key, self.now_ms))
            self.members.append(Person(member, key, f"203.0.113.{number + 1}"))
            await self._accede(station, self.members[-1])

    async def _accede(self, station: Station, who: Person) -> None:
        pact = station.directory.pact
        assert pact is not None
        accession = b.Acceded(member=who.id, pact=pact.name, digest=pact.digest)
        await station.intake.take(self.signed(who, "acceded", accession))

    def signed(self, who: Person, kind: str, body: b.Body, case: bytes | None = None) -> bytes:
        """What a member says with its own key."""
        assert who.key is not None
        statement = write_statement(
            seed=who.key.seed, realm=who.key.realm, kind=kind, body=body, time_ms=self.now_ms, case=case
        )
        return statement.raw

    async def ask(
        self, who: Person, chance: random.Random, act: Callable[[Life], Awaitable[T]], *, what: str, tries: int = 4
    ) -> T | None:
        """Ask one process after another, as a person does; None where nobody answered. Raises what was refused."""
        for _ in range(tries):
            process = chance.choice(self.processes)
            with suppress(Unanswered, Busy):
                return await ask(self, process, act, host=who.host, what=what)
            await asyncio.sleep(chance.uniform(0.2, 3.0))
        return None


def _first(group: BaseExceptionGroup) -> BaseException:
    """The breach of a law, where there is one, else whatever came first."""
    breach = group.subgroup(Violation)
    inner: BaseException = breach or group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner


def _card(name: str, key: KeyPair, now_ms: int) -> bytes:
    card = MemberCard(
        name=name,
        keys=(PublicKey(public=key.public, realm=key.realm),),
        country="IE",
        contacts=(Contact(channel="file", address=name.replace(" ", "-")),),
        capabilities=(
            Capability(line=NeedLine.FILTERING, units=20, lead_minutes=5),
            Capability(line=NeedLine.ADVICE, units=40),
            Capability(line=NeedLine.TRIAGE, units=16),
        ),
    )
    body = b.CardSigned(card=card)
    return write_statement(seed=key.seed, realm=key.realm, kind="card_signed", body=body, time_ms=now_ms).raw
