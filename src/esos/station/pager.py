"""Performing effects: pages that were ordered are handed to their channels, at least once, under stable ids.

Law 4: "sent" is written down as what a provider said, and stops nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog

from esos.errors import Busy, EsosError
from esos.station.paging import PageOrder
from esos.station.ports import Channel, Clock, Journal, PageMessage, ParcelRecord
from esos.station.tokens import Tokens
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.page_text import PageFacts, PageReason, page_text
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

LEASE_MS = 60_000
PARCELS_MAX = 64
RETRY_FIRST_MS = 2_000
RETRY_CAP_MS = 5 * 60_000
ATTEMPTS_MAX = 200
PAGE_LINK_MS = 7 * 86_400_000
CONCURRENT_MAX = 16
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

    async def run_once(self) -> int:
        """Perform what waits; how many parcels were taken up."""
        parcels = await self._journal.claim_parcels(
            holder=self._holder, now_ms=self._clock.now_ms(), lease_ms=LEASE_MS, limit=PARCELS_MAX
        )
        gate = asyncio.Semaphore(CONCURRENT_MAX)
        async with asyncio.TaskGroup() as group:
            for parcel in parcels:
                group.create_task(self._within(gate, self._perform(parcel)))
        return len(parcels)

    async def _within(self, gate: asyncio.Semaphore, work: Awaitable[None]) -> None:
        async with gate:
            await work

    async def _perform(self, record: ParcelRecord) -> None:
        order = msgspec.msgpack.decode(record.parcel.blob, type=PageOrder)
        channel = self._channels.get(order.channel)
        if channel is None:
            why = f"no channel {order.channel!r} is set up" if order.channel else "nobody here has an address"
            await self._journal.give_up_parcel(record.parcel.id, now_ms=self._clock.now_ms(), error=why)
            return
        try:
            sent = await channel.send(await self._message(record.parcel.id, order))
        except Busy as cause:
            await self._retry(record, str(cause))
        except EsosError as cause:
            _log.warning("page_refused", channel=order.channel, code=cause.code)
            await self._journal.give_up_parcel(record.parcel.id, now_ms=self._clock.now_ms(), error=str(cause))
        else:
            await self._journal.finish_parcel(
                record.parcel.id, now_ms=self._clock.now_ms(), result=msgspec.msgpack.encode(sent)
            )

    async def _retry(self, record: ParcelRecord, error: str) -> None:
        now_ms = self._clock.now_ms()
        if record.attempts >= ATTEMPTS_MAX:
            await self._journal.give_up_parcel(record.parcel.id, now_ms=now_ms, error=error)
            return
        delay_ms = min(RETRY_CAP_MS, RETRY_FIRST_MS << min(record.attempts, 20))
        await self._journal.retry_parcel(record.parcel.id, now_ms=now_ms, not_before_ms=now_ms + delay_ms, error=error)

    async def _message(self, parcel_id: bytes, order: PageOrder) -> PageMessage:
        title, body = self.text(order)
        return PageMessage(
            stable_id=parcel_id.hex(),
            address=order.address,
            title=title,
            body=body,
            link=await self._link(order),
            urgency=order.urgency,
            is_exercise=self._is_exercise,
        )

    async def _link(self, order: PageOrder) -> str:
        """Every page carries a link to act by: an officer's acknowledges, a responder's answers, a caller's shows."""
        base = self._base_url()
        if order.audience == "neighbour" or not order.party:
            return f"{base}/watch"
        secret = await self._tokens.make(order.party, "ack", lives_ms=PAGE_LINK_MS, about=order.case + order.ref[:16])
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
