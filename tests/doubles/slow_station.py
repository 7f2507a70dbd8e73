"""A station whose worker runs only when it is told to: what people say waits in the journal until then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from doubles.memory_journal import MemoryJournal, MemoryStore
from esos.case.model import Case, Request, decode_case
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Capability, MemberCard, PublicKey
from esos.message.statement import Attests, write_statement
from esos.pact import shipped
from esos.station.found import Founder
from esos.station.identity import StationIdentity
from esos.station.records import ClaimedDue, RouteWork
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.vault.keyfile import KeyPair
from esos.words.need import NeedLine
from esos.words.realm import Realm

START_MS = 1_800_000_000_000


class SetClock:
    """A clock that stands where it is set."""

    now = START_MS

    def now_ms(self) -> int:
        return self.now


class CountingDice:
    """Bytes that are never the same twice, and the same in every run."""

    count = 0

    def bytes(self, count: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(count)


class ShuffledJournal(MemoryJournal):
    """The journal whose claims come in whatever order, and whose timers somebody else may just hold."""

    arrange: Callable[[list[RouteWork]], list[RouteWork]] = staticmethod(lambda works: works)
    hides_dues = False

    async def claim_inbox(self, **given: Any) -> list[RouteWork]:
        return self.arrange(await super().claim_inbox(**given))

    async def claim_due(self, **given: Any) -> list[ClaimedDue]:
        hidden, self.hides_dues = self.hides_dues, False
        return [] if hidden else await super().claim_due(**given)


@dataclass(slots=True)
class SlowStation:
    """One station, one caller, two helpers, two officers; ``say`` only keeps what is said, ``work`` folds it."""

    station: Station
    store: MemoryStore
    journal: ShuffledJournal
    clock: SetClock
    keys: dict[str, KeyPair] = field(default_factory=dict)
    officers: list[str] = field(default_factory=list)

    @classmethod
    async def founded(cls) -> "SlowStation":
        """With the club's pact and its people."""
        clock, dice, store = SetClock(), CountingDice(), MemoryStore()
        clock.now = START_MS
        journal = await ShuffledJournal.open(store)
        identity = StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=Realm.REAL)
        station = Station(identity=identity, journal=journal, channels={}, clock=clock, dice=dice, base_url=lambda: "")
        slow = cls(station, store, journal, clock)
        founder = Founder(identity=identity, journal=journal, directory=station.directory, clock=clock, dice=dice)
        await founder.publish_pact(shipped.load("club")[0])
        slow.officers = [await founder.add_officer(name, ("officer",)) for name in ("First", "Second")]
        for name in ("caller", "helper", "other"):
            key = KeyPair(seed=name.encode().ljust(32, b"."), realm=Realm.REAL)
            card = MemberCard(
                name=f"Example {name.title()}",
                keys=(PublicKey(public=key.public, realm=key.realm),),
                capabilities=(Capability(line=NeedLine.FILTERING, units=20),),
            )
            proof = write_statement(
                seed=key.seed, realm=key.realm, kind="card_signed", body=b.CardSigned(card=card), time_ms=START_MS
            )
            await founder.register(proof.raw)
            slow.keys[name] = key
        await station.fold_all()
        return slow

    @property
    def case(self) -> Case:
        """The only case there is."""
        (record,) = self.store.cases.values()
        return decode_case(record.blob)

    def request(self, name: str) -> Request:
        """The newest request to a helper."""
        party = self.party(name)
        return [one for one in self.case.requests.values() if one.responder == party][-1]

    def party(self, name: str) -> str:
        """The member id of somebody."""
        return next(
            party for party, card in self.station.directory.members.items() if card.name == f"Example {name.title()}"
        )

    async def say(self, name: str, kind: str, body: b.Body, *, case: bytes | None = None) -> None:
        """A member says something; it is kept, and not folded yet."""
        key = self.keys[name]
        said = write_statement(seed=key.seed, realm=key.realm, kind=kind, body=body, time_ms=self.clock.now, case=case)
        await self.station.intake.take(said.raw)

    async def officer_says(self, number: int, kind: str, body: b.Body) -> None:
        """An officer says something through the station; it is kept, and not folded yet."""
        holder = Holder(party=self.officers[number], purpose="session", known_by=KnownBy.SESSION)
        speaker = self.station.desk.speaker(holder)
        role = ",".join(sorted(role.value for role in speaker.roles))
        attests = Attests(
            party=speaker.party, name=speaker.name, role=role, channel="page", known_by=speaker.known_by.value
        )
        said = self.station.identity.say(kind, body, now_ms=self.clock.now, case=self.case.id, attests=attests)
        judged = self.station.judge.judge_own(said, msgspec.structs.replace(speaker, attested=True))
        await self.station.intake.keep(judged, now_ms=self.clock.now)

    async def called(self) -> None:
        """A flood that needs 40 Gbit/s of filtering, and an officer who has charge."""
        needs = (b.NeedAsk(line=NeedLine.FILTERING, quantity=40),)
        details = b.CallDetails(natures=(2,), needs=needs)
        await self.say("caller", "called", b.Called(call=b"call-one", details=details))
        await self.work()
        await self.officer_says(0, "acknowledged", b.Acknowledged())
        await self.work()

    async def work(self, ms: int = 0) -> None:
        """Let time pass; then the worker does everything that waits."""
        self.clock.now += ms
        await self.station.fold_all()

    def judged(self) -> Sequence[tuple[str, str]]:
        """Everything folded into the case, in folding order, with how it was judged."""
        rows = [entry for entry in self.store.entries if entry.case == self.case.id]
        return [(entry.kind, entry.verdict) for entry in sorted(rows, key=lambda entry: (entry.place, entry.seq))]
