"""A server that is silent is given up in time, one that is gone is told to all at once, and an address may name several."""

import asyncio

import psycopg
import pytest

from esos.errors import Busy, Usage
from esos.storage import SqlJournal, limits
from esos.storage.postgres_url import read_url, shown_url
from esos.storage.reach import Reach
from esos.storage.stores import PostgresStore, store_of

pytestmark = pytest.mark.anyio


async def test_a_frozen_server_keeps_nobody_waiting_and_is_used_again_when_it_goes_on(postgres_server, monkeypatch):
    monkeypatch.setattr(limits, "ANSWER_MAX_MS", 300)
    journal = await SqlJournal.open(postgres_server.new_journal())
    assert await journal.head() == 0
    with postgres_server.frozen():
        asked = [journal.head(), journal.set_fact("realm", b"exercise"), journal.lease("one", holder="a", lease_ms=9)]
        async with asyncio.timeout(60):
            answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [getattr(one, "code", one) for one in answers] == ["storage.unreachable"] * 3
    async with asyncio.timeout(60):
        while True:
            try:
                await journal.set_fact("realm", b"exercise")
                break
            except Busy:
                await asyncio.sleep(0.1)
    assert await journal.fact("realm") == b"exercise"
    await journal.close()


async def test_connections_that_a_server_ended_while_they_were_idle_are_made_anew_and_nobody_is_refused(
    postgres_server,
):
    url = postgres_server.new_journal()
    journal = await SqlJournal.open(url)
    ended = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{url.rpartition('/')[2]}'"
    for number in range(3):
        assert await journal.head() == 0
        await journal.set_fact("round", b"%d" % number)
        postgres_server.run_sql(ended)
    assert await journal.fact("round") == b"2"
    await journal.close()


def test_after_one_failed_try_all_others_are_told_at_once_until_it_is_tried_again(monkeypatch):
    tried = []

    def fail():
        tried.append(1)
        raise psycopg.OperationalError("nobody is there")

    reach = Reach()
    for _ in range(5):
        with pytest.raises(psycopg.OperationalError, match="nobody is there"):
            reach(fail)
    assert len(tried) == 1
    monkeypatch.setattr("esos.storage.reach.time.monotonic", lambda: float("inf"))
    assert reach(lambda: "a connection") == "a connection"


async def test_an_address_may_name_two_hosts_and_the_one_that_can_be_written_to_is_taken(postgres_server):
    url = postgres_server.new_journal().replace("127.0.0.1:", "127.0.0.1:9,127.0.0.1:")
    journal = await SqlJournal.open(url)
    assert await journal.head() == 0
    await journal.close()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("postgres://u:secret@h/db", "postgresql://u:***@h/db"),
        ("postgresql+psycopg://u@one:1,two:2/db?sslmode=require", "postgresql://u@one:1,two:2/db?sslmode=require"),
        ("postgresql:///db?host=one,two&password=secret&user=u", "postgresql:///db?host=one,two&password=***&user=u"),
    ],
)
def test_an_address_is_shown_without_its_password(written, shown):
    store = store_of(written)
    assert isinstance(store, PostgresStore)
    assert store.address == shown == shown_url(read_url(written, hint=""))


@pytest.mark.parametrize("written", ["postgresql://[h/db", "postgresql://h/db?colour=red"])
def test_an_address_that_the_database_library_cannot_read_is_refused(written):
    with pytest.raises(Usage) as refusal:
        store_of(written)
    assert refusal.value.code == "storage.url"
