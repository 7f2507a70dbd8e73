"""Call: send until somebody has it, tell the rest, and follow the case until a person has charge.

Law 3: the record is kept before the first copy leaves; a disk that cannot keep it never stops a call.
Law 4: "arrived" is said only when a station proved it, and "acknowledged" only for a person.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import msgspec

from esos.beacon.carrier import Carrier, Failed, Outgoing
from esos.caller.make import numbered
from esos.caller.more import deliver, is_delivered, missing_at, with_delivered
from esos.caller.ports import CallBook, CallerClock, CallRecord, KnownStation, StationDoor
from esos.caller.proofs import take_receipt
from esos.caller.report import (
    CallEvent,
    CallReport,
    CarrierTable,
    CaseSeen,
    Delivered,
    Followed,
    ReceiptKept,
    Trouble,
)
from esos.caller.send import AT_ONCE, Ears, race
from esos.caller.targets import outgoing_of
from esos.errors import Busy, Conflict, EsosError
from esos.message.bodies import Updated
from esos.message.voice import Voice
from esos.words.life import Life

FOLLOW_SECONDS = 1.0
FINISH_SECONDS = 5.0
"""How long the last steps may take once the wait is over: telling the rest, fetching proofs."""
HTTP_LEAD_SECONDS = 3.0
"""How long HTTP may try to tell the rest of a call before packets do."""
RECEIPT_TRY_SECONDS = 0.25
ASK_AGAIN_SECONDS = 10.0
"""How often a kept call is sent again only to hear how it stands, where no station can be asked over HTTP."""
TellCall = Callable[[CallEvent], None]


class Calling:
    """One call on its way. ``run`` ends with a person, with the wait, or when nobody is left to ask."""

    def __init__(
        self,
        record: CallRecord,
        *,
        voice: Voice,
        book: CallBook,
        clock: CallerClock,
        stations: Sequence[KnownStation],
        doors: Sequence[StationDoor],
        tell: TellCall,
    ) -> None:
        self.record = record
        self._voice = voice
        self._book = book
        self._clock = clock
        self._stations = {station.home.kid: station for station in stations}
        self._doors = tuple(doors)
        self._tell_on = tell
        self._table = CarrierTable()
        self._ears = Ears(self._tell)
        self._seen: dict[bytes, CaseSeen] = {}
        self._settled = asyncio.Event()
        self._told_more = asyncio.Event()
        self._troubles: set[tuple[str, str]] = set()
        self._kept = True
        self._until_person = True

    async def run(
        self,
        carriers: Sequence[Carrier],
        *,
        wait_ms: int,
        starts_ms: Mapping[str, int] = AT_ONCE,
        until_person: bool = True,
    ) -> CallReport:
        """Send and follow; the report of what became of it. Network failures are told, never raised.

        ``until_person`` false is for programs that only have to know that a station has it.
        """
        self._until_person = until_person
        self._keep()
        outgoing = outgoing_of(self.record, tuple(self._stations.values()))
        async with asyncio.TaskGroup() as group:
            racing = group.create_task(self._race(outgoing, carriers, starts_ms))
            others = [group.create_task(self._aside(self._follow(door))) for door in self._doors]
            others.append(group.create_task(self._aside(self._send_more(carriers))))
            deadline = asyncio.get_running_loop().time() + wait_ms / 1000
            await self._until_settled(group, racing, deadline)
            await self._until_told(deadline)
            for task in (racing, *others):
                task.cancel()
        receipts = await self._finish() if self._ears.kept.is_set() else ()
        return self._report(receipts)

    def _keep(self, **changes: Any) -> None:
        """Remember what is known now; trouble with the disk is told once and stops nothing."""
        self.record = msgspec.structs.replace(self.record, **changes)
        try:
            self._book.keep(self.record)
        except Busy as trouble:
            self._kept = False
            self._trouble("This machine", trouble)

    def _tell(self, event: CallEvent) -> None:
        self._table.note(event)
        self._tell_on(event)

    def _trouble(self, station: str, cause: EsosError) -> None:
        if (station, cause.code) not in self._troubles:
            self._troubles.add((station, cause.code))
            self._tell(Trouble(station=station, code=cause.code, why=cause.detail))

    async def _until_told(self, deadline: float) -> None:
        """What did not fit into the call is on its way in packets: wait for that too, as long as the call may wait."""
        if not self._ears.kept.is_set() or self._is_told():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                await self._told_more.wait()

    def _is_told(self) -> bool:
        """Whether some station has everything; by HTTP the last steps see to it."""
        return is_delivered(self.record) or bool(self._seen)

    async def _until_settled(self, group: asyncio.TaskGroup, racing: asyncio.Task[None], deadline: float) -> None:
        """Until a person has charge, the wait is over, or every carrier ended without a station having it."""
        events = (self._settled, self._ears.person) if self._until_person else (self._ears.kept,)
        ends = [group.create_task(event.wait()) for event in events]
        pending: set[asyncio.Task[Any]] = {racing, *ends}
        while not any(end.done() for end in ends):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or (racing.done() and not self._ears.kept.is_set()):
                break
            _, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()

    async def _race(self, outgoing: Outgoing, carriers: Sequence[Carrier], starts_ms: Mapping[str, int]) -> None:
        """Every carrier until enough is heard; then, where HTTP shows nothing, ask again by the way that answered."""
        await race(outgoing, carriers, self._ears, starts_ms)
        while self._ears.kept.is_set():
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            if not self._seen:
                await race(outgoing, carriers, self._ears, starts_ms)

    async def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside the call itself: whatever breaks in it is told, and the call goes on."""
        try:
            await work
        except Exception as cause:  # noqa: BLE001 - a fault beside the call must never end the call
            self._tell(Trouble(station="This machine", code=type(cause).__name__.lower(), why=str(cause)))

    async def _follow(self, door: StationDoor) -> None:
        """From the first proof on: learn the case, tell the rest, and look until a person has charge."""
        await self._ears.kept.wait()
        while True:
            try:
                await self._catch_up(door)
                if (await self._look(door)).is_settled:
                    self._settled.set()
                    return
            except EsosError as trouble:
                self._trouble(door.home.name, trouble)
            await asyncio.sleep(FOLLOW_SECONDS)

    async def _catch_up(self, door: StationDoor) -> None:
        """The station's own case for this call, and what did not fit into it."""
        station = door.home.kid.hex()
        if station not in self.record.cases:
            reply = await door.submit(self.record.cose)
            if not reply.get("case"):
                raise Busy("call.not_folded", "The station has the call and has not opened its case yet.")
            state = "arrived" if self.record.state == Life.CALLING.value else self.record.state
            self._keep(cases={**self.record.cases, station: str(reply["case"])}, state=state)
        if station not in self.record.followed:
            await self._tell_rest(door, bytes.fromhex(self.record.cases[station]))
            self._keep(followed=(*self.record.followed, station))
            self._told_more.set()

    async def _tell_rest(self, door: StationDoor, case: bytes) -> None:
        for cose in self.record.also:
            await self._hand_in(door, cose)
        if self.record.rest is not None:
            self._keep(sequence=numbered(self.record).sequence)
            update = Updated(number=self.record.sequence, details=self.record.rest)
            await self._say(door, case, "updated", update)
            self._tell(Followed(station=door.home.name, what="rest of the call"))
        if self.record.sitrep is not None and not self._has_report(door.home.kid):
            await self._say(door, case, "sitrep_given", self.record.sitrep)
            self._tell(Followed(station=door.home.name, what="situation report"))

    async def _say(self, door: StationDoor, case: bytes, kind: str, body: Any) -> None:
        await self._hand_in(door, self._voice.say(kind, body, now_ms=self._clock.now_ms(), case=case).raw)

    async def _hand_in(self, door: StationDoor, cose: bytes) -> None:
        """Said once is enough: a case that no longer takes it has ended, and that is shown by its state."""
        try:
            await door.submit(cose)
        except Conflict as refusal:
            self._trouble(door.home.name, refusal)

    async def _look(self, door: StationDoor) -> CaseSeen:
        case = self.record.cases[door.home.kid.hex()]
        seen = case_seen(door.home.name, await door.case(case))
        if seen != self._seen.get(door.home.kid):
            self._seen[door.home.kid] = seen
            self._tell(seen)
        return seen

    async def _send_more(self, carriers: Sequence[Carrier]) -> None:
        """Where no station can be told over HTTP, what fits into packets goes the way the call went."""
        await self._ears.kept.wait()
        if self.record.state == Life.CALLING.value:
            self._keep(state=Life.ARRIVED.value)
        await asyncio.sleep(HTTP_LEAD_SECONDS)
        if not self._is_told():
            async with asyncio.TaskGroup() as group:
                for station in self._stations.values():
                    group.create_task(self._aside(self._send_more_to(station, carriers)))

    async def _send_more_to(self, station: KnownStation, carriers: Sequence[Carrier]) -> None:
        """To one station, once it has the call itself."""
        await self._ears.kept_at(station.home.name).wait()

        def delivered(cose: bytes) -> None:
            self._keep(delivered=with_delivered(self.record, station.home.kid, cose).delivered)
            left = len(missing_at(self.record, station.home.kid))
            self._tell(
                Delivered(station=station.home.name, count=len(self.record.more) - left, of=len(self.record.more))
            )

        await deliver(
            missing_at(self.record, station.home.kid),
            station,
            carriers,
            delivered=delivered,
            is_wanted=lambda: not self.record.followed,
            refused=self._tell,
        )
        self._told_more.set()

    def _has_report(self, station: bytes) -> bool:
        """Whether this station has the situation report already, in packets."""
        return self.record.sitrep_in_parts and not missing_at(self.record, station)

    async def _finish(self) -> tuple[ReceiptKept, ...]:
        """The last steps, within their own time: whoever has the call is told the rest and gives its proof."""
        receipts: list[ReceiptKept] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS), asyncio.TaskGroup() as group:
                for door in self._doors:
                    group.create_task(self._finish_one(door, receipts))
        order = [station.home.name for station in self._stations.values()]
        receipts.sort(key=lambda one: order.index(one.station))
        self._keep(state=self._state(), receipts=tuple(one.file for one in receipts))
        return tuple(receipts)

    async def _finish_one(self, door: StationDoor, receipts: list[ReceiptKept]) -> None:
        while True:
            try:
                await self._catch_up(door)
                await self._look(door)
                station = self._stations[door.home.kid]
                receipts.append(await take_receipt(door, self._book, station, self.record.call, self.record.statement))
            except EsosError as trouble:
                if trouble.status not in _WORTH_ANOTHER_TRY or trouble.code == "callbook.not_kept":
                    self._trouble(door.home.name, trouble)
                    return
                await asyncio.sleep(RECEIPT_TRY_SECONDS)
            else:
                return

    def _state(self) -> str:
        """The furthest that is proven: a station's own view, else what a datagram could say."""
        first = self._first_seen()
        if first is not None and first.state != Life.ARRIVED.value:
            return first.state
        if self._ears.person.is_set() or (first is not None and first.holder):
            return Life.ACKNOWLEDGED.value
        return Life.ARRIVED.value if self._ears.kept.is_set() else self.record.state

    def _first_seen(self) -> CaseSeen | None:
        """What the first station says that a person has charge at, else the first that says anything."""
        ordered = [self._seen[kid] for kid in self._stations if kid in self._seen]
        return next((one for one in ordered if one.holder), ordered[0] if ordered else None)

    def _report(self, receipts: tuple[ReceiptKept, ...]) -> CallReport:
        seen = self._first_seen() or CaseSeen(station="", case=self.record.case, state=Life.CALLING.value)
        return CallReport(
            case=seen.case,
            call=self.record.call.hex(),
            statement=self.record.statement.hex(),
            state=self._state(),
            holder=seen.holder,
            now=seen.now,
            next=seen.next,
            do_meanwhile=seen.do_meanwhile,
            kept=self._kept,
            receipts=receipts,
            carriers=self._table.rows(),
            refused=tuple(self._ears.refused),
            more_left=0 if is_delivered(self.record) else self._least_missing(),
        )

    def _least_missing(self) -> int:
        """How many packets with more of the call the station that has the most of them still lacks."""
        return min((len(missing_at(self.record, kid)) for kid in self._stations), default=len(self.record.more))


_WORTH_ANOTHER_TRY = frozenset({404, 503})


def case_seen(station: str, view: Mapping[str, Any]) -> CaseSeen:
    """What matters of a station's view of a case."""
    told = view.get("told") or {}
    return CaseSeen(
        station=station,
        case=str(view.get("case", "")),
        state=str(view.get("state", Life.ARRIVED.value)),
        holder=str(view.get("holder_name") or view.get("holder") or ""),
        now=str(told.get("now", "")),
        next=str(told.get("next", "")),
        do_meanwhile=str(told.get("do_meanwhile", "")),
    )


def refusal_of(report: CallReport) -> Failed | None:
    """Why every station that answered refused the call for good, None where one may still take it."""
    return report.refused[0] if report.refused and not report.has_arrived else None
