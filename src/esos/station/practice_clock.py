"""The clock of practice: begins what was planned when its moment comes, and tells what a scene holds in its time."""

import msgspec
import structlog

from esos.errors import Conflict
from esos.station import practice
from esos.station.lease import NamedLease
from esos.station.practice_plan import CHANCE_BYTES, PracticePlan, drawn
from esos.station.practice_shut import is_shut, shut_of
from esos.station.station import Station
from esos.words.realm import Realm

PRACTICE_LEASE, PRACTICE_LEASE_MS = "practice", 60_000
LOOK_MS = 15_000
"""How often it is looked whether anything is due."""
MISSED_MS = 15 * 60_000
"""A moment that passed while the station was down is drawn anew after so long."""
MINUTE_MS = 60_000
_log = structlog.get_logger("esos.practice")


class PracticeClock:
    """The look of one process; of several, the one with the lease looks. A station for real calls never does."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._lease = NamedLease(station.journal, PRACTICE_LEASE, holder=station.holder, lease_ms=PRACTICE_LEASE_MS)
        self._looked_ms = -LOOK_MS

    async def run_once(self) -> int:
        """Begin and tell what is due; how much that was."""
        now_ms = self._station.clock.now_ms()
        is_time = not 0 <= now_ms - self._looked_ms < LOOK_MS // self._station.directory.speed
        if self._station.identity.realm is not Realm.EXERCISE or not is_time:
            return 0
        self._looked_ms = now_ms
        if not await self._lease.take(now_ms=now_ms):
            return 0
        await practice.recover(self._station)
        return await self._begin_planned(now_ms) + await self._tell_due(now_ms)

    async def _begin_planned(self, now_ms: int) -> int:
        plan = await practice.plan_of(self._station)
        if 0 < plan.next_ms <= now_ms:
            plan = await self._draw_next(plan, now_ms)
        if not plan.owed_ms:
            return 0
        has_begun = await self._settle(plan, now_ms)
        await practice.keep_plan(self._station, msgspec.structs.replace(plan, owed_ms=0))
        return has_begun

    async def _draw_next(self, plan: PracticePlan, now_ms: int) -> PracticePlan:
        """The next moment; this one is owed from now on. If the roster has no watch now, it is only put off."""
        shut = shut_of(self._station.directory, now_ms)
        chance = self._station.dice.bytes(CHANCE_BYTES)
        later_ms = drawn(plan, now_ms, chance, this_period=True, shut=shut)
        if is_shut(now_ms, shut) and not is_shut(later_ms, shut):
            _log.warning("practice_put_off", why="a holiday, or nobody on watch")
            moved = msgspec.structs.replace(plan, next_ms=later_ms)
        else:
            moved = msgspec.structs.replace(
                plan, next_ms=drawn(plan, now_ms, chance, shut=shut), owed_ms=max(plan.next_ms, 1)
            )
        await practice.keep_plan(self._station, moved)
        return moved

    async def _settle(self, plan: PracticePlan, now_ms: int) -> int:
        """Begin what is owed, unless it has begun already, or its time is long over."""
        if any(run.began_ms >= plan.owed_ms for run in await practice.runs_of(self._station)):
            return 0
        if now_ms - plan.owed_ms > MISSED_MS:
            _log.warning("practice_missed", was_due_ms=plan.owed_ms)
            return 0
        try:
            await practice.begin(self._station)
        except Conflict as still_open:
            _log.warning("practice_not_begun", code=still_open.code)
        return 1

    async def _tell_due(self, now_ms: int) -> int:
        """What the newest practice has to tell by now, unless somebody tells it by hand."""
        run = next(iter(await practice.runs_of(self._station)), None)
        if run is None or run.by_hand:
            return 0
        injects = practice.scene_named(run.scene).injects[run.told :]
        minute_ms = MINUTE_MS // self._station.directory.speed
        if not injects or now_ms - run.began_ms < injects[0].at_minutes * minute_ms:
            return 0
        try:
            await practice.tell_next(self._station, run.case, run.told)
        except Conflict:
            return 0  # it is over, or somebody told this piece a moment ago
        return 1
