"""Performing effects: pages that were ordered are handed to their channels, at least once, under stable ids.

Law 4: "sent" is written down as what a provider said, and stops nothing. And no page says that nobody has a
case when somebody has it by then.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec
import structlog

from esos.case.model import decode_case
from esos.errors import Busy, EsosError
from esos.station.contact_page import CONTACT_KIND, ContactPage, contact_message, read_contact_page
from esos.station.local_time import zone_of
from esos.station.mail_thread import mail_thread
from esos.station.page_lanes import LADDER, MEMBERS, OFFICERS, STRANGERS, is_strangers
from esos.station.page_reasons import NEIGHBOUR
from esos.station.paging import PageOrder
from esos.station.ports import Channel, Clock, Journal, PageFrame, PageMessage
from esos.station.records import STRANGERS_CALLERS, Fate, ParcelOutcome, ParcelRecord, Room
from esos.station.reply_address import ReplyAddresses
from esos.station.shortcode import page_code
from esos.station.tokens import SELECTED_STAGE, Tokens
from esos.station.tongues import Tongues
from esos.words.answer_replies import text_answer
from esos.words.kept import HELD, NO_ADDRESS, NO_CHANNEL, NO_STRANGERS, NOT_MADE, TOGETHER, TOO_LATE, say_kept
from esos.words.language import speaking
from esos.words.life import Concern
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.page_text import PageFacts, PageReason, page_text
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

LEASE_MS = 60_000
LANE_MAX = 32
"""How many pages of one lane may be on their way at once: by one channel, for officers, members or strangers."""
LANES_MAX = {
    f"mail/{STRANGERS}": 2, f"webhook/{STRANGERS}": 2, f"file/{STRANGERS}": 2,
    f"apprise/{OFFICERS}": 3, f"apprise/{MEMBERS}": 3, f"apprise/{STRANGERS}": 1,
}  # fmt: skip
"""The same where it is fewer: each page by Apprise is a process."""
RECIPIENT_MAX = 4
"""How many pages may be on their way to one address at once."""
BLOCKED_SECONDS = 0.1
"""How long the pager waits at most for one of the pages under way, when no other may go."""
GATHER_MS = 60_000
"""How often an address is told of strangers' calls: all that came meanwhile in one page."""
GATHER_AGAIN_MS = 2_000
STRANGERS_COUNT_MAX = 1_000
"""From how many of the newest open cases strangers' calls are counted."""
RETRY_FIRST_MS = 2_000
RETRY_CAP_MS = 5 * 60_000
ATTEMPTS_MAX = 200
PAGE_LINK_MS = 7 * 86_400_000
_ANSWERED = frozenset({PageReason.ASKED, PageReason.REMINDED, PageReason.SELECTED})
"""Pages that a text message answers: those that ask a team for its word."""
_log = structlog.get_logger("esos.pager")
_OFFICER_AUDIENCES = frozenset({"watch", "backup", "neighbour", "everyone", "coordinator", "second"})


class _Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The strangers' cases that nobody has: how many, since when, and how urgent the worst of them says it is."""

    cases: tuple[bytes, ...]
    since_ms: int
    urgency: Urgency


class Pager:
    """Hands ordered pages to channels. ``base_url`` is where people open the station's pages."""

    def __init__(  # noqa: PLR0913 - everything a page is made of and sent by
        self,
        *,
        journal: Journal,
        tokens: Tokens,
        tongues: Tongues,
        channels: Mapping[str, Channel],
        clock: Clock,
        station_name: str,
        base_url: Callable[[], str],
        is_exercise: bool,
        holder: str,
        speed: int = 1,
        processes: int = 1,
        replies: ReplyAddresses | None = None,
    ) -> None:
        self._replies = replies
        self._journal = journal
        self._tokens = tokens
        self._tongues = tongues
        self._channels = channels
        self._clock = clock
        self._station_name = station_name
        self._base_url = base_url
        self._is_exercise = is_exercise
        self._holder = holder
        self._gather_ms = GATHER_MS // speed
        self._lane_max = max(1, LANE_MAX // processes)
        self._lanes_max = {lane: max(1, most // processes) for lane, most in LANES_MAX.items()}
        self._recipient_max = max(1, RECIPIENT_MAX // processes)
        self._lanes: Counter[str] = Counter()
        self._recipients: Counter[bytes] = Counter()
        self._told_strangers: dict[tuple[str, str], int] = {}
        self._outcomes: list[ParcelOutcome] = []
        self._finished = asyncio.Event()

    async def run_once(self, group: asyncio.TaskGroup) -> int:
        """Write down what came of pages, and hand over more, as many as there is room for; how many there were.

        Pages are sent in tasks of ``group``: a channel or address that hangs holds up nobody else's page.
        """
        settled = await self._settle()
        claimed = await self._journal.claim_parcels(
            holder=self._holder, now_ms=self._clock.now_ms(), lease_ms=LEASE_MS, room=self._room()
        )
        for record in claimed:
            self._count(record, 1)
            group.create_task(self._perform(record))
        if not settled and not claimed and self._lanes.total():
            await self._wait_for_one()
            return 1
        return settled + len(claimed) + len(self._outcomes)

    def _room(self) -> Room:
        """What is under way here leaves less room; of several processes each has its part of the whole."""
        limit = self._lanes_max.get
        most = self._lanes_max | {lane: limit(lane, self._lane_max) - count for lane, count in self._lanes.items()}
        under_way = dict(self._recipients)
        return Room(lane=self._lane_max, lanes=most, recipient=self._recipient_max, recipients=under_way)

    def _count(self, record: ParcelRecord, change: int) -> None:
        self._lanes[record.parcel.lane] += change
        self._recipients[record.parcel.recipient] += change
        self._lanes, self._recipients = +self._lanes, +self._recipients  # forgets those with none

    async def _wait_for_one(self) -> None:
        self._finished.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(BLOCKED_SECONDS):
                await self._finished.wait()

    async def _settle(self) -> int:
        """What came of pages since the last time, in one transaction."""
        outcomes, self._outcomes = self._outcomes, []
        try:
            await self._journal.settle_parcels(outcomes, now_ms=self._clock.now_ms())
        except BaseException:
            self._outcomes = outcomes + self._outcomes
            raise
        return len(outcomes)

    async def _perform(self, record: ParcelRecord) -> None:
        try:
            outcome = await self._hand_over(record)
        except Busy as cause:  # the journal cannot say now whether it is still needed
            outcome = self._again(record, str(cause))
        except Exception as cause:  # noqa: BLE001 - one page that cannot be made must not stop the others
            _log.error("page_failed", parcel=record.parcel.id.hex(), exc_info=cause)
            outcome = self._again(record, NOT_MADE.write(cause=type(cause).__name__))
        finally:
            self._count(record, -1)
            self._finished.set()
        self._outcomes.append(outcome)  # only now: what was there before the wait may have been settled meanwhile

    async def _hand_over(self, record: ParcelRecord) -> ParcelOutcome:
        """In the language of its reader, whoever ordered it."""
        if record.parcel.kind == CONTACT_KIND:
            test = read_contact_page(record.parcel.blob)
            with speaking(await self._tongues.of(test.party)):
                return await self._try_contact(record, test)
        order = msgspec.msgpack.decode(record.parcel.blob, type=PageOrder)
        with speaking(await self._tongues.of(order.party)):
            return await self._hand_to_channel(record, order)

    async def _hand_to_channel(self, record: ParcelRecord, order: PageOrder) -> ParcelOutcome:
        channel = self._channels.get(order.channel)
        if channel is None:
            return _fate(record, "given_up", error=_no_channel(order.channel))
        if order.gathers:
            return await self._tell_of_strangers(record, order, channel)
        if order.reason in LADDER and not await self._still_waits(order):
            return _fate(record, "not_needed", error=HELD)
        return await self._send(record, channel, self._message(record.parcel.id, order))

    async def _try_contact(self, record: ParcelRecord, test: ContactPage) -> ParcelOutcome:
        """A test of an address: about no case, by another link, and of no use once it is late (law 7)."""
        channel = self._channels.get(test.channel)
        if channel is None:
            return _fate(record, "given_up", error=_no_channel(test.channel))
        if self._clock.now_ms() >= test.until_ms:
            return _fate(record, "not_needed", error=TOO_LATE)
        message = contact_message(
            record.parcel.id.hex(),
            test,
            station=self._station_name,
            base_url=self._base_url(),
            is_exercise=self._is_exercise,
        )
        return await self._send(record, channel, message)

    async def _send(self, record: ParcelRecord, channel: Channel, message: PageMessage) -> ParcelOutcome:
        try:
            sent = await channel.send(message)
        except Busy as cause:
            return self._again(record, str(cause))
        except EsosError as cause:
            _log.warning("page_refused", channel=channel.scheme, code=cause.code)
            return _fate(record, "given_up", error=str(cause))
        return _fate(record, "done", result=msgspec.msgpack.encode(sent))

    async def _still_waits(self, order: PageOrder) -> bool:
        """Whether nobody has the case yet: what was ordered before somebody took it would be false now."""
        case = await self._journal.case(order.case)
        return case is None or (case.is_open and not case.holder)

    async def _tell_of_strangers(self, record: ParcelRecord, order: PageOrder, channel: Channel) -> ParcelOutcome:
        """One page for all strangers' calls that wait, and not again before its time."""
        address, now_ms = (order.channel, order.address), self._clock.now_ms()
        free_ms = self._told_strangers.get(address, 0)
        if now_ms < free_ms:
            return _fate(record, "waiting", error=TOGETHER, not_before_ms=free_ms)
        gathered = await self._strangers()
        if not gathered.cases:
            return _fate(record, "not_needed", error=NO_STRANGERS)
        again_ms = min(GATHER_AGAIN_MS, self._gather_ms)
        if not await self._may_tell(address, again_ms):
            return _fate(record, "waiting", error=TOGETHER, not_before_ms=now_ms + again_ms)
        outcome = await self._send(record, channel, self._message_of_strangers(record, order, gathered))
        if outcome.state == "done":
            with suppress(Busy):  # else another process may tell again sooner; what went out stays done
                await self._may_tell(address, self._gather_ms)
        return outcome

    async def _may_tell(self, address: tuple[str, str], for_ms: int) -> bool:
        """Whether no other process tells this address meanwhile; this one then leaves it alone for so long itself."""
        digest = hashlib.sha256("/".join(address).encode()).hexdigest()[:32]
        if not await self._journal.lease(
            f"strangers:{digest}", holder=self._holder, lease_ms=for_ms, longest_ms=self._gather_ms
        ):
            return False
        self._told_strangers[address] = self._clock.now_ms() + for_ms
        return True

    async def _strangers(self) -> _Gathered:
        """The strangers' calls that wait for a person now, of the newest open cases."""
        records = await self._journal.cases(only_open=True, limit=STRANGERS_COUNT_MAX)
        unheld = [one for one in records if not one.holder and one.caller.startswith(STRANGERS_CALLERS)]
        waiting = [one for one in unheld if is_strangers(decode_case(one.blob))]
        return _Gathered(
            cases=tuple(one.id for one in waiting),
            since_ms=min((one.opened_ms for one in waiting), default=0),
            urgency=max((Urgency(one.urgency) for one in waiting), key=_gravity, default=Urgency.ADVISORY),
        )

    def _message_of_strangers(self, record: ParcelRecord, order: PageOrder, gathered: _Gathered) -> PageMessage:
        if gathered.cases == (order.case,):
            return self._message(record.parcel.id, order)
        facts = PageFacts(
            urgency=gathered.urgency,
            station=self._station_name,
            since_ms=gathered.since_ms,
            calls=len(gathered.cases),
            zone=zone_of(order.timezone),
        )
        title, body = page_text(PageReason.STRANGERS_WAIT, facts)
        return PageMessage(
            stable_id=record.parcel.id.hex(),
            address=order.address,
            title=title,
            body=body,
            link=f"{self._base_url()}/watch" if order.party not in {NEIGHBOUR, ""} else "",
            urgency=gathered.urgency,
            is_exercise=self._is_exercise,
            frame=PageFrame.spoken(),
        )

    def _again(self, record: ParcelRecord, error: str) -> ParcelOutcome:
        if record.attempts >= ATTEMPTS_MAX:
            return _fate(record, "given_up", error=error)
        delay_ms = min(RETRY_CAP_MS, RETRY_FIRST_MS << min(record.attempts, 20))
        return _fate(record, "waiting", error=error, not_before_ms=self._clock.now_ms() + delay_ms)

    def _message(self, parcel_id: bytes, order: PageOrder) -> PageMessage:
        title, body = self.text(order)
        return PageMessage(
            stable_id=parcel_id.hex(),
            address=order.address,
            title=title,
            body=body,
            link=self._link(order),
            urgency=order.urgency,
            is_exercise=self._is_exercise,
            frame=PageFrame.spoken(),
            answer=self._answer(order),
            **(mail_thread(parcel_id, order, self._replies, self._station_name) if order.channel == "mail" else {}),
        )

    def _link(self, order: PageOrder) -> str:
        """A link to act by: an officer's acknowledges, a responder's answers, a caller's shows.

        A neighbour station has none: nobody there can act here, and a link that asks it to sign in helps nobody.
        """
        base = self._base_url()
        if order.party in {NEIGHBOUR, ""}:
            return ""
        if not order.case:
            return f"{base}/watch"
        secret = self._tokens.page_link(order.party, about=order.case + order.ref[:16], lives_ms=PAGE_LINK_MS)
        room = "a" if order.audience in _OFFICER_AUDIENCES else "r" if order.audience != "caller" else "c"
        return f"{base}/{room}/{secret}"

    def _answer(self, order: PageOrder) -> str:
        """How a text message answers this page: by its code, and only where an answer is asked for."""
        if order.channel != "sms" or order.party in {NEIGHBOUR, ""}:
            return ""
        says = PageReason(order.says)
        if order.reason in LADDER:
            code = self._tokens.answer_code(order.case + order.party.encode())
            return text_answer(code, is_officer=True)
        if says not in _ANSWERED:
            return ""
        stage = SELECTED_STAGE if says is PageReason.SELECTED else b""
        return text_answer(self._tokens.answer_code(order.case + order.ref[:16] + stage), is_officer=False)

    def text(self, order: PageOrder) -> tuple[str, str]:
        """Title and body of an ordered page."""
        return page_text(PageReason(order.says), facts_of(order, self._station_name))


def _no_channel(channel: str) -> str:
    return NO_CHANNEL.write(channel=repr(channel)) if channel else NO_ADDRESS


def _fate(
    record: ParcelRecord, state: Fate, *, result: bytes = b"", error: str = "", not_before_ms: int = 0
) -> ParcelOutcome:
    """What became of this attempt, and of no later one."""
    return ParcelOutcome(
        id=record.parcel.id,
        attempt=record.attempts,
        state=state,
        result=result,
        error=error,
        not_before_ms=not_before_ms,
    )


def facts_of(order: PageOrder, station_name: str) -> PageFacts:
    """What the words of an ordered page are filled in with."""
    return PageFacts(
        urgency=Urgency(order.urgency),
        caller=order.caller_name,
        is_checked=order.is_checked,
        station=station_name,
        team=order.team,
        natures=tuple(Nature(code) for code in order.natures),
        needs=_needs(order.needs),
        unmet=_needs(order.open_need),
        called_ms=order.called_ms or None,
        since_ms=order.since_ms or None,
        now_ms=order.ordered_ms,
        zone=zone_of(order.timezone),
        due_ms=order.due_ms or None,
        escalates_ms=order.escalates_ms or None,
        tier=DutyTier(order.tier) if order.tier >= 0 else None,
        basis=say_kept(order.basis),
        owed=say_kept(order.owed),
        why=(say_kept(order.why),) if order.why else (),
        concern=Concern(order.concern) if order.concern else None,
        matter=order.matter,
        report=order.report,
        law=order.law,
        reason=order.sentence,
        reply=order.reply,
        numbers=order.numbers,
        is_confirmed=order.is_confirmed,
        case_code=page_code(order.case),
        said=order.said,
        writer=order.by,
    )


def _gravity(urgency: Urgency) -> int:
    return urgency.gravity


def _needs(needs: dict[str, int]) -> tuple[tuple[NeedLine, int], ...]:
    return tuple((NeedLine(line), units) for line, units in needs.items())
