"""Who waits for what was said to be folded: the worker of this process tells them at once, without a look at the store.

What another process folds is read from the journal, once for all who wait.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from esos.station.ports import Journal
from esos.station.records import Folding, Verdict

LOOK_ROWS = 200
"""How many entries are looked through at once for verdicts: those from the first on that somebody waits for."""

Judged = tuple[Verdict, bytes]
"""A verdict, and the case it was given in; empty where there is none."""


class Verdicts:
    """Doors that wait, by the journal number of what they wait for. One instance a process."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Future[Judged]]] = {}

    @property
    def are_awaited(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    @contextmanager
    def expected(self, seq: int) -> Iterator[asyncio.Future[Judged]]:
        """What the worker will say of a number; nobody is told once the block has ended."""
        told: asyncio.Future[Judged] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(seq, []).append(told)
        try:
            yield told
        finally:
            self._waiting[seq].remove(told)
            if not self._waiting[seq]:
                del self._waiting[seq]

    def tell(self, saved: Iterable[Folding]) -> None:
        """What was judged in folds that are durable now."""
        for folding in saved:
            case = folding.case.id if folding.case else b""
            for verdict in folding.verdicts:
                self._tell(verdict, case)

    async def look(self, journal: Journal) -> int:
        """Tell whoever waits what the journal knows by now, whoever folded it; how many numbers were judged."""
        if not self._waiting:
            return 0
        seen = await journal.glance(after_seq=min(self._waiting) - 1, limit=LOOK_ROWS)
        judged = [one for one in seen if one.verdict and one.seq in self._waiting]
        for one in judged:
            entry = await journal.entry(one.id)
            if entry is not None:
                self._tell(Verdict(seq=entry.seq, code=entry.verdict, reason=entry.reason), entry.case or b"")
        return len(judged)

    def _tell(self, verdict: Verdict, case: bytes) -> None:
        for told in self._waiting.get(verdict.seq, ()):
            if not told.done():
                told.set_result((verdict, case))
