"""A watch station whole: its parts put together over ports, and the loops that keep it going.

Data flows one way: a door takes a statement, the journal keeps it, the worker folds it into its case,
the duty engine finds who can help, and the pager tells people. Adapters come from ``service``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

import structlog

from esos.errors import Busy, EsosError
from esos.law.model import Law
from esos.law.read import shipped_laws
from esos.station.accesses import AccessBook
from esos.station.admit import Judge
from esos.station.aside import CALLS, SHOWN_MS, AsideView, aside_view
from esos.station.clocks import ClockView, KernelWord, judge_clock
from esos.station.contacts import DIALLED
from esos.station.desk import Desk, FoldSignal
from esos.station.directory import Directory
from esos.station.erasing import Eraser
from esos.station.files import Files
from esos.station.heartbeats import Heartbeats
from esos.station.identity import StationIdentity
from esos.station.intake import Intake
from esos.station.pager import Pager
from esos.station.ports import Channel, Clock, Dice, Journal
from esos.station.reply_address import ReplyAddresses
from esos.station.seen import Seen
from esos.station.sequence import BATCH_ENTRIES, Sequencer
from esos.station.sight import Outside
from esos.station.tokens import Tokens
from esos.station.tongues import Tongues
from esos.station.verdicts import Verdicts
from esos.station.views import Views
from esos.station.worker import Folder
from esos.words.language import SOURCE, Tongue

IDLE_SECONDS = 2.0
"""How long a loop sleeps when nothing waits and no news comes."""
SHORTEST_SECONDS = 0.02
"""How long a loop sleeps at the least, also when what is due is for another loop to do."""
NEWS_WAIT_MS = 5_000
"""How long one wait for news of the journal lasts."""
BLOCKED_SECONDS = 0.25
"""The same where that goes on."""
FOLLOW_SECONDS = 0.05
"""How often at most a process looks at what others did."""
FOLLOW_SELF_SECONDS = 1.0
"""The same while this process folds, when there is hardly anything to see."""
SPACING_SECONDS = 0.05
"""From the beginning of one look that found nothing to the next, while there is news all the time."""
SEQUENCE_SPACING_SECONDS = 0.25
"""The same for the log, which is to hold everything within a second: in a flood it takes many entries at once."""
CHORE_SPACING_SECONDS = 0.25
"""The same for what nobody waits for."""
PROBE_NAME = "probe"
WELL_MS = 1_000
"""For how long it is believed that the journal takes writes, after it did."""
ASIDE_MAX_COUNT = 100
"""How many entries that were set aside are looked at for the watch floor."""
TROUBLE_SECONDS = 1.0
"""How long a loop waits after the store or a channel could not do it."""
_log = structlog.get_logger("esos.station")


class _Loop(NamedTuple):
    """Something a station keeps doing. A turn that did ``full_count`` or more is followed by the next at once."""

    name: str
    work: Callable[[], Awaitable[int]]
    spacing_seconds: float
    full_count: int = 1


class Station:
    """The station's parts, for doors and pages to use, and ``run`` to keep it going.

    ``speed`` divides every duration of the pact, for drills. ``holder`` names this process in leases, and
    ``processes`` is how many serve together: each has its part of what the station as a whole takes and sends.
    ``tongues`` are the languages it can speak, ``language`` the one it speaks to those of whom it knows none.
    """

    _well_ms = -WELL_MS
    _head = 0
    narrowed_from: "Station | None" = None
    """Of a station as somebody with a limited view sees it (``narrow``), the station itself."""
    outside: Outside | None = None
    """What they asked for and were not shown."""

    def __init__(  # noqa: PLR0913 - everything that a station is made of
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
        processes: int = 1,
        tongues: Mapping[str, Tongue] | None = None,
        language: str = SOURCE,
        mail_address: str = "",
    ) -> None:
        self.identity, self.journal = identity, journal
        self.clock, self.dice, self.channels = clock, dice, channels
        self.holder, self.processes = holder, processes
        self.signal, self.verdicts, self.seen = FoldSignal(), Verdicts(), Seen(journal, clock)
        self.heartbeats, self.accesses = Heartbeats(journal, clock), AccessBook(journal, clock)
        self.kernel: Callable[[], KernelWord] = KernelWord
        """What the machine says of its clock; whoever puts the station together knows how to ask."""
        self.laws: tuple[Law, ...] = shipped_laws()
        self.chores: dict[str, Callable[[], Awaitable[int]]] = {}
        """What else this process does again and again, by name: added before it runs."""
        self.directory = Directory(identity, speed)
        self.directory.rung = DIALLED & set(channels)
        self.judge = Judge(self.directory)
        self.tongues = Tongues(journal=journal, directory=self.directory, known=tongues, own=language)
        self.intake = Intake(
            journal=journal, judge=self.judge, directory=self.directory, clock=clock, processes=processes
        )
        self.tokens = Tokens(journal=journal, dice=dice, clock=clock, link_key=identity.master)
        self.views = Views(journal=journal, directory=self.directory)
        self.files = Files(journal, clock, self.directory)
        self.replies = ReplyAddresses(key=identity.master, address=mail_address) if mail_address else None
        """Where people answer this station's mail; None where it takes none."""
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
        self.eraser = Eraser(journal)
        self._introduce()
        self.sequencer = Sequencer(journal=journal, directory=self.directory, dice=dice, holder=holder)
        self.pager = self._pager(base_url, speed)

    def _pager(self, base_url: Callable[[], str], speed: int) -> Pager:
        return Pager(
            journal=self.journal,
            tokens=self.tokens,
            tongues=self.tongues,
            channels=self.channels,
            clock=self.clock,
            station_name=self.identity.name,
            base_url=base_url,
            is_exercise=self.identity.realm.value == "exercise",
            holder=self.holder,
            speed=speed,
            processes=self.processes,
            replies=self.replies,
        )

    @property
    def whole(self) -> "Station":
        """The station itself, whoever looks."""
        return self.narrowed_from or self

    def _introduce(self) -> None:
        """Parts that tell one another of something."""
        self.folder.folded = self.eraser.note
        self.folder.noted = self.eraser.note_record
        self.desk.learnt = self.folder.learn_all

    async def open(self) -> None:
        """Read the register; after this the station can answer.

        The worker learns from cases before it first folds, and the sequencer reads the tree before it first signs.
        """
        await self.directory.refresh(self.journal)

    async def run(self) -> None:
        """Fold, page, sequence and follow until cancelled; what this process had in hand when it died is taken up."""
        with suppress(Busy):  # else those leases lapse
            await self.journal.let_go(holder=self.holder, parcels=True)
        try:
            async with asyncio.TaskGroup() as group:
                for loop in self._loops(group):
                    group.create_task(self._keep_doing(loop))
        finally:
            await self.give_up_leases()

    async def give_up_leases(self) -> None:
        """At an orderly end another process goes on at once."""
        with suppress(Busy):  # else they lapse
            await self.folder.lease.let_go()
            await self.sequencer.lease.let_go()

    async def trouble(self) -> str:
        """Why nothing could be kept just now, as a sentence; empty when it could. Found out by a real write."""
        try:
            await self.journal.lease(PROBE_NAME, holder=self.holder, lease_ms=1)
        except Busy as cause:
            return str(cause)
        return ""

    async def trouble_of_late(self) -> str:
        """The same for pages that many look at: that all was well a moment ago is good enough for those."""
        now_ms = self.clock.now_ms()
        if not 0 <= now_ms - self._well_ms < WELL_MS:
            if said := await self.trouble():
                return said
            self._well_ms = now_ms
        return ""

    def clock_view(self) -> ClockView:
        """Whether this station's clock can be believed, for people to look at."""
        heard = self.intake.clocks.ahead_of_each_ms(now_ms=self.clock.now_ms())
        return judge_clock(self.kernel(), heard)

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
        await self.eraser.run_once(now_ms=self.clock.now_ms())
        return count

    async def _sequence(self) -> int:
        return await self.sequencer.run_once(now_ms=self.clock.now_ms())

    async def _follow(self) -> int:
        """Learn what other processes did, and tell the doors of this one; never more often than is of use."""
        seen = self.signal.count
        if await self.follow():
            self.signal.ring()
        is_folding = self.folder.lease.is_held(now_ms=self.clock.now_ms())
        await asyncio.sleep(FOLLOW_SELF_SECONDS if is_folding else FOLLOW_SECONDS)
        await self.signal.wait(FOLLOW_SECONDS if self.verdicts.are_awaited else IDLE_SECONDS, seen=seen)
        return 1

    async def follow(self) -> int:
        """The next of what others folded, judged or read; how much there was."""
        await self.folder.learn_all()
        count = await self.folder.follower.look() + await self.seen.exchange()
        return count + await self.verdicts.look(self.journal)

    def _loops(self, group: asyncio.TaskGroup) -> "list[_Loop]":
        """What a station does beside its doors, each at its own pace."""
        return [
            _Loop("news", self._watch_news, spacing_seconds=0),
            _Loop("fold", self._fold, spacing_seconds=SPACING_SECONDS),
            _Loop("page", lambda: self.pager.run_once(group), spacing_seconds=SPACING_SECONDS),
            _Loop("sequence", self._sequence, spacing_seconds=SEQUENCE_SPACING_SECONDS, full_count=BATCH_ENTRIES),
            _Loop("follow", self._follow, spacing_seconds=0),
            *(_Loop(name, chore, spacing_seconds=CHORE_SPACING_SECONDS) for name, chore in self.chores.items()),
        ]

    async def _keep_doing(self, loop: "_Loop") -> None:
        """Do the work whenever there is news or something falls due; trouble is logged and tried again.

        Turns that had little to do stand apart, so that in a flood of calls the looking does not slow the hearing.
        What comes alone waits for nothing: its loop was idle for longer than that.
        """
        blocked_count = 0
        while True:
            seen = self.signal.count
            began = asyncio.get_running_loop().time()
            try:
                count = await loop.work()
                blocked_count = 0 if count else await self._wait(seen, blocked_count)
            except EsosError as trouble:
                _log.warning("loop_busy", loop=loop.name, code=trouble.code)
                await asyncio.sleep(TROUBLE_SECONDS)
            except Exception:  # noqa: BLE001 - see the next line
                # A station that stops watching is worse than one that logs the same fault every second.
                _log.exception("loop_failed", loop=loop.name)
                await asyncio.sleep(TROUBLE_SECONDS)
            else:
                early_seconds = began + loop.spacing_seconds - asyncio.get_running_loop().time()
                if count < loop.full_count and early_seconds > 0:
                    await asyncio.sleep(early_seconds)

    async def _wait(self, seen: int, blocked_count: int) -> int:
        """Until there is news, the next timer or page falls due, or a process that died has lost its lease.

        What is due already is for another loop or process to do: it is looked at less often the longer that goes
        on. How many waits in a row have been so.
        """
        now_ms = self.clock.now_ms()
        next_ms = await self.journal.next_due_ms()
        until_due = IDLE_SECONDS if next_ms is None else (next_ms - now_ms) / 1000
        blocked_count = blocked_count + 1 if until_due <= 0 else 0
        shortest = min(BLOCKED_SECONDS, SHORTEST_SECONDS * max(1, blocked_count))
        is_refused = self.folder.lease.is_refused(now_ms=now_ms)
        longest = self.folder.lease.ask_again_seconds if is_refused else IDLE_SECONDS
        await self.signal.wait(min(longest, max(shortest, until_due)), seen=seen)
        return blocked_count

    async def _watch_news(self) -> int:
        """Wake every loop for what this or another process has kept."""
        self._head = await self.journal.wait_for_news(after_seq=self._head, timeout_ms=NEWS_WAIT_MS)
        self.signal.ring()
        return 1
