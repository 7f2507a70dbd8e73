"""A station of several processes in a drill: each is killed in turn, and another is waited for in its place."""

import asyncio
import os
import subprocess
import sys

import pytest

from esos.drill import processes as drill_processes
from esos.drill.processes import Processes
from esos.drill.supervisor import Supervisor
from esos.drill.wannacry.killer import Killer
from esos.errors import Conflict
from esos.station.drills import BeatKind
from esos.vault.home import Home, RunFile, RunningProcess

pytestmark = pytest.mark.anyio


class Slots:
    """Processes that only sleep, and the list of them that a parent writes."""

    def __init__(self, home: Home, count: int) -> None:
        self._home = home
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self.all: list[subprocess.Popen[bytes]] = []
        for slot in range(count):
            self.fill(slot)

    def fill(self, slot: int) -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.all.append(child)
        self._children[slot] = child
        self.tell()

    def tell(self) -> None:
        serving = tuple(RunningProcess(slot=slot, pid=one.pid, http="") for slot, one in self._children.items())
        self._home.write_run(RunFile(http="http://127.0.0.1:1", udp="", pid=os.getpid(), processes=serving))

    def dead(self) -> list[int]:
        return [slot for slot, one in self._children.items() if one.poll() is not None]


@pytest.fixture
def slots(tmp_path):
    made = Slots(Home(tmp_path), 2)
    yield made
    for child in made.all:
        child.kill()
        child.wait()


async def test_each_process_is_killed_in_turn_and_its_successor_is_waited_for(tmp_path, slots):
    slots.fill(2)
    host = Processes(Supervisor(tmp_path), 3)
    first = await host.kill()
    slots.all[0].wait(30)
    assert (first, slots.dead()) == (slots.all[0].pid, [0])
    waiting = asyncio.create_task(host.replace(first))
    assert await host.kill() == slots.all[1].pid, "another is killed although the first is not back"
    assert not waiting.done()
    slots.fill(0)
    await waiting
    assert await host.kill() == slots.all[2].pid
    last = asyncio.create_task(host.kill())
    await asyncio.sleep(0.3)
    assert not last.done(), "the last that serves is spared"
    slots.fill(1)
    assert await last == slots.all[3].pid, "and then it is the turn of the first slot again"


async def test_a_place_that_stays_empty_is_told(tmp_path, slots, monkeypatch):
    monkeypatch.setattr(drill_processes, "BACK_SECONDS", 0.3)
    host = Processes(Supervisor(tmp_path), 2)
    with pytest.raises(Conflict) as refused:
        await host.replace(await host.kill())
    assert refused.value.code == "drill.not_back"


class Played:
    """What a killer needs of a director, and what it told."""

    def __init__(self, host) -> None:
        self.host = host
        self.stage = type("Stage", (), {"kept": set()})()
        self.kills = self.down_ms = self.minutes = 0
        self.killed = False
        self.beats: list[BeatKind] = []
        self.progress: list[str] = []

    def beat(self, kind: BeatKind, says: str) -> None:
        del says
        self.beats.append(kind)

    def tell_progress(self, says: str) -> None:
        self.progress.append(says)

    def clock(self, minutes: int) -> str:
        return f"{minutes:02d}:00"


class PaperHost:
    """Processes on paper: each comes back only when it is let."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.killed = 0
        self.may_return = asyncio.Event()

    async def kill(self) -> int:
        self.killed += 1
        return self.killed

    async def replace(self, killed: int) -> None:
        del killed
        await self.may_return.wait()


async def until(holds) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr("esos.drill.wannacry.killer.DOWN_SECONDS", 0.0)


async def test_of_several_processes_the_next_is_killed_at_its_time_whether_or_not_the_last_is_back():
    host = PaperHost(processes=4)
    d = Played(host)
    killer = Killer(d, 0.02)
    killing = asyncio.create_task(killer.work(lambda: 0))
    await until(lambda: host.killed >= 3)
    host.may_return.set()
    await killer.end(killing)
    assert d.kills == host.killed
    assert d.beats == [BeatKind.KILLED, BeatKind.BACK]
    assert sum("is back after" in says for says in d.progress) == d.kills - 1
    assert sum("SIGKILL to" in says for says in d.progress) == d.kills - 1


async def test_a_single_process_is_let_come_back_before_it_is_killed_again_and_no_kill_is_left_half_done():
    host = PaperHost(processes=1)
    d = Played(host)
    killer = Killer(d, 0.02)
    killing = asyncio.create_task(killer.work(lambda: 0))
    await until(lambda: host.killed == 1)
    await asyncio.sleep(0.2)
    assert host.killed == 1
    ending = asyncio.create_task(killer.end(killing))
    await asyncio.sleep(0.05)
    assert not ending.done(), "the station would stay down"
    host.may_return.set()
    await ending


async def test_a_process_that_does_not_come_back_ends_the_drill(monkeypatch):
    host = PaperHost(processes=2)

    async def never(killed: int) -> None:
        raise Conflict("drill.not_back", f"Nobody serves in the place of {killed}.")

    monkeypatch.setattr(host, "replace", never)
    with pytest.raises(Conflict, match="Nobody serves"):
        await Killer(Played(host), 0.01).work(lambda: 0)
