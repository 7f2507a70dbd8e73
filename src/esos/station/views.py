"""What a case looks like from outside: one set of plain values for HTTP, pages, command line and reports.

Law 4: arrived, taken by a person, and helped are three different sentences everywhere.
"""

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import NamedTuple

import msgspec

from esos.case.model import Case, Request, decode_case
from esos.errors import Unknown
from esos.station.case_rows import CaseRow, case_row, timers_shown
from esos.station.directory import Directory
from esos.station.history import returned_in, timeline_item
from esos.station.ports import Journal
from esos.station.records import CaseRecord, Entry, ParcelRecord
from esos.station.severity import counts_as, overruling_view, severity_view
from esos.station.shortcode import page_code
from esos.station.telling import is_checked, told_of
from esos.station.tombstone import Tombstone, is_erased, refuse_erased, tombstone_of
from esos.station.view_parts import (
    AskView,
    CaseView,
    GrantView,
    LineView,
    PageView,
    ProposalView,
    RequestView,
    TimelineItem,
    TimerView,
    View,
    grant_view,
    line_views,
    page_view,
    proposal_view,
    request_view,
)
from esos.words.language import language
from esos.words.life import Verification
from esos.words.nature import Nature

__all__ = [
    "AskView",
    "CaseRow",
    "CaseView",
    "GrantView",
    "LineView",
    "PageView",
    "ProposalView",
    "RequestView",
    "TimelineItem",
    "TimerView",
    "View",
    "Views",
    "request_view",
    "timeline_item",
]

TIMELINE_MAX_ITEMS = 5_000
CASES_SEARCHED_MAX = 10_000
ROWS_KEPT_MAX = CASES_SEARCHED_MAX
"""How many rows of a list are remembered, each for one version of its case."""


class _Glance(NamedTuple):
    """What lists need of one version of a case: its row, who was asked in it, and by which requests."""

    version: int
    row: CaseRow
    responders: frozenset[str]
    requests: frozenset[bytes]


class Views:
    """Reads cases and turns them into views."""

    def __init__(self, *, journal: Journal, directory: Directory) -> None:
        self._journal = journal
        self._directory = directory
        self._glances: dict[tuple[str, bytes], _Glance] = {}

    async def record(self, case_id: bytes) -> tuple[CaseRecord, Case]:
        """A case as kept; raises ``Unknown`` (``case.unknown``), ``Conflict`` (``case.erased``, with who and when)."""
        record = await self._journal.case(case_id)
        if record is None:
            raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")
        await refuse_erased(self._journal, record)
        return record, decode_case(record.blob)

    async def rows(self, *, now_ms: int, only_open: bool = False, limit: int = 1000) -> list[CaseRow]:
        """Cases for a list, in the order of ``rows_of``."""
        return self.rows_of(await self.records(only_open=only_open, limit=limit), now_ms)[:limit]

    def rows_of(self, records: Iterable[CaseRecord], now_ms: int) -> list[CaseRow]:
        """These cases, those that need a person first, then what is overdue.

        Among these the gravest, known callers before strangers, longest waiting.
        """
        return sorted((self.row(record, now_ms) for record in records), key=_needs_a_person_first)

    async def records(self, *, only_open: bool = False, limit: int = 1000) -> list[CaseRecord]:
        """Every open case, so that no flood of new ones hides an old one; and the newest others, if wanted."""
        found = await self._journal.cases(only_open=True, limit=CASES_SEARCHED_MAX)
        if not only_open:
            ids = {record.id for record in found}
            found += [record for record in await self._journal.cases(limit=limit) if record.id not in ids]
        return [record for record in found if not is_erased(record)]

    async def tombstone(self, case_id: bytes) -> Tombstone | None:
        """What is left of an erased case; None for one that is not. Raises ``Unknown`` (``case.unknown``)."""
        record = await self._journal.case(case_id)
        if record is None:
            raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")
        return await tombstone_of(self._journal, record) if is_erased(record) else None

    async def tombstones(self, *, limit: int = 1000) -> list[Tombstone]:
        """What is left of erased cases among the newest, newest first."""
        found = await self._journal.cases(limit=limit)
        return [await tombstone_of(self._journal, record) for record in found if is_erased(record)]

    def row(self, record: CaseRecord, now_ms: int) -> CaseRow:
        """One case for a list. A version of a case is decoded once; what was shown before is remembered."""
        row = self._glance(record).row
        is_late = any(one.due_ms <= now_ms for one in row.deadlines)
        return msgspec.structs.replace(row, overdue=True) if is_late else row

    def _glance(self, record: CaseRecord) -> _Glance:
        key = (language(), record.id)  # a row is made of sentences, and these are said in its reader's language
        kept = self._glances.get(key)
        if kept is None or kept.version != record.version:
            case = decode_case(record.blob)
            responders = frozenset(request.responder for request in case.requests.values())
            kept = _Glance(record.version, case_row(case, record), responders, frozenset(case.requests))
            if len(self._glances) >= ROWS_KEPT_MAX:
                self._glances.pop(next(iter(self._glances)))
            self._glances[key] = kept
        return kept

    async def case(self, case_id: bytes, *, now_ms: int, zone: tzinfo = UTC) -> CaseView:
        """A case with pages and the newest of its history; sentences in the reader's local time and UTC."""
        _, case = await self.record(case_id)
        entries = await self._journal.newest(case_id, limit=TIMELINE_MAX_ITEMS)
        parcels = await self._journal.parcels(case=case_id)
        return self._view(case, entries, parcels, now_ms, zone)

    async def requests_of(self, responder: str, *, only_open: bool = False) -> list[RequestView]:
        """The inbox of a responder: its requests on cases that are open or were lately, newest first."""
        found: list[RequestView] = []
        for record in await self.records(only_open=only_open):
            if responder not in self._glance(record).responders:
                continue
            case = decode_case(record.blob)
            found += [request_view(case, one) for one in case.requests.values() if one.responder == responder]
        return sorted(found, key=lambda view: view.asked_ms, reverse=True)

    async def find_request(self, request_id: bytes) -> tuple[Case, Request]:
        """A request with its case; raises ``Unknown`` (``request.unknown``)."""
        for only_open in (True, False):
            for record in await self._journal.cases(only_open=only_open, limit=CASES_SEARCHED_MAX):
                if not is_erased(record) and request_id in self._glance(record).requests:
                    case = decode_case(record.blob)
                    return case, case.requests[request_id]
        raise Unknown("request.unknown", "This station has no such request.")

    def _view(
        self, case: Case, entries: list[Entry], parcels: list[ParcelRecord], now_ms: int, zone: tzinfo
    ) -> CaseView:
        returned = returned_in(entries)
        natures = tuple(Nature(code) for code in case.details.natures)
        return CaseView(
            case=case.id.hex(),
            code=page_code(case.id),
            realm=case.realm.value,
            state=case.life.value,
            state_words=case.life.words,
            told=told_of(case, self._directory, now_ms, zone=zone),
            concern=case.concern.value,
            concern_words=case.concern.words,
            verification=case.verification.value,
            verification_words=case.verification.words,
            channel=case.channel.value,
            urgency=case.urgency.value,
            urgency_words=case.urgency.words,
            counts_as=tuple(counts_as(case)),
            overrulings=tuple(overruling_view(one) for one in case.overrulings),
            caller=case.caller,
            caller_name=case.caller_name,
            caller_checked=is_checked(case),
            holder=case.lease.holder if case.lease else "",
            holder_name=case.lease.name if case.lease else "",
            offered_to=case.offered_to,
            natures=tuple(nature.slug for nature in natures),
            nature_words=tuple(nature.words for nature in natures),
            rsit=tuple(dict.fromkeys(nature.rsit for nature in natures)),
            details=msgspec.to_builtins(case.details),
            sections=case.sections,
            needs=tuple(line_views(case)),
            needs_assumed=not case.needs_stated and bool(case.needs),
            timers=tuple(
                TimerView(timer=one.key, due_ms=one.due_ms, next_holder=one.next_holder) for one in timers_shown(case)
            ),
            requests=tuple(request_view(case, one) for one in case.requests.values()),
            grants=tuple(grant_view(grant) for grant in case.grants.values()),
            proposals=tuple(proposal_view(one) for one in case.proposals.values()),
            relays=tuple(relay.name or relay.party for relay in case.relays),
            severity=severity_view(case),
            corroborated=case.corroborated,
            called_back_ms=case.called_back_ms,
            cancel_asked=case.cancel_asked,
            times_called=case.times_called,
            linked_to=case.linked_to.hex() if case.linked_to else "",
            pact=f"{case.rules.pact} {case.rules.version}",
            pact_digest=case.rules.digest.hex(),
            opened_ms=case.opened_ms,
            acknowledged_ms=case.acknowledged_ms,
            first_ask_ms=case.first_ask_ms,
            first_commit_ms=case.first_commit_ms,
            first_act_ms=case.first_act_ms,
            ended_ms=case.ended_ms,
            on_hold=case.on_hold,
            timeline=tuple(timeline_item(entry, self._directory) for entry in entries),
            pages=tuple(page_view(parcel, returned) for parcel in parcels if parcel.parcel.kind == "page"),
        )


def _needs_a_person_first(row: CaseRow) -> tuple[bool, bool, bool, int, bool, int]:
    """Calls without a person, then what is overdue, then the rest. Of the first, who waits longest is overdue first."""
    gravity = {"mayday": 0, "pan-pan": 1, "advisory": 2}[row.urgency]
    ended = row.state in {"closed", "stood_down", "cancelled", "no_emergency"}
    is_held = bool(row.holder)
    is_in_time = is_held and not row.overdue
    return (ended, is_held, is_in_time, gravity, row.verification == Verification.UNVERIFIED, row.opened_ms)
