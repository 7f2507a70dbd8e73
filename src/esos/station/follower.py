"""What other processes of the station did to cases, read from the journal and told to whoever listens in this one.

Every process learns from every case, by whom ever it was saved, and so can fold from one moment to the next; and
every door can tell its callers what was folded, or read by a person, elsewhere.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
import structlog

from esos.case.model import Case, decode_case
from esos.station.erasing import every_case
from esos.station.ports import Journal
from esos.station.records import CaseRecord

CASES_LEARNT_MAX = 10_000
"""From how many of the newest cases a starting station learns; from open ones however old they are."""
LEARNT_AT_ONCE = 50
"""How many of them in one turn."""
FOLLOWED_MAX = 200
"""How many changed cases are read at once; whoever is further behind goes on with the next turn."""
VERSIONS_MAX = 50_000
"""Of how many cases it is remembered in which version this process knows them."""
_log = structlog.get_logger("esos.follow")


class Follower:
    """Reads changed cases in the order of their saves. ``learn`` is told each that this process does not know yet.

    ``change`` is the journal's number of the last save that was looked at.
    """

    def __init__(self, journal: Journal, learn: Callable[[Case], None]) -> None:
        self._journal = journal
        self._learn = learn
        self._versions: dict[bytes, int] = {}
        self.change = 0

    async def open(self, noted: Callable[[CaseRecord], None]) -> None:
        """Learn from the newest cases, from all that are open, and from all that changed since.

        What an open case promised counts however old it is: units would be promised twice else. ``noted`` is told of
        each of the newest, whatever became of it.
        """
        newest = await self._journal.cases(limit=CASES_LEARNT_MAX)
        self.change = max((record.change for record in newest), default=0)
        if len(newest) == CASES_LEARNT_MAX:
            await self._learn_open(before_ms=newest[-1].opened_ms + 1)
        newest.reverse()
        for start in range(0, len(newest), LEARNT_AT_ONCE):
            for record in newest[start : start + LEARNT_AT_ONCE]:
                noted(record)
                self._take_in(record)
            await asyncio.sleep(0)  # turns stay short, so that no call waits
        await self.catch_up()

    async def _learn_open(self, *, before_ms: int) -> None:
        """From the open cases that are older than the newest."""
        count = 0
        async for record in every_case(self._journal, only_open=True, before_ms=before_ms):
            self._take_in(record)
            count += 1
            if count % LEARNT_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def catch_up(self) -> int:
        """Learn everything there is; how many cases were new to this process."""
        count = 0
        while records := await self._since():
            count += self._take_in_all(records)
        return count

    async def look(self) -> int:
        """Learn from the next few; how many were read, so that 0 says there was nothing."""
        records = await self._since()
        self._take_in_all(records)
        return len(records)

    def knows(self, case: bytes, version: int) -> None:
        """That version was saved here, and learnt from already."""
        self._versions.pop(case, None)
        if len(self._versions) >= VERSIONS_MAX:
            del self._versions[next(iter(self._versions))]
        self._versions[case] = version

    async def _since(self) -> list[CaseRecord]:
        return await self._journal.cases_since(self.change, limit=FOLLOWED_MAX)

    def _take_in_all(self, records: Sequence[CaseRecord]) -> int:
        count = sum(self._take_in(record) for record in records)
        self.change = max([self.change, *(record.change for record in records)])
        return count

    def _take_in(self, record: CaseRecord) -> bool:
        """Whether it was news. What is known already, or is older than that, was read while a save was under way."""
        if record.version <= self._versions.get(record.id, 0):
            return False
        self.knows(record.id, record.version)
        if record.blob:
            try:
                self._learn(decode_case(record.blob))
            except (msgspec.DecodeError, ValueError) as cause:  # one odd case hides no other
                _log.error("case_unreadable", case=record.id.hex(), exc_info=cause)
        return True
