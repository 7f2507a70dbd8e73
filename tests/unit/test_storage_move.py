"""A journal moved between engines is the same journal: row by row, in its log, in its keys, and in what it refuses."""

import asyncio
import hashlib

import msgspec
import pytest

from esos.errors import Busy, Conflict, Unknown, Usage
from esos.keys.identity import sign
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.nodes import Tree
from esos.station.identity import StationIdentity
from esos.station.records import Admitted, CaseRecord, DraftLine, Due, Folding, Leaf, Parcel, TokenRecord, Verdict
from esos.storage import SqlJournal, move
from esos.storage.backup import backup, restore
from esos.storage.move import copy_journal, move_journal
from esos.storage.moved import close_to_writers
from esos.storage.stores import store_of
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
CASE = b"c" * 16
ROUTE = f"case:{CASE.hex()}"
STATION = StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=Realm.EXERCISE)


def statement(number: int) -> Admitted:
    digest = hashlib.sha256(b"%d" % number).digest()
    key = digest if number % 3 else b"key %d" % number
    return Admitted(id=digest, kind="updated", dedupe=key, route=ROUTE, cose=b"\0 said %d" % number, admission=b"by")


async def fill(journal: SqlJournal) -> None:
    """Something in every table."""
    await journal.append([statement(number) for number in range(40)], now_ms=5)
    work = (await journal.claim_inbox(holder="w", lease_ms=60_000, limit=1))[0]
    case = CaseRecord(
        id=CASE, caller="harbour", version=1, life="arrived", is_open=True, urgency="mayday", concern="distress",
        holder="", page_code="K7-42", opened_ms=1, updated_ms=2, blob=b"\0\xff fold",
    )  # fmt: skip
    verdicts = tuple(Verdict(seq=seq, code="applied", reason="\0 odd", place=seq) for seq in range(1, 31))
    parcels = tuple(Parcel(id=b"p%d" % n, case=CASE, kind="page", not_before_ms=n, blob=b"x") for n in range(9))
    fold = Folding(
        route=ROUTE, fence=work.fence, case=case, expected_version=0, verdicts=verdicts, said=(),
        due=(Due(key="ack", due_ms=77),), parcels=parcels,
    )  # fmt: skip
    assert await journal.save([fold], now_ms=6) == [True]
    leaves = [Leaf(index=n, seq=n + 1, leaf_hash=hashlib.sha256(b"leaf %d" % n).digest(), key=b"k") for n in range(40)]
    tree = Tree()
    tree.extend([leaf.leaf_hash for leaf in leaves])
    head = Checkpoint(origin=STATION.origin, size=40, root=tree.frontier().root())
    note = sign_checkpoint(head, public=STATION.public, sign=lambda text: sign(STATION.seed, text))
    await journal.put_leaves(leaves, checkpoint=note, size=40, now_ms=9)
    await journal.put_token(
        TokenRecord(digest=b"d" * 32, purpose="link", party="ada", expires_ms=10**15, once=True, blob=b"")
    )
    await journal.set_fact("realm", b"exercise")
    await journal.keep_draft(
        [DraftLine(draft=b"e" * 16, name="caller", text="Example Hospital", turn=1, at_ms=5, party="officer-one")]
    )


async def seen(journal: SqlJournal) -> tuple:
    return (
        await journal.read(limit=99), await journal.cases(), await journal.parcels(), await journal.checkpoint(),
        await journal.leaf_hashes(start=0, stop=99), await journal.next_due_ms(), await journal.fact("realm"),
        await journal.token(b"d" * 32, now_ms=1), await journal.oldest_inbox_ms(),
        await journal.drafts(),
    )  # fmt: skip


@pytest.fixture(params=["sqlite to postgres", "postgres to sqlite", "sqlite to sqlite"])
def addresses(request, tmp_path):
    """Where from and where to."""
    kinds = {"sqlite": lambda name: str(tmp_path / name), "postgres": lambda _: _server(request).new_database()}
    source, _, target = request.param.partition(" to ")
    return kinds[source]("old.db"), kinds[target]("new.db")


def _server(request):
    return request.getfixturevalue("postgres_server")


async def filled(address: str) -> tuple:
    journal = await SqlJournal.open(address)
    await fill(journal)
    there = await seen(journal)
    await journal.close()
    return there


async def test_a_moved_journal_says_and_does_what_the_old_one_did(addresses):
    source, target = addresses
    before = await filled(source)
    moved = await asyncio.to_thread(copy_journal, store_of(source), store_of(target))
    assert (moved.head, moved.tree_size, moved.rows["cases"], moved.rows["parcels"]) == (40, 40, 1, 9)
    journal = await SqlJournal.open(target, create=False)
    after = await seen(journal)
    plain = [str(part).replace("\\x00 odd", "\ufffd odd") for part in before]
    assert [str(part).replace("\\x00 odd", "\ufffd odd") for part in after] == plain
    again = await journal.append([statement(number) for number in range(42)], now_ms=50)
    assert [one.fresh for one in again] == [False] * 40 + [True] * 2
    assert [one.seq for one in again] == list(range(1, 43))
    assert (await journal.entry(statement(7).id)).seq == 8
    parcel = Parcel(id=b"new", case=CASE, kind="page", not_before_ms=0, blob=b"")
    other = msgspec.structs.replace(before[1][0], id=b"d" * 16)
    fold = Folding(route="", fence=0, case=other, expected_version=0, verdicts=(), said=(), due=(), parcels=(parcel,))
    assert await journal.save([fold], now_ms=51) == [True]
    assert (await journal.parcels(limit=1))[0].parcel.id == b"new"
    await journal.close()


async def test_a_moved_journal_is_served_no_more_where_it_was(tmp_path, postgres_server):
    await filled(str(tmp_path / "old.db"))
    source, target = store_of(tmp_path / "old.db"), store_of(postgres_server.new_database())
    move_journal(source, target)
    with pytest.raises(Conflict) as refused:
        await SqlJournal.open(tmp_path / "old.db")
    assert refused.value.code == "storage.moved"
    assert "postgresql" in refused.value.detail
    back = await asyncio.to_thread(copy_journal, target, store_of(tmp_path / "back.db"))
    assert back.head == 40
    await (await SqlJournal.open(tmp_path / "back.db")).close()


async def test_nothing_is_moved_over_a_journal_or_out_of_none(addresses, tmp_path):
    source, target = addresses
    await filled(target)
    await filled(source)
    with pytest.raises(Conflict) as refused:
        await asyncio.to_thread(copy_journal, store_of(source), store_of(target))
    assert refused.value.code == "storage.move_used"
    with pytest.raises(Unknown):
        await asyncio.to_thread(copy_journal, store_of(tmp_path / "none.db"), store_of(target))


async def test_a_copy_that_is_not_what_was_read_is_refused_and_nothing_is_kept(addresses, monkeypatch):
    source, target = addresses
    await filled(source)
    real = move._digest
    calls = iter(range(10**6))
    monkeypatch.setattr(move, "_digest", lambda row: real(row) + (next(calls) == 60))
    with pytest.raises(Exception, match="not whole"):
        await asyncio.to_thread(copy_journal, store_of(source), store_of(target))
    monkeypatch.undo()
    assert (await asyncio.to_thread(copy_journal, store_of(source), store_of(target))).head == 40


async def test_a_station_on_postgresql_has_the_same_backup_file(tmp_path, postgres_server):
    url = postgres_server.new_database()
    journal = await SqlJournal.open(url)
    await fill(journal)
    copied = await asyncio.to_thread(backup, url, tmp_path / "monday.journal")
    assert (copied.head, copied.tree_size) == (40, 40)
    assert [path.name for path in tmp_path.iterdir()] == ["monday.journal"]
    await journal.close()
    restored = await asyncio.to_thread(
        copy_journal, store_of(tmp_path / "monday.journal"), store_of(postgres_server.new_database())
    )
    assert restored.head == 40
    with pytest.raises(Usage) as refused:
        restore(tmp_path / "monday.journal", url)
    assert refused.value.code == "storage.restore_server"


@pytest.fixture(params=["sqlite", "postgres"])
def served(request, tmp_path):
    """The address of a journal that a station has open while it is moved."""
    return str(tmp_path / "served.db") if request.param == "sqlite" else _server(request).new_database()


async def refused_as(asked, error) -> str:
    with pytest.raises(error) as refused:
        await asked
    return refused.value.code


async def test_a_station_that_does_not_know_of_a_move_keeps_and_acknowledges_nothing_after_it(served, tmp_path):
    journal = await SqlJournal.open(served)
    await fill(journal)
    work = (await journal.claim_inbox(holder="w", lease_ms=60_000, limit=1))[0]
    before = await seen(journal)
    moved = await asyncio.to_thread(move_journal, store_of(served), store_of(tmp_path / "new.db"))
    assert moved.head == 40
    leaf = Leaf(index=40, seq=0, leaf_hash=b"h" * 32, key=b"")
    fold = Folding(
        route=ROUTE, fence=work.fence, case=msgspec.structs.replace(before[1][0], id=b"e" * 16), expected_version=0,
        verdicts=(Verdict(seq=31, code="applied", reason="", place=31),), said=(), due=(), parcels=(),
    )  # fmt: skip
    for late in (
        lambda: journal.append([statement(99)], now_ms=9),
        lambda: journal.save([fold], now_ms=9),
        lambda: journal.put_leaves([leaf], checkpoint=b"note", size=41, now_ms=9),
        lambda: journal.spend_token(b"d" * 32, now_ms=9),
        lambda: journal.set_fact("realm", b"real"),
        lambda: journal.lease("fold", holder="w", lease_ms=3_000),
    ):
        assert await refused_as(late(), Busy) == "storage.moved_away"
    assert await seen(journal) == before
    assert [one.fresh for one in await journal.append([statement(1)], now_ms=9)] == [False]
    await journal.close()
    assert await refused_as(SqlJournal.open(served), Conflict) == "storage.moved"


async def test_what_is_acknowledged_while_a_journal_is_moved_is_at_the_new_place(served, tmp_path):
    journal = await SqlJournal.open(served)
    await fill(journal)
    acknowledged = 40

    async def say_on() -> None:
        nonlocal acknowledged
        while True:
            await journal.append([statement(1_000 + acknowledged)], now_ms=9)
            acknowledged += 1

    saying = asyncio.create_task(say_on())
    moved = await asyncio.to_thread(move_journal, store_of(served), store_of(tmp_path / "new.db"))
    assert await refused_as(saying, Busy) == "storage.moved_away"
    await journal.close()
    assert moved.head == acknowledged


async def test_a_journal_is_not_moved_while_a_station_folds_or_sequences_there(served, tmp_path):
    journal = await SqlJournal.open(served)
    for name in ("fold", "sequencer"):
        assert await journal.lease(name, holder="watch.example:/club:0", lease_ms=30_000)
        moving = asyncio.to_thread(move_journal, store_of(served), store_of(tmp_path / "new.db"))
        with pytest.raises(Conflict, match=r"watch\.example") as refused:
            await moving
        assert refused.value.code == "storage.served"
        await journal.lease(name, holder="watch.example:/club:0", lease_ms=0)
    assert (await journal.append([statement(1)], now_ms=9))[0].fresh
    await journal.close()
    assert (await asyncio.to_thread(move_journal, store_of(served), store_of(tmp_path / "new.db"))).head == 1


async def test_a_move_that_comes_to_nothing_leaves_the_journal_as_it_was(served, tmp_path, monkeypatch):
    journal = await SqlJournal.open(served)
    await fill(journal)
    monkeypatch.setattr(move, "_proven", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(move_journal, store_of(served), store_of(tmp_path / "new.db"))
    assert (await journal.append([statement(99)], now_ms=9))[0].fresh
    await journal.close()
    await (await SqlJournal.open(served)).close()


async def test_a_move_that_was_cut_off_is_run_again_to_the_same_place_and_to_no_other(served, tmp_path):
    await filled(served)
    source, target = store_of(served), store_of(tmp_path / "new.db")
    assert close_to_writers(source, target)
    assert await refused_as(asyncio.to_thread(move_journal, source, store_of(tmp_path / "x.db")), Conflict) == (
        "storage.moved"
    )
    assert (await asyncio.to_thread(move_journal, source, target)).head == 40
    assert await refused_as(asyncio.to_thread(move_journal, source, target), Conflict) == "storage.move_used"
    assert await refused_as(SqlJournal.open(served), Conflict) == "storage.moved"
