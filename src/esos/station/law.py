"""Legal clocks of a case: what runs, drafts from what was said in it, and the station's reminders before a deadline.

Help never waits for law: this reads cases and changes nothing in how they go on. Nothing is sent to an authority.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

import msgspec
import structlog

from esos.case.law import reminder_of
from esos.case.model import Case, decode_case
from esos.errors import Forbidden
from esos.law.clocks import RunningClock, running
from esos.law.draft import BLANK, Draft, Facts, draft
from esos.law.model import Law
from esos.law.read import laws_with
from esos.message.law_bodies import LawDrafted, LawReminded
from esos.message.reading import read_any
from esos.station.lease import NamedLease
from esos.station.records import Entry
from esos.station.shortcode import page_code
from esos.station.station import Station
from esos.words.language import say
from esos.words.nature import Nature
from esos.words.phrases import listed
from esos.words.realm import Realm

__all__ = ["LawWatch", "clock_of", "draft_of", "facts_of", "is_named", "law_views", "laws_with", "moments_of"]

LAW_LEASE = "law"
LAW_LEASE_MS = 60_000
LOOK_MS = 15_000
"""How often it is looked which reports fall due."""
READ_CASES = 200
"""How many changed cases are looked at in one turn."""
MINUTE_MS = 60_000
REMIND_BEFORE_MINUTES = (24 * 60, 6 * 60, 60, 0)
"""How long ahead of a deadline the caller is reminded; 0 is the deadline itself."""
_NAMED = b"laws"
_log = structlog.get_logger("esos.law")


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """One report of a law, as pages and programs show it. ``due_ms`` and ``sent_ms`` are 0 where there is none."""

    clock: str
    title: str
    source: str
    note: str
    due_ms: int
    is_assumed: bool
    sent_ms: int
    is_late: bool


class MomentView(msgspec.Struct, frozen=True, kw_only=True):
    """What starts a law's clocks; ``at_ms`` 0: not said, and then nothing stands for it."""

    moment: str
    words: str
    at_ms: int
    is_assumed: bool


class LawView(msgspec.Struct, frozen=True, kw_only=True):
    """One law and its clocks in a case. ``named``: somebody said that it applies."""

    law: str
    title: str
    applies: str
    to: str
    source: str
    link: str
    checked: str
    in_force: bool
    note: str
    named: bool
    moments: tuple[MomentView, ...]
    clocks: tuple[ClockView, ...]


def law_views(laws: Sequence[Law], case: Case, now_ms: int) -> tuple[LawView, ...]:
    """Every law this station knows, those first that the caller named."""
    views = [_law_view(law, case, now_ms) for law in laws]
    return tuple(sorted(views, key=lambda view: not view.named))


def moments_of(law: Law, case: Case) -> dict[str, int]:
    """The moments that count: what was said, and the call itself where a law lets it stand for one."""
    kept = case.laws.get(law.id)
    assumed = {one.id: case.opened_ms for one in law.moments if one.is_the_call and case.opened_ms}
    return assumed | (kept.moments if kept else {})


def is_named(law: Law, case: Case) -> bool:
    """Whether somebody said that this law applies."""
    kept = case.laws.get(law.id)
    return kept is not None and kept.applies


def clock_of(law: Law, case: Case, clock: str) -> RunningClock | None:
    """One clock of a law in a case, None where the law has no such clock."""
    return next((one for one in running(law, moments_of(law, case)) if one.clock.id == clock), None)


async def draft_of(
    station: Station,
    law: Law,
    clock: RunningClock,
    case: Case,
    zone: tzinfo = UTC,
    *,
    may_read: Callable[[Entry], bool],
) -> Draft:
    """The draft as somebody left it, or a fresh one from the facts of the case.

    Raises ``Forbidden`` (``law.draft_of_another``) where one was left that its reader may not have.
    """
    kept = case.laws[law.id].drafts.get(clock.clock.id) if law.id in case.laws else None
    entry = await station.journal.entry(kept) if kept else None
    if entry is not None and not may_read(entry):
        raise Forbidden(
            "law.draft_of_another",
            "Somebody else keeps a draft of this report, and it is not yours to read.",
            hint="Ask the caller for it.",
        )
    if entry is not None and entry.cose:
        body = read_any(entry.cose).body
        if isinstance(body, LawDrafted) and body.text.strip():
            return Draft(text=body.text, blanks=body.text.count(say(BLANK)))
    return draft(law, clock, facts_of(station, law, case, zone))


def facts_of(station: Station, law: Law, case: Case, zone: tzinfo = UTC) -> Facts:
    """What a report may need of the case; nothing is asked twice."""
    details, kept = case.details, case.laws.get(law.id)
    helpers = [one.name or station.directory.name_of(one.responder) for one in case.requests.values() if one.is_bound]
    return Facts(
        caller=case.caller_name,
        station=station.identity.name,
        case=page_code(case.id),
        called_ms=case.opened_ms,
        now_ms=station.clock.now_ms(),
        zone=zone,
        moments=kept.moments if kept else {},
        natures=tuple(Nature(code).words for code in details.natures),
        words=details.words,
        sections=case.sections,
        reply=details.reply or "",
        sector=details.sector or "",
        country=details.country or "",
        products=details.products,
        network=details.prefix or "",
        at_risk="" if details.at_risk_log10 is None else f"{10**details.at_risk_log10:,}",
        severity=case.waking.words,
        needs=listed(tuple(case.needs.items())),
        helpers=tuple(helpers),
        drill=case.realm is Realm.EXERCISE,
    )


class LawWatch:
    """Reminds callers who named a law; of several processes, the one with the lease does."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._lease = NamedLease(station.journal, LAW_LEASE, holder=station.holder, lease_ms=LAW_LEASE_MS)
        self._cases: dict[bytes, Case] = {}
        self._change = 0
        self._looked_ms = 0

    async def run_once(self) -> int:
        """Look, where it is time and this process's turn; how much there was to do."""
        now_ms = self._station.clock.now_ms()
        if 0 <= now_ms - self._looked_ms < LOOK_MS // self._station.directory.speed:
            return 0
        if await self._read():
            return 1
        self._looked_ms = now_ms
        if not self._cases or not await self._lease.take(now_ms=now_ms):
            return 0
        return sum([await self._remind(case, now_ms) for case in self._cases.values()])

    async def _read(self) -> bool:
        """Learn which cases named a law since the last look; whether there may be more."""
        records = await self._station.journal.cases_since(self._change, limit=READ_CASES)
        for record in records:
            self._change = record.change
            self._cases.pop(record.id, None)
            case = decode_case(record.blob) if _NAMED in record.blob else None
            if case is not None and any(kept.applies for kept in case.laws.values()):
                self._cases[record.id] = case
        return len(records) == READ_CASES

    async def _remind(self, case: Case, now_ms: int) -> int:
        said = 0
        for law in self._station.laws:
            if law.in_force and is_named(law, case):
                said += sum(
                    [await self._remind_of(law, one, case, now_ms) for one in running(law, moments_of(law, case))]
                )
        return said

    async def _remind_of(self, law: Law, one: RunningClock, case: Case, now_ms: int) -> int:
        before = time_ahead(law, one, case, now_ms)
        if before is None:
            return 0
        station = self._station
        body = LawReminded(
            law=law.id,
            clock=one.clock.id,
            due_ms=one.due_ms,
            before_minutes=before,
            title=one.clock.title,
            under=law.title,
        )
        statement = station.identity.say("law_reminded", body, now_ms=now_ms, case=case.id)
        await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=now_ms)
        self._cases[case.id] = _noted(case, body)
        _log.info("law_reminded", law=law.id, clock=one.clock.id, before_minutes=before)
        station.signal.ring()
        return 1


def time_ahead(law: Law, one: RunningClock, case: Case, now_ms: int) -> int | None:
    """Of how many minutes ahead the caller is to be reminded now; None where it need not be.

    What only counts from a report that has not been said to have gone is not due for certain: no reminder.
    """
    if not one.due_ms or one.sent_ms or one.is_assumed:
        return None
    reached = [minutes for minutes in REMIND_BEFORE_MINUTES if now_ms >= one.due_ms - minutes * MINUTE_MS]
    if not reached:
        return None
    last = case.laws[law.id].reminded.get(one.clock.id)
    if last and last.due_ms == one.due_ms and last.before_minutes <= min(reached):
        return None
    return min(reached)


def _noted(case: Case, body: LawReminded) -> Case:
    """The case as it will be once the reminder is folded, so that it is not said twice meanwhile."""
    kept = case.laws[body.law]
    changed = msgspec.structs.replace(kept, reminded={**kept.reminded, body.clock: reminder_of(body)})
    return msgspec.structs.replace(case, laws={**case.laws, body.law: changed})


def _law_view(law: Law, case: Case, now_ms: int) -> LawView:
    kept, counting = case.laws.get(law.id), moments_of(law, case)
    said = kept.moments if kept else {}
    moments = tuple(
        MomentView(moment=one.id, words=one.words, at_ms=counting.get(one.id, 0), is_assumed=one.id not in said)
        for one in law.moments
    )
    clocks = tuple(_clock_view(one, now_ms) for one in running(law, counting))
    return LawView(
        law=law.id,
        title=law.title,
        applies=law.applies,
        to=law.to,
        source=law.source,
        link=law.link,
        checked=law.checked,
        in_force=law.in_force,
        note=law.note,
        named=is_named(law, case),
        moments=moments,
        clocks=clocks,
    )


def _clock_view(one: RunningClock, now_ms: int) -> ClockView:
    return ClockView(
        clock=one.clock.id,
        title=one.clock.title,
        source=one.clock.source,
        note=one.clock.note,
        due_ms=one.due_ms,
        is_assumed=one.is_assumed,
        sent_ms=one.sent_ms,
        is_late=bool(one.due_ms and not one.sent_ms and now_ms >= one.due_ms),
    )
