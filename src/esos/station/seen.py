"""That a person has opened a call at a page: told at once at this process's door, and soon at those of all others.

Decision 0035: it is told, and no statement. Between processes it goes as a short list under a name of the store,
which holds no more than the newest calls of the last hour.
"""

from collections.abc import Callable

import msgspec
import structlog

from esos.case.model import Case, decode_case
from esos.station.ports import Clock, Journal

SEEN_FACT = "seen"
SEEN_MAX = 64
"""How many cases are told of between processes at once: the newest."""
SEEN_MS = 3_600_000
"""How long it is told to processes that look."""
Told = Callable[[Case, int], None]
"""Says to the callers of a case that a person opened it at an instant."""
_log = structlog.get_logger("esos.seen")


class Seen:
    """What officers opened, by case: here and, through ``exchange``, in other processes of the station."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._known: dict[bytes, int] = {}
        self._ours: dict[bytes, int] = {}
        self.told: Told = lambda case, at_ms: None  # noqa: ARG005
        """A door that tells callers."""

    def opened(self, case: Case) -> None:
        """An officer opens the case at a page. What nobody has charge of yet is worth telling."""
        now_ms = self._clock.now_ms()
        if case.is_open:
            self.told(case, now_ms)
            if case.lease is None and not case.acknowledged_ms and case.id not in self._known:
                self._known[case.id] = self._ours[case.id] = now_ms

    async def exchange(self) -> int:
        """Tell other processes what was opened here, and callers here what was opened there; how many cases.

        Of two processes that write at once one is overwritten; it writes again as soon as it sees that.
        """
        shared = _read(await self._journal.fact(SEEN_FACT))
        since_ms = self._clock.now_ms() - SEEN_MS
        self._ours = {case: at_ms for case, at_ms in self._ours.items() if at_ms > since_ms}
        self._known = {case: at_ms for case, at_ms in self._known.items() if at_ms > since_ms}
        news = [case for case, at_ms in shared.items() if at_ms > since_ms and case not in self._known]
        await self._write(shared, since_ms)
        for case_id in news:
            self._known[case_id] = shared[case_id]
            await self._tell(case_id, shared[case_id])
        return len(news)

    async def _write(self, shared: dict[bytes, int], since_ms: int) -> None:
        """Only where something of this process is missing; what there was no room for is left."""
        live = {case: at_ms for case, at_ms in (shared | self._ours).items() if at_ms > since_ms}
        newest = dict(sorted(live.items(), key=lambda pair: -pair[1])[:SEEN_MAX])
        if not newest.keys() <= shared.keys():
            await self._journal.set_fact(SEEN_FACT, msgspec.msgpack.encode(newest))

    async def _tell(self, case_id: bytes, at_ms: int) -> None:
        record = await self._journal.case(case_id)
        case = decode_case(record.blob) if record and record.blob else None
        if case is not None and case.is_open:
            self.told(case, at_ms)


def _read(written: bytes | None) -> dict[bytes, int]:
    try:
        return msgspec.msgpack.decode(written, type=dict[bytes, int]) if written else {}
    except msgspec.DecodeError:
        _log.warning("seen_unreadable")
        return {}
