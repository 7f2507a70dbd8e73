"""The pager over a journal in memory: what goes first, what holds up nobody, and what nobody needs any more."""

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from esos.case.event import Audience, Page, Reason
from esos.case.model import Case, encode_case
from esos.case.parts import Lease
from esos.errors import Busy
from esos.message.card import Contact
from esos.message.roster_bodies import RosterSet
from esos.roster.fold import Roster
from esos.station.constituencies import Constituencies
from esos.station.contacts import Contacts
from esos.station.page_lanes import MEMBERS, OFFICERS, STRANGERS, lane_of
from esos.station.pager import GATHER_MS, LANE_MAX, RECIPIENT_MAX, Pager
from esos.station.paging import PageOrder, parcels_for
from esos.station.ports import PageMessage, Sent
from esos.station.records import CaseRecord, Folding, Parcel
from esos.station.tokens import Tokens
from esos.station.tongues import Tongues
from esos.words.life import Life, Verification
from esos.words.realm import Realm
from esos.words.urgency import Urgency

sys.path.insert(0, str(Path(__file__).parent.parent))

from doubles.case_play import RULES
from doubles.memory_journal import MemoryJournal, MemoryStore

pytestmark = pytest.mark.anyio
CASE = b"case".ljust(16)
MINUTE_MS = 60_000


class Time:
    """A clock that a test winds."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms


class Way:
    """A channel that keeps what it was handed; it can hang, or be out of reach."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self.handed: list[PageMessage] = []
        self.hangs = self.is_dead = False
        self.most = self.now = 0
        self.released = asyncio.Event()

    def let_go(self) -> None:
        """What hangs goes on, and nothing hangs any more."""
        self.hangs = False
        self.released.set()

    async def send(self, page: PageMessage) -> Sent:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.hangs:
                await self.released.wait()
            if self.is_dead:
                raise Busy("paging.unreachable", "It is dead.")
        finally:
            self.now -= 1
        self.handed.append(page)
        return Sent(provider=self.scheme, detail="taken")

    async def close(self) -> None:
        """Nothing is held."""


async def until(ask) -> None:
    while not ask():
        await asyncio.sleep(0)


class Rig:
    """A pager with two channels, and cases and pages for it."""

    def __init__(self) -> None:
        self.time, self.mail, self.file = Time(), Way("mail"), Way("file")
        self.journal = MemoryJournal(MemoryStore())
        tokens = Tokens(journal=self.journal, dice=None, clock=self.time, link_key=b"k" * 32)
        self.pager = Pager(
            journal=self.journal,
            tokens=tokens,
            tongues=Tongues(journal=self.journal, directory=SimpleNamespace(members={})),
            channels={"mail": self.mail, "file": self.file},
            clock=self.time,
            station_name="Example Watch",
            base_url=lambda: "http://station.example",
            is_exercise=True,
            holder="pager",
        )

    async def save(self, *parcels: Parcel, case: Case | None = None) -> None:
        version, record = 0, None
        if case is not None:
            known = await self.journal.case(case.id)
            version, record = known.version if known else 0, record_of(case)
        [kept] = await self.journal.save([folding(record, version, parcels)], now_ms=self.time.ms)
        assert kept

    async def orders(self, case: Case, *pages: Page, contact: Contact | None = None) -> None:
        """Pages of a case to one officer by mail."""
        found = [
            parcel
            for page in pages
            for parcel in parcels_for(page, case, directory(contact or MAIL), now_ms=self.time.ms)
        ]
        await self.save(*found, case=case)

    @asynccontextmanager
    async def at_work(self):
        """The pager going on in the background, until the block ends."""
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            going = group.create_task(self._go_on(group))
            yield
            self.mail.let_go()
            going.cancel()

    async def _go_on(self, group: asyncio.TaskGroup) -> None:
        while True:
            self.is_quiet = not await self.pager.run_once(group)
            await asyncio.sleep(0)

    async def turns(self) -> None:
        """Turns of the pager until it has nothing left to do now."""
        self.is_quiet = False
        async with self.at_work():
            await until(lambda: self.is_quiet)

    async def fates(self, state: str) -> list[str]:
        return [record.error for record in await self.journal.parcels(state=state)]


MAIL = Contact(channel="mail", address="a@station.example")


class Officer(msgspec.Struct):
    name: str
    contacts: tuple[Contact, ...]
    roles: tuple[str, ...] = ("officer",)
    station: str = ""


class Directory(msgspec.Struct):
    officers: dict[str, Officer]
    roster: Roster
    members: dict[str, object]
    contacts: Contacts
    rung: frozenset[str]
    constituencies: Constituencies


def directory(contact: Contact) -> Directory:
    roster = Roster(rules=RosterSet(watch=("a",)))
    return Directory(
        officers={"a": Officer("A", (contact,))},
        roster=roster,
        members={},
        contacts=Contacts(),
        rung=frozenset(),
        constituencies=Constituencies(),
    )


def folding(case: CaseRecord | None, version: int, parcels: tuple[Parcel, ...]) -> Folding:
    return Folding(
        route="", fence=0, case=case, expected_version=version, verdicts=(), said=(), due=(), parcels=parcels
    )


def case_of(caller: str, case_id: bytes = CASE, **changes) -> Case:
    values = {"home": "station", "caller_name": "Harbour Hospital", "life": Life.ARRIVED, "urgency": Urgency.MAYDAY}
    return Case(id=case_id, realm=Realm.EXERCISE, caller=caller, rules=RULES, **(values | changes))


def record_of(case: Case) -> CaseRecord:
    return CaseRecord(
        id=case.id,
        caller=case.caller,
        version=1,
        life=case.life.value,
        is_open=case.is_open,
        urgency=case.urgency.value,
        concern="distress",
        holder=case.lease.holder if case.lease else "",
        page_code="ABC",
        opened_ms=1,
        updated_ms=1,
        blob=encode_case(case),
    )


def plain(number: int, *, channel: str = "mail", who: str = OFFICERS, rank: int = 0, address: str = "") -> Parcel:
    """A page of no case."""
    to = address or f"{number}@station.example"
    order = PageOrder(
        reason="concern_up", says="concern_up", audience="watch", party="", name="", channel=channel, address=to, case=CASE,
        caller_name="c", urgency=tuple(Urgency)[rank].value,
    )  # fmt: skip
    return Parcel(
        id=number.to_bytes(16), case=None, kind="page", not_before_ms=0, blob=msgspec.msgpack.encode(order),
        lane=f"{channel}/{who}", rank=rank, recipient=to.encode(),
    )  # fmt: skip


WATCH = Page(audience=Audience.WATCH, reason=Reason.WATCH_DUE)
NEIGHBOUR = Page(audience=Audience.NEIGHBOUR, reason=Reason.NEIGHBOUR_DUE)


# ------------------------------------------------------------------------------------------ nobody holds up another
async def test_a_channel_that_hangs_holds_up_no_page_by_another():
    rig = Rig()
    rig.mail.hangs = True
    await rig.save(*(plain(number) for number in range(300)))
    async with rig.at_work():
        await until(lambda: rig.mail.now == LANE_MAX)
        await rig.save(plain(999, channel="file"))
        await until(lambda: rig.file.handed)
        assert rig.mail.most == LANE_MAX


async def test_an_officer_s_page_does_not_wait_for_members_pages_by_the_same_channel():
    rig = Rig()
    rig.mail.hangs = True
    await rig.save(*(plain(number, who=MEMBERS) for number in range(300)))
    async with rig.at_work():
        await until(lambda: rig.mail.now == LANE_MAX)
        rig.mail.hangs = False
        await rig.save(plain(999))
        await until(lambda: rig.mail.handed)
        assert rig.mail.handed[0].address == "999@station.example"


async def test_one_address_that_hangs_does_not_take_all_of_its_channel():
    rig = Rig()
    rig.mail.hangs = True
    await rig.save(*(plain(number, address="hangs@station.example") for number in range(100)))
    async with rig.at_work():
        await until(lambda: rig.mail.now == RECIPIENT_MAX)
        rig.mail.hangs = False
        await rig.save(plain(999))
        await until(lambda: rig.mail.handed)
        assert rig.mail.handed[0].address == "999@station.example"


async def test_the_gravest_page_goes_before_all_that_waited_longer():
    rig = Rig()
    await rig.save(*(plain(number, rank=2) for number in range(100)))
    await rig.save(plain(999, rank=0))
    await rig.turns()
    assert len(rig.mail.handed) == 101
    assert rig.mail.handed[0].urgency == "mayday"


# -------------------------------------------------------------------------------------- what nobody needs any more
@pytest.mark.parametrize("now", ["held", "ended"])
async def test_a_page_that_says_nobody_has_the_case_is_not_sent_when_somebody_has_it(now):
    rig = Rig()
    rig.mail.is_dead = True
    await rig.orders(case_of("m1"), WATCH)
    await rig.turns()
    assert await rig.fates("waiting") == ["It is dead. (paging.unreachable)"]
    lease = Lease(holder="a", name="A", since_ms=1)
    changed = case_of("m1", lease=lease) if now == "held" else case_of("m1", life=Life.CANCELLED)
    await rig.save(case=changed)
    rig.mail.is_dead = False
    rig.time.ms += MINUTE_MS
    await rig.turns()
    assert rig.mail.handed == []
    assert await rig.fates("not_needed") == ["Somebody has the case, or it has ended."]
    assert await rig.fates("given_up") == []


async def test_each_round_of_the_ladder_takes_the_place_of_what_still_waited_for_the_same_address():
    rig = Rig()
    rig.mail.is_dead = True
    for _ in range(10):
        await rig.orders(case_of("m1"), WATCH)
        await rig.turns()
        rig.time.ms += 10
    rig.mail.is_dead = False
    rig.time.ms += MINUTE_MS
    await rig.turns()
    assert len(rig.mail.handed) == 1
    assert len(await rig.fates("not_needed")) == 9


async def test_steps_of_the_ladder_are_told_apart_by_case_and_address():
    rig = Rig()
    await rig.orders(case_of("m1"), WATCH)
    await rig.orders(case_of("m1"), WATCH, contact=Contact(channel="mail", address="b@station.example"))
    await rig.orders(case_of("m2", b"other".ljust(16)), WATCH)
    await rig.turns()
    assert len(rig.mail.handed) == 3


# ---------------------------------------------------------------------------------------------- strangers' calls
async def test_strangers_calls_are_told_in_one_page_a_minute_and_none_is_dropped():
    rig = Rig()
    ids = [f"stranger {number}".encode().ljust(16) for number in range(18)]
    await rig.orders(case_of("visitor:0", ids[0]), WATCH)
    await rig.turns()
    for number, case_id in enumerate(ids[1:], 1):
        await rig.orders(case_of(f"visitor:{number}", case_id), WATCH)
        await rig.turns()
    assert [page.title for page in rig.mail.handed] == [
        "Emergency now (mayday): somebody who says it is Harbour Hospital (not checked) is calling and nobody has taken it"
    ]
    await rig.save(case=case_of("visitor:3", ids[3], lease=Lease(holder="a", name="A", since_ms=1)))
    rig.time.ms += GATHER_MS
    await rig.turns()
    assert rig.mail.handed[1].title == "Emergency now (mayday): 17 strangers' calls wait, and no person has answered"
    assert rig.mail.handed[1].link == "http://station.example/watch"
    assert len(rig.mail.handed) == 2
    assert await rig.fates("waiting") == []
    assert await rig.fates("given_up") == []
    assert len(await rig.fates("not_needed")) == 16


async def test_a_known_caller_s_page_does_not_wait_for_strangers():
    rig = Rig()
    rig.mail.hangs = True
    for number in range(5):
        contact = Contact(channel="mail", address=f"{number}@station.example")
        case_id = f"stranger {number}".encode().ljust(16)
        await rig.orders(case_of(f"stranger:{number}", case_id), WATCH, contact=contact)
    async with rig.at_work():
        await until(lambda: rig.mail.now == 2)
        rig.mail.hangs = False
        await rig.orders(case_of("m1"), WATCH)
        await until(lambda: rig.mail.handed)
        assert rig.mail.handed[0].address == MAIL.address


async def test_after_a_page_about_strangers_failed_the_next_does_not_wait_a_minute():
    rig = Rig()
    rig.mail.is_dead = True
    await rig.orders(case_of("visitor:0"), WATCH)
    await rig.turns()
    rig.mail.is_dead = False
    rig.time.ms += GATHER_MS // 6
    await rig.turns()
    assert len(rig.mail.handed) == 1


@pytest.mark.parametrize(
    ("case", "audience", "lane"),
    [
        (case_of("m1"), Audience.WATCH, OFFICERS),
        (case_of("m1"), Audience.RESPONDER, MEMBERS),
        (case_of("visitor:1"), Audience.WATCH, STRANGERS),
        (case_of("visitor:1"), Audience.CALLER, MEMBERS),
        (case_of("visitor:1", verification=Verification.CALLED_BACK), Audience.WATCH, OFFICERS),
        (case_of("visitor:1", lease=Lease(holder="a", name="A", since_ms=1)), Audience.COORDINATOR, OFFICERS),
    ],
)
def test_a_page_waits_in_a_lane_for_those_it_concerns(case, audience, lane):
    assert lane_of(Page(audience=audience, reason=Reason.CONCERN_UP), case) == lane


async def test_a_neighbour_who_is_told_of_strangers_gets_no_link_that_it_could_not_open():
    rig = Rig()
    for number in range(2):
        case_id = f"stranger {number}".encode().ljust(16)
        await rig.orders(case_of(f"visitor:{number}", case_id), NEIGHBOUR)
    where = directory(MAIL)
    where.roster = Roster(rules=RosterSet(neighbour=(Contact(channel="mail", address="watch@nextdoor.example"),)))
    told = case_of("visitor:2", b"stranger 2".ljust(16))
    await rig.save(*parcels_for(NEIGHBOUR, told, where, now_ms=rig.time.ms), case=told)
    await rig.turns()
    links = {page.address: page.link for page in rig.mail.handed}
    assert links == {MAIL.address: "http://station.example/watch", "watch@nextdoor.example": ""}
