"""Floods and slow clients: whoever is known here does not wait behind them, and the station stops when it is told to."""

import asyncio
import contextlib
import os
import secrets
import socket
import time

import httpx
import pytest
from live import Live, founded
from rough import call_by_datagram, fresh_key, inside_journal, sealing_key, strangers_call

from esos.message import bodies as b

pytestmark = pytest.mark.timeout(180)
SLOW_CLIENTS = 100
DEAF_READERS = 30
JUNK_PER_SECOND = 5_000
JUNK_SECONDS = 3.0
STRANGERS = 3_000
GENEROUS_SECONDS = 10.0
STOP_SECONDS = 5.5


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    one = founded(tmp_path_factory.mktemp("floods") / "home", members=3)
    one.start()
    yield one
    one.kill()


def _address(live: Live) -> tuple[str, int]:
    host, _, port = live.http.removeprefix("http://").rpartition(":")
    return host, int(port)


def _answers_promptly(live: Live) -> float:
    """How long a member's call takes to be kept and folded."""
    began = time.monotonic()
    kept = live.post(live.members[0].say("called", b.Called(call=secrets.token_bytes(8))))
    assert kept.status_code == 201, kept.text
    return time.monotonic() - began


@contextlib.contextmanager
def _connections(live: Live, count: int, first: bytes):
    """So many connections that have sent this and nothing more."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            connection = stack.enter_context(contextlib.closing(socket.create_connection(_address(live), timeout=5)))
            connection.sendall(first)
            found.append(connection)
        yield found


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET /healthz HT",
        b"POST /api/v1/calls HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{",
    ],
    ids=["half a header", "half a body"],
)
def test_a_hundred_slow_clients_keep_no_caller_waiting(live, beginning):
    with _connections(live, SLOW_CLIENTS, beginning) as slow:
        for _ in range(3):
            for connection in slow:
                connection.send(b" ")
            assert _answers_promptly(live) < GENEROUS_SECONDS


def test_readers_of_events_who_never_read_hold_up_nobody(live):
    ask = f"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {live.officers[0].token}\r\n\r\n"
    with _connections(live, DEAF_READERS, ask.encode()) as deaf:
        for connection in deaf:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        slowest = max(_answers_promptly(live) for _ in range(10))
        assert slowest < GENEROUS_SECONDS
        metrics = httpx.get(f"{live.http}/metrics", timeout=20).text
        assert f"esos_event_streams_open {DEAF_READERS}.0" in metrics


def test_a_registered_call_is_acknowledged_through_thousands_of_junk_datagrams_a_second(live):
    async def play() -> tuple[float, int]:
        member = live.members[1]
        async with httpx.AsyncClient(base_url=live.http, timeout=20) as client:
            sealing = await sealing_key(client, live, member.key)
        junk = asyncio.create_task(_junk(live))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        async with asyncio.timeout(GENEROUS_SECONDS):
            heard, _ = await call_by_datagram(live, live.udp, member.key, sealing)
        took = time.monotonic() - began
        assert heard.proven
        return took, await junk

    took, sent = asyncio.run(play())
    counted = httpx.get(f"{live.http}/metrics", timeout=20).text
    print(f"{sent} junk datagrams in {JUNK_SECONDS} s; the call was acknowledged after {took * 1000:.0f} ms")
    assert sent > JUNK_PER_SECOND
    assert 'esos_door_datagrams{what="packet.' in counted
    assert _answers_promptly(live) < GENEROUS_SECONDS


async def _junk(live: Live) -> int:
    """Datagrams of no use at a steady rate: noise, and packets with the right beginning under an unknown key."""
    host, _, port = live.udp.rpartition(":")
    kinds = [os.urandom(200), b"\xe5" + os.urandom(199), os.urandom(40), b""]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        began, sent = time.monotonic(), 0
        while (elapsed := time.monotonic() - began) < JUNK_SECONDS:
            while sent < elapsed * JUNK_PER_SECOND:
                with contextlib.suppress(BlockingIOError):
                    sock.sendto(kinds[sent % len(kinds)], (host, int(port)))
                sent += 1
            await asyncio.sleep(0.005)
    return sent


def test_an_open_stream_and_a_slow_client_do_not_keep_the_station_from_stopping(live):
    ask = f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {live.officers[0].token}\r\n\r\n"
    with _connections(live, 5, ask.encode()), _connections(live, 5, b"GET /healthz HT"):
        assert live.stop() < STOP_SECONDS
    live.start()
    assert _answers_promptly(live) < GENEROUS_SECONDS


@pytest.mark.anyio
async def test_a_flood_of_strangers_delays_no_registered_call(tmp_path):
    """Intake and fold in one process: the strangers' calls are all kept first, the registered ones come last."""
    live = await asyncio.to_thread(founded, tmp_path / "home", members=20)
    async with inside_journal(live) as station:
        keys = [fresh_key() for _ in range(STRANGERS)]
        calls = [strangers_call(key, call=number.to_bytes(8)) for number, key in enumerate(keys)]
        loops = asyncio.create_task(station.run())
        kept = asyncio.gather(
            *(station.intake.take(call.raw, stranger_key=key.public) for call, key in zip(calls, keys, strict=True))
        )
        await asyncio.sleep(0.2)
        for member in live.members:
            await station.desk.submit(member.say("called", b.Called(call=b"knownone")).raw)
        waiting = await station.journal.oldest_inbox_ms()
        await kept
        while (await station.journal.oldest_inbox_ms()) is not None:
            await asyncio.sleep(0.05)
        loops.cancel()
        await asyncio.gather(loops, return_exceptions=True)
    assert waiting is not None, "every registered call was folded while strangers still waited"
