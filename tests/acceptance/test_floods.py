"""Floods and slow clients: whoever is known here does not wait behind them, and the station stops when it is told to."""

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
import socket
import time
from pathlib import Path

import httpx
import pytest
from live import Live, founded
from rough import (
    call_by_datagram,
    dripping_service,
    fresh_key,
    give_watch_mail,
    inside_journal,
    postbox,
    sealing_key,
    strangers_call,
    watch_by,
)

from esos.message import bodies as b
from esos.message.card import Contact
from esos.station.records import Admitted
from esos.station.strangers import STRANGERS_BURST
from esos.web.settings import WebSettings

pytestmark = pytest.mark.timeout(180)
DOOR = 64
"""Connections that the station of these tests takes in at once."""
SLOW_CLIENTS = 3 * DOOR
FILES_KEPT = 256
DEAF_READERS = 10
SMALL_STATEMENTS, LARGE_STATEMENTS, LARGE_BYTES = 40_000, 300, 60_000
GROWTH_MAX_KIB = 200 * 1024
"""All large statements for each deaf reader would be 180 MB; with thirty it was a gigabyte."""
STRANGERS_BY_HTTP = 60
JUNK_PER_SECOND = 5_000
JUNK_SECONDS = 3.0
STRANGERS = 3_000
GENEROUS_SECONDS = 10.0
STOP_SECONDS = 5.5


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    one = founded(tmp_path_factory.mktemp("floods") / "home", members=3, http_connections=DOOR)
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
            connection = stack.enter_context(contextlib.closing(socket.socket()))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # before connecting: it is a promise
            connection.settimeout(20)
            connection.connect(_address(live))
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
def test_three_times_as_many_slow_clients_as_the_door_takes_keep_no_caller_out(live, beginning):
    with _connections(live, SLOW_CLIENTS, beginning) as slow:
        for _ in range(3):
            for connection in slow:
                with contextlib.suppress(OSError):  # those that made room for others
                    connection.send(b" ")
            assert _answers_promptly(live) < GENEROUS_SECONDS
        assert len(list(Path(f"/proc/{live.process.pid}/fd").iterdir())) < DOOR + FILES_KEPT
        assert _metric(live, "esos_http_connections_open") <= DOOR
    dropped = 'esos_http_connections_ended_total{what="dropped"}'
    _eventually(lambda: _metric(live, dropped) >= SLOW_CLIENTS - DOOR)  # figures may be some seconds old
    assert len(live.log.read_bytes()) < 20_000, "the log is no flood either"


def _metric(live: Live, name: str) -> float:
    text = httpx.get(f"{live.http}/metrics", timeout=20).text
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} ")), 0.0)


def words_of(mail) -> str:
    """The words of a mail; its subject names the case, and no more than its urgency besides."""
    texts = [part for part in mail.message.walk() if part.get_content_type() == "text/plain"]
    return " ".join(b" ".join(part.get_payload(decode=True) for part in texts).decode().split())


def _eventually(ask, *, seconds: float = 100) -> None:
    deadline = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.2)


def _resident_kib(live: Live) -> int:
    lines = Path(f"/proc/{live.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _ask_for_events(token: str, after: str = "") -> bytes:
    return f"GET /api/v1/events{after} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


async def _fill(live: Live) -> None:
    """Statements nobody folds: many, to fill every buffer between two programs, and some that are large."""
    async with inside_journal(live) as station:
        [first] = await station.journal.read(limit=1)

        def kept(number: int, size: int) -> Admitted:
            name = hashlib.sha256(b"%d" % number).digest()
            return Admitted(id=name, kind="tested", dedupe=name, route="", cose=bytes(size), admission=first.admission)

        sizes = [LARGE_BYTES] * LARGE_STATEMENTS + [10] * SMALL_STATEMENTS
        for start in range(0, len(sizes), 100):
            batch = [kept(start + place, size) for place, size in enumerate(sizes[start : start + 100])]
            await station.journal.append(batch, now_ms=station.clock.now_ms())


@pytest.mark.nightly
def test_readers_of_events_who_never_read_cost_little_hold_up_nobody_and_are_ended(tmp_path):
    live = founded(tmp_path / "home", members=3)
    asyncio.run(_fill(live))
    live.start()
    try:
        _answers_promptly(live)
        before_kib = _resident_kib(live)
        with _connections(live, DEAF_READERS, _ask_for_events(live.officers[0].token, "?after=0")):
            _eventually(lambda: _metric(live, "esos_event_streams_open") == DEAF_READERS)
            assert max(_answers_promptly(live) for _ in range(5)) < GENEROUS_SECONDS
            _eventually(lambda: _metric(live, "esos_event_streams_open") == 0)
            assert _metric(live, 'esos_http_connections_ended_total{what="slow"}') == DEAF_READERS
            assert _resident_kib(live) - before_kib < GROWTH_MAX_KIB
    finally:
        live.kill()


def test_one_member_cannot_take_the_streams_of_others_nor_those_of_the_watch(tmp_path):
    live = founded(tmp_path / "home", members=2)
    live.start()
    try:
        most = WebSettings().events_per_party_max
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(_stream(live, live.members[0].token)) for _ in range(most)]
            assert {one.status_code for one in opened} == {200}
            _eventually(lambda: _metric(live, "esos_event_streams_open") == most)
            with _stream(live, live.members[0].token) as refused:
                assert refused.status_code == 503
                assert json.loads(refused.read())["code"] == "events.party_full"
            for token in (live.members[1].token, live.officers[0].token):
                with _stream(live, token) as other:
                    assert other.status_code == 200
    finally:
        live.kill()


def _stream(live: Live, token: str) -> contextlib.AbstractContextManager[httpx.Response]:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.stream("GET", f"{live.http}/api/v1/events", headers=headers, timeout=30)


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
    assert 'esos_door_datagrams_total{what="packet.' in counted
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


def test_the_station_stops_in_time_with_streams_slow_clients_and_a_page_that_drips(tmp_path):
    with dripping_service() as (reached, port):
        live = founded(tmp_path / "home", members=1, apprise_services="json", apprise_private=True)
        asyncio.run(watch_by(live, Contact(channel="apprise", address=f"json://127.0.0.1:{port}/page")))
        live.start()
        ask = _ask_for_events(live.officers[0].token)
        try:
            with _connections(live, 5, ask), _connections(live, 5, b"GET /healthz HT"):
                _answers_promptly(live)
                _eventually(lambda: reached)
                assert live.stop() < STOP_SECONDS
            live.start()
            assert _answers_promptly(live) < GENEROUS_SECONDS
        finally:
            live.kill()


def test_any_number_of_strangers_wake_an_officer_once_a_minute_and_a_member_s_page_does_not_wait(tmp_path):
    with postbox() as box:
        smtp = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_from": "esos@station.example"}
        live = founded(tmp_path / "home", members=1, **smtp)
        give_watch_mail(live)
        live.start()
        try:
            body = {"caller_name": "Stranger", "details": {"urgency": "mayday"}}
            with live.client() as client:
                told = [client.post("/api/v1/calls", json=body).status_code for _ in range(STRANGERS_BY_HTTP)]
            assert set(told) == {201}
            _answers_promptly(live)
            _eventually(lambda: any(live.members[0].name in words_of(mail) for mail in box.mails))
            about_strangers = [mail for mail in box.mails if "tranger" in words_of(mail).partition(".")[0]]
            assert 1 <= len(about_strangers) <= 3
            with live.client(live.officers[0].token) as client:
                assert len(client.get("/api/v1/cases").json()["cases"]) == STRANGERS_BY_HTTP + 1
        finally:
            live.kill()


@pytest.mark.anyio
async def test_a_flood_of_strangers_delays_no_registered_call(tmp_path):
    """Turn by turn of the worker: as many strangers' calls as are taken are kept first, the registered ones come last."""
    live = await asyncio.to_thread(founded, tmp_path / "home", members=20)
    async with inside_journal(live) as station:
        keys = [fresh_key() for _ in range(STRANGERS)]
        calls = [strangers_call(key, call=number.to_bytes(8)) for number, key in enumerate(keys)]
        taking = (station.intake.take(call.raw, stranger_key=key.public) for call, key in zip(calls, keys, strict=True))
        answers = await asyncio.gather(*taking, return_exceptions=True)
        refused = [one for one in answers if isinstance(one, Exception)]
        assert {getattr(one, "code", "") for one in refused} == {"stranger.busy"}, "refused aloud, each of them"
        assert STRANGERS - len(refused) >= STRANGERS_BURST
        known = [member.say("called", b.Called(call=b"knownone")) for member in live.members]
        for call in known:
            await station.intake.take(call.raw)
        while not all([(await station.journal.entry(call.id)).verdict for call in known]):
            assert await station.folder.run_once(now_ms=station.clock.now_ms())
        assert await station.journal.oldest_inbox_ms() is not None, "they were folded while strangers still waited"
        await station.fold_all()
        assert await station.journal.oldest_inbox_ms() is None
