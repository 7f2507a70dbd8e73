"""The parts of a worker's turn that need nothing but what they are given: order, rows and verdicts."""

from collections.abc import Iterable
from itertools import groupby

from esos.case.model import Case, encode_case
from esos.station.records import SET_ASIDE, CaseRecord, Entry, RouteWork, Verdict
from esos.station.shortcode import page_code


def led_to(known: CaseRecord | None, saved: CaseRecord) -> CaseRecord:
    """Where a caller's next word belongs: its newest open case, else its newest; not whichever was folded last."""
    if known is None or known.id == saved.id:
        return saved
    return max(known, saved, key=lambda one: (one.is_open, one.opened_ms))


def record_of(case: Case, version: int, now_ms: int) -> CaseRecord:
    """The row of a case after this fold."""
    return CaseRecord(
        id=case.id,
        caller=case.caller,
        version=version,
        life=case.life.value,
        is_open=case.is_open,
        urgency=case.waking.value,
        concern=case.concern.value,
        holder=case.lease.holder if case.lease else "",
        page_code=page_code(case.id),
        opened_ms=case.opened_ms,
        updated_ms=now_ms,
        blob=encode_case(case),
    )


def by_number(works: Iterable[RouteWork]) -> list[RouteWork]:
    """Works on one case, cut up so that their entries stand in journal order."""
    entries = sorted(((entry, work) for work in works for entry in work.entries), key=lambda pair: pair[0].seq)
    runs = groupby(entries, key=lambda pair: pair[1].route)
    pieces = [list(run) for _, run in runs]
    return [
        RouteWork(route=run[0][1].route, fence=run[0][1].fence, entries=tuple(entry for entry, _ in run))
        for run in pieces
    ]


def unsaved(verdict: Verdict, cause: Exception) -> Verdict:
    """What cannot be kept is set aside, with why."""
    reason = f"What came of it could not be kept: {type(cause).__name__}."
    return Verdict(seq=verdict.seq, code=SET_ASIDE, reason=reason)


def no_case(entry: Entry) -> Verdict:
    """It is kept, and concerns nothing."""
    return Verdict(seq=entry.seq, code="case.unknown", reason="There is no open case that this could concern.")
