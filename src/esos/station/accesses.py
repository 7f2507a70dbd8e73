"""Every access recorded: who came in how, who opened what and when; rows are added, never changed, and end by age.

A look that goes on is one look. The record stands in nobody's way: while the journal takes nothing, rows wait here,
and what there was no room for is counted and said.
"""

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from esos.errors import Busy
from esos.station.ports import Clock, Journal
from esos.station.records import AccessRecord
from esos.words.access import Act

ACCESSES_KEPT_MS = 365 * 86_400_000
"""How long an access stays on record."""
ACCESSES_KEPT_MAX = 1_000_000
"""How many stay on record at most, the newest."""
SAME_LOOK_MS = 10 * 60_000
"""So long the same party looks at the same thing, in the same way, in one look."""
FRESH_LOOK_MS = 3_600_000
"""So long a page that keeps itself fresh goes on with a look that is on record; then it is on record again."""
FRESH_ROWS_MAX = 100
"""Among how many rows a look is sought that another process may have put on record."""
LOOKS_MAX = 4_096
"""How many looks a process remembers as going on."""
WAITING_MAX = 1_000
"""How many rows wait here while the journal takes none."""
FORGET_EVERY_MS = 3_600_000
LIST_MAX = 500

_Look = tuple[str, str, str, bytes | None, str]
_EACH = frozenset(
    {
        Act.SIGNED_IN, Act.REFUSED, Act.SIGNED_OUT, Act.PASSKEY_ADDED, Act.PASSKEY_REMOVED, Act.PASSKEY_COUNTER,
        Act.CASE_EXPORTED, Act.OUTSIDE, Act.LOST,
    }
)  # fmt: skip
"""Acts of which each is on record. All others go on: opening again what is open already is the same look."""


class AccessBook:
    """The record of accesses, as doors write it and auditors read it."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._looks: OrderedDict[_Look, int] = OrderedDict()
        self._waiting: list[AccessRecord] = []
        self._lost = 0
        self._forgot_ms = 0

    async def note(
        self,
        party: str,
        act: Act,
        *,
        way: str = "",
        device: str = "",
        case: bytes | None = None,
        about: str = "",
        is_fresh: bool = False,
    ) -> None:
        """Put one access on record. Returns when it is kept, or waits here where the journal takes nothing.

        ``is_fresh`` is what a page says that only keeps itself fresh: it goes on with a look on record, or is one.
        """
        now_ms = self._clock.now_ms()
        look = (party, act.value, way, case, about)
        if act not in _EACH:
            if await self._is_kept(look, now_ms, is_fresh=is_fresh):
                return
            self._remember(look, now_ms)
        row = AccessRecord(at_ms=now_ms, party=party, act=act.value, way=way, device=device, case=case, about=about)
        self._wait(row)
        await self.flush()

    async def _is_kept(self, look: _Look, now_ms: int, *, is_fresh: bool) -> bool:
        """Whether this look is on record already."""
        if not is_fresh:
            return self._goes_on(look, now_ms, SAME_LOOK_MS)
        if not self._goes_on(look, now_ms, FRESH_LOOK_MS):
            await self._recall(look, now_ms)
        return self._goes_on(look, now_ms, FRESH_LOOK_MS)

    def _goes_on(self, look: _Look, now_ms: int, longest_ms: int) -> bool:
        """Whether this look began less than so long ago and is on record."""
        began_ms = self._looks.get(look)
        return began_ms is not None and 0 <= now_ms - began_ms < longest_ms

    def _remember(self, look: _Look, began_ms: int) -> None:
        self._looks[look] = began_ms
        self._looks.move_to_end(look)
        while len(self._looks) > LOOKS_MAX:
            self._looks.popitem(last=False)

    async def _recall(self, look: _Look, now_ms: int) -> None:
        """Remember a look that another process put on record, or this one before it was started again."""
        party, act, way, case, about = look
        try:
            rows = await self._journal.accesses(limit=FRESH_ROWS_MAX, party=party, case=case, about=about)
        except Busy:  # then it is on record twice rather than not at all
            return
        same = (row.at_ms for row in rows if (row.act, row.way, row.case, row.about) == (act, way, case, about))
        began_ms = next(same, None)
        if began_ms is not None and 0 <= now_ms - began_ms < FRESH_LOOK_MS:
            self._remember(look, began_ms)

    def _wait(self, row: AccessRecord) -> None:
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(row)
        else:
            self._lost += 1

    async def flush(self) -> int:
        """Write what waits; how much is left waiting."""
        rows, self._waiting = self._waiting, []
        lost, self._lost = self._lost, 0
        if lost:
            last = rows[-1].at_ms
            rows.append(AccessRecord(at_ms=last, party="station", act=Act.LOST.value, way="", about=str(lost)))
        try:
            await self._journal.note_accesses(rows)
        except Busy:
            kept = rows[:-1] if lost else rows
            self._waiting = [*kept, *self._waiting][:WAITING_MAX]
            self._lost += lost
        return len(self._waiting)

    async def tend(self) -> int:
        """Now and then: write what waits, and forget what is kept no longer; how much was forgotten."""
        if self._waiting:
            await self.flush()
        now_ms = self._clock.now_ms()
        if now_ms - self._forgot_ms < FORGET_EVERY_MS:
            return 0
        self._forgot_ms = now_ms
        return await self._journal.forget_accesses(before_ms=now_ms - ACCESSES_KEPT_MS, keep_max=ACCESSES_KEPT_MAX)


class AccessView(msgspec.Struct, frozen=True, kw_only=True):
    """One access as it is shown: ``name`` is who it was as the register knows it, ``case`` in hexadecimal."""

    num: int
    at_ms: int
    party: str
    name: str
    act: str
    way: str
    device: str
    case: str
    about: str


def access_view(row: AccessRecord, name_of: Callable[[str], str]) -> AccessView:
    """A row with the names of today."""
    return AccessView(
        num=row.num,
        at_ms=row.at_ms,
        party=row.party,
        name=name_of(row.party),
        act=row.act,
        way=row.way,
        device=row.device,
        case=row.case.hex() if row.case else "",
        about=name_of(row.about),
    )
