"""Standing instructions: where a beacon falls silent for as long as its owner said, the station suspects distress.

A heartbeat that stops is nobody's call: only its owner's own signed instructions make one of it. No silence counts
that this station could not have heard end: not while it was down, nor before it could know what others heard.
"""

import hashlib

import msgspec
import structlog

from esos.case.model import Case, decode_case
from esos.message.bodies import CallDetails, Noted, Suspected
from esos.station.heartbeats import Heartbeat
from esos.station.known import Instructions
from esos.station.lease import NamedLease
from esos.station.station import Station
from esos.words.nature import Nature

SILENCE_LEASE = "silence"
SILENCE_LEASE_MS = 60_000
LOOK_MS = 15_000
"""How often it is looked which beacons are silent."""
GAP_MS = 120_000
"""After so long without a look, or a clock that jumped so far, every silence is counted anew."""
CASES_MAX_COUNT = 10_000
"""Open cases that are looked at for a beacon that returned."""
MINUTE_MS = 60_000
RETURNED = "Its heartbeats are heard again. Nobody has said yet that all is well: call back, or wait for the caller."
_CALL_ID_BYTES = 8
_log = structlog.get_logger("esos.silence")


class SilenceWatch:
    """The look of one process; of several, the one with the lease looks."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._lease = NamedLease(station.journal, SILENCE_LEASE, holder=station.holder, lease_ms=SILENCE_LEASE_MS)
        self._since_ms = 0
        self._looked_ms = 0
        self._said: dict[str, bytes] = {}

    async def run_once(self) -> int:
        """Look, where it is time and this process's turn; how much was said."""
        now_ms = self._station.clock.now_ms()
        if 0 <= now_ms - self._looked_ms < LOOK_MS // self._station.directory.speed:
            return 0
        if not 0 <= now_ms - self._looked_ms < GAP_MS:
            self._since_ms = now_ms
        self._looked_ms = now_ms
        if not self._standing():
            return 0
        if not await self._lease.take(now_ms=now_ms):
            self._since_ms = now_ms
            return 0
        return await self._look(now_ms)

    def _standing(self) -> dict[str, Instructions]:
        directory = self._station.directory
        return {
            party: one
            for party, one in directory.instructions.items()
            if not one.body.withdrawn and party in directory.members
        }

    async def _look(self, now_ms: int) -> int:
        said = await self._note_returned(now_ms)
        for party, lodged in self._standing().items():
            last = self._station.heartbeats.last(self._station.directory.keys_of(party))
            if last is not None and self._is_silent(last, lodged, now_ms):
                said += await self._suspect(party, lodged, last, now_ms)
        return said

    def _is_silent(self, last: Heartbeat, lodged: Instructions, now_ms: int) -> bool:
        """A beacon never heard is not silent: it was never set going."""
        since_ms = max(last.at_ms, lodged.at_ms, self._since_ms)
        return now_ms - since_ms >= self._silent_ms(lodged)

    def _silent_ms(self, lodged: Instructions) -> int:
        return lodged.body.silent_minutes * MINUTE_MS // self._station.directory.speed

    async def _suspect(self, party: str, lodged: Instructions, last: Heartbeat, now_ms: int) -> int:
        """Say it, once for each silence; the case is folded from it as from any call."""
        call = silence_id(lodged.id, last.at_ms)
        if self._said.get(party) == call:
            return 0
        record = await self._station.journal.last_case_of(party)
        known = decode_case(record.blob).calls if record and record.blob else ()
        self._said[party] = call
        if call in known:
            return 0
        body = Suspected(
            call=call,
            caller=party,
            instructions=lodged.id,
            heard_ms=last.at_ms,
            silent_minutes=lodged.body.silent_minutes,
            details=details_of(lodged),
        )
        station = self._station
        statement = station.identity.say("suspected", body, now_ms=now_ms)
        await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=now_ms)
        _log.warning("beacon_silent", member=party, minutes=lodged.body.silent_minutes)
        station.signal.ring()
        return 1

    async def _note_returned(self, now_ms: int) -> int:
        """In each case that speaks of a silent beacon, that it is heard again."""
        records = await self._station.journal.cases(only_open=True, limit=CASES_MAX_COUNT)
        cases = [decode_case(record.blob) for record in records if record.caller in self._standing() and record.blob]
        returned = [case for case in cases if case.beacon_silent_ms and self._is_heard(case)]
        station = self._station
        for case in returned:
            statement = station.identity.say("contact_returned", Noted(note=RETURNED), now_ms=now_ms, case=case.id)
            await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=now_ms)
            self._said.pop(case.caller, None)
        if returned:
            station.signal.ring()
        return len(returned)

    def _is_heard(self, case: Case) -> bool:
        last = self._station.heartbeats.last(self._station.directory.keys_of(case.caller))
        return last is not None and last.at_ms > case.beacon_silent_ms


def silence_id(instructions: bytes, heard_ms: int) -> bytes:
    """The name of one silence: the same in every process, and after a restart."""
    return hashlib.sha256(b"esos-silence-1" + instructions + heard_ms.to_bytes(8)).digest()[:_CALL_ID_BYTES]


def details_of(lodged: Instructions) -> CallDetails:
    """What the station says for the caller: that an automatic alarm went off, and the caller's own words."""
    details = CallDetails(urgency=lodged.body.urgency, natures=(int(Nature.BEACON),), origin="automatic")
    return msgspec.structs.replace(details, words=lodged.body.words)
