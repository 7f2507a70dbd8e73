"""How long a case is kept: as the pact in force says after its last change, and longer while a hold is on it.

Each erasure is a statement of the station, kept in the log like every other; a case that is open is never
past its time, however old it is (law 5).
"""

import structlog

from esos.case.model import decode_case
from esos.message.bodies import Erased
from esos.station.erasing import every_case
from esos.station.records import CaseRecord
from esos.station.station import Station
from esos.station.tombstone import count_said
from esos.station.view_parts import View
from esos.words.erasure import EraseGround
from esos.words.life import Life

DAY_MS = 86_400_000
LAST_FACT = "retention.last_ms"
"""When the station last looked by itself."""
LOOK_MS = 3_600_000
"""How often a process asks whether the day's look was taken."""
_log = structlog.get_logger("esos.retention")


class PastTime(View, kw_only=True):
    """A closed case whose time is over. ``on_hold``: it is kept all the same."""

    case: str
    code: str
    closed_ms: int
    over_since_ms: int
    on_hold: bool


class Retention(View, kw_only=True):
    """What is past its time. ``days`` is how long the pact in force keeps a case after its last change; 0: no pact."""

    days: int
    past: tuple[PastTime, ...] = ()


async def past_time(station: Station) -> Retention:
    """The closed cases whose time is over, oldest first. A case whose erasure was not finished is finished with it."""
    pact = station.directory.pact
    days = pact.disclosure.retention_days if pact else 0
    now_ms, found = station.clock.now_ms(), []
    async for record in every_case(station.journal):
        station.eraser.note_record(record)
        over_ms = record.updated_ms + days * DAY_MS
        if days and record.life == Life.CLOSED and record.blob and over_ms <= now_ms:
            found.append(_past(record, over_ms))
    return Retention(days=days, past=tuple(sorted(found, key=lambda one: one.over_since_ms)))


def _past(record: CaseRecord, over_ms: int) -> PastTime:
    return PastTime(
        case=record.id.hex(),
        code=record.page_code,
        closed_ms=record.updated_ms,
        over_since_ms=over_ms,
        on_hold=decode_case(record.blob).on_hold,
    )


async def erase_past_time(station: Station) -> Retention:
    """Erase what is past its time and not on hold, each by a statement of the station; what was found.

    It is said when this returns; the words are gone when the station has folded it.
    """
    found = await past_time(station)
    for one in found.past:
        if not one.on_hold:
            await say_erased(station, bytes.fromhex(one.case))
    station.signal.ring()
    return found


async def say_erased(station: Station, case_id: bytes) -> None:
    """The station's own erasure of a case that has had its time."""
    now_ms = station.clock.now_ms()
    body = Erased(ground=EraseGround.RETENTION, statements=await count_said(station.journal, case_id))
    statement = station.identity.say("erased", body, now_ms=now_ms, case=case_id)
    await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=now_ms)


class Retainer:
    """The station's own look: once a day by its clock, whichever of its processes comes first."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._next_ms = 0

    async def run_once(self) -> int:
        """Erase what is past its time, where nobody looked today; how many cases. Asks the journal once an hour."""
        now_ms = self._station.clock.now_ms()
        if now_ms < self._next_ms:
            return 0
        self._next_ms = now_ms + LOOK_MS
        journal = self._station.journal
        last = await journal.fact(LAST_FACT)
        if last is not None and 0 <= now_ms - int(last) < DAY_MS:
            return 0
        found = await erase_past_time(self._station)
        await journal.set_fact(LAST_FACT, str(now_ms).encode())
        erased = sum(not one.on_hold for one in found.past)
        if erased:
            _log.warning("retention_done", days=found.days, erased=erased)
        return erased
