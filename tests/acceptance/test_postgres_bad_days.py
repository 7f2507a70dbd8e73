"""Bad days of the database under a running station: killed, ended, frozen, replaced. Said so, and nothing kept is lost.

Callers go on calling by HTTP and by datagram all the while, and repeat what was not acknowledged, as their programs
do. What they were told is compared with the journal afterwards. No test starts a station again.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from doubles.postgres_server import PostgresServer, server_of_ones_own, server_programs
from live import Live, bearer, founded
from rough import call_by_datagram, inside_journal, sealing_key, until

from esos.message import bodies as b

pytestmark = pytest.mark.timeout(300)
SPEED = 240
PATIENCE_SECONDS = 90
GIVEN_UP_SECONDS = 40
"""Longer than a silent server is waited for, with a connection that is tried in vain behind it."""
SAID = {"storage.unreachable", "storage.locked"}
SHOWN = ("storage.unreachable", "The journal cannot be read or written now")


@pytest.fixture(scope="module")
def server():
    """A server that may be killed."""
    yield from server_of_ones_own()


@pytest.fixture(scope="module")
def live(tmp_path_factory, server):
    """A station of two processes on it, for all tests of this file."""
    home = tmp_path_factory.mktemp("bad-days") / "home"
    station = founded(home, members=6, speed=SPEED, processes=2, database=server.new_database())
    yield station.start()
    station.kill()


@dataclass
class Callers:
    """What callers heard: the journal number of each statement that was acknowledged, and refusals by code."""

    live: Live
    client: httpx.AsyncClient
    kept: dict[str, int] = field(default_factory=dict)
    by_datagram: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    async def call(self, member, number: int) -> str:
        """A call by HTTP, the same bytes until a station says that it has them; its case."""
        said = member.say("called", b.Called(call=number.to_bytes(8)))
        while True:
            answer = await self.client.post(
                "/api/v1/statements", content=said.raw, headers={"Content-Type": "application/cose"}
            )
            if answer.status_code in {200, 201, 202}:
                told = answer.json()
                assert self.kept.setdefault(told["id"], told["seq"]) == told["seq"]
                return told["case"]
            assert answer.status_code == 503, answer.text
            refusal = answer.json()
            assert refusal["detail"].endswith(".")
            assert refusal["hint"]
            self.refused[refusal["code"]] += 1
            await asyncio.sleep(0.1)

    async def call_again_and_again(self, member) -> None:
        for number in itertools.count(time.time_ns()):
            await self.call(member, number)
            await asyncio.sleep(0.05)

    async def call_by_datagram(self, member, sealing: bytes) -> None:
        """One call by datagram, repeated until it is acknowledged."""
        _, statement = await call_by_datagram(self.live, self.live.udp, member.key, sealing)
        self.by_datagram.add(statement.hex())

    async def datagrams(self, member, sealing: bytes) -> None:
        while True:
            await self.call_by_datagram(member, sealing)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def calling(live: Live) -> AsyncIterator[Callers]:
    """Under load; on leaving, everything that was acknowledged is in the journal once, and nothing waits."""
    async with httpx.AsyncClient(base_url=live.http, timeout=PATIENCE_SECONDS) as client:
        callers = Callers(live, client)
        sealing = await sealing_key(client, live, live.members[3].key)
        tasks = [asyncio.create_task(callers.call_again_and_again(member)) for member in live.members[:2]]
        tasks.append(asyncio.create_task(callers.datagrams(live.members[3], sealing)))
        await until(lambda: _are_many(callers, 5), what="load", seconds=PATIENCE_SECONDS)
        try:
            yield callers
            before = len(callers.kept)
            await until(lambda: _are_many(callers, before + 5), what="load as before", seconds=PATIENCE_SECONDS)
            await until(lambda: _is_ready(client), what="a station that is ready", seconds=PATIENCE_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
        await until(lambda: _is_folded(client), what="an empty inbox", seconds=PATIENCE_SECONDS)
    await _judge(callers)


async def _are_many(callers: Callers, count: int) -> bool:
    return len(callers.kept) >= count and bool(callers.by_datagram)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).is_success


async def _is_folded(client: httpx.AsyncClient) -> bool:
    return "esos_inbox_oldest_seconds 0.0" in (await client.get("/metrics")).text


async def _judge(callers: Callers) -> None:
    async with inside_journal(callers.live) as station:
        entries = await station.journal.read(limit=1_000_000)
    found = {entry.id.hex(): entry.seq for entry in entries}
    assert len(found) == len(entries), "kept twice"
    assert callers.kept.items() <= found.items(), "acknowledged, and lost"
    assert callers.by_datagram <= found.keys(), "acknowledged by datagram, and lost"
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert set(callers.refused) <= SAID, callers.refused


async def _refusals(client: httpx.AsyncClient, live: Live) -> None:
    """Until reads and writes of every kind are refused in words."""

    async def are_refused() -> bool:
        officer = bearer(live.officers[0].token)
        answers = await asyncio.gather(
            client.get("/readyz"), client.get("/api/v1/cases?open=1", headers=officer), client.get("/metrics")
        )
        ready, cases, figures = answers
        return (
            (ready.status_code, cases.status_code) == (503, 503)
            and any(words in ready.text for words in SHOWN)
            and cases.json()["code"] in SAID
            and "esos_journal_writable 0.0" in figures.text
        )

    await until(are_refused, what="refusals in words", seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize("gone_seconds", [3, pytest.param(60, marks=pytest.mark.nightly)])
def test_a_killed_database_is_said_to_be_gone_and_afterwards_nothing_acknowledged_is_missing(
    live, server, gone_seconds
):
    asyncio.run(_killed(live, server, gone_seconds))


async def _killed(live: Live, server: PostgresServer, gone_seconds: float) -> None:
    async with calling(live) as callers:
        case = await callers.call(live.members[4], time.time_ns())
        sealing = await sealing_key(callers.client, live, live.members[5].key)
        server.kill()
        datagram = asyncio.create_task(callers.call_by_datagram(live.members[5], sealing))
        await _refusals(callers.client, live)
        assert (await callers.client.get("/healthz")).is_success
        await asyncio.sleep(gone_seconds)
        assert not datagram.done(), "acknowledged while nothing could be kept"
        assert callers.refused
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await datagram
        # Nobody took the case: the ladder that fell due meanwhile is climbed.
        await until(lambda: _is_paged(callers.client, live, case), what="backup", seconds=PATIENCE_SECONDS)


async def _is_paged(client: httpx.AsyncClient, live: Live, case: str) -> bool:
    answer = await client.get(f"/api/v1/cases/{case}", headers=bearer(live.officers[2].token))
    return answer.is_success and "backup_due" in {page["reason"] for page in answer.json()["pages"]}


def test_connections_that_are_ended_again_and_again_and_a_restart_lose_nothing(live, server):
    asyncio.run(_ended(live, server))


async def _ended(live: Live, server: PostgresServer) -> None:
    async with calling(live) as callers:
        for _ in range(10):
            await asyncio.to_thread(server.end_connections)
            await asyncio.sleep(0.1)
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        await callers.call(live.members[4], time.time_ns())


@pytest.mark.nightly  # it waits for limits of many seconds
def test_a_database_that_stands_still_keeps_nobody_waiting_for_ever_and_is_used_again(live, server):
    asyncio.run(_frozen(live, server))


async def _frozen(live: Live, server: PostgresServer) -> None:
    async with calling(live) as callers:
        with server.frozen():
            async with asyncio.timeout(GIVEN_UP_SECONDS):
                await _refusals(callers.client, live)
            await until(lambda: _are_refused(callers), what="refused calls", seconds=PATIENCE_SECONDS)
            assert (await callers.client.get("/healthz")).is_success


async def _are_refused(callers: Callers) -> bool:
    return bool(callers.refused)


@pytest.mark.parametrize("is_missed_before", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_a_synchronous_standby_takes_over_with_everything_that_was_acknowledged(tmp_path, is_missed_before):
    if server_programs() is None:
        pytest.skip("no PostgreSQL server here: make parts says how to have it")
    first = PostgresServer(settings={"synchronous_standby_names": "*", "synchronous_commit": "local"})
    second = None
    live = None
    try:
        first.start()
        second = PostgresServer(copy_of=first).start()
        database = first.new_database().replace("@127.0.0.1:", f"@127.0.0.1:{second.port},127.0.0.1:")
        live = founded(tmp_path / "home", members=6, speed=SPEED, database=database)
        live.start()
        asyncio.run(_failed_over(live, first, second, is_missed_before=is_missed_before))
    finally:
        for one in (live, first, second):
            if one is not None:
                one.kill() if isinstance(one, Live) else one.remove()


async def _failed_over(live: Live, first: PostgresServer, second: PostgresServer, *, is_missed_before: bool) -> None:
    async with calling(live) as callers:
        if is_missed_before:
            await _missed(callers, second)
        first.kill()
        await _refusals(callers.client, live)
        await asyncio.to_thread(second.promote)
        await callers.call(live.members[4], time.time_ns())


async def _missed(callers: Callers, standby: PostgresServer) -> None:
    """While the standby stands still nothing is acknowledged; when it goes on, so does the station."""
    with standby.frozen():
        await until(lambda: _are_refused(callers), what="refused calls", seconds=PATIENCE_SECONDS)
        before = dict(callers.kept)
        await asyncio.sleep(5)
        assert callers.kept == before, "acknowledged without the standby"
    await until(lambda: _are_many(callers, len(before) + 5), what="calls that are kept", seconds=PATIENCE_SECONDS)
