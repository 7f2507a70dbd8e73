"""The HTTP door when it is full, slow or deaf: who gets in, who makes room, and what the log says of it."""

import asyncio
import logging
import socket
import subprocess
import sys
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.response import Stream

from esos.web.connection import Deadlines
from esos.web.crowd import Crowd, CrowdLimits
from esos.web.serving import KEPT_FILES_COUNT, Seldom, crowd_limits, server_of
from esos.web.sockets import listening_socket, url_of

pytestmark = pytest.mark.anyio
LIBERAL = Deadlines(header=60, body=60, take=60)


class Visitor:
    def __init__(self, address: str = "") -> None:
        self.address = address
        self.has_gone = False

    def make_room(self) -> None:
        self.has_gone = True


# ---------------------------------------------------------------------------------------------- who may stay
def test_a_full_door_lets_the_next_one_in_for_the_one_that_was_silent_longest():
    crowd = Crowd(CrowdLimits(total_max=3))
    first, second, third, fourth = (Visitor() for _ in range(4))
    assert all(crowd.enter(one) for one in (first, second, third))
    crowd.is_served(first)
    assert crowd.enter(fourth)
    assert [one.has_gone for one in (first, second, third, fourth)] == [False, True, False, False]
    assert crowd.counters == {"open": 3, "refused": 0, "dropped": 1, "slow": 0}


def test_who_has_been_answered_counts_as_silent_from_then():
    crowd = Crowd(CrowdLimits(total_max=2))
    first, second = Visitor(), Visitor()
    assert crowd.enter(first)
    assert crowd.enter(second)
    crowd.is_served(first)
    crowd.is_waited_for(first)
    assert crowd.enter(Visitor())
    assert (first.has_gone, second.has_gone) == (False, True)


def test_where_everybody_is_being_served_the_next_one_is_refused_and_counted():
    crowd = Crowd(CrowdLimits(total_max=1))
    served, late = Visitor(), Visitor()
    assert crowd.enter(served)
    crowd.is_served(served)
    assert not crowd.enter(late)
    crowd.leave(late)
    assert crowd.counters == {"open": 1, "refused": 1, "dropped": 0, "slow": 0}
    crowd.leave(served)
    assert crowd.enter(late)


def test_when_the_door_closes_whoever_is_still_speaking_goes_and_who_is_being_served_stays():
    crowd = Crowd(CrowdLimits(total_max=4))
    speaking, served = Visitor(), Visitor()
    assert crowd.enter(speaking)
    assert crowd.enter(served)
    crowd.is_served(served)
    assert crowd.busy_percent == 25
    crowd.send_off()
    assert (speaking.has_gone, served.has_gone) == (True, False)
    assert crowd.counters["open"] == 1


def test_one_address_fills_its_own_share_only():
    crowd = Crowd(CrowdLimits(total_max=100, per_address_max=2))
    others, ours = [Visitor("192.0.2.1") for _ in range(5)], [Visitor("192.0.2.2") for _ in range(2)]
    assert all(crowd.enter(one) for one in [*ours, *others])
    assert [one.has_gone for one in others] == [True, True, True, False, False]
    assert not any(one.has_gone for one in ours)


def test_this_machine_s_own_connections_have_no_share_of_one_address():
    crowd = Crowd(CrowdLimits(total_max=100, per_address_max=2))
    assert all(crowd.enter(Visitor()) for _ in range(50))
    assert crowd.counters["open"] == 50


@pytest.mark.parametrize("open_files", [64, 256, 1_024, 8_192])
def test_connections_never_take_all_the_files_of_the_process(open_files):
    most = crowd_limits(wanted=CrowdLimits(), open_files=open_files).total_max
    assert 1 <= most <= open_files - min(KEPT_FILES_COUNT, open_files // 2)
    assert most <= CrowdLimits().total_max


@pytest.mark.parametrize(("soft", "hard", "now"), [(64, 512, 512), (300, 300, 300)])
def test_the_process_asks_for_as_many_open_files_as_it_may_have(soft, hard, now):
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        "from esos.web.serving import raise_open_files;"
        "print(raise_open_files(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(now), str(now), str(hard)]


# ------------------------------------------------------------------------------------------- real connections
@get("/ok")
async def ok() -> str:
    return "ok"


@post("/take")
async def take(request: Request) -> str:
    return str(len(await request.body()))


@get("/much")
async def much() -> Stream:
    async def pour():
        while True:
            yield b"x" * 65_536
            await asyncio.sleep(0)

    return Stream(pour())


@asynccontextmanager
async def serving(limits: CrowdLimits, deadlines: Deadlines):
    """A real server; gives its crowd and where it listens."""
    sock, crowd = listening_socket("127.0.0.1:0"), Crowd(limits)
    server = server_of(Litestar([ok, take, much]), crowd, deadlines)
    running = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield crowd, url_of(sock)
    finally:
        server.should_exit = True
        await running


async def spoken(url: str, said: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has said this and nothing more."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(said)
    await writer.drain()
    return reader, writer


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What it still got to hear before it was ended."""
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionResetError:
        return b""


async def until(ask) -> None:
    async with asyncio.timeout(30):
        while not ask():
            await asyncio.sleep(0.02)


HALVES = {
    "nothing": b"",
    "half a header": b"GET /ok HT",
    "half a body": b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{",
    "half a body that nobody wants": b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{",
    "half a second header": b"GET /ok HTTP/1.1\r\nHost: x\r\n\r\nGET /ok HT",
}


@pytest.mark.parametrize("half", HALVES)
async def test_whoever_does_not_say_the_rest_is_ended_however_it_drips(half):
    async with serving(CrowdLimits(), Deadlines(header=0.6, body=0.6, take=60)) as (crowd, url):
        reader, writer = await spoken(url, HALVES[half])

        async def drip() -> None:
            while HALVES[half]:
                writer.write(b" ")
                await asyncio.sleep(0.1)

        dripping = asyncio.create_task(drip())
        await ended(reader)
        dripping.cancel()
        await until(lambda: crowd.counters["open"] == 0)
        assert crowd.counters["slow"] == 1
        writer.close()


async def test_a_reader_that_takes_nothing_is_ended():
    async with serving(CrowdLimits(), Deadlines(header=60, body=60, take=0.5)) as (crowd, url):
        host, _, port = url.removeprefix("http://").rpartition(":")
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        await asyncio.get_running_loop().run_in_executor(None, deaf.connect, (host, int(port)))
        deaf.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: crowd.counters["slow"] == 1)
        await until(lambda: crowd.counters["open"] == 0)
        deaf.close()


async def test_an_answer_comes_through_a_door_full_of_silent_connections():
    async with serving(CrowdLimits(total_max=20), LIBERAL) as (crowd, url):
        silent = [await spoken(url, b"GET /ok HT") for _ in range(60)]
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            for _ in range(5):
                assert (await client.get("/ok")).text == "ok"
        assert crowd.counters["open"] <= 20
        assert crowd.counters["dropped"] >= 40
        assert crowd.counters["refused"] == 0
        assert b"408" in await ended(silent[0][0])
        for _, writer in silent:
            writer.close()


async def test_where_nobody_is_silent_a_connection_is_refused_aloud():
    async with serving(CrowdLimits(total_max=1), LIBERAL) as (crowd, url):
        _, writer = await spoken(url, b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: len(crowd._busy) == 1)
        refused, other = await spoken(url, b"")
        assert (await ended(refused)).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert crowd.counters["refused"] == 1
        for one in (writer, other):
            one.close()


async def test_one_connection_serves_many_requests():
    async with serving(CrowdLimits(), Deadlines(header=60, body=60, take=60)) as (crowd, url):
        reader, writer = await spoken(url, b"")
        for _ in range(3):
            writer.write(b"GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(30):
                assert await reader.readuntil(b"\r\n\r\nok")
        assert crowd.counters == {"open": 1, "refused": 0, "dropped": 0, "slow": 0}
        writer.close()


# ---------------------------------------------------------------------------------------------------- the log
def test_a_line_that_repeats_is_written_once_with_how_often_it_was_held_back(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("esos.web.serving.time.monotonic", lambda: now[0])
    seldom, written = Seldom(), []
    for second in range(121):
        now[0] = 100.0 + second
        record = logging.LogRecord("asyncio", logging.ERROR, "", 0, f"no more files\nsocket {second}", (), None)
        if seldom.filter(record):
            written.append(record.getMessage())
    assert [line.partition("\n")[0] for line in written] == ["no more files"] * 3
    assert written[1].endswith("(and 59 times since this was last written)")
    other = logging.LogRecord("asyncio", logging.ERROR, "", 0, "something else", (), None)
    assert seldom.filter(other)
