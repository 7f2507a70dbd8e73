"""What a starting process learns before it plans: the newest cases, and every open one, however old."""

import msgspec
import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore
from doubles.slow_station import SlowStation

from esos.case.model import Case, decode_case, encode_case
from esos.station import erasing, follower
from esos.station.records import CaseRecord, Folding

pytestmark = pytest.mark.anyio


@pytest.fixture
async def old():
    """A case as a station saves it."""
    station = await SlowStation.founded()
    await station.called()
    return (await station.journal.cases())[0]


async def saved(journal, old: CaseRecord, number: int, *, is_open: bool, opened_ms: int) -> bytes:
    """The same case once more, under another id."""
    case_id = number.to_bytes(16)
    blob = encode_case(msgspec.structs.replace(decode_case(old.blob), id=case_id))
    changes = {"id": case_id, "version": 1, "is_open": is_open, "opened_ms": opened_ms, "blob": blob}
    case = msgspec.structs.replace(old, **changes)
    fold = Folding(route="", fence=0, case=case, expected_version=0, verdicts=(), said=(), due=(), parcels=())
    assert await journal.save([fold], now_ms=1) == [True]
    return case_id


async def test_a_start_learns_from_every_open_case_however_many_newer_ones_there_are(old, monkeypatch):
    monkeypatch.setattr(follower, "CASES_LEARNT_MAX", 4)
    monkeypatch.setattr(erasing, "CASES_AT_ONCE", 3)
    journal = await MemoryJournal.open(MemoryStore())
    times = [5, 5, 6, 7, 7, 7, 8]
    opened = {await saved(journal, old, 1 + turn, is_open=True, opened_ms=at) for turn, at in enumerate(times)}
    ended = {await saved(journal, old, 50 + turn, is_open=False, opened_ms=4 + turn) for turn in range(9)}
    learnt: list[Case] = []
    process = follower.Follower(journal, learnt.append)
    await process.open(lambda record: None)
    ids = [case.id for case in learnt]
    assert len(ids) == len(set(ids)), "no case is learnt from twice"
    assert opened <= set(ids)
    assert len(ended & set(ids)) == 4
    assert process.change == 16
