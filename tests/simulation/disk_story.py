"""A life of a journal, told to the real one while its disk is recorded: everything a station writes, in small pieces.

After each transaction that the journal calls durable, all rows of all tables are written down beside the steps
of the disk. That is what any later loss of power has to leave behind.
"""

import asyncio
import hashlib
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from disk_recorder import History

from esos.station.records import (
    Admitted,
    CaseRecord,
    Due,
    Folding,
    Leaf,
    Parcel,
    ParcelOutcome,
    Room,
    RouteWork,
    Said,
    TokenRecord,
    Verdict,
)
from esos.storage import SqlJournal
from esos.storage.writer import Writer

NAME = "journal.sqlite"
ROUTES = ("case:aa", "case:bb", "caller:stranger:cc", "register", "")
BODY_MAX_BYTES = 9_000
LEASE_MS = 10

Rows = dict[str, tuple]
"""All rows of a journal, by table."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The journal was opened for the first time: from here on it is there."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A transaction was called durable; the whole journal as it is after it."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """``append`` returned: these statements have these numbers for ever."""

    numbers: tuple[tuple[Admitted, int], ...]


def rows_of(driver: sqlite3.Connection) -> Rows:
    """Everything in the tables of a journal, in the order of their keys."""
    tables = [name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: tuple(driver.execute(f'SELECT * FROM "{name}"')) for name in tables}


def rows_at(path: Path) -> Rows:
    """The same of a file."""
    with closing(sqlite3.connect(path)) as driver:
        return rows_of(driver)


def case_id(route: str) -> bytes:
    """The case that a route of the story leads to."""
    return route.encode().ljust(16, b"-")


def statement(name: str, route: str, size: int = 300) -> Admitted:
    """A statement that is this one and no other."""
    digest = hashlib.sha256(name.encode()).digest()
    words = (name.encode() * (size // len(name) + 1))[:size]
    return Admitted(id=digest, kind="called", dedupe=digest, route=route, cose=words, admission=b"by")


@dataclass(slots=True)
class Story:
    """Plays rounds of a station's work on the real journal. The same seed plays the same rounds."""

    history: History
    chance: random.Random
    now_ms: int = 1
    said: int = 0
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.history.folder / NAME

    async def play(self, rounds: int) -> None:
        """Open a new journal, work, and open it again after each third of the rounds."""
        for part in range(3):
            journal = await SqlJournal.open(self.path)
            if not part:
                self.history.mark(Opened())
                self.history.mark(Committed(rows_at(self.path)))
            for _ in range(rounds // 3 or 1):
                self.now_ms += 5
                await self.work(journal)
            await journal.close()

    async def work(self, journal: SqlJournal) -> None:
        """One round: calls arrive, some together; then each part of a station has its turn."""
        await asyncio.gather(*(self.hear(journal) for _ in range(self.chance.randint(1, 3))))
        claimed = {"holder": "worker", "lease_ms": LEASE_MS, "limit": 4}
        works = await journal.claim_inbox(**claimed)
        if works:
            saved = await journal.save([self.fold(work) for work in works], now_ms=self.now_ms)
            assert all(saved)
        await journal.claim_due(**claimed, now_ms=self.now_ms)
        await self.perform(journal)
        await self.prove(journal)
        await self.remember(journal)

    async def hear(self, journal: SqlJournal) -> None:
        """Statements are appended, an old one among them at times, and acknowledged."""
        batch = [self.new_statement() for _ in range(self.chance.randint(1, 4))]
        kept = await journal.append(batch, now_ms=self.now_ms)
        pairs = zip(batch, kept, strict=True)
        self.history.mark(Acknowledged(tuple((item, one.seq) for item, one in pairs)))

    def new_statement(self) -> Admitted:
        self.said += self.chance.random() < 0.9
        route = ROUTES[self.said % len(ROUTES)]
        return statement(f"word {self.said}", route, self.said * 97 % 600 + (self.said % 17 == 0) * BODY_MAX_BYTES)

    def fold(self, work: RouteWork) -> Folding:
        """A whole save: a case with the timers, parcels, verdicts and words of just this version."""
        is_case = work.route.startswith("case:")
        version = self.versions.get(work.route, 0)
        mark = f"{work.route} version {version + 1}"
        if is_case:
            self.versions[work.route] = version + 1
        case = self.case(work.route, mark, is_open=version % 4 != 3) if is_case else None
        return Folding(
            route=work.route,
            fence=work.fence,
            case=case,
            expected_version=version if is_case else 0,
            verdicts=tuple(Verdict(seq=entry.seq, code="applied", reason=mark, place=1) for entry in work.entries),
            said=(Said(admitted=statement(f"said {mark}", work.route), code="applied", reason=mark, place=2),)
            if is_case
            else (),
            due=tuple(Due(key=f"{key} {mark}", due_ms=self.now_ms + 3) for key in ("ack", "wave")) if is_case else (),
            parcels=tuple(self.parcel(f"{mark} {number}", case) for number in range(2)) if is_case else (),
        )

    def case(self, route: str, mark: str, *, is_open: bool) -> CaseRecord:
        return CaseRecord(
            id=case_id(route),
            caller="caller",
            version=1,
            life="arrived",
            is_open=is_open,
            urgency="mayday",
            concern="distress",
            holder="",
            page_code=mark,
            opened_ms=1,
            updated_ms=self.now_ms,
            blob=mark.encode() * 40,
        )

    def parcel(self, mark: str, case: CaseRecord) -> Parcel:
        digest = hashlib.sha256(mark.encode()).digest()
        return Parcel(id=digest, case=case.id, kind="page", not_before_ms=self.now_ms, blob=mark.encode() * 10)

    async def perform(self, journal: SqlJournal) -> None:
        """Effects are claimed, and settled together."""
        claimed = await journal.claim_parcels(holder="pager", now_ms=self.now_ms, lease_ms=LEASE_MS, room=Room(lane=3))
        states = ("done", "waiting", "given_up")
        fates = [
            ParcelOutcome(id=one.parcel.id, state=states[number % 3], not_before_ms=self.now_ms + 20)
            for number, one in enumerate(claimed)
        ]
        await journal.settle_parcels(fates, now_ms=self.now_ms)

    async def prove(self, journal: SqlJournal) -> None:
        """The log grows by what has no leaf yet."""
        size, _ = await journal.checkpoint()
        found = await journal.unlogged(limit=100)
        leaves = [Leaf(index=size + at, seq=one.seq, leaf_hash=one.id, key=b"k" * 32) for at, one in enumerate(found)]
        note = f"size {size + len(leaves)}".encode()
        await journal.put_leaves(leaves, checkpoint=note, size=size + len(leaves), now_ms=self.now_ms)

    async def remember(self, journal: SqlJournal) -> None:
        """Small things beside it, and the erasure of what was closed."""
        digest = hashlib.sha256(str(self.now_ms).encode()).digest()
        token = TokenRecord(
            digest=digest, purpose="link", party="ada", expires_ms=self.now_ms + 100, once=True, blob=b""
        )
        await asyncio.gather(
            journal.put_token(token),
            journal.set_fact("turn", str(self.now_ms).encode()),
            journal.lease("sequencer", holder="one", lease_ms=LEASE_MS),
        )
        if self.chance.random() < 0.3:
            await journal.spend_token(digest, now_ms=self.now_ms)
        for route, version in self.versions.items():
            if version % 4 == 0:  # its last fold closed it
                await journal.erase_case(case_id(route), now_ms=self.now_ms)
                self.versions[route] += 1


def filled(path: Path, *numbers: int) -> None:
    """A journal with some words in it, that nobody has open."""

    async def fill() -> None:
        journal = await SqlJournal.open(path)
        await journal.append([statement(f"word {number}", "register", 900) for number in numbers], now_ms=1)
        await journal.close()

    asyncio.run(fill())


def tell_commits(monkeypatch, history: History) -> None:
    """Have every transaction that the writer calls durable written down with what the journal then holds."""
    usual = Writer.run_group

    def run_group(writer, jobs):
        done = usual(writer, jobs)
        history.mark(Committed(rows_of(writer._connection.connection.driver_connection)))
        return done

    monkeypatch.setattr(Writer, "run_group", run_group)
