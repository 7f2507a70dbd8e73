"""On PostgreSQL old rows of what was erased go once no snapshot from before can read them; no reader is waited for."""

import psycopg
import pytest

from esos.station.records import Admitted, CaseRecord, Folding, Verdict
from esos.storage.journal import SqlJournal

pytestmark = pytest.mark.anyio
CASE = b"c" * 16


async def test_a_snapshot_from_before_puts_off_the_end_of_erased_rows(postgres_server):
    url = postgres_server.new_journal()
    journal = await SqlJournal.open(url)
    await _closed_case(journal)
    with psycopg.connect(url) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM entries")
        assert await journal.erase_case(CASE, now_ms=2) == 1
        assert not await journal.forget_erased()
        reader.rollback()
        assert await journal.forget_erased()
        assert reader.execute("SELECT count(*) FROM entries WHERE length(cose) > 0").fetchone() == (0,)
    await journal.close()


async def _closed_case(journal: SqlJournal) -> None:
    route = f"case:{CASE.hex()}"
    said = Admitted(id=b"i" * 32, kind="updated", dedupe=b"i" * 32, route=route, cose=b"SECRET", admission=b"by one")
    await journal.append([said], now_ms=1)
    case = CaseRecord(
        id=CASE, caller="a", version=1, life="closed", is_open=False, urgency="", concern="", holder="",
        page_code="", opened_ms=1, updated_ms=1, blob=b"SECRET fold",
    )  # fmt: skip
    verdicts = (Verdict(seq=1, code="applied", reason=""),)
    fold = Folding(route=route, fence=0, case=case, expected_version=0, verdicts=verdicts, said=(), due=(), parcels=())
    assert await journal.save([fold], now_ms=1) == [True]
