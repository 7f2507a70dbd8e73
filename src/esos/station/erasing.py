"""Destroys what an erased case said, after the erasure itself is durable and as often as it takes.

The statement comes first: it is folded and saved like any other. A process that dies between the two leaves
a case that says it is erased and still has its content; whoever starts next, or looks next day, finishes it.
"""

from collections.abc import AsyncIterator

import structlog

from esos.case.model import Case
from esos.errors import Conflict
from esos.station.ports import Journal
from esos.station.records import CaseRecord
from esos.words.life import Life

CASES_AT_ONCE = 1_000
FORGET_AGAIN_MS = 60_000
"""How long to wait where somebody, a backup perhaps, still reads what stood there before an erasure."""
_log = structlog.get_logger("esos.erasing")


class Eraser:
    """Knows which cases are to lose their content."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: dict[bytes, None] = {}
        self._forget_at_ms: int | None = 0

    def note(self, case: Case) -> None:
        """A fold was saved: where it erased its case, that is to be done."""
        if case.life is Life.ERASED:
            self._waiting[case.id] = None

    def note_record(self, record: CaseRecord) -> None:
        """A case as kept: where its erasure was not finished, it is to be finished."""
        if record.life == Life.ERASED and record.blob:
            self._waiting[record.id] = None

    async def run_once(self, *, now_ms: int) -> int:
        """Destroy what waits for it; how many statements lost their words. Raises ``Busy``, and then goes on later."""
        count = 0
        for case_id in tuple(self._waiting):
            gone = await self._erase(case_id, now_ms)
            _log.warning("case_erased", case=case_id.hex(), statements=gone)
            self._waiting.pop(case_id, None)
            count += gone
            self._forget_at_ms = 0
        await self._forget(now_ms)
        return count

    async def _forget(self, now_ms: int) -> None:
        """Once for all that was erased, and again where a reader was in the way, also of an earlier process."""
        if self._forget_at_ms is None or now_ms < self._forget_at_ms:
            return
        self._forget_at_ms = now_ms + FORGET_AGAIN_MS
        if await self._journal.forget_erased():
            self._forget_at_ms = None
        else:
            _log.warning("erased_words_still_read", again_seconds=FORGET_AGAIN_MS // 1000)

    async def _erase(self, case_id: bytes, now_ms: int) -> int:
        try:
            return await self._journal.erase_case(case_id, now_ms=now_ms)
        except Conflict as refused:
            _log.error("case_not_erased", case=case_id.hex(), code=refused.code)
            return 0


async def every_case(
    journal: Journal, *, only_open: bool = False, before_ms: int | None = None
) -> AsyncIterator[CaseRecord]:
    """All cases, or those that are open, newest first, each once, a few at a time."""
    seen: set[bytes] = set()
    limit = CASES_AT_ONCE
    while True:
        found = await journal.cases(only_open=only_open, limit=limit, before_ms=before_ms)
        fresh = [record for record in found if record.id not in seen]
        for record in fresh:
            yield record
        if len(found) < limit:
            return
        limit = CASES_AT_ONCE if fresh else 2 * limit  # more were opened in one millisecond than are read at once
        seen = {record.id for record in found}
        before_ms = found[-1].opened_ms + 1
