"""Performing effects: pages that were ordered are handed to their channels, at least once, under stable ids.

Law 4: "sent" is written down as what a provider said, and stops nothing.
"""

import asyncio
from collections.abc import Callable, Mapping

import msgspec
import structlog

from esos.errors import Busy, EsosError
from esos.station.paging import PageOrder
from esos.station.ports import Channel, Clock, Journal, PageMessage, ParcelOutcome, ParcelRecord
from esos.station.tokens import Tokens
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.page_text import PageFacts, PageReason, page_text
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

LEASE_MS = 60_000
UNDER_WAY_MAX = 64
"""How many pages may be on their way to a channel at once."""
FULL_SECONDS = 0.02
RETRY_FIRST_MS = 2_000
RETRY_CAP_MS = 5 * 60_000
ATTEMPTS_MAX = 200
PAGE_LINK_MS = 7 * 86_400_000
_log = structlog.get_logger("esos.pager")
_OFFICER_AUDIENCES = frozenset({"watch", "backup", "everyone", "coordinator", "second"})


class Pager:
    """Hands ordered pages to channels. ``base_url`` is where people open the station's pages."""

    def __init__(
        self,
        *,
        journal: Journal,
        tokens: Tokens,
        channels: Mapping[str, Channel],
        clock: Clock,
        station_name: str,
        base_url: Callable[[], str],
        is_exercise: bool,
        holder: str,
    ) -> None:
        self._journal = journal
        self._tokens = tokens
        self._channels = channels
        self._clock = clock
        self._station_name = station_name
        self._base_url = base_url
        self._is_exercise = is_exercise
        self._holder = holder
        self._under_way = 0
        self._outcomes: list[ParcelOutcome] = []

    async def run_once(self, group: asyncio.TaskGroup) -> int:
        """Write down what came of pages, and hand over more, as many as may be under way; how many there were.

        Pages are sent in tasks of ``group``: a channel that hangs holds up nobody else's page.
        """
        settled = await self._settle()
        free = UNDER_WAY_MAX - self._under_way
        if free <= 0:
            await asyncio.sleep(FULL_SECONDS)
            return 1
        claimed = await self._journal.claim_parcels(
            holder=self._holder, now_ms=self._clock.now_ms(), lease_ms=LEASE_MS, limit=free
        )
        self._under_way += len(claimed)
        for record in claimed:
            group.create_task(self._perform(record))
        return settled + len(claimed)

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
        except Exception as cause:  # noqa: BLE001 - one page that cannot be made must not stop the others
            _log.error("page_failed", parcel=record.parcel.id.hex(), exc_info=cause)
            outcome = self._again(record, f"It could not be made: {type(cause).__name__}.")
        finally:
            self._under_way -= 1
        self._outcomes.append(outcome)  # only now: what was there before the wait may have been settled meanwhile

    async def _hand_over(self, record: ParcelRecord) -> ParcelOutcome:
        order = msgspec.msgpack.decode(record.parcel.blob, type=PageOrder)
        channel = self._channels.get(order.channel)
        if channel is None:
            why = f"no channel {order.channel!r} is set up" if order.channel else "nobody here has an address"
            return ParcelOutcome(id=record.parcel.id, state="given_up", error=why)
        try:
            sent = await channel.send(self._message(record.parcel.id, order))
        except Busy as cause:
            return self._again(record, str(cause))
        except EsosError as cause:
            _log.warning("page_refused", channel=order.channel, code=cause.code)
            return ParcelOutcome(id=record.parcel.id, state="given_up", error=str(cause))
        return ParcelOutcome(id=record.parcel.id, state="done", result=msgspec.msgpack.encode(sent))

    def _again(self, record: ParcelRecord, error: str) -> ParcelOutcome:
        if record.attempts >= ATTEMPTS_MAX:
            return ParcelOutcome(id=record.parcel.id, state="given_up", error=error)
        delay_ms = min(RETRY_CAP_MS, RETRY_FIRST_MS << min(record.attempts, 20))
        return ParcelOutcome(
            id=record.parcel.id, state="waiting", error=error, not_before_ms=self._clock.now_ms() + delay_ms
        )

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
        )

    def _link(self, order: PageOrder) -> str:
        """Every page carries a link to act by: an officer's acknowledges, a responder's answers, a caller's shows."""
        base = self._base_url()
        if order.audience == "neighbour" or not order.party:
            return f"{base}/watch"
        secret = self._tokens.page_link(order.party, about=order.case + order.ref[:16], lives_ms=PAGE_LINK_MS)
        room = "a" if order.audience in _OFFICER_AUDIENCES else "r" if order.audience != "caller" else "c"
        return f"{base}/{room}/{secret}"

    def text(self, order: PageOrder) -> tuple[str, str]:
        """Title and body of an ordered page."""
        reason = _TEXT_OF.get(order.reason, order.reason)
        facts = PageFacts(
            urgency=Urgency(order.urgency),
            caller=order.caller_name,
            station=self._station_name,
            team=order.team,
            natures=tuple(Nature(code) for code in order.natures),
            needs=_needs(order.needs),
            unmet=_needs(order.open_need),
            since_ms=order.ordered_ms,
            due_ms=order.due_ms or None,
            tier=DutyTier(order.tier) if order.tier >= 0 else None,
            basis=order.basis,
            owed=order.owed,
            why=(order.why,) if order.why else (),
            matter=order.matter,
        )
        return page_text(PageReason(reason), facts)


_TEXT_OF = {
    "call_back_due": "concern_up",
    "commitment_due": "helper_lost",
    "scene_due": "sitrep_due",
    "ended": "released",
}
"""Reasons that share another reason's words."""


def _needs(needs: dict[str, int]) -> tuple[tuple[NeedLine, int], ...]:
    return tuple((NeedLine(line), units) for line, units in needs.items())
