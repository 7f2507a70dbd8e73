"""A watch station whole: its parts put together over ports, and the loops that keep it going.

Data flows one way: a door takes a statement, the journal keeps it, the worker folds it into its case,
the duty engine finds who can help, and the pager tells people. Adapters come from ``service``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog

from esos.case.model import Case
from esos.errors import Busy, EsosError
from esos.station.admit import Judge
from esos.station.aside import CALLS, SHOWN_MS, AsideView, aside_view
from esos.station.desk import Desk, FoldSignal
from esos.station.directory import Directory
from esos.station.identity import StationIdentity
from esos.station.intake import Intake
from esos.station.pager import Pager
from esos.station.ports import Channel, Clock, Dice, Journal
from esos.station.sequence import Sequencer
from esos.station.tokens import Tokens
from esos.station.verdicts import Verdicts
from esos.station.views import Views
from esos.station.worker import Folder

IDLE_SECONDS = 2.0
"""How long a loop sleeps when nothing waits and no news comes."""
SHORTEST_SECONDS = 0.02
"""How long a loop sleeps at the least, also when what is due is for another loop to do."""
NEWS_WAIT_MS = 5_000
"""How long one wait for news of the journal lasts."""
PROBE_NAME = "probe"
ASIDE_MAX_COUNT = 100
"""How many entries that were set aside are looked at for the watch floor."""
TROUBLE_SECONDS = 1.0
"""How long a loop waits after the store or a channel could not do it."""
_log = structlog.get_logger("esos.station")


class Station:
    """The station's parts, for doors and pages to use, and ``run`` to keep it going.

    ``speed`` divides every duration of the pact, for drills. ``holder`` names this process in leases.
    """

    def __init__(
        self,
        *,
        identity: StationIdentity,
        journal: Journal,
        channels: Mapping[str, Channel],
        clock: Clock,
        dice: Dice,
        base_url: Callable[[], str],
        speed: int = 1,
        holder: str = "station",
    ) -> None:
        self.identity = identity
        self.journal = journal
        self.clock = clock
        self.dice = dice
        self._holder = holder
        self.signal = FoldSignal()
        self.verdicts = Verdicts()
        self.opened: Callable[[Case], None] = lambda case: None  # noqa: ARG005
        """Told when an officer opens a case at a page: a door may say so to the caller. Kept nowhere."""
        self._head = 0
        self.directory = Directory(identity, speed)
        self.judge = Judge(self.directory)
        self.intake = Intake(journal=journal, judge=self.judge, directory=self.directory, clock=clock)
        self.tokens = Tokens(journal=journal, dice=dice, clock=clock, link_key=identity.master)
        self.views = Views(journal=journal, directory=self.directory)
        self.desk = Desk(
            journal=journal,
            judge=self.judge,
            intake=self.intake,
            directory=self.directory,
            clock=clock,
            verdicts=self.verdicts,
        )
        self.folder = Folder(
            journal=journal, directory=self.directory, judge=self.judge, holder=holder, verdicts=self.verdicts
        )
        self.desk.learnt = self.folder.learn_all
        self.sequencer = Sequencer(journal=journal, directory=self.directory, dice=dice, holder=holder)
        self.pager = Pager(
            journal=journal,
            tokens=self.tokens,
            channels=channels,
            clock=clock,
            station_name=identity.name,
            base_url=base_url,
            is_exercise=identity.realm.value == "exercise",
            holder=holder,
            speed=speed,
        )

    async def open(self) -> None:
        """Read the register; after this the station can answer.

        The worker learns from cases before it first folds, and the sequencer reads the tree before it first signs.
        """
        await self.directory.refresh(self.journal)

    async def run(self) -> None:
        """Fold, page and sequence until cancelled; what this process had in hand when it died is taken up at once."""
        with suppress(Busy):  # else those leases lapse
            await self.journal.let_go(holder=self._holder, parcels=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_doing(self._watch_news, "news"))
            group.create_task(self._keep_doing(self._fold, "fold"))
            group.create_task(self._keep_doing(lambda: self.pager.run_once(group), "page"))
            group.create_task(self._keep_doing(self._sequence, "sequence"))

    async def trouble(self) -> str:
        """Why nothing could be kept just now, as a sentence; empty when it could. Found out by a real write."""
        try:
            await self.journal.lease(PROBE_NAME, holder=self._holder, now_ms=self.clock.now_ms(), lease_ms=1)
        except Busy as cause:
            return str(cause)
        return ""

    async def calls_aside(self, *, now_ms: int) -> list[AsideView]:
        """Calls of late that could not be folded: a person must call back by hand."""
        found = await self.journal.set_aside(limit=ASIDE_MAX_COUNT)
        late = [entry for entry in found if entry.kind in CALLS and now_ms - entry.at_ms < SHOWN_MS]
        return [aside_view(entry, self.directory) for entry in late]

    async def fold_all(self) -> None:
        """Fold until nothing waits; for tests and for starting up."""
        while await self._fold():
            pass

    async def _fold(self) -> int:
        count = await self.folder.run_once(now_ms=self.clock.now_ms())
        if count:
            self.signal.ring()
        return count

    async def _sequence(self) -> int:
        return await self.sequencer.run_once(now_ms=self.clock.now_ms())

    async def _keep_doing(self, work: Callable[[], Awaitable[int]], name: str) -> None:
        """Do the work whenever there is news or something falls due; trouble is logged and tried again."""
        while True:
            seen = self.signal.count
            try:
                if not await work():
                    await self._wait(seen)
            except EsosError as trouble:
                _log.warning("loop_busy", loop=name, code=trouble.code)
                await asyncio.sleep(TROUBLE_SECONDS)
            except Exception:  # noqa: BLE001 - see the next line
                # A station that stops watching is worse than one that logs the same fault every second.
                _log.exception("loop_failed", loop=name)
                await asyncio.sleep(TROUBLE_SECONDS)

    async def _wait(self, seen: int) -> None:
        """Until there is news, or the next timer or page falls due."""
        next_ms = await self.journal.next_due_ms()
        until_due = IDLE_SECONDS if next_ms is None else (next_ms - self.clock.now_ms()) / 1000
        await self.signal.wait(min(IDLE_SECONDS, max(SHORTEST_SECONDS, until_due)), seen=seen)

    async def _watch_news(self) -> int:
        """Wake every loop for what this or another process has kept."""
        newest = await self.journal.wait_for_news(after_seq=self._head, timeout_ms=NEWS_WAIT_MS)
        if newest > self._head:
            self._head = newest
            self.signal.ring()
        return 1
