"""The parent of several processes: every slot is filled, whoever dies or hangs is followed by another, all end together."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from esos.cli import several
from esos.cli.several import AGAIN_MAX_SECONDS, AGAIN_SECONDS, Parent, need_shared_store, pause_after, reserved
from esos.errors import Conflict
from esos.settings import Settings
from esos.vault.home import Home
from esos.web.sockets import listening_socket
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
WAIT_SECONDS = 60

STUB = """
import json, os, signal, sys, time
task = json.loads(sys.stdin.readline())
slot, marks = task["slot"], task["home"] + "/marks"
say = lambda **news: print(json.dumps(news), flush=True)
is_first = not os.path.exists(f"{marks}.{slot}")
open(f"{marks}.{slot}", "a").write(f"{os.getpid()} ")
if "refuses" in sys.argv and slot == 1:
    say(type="refused", code="station.address_taken", detail="It is taken.", hint="Choose another.")
    sys.exit(1)
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "slow" in sys.argv and slot == 0:
    for _ in range(80):
        time.sleep(0.1)
        say(type="beat")
say(type="ready", http="http://127.0.0.1:1", udp="", own_http=f"http://127.0.0.1:{1000 + slot}", card={})
while True:
    time.sleep(0.05)
    if not ("hangs" in sys.argv and slot == 1 and is_first):
        say(type="beat")
"""


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    made.create(name="Example Watch", realm=Realm.REAL)
    return made


@contextlib.asynccontextmanager
async def parent_of(home: Home, monkeypatch, *how: str):
    """A parent with two processes that only pretend, and the signal to stop."""
    monkeypatch.setattr(several, "PROGRAM", (sys.executable, "-c", STUB, *how))
    stop, ready = asyncio.Event(), asyncio.Event()
    settings = Settings(http="127.0.0.1:1", udp="", processes=2)
    with home.alone() as lock:
        running = asyncio.create_task(Parent(home, settings, lock).run(stop, lambda *_: ready.set()))
        await asyncio.wait({running, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        try:
            yield stop, running
        finally:
            stop.set()
            await running


def pids(home: Home) -> list[int]:
    run = home.read_run()
    return [one.pid for one in run.processes] if run else []


def marks(home: Home, slot: int) -> list[int]:
    """The pids of all processes that were ever started in a slot."""
    file = Path(f"{home.folder}/marks.{slot}")
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


async def until(ask) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not ask():
            await asyncio.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_every_process_is_named_with_the_address_of_its_own_and_all_end_together(home, monkeypatch):
    async with parent_of(home, monkeypatch) as (stop, running):
        run = home.read_run()
        assert [(one.slot, one.http) for one in run.processes] == [
            (0, "http://127.0.0.1:1000"),
            (1, "http://127.0.0.1:1001"),
        ]
        targets = json.loads((home.folder / "metrics-targets.json").read_text())
        assert [one["targets"] for one in targets] == [["127.0.0.1:1000"], ["127.0.0.1:1001"]]
        started = pids(home)
        stop.set()
        await running
    assert all(is_gone(pid) for pid in started)
    assert home.read_run() is None
    assert not (home.folder / "metrics-targets.json").exists()


async def test_a_process_that_dies_is_followed_by_another_in_its_slot(home, monkeypatch):
    async with parent_of(home, monkeypatch):
        first, second = pids(home)
        os.kill(second, signal.SIGKILL)
        await until(lambda: len(pids(home)) == 2 and second not in pids(home))
        assert pids(home)[0] == first


def test_only_a_process_that_dies_soon_after_its_start_is_followed_later_each_time():
    pauses = [AGAIN_SECONDS]
    for _ in range(8):
        pauses.append(pause_after(1.0, pauses[-1]))
    assert pauses == sorted(pauses)
    assert (pauses[1], pauses[-1]) == (2 * AGAIN_SECONDS, AGAIN_MAX_SECONDS)
    assert pause_after(30.0, pauses[-1]) == AGAIN_SECONDS, (
        "killed every half minute: no reason to leave its place empty"
    )


async def test_a_process_that_hangs_is_killed_and_followed_by_another(home, monkeypatch):
    monkeypatch.setattr(several, "HUNG_SECONDS", 1.0)
    async with parent_of(home, monkeypatch, "hangs"):
        (hung,) = marks(home, 1)[:1]
        await until(lambda: len(marks(home, 1)) > 1)
        assert is_gone(hung)


async def test_a_first_process_that_is_long_over_the_journal_is_waited_for_and_so_are_those_behind_it(
    home, monkeypatch
):
    monkeypatch.setattr(several, "READY_SECONDS", 5.0)
    async with parent_of(home, monkeypatch, "slow"):
        assert [len(marks(home, slot)) for slot in (0, 1)] == [1, 1]
        assert marks(home, 0) + marks(home, 1) == pids(home)


async def test_a_process_that_will_not_stop_is_killed(home, monkeypatch):
    monkeypatch.setattr(several, "KILL_SECONDS", 0.2)
    async with parent_of(home, monkeypatch, "stubborn"):
        started = pids(home)
    assert all(is_gone(pid) for pid in started)


async def test_what_keeps_a_process_from_starting_is_said_as_it_said_it_and_none_is_left(home, monkeypatch):
    with pytest.raises(BaseExceptionGroup) as refusal:
        async with parent_of(home, monkeypatch, "refuses"):
            pass
    found = refusal.value.subgroup(Conflict)
    assert [cause.code for cause in found.exceptions] == ["station.address_taken"]
    assert all(is_gone(pid) for pid in marks(home, 0) + marks(home, 1))


def test_a_journal_in_a_file_is_served_by_one_process_and_a_database_by_several():
    need_shared_store(Settings(processes=1))
    need_shared_store(Settings(processes=4, database="postgresql://db.example/esos"))
    with pytest.raises(Conflict) as refusal:
        need_shared_store(Settings(processes=2))
    assert refusal.value.code == "station.one_process"
    assert "PostgreSQL" in refusal.value.hint


def test_the_processes_share_an_address_that_nobody_else_has():
    with contextlib.ExitStack() as stack:
        chosen = stack.enter_context(reserved(Settings(http="127.0.0.1:0", udp="127.0.0.1:0", processes=2)))
        host, _, port = chosen.http.rpartition(":")
        assert int(port)
        assert int(chosen.udp.rpartition(":")[2])
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind((host, int(port)))
        serving = stack.enter_context(contextlib.closing(listening_socket(chosen.http, is_shared=True)))
        serving.listen()
        with pytest.raises(Conflict) as refusal, reserved(Settings(http=chosen.http, udp="", processes=2)):
            pass
        assert refusal.value.code == "station.address_taken"
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with contextlib.closing(taken):
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        udp = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Conflict), reserved(Settings(http="127.0.0.1:0", udp=udp, processes=2)):
            pass
