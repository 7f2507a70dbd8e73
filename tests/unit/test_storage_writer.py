"""The writer groups what waits, keeps one odd job from harming others, and never stops the event loop."""

import asyncio
import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from esos.errors import Busy, TooLarge
from esos.station.records import Admitted, CaseRecord, Folding, Said, Verdict
from esos.storage import SqlJournal, limits
from esos.storage.trouble import translate

pytestmark = pytest.mark.anyio


def statement(name: object, *, size: int = 100, route: str = "caller:a", dedupe: bytes | None = None) -> Admitted:
    digest = hashlib.sha256(str(name).encode()).digest()
    cose = str(name).encode().ljust(size)
    return Admitted(id=digest, kind="called", dedupe=dedupe or digest, route=route, cose=cose, admission=b"")


@pytest.fixture
async def journal(tmp_path):
    opened = await SqlJournal.open(tmp_path / "journal.db", busy_timeout_ms=50, poll_ms=20)
    yield opened
    await opened.close()


async def transactions_of(journal, work) -> int:
    """How many transactions the writer committed while ``work`` was awaited."""
    seen: list[str] = []
    await journal._lanes.outside(lambda driver: driver.raw.set_trace_callback(seen.append))
    await work
    await journal._lanes.outside(lambda driver: driver.raw.set_trace_callback(None))
    return sum(text == "COMMIT" for text in seen)


async def refusal(waiting, error: type[Exception]) -> str:
    with pytest.raises(error) as refused:
        await waiting
    return refused.value.code


async def test_what_waits_together_goes_into_one_transaction(journal):
    together = asyncio.gather(*(journal.append([statement(number)], now_ms=1) for number in range(100)))
    assert await transactions_of(journal, together) <= 2
    assert await journal.head() == 100


async def test_different_writes_share_a_transaction(journal):
    work = asyncio.gather(
        journal.append([statement(1)], now_ms=1),
        journal.set_fact("realm", b"real"),
        journal.lease("sequencer", holder="a", lease_ms=5),
        journal.append([statement(2)], now_ms=1),
    )
    assert await transactions_of(journal, work) == 1


async def test_a_group_is_no_larger_than_its_limit(journal, monkeypatch):
    monkeypatch.setattr(limits, "GROUP_MAX_ITEMS", 10)
    together = asyncio.gather(*(journal.append([statement(number)], now_ms=1) for number in range(100)))
    assert await transactions_of(journal, together) == 10


async def test_more_than_the_queue_holds_is_refused_and_the_rest_is_kept(journal, monkeypatch):
    monkeypatch.setattr(limits, "APPEND_QUEUE_MAX_ITEMS", 50)
    waiting = [journal.append([statement(number)], now_ms=1) for number in range(80)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Busy)]
    assert {answer.code for answer in refused} == {"storage.queue_full"}
    assert await journal.head() == 80 - len(refused) == 50
    assert (await journal.append([statement(79)], now_ms=2))[0].fresh


async def test_the_queue_is_bounded_in_bytes_too(journal, monkeypatch):
    monkeypatch.setattr(limits, "APPEND_QUEUE_MAX_BYTES", 100_000)
    waiting = [journal.append([statement(number, size=30_000)], now_ms=1) for number in range(10)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(answer, Busy) for answer in answers) == 7


async def test_a_batch_that_could_never_be_taken_is_told_so(journal, monkeypatch):
    monkeypatch.setattr(limits, "APPEND_QUEUE_MAX_ITEMS", 5)
    batch = [statement(number) for number in range(6)]
    assert await refusal(journal.append(batch, now_ms=1), TooLarge) == "storage.batch"


async def test_other_writes_are_bounded(journal, monkeypatch):
    monkeypatch.setattr(limits, "WRITE_QUEUE_MAX_JOBS", 5)
    waiting = [journal.set_fact(str(number), b"") for number in range(9)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [getattr(answer, "code", "kept") for answer in answers] == ["kept"] * 5 + ["storage.queue_full"] * 4


async def test_reads_are_bounded(journal, monkeypatch):
    monkeypatch.setattr(limits, "READ_QUEUE_MAX_JOBS", 3)
    answers = await asyncio.gather(*(journal.head() for _ in range(5)), return_exceptions=True)
    assert [getattr(answer, "code", answer) for answer in answers] == [0, 0, 0] + ["storage.readers_busy"] * 2


async def test_one_odd_batch_does_not_fail_the_group_it_came_with(journal):
    odd = msgspec.structs.replace(statement("odd"), kind={"not": "text"})
    batches = [[statement(1)], [statement(2), odd], [statement(3)]]
    answers = await asyncio.gather(*(journal.append(batch, now_ms=1) for batch in batches), return_exceptions=True)
    assert isinstance(answers[1], sqlite3.Error)
    assert [kept[0].seq for kept in (answers[0], answers[2])] == [1, 2]
    assert [entry.id for entry in await journal.read()] == [statement(1).id, statement(3).id]
    assert (await journal.append([statement(2)], now_ms=2))[0].seq == 3


async def test_a_write_that_fails_half_way_leaves_nothing_of_itself_and_all_of_the_others(journal):
    case = CaseRecord(
        id=b"c" * 16, caller="a", version=1, life="arrived", is_open=True, urgency="", concern="", holder="",
        page_code="", opened_ms=1, updated_ms=1, blob={"no": "bytes"},
    )  # fmt: skip
    said = (Said(admitted=statement("said"), code="applied", reason=""),)
    odd = Folding(route="", fence=0, case=case, expected_version=0, verdicts=(), said=said, due=(), parcels=())
    answers = await asyncio.gather(
        journal.save([odd], now_ms=1), journal.append([statement(1)], now_ms=1), journal.set_fact("a", b"b"),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(answers[0], sqlite3.Error)
    assert [entry.id for entry in await journal.read()] == [statement(1).id]
    assert await journal.fact("a") == b"b"
    assert (await journal.append([statement("said")], now_ms=2))[0].fresh


async def test_a_caller_that_gave_up_waiting_does_not_disturb_the_others(journal):
    waiting = [asyncio.ensure_future(journal.append([statement(number)], now_ms=1)) for number in range(10)]
    await asyncio.sleep(0)
    waiting[3].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[3], asyncio.CancelledError)
    assert all(answers[number][0].fresh for number in range(10) if number != 3)
    await journal.append([statement(3)], now_ms=2)
    assert await journal.head() == 10


async def test_what_was_queued_before_closing_is_written(tmp_path):
    journal = await SqlJournal.open(tmp_path / "journal.db")
    waiting = [asyncio.ensure_future(journal.append([statement(number)], now_ms=1)) for number in range(50)]
    await asyncio.sleep(0)
    await journal.close()
    assert all(kept[0].fresh for kept in await asyncio.gather(*waiting))


async def test_the_event_loop_goes_on_while_the_store_waits_for_a_lock(tmp_path):
    journal = await SqlJournal.open(tmp_path / "journal.db", busy_timeout_ms=300)
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(journal.append([statement(1)], now_ms=1))
    turns = 0
    while not waiting.done():
        await asyncio.sleep(0.005)
        turns += 1
    other.execute("ROLLBACK")
    assert await refusal(waiting, Busy) == "storage.locked"
    assert turns > 5
    other.close()
    await journal.close()


async def test_readers_go_on_while_another_process_writes(journal, tmp_path):
    await journal.append([statement(1)], now_ms=1)
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await journal.head() == 1
    other.execute("ROLLBACK")
    other.close()


# -------------------------------------------------------------------------------------------- real faults
CHILD = """
import asyncio, resource, signal, sys
from esos.errors import Busy
from esos.storage import SqlJournal
from esos.station.records import Admitted

async def main():
    journal = await SqlJournal.open(sys.argv[1])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    for number in range(10_000):
        name = number.to_bytes(32, "big")
        item = Admitted(id=name, kind="called", dedupe=name, route="caller:a", cose=b"x" * 300, admission=b"")
        try:
            await journal.append([item], now_ms=1)
        except Busy as refused:
            print(number, refused.code)
            break
    print(await journal.head())

asyncio.run(main())
"""


def run_child(path: Path) -> list[str]:
    program = [sys.executable, "-c", CHILD, str(path)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout.split()


async def test_a_write_that_the_disk_refuses_is_said_and_what_came_before_stays(tmp_path):
    path = tmp_path / "journal.db"
    kept, code, head = run_child(path)
    assert code == "storage.unreachable"
    assert int(kept) == int(head) > 10
    journal = await SqlJournal.open(path)
    assert [entry.id for entry in await journal.read(limit=10_000)] == [
        number.to_bytes(32, "big") for number in range(int(kept))
    ]
    await journal.close()


def test_each_failure_of_the_database_has_its_own_refusal():
    wanted = {
        sqlite3.SQLITE_BUSY: "storage.locked",
        sqlite3.SQLITE_BUSY_SNAPSHOT: "storage.locked",
        sqlite3.SQLITE_LOCKED: "storage.locked",
        sqlite3.SQLITE_FULL: "storage.full",
        sqlite3.SQLITE_IOERR_FSYNC: "storage.unreachable",
        sqlite3.SQLITE_CANTOPEN: "storage.unreachable",
        sqlite3.SQLITE_READONLY: "storage.unreachable",
        sqlite3.SQLITE_CORRUPT: "storage.unreachable",
    }
    for number, code in wanted.items():
        error = sqlite3.OperationalError("said by the driver")
        error.sqlite_errorcode = number
        assert translate(error).code == code


# ------------------------------------------------------------------------------------------------ recall
@pytest.mark.parametrize("restarts", [1, 40])
async def test_repetitions_are_recognised_while_keys_move_from_memory_to_disk(tmp_path, monkeypatch, restarts):
    monkeypatch.setattr(limits, "UNMERGED_MAX_ENTRIES", 16)
    for turn in range(40):
        if turn % (40 // restarts) == 0:
            journal = await SqlJournal.open(tmp_path / "journal.db")
        for number in range(5):
            name = 5 * turn + number
            item = statement(name, dedupe=b"key %d" % name if name % 3 else None)
            assert (await journal.append([item], now_ms=1))[0].seq == name + 1
        for name in range(5 * turn + 5):
            item = statement(name, dedupe=b"key %d" % name if name % 3 else None)
            assert (await journal.entry(item.id)).seq == name + 1
        answers = await journal.append(
            [statement(name, dedupe=b"key %d" % name if name % 3 else None) for name in range(5 * turn + 5)], now_ms=2
        )
        assert [(kept.seq, kept.fresh, kept.same) for kept in answers] == [
            (name + 1, False, True) for name in range(5 * turn + 5)
        ]
        if turn % (40 // restarts) == 40 // restarts - 1:
            await journal.close()
    driver = sqlite3.connect(tmp_path / "journal.db")
    merged = driver.execute("SELECT value FROM counters WHERE name = 'keys_through'").fetchone()[0]
    assert merged > 100
    assert driver.execute("SELECT count(DISTINCT seq) FROM keys WHERE seq <= ?", (merged,)).fetchone()[0] == merged
    driver.close()


async def test_a_transaction_that_fails_does_not_lose_keys_on_their_way_to_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "UNMERGED_MAX_ENTRIES", 4)
    journal = await SqlJournal.open(tmp_path / "journal.db", busy_timeout_ms=20)
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    for number in range(60):
        if number % 3 == 0:
            await journal._lanes.outside(lambda driver: driver.execute("PRAGMA max_page_count=1"))
            assert await refusal(journal.append([statement(number, size=9000)], now_ms=1), Busy) == "storage.full"
            await journal._lanes.outside(lambda driver: driver.execute(f"PRAGMA max_page_count={2**30}"))
        assert (await journal.append([statement(number, size=9000)], now_ms=1))[0].seq == number + 1
    answers = await journal.append([statement(number) for number in range(60)], now_ms=2)
    assert [kept.fresh for kept in answers] == [False] * 60
    other.close()
    await journal.close()


async def test_entries_with_the_same_hash_are_still_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr("esos.storage.recall.key_hash", lambda _: 7)
    monkeypatch.setattr("esos.storage.append.key_hash", lambda _: 7)
    monkeypatch.setattr("esos.storage.entries.key_hash", lambda _: 7)
    monkeypatch.setattr(limits, "UNMERGED_MAX_ENTRIES", 1)
    journal = await SqlJournal.open(tmp_path / "journal.db")
    for number in range(20):
        assert (await journal.append([statement(number)], now_ms=1))[0].fresh
        assert (await journal.entry(statement(number // 2).id)).seq == number // 2 + 1
    assert await journal.entry(statement(99).id) is None
    await journal.close()


# ----------------------------------------------------------------------------------------------- erasure
async def test_erased_words_are_in_no_byte_of_the_files(tmp_path):
    journal, case_id = await with_secrets(tmp_path)
    assert await journal.erase_case(case_id, now_ms=2) == 20
    assert await journal.forget_erased()
    assert secret_files(tmp_path) == []
    await journal.close()


async def test_a_reader_puts_off_the_end_of_old_copies_and_holds_up_no_call(tmp_path):
    journal, case_id = await with_secrets(tmp_path)
    reader = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    await journal.erase_case(case_id, now_ms=2)
    assert not await journal.forget_erased()
    assert "journal.db-wal" in secret_files(tmp_path)
    await journal.close()
    journal = await SqlJournal.open(tmp_path / "journal.db")
    await journal.append([statement(50)], now_ms=3)
    reader.execute("COMMIT")
    assert await journal.forget_erased()  # also by a process that did not erase it
    assert secret_files(tmp_path) == []
    reader.close()
    await journal.close()


async def with_secrets(folder) -> tuple[SqlJournal, bytes]:
    """A journal with an ended case whose every word is a secret, on disk, and the case's id."""
    journal = await SqlJournal.open(folder / "journal.db")
    secrets = [b"SECRET%04d" % number * 400 for number in range(20)]
    case_id = b"c" * 16
    route = f"case:{case_id.hex()}"
    items = [
        msgspec.structs.replace(statement(number, route=route), cose=secret) for number, secret in enumerate(secrets)
    ]
    await journal.append(items, now_ms=1)
    case = CaseRecord(
        id=case_id, caller="a", version=1, life="closed", is_open=False, urgency="", concern="", holder="",
        page_code="", opened_ms=1, updated_ms=1, blob=b"SECRET fold" * 300,
    )  # fmt: skip
    verdicts = tuple(Verdict(seq=seq, code="applied", reason="SECRET reason") for seq in range(1, 21))
    fold = Folding(route=route, fence=0, case=case, expected_version=0, verdicts=verdicts, said=(), due=(), parcels=())
    assert await journal.save([fold], now_ms=1) == [True]
    assert secret_files(folder)
    return journal, case_id


def secret_files(folder) -> list[str]:
    """The files in which a secret word stands."""
    return [path.name for path in folder.iterdir() if b"SECRET" in path.read_bytes()]
