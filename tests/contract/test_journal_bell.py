"""Processes on one PostgreSQL database hear of each other at once; while the bell is broken they find out by looking."""

import asyncio

import pytest
from test_journal_contract import folding, keep

from esos.storage import SqlJournal

pytestmark = pytest.mark.anyio
LONG_MS = 60_000
"""Nobody looks by itself before this."""


async def two(url: str, *, poll_ms: int = LONG_MS) -> tuple[SqlJournal, SqlJournal]:
    return await SqlJournal.open(url, poll_ms=poll_ms), await SqlJournal.open(url, poll_ms=poll_ms)


async def heard(one: SqlJournal, other: SqlJournal, write) -> int:
    """What a waiter in one process is told of a write in another, repeated until its bell is there to hear it."""
    await one.wait_for_news(after_seq=0, timeout_ms=1)
    head = await one.head()
    waiting = asyncio.create_task(one.wait_for_news(after_seq=head, timeout_ms=LONG_MS))
    async with asyncio.timeout(LONG_MS / 1000):
        while not waiting.done():
            await write(other)
            await asyncio.wait({waiting}, timeout=0.5)
    return waiting.result()


async def test_a_statement_of_one_process_wakes_another_without_a_look(postgres_server):
    one, other = await two(postgres_server.new_journal())
    names = iter(str(number) for number in range(1000))
    assert await heard(one, other, lambda journal: keep(journal, next(names))) >= 1
    await one.close()
    await other.close()


async def test_a_fold_of_one_process_wakes_another_although_no_entry_was_added(postgres_server):
    one, other = await two(postgres_server.new_journal())
    versions = iter(range(1000))
    save = lambda journal: journal.save([folding(expected_version=next(versions))], now_ms=1)  # noqa: E731
    assert await heard(one, other, save) == 0
    await one.close()
    await other.close()


async def test_what_only_claims_wakes_nobody(postgres_server):
    one, other = await two(postgres_server.new_journal())
    await other.claim_inbox(holder="b", lease_ms=10, limit=1)
    await other.lease("sequencer", holder="b", lease_ms=10)
    assert not other._bell._rung.is_set()
    await one.close()
    await other.close()


async def test_a_broken_bell_is_made_anew(postgres_server):
    one, other = await two(postgres_server.new_journal())
    names = iter(str(number) for number in range(1000))
    assert await heard(one, other, lambda journal: keep(journal, next(names))) >= 1
    postgres_server.run_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
    )
    assert await heard(one, other, lambda journal: keep(journal, next(names))) >= 2
    await one.close()
    await other.close()
