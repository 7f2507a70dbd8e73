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
        self, party: str, act: Act, *, way: str = "", device: str = "", case: bytes | None = None, about: str = ""
    ) -> None:
        """Put one access on record. Returns when it is kept, or waits here where the journal takes nothing."""
        now_ms = self._clock.now_ms()
        if act not in _EACH and self._goes_on((party, act.value, way, case, about), now_ms):
            return
        row = AccessRecord(at_ms=now_ms, party=party, act=act.value, way=way, device=device, case=case, about=about)
        self._wait(row)
        await self.flush()

    def _goes_on(self, look: _Look, now_ms: int) -> bool:
        """Whether this look began a while ago and is on record; else it begins now."""
        began_ms = self._looks.get(look)
        if began_ms is not None and 0 <= now_ms - began_ms < SAME_LOOK_MS:
            return True
        self._looks[look] = now_ms
        self._looks.move_to_end(look)
        while len(self._looks) > LOOKS_MAX:
            self._looks.popitem(last=False)
        return False

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
