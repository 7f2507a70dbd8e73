"""The hand-over brief: what the next watch must know, made from what is open at this moment.

Law 5: somebody always holds the case. The brief says of each open case who does, what is due next, what help is
still lacking, and who was asked for it.
"""

from esos.case.model import Case, decode_case
from esos.station.case_rows import CaseRow, timers_shown
from esos.station.records import CaseRecord
from esos.station.roster_view import RosterNow, roster_views
from esos.station.station import Station
from esos.station.view_parts import LineView, TimerView, View, line_views, request_view
from esos.words.timers import timer_words

BRIEF_CASES_MAX = 200
"""How many open cases a brief tells of; those that need a person come first, and the rest are counted."""
DUE_MAX = 3
"""How many of a case's next timers a brief names."""


class BriefTeam(View, kw_only=True):
    """A team that was asked to help, and how far that has come. ``word`` is one of the five words of pages."""

    name: str
    word: str
    state_words: str
    reply_due_ms: int


class BriefCase(View, kw_only=True):
    """An open case as whoever takes over must know it. ``holder_name`` is empty while no person has charge."""

    case: str
    code: str
    caller_name: str
    caller_checked: bool
    urgency: str
    urgency_words: str
    state_words: str
    opened_ms: int
    holder: str
    holder_name: str
    overdue: bool
    waits: tuple[str, ...]
    due: tuple[TimerView, ...]
    due_words: tuple[str, ...]
    unmet: tuple[LineView, ...]
    asked: tuple[BriefTeam, ...]


class Brief(View, kw_only=True):
    """Everything to hand over: open cases, gravest first, how many come before and after them, and the roster."""

    station: str
    at_ms: int
    cases: tuple[BriefCase, ...]
    more: int
    before: int = 0
    roster: RosterNow


async def brief_of(station: Station, now_ms: int, *, start: int = 0, count: int = BRIEF_CASES_MAX) -> Brief:
    """The brief as it is now, with so many of its cases."""
    records = {record.id.hex(): record for record in await station.views.records(only_open=True)}
    rows = station.views.rows_of(records.values(), now_ms)
    shown = rows[start : start + count]
    return Brief(
        station=station.identity.name,
        at_ms=now_ms,
        cases=tuple(_case(row, records[row.case]) for row in shown),
        more=max(0, len(rows) - start - len(shown)),
        before=len(rows[:start]),
        roster=roster_views(station.directory, now_ms).now(),
    )


def _case(row: CaseRow, record: CaseRecord) -> BriefCase:
    case = decode_case(record.blob)
    due = timers_shown(case)[:DUE_MAX]
    return BriefCase(
        case=row.case,
        code=row.code,
        caller_name=row.caller_name,
        caller_checked=row.caller_checked,
        urgency=row.urgency,
        urgency_words=row.urgency_words,
        state_words=row.state_words,
        opened_ms=row.opened_ms,
        holder=row.holder,
        holder_name=row.holder_name,
        overdue=row.overdue,
        waits=row.waits,
        due=tuple(TimerView(timer=one.key, due_ms=one.due_ms, next_holder=one.next_holder) for one in due),
        due_words=tuple(timer_words(one.key) for one in due),
        unmet=tuple(line for line in line_views(case) if line.open),
        asked=_asked(case),
    )


def _asked(case: Case) -> tuple[BriefTeam, ...]:
    views = (request_view(case, request) for request in case.requests.values())
    return tuple(
        BriefTeam(name=one.name, word=one.word, state_words=one.state_words, reply_due_ms=one.reply_due_ms)
        for one in views
    )
