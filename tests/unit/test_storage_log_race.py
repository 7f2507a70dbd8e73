"""What another process commits while the log grows gets its leaf too: nothing is passed over for ever."""

import asyncio

import pytest

from esos.station.records import Admitted, Leaf
from esos.storage import leafs
from esos.storage.journal import SqlJournal

pytestmark = pytest.mark.anyio


def statement(name: str) -> Admitted:
    key = name.encode().ljust(32, b".")
    return Admitted(id=key, dedupe=key, kind="called", route="caller:x", admission=b"{}", cose=name.encode())


async def test_a_statement_that_another_process_commits_while_leaves_are_put_is_not_passed_over(
    postgres_server, monkeypatch
):
    url = postgres_server.new_journal()
    one, other = await SqlJournal.open(url), await SqlJournal.open(url)
    loop, names, read_head = asyncio.get_running_loop(), iter("bcdefgh"), leafs.head

    def keep_one() -> None:
        asyncio.run_coroutine_threadsafe(other.append([statement(next(names))], now_ms=1), loop).result(30)

    def head_on_a_busy_station(connection) -> int:
        keep_one()
        found = read_head(connection)
        keep_one()
        return found

    try:
        await one.append([statement("a")], now_ms=1)
        monkeypatch.setattr(leafs, "head", head_on_a_busy_station)
        leaf = Leaf(index=0, seq=1, leaf_hash=b"h" * 32, key=b"key")
        await one.put_leaves([leaf], checkpoint=b"one", size=1, now_ms=0)
        monkeypatch.undo()
        assert [entry.seq for entry in await one.unlogged(limit=9)] == [2, 3]
    finally:
        await one.close()
        await other.close()
