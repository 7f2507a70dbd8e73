"""Addresses that are proved, from the code that goes out to the page that may rely on it."""

import hashlib

import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.case.event import Audience, Page, Reason
from esos.errors import Busy, EsosError
from esos.keys.speaker import KnownBy
from esos.message.card import Contact
from esos.pact import shipped
from esos.station.contact_desk import RING_AGAIN_MS, ContactDesk
from esos.station.contacts import PROVEN_LASTS_MS
from esos.station.found import Founder
from esos.station.identity import StationIdentity
from esos.station.ports import PageMessage, Sent
from esos.station.station import Station
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
START_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
MAIL, CHAT, VOICE = (
    Contact(channel="mail", address="one@example.org"),
    Contact(channel="webhook", address="https://chat.example/one"),
    Contact(channel="voice", address="+44 1632 960 001"),
)


class Hand:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms


class Seeded:
    """Chance that is the same every time."""

    def __init__(self, seed: bytes = b"seed") -> None:
        self._state = seed

    def bytes(self, count: int) -> bytes:
        out = b""
        while len(out) < count:
            self._state = hashlib.sha256(self._state).digest()
            out += self._state
        return out[:count]


class Mailbox:
    """A channel that keeps what it was handed, or refuses."""

    def __init__(self, scheme: str) -> None:
        self.scheme, self.got, self.is_dead = scheme, [], False

    async def send(self, page: PageMessage) -> Sent:
        if self.is_dead:
            raise Busy("paging.unreachable", "It is dead.")
        self.got.append(page)
        return Sent(provider=self.scheme, detail="It was taken.")

    async def close(self) -> None:
        """Nothing is held."""


class Post:
    """A station with two officers, whose pages go to mailboxes here."""

    async def open(self, realm: Realm = Realm.REAL, seed: bytes = b"seed") -> "Post":
        self.clock, self.mail, self.chat = Hand(), Mailbox("mail"), Mailbox("webhook")
        self.store = MemoryStore()
        dice = Seeded(seed)
        self.station = await self.started(realm, dice)
        founder = self.founder(dice)
        await founder.publish_pact(shipped.load("club")[0])
        self.one = await founder.add_officer("Officer One", ("officer",), (MAIL, CHAT, VOICE))
        self.two = await founder.add_officer("Officer Two", ("officer", "registrar"), ())
        return self

    async def started(self, realm: Realm, dice: Seeded) -> Station:
        station = Station(
            identity=StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=realm),
            journal=await MemoryJournal.open(self.store),
            channels={"mail": self.mail, "webhook": self.chat},
            clock=self.clock,
            dice=dice,
            base_url=lambda: "http://station.example",
        )
        await station.open()
        self.desk = ContactDesk(station)
        return station

    def founder(self, dice: Seeded) -> Founder:
        one = self.station
        return Founder(
            identity=one.identity, journal=one.journal, directory=one.directory, clock=self.clock, dice=dice
        )

    async def goes_out(self) -> None:
        """Every page that may go out does."""
        import asyncio

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                await self.station.pager.run_once(group)
                await asyncio.sleep(0)
        async with asyncio.TaskGroup() as group:
            await self.station.pager.run_once(group)

    async def answers(self, page: PageMessage, **who) -> None:
        """The code of a page comes back."""
        import asyncio

        saying = asyncio.create_task(self.desk.answer(page.link.rpartition("/")[2], **who))
        while not saying.done():
            await self.station.folder.run_once(now_ms=self.clock.ms)
            self.station.signal.ring()
            await asyncio.sleep(0.001)
        await saying

    def standing(self, contact: Contact):
        return self.station.directory.contacts.standing(self.one, contact)

    def wakes(self, contact: Contact) -> bool:
        return self.standing(contact).wakes(self.clock.ms)


@pytest.fixture
async def post() -> Post:
    return await Post().open()


async def test_no_address_counts_until_its_owner_sent_the_code_back(post):
    await post.desk.confirm(post.one, by=post.two)
    await post.goes_out()
    assert not post.wakes(MAIL)
    await post.answers(post.mail.got[0])
    assert post.wakes(MAIL)
    assert not post.wakes(CHAT)


async def test_a_test_of_an_address_cannot_be_taken_for_a_call(post):
    await post.desk.ring(post.one, by=post.one)
    await post.goes_out()
    page = post.mail.got[0]
    assert page.is_test
    assert page.urgency == ""
    assert page.link.startswith("http://station.example/t/")
    assert await post.station.journal.cases() == []
