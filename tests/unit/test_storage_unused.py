"""A drill begins in an empty database: whatever stands in one already is seen, and left alone."""

import psycopg
import pytest

from esos.station.records import Admitted
from esos.storage.journal import SqlJournal
from esos.storage.stores import store_of
from esos.storage.unused import is_unused

pytestmark = pytest.mark.anyio
CALL = Admitted(id=b"i" * 32, dedupe=b"i" * 32, kind="called", route="caller:x", admission=b"{}", cose=b"said")


async def _say_one(url: str) -> None:
    journal = await SqlJournal.open(url)
    await journal.append([CALL], now_ms=1)
    await journal.close()


async def test_a_database_without_tables_and_a_journal_without_a_word_are_empty(postgres_server):
    assert is_unused(store_of(postgres_server.new_database()))
    assert is_unused(store_of(postgres_server.new_journal()))


async def test_one_statement_or_somebody_elses_table_makes_it_used(postgres_server):
    journal, other = postgres_server.new_journal(), postgres_server.new_database()
    await _say_one(journal)
    assert not is_unused(store_of(journal))
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute("CREATE TABLE somebody (name text)")
    assert not is_unused(store_of(other))


async def test_a_file_that_is_not_there_is_empty_and_a_journal_in_one_is_not(tmp_path):
    path = str(tmp_path / "journal.sqlite")
    assert is_unused(store_of(path))
    await _say_one(path)
    assert not is_unused(store_of(path))
