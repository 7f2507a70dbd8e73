"""Who waits for what was said to be folded: the worker of this process tells them at once, without a look at the store.

What another process folds is found out by looking, now and then.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from esos.station.records import Folding, Verdict

Judged = tuple[Verdict, bytes]
"""A verdict, and the case it was given in; empty where there is none."""


class Verdicts:
    """Doors that wait, by the journal number of what they wait for. One instance a process."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Future[Judged]]] = {}

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
                for told in self._waiting.get(verdict.seq, ()):
                    if not told.done():
                        told.set_result((verdict, case))
