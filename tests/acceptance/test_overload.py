"""A flood of people and programs that only look: callers are heard through it, and who must wait is told so."""

import asyncio
import contextlib
import re
import secrets
import time
from collections import Counter

import httpx
import pytest
from live import Live, bearer, founded
from rough import call_by_datagram, dripping_service, inside_journal, sealing_key, watch_by

from esos.message import bodies as b
from esos.message.card import Contact

pytestmark = pytest.mark.timeout(300)
LOOKING = 200
"""Connections that load pages and files again and again."""
SECONDS_MAX = 120.0
REFUSED_WANTED = 50
ACKNOWLEDGED_WANTED = 60
CALLERS = 12
HANGING = 5
STOP_SECONDS = 10
"""The promise is five; this machine is shared."""
PATHS = ("/", "/", "/", "/watch", "/log", "/log/export", "/api/v1/cases")


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    one = founded(tmp_path_factory.mktemp("overload") / "home", members=3)
    one.start()
    with one.client() as client:
        while client.get("/log/export").status_code != httpx.codes.OK:
            time.sleep(0.1)  # its members are not in the log yet
    yield one
    one.kill()


async def _look(live, client: httpx.AsyncClient, number: int, seen: Counter, stop: asyncio.Event) -> None:
    """One of those who look: whatever is answered, again."""
    path = PATHS[number % len(PATHS)]
    headers = {"Accept": "text/html"} if not path.startswith("/api") else bearer(live.officers[0].token)
    while not stop.is_set():
        with contextlib.suppress(httpx.TransportError):  # a refused connection is an answer too
            answer = await client.get(path, headers=headers)
            seen[answer.status_code] += 1
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                seen["asked to come again"] += int(answer.headers["retry-after"]) >= 1
                seen["in words"] += "calls for help go first" in answer.text or "overload.refused" in answer.text


@contextlib.asynccontextmanager
async def _flood(live):
    """Those who look; gives what they have seen so far, once many were sent away."""
    seen, stop = Counter(), asyncio.Event()
    unlimited = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=live.http, timeout=60, limits=unlimited) as client,
        asyncio.TaskGroup() as group,
    ):
        for number in range(LOOKING):
            group.create_task(_look(live, client, number, seen, stop))
        async with asyncio.timeout(SECONDS_MAX):
            while seen[503] < REFUSED_WANTED:
                await asyncio.sleep(0.05)
        try:
            yield seen
        finally:
            stop.set()


async def _refused(client: httpx.AsyncClient) -> set[str]:
    """Which kinds of work the station has refused, by its own figures."""
    figures = (await client.get("/metrics")).text
    return set(re.findall(r'esos_http_requests_total{outcome="refused",work="(\w+)"}', figures))


def test_calls_by_http_by_datagram_and_from_a_page_are_heard_through_a_flood_of_people_who_look(live):
    async def play() -> Counter:
        member = live.members[0]
        async with httpx.AsyncClient(base_url=live.http, timeout=60) as client:
            sealing = await sealing_key(client, live, member.key)
            async with asyncio.timeout(SECONDS_MAX), _flood(live) as seen:
                said = live.members[1].say("called", b.Called(call=b"floodone"))
                kept = await client.post("/api/v1/statements", content=said.raw)
                assert kept.status_code in {201, 202}, kept.text
                heard, _ = await call_by_datagram(live, live.udp, member.key, sealing)
                assert heard.proven
                sent = await client.post("/", data={"urgency": "mayday", "name": "Example Clinic", "confirmed": "1"})
                assert sent.status_code == 303, sent.text
                page = await client.get(sent.headers["location"], headers={"Accept": "text/html"})
                assert page.status_code == 200, "a caller's own page is among what goes first"
                while not {"pages", "rest"} <= (refused := await _refused(client)):
                    await asyncio.sleep(0.2)  # the flood is of both, and goes on until both were sent away
                assert "words" not in refused
        return seen

    seen = asyncio.run(play())
    print(dict(seen))
    assert {one for one in seen if isinstance(one, int)} <= {200, 401, 503}, seen
    assert seen["asked to come again"] == seen["in words"] == seen[503]


def test_when_the_flood_is_over_everybody_has_their_pages_again(live):
    async def play() -> None:
        async with httpx.AsyncClient(base_url=live.http, timeout=60) as client, asyncio.timeout(SECONDS_MAX):
            while (await client.get("/", headers={"Accept": "text/html"})).status_code != httpx.codes.OK:
                await asyncio.sleep(0.2)
            officer = bearer(live.officers[0].token)
            while (await client.get("/api/v1/cases", headers=officer)).status_code != httpx.codes.OK:
                await asyncio.sleep(0.2)

    asyncio.run(play())


# ------------------------------------------------------------------------------------------------------- stopping
async def _call_on(live: Live, client: httpx.AsyncClient, number: int, told: list[str]) -> None:
    """One who calls again and again; keeps the ids of what the station said it has, until it answers no more."""
    member = live.members[number % len(live.members)]
    with contextlib.suppress(httpx.TransportError):
        while True:
            said = member.say("called", b.Called(call=secrets.token_bytes(8)))
            answer = await client.post("/api/v1/statements", content=said.raw)
            if answer.status_code in {200, 201, 202}:
                told.append(answer.json()["id"])
            elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                raise AssertionError(answer.text)


@contextlib.asynccontextmanager
async def _hanging(live: Live, first: bytes):
    """Connections that have said this and wait for ever."""
    host, _, port = live.http.removeprefix("http://").rpartition(":")
    opened = [await asyncio.open_connection(host, int(port)) for _ in range(HANGING)]
    for _, writer in opened:
        writer.write(first)
        await writer.drain()
    yield
    for _, writer in opened:
        writer.close()


def test_a_busy_station_stops_in_time_and_nothing_that_it_acknowledged_is_lost(tmp_path):
    """With streams of events, hanging uploads, a channel that never ends, and callers whose words are being folded."""
    told: list[str] = []

    async def play(live: Live) -> float:
        token = live.officers[0].token
        stream = f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        upload = b"POST /api/v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{"
        async with (
            httpx.AsyncClient(base_url=live.http, timeout=60) as client,
            _hanging(live, stream),
            _hanging(live, upload),
            asyncio.TaskGroup() as callers,
        ):
            for number in range(CALLERS):
                callers.create_task(_call_on(live, client, number, told))
            async with asyncio.timeout(SECONDS_MAX):
                while len(told) < ACKNOWLEDGED_WANTED:
                    await asyncio.sleep(0.05)
            return await asyncio.to_thread(live.stop)

    async def all_kept(live: Live) -> bool:
        async with inside_journal(live) as station:
            entries = [await station.journal.entry(bytes.fromhex(statement)) for statement in told]
            return all(entries)

    with dripping_service() as (_, port):
        live = founded(tmp_path / "home", members=4, apprise_services="json", apprise_private=True)
        asyncio.run(watch_by(live, Contact(channel="apprise", address=f"json://127.0.0.1:{port}/page")))
        live.start()
        try:
            assert asyncio.run(play(live)) < STOP_SECONDS
            assert asyncio.run(all_kept(live))
            live.start()
            kept = live.post(live.members[0].say("called", b.Called(call=b"after it")))
            assert kept.status_code in {201, 202}
        finally:
            live.kill()
