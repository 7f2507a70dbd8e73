"""A station's side of its strangers' door, with a process that does what it should not, and the real one."""

import asyncio
import os
import signal
import socket
import subprocess
import sys

import msgspec
import pytest

from esos.carriers import stranger_link
from esos.carriers.stranger_link import StrangersLink
from esos.carriers.stranger_words import Handed, Task
from esos.carriers.udp_book import AckInfo
from esos.errors import Busy, Conflict
from esos.message.packet_codes import AckState
from esos.message.stranger_packet import read_cookie, station_private, write_ask
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
TASK = Task(address="127.0.0.1:0", station=b"station1", realm=Realm.REAL, private=station_private(b"m" * 32))
LISTENS = 'import sys, time\nsys.stdin.readline()\nprint(\'{"type":"listening","udp":"127.0.0.1:9"}\', flush=True)\n'
HANDED = 'print(\'{"type":"handed","number":7,"call":"aGVscA==","public":"aGVscA=="}\', flush=True)\n'


@pytest.fixture
def process(monkeypatch):
    """Replaces the door's process by a few lines of Python."""
    monkeypatch.setattr(stranger_link, "AGAIN_SECONDS", 0.01)

    def replace(lines):
        monkeypatch.setattr(stranger_link, "COMMAND", (sys.executable, "-S", "-c", lines))

    return replace


async def committed(_):
    return AckInfo(state=AckState.COMMITTED, at_ms=1)


async def until(claim, seconds=30.0):
    async with asyncio.timeout(seconds):
        while not claim():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("", "station.strangers_failed"),
        ("print('hello')", "station.strangers_failed"),
        (
            'print(\'{"type":"refused","code":"station.address_taken","detail":"Taken.","hint":""}\')',
            "station.address_taken",
        ),
    ],
)
async def test_a_process_that_does_not_listen_is_said_when_the_station_starts(process, lines, code):
    process(lines)
    with pytest.raises(Conflict) as refusal:
        async with StrangersLink(TASK, committed).open():
            pass
    assert refusal.value.code == code


@pytest.mark.parametrize("end", ["sys.exit(3)", "print('no JSON', flush=True); time.sleep(60)"])
async def test_a_process_that_ends_or_talks_nonsense_is_followed_by_another(process, end):
    process(LISTENS + end)
    async with StrangersLink(TASK, committed).open() as link:
        pids = {link.pid}
        await until(lambda: len(pids | {link.pid} - {0}) > 1 or pids.add(link.pid or min(pids)))
        assert link.udp == "127.0.0.1:9"
    assert not link.is_open


async def test_a_process_that_is_silent_for_too_long_is_killed(process, monkeypatch):
    monkeypatch.setattr(stranger_link, "HUNG_SECONDS", 0.1)
    process(LISTENS + "time.sleep(60)")
    async with StrangersLink(TASK, committed).open() as link:
        first = link.pid
        await until(lambda: link.pid not in {0, first})
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        (None, '"state":1,"at_ms":1'),
        (Busy("stranger.busy", "Too many."), '"refused":"stranger.busy"'),
        (ZeroDivisionError(), '"refused":"stranger.call_failed"'),
    ],
)
async def test_each_call_gets_its_answer_whatever_became_of_it(process, tmp_path, trouble, answer):
    heard = tmp_path / "heard"
    process(LISTENS + HANDED + f"open({str(heard)!r}, 'w').write(sys.stdin.readline())\ntime.sleep(60)")
    handed = []

    async def take(one):
        handed.append(one)
        if trouble:
            raise trouble
        return await committed(one)

    async with StrangersLink(TASK, take).open():
        await until(lambda: heard.exists() and answer in heard.read_text().replace(" ", ""))
    assert handed == [Handed(number=7, call=b"help", public=b"help")]


async def test_one_call_at_a_time_is_in_the_stations_hands(process):
    process(LISTENS + HANDED * 5 + "time.sleep(60)")
    now, most, done = [], [], []

    async def take(one):
        now.append(one)
        most.append(len(now))
        await asyncio.sleep(0.01)
        now.pop()
        done.append(one)
        return await committed(one)

    async with StrangersLink(TASK, take).open():
        await until(lambda: len(done) == 5)
    assert max(most) == 1


async def test_counts_go_on_over_the_processes_and_news_that_nobody_reads_are_bounded(process, monkeypatch):
    monkeypatch.setattr(stranger_link, "UNREAD_MAX_BYTES", 1_000)
    counted = 'print(\'{"type":"counted","counters":{"door.opened":3}}\', flush=True)\n'
    process(LISTENS + counted + "time.sleep(60)")
    async with StrangersLink(TASK, committed).open() as link:
        await until(lambda: link.figures().get("door.opened") == 3)
        for _ in range(5_000):
            link.tell(kid=bytes(8), call=bytes(8), info=AckInfo(state=AckState.ASSIGNED, at_ms=1))
        assert link.figures()["stranger.news_left_out"] > 0
        first = link.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: link.pid not in {0, first} and link.figures()["door.opened"] == 6)


async def test_the_real_process_gives_cookies_and_comes_back_at_the_same_port_after_a_kill(process, monkeypatch):
    async with StrangersLink(TASK, committed).open() as link:
        where, first = link.udp, link.pid
        await until(lambda: gives_cookie(where))
        os.kill(first, signal.SIGKILL)
        await until(lambda: link.pid not in {0, first} and gives_cookie(where), 60)
        assert link.udp == where
        await until(lambda: link.figures().get("stranger.cookie_given"))
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


async def test_an_address_that_is_taken_is_said_by_the_real_process():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        task = msgspec.structs.replace(TASK, address=f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Conflict) as refusal:
            async with StrangersLink(task, committed).open():
                pass
    assert refusal.value.code == "station.address_taken"


def test_what_the_process_logs_is_no_news_to_the_station():
    lines = (
        "from esos.carriers import stranger_process, udp_door\n"
        "stranger_process.log_aside()\n"
        "udp_door._log.warning('udp_batch_failed', calls=1)\n"
    )
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    assert "udp_batch_failed" in done.stderr


def gives_cookie(where):
    host, _, port = where.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.3)
        sock.connect((host, int(port)))
        try:
            sock.send(write_ask(b"nonceabc", 240))
            return read_cookie(sock.recv(2_048), b"nonceabc")
        except OSError:
            return None
