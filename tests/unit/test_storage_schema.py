"""The schema arrives by migrations that travel in the package, and queries use the indexes made for them."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from esos.errors import Busy, Conflict, Unknown, Usage
from esos.storage import SqlJournal, counts, outbox, timers
from esos.storage import cases as case_queries
from esos.storage import entries as entry_queries
from esos.storage.drivers import driver_of
from esos.storage.migrate import SCRIPTS, migrate, revision
from esos.storage.schema import REVISION, metadata
from esos.storage.sqlite import SqliteDriver, connect, engine_of, path_of
from esos.storage.stores import PostgresStore, store_of

pytestmark = pytest.mark.anyio


def test_migrations_make_the_schema_that_the_code_speaks_of(tmp_path):
    migrate(tmp_path / "journal.db")
    with engine_of(tmp_path / "journal.db").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_make_the_same_tables_row_by_row_as_the_schema(tmp_path):
    migrate(tmp_path / "migrated.db")
    migrated = connect(tmp_path / "migrated.db")
    direct = engine_of(tmp_path / "direct.db").connect()
    metadata.create_all(direct)
    for table in metadata.tables:
        columns = f"PRAGMA table_xinfo('{table}')"
        indexes = f"SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' ORDER BY name"
        for question in (columns, indexes, f"PRAGMA foreign_key_list('{table}')"):
            assert migrated.execute(question).fetchall() == driver_of(direct).execute(question).fetchall(), table
    without_rowid = "SELECT name FROM pragma_table_list WHERE wr = 1 ORDER BY name"
    assert migrated.execute(without_rowid).fetchall() == driver_of(direct).execute(without_rowid).fetchall()
    migrated.close()
    direct.close()


def test_the_newest_migration_is_the_one_the_schema_names():
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == REVISION


def test_migrating_twice_changes_nothing(tmp_path):
    migrate(tmp_path / "journal.db")
    before = (tmp_path / "journal.db").read_bytes()
    migrate(tmp_path / "journal.db")
    assert (tmp_path / "journal.db").read_bytes() == before


async def test_processes_that_create_a_journal_at_once_agree_on_it(tmp_path):
    journals = await asyncio.gather(*(SqlJournal.open(tmp_path / "journal.db") for _ in range(4)))
    assert [await journal.head() for journal in journals] == [0, 0, 0, 0]
    for journal in journals:
        await journal.close()


async def test_a_journal_of_a_newer_release_is_refused_and_left_alone(tmp_path):
    migrate(tmp_path / "journal.db")
    driver = connect(tmp_path / "journal.db")
    driver.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Conflict) as refused:
        await SqlJournal.open(tmp_path / "journal.db")
    assert refused.value.code == "storage.newer"
    assert revision(SqliteDriver(driver)) == "9999"
    driver.close()


async def test_a_migration_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("alembic.command.upgrade", fail)
    with pytest.raises(Busy) as refused:
        await SqlJournal.open(tmp_path / "journal.db")
    assert refused.value.code == "storage.unreachable"
    driver = connect(tmp_path / "journal.db")
    assert driver.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    driver.close()


def test_a_new_journal_belongs_to_its_owner_alone(tmp_path):
    migrate(tmp_path / "journal.db")
    assert stat.S_IMODE((tmp_path / "journal.db").stat().st_mode) == 0o600


def test_every_connection_writes_through_to_the_disk(tmp_path):
    driver = connect(tmp_path / "journal.db", busy_timeout_ms=1234)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 1234, "secure_delete": 1}
    assert {name: driver.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    driver.close()


def test_a_url_of_postgresql_names_a_server_and_shows_no_password():
    store = store_of("postgresql://station:secret@db.example/esos?sslmode=verify-full")
    assert isinstance(store, PostgresStore)
    assert "secret" not in store.address
    assert "db.example" in store.address


@pytest.mark.parametrize("address", ["journal.db", "sqlite:///journal.db", Path("journal.db")])
def test_a_path_and_a_url_name_the_same_file(address):
    assert path_of(address) == Path("journal.db")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (":memory:", "storage.memory"),
        ("sqlite://", "storage.memory"),
        ("", "storage.memory"),
        ("mysql://station@db/esos", "storage.engine"),
        ("://", "storage.url"),
    ],
)
def test_an_address_that_is_not_served_is_refused(address, code):
    with pytest.raises(Usage) as refused:
        store_of(address)
    assert refused.value.code == code


async def test_a_journal_in_a_folder_that_is_not_there_is_out_of_reach(tmp_path):
    with pytest.raises(Busy) as refused:
        await SqlJournal.open(tmp_path / "no such folder" / "journal.db")
    assert refused.value.code == "storage.unreachable"


async def test_a_file_that_is_no_database_is_out_of_reach(tmp_path):
    (tmp_path / "journal.db").write_bytes(b"no database " * 1000)
    with pytest.raises(Busy) as refused:
        await SqlJournal.open(tmp_path / "journal.db")
    assert refused.value.code == "storage.unreachable"


# ------------------------------------------------------------------------------------------- query plans
PLANS = {
    "a case's entries": (
        lambda sql: entry_queries.read(sql, after_seq=0, limit=9, route=None, case=b"c"),
        "entries_of_case",
    ),
    "a route's entries": (
        lambda sql: entry_queries.read(sql, after_seq=0, limit=9, route="register", case=None),
        "entries_of_route",
    ),
    "open cases": (lambda sql: case_queries.newest(sql, only_open=True, limit=9, before_ms=None), "cases_open"),
    "open cases, counted": (lambda sql: counts.count_cases(sql, before_ms=None), "cases_open"),
    "waiting effects, counted": (lambda sql: counts.count_parcels(sql, before_ms=None), "parcels_waiting"),
    "effects given up, counted": (lambda sql: counts.count_parcels(sql, before_ms=None), "parcels_given_up"),
    "a caller's case": (lambda sql: case_queries.last_case_of(sql, "ada"), "cases_of_caller"),
    "effects of a case": (lambda sql: outbox.newest(sql, case=b"c", state=None, limit=9), "parcels_of_case"),
    "effects given up": (lambda sql: outbox.newest(sql, case=None, state="given_up", limit=9), "parcels_given_up"),
    "entries set aside": (entry_queries.set_aside_count, "entries_set_aside"),
    "the first timer": (timers.earliest_due_ms, "due_in_time"),
    "the next moment": (timers.next_due_ms, "due_in_time"),
    "the next lapse": (timers.next_due_ms, "due_leased"),
    "the next effect": (timers.next_due_ms, "parcels_waiting"),
    "the next lapse of an effect": (timers.next_due_ms, "parcels_leased"),
}


@pytest.mark.parametrize("what", PLANS)
def test_what_is_asked_often_is_answered_from_an_index(tmp_path, what):
    ask, index = PLANS[what]
    migrate(tmp_path / "journal.db")
    with engine_of(tmp_path / "journal.db").connect() as connection:
        asked: list[str] = []
        driver_of(connection).raw.set_trace_callback(asked.append)
        ask(connection)
        driver_of(connection).raw.set_trace_callback(None)
        plans = [
            row[3]
            for question in asked
            if question.startswith("SELECT")
            for row in driver_of(connection).execute(f"EXPLAIN QUERY PLAN {question}").fetchall()
        ]
    assert any(index in plan for plan in plans), plans
    assert not any(plan.startswith("SCAN entries") for plan in plans), plans


async def test_a_journal_that_is_gone_is_not_founded_anew_in_silence(tmp_path):
    with pytest.raises(Unknown) as refused:
        await SqlJournal.open(tmp_path / "journal.db", create=False)
    assert refused.value.code == "storage.journal_gone"
    assert not (tmp_path / "journal.db").exists()
