"""A whole station in virtual time over a store that survives it: it crashes where it is told to, and starts again.

Everything from ``esos.station`` inwards is the real thing. What the world adds is chance from one seed, a
clock that may be set wrong, channels that fail, and a power switch at every write.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.errors import Busy, EsosError
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Capability, Contact, MemberCard, PublicKey
from esos.message.statement import Statement, write_statement
from esos.pact import shipped
from esos.station.found import Founder
from esos.station.identity import StationIdentity
from esos.station.ports import PageMessage, Sent
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.vault.keyfile import KeyPair
from esos.words.need import NeedLine
from esos.words.realm import Realm

T = TypeVar("T")
START_MS = 1_800_000_000_000
SPEED = 60
TRIES = 60
DOWN_S = (0.0, 0.2, 3.0, 45.0, 200.0)
"""How long the station stays down after a crash; at this speed the longest is more than three hours of the pact."""
CLOCK_STEPS_MS = (0, 0, 0, 0, 1_500, -1_500, 40_000, -40_000)
"""By how much the clock may be found changed after a crash."""
LATE_MS = 2_000
"""A page that waits so long after its time is late."""


class Crash(BaseException):
    """The power is gone: nothing may catch this."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes wrong: the power at chosen writes (True: before it is kept), at one write in so many, reads that fail."""

    at: dict[int, bool] = field(default_factory=dict)
    one_in: int = 0
    busy_one_in: int = 0


class BusyJournal(MemoryJournal):
    """The journal where now and then nobody gets an answer."""

    is_busy: Callable[[], bool] = staticmethod(lambda: False)

    async def _reading(self) -> None:
        await super()._reading()
        if self.is_busy():
            raise Busy("storage.locked", "The journal is locked by another process.")


class SeededDice:
    """The port's dice, thrown from a seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def bytes(self, count: int) -> bytes:
        return self._chance.randbytes(count)


class WrongClock:
    """Wall time over the loop's, with whatever offset the machine has today."""

    def __init__(self) -> None:
        self.offset_ms = 0

    def now_ms(self) -> int:
        return START_MS + self.offset_ms + round(asyncio.get_running_loop().time() * 1000)


def store_clock_ms() -> int:
    """The store's own clock, by which leases are counted: nobody sets it wrong."""
    return START_MS + round(asyncio.get_running_loop().time() * 1000)


@dataclass(slots=True)
class Incarnation:
    """One life of the station's process."""

    station: Station
    died: asyncio.Event


class Letterbox:
    """A channel that keeps what reached a person, refuses now and then, and is dead with its process."""

    scheme = "file"

    def __init__(self, world: "World", died: asyncio.Event, chance: random.Random) -> None:
        self._world = world
        self._died = died
        self._chance = chance

    async def send(self, page: PageMessage) -> Sent:
        await asyncio.sleep(self._chance.choice((0, 0, 0.05)))
        if self._died.is_set():
            raise Crash
        if self._chance.random() < 0.2:
            raise Busy("paging.unreachable", "Not now.")
        self._world.reached.append(page)
        return Sent(provider="letterbox", detail="It is in the box.")

    async def close(self) -> None:
        pass


AtRest = Callable[["World", Station], Awaitable[list[str]]]
WhileDown = Callable[["World"], list[str]]


@dataclass(frozen=True, slots=True)
class Person:
    """A member with a key; an officer has none."""

    id: str
    key: KeyPair | None = None


class World:
    """One station, its people, and what became of everything."""

    def __init__(self, seed: int, plan: Plan | None = None) -> None:
        self.seed = seed
        self.store = MemoryStore(before=self._before, after=self._after, clock_ms=store_clock_ms)
        self.clock = WrongClock()
        self.identity = StationIdentity(
            seed=self.chance("station").randbytes(32), master=b"m" * 32, name="Example Watch", realm=Realm.EXERCISE
        )
        self.acknowledged: dict[bytes, tuple[int, bytes]] = {}
        self.reached: list[PageMessage] = []
        self.checkpoints: list[tuple[int, bytes]] = []
        self.writes: Counter[str] = Counter()
        self.crashes: Counter[tuple[str, str]] = Counter()
        self.members: list[Person] = []
        self.officers: list[Person] = []
        self.problems: list[str] = []
        self.written: list[str] = []
        self._plan = plan or Plan()
        self._by_chance = self.chance("crashes")
        self._armed = False
        self._now: Incarnation | None = None
        self._up = asyncio.Event()
        self._lives = 0
        self._fatal = False
        self._while_down: WhileDown = lambda _: []

    def chance(self, name: str) -> random.Random:
        """Chance of its own for one purpose, the same for the same seed."""
        return random.Random(f"{self.seed}/{name}")

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    # ------------------------------------------------------------------------------------- the power
    def _before(self, name: str) -> None:
        if self._fatal:
            raise Crash
        self.writes[name] += 1
        if self._armed:
            self.written.append(name)
        self._fatal = self._is_cut(lost=True)
        if self._fatal:
            self._die("lost", name)

    def _after(self, name: str) -> None:
        if name == "put_leaves":
            self.checkpoints.append(self.store.checkpoint)
        if self._is_cut(lost=False):
            self._die("kept", name)

    def _is_cut(self, *, lost: bool) -> bool:
        if not self._armed:
            return False
        number = len(self.written)
        if self._plan.at.get(number) is lost:
            return True
        return bool(self._plan.one_in) and self._by_chance.random() < 1 / (2 * self._plan.one_in)

    def _is_busy(self) -> bool:
        one_in = self._plan.busy_one_in
        return self._armed and bool(one_in) and self._by_chance.random() < 1 / one_in

    def _die(self, how: str, name: str) -> None:
        self._fatal = True
        self.crashes[how, name] += 1
        assert self._now is not None
        self._now.died.set()
        self._up.clear()
        raise Crash

    # ---------------------------------------------------------------------------------- the process
    async def live(self, play: Callable[["World"], Awaitable[None]], at_rest: AtRest, down: WhileDown) -> None:
        """Found the station, then play against it while it crashes and starts again; at the end let it rest.

        ``down`` looks at the store while the station is down, ``at_rest`` at store and station at the end.
        """
        self._while_down = down
        keeper = asyncio.create_task(self._keep_running())
        try:
            await self._up.wait()
            await self._found()
            self._armed = True
            await play(self)
            self._armed = False
            await self._rest()
            assert self._now is not None
            self.problems += await at_rest(self, self._now.station)
        finally:
            self._armed = False
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper

    async def _keep_running(self) -> None:
        chance = self.chance("restarts")
        while True:
            self._fatal = False
            self._lives += 1
            incarnation = await self._start(chance)
            loops = asyncio.create_task(incarnation.station.run())
            try:
                await incarnation.died.wait()
            finally:
                loops.cancel()
                await asyncio.wait({loops})
                if not loops.cancelled():
                    loops.exception()
            self.problems += self._while_down(self)
            await asyncio.sleep(chance.choice(DOWN_S))
            self.clock.offset_ms += chance.choice(CLOCK_STEPS_MS)

    async def _start(self, chance: random.Random) -> Incarnation:
        died = asyncio.Event()
        letterbox = Letterbox(self, died, random.Random(chance.random()))
        journal = await BusyJournal.open(self.store)
        station = Station(
            identity=self.identity,
            journal=journal,
            channels={letterbox.scheme: letterbox},
            clock=self.clock,
            dice=SeededDice(random.Random(chance.random())),
            base_url=lambda: "http://station.example",
            speed=SPEED,
            holder="the one process",
        )
        self._now = Incarnation(station, died)
        await station.open()
        journal.is_busy = self._is_busy
        self._up.set()
        return self._now

    async def _rest(self) -> None:
        """Until everything is folded and logged, and no page is overdue; an open case goes on paging for ever."""
        for _ in range(3_000):
            await asyncio.sleep(0.2)
            store, late_ms = self.store, self.now_ms - LATE_MS
            waits = [one.record for one in store.parcels.values() if one.record.state == "waiting"]
            is_late = any(record.parcel.not_before_ms < late_ms for record in waits)
            if not store.inbox and len(store.leaves) == len(store.entries) and not is_late:
                return
        raise AssertionError(f"seed {self.seed}: the station never came to rest")

    async def through(self, act: Callable[[Station], Awaitable[T]]) -> T | None:
        """Do something at the station as it is now; None where it died before it answered."""
        await self._up.wait()
        now = self._now
        assert now is not None
        work = asyncio.ensure_future(act(now.station))
        death = asyncio.ensure_future(now.died.wait())
        try:
            await asyncio.wait({work, death}, return_when=asyncio.FIRST_COMPLETED)
            if now.died.is_set() or not work.done():
                return None
            return work.result()
        finally:
            for task in (work, death):
                task.cancel()
            await asyncio.wait({work, death})
            if not work.cancelled():
                work.exception()

    # ------------------------------------------------------------------------------------- the people
    async def _found(self) -> None:
        chance = self.chance("people")
        assert self._now is not None
        station = self._now.station
        founder = Founder(
            identity=self.identity,
            journal=station.journal,
            directory=station.directory,
            clock=self.clock,
            dice=SeededDice(chance),
        )
        await founder.publish_pact(shipped.load("club")[0])
        for number in range(3):
            contact = Contact(channel="file", address=f"officer{number}")
            roles: Any = ("officer", "registrar") if number == 0 else ("officer",)
            officer = await founder.add_officer(f"Officer {number}", roles, (contact,))
            self.officers.append(Person(officer))
        await founder.say("roster_set", b.RosterSet(watch=(self.officers[0].id,), backup=(self.officers[1].id,)))
        for number in range(6):
            key = KeyPair(seed=chance.randbytes(32), realm=Realm.EXERCISE)
            member = await founder.register(_card(f"Example Team {number}", key, self.now_ms))
            self.members.append(Person(member, key))
            await self._accede(self.members[-1])

    async def _accede(self, who: Person) -> None:
        assert self._now is not None
        pact = self._now.station.directory.pact
        assert pact is not None
        accession = b.Acceded(member=who.id, pact=pact.name, digest=pact.digest)
        await self._now.station.intake.take(self.signed(who, "acceded", accession).raw)

    def signed(self, who: Person, kind: str, body: b.Body, case: bytes | None = None) -> Statement:
        """What a member says with its own key; its clock is whatever it is."""
        assert who.key is not None
        return write_statement(
            seed=who.key.seed, realm=Realm.EXERCISE, kind=kind, body=body, time_ms=self.now_ms, case=case
        )

    async def post(self, statement: Statement, *, stranger_key: bytes = b"") -> bool:
        """Send until the station says that it has it, or refuses; then it must stand for ever."""
        for _ in range(TRIES):
            try:
                taken = await self.through(lambda one: one.intake.take(statement.raw, stranger_key=stranger_key))
            except Busy:
                taken = None
            except EsosError:
                return False
            if taken is not None:
                self._note(statement.id, taken.seq)
                return True
            await asyncio.sleep(0.5)
        raise AssertionError(f"seed {self.seed}: the station never answered")

    async def attested(self, who: Person, kind: str, body: b.Body, case: bytes | None) -> None:
        """What an officer does at a page, once: a person whose page failed looks before doing it again."""
        holder = Holder(party=who.id, purpose="session", known_by=KnownBy.SESSION)

        async def act(station: Station) -> Any:
            return await station.desk.say_body(station.desk.speaker(holder), kind, body, case=case)

        try:
            outcome = await self.through(act)
        except EsosError:
            return
        if outcome is not None:
            self._note(bytes.fromhex(outcome.statement), outcome.seq)

    def _note(self, statement: bytes, seq: int) -> None:
        said = (seq, statement)
        if self.acknowledged.setdefault(statement, said) != said:
            self.problems.append(f"statement {statement.hex()} was acknowledged under two numbers")


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
