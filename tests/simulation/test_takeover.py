"""Two processes of a station in virtual time: one dies without a word, and the other goes on within the lease."""

import asyncio
from contextlib import suppress

from doubles.slow_station import START_MS, SetClock
from doubles.twin_stations import Twins
from simulated.loop import run_virtually

from esos.station.worker import FOLD_LEASE_MS

SPARE_MS = 1_000
"""Beside the lease: until a process that was refused asks again, and its turn."""
MINUTE_S = 60


class LoopClock(SetClock):
    """The loop's own time."""

    @property
    def now(self) -> int:
        return START_MS + round(asyncio.get_running_loop().time() * 1000)


class Both:
    """Two processes at work; ``kill`` ends one at once, with no chance to give anything back."""

    def __init__(self, twins: Twins) -> None:
        self.twins = twins
        self.running = {one: asyncio.create_task(one.run()) for one in (twins.a, twins.b)}

    async def kill(self, station) -> None:
        async def nothing() -> None:
            """It is dead."""

        station.give_up_leases = nothing
        self.running[station].cancel()
        with suppress(asyncio.CancelledError):
            await self.running[station]

    async def end(self) -> None:
        for task in self.running.values():
            task.cancel()
        await asyncio.gather(*self.running.values(), return_exceptions=True)

    async def until(self, ask, *, within_ms: int) -> int:
        """After how many ms it was so."""
        began = self.twins.clock.now
        while not ask():
            assert self.twins.clock.now - began <= within_ms, "too late"
            await asyncio.sleep(0.01)
        return self.twins.clock.now - began


async def both() -> Both:
    return Both(await Twins.founded(LoopClock()))


def test_when_the_process_that_folds_dies_a_call_waits_for_the_other_no_longer_than_the_lease():
    async def play() -> None:
        two = await both()
        twins = two.twins
        await twins.call(twins.a)
        await two.until(twins.cases, within_ms=SPARE_MS)
        holder = {"process a": twins.a, "process b": twins.b}[twins.store.leases["fold"].holder]
        other = twins.b if holder is twins.a else twins.a
        await two.kill(holder)
        await twins.call(other, "second")
        waited = await two.until(lambda: len(twins.cases()) == 2, within_ms=FOLD_LEASE_MS + SPARE_MS)
        assert waited > SPARE_MS
        await two.end()

    run_virtually(play())


def test_a_timer_of_a_dead_process_runs_out_at_another_although_nobody_says_a_word():
    async def play() -> None:
        two = await both()
        twins = two.twins
        await twins.call(twins.a)
        await two.until(twins.cases, within_ms=SPARE_MS)
        await two.kill({"process a": twins.a, "process b": twins.b}[twins.store.leases["fold"].holder])
        for _ in range(20 * MINUTE_S):
            await asyncio.sleep(1)
            late_ms = twins.clock.now - min(timer.due_ms for timer in twins.store.due.values())
            assert late_ms <= FOLD_LEASE_MS + SPARE_MS
        assert twins.cases()[0].wave > 0
        await two.end()

    run_virtually(play())


def test_both_processes_tell_a_caller_who_waits_at_either_within_a_moment():
    async def play() -> None:
        two = await both()
        twins = two.twins
        for station, name in ((twins.a, "caller"), (twins.b, "second"), (twins.a, "helper")):
            began = twins.clock.now
            outcome = await station.desk.outcome(await twins.call(station, name))
            assert outcome.verdict == "applied"
            assert twins.clock.now - began <= SPARE_MS
        await two.end()

    run_virtually(play())


def test_processes_with_nothing_to_do_write_nothing_for_an_hour():
    async def play() -> None:
        two = await both()
        twins = two.twins
        await asyncio.sleep(10)
        written: list[str] = []
        twins.store.after = written.append
        await asyncio.sleep(60 * MINUTE_S)
        assert set(written) <= {"claim_parcels"}  # which finds nothing, and so changes nothing
        await two.end()

    run_virtually(play())
