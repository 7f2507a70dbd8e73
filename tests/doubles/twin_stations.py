"""Several processes of one station, side by side on one store in memory, each turned by hand, on one clock."""

from dataclasses import dataclass, field
from typing import Any

from doubles.memory_journal import MemoryJournal, MemoryStore
from doubles.slow_station import START_MS, CountingDice, SetClock
from esos.case.model import Case, decode_case
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Capability, MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.station.found import Founder
from esos.station.identity import StationIdentity
from esos.station.intake import Taken
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.vault.keyfile import KeyPair
from esos.words.need import NeedLine
from esos.words.realm import Realm

LINE = NeedLine.FILTERING
PEOPLE = ("caller", "second", "helper")


@dataclass(slots=True)
class Twins:
    """Processes ``a`` and ``b``; ``more`` starts another. Of the members only the helper can filter."""

    a: Station
    b: Station
    store: MemoryStore
    clock: SetClock
    dice: CountingDice
    keys: dict[str, KeyPair] = field(default_factory=dict)
    officer: str = ""

    @classmethod
    async def founded(cls, clock: SetClock | None = None, **pact: str) -> "Twins":
        """With the club's pact, some of its lines replaced, and its people, known to both."""
        clock, dice = clock or SetClock(), CountingDice()
        store = MemoryStore(clock_ms=clock.now_ms)
        one, other = [await _station(store, clock, dice, name) for name in ("a", "b")]
        twins = cls(one, other, store, clock, dice)
        await twins._found(pact)
        await other.open()
        return twins

    async def _found(self, pact: dict[str, str]) -> None:
        raw = shipped.load("club")[0].decode()
        for old, new in pact.items():
            raw = raw.replace(f"{old} = ", f"{old} = {new} # ")
        one = self.a
        founder = Founder(
            identity=one.identity, journal=one.journal, directory=one.directory, clock=self.clock, dice=self.dice
        )
        await founder.publish_pact(raw.encode())
        self.officer = await founder.add_officer("Officer", ("officer", "registrar"))
        digest = one.directory.pact.digest if one.directory.pact else b""
        for name in PEOPLE:
            self.keys[name] = KeyPair(seed=name.encode().ljust(32, b"."), realm=Realm.REAL)
            member = await founder.register(self.signed(name, "card_signed", b.CardSigned(card=self.card(name))))
            acceded = b.Acceded(
                member=member, pact=one.directory.pact.name if one.directory.pact else "", digest=digest
            )
            await self.say(one, name, "acceded", acceded)

    async def more(self, name: str) -> Station:
        """Another process, or the same started anew; it has read what a starting station reads."""
        station = await _station(self.store, self.clock, self.dice, name)
        await station.open()
        return station

    def card(self, name: str) -> MemberCard:
        """The card of one of the people."""
        key = self.keys[name]
        filters = (Capability(line=LINE, units=1_000),) if name == "helper" else ()
        return MemberCard(
            name=f"Example {name.title()}",
            keys=(PublicKey(public=key.public, realm=key.realm),),
            capabilities=filters,
        )

    def member(self, name: str) -> str:
        """Somebody's member id."""
        return next(one for one, card in self.a.directory.members.items() if card.name == f"Example {name.title()}")

    def signed(self, name: str, kind: str, body: b.Body, case: bytes | None = None) -> bytes:
        """What somebody says, as bytes."""
        key, now_ms = self.keys[name], self.clock.now
        return write_statement(seed=key.seed, realm=key.realm, kind=kind, body=body, time_ms=now_ms, case=case).raw

    async def say(self, at: Station, name: str, kind: str, body: b.Body, case: bytes | None = None) -> Taken:
        """Somebody says something at one process; it is kept, and not folded yet."""
        return await at.intake.take(self.signed(name, kind, body, case))

    async def call(self, at: Station, name: str = "caller", units: int = 40) -> Taken:
        """Somebody calls for filtering."""
        details = b.CallDetails(natures=(2,), needs=(b.NeedAsk(line=LINE, quantity=units),))
        return await self.say(at, name, "called", b.Called(call=name.encode().ljust(8, b".")[:8], details=details))

    async def promise(self, at: Station, units: int = 40) -> None:
        """The helper lodges a package: whoever plans first has it without asking."""
        body = b.PackageLodged(member=self.member("helper"), lines=(b.NeedAsk(line=LINE, quantity=units),))
        await self.say(at, "helper", "package_lodged", body)

    def speaker(self, at: Station) -> Any:
        """The officer, signed in at one process."""
        return at.desk.speaker(Holder(party=self.officer, purpose="session", known_by=KnownBy.SESSION))

    async def turn(self, at: Station, after_ms: int = 0) -> int:
        """Time passes; then one process does a turn of folding, if it may."""
        self.clock.now += after_ms
        return await at.folder.run_once(now_ms=self.clock.now)

    def cases(self) -> list[Case]:
        """All cases as they are kept."""
        return [decode_case(record.blob) for record in self.store.cases.values()]


async def _station(store: MemoryStore, clock: SetClock, dice: CountingDice, name: str) -> Station:
    return Station(
        identity=StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=Realm.REAL),
        journal=await MemoryJournal.open(store),
        channels={},
        clock=clock,
        dice=dice,
        base_url=lambda: "http://station.example",
        holder=f"process {name}",
    )


__all__ = ["START_MS", "Twins"]
