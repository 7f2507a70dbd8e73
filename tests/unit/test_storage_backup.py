"""Backups are whole, verified and never put in the place of a journal by accident."""

import asyncio
import hashlib
import shutil
import sqlite3
import stat
import time
from contextlib import suppress

import pytest

import esos.storage.backup
from esos.errors import Conflict, EsosError, Malformed, Unknown
from esos.station.records import Admitted
from esos.storage import SqlJournal
from esos.storage.backup import BEFORE_RESTORE, backup, restore, verify

pytestmark = pytest.mark.anyio


def statement(number: int) -> Admitted:
    digest = hashlib.sha256(str(number).encode()).digest()
    return Admitted(id=digest, kind="called", dedupe=digest, route="caller:a", cose=b"x" * 300, admission=b"")


async def fill(path, *numbers: int) -> None:
    journal = await SqlJournal.open(path)
    await journal.append([statement(number) for number in numbers], now_ms=1)
    await journal.close()


async def ids_in(path) -> list[bytes]:
    journal = await SqlJournal.open(path)
    found = [entry.id for entry in await journal.read()]
    await journal.close()
    return found


async def test_a_backup_taken_while_the_station_writes_holds_everything_acknowledged_before_it(tmp_path):
    journal = await SqlJournal.open(tmp_path / "journal.db")
    await journal.append([statement(number) for number in range(500)], now_ms=1)
    stop = False

    async def write_on() -> int:
        number = 500
        while not stop:
            await journal.append([statement(number)], now_ms=2)
            number += 1
        return number

    writing = asyncio.ensure_future(write_on())
    copied = await asyncio.to_thread(backup, tmp_path / "journal.db", tmp_path / "copy.db")
    stop = True
    written = await writing
    await journal.close()
    assert 500 <= copied.head <= written
    kept = await ids_in(tmp_path / "copy.db")
    assert kept[:500] == [statement(number).id for number in range(500)]


async def test_a_backup_is_one_file_of_its_owner(tmp_path):
    await fill(tmp_path / "journal.db", 1, 2)
    copied = backup(tmp_path / "journal.db", tmp_path / "copies.db")
    assert (copied.head, copied.tree_size) == (2, 0)
    assert [path.name for path in tmp_path.glob("copies*")] == ["copies.db"]
    assert stat.S_IMODE((tmp_path / "copies.db").stat().st_mode) == 0o600
    assert copied.size_bytes == (tmp_path / "copies.db").stat().st_size


async def test_a_newer_backup_takes_the_place_of_an_older_one(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    await fill(tmp_path / "journal.db", 2)
    assert backup(tmp_path / "journal.db", tmp_path / "copy.db").head == 2


async def test_a_backup_that_fails_leaves_the_older_one_and_nothing_half_made(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "journal.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(Malformed) as refused:
        backup(tmp_path / "journal.db", tmp_path / "copy.db")
    assert refused.value.code == "storage.damaged"
    assert (tmp_path / "copy.db").read_bytes() == before
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]


async def test_a_backup_is_not_written_over_a_stations_journal(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    other = await SqlJournal.open(tmp_path / "other.db")
    for target in ("journal.db", "other.db"):
        with pytest.raises(Conflict) as refused:
            backup(tmp_path / "journal.db", tmp_path / target)
        assert refused.value.code == "storage.in_use"
    await other.close()


async def test_a_backup_takes_the_place_of_nothing_but_an_older_one(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    (tmp_path / "station.json").write_text("the one key")
    with pytest.raises(Conflict) as refused:
        backup(tmp_path / "journal.db", tmp_path / "station.json")
    assert refused.value.code == "storage.not_a_copy"
    assert (tmp_path / "station.json").read_text() == "the one key"


async def test_a_log_left_behind_by_another_file_does_not_join_a_restored_journal(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    journal = await SqlJournal.open(tmp_path / "lost.db")
    await journal.append([statement(2), statement(3)], now_ms=1)
    stray = (tmp_path / "lost.db-wal").read_bytes()
    await journal.close()
    (tmp_path / "lost.db").unlink()
    (tmp_path / "lost.db-wal").write_bytes(stray)
    restore(tmp_path / "copy.db", tmp_path / "lost.db")
    assert await ids_in(tmp_path / "lost.db") == [statement(1).id]


async def test_a_backup_comes_back_whole(tmp_path):
    await fill(tmp_path / "journal.db", 1, 2, 3)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    assert restore(tmp_path / "copy.db", tmp_path / "new.db").head == 3
    assert await ids_in(tmp_path / "new.db") == [statement(number).id for number in (1, 2, 3)]


async def test_a_journal_with_statements_is_not_overwritten_unless_forced_and_then_kept_aside(tmp_path):
    await fill(tmp_path / "journal.db", 1, 2)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    with pytest.raises(Conflict) as used:
        restore(tmp_path / "copy.db", tmp_path / "journal.db")
    assert used.value.code == "storage.restore_used"
    await fill(tmp_path / "journal.db", 3)
    with pytest.raises(Conflict) as newer:
        restore(tmp_path / "copy.db", tmp_path / "journal.db")
    assert newer.value.code == "storage.restore_newer"
    assert len(await ids_in(tmp_path / "journal.db")) == 3
    assert restore(tmp_path / "copy.db", tmp_path / "journal.db", force=True).head == 2
    assert len(await ids_in(tmp_path / "journal.db")) == 2
    assert len(await ids_in(tmp_path / f"journal.db{BEFORE_RESTORE}-1")) == 3


async def test_a_second_restore_throws_away_nothing_of_the_first(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    await fill(tmp_path / "journal.db", 2)
    for _ in range(2):
        restore(tmp_path / "copy.db", tmp_path / "journal.db", force=True)
    aside = [await ids_in(tmp_path / f"journal.db{BEFORE_RESTORE}-{number}") for number in (1, 2)]
    assert [len(ids) for ids in aside] == [2, 1]


async def test_a_restore_that_is_cut_off_leaves_a_journal_in_its_place(tmp_path, monkeypatch):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    await fill(tmp_path / "journal.db", 2)

    def power_goes(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("esos.storage.backup._put", power_goes)
    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "copy.db", tmp_path / "journal.db", force=True)
    assert len(await ids_in(tmp_path / "journal.db")) == 2


async def test_an_empty_journal_may_be_overwritten(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    await fill(tmp_path / "new.db")
    assert restore(tmp_path / "copy.db", tmp_path / "new.db").head == 1


async def test_a_journal_that_a_station_has_open_is_not_overwritten_even_by_force(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    journal = await SqlJournal.open(tmp_path / "journal.db")
    with pytest.raises(Conflict) as refused:
        await asyncio.to_thread(restore, tmp_path / "copy.db", tmp_path / "journal.db", force=True)
    assert refused.value.code == "storage.in_use"
    await journal.append([statement(2)], now_ms=1)
    await journal.close()
    assert len(await ids_in(tmp_path / "journal.db")) == 2


async def test_a_damaged_backup_is_not_restored(tmp_path):
    await fill(tmp_path / "journal.db", *range(200))
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    bytes_of = bytearray((tmp_path / "copy.db").read_bytes())
    bytes_of[5 * 4096 : 7 * 4096] = b"\xff" * 8192
    (tmp_path / "copy.db").write_bytes(bytes_of)
    with pytest.raises(Malformed) as refused:
        restore(tmp_path / "copy.db", tmp_path / "new.db")
    assert refused.value.code == "storage.damaged"
    assert not (tmp_path / "new.db").exists()


def test_another_database_is_no_backup(tmp_path):
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE something(else_)")
    other.close()
    with pytest.raises(Malformed):
        verify(tmp_path / "other.db")


def test_there_is_no_backup_of_a_journal_that_is_not_there(tmp_path):
    with pytest.raises(Unknown) as refused:
        backup(tmp_path / "nothing.db", tmp_path / "copy.db")
    assert refused.value.code == "storage.no_journal"
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_under_a_backup_is_said(tmp_path, monkeypatch):
    await fill(tmp_path / "journal.db", 1)

    def no_room(*_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_room)
    with pytest.raises(Exception, match="no room") as refused:
        backup(tmp_path / "journal.db", tmp_path / "copy.db")
    assert refused.value.code == "storage.full"
    assert shutil.disk_usage(tmp_path).free
    assert list(tmp_path.glob("copy*")) == []


@pytest.mark.parametrize("goes_on", [True, False])
@pytest.mark.parametrize("step", ["_copy", "_keep_aside", "_put"])
async def test_what_a_station_that_starts_during_a_restore_acknowledges_is_still_there(
    tmp_path, monkeypatch, step, goes_on
):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    await fill(tmp_path / "journal.db", 2)
    loop, real, opened = asyncio.get_running_loop(), getattr(esos.storage.backup, step), []
    acknowledged = {statement(number).id for number in (1, 2)}

    async def start() -> None:
        with suppress(EsosError):  # to be refused is in order; to acknowledge and forget is not
            opened.append(await SqlJournal.open(tmp_path / "journal.db"))
            await opened[0].append([statement(3)], now_ms=1)
            acknowledged.add(statement(3).id)
        if opened and not goes_on:
            await opened[0].close()

    def meanwhile(*given):
        asyncio.run_coroutine_threadsafe(start(), loop).result()
        return real(*given)

    monkeypatch.setattr(f"esos.storage.backup.{step}", meanwhile)
    with suppress(EsosError):
        await asyncio.to_thread(restore, tmp_path / "copy.db", tmp_path / "journal.db", force=True)
    monkeypatch.undo()
    for journal in opened:
        await journal.append([statement(4)], now_ms=1) if goes_on else None
        acknowledged |= {statement(4).id} if goes_on else set()
        await journal.close()
    places = [tmp_path / "journal.db", *tmp_path.glob(f"journal.db{BEFORE_RESTORE}-*")]
    assert {each for place in places for each in await ids_in(place)} == acknowledged


async def test_a_station_that_waited_for_a_restore_to_end_says_nothing_into_the_old_file(tmp_path, monkeypatch):
    await fill(tmp_path / "journal.db", 1)
    backup(tmp_path / "journal.db", tmp_path / "copy.db")
    loop, real, waiting = asyncio.get_running_loop(), esos.storage.backup._put, []

    def beside_one_that_waits(*given):
        waiting.append(asyncio.run_coroutine_threadsafe(fill(tmp_path / "journal.db", 2), loop))
        time.sleep(0.3)  # it has the old file open by now, or comes later: either must be right
        real(*given)

    monkeypatch.setattr("esos.storage.backup._put", beside_one_that_waits)
    await asyncio.to_thread(restore, tmp_path / "copy.db", tmp_path / "journal.db", force=True)
    said = []
    with suppress(EsosError):
        await asyncio.wrap_future(waiting[0])
        said.append(statement(2).id)
    assert await ids_in(tmp_path / "journal.db") == [statement(1).id, *said]
    assert await ids_in(tmp_path / f"journal.db{BEFORE_RESTORE}-1") == [statement(1).id]
