"""Calls through a network that loses most datagrams, while station and callers are killed: nothing heard is lost or doubled.

The real ``esos call`` and the real station, each a process of its own, over real sockets. No HTTP: only datagrams.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from live import Live, Member, founded
from lossy import Lossy, lossy_way
from rough import inside_journal, sealing_key

from esos.caller.ports import KnownStation
from esos.message.bodies import Called
from esos.message.card import HomeStation
from esos.message.packet import parse_header
from esos.message.reading import read_any
from esos.vault.callbook import DiskCallBook
from esos.vault.keyfile import write_key

PROGRAM = (sys.executable, "-m", "esos.cli.main")
AT_ONCE = 8
"""How many callers call at the same time, of so many calls."""
CALLER_LIVES_SECONDS = (0.4, 1.5)
"""How long a caller's program lives before it is killed, counted from its start."""
CALLER_KILLS = 1
STATION_LIVES_SECONDS = (4.0, 10.0)
WAIT_SECONDS = 60
GENEROUS_SECONDS = 240
ARRIVED, NOT_DELIVERED = 0, 4
TRIES = 10
"""How often a person resumes a call that nobody answered within the wait; each begins with a new burst."""


@dataclass(slots=True)
class Caller:
    """A member at a command line, who knows its station by datagram only."""

    folder: Path
    member: Member
    ended: list[dict] = field(default_factory=list)
    kills: int = 0

    @property
    def key(self) -> Path:
        return self.folder / "own.key"

    @property
    def book(self) -> DiskCallBook:
        return DiskCallBook(self.key)

    def records(self):
        return self.book.calls()

    async def esos(self, *arguments: object, kill_after_s: float | None = None) -> tuple[int, str, str]:
        """A command, perhaps killed: its exit code, and what it wrote."""
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "ESOS_KEY": str(self.key)}
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, *map(str, arguments), env=surroundings, cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        talking = asyncio.ensure_future(process.communicate())
        if kill_after_s is not None:
            await asyncio.wait({talking}, timeout=kill_after_s)
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
        async with asyncio.timeout(GENEROUS_SECONDS):
            out, err = await talking
        self.kills += process.returncode == -signal.SIGKILL
        return process.returncode, out.decode(), err.decode()

    async def call(self, *more: object, kills: tuple[float, ...] = ()) -> dict:
        """One call, resumed after every kill until a station has it; its result."""
        before = {record.call for record in self.records()}
        always = ("--until", "arrived", "--wait", WAIT_SECONDS, "--json")
        for lives_s in (*kills, *(None,) * TRIES):
            mine = [record for record in self.records() if record.call not in before]
            verb = ("call", "--resume", mine[0].call.hex()) if mine else ("call", "--nature", "flooding", *more)
            code, out, err = await self.esos(*verb, *always, kill_after_s=lives_s)
            if code not in {-signal.SIGKILL, NOT_DELIVERED}:
                assert code == ARRIVED, err
                self.ended.append(json.loads(out.splitlines()[-1]))
                return self.ended[-1]
        raise AssertionError


async def callers_of(live: Live, folder: Path, way: Lossy) -> list[Caller]:
    """Every member with its key, and with the station pinned as in peace time: by an address of the lossy network."""
    found = []
    us = live.identity
    home = HomeStation(kid=us.kid, public=us.public, realm=us.realm, name=us.name, udp=(f"127.0.0.1:{way.port}",))
    async with httpx.AsyncClient(base_url=live.http, timeout=20) as client:
        for number, member in enumerate(live.members):
            who = Caller(folder=folder / f"caller-{number}", member=member)
            who.folder.mkdir()
            write_key(who.key, member.key)
            sealing = await sealing_key(client, live, member.key)
            who.book.pin(KnownStation(home=home, origin=live.identity.origin, sealing_key=sealing))
            found.append(who)
    return found


async def _keep_killing(live: Live, chance: random.Random) -> None:
    """The station dies and comes back, again and again, until this is cancelled."""
    while True:
        await asyncio.sleep(chance.uniform(*STATION_LIVES_SECONDS))
        await asyncio.to_thread(live.kill)
        await asyncio.to_thread(live.start)


async def _all_call(callers: list[Caller], calls: int, chance: random.Random) -> None:
    """So many calls, a few at a time; about half of the programs are killed on the way."""
    places, waiting = asyncio.Semaphore(AT_ONCE), calls

    async def one(caller: Caller, times: int) -> None:
        for _ in range(times):
            kills = tuple(chance.uniform(*CALLER_LIVES_SECONDS) for _ in range(chance.randint(0, CALLER_KILLS)))
            async with places:
                await caller.call(kills=kills)

    async with asyncio.TaskGroup() as group:
        for number, caller in enumerate(callers):
            group.create_task(one(caller, waiting // len(callers) + (number < waiting % len(callers))))


async def _play(live: Live, folder: Path, *, calls: int, seed: int) -> list[Caller]:
    chance = random.Random(seed)
    async with lossy_way(lambda: live.udp if live.process else "", loss=0.8, seed=seed) as way:
        callers = await callers_of(live, folder, way)
        killing = asyncio.ensure_future(_keep_killing(live, chance))
        try:
            await _all_call(callers, calls, chance)
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
        _numbers_were_kept_before_they_were_used(way, callers)
        print(f"{way.lost} datagrams lost, {way.passed} passed; {sum(one.kills for one in callers)} callers killed")
    return callers


def _numbers_were_kept_before_they_were_used(way: Lossy, callers: list[Caller]) -> None:
    """Of all that ever left, no number stands for two packets, and each is in the book of its caller, killed or not."""
    assert {len(packets) for packets in way.packets.values()} == {1}
    books = {(caller.member.key.kid, one.call): one.sequence for caller in callers for one in caller.records()}
    for raw in way.packets:
        header = parse_header(raw)
        assert header.sequence <= books[header.kid, header.call]


async def _judge(live: Live, callers: list[Caller], calls: int) -> None:
    async with inside_journal(live) as station:
        async with asyncio.timeout(60):  # the station that was killed last holds its lease for a while
            while await station.journal.oldest_inbox_ms() is not None:
                await station.fold_all()
                await asyncio.sleep(0.1)
        entries = await station.journal.read(limit=1_000_000)
        stored = Counter(entry.id.hex() for entry in entries)
        assert set(stored.values()) == {1}, "a statement is stored twice"
        ended = [one["statement"] for caller in callers for one in caller.ended]
        believed = [one.statement.hex() for caller in callers for one in caller.records() if one.state != "calling"]
        assert len(ended) == calls
        assert set(ended) | set(believed) <= stored.keys(), "an acknowledged call is lost"
        cases, times = defaultdict(set), Counter()
        for entry in entries:
            statement = read_any(entry.cose)
            if isinstance(statement.body, Called):
                assert entry.verdict == "applied"
                cases[statement.author].add(entry.case)
                times[statement.author, statement.body.call] += 1
        assert set(times.values()) == {1}, "a call is there twice"
        assert {len(found) for found in cases.values()} == {1}, "a caller has two cases"
        assert len(cases) == min(calls, len(callers))


@pytest.mark.parametrize(
    ("calls", "members"),
    [
        pytest.param(8, 8, marks=[pytest.mark.nightly, pytest.mark.timeout(420)]),
        pytest.param(500, 50, marks=[pytest.mark.nightly, pytest.mark.timeout(7_200)]),
    ],
)
def test_station_and_callers_are_killed_in_eighty_percent_loss_and_no_acknowledged_call_is_lost_or_doubled(
    tmp_path, calls, members
):
    live = founded(tmp_path / "home", members=members).start()
    try:
        callers = asyncio.run(_play(live, tmp_path, calls=calls, seed=2026))
        assert sum(caller.kills for caller in callers) >= calls // 8
    finally:
        live.kill()
    asyncio.run(_judge(live, callers, calls))


# --------------------------------------------------------------------------------------- one station, one caller
@pytest.fixture(scope="module")
def live(tmp_path_factory):
    one = founded(tmp_path_factory.mktemp("loss") / "home", members=2).start()
    yield one
    one.kill()


def case_of(live: Live, caller: Caller) -> dict:
    """The one case of this caller, as an officer sees it."""
    with live.client(live.officers[0].token) as client:
        rows = client.get("/api/v1/cases").json()["cases"]
        (row,) = [row for row in rows if row["caller"] == caller.member.id]
        return client.get(f"/api/v1/cases/{row['case']}").json()


SITREP = "\n".join(("C: Most is down.", *(f"Server {number * 7919 % 100_003} is encrypted." for number in range(50))))


@pytest.mark.nightly  # a long report in loss takes its time
@pytest.mark.timeout(300)
def test_a_situation_report_arrives_by_datagrams_alone_though_its_caller_is_killed_and_half_of_them_are_lost(
    live, tmp_path
):
    async def play() -> Caller:
        async with lossy_way(lambda: live.udp, loss=0.5, seed=7) as way:
            caller, _ = await callers_of(live, tmp_path, way)
            (caller.folder / "report.txt").write_text(SITREP)
            await caller.call("--sitrep", "report.txt", kills=(6.0,))
            later = ("sitrep", "--section", "I=We cut the line at 03:10", "--json")
            code, out, err = await caller.esos(*later)
            assert code == 0, err
            assert json.loads(out.splitlines()[-1]) == {"told": [], "by_packets": True, "left_out": []}
            return caller

    caller = asyncio.run(play())
    (record,) = caller.records()
    assert len(record.more) >= 3
    assert caller.ended[-1]["more_left"] == 0
    assert case_of(live, caller)["sections"] == {"C": SITREP.removeprefix("C: "), "I": "We cut the line at 03:10"}


@pytest.mark.timeout(300)
def test_a_caller_whose_address_is_translated_anew_in_mid_call_is_answered_at_its_new_one(live, tmp_path):
    """First nothing comes back, so that the caller is known by its old address only; then its NAT gives it another."""

    async def play() -> tuple[Caller, Lossy]:
        async with lossy_way(lambda: live.udp, loss=0.0, seed=3) as way:
            _, caller = await callers_of(live, tmp_path, way)
            way.deaf = True
            calling = asyncio.ensure_future(caller.call())
            async with asyncio.timeout(GENEROUS_SECONDS):
                while not way.dropped_back:
                    await asyncio.sleep(0.05)
                way.rebind()
                way.deaf = False
                await calling
            return caller, way

    caller, way = asyncio.run(play())
    assert way.rebound == 1
    assert caller.ended[-1]["state"] == "arrived"
    assert case_of(live, caller)["state"] == "arrived"
